"""What was kept apart: authentic news without a payment, and bytes that nobody could read. All of it masked."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.stack import Stack
from daraja.masking import mask_text
from gateway.aws.orphans import DynamoOrphans
from gateway.flows.messages import (
    FactsMessage,
    MessageUnreadable,
    MoneyMessage,
    OutgoingFactsMessage,
    ResultDelivery,
    read_message,
)
from gateway.ports import Orphan

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LIST_MAX = 500
EAT = timedelta(hours=3)
COLUMNS = ("at", "what", "state", "payment", "receipt", "amount", "tells", "key")
TELLS_MAX = 60


def show_orphans(stack: Stack, output: Output, day: str | None) -> Exit:
    """Those of a day in Nairobi, today's when none is named. FOUND: one of them waits for a person."""
    wanted = day or (datetime.fromtimestamp(time.time(), UTC) + EAT).date().isoformat()
    if not DAY.fullmatch(wanted):
        raise Failure(Exit.USAGE, f"{wanted} is no day", "a day looks like 2026-03-02", "repeat with --day 2026-03-02")
    found = DynamoOrphans(stack.table, 1).list_orphans(wanted, LIST_MAX)
    rows = [row_of(orphan) for orphan in found]
    output.rows(rows, COLUMNS, empty=f"Nothing was kept apart on {wanted}.")
    return Exit.FOUND if any(row["state"] == "look" for row in rows) else Exit.DONE


def row_of(orphan: Orphan) -> dict[str, Any]:
    """What a person needs to find the money: never a body, a name or a whole number."""
    at = datetime.fromtimestamp(orphan.learned_at_ms / 1000, UTC) + EAT
    return {
        "at": f"{at:%H:%M:%S}",
        "what": orphan.what,
        "state": _state(orphan),
        **_told(orphan),
        "tries": orphan.tries,
        "bytes": len(orphan.body),
        "key": orphan.key,
    }


def _state(orphan: Orphan) -> str:
    if orphan.matched_at_ms is not None:
        return "matched"
    return "waiting" if orphan.due_at_ms is not None else "look"


def _told(orphan: Orphan) -> dict[str, Any]:
    """Payment, receipt, amount and what it says, where that can be read."""
    try:
        message = read_message(orphan.body.decode("utf-8", "replace"))
    except MessageUnreadable:
        return {"payment": None, "receipt": None, "amount": None, "tells": _beginning(orphan.body)}
    if isinstance(message, FactsMessage):
        facts, payment = message.facts, message.payment_id
    elif isinstance(message, OutgoingFactsMessage):
        facts, payment = message.facts, message.out_id
    elif isinstance(message, MoneyMessage):
        facts, payment = (message.fact,), None
    elif isinstance(message, ResultDelivery):
        return {"payment": message.subject_id, "receipt": None, "amount": None, "tells": f"{message.kind} result"}
    else:
        return {"payment": message.target, "receipt": None, "amount": None, "tells": message.kind}
    return {
        "payment": payment,
        "receipt": next((found for fact in facts if (found := getattr(fact, "receipt", None))), None),
        "amount": next((found for fact in facts if (found := getattr(fact, "amount_kes", None))), None),
        "tells": " ".join(f"{fact.KIND} {getattr(fact, 'result_code', '')}".strip() for fact in facts),
    }


def _beginning(body: bytes) -> str:
    """The first characters of what could not be read, masked."""
    text = body[: 4 * TELLS_MAX].decode("utf-8", "replace")
    return mask_text("".join(one if one.isprintable() else "." for one in text))[:TELLS_MAX]
