"""The Orphans port in memory, over what a MemoryStore has kept apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.ports import Orphan

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


class MemoryOrphans:
    """The same dictionary as `keep_orphan` writes to."""

    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.orphans

    def read_orphan(self, key: str, /) -> Orphan | None:
        return self._kept.get(key)

    def save_orphan(self, before: Orphan, after: Orphan, /) -> bool:
        stored = self._kept.get(before.key)
        if stored is None or stored.due_at_ms != before.due_at_ms:
            return False
        self._kept[before.key] = replace(
            stored, due_at_ms=after.due_at_ms, tries=after.tries, matched_at_ms=after.matched_at_ms
        )
        return True
