"""Money by receipt in DynamoDB: the lists over the items `RCPT#` of `store.py`.

What waits for a payment (or was set aside) stands in by_reference as well, and only then, so that these lists cost
what is in them and not what came in:

| index        | key                                                  | sort key                              |
|--------------|------------------------------------------------------|---------------------------------------|
| by_reference | reference_key RCPT#<unmatched or ignored>#<shortcode> | reference_sort <ms>.<receipt>.<amount> |
| by_day       | day_key RCPT#<shortcode>#<day>                       | day_sort <receipt>                    |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.aws import items
from gateway.aws.repairs import DynamoRepairs
from gateway.aws.table import Expression, Table
from gateway.aws.values import Item
from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ShopSettings
from gateway.ports.received import Waiting, WaitingPage, WaitingQuery
from gateway.ports.repairs import ReceiptPage

LAST = "~"
"""Sorts behind every digit and letter."""


class DynamoReceived:
    """The Received port over the one table."""

    def __init__(self, table: Table, now_ms: Callable[[], int]) -> None:
        self._table = table
        self._now_ms = now_ms
        self._shops: tuple[int, tuple[ShopSettings, ...]] = (-MINUTE_MS, ())

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        """By key."""
        found = self._table.read_together([items.RECEIPT + receipt for receipt in dict.fromkeys(receipts)])
        return tuple(items.receipt_from_item(item) for item in found.values())

    def receipts_of_day(self, numbers: tuple[str, ...], day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        """One query for each shortcode, and the items."""
        entries = [
            entry
            for number in numbers
            for entry in self._entries(
                "by_day", "day", f"{items.RECEIPT}{number}#{day}", ("", cursor or LAST), limit + 1
            )
        ]
        shown = sorted(entries, key=lambda entry: entry["day_sort"]["S"], reverse=True)
        more = len(shown) > limit
        return ReceiptPage(self._read(shown[:limit]), shown[limit - 1]["day_sort"]["S"] if more else None)

    def waiting(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> ReceiptPage:
        """One query for each shortcode, and the items. What got its payment a moment ago is left out."""
        shown, place = self._waiting(query, limit, cursor)
        found = self._read(shown)
        return ReceiptPage(tuple(one for one in found if one.standing is query.standing), place)

    def waiting_entries(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> WaitingPage:
        """One query for each shortcode."""
        shown, place = self._waiting(query, limit, cursor)
        return WaitingPage(tuple(_waiting(entry) for entry in shown), place)

    def payments_before(self, owner: str, at_ms: int, limit: int, /) -> tuple[PaymentRecord, ...]:
        """A query, one more for the day before where that leaves room, and the items."""
        found: list[Item] = []
        for day in (day_of(at_ms), day_of(at_ms - DAY_MS)):
            if len(found) < limit:
                key, end = items.day_key(owner, day), f"{at_ms:013d}{LAST}"
                found += self._entries("by_day", "day", key, ("", end), limit - len(found))
        keys = [entry["pk"]["S"] for entry in found]
        stored = self._table.read_together(keys)
        return tuple(items.payment_from_item(stored[key]) for key in keys if key in stored)

    def shops_of(self, shortcode: str, /) -> tuple[ShopSettings, ...]:
        """From all shops' settings, which are read once a minute."""
        read_at_ms, shops = self._shops
        now_ms = self._now_ms()
        if not 0 <= now_ms - read_at_ms < MINUTE_MS:
            shops = DynamoRepairs(self._table).shops()
            self._shops = (now_ms, shops)
        return tuple(shop for shop in shops if shop.shortcode(shortcode) is not None)

    def _waiting(self, query: WaitingQuery, limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
        span = ("", LAST) if query.day is None else _span(query.day)
        between = (span[0], min(cursor, span[1]) if cursor else span[1])
        entries = [
            entry
            for number in query.numbers
            for entry in self._entries(
                "by_reference", "reference", items.waiting_key(query.standing, number), between, limit + 1
            )
        ]
        shown = sorted(entries, key=_place, reverse=True)
        return shown[:limit], _place(shown[limit - 1]) if len(shown) > limit else None

    def _entries(self, index: str, name: str, key: str, between: tuple[str, str], limit: int) -> list[Item]:
        """Entries from the one sort key up to the other, without that one, last first."""
        if between[1] <= between[0]:
            return []
        expression = Expression()
        clauses = [expression.equals(f"{name}_key", key)]
        sort = expression.path((f"{name}_sort",))
        if between[0]:  # DynamoDB takes one condition on a sort key
            clauses.append(f"{sort} BETWEEN {expression.value(between[0])} AND {expression.value(between[1])}")
        else:
            clauses.append(f"{sort} < {expression.value(between[1])}")
        found = self._table.query(index, clauses, expression, limit + 1, newest_first=True)
        return [entry for entry in found if entry[f"{name}_sort"]["S"] < between[1]][:limit]

    def _read(self, entries: Iterable[Item]) -> tuple[ReceiptRecord, ...]:
        keys = [entry["pk"]["S"] for entry in entries]
        found = self._table.read_together(keys)
        return tuple(items.receipt_from_item(found[key]) for key in keys if key in found)


def _span(day: str) -> tuple[str, str]:
    begins_ms = day_begins_ms(day)
    return f"{begins_ms:013d}", f"{begins_ms + DAY_MS:013d}"


def _place(entry: Item) -> str:
    place: str = entry["reference_sort"]["S"]
    return place


def _waiting(entry: Item) -> Waiting:
    at_ms, receipt, amount = _place(entry).split(".")
    return Waiting(int(at_ms), receipt, int(amount))
