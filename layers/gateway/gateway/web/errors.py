"""Every error of the API as data: code, status, title, what to do. `docs` and the OpenAPI are made from this table.

A code is stable for ever; rows are added, never reused. `ApiError` is how an endpoint says no: nothing was stored or
sent, unless the row is retryable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row. retryable: the same request, unchanged, may succeed later."""

    code: str
    status: int
    title: str
    remedy: str
    retryable: bool = False


ERRORS: dict[str, ErrorKind] = {
    kind.code: kind
    for kind in (
        ErrorKind("body_not_json", 400, "Body is not JSON", "Send one JSON object."),
        ErrorKind("body_not_utf8", 400, "Body is not UTF-8", "Encode the body as UTF-8."),
        ErrorKind("body_too_deep", 400, "Body is nested too deeply", "Send at most 10 levels."),
        ErrorKind("duplicate_field", 400, "Field stands twice", "Send each field once."),
        ErrorKind("idempotency_key_missing", 400, "Idempotency-Key is missing", "Send one, such as your order number."),
        ErrorKind(
            "idempotency_key_invalid",
            400,
            "Idempotency-Key is not usable",
            "Send 1 to 255 printable ASCII characters.",
        ),
        ErrorKind("key_missing", 401, "Credential is missing", "Send Authorization: Bearer with your key."),
        ErrorKind("key_invalid", 401, "Credential is not known", "Send the key or token that this route takes."),
        ErrorKind("key_revoked", 401, "Key no longer holds", "Make a new key and use it."),
        ErrorKind("key_wrong_mode", 401, "Test and live are mixed", "Use sk_test_ for tests and sk_live_ for money."),
        ErrorKind("token_expired", 401, "Client token is too old", "Ask the shop's server for a fresh one."),
        ErrorKind(
            "token_wrong_payment",
            403,
            "Client token belongs to another payment",
            "Use the token that came with this payment.",
        ),
        ErrorKind("scope_missing", 403, "Key lacks a scope", "Make a key with the scope that detail names."),
        ErrorKind("origin_not_allowed", 403, "Origin is not in the shop's settings", "Add the origin to the settings."),
        ErrorKind("not_found", 404, "Nothing is here", "Check the id and the address."),
        ErrorKind("method_not_allowed", 405, "Method is not for this address", "Use a method that Allow names."),
        ErrorKind(
            "prompt_live",
            409,
            "A prompt may be on the phone",
            "Wait retry_after seconds, then read the payment.",
            retryable=True,
        ),
        ErrorKind(
            "attempt_out_of_order",
            409,
            "Attempt is not the next one",
            "Read attempts and use the number after the last.",
        ),
        ErrorKind("already_paid", 409, "Payment is paid", "Stop, and show the receipt."),
        ErrorKind("already_final", 409, "Payment can no longer change", "Read the payment."),
        ErrorKind(
            "attempt_unresolved",
            409,
            "It is not known whether the last attempt took money",
            'Wait for news, or send "not_charged": true when the payer says that no money left.',
        ),
        ErrorKind(
            "pull_not_registered",
            409,
            "M-PESA's list cannot be asked for",
            "Register the shortcode: mpesa-gateway pull register.",
        ),
        ErrorKind(
            "day_too_big",
            409,
            "Day has too many payments to be compared while you wait",
            "Read the day in half an hour; the comparison is planned.",
        ),
        ErrorKind("day_closed", 409, "A person closed that day", "Reopen it with a reason, or book on another day."),
        ErrorKind(
            "day_not_ready",
            409,
            "Day cannot be closed as it stands",
            "Do what detail says is missing, then repeat; nothing was written.",
        ),
        ErrorKind(
            "line_changed",
            409,
            "Line is not there as it was seen",
            "Read the day again, and look at the line that detail names.",
        ),
        ErrorKind(
            "statement_not_sent",
            409,
            "File of the statement is not there",
            "PUT it at upload.url, then repeat; after expires_at send a new statement.",
            retryable=True,
        ),
        ErrorKind("payment_expired", 409, "Payment has expired", "Make a new payment."),
        ErrorKind("payment_cancelled", 409, "Payment is cancelled", "Make a new payment."),
        ErrorKind(
            "version_conflict",
            409,
            "Changed meanwhile",
            "Read it again, then repeat; nothing was written.",
            retryable=True,
        ),
        ErrorKind("link_closed", 409, "Payment link takes no payments", "Ask the shop for another link."),
        ErrorKind(
            "link_used_up",
            409,
            "Payment link was paid as often as it may be",
            "Ask the shop; a place that somebody holds may come free.",
            retryable=True,
        ),
        ErrorKind("receipt_taken", 409, "M-PESA code is credited elsewhere", "Look whose payment the code belongs to."),
        ErrorKind(
            "receipt_ignored", 409, "Money was set aside by a person", "Take that back first, if the money is yours."
        ),
        ErrorKind(
            "receipt_may_be_anothers",
            409,
            "A prompt of another payment may have brought this money",
            "Look at the payments that detail names; name them in not_of when the money is not theirs.",
        ),
        ErrorKind(
            "initiator_missing",
            409,
            "Shortcode has no API operator",
            "Set one with: mpesa-gateway credential set",
        ),
        ErrorKind(
            "initiator_stopped",
            409,
            "M-PESA refused the API operator, so nothing is sent",
            "Mend the operator on the portal, then: mpesa-gateway credential test",
        ),
        ErrorKind(
            "refund_live",
            409,
            "Another refund holds this money",
            "Wait for the refunds that detail names, or have them rejected.",
        ),
        ErrorKind("mpesa_refused", 409, "Safaricom refused the request", "Read detail; mend the setup it names."),
        ErrorKind("last_key", 409, "Last key that can make keys", "Make another key with keys:write first."),
        ErrorKind("payment_full", 409, "No room for more notes or changes", "Keep them in your own records."),
        ErrorKind("endpoint_disabled", 409, "Webhook endpoint is disabled", "Enable it, then repeat."),
        ErrorKind("too_many_endpoints", 409, "Too many webhook endpoints", "Delete one that is not needed."),
        ErrorKind("body_too_large", 413, "Body is too large", "Send at most 64 KB; of statements, what detail says."),
        ErrorKind("media_type_not_supported", 415, "Body is a multipart form", "Send JSON."),
        ErrorKind(
            "statement_unreadable",
            422,
            "Statement cannot be believed",
            "Do what detail says, then send it as a new statement.",
        ),
        ErrorKind("idempotency_key_reused", 422, "Key was used with another body", "Use a new key for a new intent."),
        ErrorKind(
            "idempotency_key_expired",
            422,
            "Key was first used more than 30 days ago",
            "Use a new key; read the old payment by its id.",
        ),
        ErrorKind("field_missing", 422, "Field is missing", "Send the field that param names."),
        ErrorKind("field_invalid", 422, "Field is not valid", "Mend the field that param names."),
        ErrorKind("unknown_field", 422, "Field is not known", "Remove or respell the field that param names."),
        ErrorKind("field_read_only", 422, "Field cannot be changed", "Remove the field that param names."),
        ErrorKind(
            "webhook_url_refused",
            422,
            "No webhook is sent to this address",
            "Name an https address on the public internet.",
        ),
        ErrorKind("phone_invalid", 422, "Phone number is not valid", "Send 07…, 01…, 254… or +254…"),
        ErrorKind("amount_invalid", 422, "Amount is not whole shillings", "Send an integer of at least 1."),
        ErrorKind("amount_too_small", 422, "Amount is too small", "Send at least 1 shilling."),
        ErrorKind("amount_too_large", 422, "Amount is too large", "Take more than one payment."),
        ErrorKind(
            "reference_invalid",
            422,
            "Account reference is not valid",
            "Send 1 to 12 characters of A-Z, a-z, 0-9, hyphen, slash and dot.",
        ),
        ErrorKind("refund_too_large", 422, "More than can be refunded", "Refund at most what detail names."),
        ErrorKind(
            "refund_not_possible",
            422,
            "M-PESA cannot carry this refund",
            "Do what detail says: another amount, one receipt, or money given back by hand.",
        ),
        ErrorKind("shortcode_unknown", 422, "Shortcode is not configured", "Use a shortcode of your settings."),
        ErrorKind(
            "cursor_invalid", 422, "Cursor is not one of ours", "Send next_cursor unchanged, with the same filters."
        ),
        ErrorKind(
            "too_many_prompts",
            429,
            "Too many prompts",
            "Wait retry_after seconds; without it, make a new payment.",
            retryable=True,
        ),
        ErrorKind(
            "too_many_requests",
            429,
            "Too many prompts from one place",
            "Wait retry_after seconds.",
            retryable=True,
        ),
        ErrorKind(
            "too_many_claims", 429, "Too many M-PESA codes for one payment", "Look the code up among unmatched money."
        ),
        ErrorKind(
            "internal_error", 500, "Our fault", "Repeat with the same key; the operator is told.", retryable=True
        ),
        ErrorKind("mpesa_unavailable", 503, "Safaricom did not answer", "Repeat the same request.", retryable=True),
        ErrorKind("storage_unavailable", 503, "Storage did not answer", "Repeat with the same key.", retryable=True),
    )
}
"""All of them, by code."""


@dataclass(frozen=True, slots=True)
class BadField:
    """One thing that is wrong with a request. param: like `metadata.colour`."""

    param: str
    code: str
    detail: str


class ApiError(Exception):
    """An answer that is not the one that was asked for.

    detail: one or two sentences without a secret or a phone number. retry_after_s: whole seconds, for the caller to
    wait. fields: all that is wrong, first one on top. more: further members of the problem.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        param: str | None = None,
        retry_after_s: int | None = None,
        fields: Sequence[BadField] = (),
        headers: dict[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.kind = ERRORS[code]
        self.detail = detail
        self.param = param
        self.retry_after_s = retry_after_s
        self.fields = tuple(fields)
        self.headers = headers or {}
        self.more = dict(more or {})


FIELDS_TOLD_MAX = 50


def bad_fields(fields: Sequence[BadField]) -> ApiError:
    """The error for one or more bad fields; the first one is the problem's own. Of endless ones the first do."""
    first = fields[0]
    return ApiError(first.code, first.detail, param=first.param, fields=fields[:FIELDS_TOLD_MAX])
