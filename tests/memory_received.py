"""The Received port in memory, over the store in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.domain.days import day_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ShopSettings
from gateway.ports.received import Waiting, WaitingPage, WaitingQuery
from gateway.ports.repairs import ReceiptPage


class Lists(Protocol):
    """What of a store in memory is needed."""

    settings: dict[str, ShopSettings]
    receipts: dict[str, ReceiptRecord]
    payments: dict[str, PaymentRecord]


class MemoryReceived:
    """Lists of the store."""

    def __init__(self, store: Lists) -> None:
        self._store = store

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        return tuple(self._receipts()[one] for one in dict.fromkeys(receipts) if one in self._receipts())

    def receipts_of_day(self, numbers: tuple[str, ...], day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        found = [one for one in self._receipts().values() if one.shortcode in numbers and one.day == day]
        left = sorted(
            (one for one in found if cursor is None or one.receipt < cursor), key=lambda one: one.receipt, reverse=True
        )
        return ReceiptPage(tuple(left[:limit]), left[limit - 1].receipt if len(left) > limit else None)

    def waiting(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> ReceiptPage:
        page = self.waiting_entries(query, limit, cursor)
        return ReceiptPage(tuple(self._receipts()[entry.receipt] for entry in page.entries), page.cursor)

    def waiting_entries(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> WaitingPage:
        found = [
            Waiting(one.money_at_ms, one.receipt, one.money.amount_kes if one.money else 0)
            for one in self._receipts().values()
            if one.shortcode in query.numbers and one.standing is query.standing
        ]
        wanted = [one for one in found if query.day in (None, day_of(one.at_ms))]
        left = sorted((one for one in wanted if cursor is None or _place(one) < cursor), key=_place, reverse=True)
        return WaitingPage(tuple(left[:limit]), _place(left[limit - 1]) if len(left) > limit else None)

    def payments_before(self, owner: str, at_ms: int, limit: int, /) -> tuple[PaymentRecord, ...]:
        days = {day_of(at_ms), day_of(at_ms - DAY_MS)}
        found = [
            record
            for record in self._store.payments.values()
            if record.asked.owner == owner
            and record.asked.created_at_ms <= at_ms
            and day_of(record.asked.created_at_ms) in days
        ]
        return tuple(sorted(found, key=lambda record: (record.asked.created_at_ms, record.id), reverse=True)[:limit])

    def shops_of(self, shortcode: str, /) -> tuple[ShopSettings, ...]:
        shops = self._store.settings.values()
        return tuple(shop for shop in shops if shop.shortcode(shortcode) is not None)

    def _receipts(self) -> Mapping[str, ReceiptRecord]:
        return self._store.receipts


def _place(entry: Waiting) -> str:
    return f"{entry.at_ms:013d}.{entry.receipt}.{entry.amount_kes}"
