"""The Balances port over DynamoDB. Amounts are text, so that nothing rounds them.

BAL#bal_77ab…  {"owner": "shop", "shortcode": "174379", "asked_at": 1772442904000, "as_of": 1772442906000,
                  "answers_at": 1772442904000, "failure": "", "version": 4,
                  "accounts": [{"name": "Utility Account", "currency": "KES", "current": "25100.00", …}]}
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.aws import items
from gateway.aws.table import Path, Table
from gateway.aws.values import Item
from gateway.domain.balances import Account, Balance

BALANCE = "BAL#"
_FIGURES = ("current", "available", "reserved", "uncleared")
_CHANGING = (
    "accounts",
    "asked_at",
    "as_of",
    "answers_at",
    "failure",
    "failure_at",
    "low_kes",
    "version",
    "due_shard",
    "due_at",
)


class DynamoBalances:
    """The Balances port over the one table. shards: of the `due` index."""

    def __init__(self, table: Table, shards: int) -> None:
        self._table = table
        self._shards = shards

    def read_balance(self, balance_id: str, /) -> Balance | None:
        """One consistent read."""
        item = self._table.read(BALANCE + balance_id)
        return balance_from_item(item) if item else None

    def save_balance(self, before: Balance | None, after: Balance, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""
        values = balance_to_values(after, self._shards)
        if before is None:
            item = items.packed(values)
            conflict = self._table.put_if_absent(item)
            return conflict is None or (conflict.retried and conflict.stored == item)
        changed: dict[Path, Any] = {(name,): values[name] for name in _CHANGING}
        conflict = self._table.change(BALANCE + after.id, changed, {"version": before.version})
        if conflict is None:
            return True
        stands = balance_from_item(conflict.stored) if conflict.stored else None
        return conflict.retried and stands == after


def balance_to_values(balance: Balance, shards: int) -> dict[str, Any]:
    """The whole item."""
    return {
        "pk": BALANCE + balance.id,
        "owner": balance.owner,
        "shortcode": balance.shortcode,
        "asked_at": balance.asked_at_ms,
        "accounts": [_account_to_values(account) for account in balance.accounts],
        "as_of": balance.as_of_ms,
        "answers_at": balance.answers_at_ms,
        "failure": balance.failure or None,
        "failure_at": balance.failure_at_ms or None,
        "low_kes": balance.low_kes or None,
        "version": balance.version,
        **items.due_attributes(BALANCE + balance.id, balance.due_at_ms, shards),
    }


def balance_from_item(item: Item) -> Balance:
    """A stored balance."""
    values = items.unpacked(item)
    return Balance(
        id=values["pk"].removeprefix(BALANCE),
        owner=values["owner"],
        shortcode=values["shortcode"],
        asked_at_ms=values["asked_at"],
        accounts=tuple(_account_from_values(stored) for stored in values.get("accounts", ())),
        as_of_ms=values.get("as_of"),
        answers_at_ms=values.get("answers_at", 0),
        failure=values.get("failure", ""),
        failure_at_ms=values.get("failure_at", 0),
        low_kes=values.get("low_kes", 0),
        due_at_ms=values.get("due_at"),
        version=values["version"],
    )


def _account_to_values(account: Account) -> dict[str, Any]:
    figures = {name: f"{told:f}" for name in _FIGURES if (told := getattr(account, name)) is not None}
    return {"name": account.name, "currency": account.currency, **figures}


def _account_from_values(stored: dict[str, Any]) -> Account:
    figures = {name: Decimal(stored[name]) for name in _FIGURES if name in stored}
    return Account(name=stored["name"], currency=stored["currency"], **figures)
