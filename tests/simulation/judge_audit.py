"""The judge of the audit log: L17 against what the table itself changed, entry by entry, when all is over.

Imports neither layer. It sees changes in plain texts, pages as bytes, what the checks told, and what somebody altered.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
MAY_LAG_MS = 10 * MINUTE_MS - 10_000
"""The check waits for the stream so long, by clocks that are seconds apart."""

TICK_LASTS_MS = 60_000
ENDS_WITHIN_MS = 26 * HOUR_MS
TAKEN_AND_WRITTEN_ANEW = 3
"""Versions of a page that was altered: as it was, and as it was written first and last."""

TOLD_MAX = 50
"""Of more findings a night tells the first ones, and how many there are."""

OF_PAGES = ("page_missing", "page_altered", "page_replaced")
LATE = "late"

Pages = Mapping[int, Sequence[tuple[int, bytes]]]
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A record of the stream. parts: what each said and says, as text, empty where it is not there."""

    item: str
    at_ms: int
    parts: Mapping[str, tuple[str, str]]
    ours: bool


@dataclass(slots=True)
class Log:
    """What stands in the pages. told: (record, part) → its entries. first_ms: when a record was told first.

    began_ms: the earliest change that the first page tells of: no page need tell of older ones.
    """

    heads: dict[int, Said] = field(default_factory=dict)
    told: dict[tuple[int, str], list[Said]] = field(default_factory=dict)
    late: list[Said] = field(default_factory=list)
    first_ms: dict[int, int] = field(default_factory=dict)
    of_item: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    began_ms: int = 0


class LogJudge:
    """Is told of every change, and of what is done to table and log; each broken law is one sentence."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.deeds: Counter[str] = Counter()
        self._changes: dict[int, Changed] = {}
        self._reports: list[tuple[int, str, Said]] = []
        self._checked_ms = 0
        self._lost: set[int] = set()
        self._page: tuple[int, bytes] | None = None
        self._versions: list[bytes] = []
        self._item: tuple[int, str] | None = None
        self._touched: set[str] = set()
        self._overtaken: set[str] = set()
        self._restored_numbers = (0, 0)

    # --- what it is told --------------------------------------------------------------------------------------

    def changed(
        self, number: int, item: str, at_ms: int, parts: Mapping[str, tuple[str, str]], *, ours: bool = True
    ) -> None:
        """The table changed, and this record of its stream tells of it."""
        self._changes[number] = Changed(item, at_ms, parts, ours)

    def told(self, at_ms: int, name: str, fields: Said) -> None:
        """A check spoke."""
        if name == "audit_checked":
            self._checked_ms = at_ms
            self.deeds["a check came to its end"] += 1
        else:
            self._reports.append((at_ms, name, fields))

    def lost(self, number: int) -> None:
        """The stream forgot this record before anybody took it."""
        self._lost.add(number)

    def item_altered(self, at_ms: int, item: str) -> None:
        """Somebody wrote into the table."""
        self._item = (at_ms, item)

    def page_altered(self, number: int, before: bytes) -> None:
        """Somebody wrote into the bucket."""
        self._page = (number, before)

    def restored(self, touched: Iterable[str], since: int, forgotten: Iterable[int], waiting: Iterable[int]) -> None:
        """The table is what it was after that record. touched: items that stand otherwise now.

        waiting: records of the old stream that are read beside the new one, so that one may overtake the other.
        """
        self._touched |= set(touched)
        self._overtaken |= {self._changes[number].item for number in waiting}
        self._lost |= set(forgotten)
        self._restored_numbers = (since, max(self._changes, default=0))

    # --- when all is over -------------------------------------------------------------------------------------

    def close(self, written: Pages, findings: Sequence[Said], waiting: int, now_ms: int) -> list[str]:
        """All that holds at rest. written: each version of a page that was written. findings: of a check of all."""
        log = self._read({number: versions[-1] for number, versions in written.items()})
        gone = self._gone_with_its_page(written, log)
        self._lost |= gone
        if self._page is not None:
            self._versions = [self._page[1], *(data for _, data in written.get(self._page[0], ()))]
        reports = [(at_ms, fields) for at_ms, name, fields in self._reports if name == "audit_broken"]
        unsure = self._unsure_items(log)
        if waiting:
            self._says(f"{waiting} records of the stream are told to nobody")
        if written and now_ms - self._checked_ms > ENDS_WITHIN_MS:
            self._says("the nightly check does not come to its end")
        self._each_change_once(log)
        self._in_order(log, unsure)
        self._marks_are_of_contents(log)
        self._no_false_alarm(log, reports, findings, unsure)
        self._found_what_was_altered(log, reports, findings, gone)
        return self.broken

    def _says(self, sentence: str) -> None:
        self.broken.append(f"L17 {sentence}")

    # --- the pages --------------------------------------------------------------------------------------------

    def _read(self, pages: Mapping[int, tuple[int, bytes]]) -> Log:
        """Every page, and whether each hangs on the one before."""
        log, before = Log(), ""
        for number in range(1, max(pages, default=0) + 1):
            if number not in pages:
                self._says(f"there is no page {number}")
                continue
            at_ms, data = pages[number]
            head, *entries = _lines(data)
            altered = self._page is not None and self._page[0] == number - 1
            if head["page"] != number or head["entries"] != len(entries):
                self._says(f"page {number} is not the page that its head tells of")
            if head["before"] != before and not altered:
                self._says(f"page {number} does not hang on the page before")
            before = (entries or [head])[-1]["mark"]
            log.heads[number] = head
            log.began_ms = log.began_ms or min((entry.get("changed_at_ms", 0) for entry in entries), default=0)
            for entry in entries:
                self._note(log, entry, head, at_ms)
        return log

    def _note(self, log: Log, entry: Said, head: Said, at_ms: int) -> None:
        if not (entry.get("source") and entry.get("actor") and entry.get("at_ms")):
            self._says(f"an entry of {entry['item']} {entry['part']} lacks source, time or actor")
        log.of_item[entry["item"]].append(entry)
        if entry.get("late"):
            log.late.append(entry)
            return
        number = int(entry["sequence"])
        log.told.setdefault((number, entry["part"]), []).append({**entry, "shard": head["shard"]})
        log.first_ms.setdefault(number, at_ms)

    def _gone_with_its_page(self, written: Pages, log: Log) -> set[int]:
        """Records of a page that somebody took away and another got the number of."""
        gone = set()
        for versions in written.values():
            for _, data in versions[:-1]:
                for entry in _lines(data)[1:]:
                    number = int(entry.get("sequence", 0))
                    gone |= {number} if number and number not in log.first_ms else set()
        return gone

    def _each_change_once(self, log: Log) -> None:
        """No more, no less, and none that nobody made. A page that was altered silences no batch that comes again."""
        for number, change in self._changes.items():
            for part in change.parts:
                times = len(log.told.get((number, part), ()))
                again = times > 1 and self._page is not None
                if times != 1 and not again and not (times == 0 and number in self._lost):
                    self._says(f"a change of {change.item} {part} has {times} entries (record {number})")
        for number, part in log.told:
            if number not in self._changes or part not in self._changes[number].parts:
                self._says(f"an entry tells of {part} in record {number}, which changed no such thing")

    def _in_order(self, log: Log, unsure: set[str]) -> None:
        """Entries of an item hang together: each begins with what the last one left."""
        for item, entries in log.of_item.items():
            if item in unsure or self._page is not None:
                continue
            stands, last = None, 0
            for entry in entries:
                number = int(entry["sequence"])
                if number < last:
                    self._says(f"record {number} of {item} is told after record {last}")
                if number != last and stands is not None and entry.get("item_was", "") != stands:
                    self._says(f"record {number} of {item} begins with what no entry left")
                stands, last = entry.get("item_now", ""), number

    def _marks_are_of_contents(self, log: Log) -> None:
        """The same content has the same mark, and another one another."""
        marks: dict[tuple[str, str, str], str] = {}
        texts: dict[tuple[str, str], str] = {}
        for (number, part), entries in log.told.items():
            change = self._changes.get(number)
            if change is None or part not in change.parts:
                continue
            for entry in entries:
                for mark, text in zip((entry.get("was", ""), entry.get("now", "")), change.parts[part], strict=True):
                    of = (change.item, part, text)
                    right = bool(mark) == bool(text) and entry["item"] == change.item
                    if not right or marks.setdefault(of, mark) != mark or texts.setdefault((part, mark), text) != text:
                        self._says(f"the entry of {change.item} {part} in record {number} is not of its content")

    # --- what the checks say ----------------------------------------------------------------------------------

    def _unsure_items(self, log: Log) -> set[str]:
        """Items of which log and table cannot tell the same, or did not at some time."""
        unsure = {self._changes[number].item for number in self._lost} | self._touched | self._overtaken
        unsure |= {entry["item"] for entry in log.late}
        return unsure | ({self._item[1]} if self._item else set()) | self._items_of_the_page()

    def _items_of_the_page(self) -> set[str]:
        """Of what it told, and of what a writer put in its place who did not know of the pages behind it."""
        return {entry["item"] for data in self._versions for entry in _lines(data)[1:]}

    def _no_false_alarm(
        self, log: Log, reports: Sequence[tuple[int, Said]], findings: Sequence[Said], unsure: set[str]
    ) -> None:
        late = {entry["item"] for entry in log.late}
        really = unsure - late | {item for item in late if self._differs(item)}
        for at_ms, one in reports:
            if not self._is_explained(one, really) and not self._lagged(log, one["item"], at_ms):
                self._says(f"a night told of {_named(one)}, and nothing was wrong with it")
        told = {(one["item"], one["part"]) for _, one in reports}
        for entry in log.late if len(reports) < TOLD_MAX else ():
            if (entry["item"], entry["part"]) not in told:
                self._says(f"{entry['item']} {entry['part']} was added to the log, and nobody was told")
        for one in findings:
            if one["what"] != LATE and not self._is_explained(one, really):
                self._says(f"the check of all found {_named(one)}, and nothing is wrong with it")

    def _differs(self, item: str) -> bool:
        lost = {self._changes[number].item for number in self._lost}
        altered = self._item is not None and self._item[1] == item
        return item in lost | self._touched | self._overtaken | self._items_of_the_page() or altered

    def _is_explained(self, one: Said, really: set[str]) -> bool:
        if one["what"] in OF_PAGES:
            return self._page is not None and one["page"] == self._page[0]
        return one["item"] in really

    def _lagged(self, log: Log, item: str, at_ms: int) -> bool:
        """A change of it waited in the stream for longer than the check waits."""
        return any(
            change.item == item
            and change.at_ms <= at_ms - MAY_LAG_MS
            and log.first_ms.get(number, at_ms) > at_ms - TICK_LASTS_MS
            for number, change in self._changes.items()
        )

    def _found_what_was_altered(
        self, log: Log, reports: Sequence[tuple[int, Said]], findings: Sequence[Said], gone: set[int]
    ) -> None:
        night = [one for _, one in reports]
        told = [*night, *(one for one in findings if one["what"] != LATE)]
        items = {one["item"] for one in told}
        if self._item is not None:
            at_ms, item = self._item
            since = [one for told_ms, one in reports if told_ms >= at_ms]
            self._must_be_found(item in {one["item"] for one in (*since, *findings)}, item)
            self.deeds["a night found what was altered"] += item in {one["item"] for one in since}
        if self._page is not None and not self._nothing_is_missed(gone, log):
            number = self._page[0]
            named = any(one["what"] in OF_PAGES and one["page"] == number for one in told)
            self._must_be_found(named or bool(self._items_of_the_page() & items), f"page {number}")
            self.deeds["a night found what was altered"] += any(one["page"] == number for one in night)
        since_number, until = self._restored_numbers
        known = {self._changes[number].item for number in log.first_ms if since_number < number <= until}
        for item in sorted(self._touched & known):
            self._must_be_found(item in items, f"{item}, which a restore set back,")
        self.deeds["what a restore set back was found"] += bool(self._touched & known & items)
        self.deeds["what the stream lost was added"] += any(self._differs(entry["item"]) for entry in log.late)
        self.deeds["a log was whole"] += not told

    def _nothing_is_missed(self, gone: set[int], log: Log) -> bool:
        """The page was taken away and written anew: what went with it is older than the log, or came again."""
        if len(self._versions) < TAKEN_AND_WRITTEN_ANEW:
            return False
        return all(self._changes[number].at_ms < log.began_ms + TICK_LASTS_MS for number in gone)

    def _must_be_found(self, found: bool, what: str) -> None:
        if not found:
            self._says(f"{what} was altered, and nobody found it")


def _lines(data: bytes) -> list[dict[str, Any]]:
    """The head and the entries; what is empty is not written."""
    return [{"part": "", **json.loads(line)} for line in data.splitlines()]


def _named(one: Said) -> str:
    return f"{one['what']} {one['item'] or one['page']} {one['part']}".strip()
