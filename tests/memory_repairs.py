"""The Repairs port in memory, over the store in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from gateway.domain.receipts import ReceiptRecord
from gateway.domain.repairs import RepairProgress
from gateway.domain.shop import ShopSettings
from gateway.ports.repairs import ReceiptPage


class Lists(Protocol):
    """What of a store in memory is needed."""

    settings: dict[str, ShopSettings]
    receipts: dict[str, ReceiptRecord]


class MemoryRepairs:
    """Lists of the store, and one progress."""

    def __init__(self, store: Lists) -> None:
        self._store = store
        self.progress = RepairProgress()

    def shops(self) -> tuple[ShopSettings, ...]:
        return tuple(self._store.settings.values())

    def receipts_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        found = sorted(
            (one for one in self._store.receipts.values() if (one.shortcode, one.day) == (shortcode, day)),
            key=lambda one: one.receipt,
        )
        left = [one for one in found if cursor is None or one.receipt > cursor]
        return ReceiptPage(tuple(left[:limit]), left[limit - 1].receipt if len(left) > limit else None)

    def read_progress(self) -> RepairProgress:
        return self.progress

    def save_progress(self, before: RepairProgress, after: RepairProgress, /) -> bool:
        if self.progress.version != before.version:
            return False
        self.progress = replace(after, version=before.version + 1)
        return True
