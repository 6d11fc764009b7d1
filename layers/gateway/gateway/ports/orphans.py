"""What was kept apart, to be matched later. Keeping it: `Store.keep_orphan`."""

from __future__ import annotations

from typing import Protocol

from gateway.ports import Orphan


class Orphans(Protocol):
    """DynamoDB. Raises StoreUnavailable."""

    def read_orphan(self, key: str, /) -> Orphan | None:
        """One consistent read."""

    def save_orphan(self, before: Orphan, after: Orphan, /) -> bool:
        """Write times, tries and whether it was matched, on condition that it is still due as `before`."""
