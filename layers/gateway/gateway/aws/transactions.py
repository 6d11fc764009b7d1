"""The Transactions port over DynamoDB. An item goes half a year after the last question.

TXN#txn_5b…  {"owner": "shop", "receipt": "SGL31QW9XY", "asked_at": 1772442904000, "shortcodes": ["174379"],
"answers": {"174379": {"code": "0", "status": "completed", "amount_kes": 100, "direction": "in", …}},
"rounds": 1, "found": {…}, "found_at": "174379", "version": 2, "expires_at": 1788000000}
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gateway.aws import items
from gateway.aws.table import Path, Table
from gateway.aws.values import Item
from gateway.domain.policy import DAY_MS
from gateway.domain.transactions import Answer, Direction, Question, Transaction

TRANSACTION = "TXN#"
KEPT_MS = 180 * DAY_MS
_CHANGING = ("asked_at", "shortcodes", "answers", "rounds", "found", "found_at", "version", "expires_at")
_ANSWER_NAMES = tuple(one.name for one in fields(Answer))


class DynamoTransactions:
    """The Transactions port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read_transaction(self, transaction_id: str, /) -> Transaction | None:
        """One consistent read."""
        item = self._table.read(TRANSACTION + transaction_id)
        return transaction_from_item(item) if item else None

    def save_transaction(self, before: Transaction | None, after: Transaction, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""
        values = transaction_to_values(after)
        if before is None:
            conflict = self._table.put_if_absent(items.packed(values))
        else:
            changed: dict[Path, Any] = {(name,): values[name] for name in _CHANGING}
            conflict = self._table.change(values["pk"], changed, {"version": before.version})
        if conflict is None:
            return True
        stands = transaction_from_item(conflict.stored) if conflict.stored else None
        return conflict.retried and stands == after


def transaction_to_values(transaction: Transaction) -> dict[str, Any]:
    """The whole item."""
    last = transaction.last
    return {
        "pk": TRANSACTION + transaction.id,
        "owner": transaction.owner,
        "receipt": transaction.receipt,
        "asked_at": last.asked_at_ms,
        "shortcodes": list(last.shortcodes),
        "answers": {shortcode: _answer_to_values(answer) for shortcode, answer in last.answers.items()},
        "rounds": transaction.rounds,
        "found": _answer_to_values(transaction.found) if transaction.found else None,
        "found_at": transaction.found_at or None,
        "version": transaction.version,
        "expires_at": (last.asked_at_ms + KEPT_MS) // 1000,
    }


def transaction_from_item(item: Item) -> Transaction:
    """A stored transaction."""
    values = items.unpacked(item)
    answers = {shortcode: _answer_from_values(stored) for shortcode, stored in values["answers"].items()}
    found = values.get("found")
    return Transaction(
        id=values["pk"].removeprefix(TRANSACTION),
        owner=values["owner"],
        receipt=values["receipt"],
        last=Question(asked_at_ms=values["asked_at"], shortcodes=tuple(values["shortcodes"]), answers=answers),
        rounds=values["rounds"],
        found=_answer_from_values(found) if found else None,
        found_at=values.get("found_at", ""),
        version=values["version"],
    )


def _answer_to_values(answer: Answer) -> dict[str, Any]:
    values = {name: getattr(answer, name) for name in _ANSWER_NAMES}
    return {name: value for name, value in values.items() if value not in (None, "", False)}


def _answer_from_values(stored: dict[str, Any]) -> Answer:
    known = {name: value for name, value in stored.items() if name in _ANSWER_NAMES}
    direction = known.pop("direction", None)
    return Answer(**{"code": "", **known}, direction=Direction(direction) if direction else None)
