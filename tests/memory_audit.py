"""The ports of the audit log in memory: pages by number, and a table whose items are as DynamoDB has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.aws.audited import parts_of
from gateway.domain.audit.entry import Parts, item_name
from gateway.domain.audit.progress import AuditProgress
from gateway.ports.audit import Listed, StoredPage

Item = Mapping[str, Any]
"""Typed values by attribute."""


OF_DAYS = ("PAY#", "OUT#", "RCPT#")
STANDING = ("STAFF#", "KEY#", "HOOK#")


class MemoryAuditLog:
    """The AuditLog port. Who holds it may alter `pages`, as somebody with rights to the bucket might.

    others: names before all pages that no page has.
    """

    def __init__(self) -> None:
        self.pages: dict[int, bytes] = {}
        self.others = 0

    def read_newest(self) -> StoredPage | None:
        if self.others:
            return StoredPage(0, b"")
        number = max(self.pages, default=0)
        return StoredPage(number, self.pages[number]) if number else None

    def list_pages(self, most: int, /) -> Listed:
        others = min(self.others, most)
        return Listed(tuple(sorted(self.pages, reverse=True)[: most - others]), others)

    def read_page(self, number: int, /) -> bytes | None:
        return self.pages.get(number)

    def append_page(self, number: int, data: bytes, /) -> bool:
        if number in self.pages:
            return False
        self.pages[number] = data
        return True


class MemoryAudited:
    """The Audited port over whatever lists a table's items."""

    def __init__(self, items: Callable[[], Iterable[Item]]) -> None:
        self._items = items
        self.progress = AuditProgress()

    def read_items(self, key: bytes, names: tuple[str, ...], /) -> Mapping[str, Parts]:
        found = {item_name(key, item["pk"]["S"]): item for item in self._items()}
        return {name: parts_of(dict(found[name])) for name in names if name in found}

    def list_day(self, key: bytes, day: str, /) -> tuple[str, ...]:
        return tuple(
            item_name(key, pk) for pk, day_key in self._keys() if pk.startswith(OF_DAYS) and day_key.endswith(f"#{day}")
        )

    def list_standing(self, key: bytes, /) -> tuple[str, ...]:
        return tuple(item_name(key, pk) for pk, _ in self._keys() if pk.startswith(STANDING))

    def _keys(self) -> list[tuple[str, str]]:
        return [(item["pk"]["S"], item.get("day_key", {"S": ""})["S"]) for item in self._items()]

    def read_audit_progress(self) -> AuditProgress:
        return self.progress

    def save_audit_progress(self, before: AuditProgress, after: AuditProgress, /) -> bool:
        if self.progress.version != before.version:
            return False
        self.progress = replace(after, version=before.version + 1)
        return True
