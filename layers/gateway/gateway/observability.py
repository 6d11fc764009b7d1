"""What the functions tell their operator: one JSON line for each report, and a count for those that are metrics.

Lines carry ids and outcomes; never bodies, headers, secrets or phone numbers. Every text is masked on its way out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from daraja.masking import mask_text


class Level(StrEnum):
    """How loud a line is. The values are the logger's own names."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Metric:
    """A report that is counted. meaning: what one count says. level: error means that somebody should look today."""

    meaning: str
    level: Level = Level.INFO


METRICS: dict[str, Metric] = {
    "answer_not_kept": Metric("neither table nor queue took Safaricom's answer to a push", Level.ERROR),
    "api_key_made": Metric("a key that may make keys, or an admin, made a key"),
    "api_key_revoked": Metric("a key that may make keys, or an admin, ended one"),
    "audit_broken": Metric(
        "the audit log does not hang together, or the table says something else; the line says where", Level.ERROR
    ),
    "audit_checked": Metric("the nightly check of the audit log ran to its end"),
    "audit_entry_late": Metric("the nightly check met an entry that it had to add itself", Level.WARNING),
    "audit_not_written": Metric("a page of the audit log could not be written; its batch comes again", Level.WARNING),
    "audit_written": Metric("a page of the audit log was written"),
    "balance_not_asked": Metric("M-PESA could not be asked what is in an account", Level.WARNING),
    "callback_forged": Metric("somebody delivered a callback with a wrong tag", Level.WARNING),
    "claim_attached": Metric("money that nobody had matched was claimed by its payer, and is proven"),
    "claim_not_asked": Metric("M-PESA could not be asked about a code that somebody claims", Level.WARNING),
    "claim_to_shop": Metric("somebody claims money that nothing shows to be theirs: a person must look", Level.WARNING),
    "console_refused": Metric("somebody who is signed in asked for a page that the role does not carry", Level.WARNING),
    "console_sign_in_refused": Metric("somebody was not let in to the console; the line says why", Level.WARNING),
    "console_signed_in": Metric("somebody signed in to the console"),
    "decision_refused": Metric("a person's decision about money that goes out was not taken", Level.WARNING),
    "sign_in_unavailable": Metric("the staff's sign-in service did not answer, or not as it should", Level.ERROR),
    "staff_changed": Metric("somebody was invited, given other roles, or removed"),
    "delivery_lost": Metric("a callback was kept nowhere but in this line; Safaricom was told so", Level.ERROR),
    "callback_quarantined": Metric("a callback with a wrong tag came from Safaricom's own address", Level.ERROR),
    "callback_queued": Metric("the table did not take a callback in time; it waits in the retry queue", Level.WARNING),
    "change_not_counted": Metric("a change of the table could not be counted; its batch comes again", Level.WARNING),
    "change_not_told": Metric("a change of the table could not be told; its batch comes again", Level.WARNING),
    "callback_unreadable": Metric("an authentic callback could not be read; its bytes are kept apart", Level.ERROR),
    "callback_without_payment": Metric("an authentic callback names a payment that is not in the table", Level.ERROR),
    "delivery_not_taken": Metric("a delivery broke a rule of ours; its bytes wait in the retry queue", Level.ERROR),
    "closed_day_news": Metric("something came of a day that is closed; its sums stay", Level.WARNING),
    "attempt_not_on_statement": Metric("a statement shows that nobody paid an attempt, which had stood `unresolved`"),
    "day_balanced": Metric("a day was compared with M-Pesa's list, and nothing is left to look at"),
    "day_closed": Metric("a person closed a day; its sums stay from now on"),
    "day_differs": Metric(
        "a day was compared with M-Pesa's list; somebody must look at its differences", Level.WARNING
    ),
    "day_given_up": Metric(
        "a step of the morning's run did not come to its end in three tries; the run goes on without it", Level.ERROR
    ),
    "day_reopened": Metric("a person opened a closed day again", Level.WARNING),
    "difference_explained": Metric("a person explained a difference of a compared day"),
    "day_recounted": Metric("a day's sums were not those of its payments; they were written anew", Level.WARNING),
    "event_not_marked": Metric("an event that was not told could not be marked; a repair may miss it", Level.WARNING),
    "event_told_late": Metric("events that were never told, or not to all, were told by the repair", Level.WARNING),
    "facts_without_payment": Metric("queued facts name a payment that is not in the table", Level.ERROR),
    "handler_failed": Metric("a function ended with an error that it did not expect", Level.ERROR),
    "c2b_addresses": Metric("the addresses for money typed by hand were registered, or shown why not"),
    "initiator_not_stopped": Metric("a refused API operator could not be noted; the next answer tells it", Level.ERROR),
    "initiator_stopped": Metric(
        "M-PESA refused the API operator; nothing is sent in its name until a test succeeds", Level.ERROR
    ),
    "look_not_queued": Metric("a look at money that may go out was not queued; the sweep looks", Level.WARNING),
    "message_failed": Metric("a queued message could not be handled; it comes again", Level.WARNING),
    "money_from_elsewhere": Metric("money was told with the right tag from an address on no list", Level.WARNING),
    "money_matched": Metric("money that somebody sent by hand found its payment"),
    "money_may_be_anothers": Metric("a payment without its code may have the money of another one", Level.WARNING),
    "money_paired": Metric("money without a payment was given to the one payment that lacked its code"),
    "money_unmatched": Metric("money that somebody sent by hand belongs to no payment yet", Level.WARNING),
    "money_assigned": Metric("a person gave money to a payment"),
    "money_set_aside": Metric("a person said that money is for no payment here"),
    "validation_refused": Metric("money that somebody typed was turned away by the policy"),
    "validation_undecided": Metric("whether to turn money away was not known in time; it was let in", Level.WARNING),
    "money_unreadable": Metric("a confirmation of money could not be read; its bytes are kept apart", Level.ERROR),
    "money_out_decided": Metric("a person approved or rejected money that is to go out"),
    "refund_reserved": Metric("money of a payment was put aside for a refund"),
    "refund_withdrawn": Metric("a refund was withdrawn: its money had gone back otherwise", Level.WARNING),
    "refund_completed": Metric("a refund that was left half begun was completed", Level.WARNING),
    "refund_told_later": Metric("a payment could not be told at once of its refund's outcome", Level.WARNING),
    "refund_without_payment": Metric("a refund ended whose payment is not in the table", Level.ERROR),
    "refund_not_checked": Metric("M-PESA could not be asked whether a refund's money is still here", Level.WARNING),
    "money_out_seen_before": Metric("M-PESA had taken this payout before; it is asked about", Level.WARNING),
    "money_out_waits": Metric(
        "money that may go out waits for a limit, a float, a credential or M-PESA", Level.WARNING
    ),
    "orphan_left": Metric("news without a payment found none in a day; a person must look", Level.ERROR),
    "orphan_matched": Metric("news that had no payment when it came has found it"),
    "policy_not_asked": Metric(
        "whether a small sum needs a second person was not known; it waits for one", Level.WARNING
    ),
    "payments_exported": Metric("somebody took the payments of a period away as a file"),
    "phone_read": Metric("somebody asked for a payer's whole number and got it"),
    "pull_failed": Metric("M-Pesa's list of payments brought no answer, or could not be kept", Level.WARNING),
    "plan_full": Metric("more is to be compared than is planned; days of statements were left out", Level.WARNING),
    "pull_gap": Metric("a stretch of M-Pesa's list went out of reach before it was read", Level.ERROR),
    "pull_held_up": Metric("M-Pesa's list of payments could not be asked for", Level.WARNING),
    "pull_late": Metric("M-Pesa's list was not read for a day; it goes back two days", Level.ERROR),
    "pull_row_unreadable": Metric("rows of M-Pesa's list have no receipt that could be read", Level.WARNING),
    "pull_rows_shift": Metric("rows of M-Pesa's list moved while they were read; they are read again", Level.WARNING),
    "query_failed": Metric("a status query brought no answer", Level.WARNING),
    "query_held_up": Metric("Safaricom asked for fewer status queries", Level.WARNING),
    "receipt_mended": Metric("a crash had left a receipt without its credit; it was mended", Level.WARNING),
    "receipt_of_unknown_payment": Metric("a receipt's owner is not in the table", Level.ERROR),
    "repair_done": Metric("the night's repair looked at payments; its line says how many it told and mended"),
    "result_from_elsewhere": Metric("a result with the right tag came from an address on no list", Level.WARNING),
    "result_queued": Metric("the table did not take a result in time; it waits in the retry queue", Level.WARNING),
    "result_unreadable": Metric("an authentic result could not be read; its bytes are kept apart", Level.ERROR),
    "result_without_subject": Metric("an authentic result is about nothing that is in the table", Level.ERROR),
    "reversal_unmatched": Metric("M-Pesa took money back, and does not say of which payment", Level.WARNING),
    "statement_doubted": Metric(
        "a statement lacks a payment that M-PESA told of itself; what else it lacks is not taken for unpaid",
        Level.WARNING,
    ),
    "statement_names_others_money": Metric(
        "a shop's statement names another shop's money; of these rows nothing was taken in", Level.WARNING
    ),
    "statement_read": Metric("a statement was taken in; the line says how many rows, and how many could not be read"),
    "statement_refused": Metric("a file is no statement that adds up; nothing of it was taken in", Level.WARNING),
    "status_not_asked": Metric("M-PESA could not be asked what became of money that went out", Level.WARNING),
    "storage_unavailable": Metric("a request was answered 503: table or parameters did not answer", Level.ERROR),
    "sweep_done": Metric("the minute sweep ran to its end"),
    "sweep_item_broken": Metric("an item that is due cannot be handled at all; it was put off", Level.ERROR),
    "sweep_item_unknown": Metric("an item that is due is of a newer release; it was put off by an hour", Level.WARNING),
    "sweep_item_failed": Metric("an item that is due could not be handled now; it comes again", Level.WARNING),
    "token_not_refreshed": Metric("no access token was to be had ahead of time", Level.WARNING),
    "token_not_shared": Metric("a fresh access token could not be stored for the other functions", Level.WARNING),
    "token_refreshed": Metric("a fresh access token was fetched"),
    "token_rejected": Metric("Safaricom refused an access token before its time", Level.WARNING),
    "webhook_delivered": Metric("a shop's endpoint took an event"),
    "webhook_endpoint_disabled": Metric("an endpoint that said 410 or only failed is told nothing more", Level.ERROR),
    "webhook_endpoint_failing": Metric("an endpoint did not take an event in ten tries over three days", Level.WARNING),
    "webhook_failed": Metric("a try of a webhook failed; it comes again", Level.WARNING),
    "webhook_given_up": Metric("all tries of an event at an endpoint are used up; redeliver it", Level.WARNING),
    "webhooks_acted": Metric("a person had webhooks sent again or tried out, or switched an address on"),
    "webhooks_not_brought": Metric("webhooks that are due could not be put back on their queue", Level.WARNING),
}
"""Every metric by name. Unit: count. Other reports are lines of level info and nothing more."""


@cache
def _logger() -> Logger:
    return Logger(location=None)


@cache
def _metrics() -> Metrics:
    return Metrics()


def report(name: str, fields: Mapping[str, Any]) -> None:
    """One line, and one count if the name is a metric's. Never raises for what is in the fields."""
    metric = METRICS.get(name)
    if metric is not None:
        _metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)
    level = metric.level if metric else Level.INFO
    getattr(_logger(), level)(name, extra={_safe_name(key): masked(value) for key, value in fields.items()})


class HandlerFailed(Exception):
    """An invocation ended with an error that nobody expected. The text is its type and place."""


@contextmanager
def observed(context: Any) -> Iterator[None]:
    """Around one invocation: its request id stands on every line, counts are sent at the end.

    context: Lambda's. An error that nobody expected is told without its text, and goes on without it as well: Lambda
    writes what it is handed into the log, and the text may quote a body, a secret or a number.
    """
    _logger().append_keys(request=context.aws_request_id)
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is, it goes on as another one
        report("handler_failed", {"error": type(error).__name__, "place": _place(error)})
        raise HandlerFailed(f"{type(error).__name__} at {_place(error)}") from None
    finally:
        flush()


def flush() -> None:
    """Send what was counted, as one line in CloudWatch's metric format; nothing when nothing was."""
    if _metrics().metric_set:
        _metrics().flush_metrics()


def masked(value: Any) -> Any:
    """The value fit for a line: texts masked, bytes only by their number, maps and lists inside as well."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {mask_text(str(key)): masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    return type(value).__name__


TAKEN = frozenset({"name", "msg", "args", "level", "message", "module", "process", "thread", "created", "filename"})
"""Field names that Python's log records use themselves."""


def _safe_name(name: str) -> str:
    return f"{name}_" if name in TAKEN else name


def _place(error: Exception) -> str:
    """File and line where the error came from, without any value."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}" if last else ""
