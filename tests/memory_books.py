"""The Books port in memory, over the store in memory; and a list of M-Pesa's, as a test writes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.rows import PulledRow
from gateway.domain.reconciliation.windows import PullMark
from gateway.ports.reconciliation import BookPage, BookRows, PulledPage


class Receipts(Protocol):
    """What of a store in memory is needed."""

    receipts: dict[str, ReceiptRecord]


class MemoryBooks:
    """Pages and marks in dictionaries."""

    def __init__(self, store: Receipts) -> None:
        self._store = store
        self.marks: dict[str, PullMark] = {}
        self.pages: dict[tuple[str, str, str], BookPage] = {}

    def read_pull_mark(self, shortcode: str, /) -> PullMark | None:
        return self.marks.get(shortcode)

    def save_pull_mark(self, before: PullMark | None, after: PullMark, /) -> bool:
        stored = self.marks.get(after.shortcode)
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.marks[after.shortcode] = after
        return True

    def keep_page(self, page: BookPage, /) -> None:
        self.pages[page.shortcode, page.day, f"{page.source}#{page.part}"] = page

    def rows_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> BookRows:
        places = sorted(place for code, on, place in self.pages if (code, on) == (shortcode, day))
        left = [place for place in places if cursor is None or place > cursor]
        rows = [row for place in left[:limit] for row in self.pages[shortcode, day, place].rows]
        return BookRows(tuple(rows), left[limit - 1] if len(left) > limit else None)

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        return tuple(self._store.receipts[one] for one in dict.fromkeys(receipts) if one in self._store.receipts)


@dataclass
class ScriptedPull:
    """The Pull port: rows in Safaricom's order, some a page. script: what is answered first, in place of rows.

    asked: (from, until, offset) of each question. before: called before each answer, so that rows may shift.
    """

    listed: list[PulledRow] = field(default_factory=list)
    rows_a_page: int = 100
    script: deque[PulledPage | Exception] = field(default_factory=deque)
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    before: Callable[[int], None] = lambda _: None

    def rows(self, _token: str, _shortcode: str, from_ms: int, until_ms: int, offset: int, /) -> PulledPage:
        self.asked.append((from_ms, until_ms, offset))
        self.before(len(self.asked))
        if self.script:
            answer = self.script.popleft()
            if isinstance(answer, Exception):
                raise answer
            return answer
        found = [row for row in self.listed if from_ms <= (row.nairobi_ms or from_ms) < until_ms + 1_000]
        page = tuple(found[offset : offset + self.rows_a_page])
        return PulledPage(page, len(page))
