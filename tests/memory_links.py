"""Payment links and counts in memory. They pass the same contract as those over DynamoDB."""

from __future__ import annotations

import threading
from dataclasses import replace

from gateway.domain.links import Link
from gateway.ports.links import LinkPage


class MemoryLinks:
    """The Links port. One lock: each call is atomic, as a write to one item is."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.links: dict[str, Link] = {}

    def create_link(self, link: Link, /) -> Link | None:
        with self._lock:
            if link.id in self.links:
                return self.links[link.id]
            self.links[link.id] = link
            return None

    def read_link(self, link_id: str, /) -> Link | None:
        with self._lock:
            return self.links.get(link_id)

    def save_link(self, before: Link, after: Link, /) -> bool:
        with self._lock:
            stored = self.links.get(before.id)
            if stored is None or stored.version != before.version:
                return False
            self.links[before.id] = replace(
                stored,
                title=after.title,
                active=after.active,
                paid=after.paid,
                held=dict(after.held),
                version=before.version + 1,
            )
            return True

    def list_links(self, owner: str, limit: int, cursor: str | None, /) -> LinkPage:
        with self._lock:
            mine = [link for link in self.links.values() if link.owner == owner]
            ordered = sorted(mine, key=_sort, reverse=True)
            left = [link for link in ordered if cursor is None or _sort(link) < cursor]
            return LinkPage(tuple(left[:limit]), _sort(left[limit - 1]) if len(left) > limit else None)


class MemoryCounts:
    """The Counts port: how often each name was counted."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.times: dict[str, int] = {}

    def count_up(self, name: str, most: int, ends_at_ms: int, /) -> bool:
        with self._lock:
            if self.times.get(name, 0) >= most:
                return False
            self.times[name] = self.times.get(name, 0) + 1
            return True


def _sort(link: Link) -> str:
    return f"{link.created_at_ms:020d}|{link.id}"
