"""What the nightly repair needs beside payments and feed: the day's receipts, the shops, its own progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.receipts import ReceiptRecord
from gateway.domain.repairs import RepairProgress
from gateway.domain.shop import ShopSettings


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Receipts and where to go on; cursor None: no more."""

    records: tuple[ReceiptRecord, ...]
    cursor: str | None


class Repairs(Protocol):
    """In DynamoDB. Raise StoreUnavailable."""

    def shops(self) -> tuple[ShopSettings, ...]:
        """Every shop of this deployment."""

    def receipts_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        """A page of the receipts that M-Pesa completed on this day. An index: may be a moment behind."""

    def read_progress(self) -> RepairProgress:
        """How far the repair has come; that of the beginning before the first run."""

    def save_progress(self, before: RepairProgress, after: RepairProgress, /) -> bool:
        """Write, on condition that the version is `before`'s. False: another run is at work."""
