"""The audit log: held against the table, and what it tells of one payment, payout or receipt."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Mapping
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.stack import Stack, find_stack
from gateway.aws.audit_log import S3AuditLog
from gateway.aws.audited import DynamoAudited
from gateway.aws.clients import LOG, log_client
from gateway.aws.secrets import KEYS, keys_from_text
from gateway.aws.staff import DynamoStaff
from gateway.domain.audit.check import Finding, differences
from gateway.domain.days import day_begins_ms, eat
from gateway.domain.policy import DAY_MS
from gateway.flows.audit.key import read_log_key
from gateway.flows.audit.pages import History, Told, history_of
from gateway.flows.audit.verify import verify
from gateway.ports import Call, Flow, Keys, run

DAY = re.compile(r"\d{4}-\d\d-\d\d")
ITEMS = {"pay_": "PAY#", "out_": "OUT#", "ref_": "OUT#"}
RECEIPT = re.compile(r"[A-Z0-9]{8,20}")
PATIENCE_S = 150
"""A change is in the log a minute or two after it happened."""

FOUND_COLUMNS = ("what", "page", "line", "item", "part", "at")
SHOWN_COLUMNS = ("at", "what", "source", "who", "amount", "receipt", "written_at", "page", "line", "late")


def add(commands: _SubParsersAction[ArgumentParser], behind: ArgumentParser) -> None:
    """The command `audit` and its parts."""
    audit = commands.add_parser("audit", help="the log of everything that changed, and whether it still holds")
    parts = audit.add_subparsers(required=True)
    verified = parts.add_parser("verify", parents=[behind], help="read it back and hold it against the table")
    verified.add_argument("--day", help="only what was written on this day in Nairobi, like 2026-03-02; default: all")
    verified.add_argument("--wait", type=int, default=PATIENCE_S, help="seconds for changes that are on their way")
    verified.set_defaults(command=_verify)
    shown = parts.add_parser("show", parents=[behind], help="who did what with a payment, payout, refund or receipt")
    shown.add_argument("what", help="pay_…, out_…, ref_… or M-Pesa's receipt")
    shown.set_defaults(command=_show)


def _verify(options: Namespace, output: Output) -> Exit:
    first_ms, last_ms = _times_of(options.day)
    output.progress("Reading the log; what changed in the last minutes is waited for.")
    done = run(verify(first_ms, last_ms, options.wait * 1000), Tools(find_stack(options)))
    rows = [_found_row(one) for one in done.findings]
    counts = f"{done.pages} pages, {done.entries} entries, {done.items} things that changed"
    output.rows(rows, FOUND_COLUMNS, empty=f"The log and the table tell the same: {counts}.")
    if rows:
        output.aside(f"\n{len(rows)} findings in {counts}. What to do: docs/operations.md, When the audit log speaks.")
    return Exit.FOUND if rows else Exit.DONE


def _times_of(day: str | None) -> tuple[int | None, int | None]:
    if day is None:
        return None, None
    try:
        begins_ms = day_begins_ms(day) if DAY.fullmatch(day) else None
    except ValueError:
        begins_ms = None
    if begins_ms is None:
        raise Failure(Exit.USAGE, f"{day} is no day", "a day is like 2026-03-02, in Nairobi", "name one")
    return begins_ms, begins_ms + DAY_MS


def _show(options: Namespace, output: Output) -> Exit:
    item, stack = _item_of(options.what), find_stack(options)
    history, wrong = run(_history(item), Tools(stack))
    names = _names(stack, history)
    rows = [_shown_row(one, names) for one in history.told]
    output.rows(rows, SHOWN_COLUMNS, empty=f"The log tells nothing of {options.what}.")
    for one in wrong:
        output.aside(f"{one.what}: {one.part or 'the whole of it'} - run: mpesa-gateway audit verify")
    return Exit.DONE if rows and not wrong else Exit.FOUND


def _item_of(what: str) -> str:
    prefix = next((prefix for begins, prefix in ITEMS.items() if what.startswith(begins)), None)
    if prefix is None and RECEIPT.fullmatch(what):
        prefix = "RCPT#"
    if prefix is None:
        raise Failure(
            Exit.USAGE, f"{what} is not known", "the log is asked by pay_…, out_…, ref_… or a receipt", "name one"
        )
    return prefix + what


def _history(item: str) -> Flow[tuple[History, list[Finding]]]:
    """What the log tells of it, and where the table says something else: also what changed a minute ago."""
    key = yield from read_log_key()
    history = yield from history_of(key, item)
    return history, differences(key, item, history.parts, history.seen)


def _names(stack: Stack, history: History) -> Mapping[str, str]:
    """Of the persons of the shop that it belongs to: the log holds ids only."""
    asked = history.parts.get("asked")
    if asked is None:
        return {}
    return {one.person: one.name for one in DynamoStaff(stack.table).list_members(asked.content["owner"]) if one.name}


def _found_row(one: Finding) -> dict[str, Any]:
    return {
        "what": str(one.what),
        "page": one.page or None,
        "line": one.line or None,
        "item": one.item,
        "part": one.part,
        "at": _time(one.at_ms),
    }


def _shown_row(one: Told, names: Mapping[str, str]) -> dict[str, Any]:
    entry = one.entry
    name = names.get(entry.actor)
    return {
        "at": _time(entry.at_ms),
        "what": f"{entry.kind} changed" if entry.was else entry.kind,
        "source": entry.source,
        "who": f"{name} ({entry.actor})" if name else entry.actor,
        "amount": entry.amount_kes,
        "receipt": entry.receipt,
        "written_at": _time(entry.changed_at_ms),
        "page": one.page,
        "line": one.line,
        "late": entry.late,
    }


def _time(at_ms: int) -> str | None:
    """In Nairobi's time, as people there read it."""
    return f"{eat(at_ms):%Y-%m-%d %H:%M:%S}" if at_ms else None


class Tools:
    """Performs the calls of flows that only read."""

    def __init__(self, stack: Stack) -> None:
        if not stack.audit_bucket:
            raise Failure(
                Exit.SETTINGS, "No audit log is known", "the stack tells of none", "deploy it anew, or set AUDIT_BUCKET"
            )
        self._adapters: Mapping[str, Any] = {
            "AuditLog": S3AuditLog(log_client(LOG), stack.audit_bucket),
            "Audited": DynamoAudited(stack.table),
            "Secrets": _Secrets(stack),
            "Ambient": _Clock(),
        }

    def perform(self, call: Call, /) -> Any:
        """Carry it out."""
        return getattr(self._adapters[call.port], call.method)(*call.args)


class _Secrets:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def read_keys(self) -> Keys:
        text = self._stack.read_parameter(KEYS)
        if text is None:
            raise Failure(
                Exit.SETTINGS,
                "The log cannot be read",
                f"{self._stack.prefix}/{KEYS} does not exist",
                "name the right stack",
            )
        return keys_from_text(text)


class _Clock:
    def now_ms(self) -> int:
        return int(time.time() * 1000)

    def pause(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000)
