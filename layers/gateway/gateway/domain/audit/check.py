"""Whether the log hangs together, and whether the table says what the log says. Pure: pages and items are handed in.

A page that does not fit is named with its line; what differs in the table is named with its item, its part, and the
entry that told of it last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.audit.entry import ENDING, Entry, Parts, item_mark, marks_of
from gateway.domain.audit.page import RULES, Head, Opened, opened


class Found(StrEnum):
    """What the check may find."""

    PAGE_MISSING = "page_missing"
    """A page of the log is not there."""
    PAGE_ALTERED = "page_altered"
    """A line of a page is not what was written."""
    PAGE_REPLACED = "page_replaced"
    """A page is whole, and is not the one that the next page was written after."""
    STRANGE_PAGE = "strange_page"
    """Something lies among the pages, beyond the log's last one, that the log did not write."""
    PART_CHANGED = "part_changed"
    """An entry tells that something changed or went that never does: somebody wrote into the table."""
    CHANGE_MISSING = "change_missing"
    """Before this entry the item was not as the log had it last: a change in between is not in the log."""
    DIFFERS = "differs"
    """The table says something else than the log's last entry of it."""
    ADDED = "added"
    """It stands in the table, and the log does not know it."""
    REMOVED = "removed"
    """It is in the log, and no more in the table."""
    LATE = "late"
    """An entry that the nightly check had to add."""


OF_THE_TABLE = (Found.DIFFERS, Found.ADDED, Found.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """page, line: of the log, 0 where nothing in it is meant. part: empty where the whole item is meant."""

    what: Found
    page: int = 0
    line: int = 0
    item: str = ""
    part: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a part was told of last. mark: of its content, empty where it went."""

    mark: str
    page: int
    line: int


@dataclass(slots=True)
class _Known:
    """An item as the log had it last. unsure: a late entry told of it, and the stream's own may still follow.

    rules: by which the mark was made.
    """

    mark: str
    shard: str
    place: int
    unsure: bool = False
    rules: int = RULES


@dataclass(slots=True)
class Check:
    """What is known while pages are gone through in order. at: the page that comes next. before: the mark it hangs on.

    before None: nobody knows, as at the first page of a day. waiting: items that are to be compared with the table,
    with what was seen of their parts. entries, items: how many there were. began_ms: the earliest change that the first
    page tells of; 0 as long as there was none.
    """

    key: bytes
    at: int = 1
    before: str | None = ""
    findings: list[Finding] = field(default_factory=list)
    waiting: dict[str, dict[str, Seen]] = field(default_factory=dict)
    pages: int = 0
    entries: int = 0
    items: int = 0
    began_ms: int = 0
    _known: dict[str, _Known] = field(default_factory=dict)

    def take(self, data: bytes | None, *, compared: bool = True) -> None:
        """The next page, or None for one that is missing. compared: its items are looked at in the table."""
        number, self.at = self.at, self.at + 1
        if data is None:
            self.findings.append(Finding(what=Found.PAGE_MISSING, page=number))
            self.before = None
            return
        page = opened(self.key, data)
        self.pages += 1
        self._take_head(number, page)
        self.began_ms = self.began_ms or _begins_ms(page)
        self.findings += [Finding(what=Found.PAGE_ALTERED, page=number, line=line) for line in page.broken[:1]]
        rules = page.head.rules if page.head is not None else RULES
        shard = page.head.shard if page.head is not None else ""
        for line, entry in page.entries.items():
            self._take_entry(Seen(entry.now, number, line), entry, shard, rules, compared=compared and rules == RULES)
        self.before = page.last

    def _take_head(self, number: int, page: Opened) -> None:
        head: Head | None = page.head
        if head is None:
            return
        if head.page != number:
            self.findings.append(Finding(what=Found.PAGE_REPLACED, page=number))
        elif self.before is not None and head.before != self.before:
            self.findings.append(Finding(what=Found.PAGE_REPLACED, page=number - 1))

    def _take_entry(self, place: Seen, entry: Entry, shard: str, rules: int, *, compared: bool) -> None:
        self.entries += 1
        known = self._known.get(entry.item)
        if known is not None and shard == known.shard and 0 < entry.place < known.place:
            return  # told again: an earlier page had it
        self.findings += [
            Finding(
                what=what,
                page=place.page,
                line=place.line,
                item=entry.item,
                part=entry.part,
                at_ms=entry.changed_at_ms,
            )
            for what in _wrong_with(entry, known, rules)
        ]
        unsure = entry.late or (known is not None and known.unsure)
        of_stream = shard if entry.place or known is None else known.shard
        told = entry.place or self.place_of(entry.item)
        self._known[entry.item] = _Known(entry.item_now, of_stream, told, unsure, rules)
        if entry.item in self.waiting or compared:
            self.items += known is None
            self.waiting.setdefault(entry.item, {})[entry.part] = place

    def settles(self, item: str, parts: Parts | None) -> bool:
        """Whether the item stands as the log has it (None: not at all); then nothing of it waits any more."""
        fits = self._stands(item, parts)
        if fits:
            self.waiting.pop(item, None)
        return fits

    def _stands(self, item: str, parts: Parts | None) -> bool:
        ended = item.startswith(ENDING) and parts is None
        return ended or self.mark_of(item) == item_mark(self.key, item, parts)

    def mark_of(self, item: str) -> str:
        """The item's mark as the log had it last."""
        return self._known[item].mark if item in self._known else ""

    def place_of(self, item: str) -> int:
        """Where in its shard the last change of it happened that the log tells of."""
        return self._known[item].place if item in self._known else 0

    def shard_of(self, item: str) -> str:
        """The shard of that change."""
        return self._known[item].shard if item in self._known else ""

    def wait_for(self, item: str, mark: str, shard: str, place: int) -> None:
        """An item that an earlier part of the run left waiting."""
        self._known[item] = _Known(mark, shard, place, unsure=not mark)
        self.waiting.setdefault(item, {})

    def judge_only(self, waited: Mapping[str, str]) -> None:
        """Nothing waits any more but what has waited before and of which nothing was told since. waited: marks by item.

        What changed just now is on its way, as is what is told of again and again; the next run meets it.
        """
        self.waiting = {
            item: seen for item, seen in self.waiting.items() if item in waited and self.mark_of(item) == waited[item]
        }

    def wait_for_untold(self, item: str) -> None:
        """An item that stands in the table, and of which no page told."""
        self._known[item] = _Known("", "", 0, unsure=True)
        self.waiting.setdefault(item, {})

    def knows(self, item: str) -> bool:
        """Whether a page told of it."""
        return item in self._known


def _begins_ms(page: Opened) -> int:
    """Of what no earlier change is told: shards of a stream are read from one moment on."""
    if page.head is None:
        return 0
    return min((entry.changed_at_ms for entry in page.entries.values()), default=page.head.written_at_ms)


def _wrong_with(entry: Entry, known: _Known | None, rules: int) -> Iterator[Found]:
    if entry.late:
        yield Found.LATE
        return
    gone = not entry.now and not entry.item_now
    if entry.was and (entry.lasting or gone):
        yield Found.PART_CHANGED
    sure = known is not None and not known.unsure and known.rules == rules
    told_before = sure and known is not None and known.place != entry.place
    if told_before and known is not None and known.mark != entry.item_was:
        yield Found.CHANGE_MISSING


def differences(key: bytes, item: str, parts: Parts, seen: Mapping[str, Seen]) -> list[Finding]:
    """The parts of an item that are not as the log has them. seen: all that the log tells of it."""
    marks = marks_of(key, item, parts)
    found = []
    for name in sorted(marks.keys() | seen.keys()):
        told = seen.get(name, Seen("", 0, 0))
        stands = marks.get(name, "")
        if stands != told.mark:
            what = Found.ADDED if not told.mark else Found.REMOVED if not stands else Found.DIFFERS
            found.append(Finding(what=what, page=told.page, line=told.line, item=item, part=name))
    return found


def strange_pages(numbers: Iterable[int]) -> list[Finding]:
    """By their numbers; 0 for names that no page has."""
    return [Finding(what=Found.STRANGE_PAGE, page=number) for number in sorted(numbers)]


def late_entries(
    key: bytes, item: str, was: str, stands: Parts | None, found: list[Finding], now_ms: int
) -> list[Entry]:
    """What the nightly check adds to the log for an item. was: the item's mark as the log had it last."""
    parts = stands or {}
    marks = marks_of(key, item, parts)
    now = item_mark(key, item, stands)
    return [
        Entry(
            item=item,
            part=one.part,
            kind=parts[one.part].kind if one.part in parts else str(one.what),
            was="",
            now=marks.get(one.part, ""),
            item_was=was,
            item_now=now,
            changed_at_ms=now_ms,
            source="gateway",
            at_ms=(parts[one.part].at_ms if one.part in parts else 0) or now_ms,
            actor="gateway",
            receipt=parts[one.part].receipt if one.part in parts else "",
            amount_kes=parts[one.part].amount_kes if one.part in parts else None,
            late=True,
        )
        for one in found
    ]
