"""Lists of money by receipt: what came on a day, what waits for a payment; and payments that it may be meant for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.shop import ShopSettings
from gateway.ports.repairs import ReceiptPage


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingQuery:
    """Money without a payment at these numbers, newest first. standing: unmatched or ignored. day: EAT; None: any."""

    numbers: tuple[str, ...]
    standing: Standing = Standing.UNMATCHED
    day: str | None = None


class Waiting(NamedTuple):
    """An entry of that list, as the index has it."""

    at_ms: int
    receipt: str
    amount_kes: int


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Entries and where to go on; cursor None: no more."""

    entries: tuple[Waiting, ...]
    cursor: str | None


class Received(Protocol):
    """In DynamoDB, by its indexes: they may be a moment behind. Raise StoreUnavailable."""

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        """Those of these that exist, in any order, read consistently."""

    def receipts_of_day(self, numbers: tuple[str, ...], day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        """What M-Pesa completed on this day at these shortcodes, highest code first."""

    def waiting(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> ReceiptPage:
        """A page of what waits, newest first."""

    def waiting_entries(self, query: WaitingQuery, limit: int, cursor: str | None, /) -> WaitingPage:
        """The same without the items: cheap to count."""

    def payments_before(self, owner: str, at_ms: int, limit: int, /) -> tuple[PaymentRecord, ...]:
        """An owner's payments that were made before this moment, newest first, of that day and the one before."""

    def shops_of(self, shortcode: str, /) -> tuple[ShopSettings, ...]:
        """Shops that take money under this number, hardly ever more than one; may be a minute old."""
