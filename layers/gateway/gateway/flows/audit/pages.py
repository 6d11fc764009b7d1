"""Reading the audit log: pages in order, the page of a moment, all that it tells of one item."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.audit.check import Check, Seen, differences
from gateway.domain.audit.entry import Entry, Parts
from gateway.domain.audit.page import opened
from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.flows.audit.newest import listed_newest
from gateway.ports import Flow, call
from gateway.ports.audit import Audited, AuditLog

PAGES_TOGETHER = 50
"""Pages that are gone through before their items are looked at in the table."""

ITEMS_TOGETHER = 100
CLOCKS_APART_MS = 5 * MINUTE_MS
END_OF_TIME_MS = 1 << 62
STREAM_LASTS_MS = 25 * HOUR_MS
"""An entry is written at most so long after its change."""


def go_through(check: Check, last: int, *, compared: bool = True) -> Flow[None]:
    """The next pages, at most up to this one, and then what of the table they tell of. Raises PortError."""
    for _ in range(PAGES_TOGETHER):
        if check.at > last:
            break
        data = yield from call(AuditLog.read_page, check.at)
        check.take(data, compared=compared)
    yield from compare(check)


def compare(check: Check) -> Flow[None]:
    """Look at what waits; what stands as the log has it waits no more. Raises StoreUnavailable."""
    waiting = tuple(check.waiting)
    for start in range(0, len(waiting), ITEMS_TOGETHER):
        items = waiting[start : start + ITEMS_TOGETHER]
        found = yield from call(Audited.read_items, check.key, items)
        for item in items:
            check.settles(item, found.get(item))


def look_for_untold(check: Check, first: int, since_ms: int, until_ms: int) -> Flow[None]:
    """What the table got from one moment to another, and no page told of. Raises StoreUnavailable.

    Of each day's own lists, and of staff, keys and endpoints. first: the page with which the check began; what is older
    than the log itself needs no page.
    """
    if first == 1:
        if not check.began_ms:
            return
        since_ms = max(since_ms, check.began_ms)
    names = list((yield from call(Audited.list_standing, check.key)))
    day_ms = day_begins_ms(day_of(since_ms))
    while day_ms <= until_ms:
        names += yield from call(Audited.list_day, check.key, day_of(day_ms))
        day_ms += DAY_MS
    untold = [name for name in dict.fromkeys(names) if not check.knows(name)]
    for start in range(0, len(untold), ITEMS_TOGETHER):
        found = yield from call(Audited.read_items, check.key, tuple(untold[start : start + ITEMS_TOGETHER]))
        for name, parts in found.items():
            if any(since_ms <= part.learned_at_ms < until_ms for part in parts.values()):
                check.wait_for_untold(name)


def first_page_since(key: bytes, at_ms: int, newest: int) -> Flow[int]:
    """The first page that was written at this moment or later; the one behind the newest if none was."""
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        written_at_ms = yield from _written_at_ms(key, middle, newest)
        low, high = (middle + 1, high) if written_at_ms < at_ms else (low, middle)
    return low


def _written_at_ms(key: bytes, number: int, newest: int) -> Flow[int]:
    """Of this page, or of the next one that can be read."""
    for page in range(number, newest + 1):
        data = yield from call(AuditLog.read_page, page)
        head = opened(key, data).head if data is not None else None
        if head is not None:
            return head.written_at_ms
    return END_OF_TIME_MS


@dataclass(frozen=True, slots=True)
class Told:
    """An entry and where it stands."""

    page: int
    line: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class History:
    """What stands in the table of an item, and all that the log was found to tell of it, in order."""

    item: str
    parts: Parts
    told: tuple[Told, ...]

    @property
    def seen(self) -> dict[str, Seen]:
        """Where each part was told of last."""
        return {one.entry.part: Seen(one.entry.now, one.page, one.line) for one in self.told}


def history_of(key: bytes, item: str) -> Flow[History]:
    """By the times that the item's own parts carry, so only pages of those times are read. Raises PortError.

    Where that does not explain what stands in the table, all later pages are read as well.
    """
    found = yield from call(Audited.read_items, key, (item,))
    parts = found.get(item, {})
    reader = _Reader(key, item, (yield from listed_newest(key)).number)
    missing = {name: part.learned_at_ms for name, part in parts.items()}
    while missing:
        name = min(missing, key=missing.__getitem__)
        at_ms = missing.pop(name)
        first = yield from first_page_since(key, at_ms - CLOCKS_APART_MS, reader.newest)
        yield from reader.read_until(first, name, at_ms + STREAM_LASTS_MS)
        missing = {one: at for one, at in missing.items() if one not in reader.names}
    if differences(key, item, parts, History(item, parts, tuple(reader.told)).seen):
        yield from reader.read_until(1, "", END_OF_TIME_MS)
    return History(item, parts, tuple(reader.told))


@dataclass(slots=True)
class _Reader:
    """Reads pages once each, in order, and keeps what they tell of one item. read: the last page that was read."""

    key: bytes
    item: str
    newest: int
    read: int = 0
    told: list[Told] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def read_until(self, first: int, name: str, written_ms: int) -> Flow[None]:
        """From this page on, or from where it stands, until the part is told of, or a page was written later."""
        for number in range(max(first, self.read + 1), self.newest + 1):
            data = yield from call(AuditLog.read_page, number)
            page, self.read = opened(self.key, data or b""), number
            mine = [Told(number, line, entry) for line, entry in page.entries.items() if entry.item == self.item]
            self.told += mine
            self.names |= {one.entry.part for one in mine}
            if name in self.names or (page.head is not None and page.head.written_at_ms > written_ms):
                return
