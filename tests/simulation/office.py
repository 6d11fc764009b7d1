"""What stands behind the shop's staff in a storm: M-Pesa's book of statements, compared days, their ticks and judge.

In most worlds nobody of the staff comes, and nothing here is in the way of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.reconciliation.day import DayRecord, next_run_ms
from gateway.flows.reconciliation.run import run_due
from gateway.flows.reconciliation.tell import DayChange
from gateway.ports.reconciliation import BookPage, BookRows
from tests.memory_books import MemoryBooks
from tests.memory_reconciliations import MemoryReconciliations
from tests.simulation.judge_days import DayJudge
from tests.simulation.portal import Portal, Sheet

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

TICK_MS, HOUR_MS = 900_000, 3_600_000
OPENS_MS = 9 * HOUR_MS
"""After midnight in Nairobi."""


class Office:
    """Of one world. `opens` once somebody of the staff comes to it."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self.is_open = False
        self.chance = Random(f"{storm.weather.seed} office")
        self.portal = Portal(storm.mpesa.books, self.chance)
        self.judge = DayJudge(storm.mpesa.books, lambda: storm.agenda.now)
        self.first_day = day_of(storm.start_ms)
        self.restored_at_ms = 0

    def opens(self) -> None:
        """Before anything happens. In half of the worlds the storm lasts until noon of the next day."""
        storm, lists = self._storm, self._storm.lists
        self.is_open = True
        lists.books = LaggingBooks(storm)
        lists.days = WatchedDays(self)
        storm.auditor.days = self.judge
        if self.chance.random() < 0.5:
            tomorrow_ms = day_begins_ms(day_of(storm.end_ms - HOUR_MS)) + 24 * HOUR_MS
            storm.end_ms = max(storm.end_ms, tomorrow_ms + OPENS_MS + 3 * HOUR_MS)
        if not lists.registered:
            self._tick_at((storm.agenda.now // TICK_MS + 1) * TICK_MS)

    def _tick_at(self, at_ms: int) -> None:
        self._storm.agenda.at(at_ms, lambda: self._tick(at_ms))

    def _tick(self, at_ms: int) -> None:
        """An empty tick changes nothing, so only one that has something to do is run."""
        storm, plan = self._storm, self._storm.lists.days.plan
        if plan.steps or next_run_ms(plan) <= storm.agenda.now:
            storm.run("reconciliation", run_due(storm.settings))
        self._tick_at(at_ms + TICK_MS)

    # --- what the judge is told -----------------------------------------------------------------------------------

    def handed_over(self, sheet: Sheet) -> None:
        """A file is put where it can be read: from now on it may count."""
        if sheet.proves is not None and not sheet.refused:
            self._storm.words.stated.append(sheet.proves)

    def taken_in(self, sheet: Sheet) -> None:
        """The staff were told that all of a file is taken in."""
        storm = self._storm
        if sheet.refused:
            self.judge.broken.append(f"L16 a statement was taken in that must be refused: {sheet.sort}")
        for receipt in sheet.receipts:
            entry = storm.mpesa.books[receipt]
            entry.setdefault("stated_at_ms", storm.agenda.now)
            if not entry["told"]:
                entry["told"], entry["told_at_ms"], entry["stated_alone"] = True, storm.agenda.now, True
                storm.coverage.office["a statement told money of which nobody else had told"] += 1

    def day_written(self, before: DayRecord | None, after: DayRecord) -> None:
        """The stream tells of it, and the judge looks."""
        self._storm.consumers.changed(DayChange(before, after))
        self.judge.look(self._shown_day(after))
        turned = before is not None and before.is_closed != after.is_closed
        if turned:
            self._storm.coverage.office["a day was closed" if after.is_closed else "a day was opened again"] += 1
        if after.news is not None and (before is None or before.news != after.news):
            self._storm.coverage.office["a closed day had news"] += 1

    def restored(self, since_ms: int) -> None:
        """The table lost what it learned since then, statements and days as well."""
        if self.is_open:
            self.restored_at_ms = self._storm.agenda.now
            for entry in self._storm.mpesa.books.values():
                if entry.get("stated_at_ms", 0) >= since_ms:
                    del entry["stated_at_ms"]
            self.judge.restored(map(self._shown_day, self._storm.lists.days.days.values()))

    def broken(self) -> Iterable[str]:
        """What the judge of days says at rest."""
        storm = self._storm
        if not self.is_open:
            return ()
        if storm.reports["day_given_up"]:
            return self.judge.broken
        booked = {receipt: record.day for receipt, record in storm.table.receipts.items()}
        beyond = storm.words.misled | storm.words.decided
        return self.judge.close(storm.auditor.payments, booked, beyond)

    def _shown_day(self, record: DayRecord) -> dict[str, Any]:
        """A compared day in plain values."""
        mpesa = record.news.mpesa if record.news else record.mpesa
        sides = (record.ours, record.mpesa, record.both, record.not_judged)
        return {
            "day": record.day,
            "closed": record.is_closed,
            "closings": record.closings,
            "open": record.open_count,
            "run_at_ms": record.run_at_ms,
            "sums": (*((side.count, side.sum_kes) for side in sides), record.fees_kes, record.lines_key),
            "mpesa": (mpesa.count, mpesa.sum_kes),
            "has_news": record.news is not None,
        }


class LaggingBooks(MemoryBooks):
    """M-Pesa's book; the index of its days may be a moment behind."""

    def __init__(self, storm: Storm) -> None:
        super().__init__(storm.table)
        self._storm = storm
        self._written_ms: dict[tuple[str, str, str], int] = {}

    def keep_page(self, page: BookPage, /) -> None:
        key = page.shortcode, page.day, f"{page.source}#{page.part}"
        if key not in self.pages:
            self._written_ms[key] = self._storm.agenda.now
        super().keep_page(page)

    def rows_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> BookRows:
        seen_at_ms = self._storm.agenda.now - self._storm.index_age_ms()
        whole = self.pages
        self.pages = {key: page for key, page in whole.items() if self._written_ms[key] <= seen_at_ms}
        try:
            return super().rows_of_day(shortcode, day, limit, cursor)
        finally:
            self.pages = whole


class WatchedDays(MemoryReconciliations):
    """Compared days of which the stream tells, and which the judge sees."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office

    def save_day(self, before: DayRecord | None, after: DayRecord, /) -> bool:
        stood = self.days.get((after.owner, after.shortcode, after.day))
        saved = super().save_day(before, after)
        if saved:
            self._office.day_written(stood, after)
        return saved
