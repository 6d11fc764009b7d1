"""M-Pesa's own list in a storm: some worlds have it, with rows that come late and shift under whoever reads them.

In such a world nothing may be lost, whatever Safaricom told or did not tell: the judge asks for every receipt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, TokenRejected
from gateway.domain.reconciliation.rows import PulledRow
from gateway.flows.reconciliation.pull import pull_due
from gateway.flows.reconciliation.run import run_due
from gateway.flows.settings import FlowSettings
from gateway.ports import Call, Flow
from gateway.ports.reconciliation import PulledPage
from tests.memory_books import MemoryBooks
from tests.memory_reconciliations import MemoryReconciliations
from tests.memory_statements import MemoryStatementFiles, MemoryStatements
from tests.simulation.faults import At
from tests.simulation.processes import Process, Silence
from tests.simulation.world import SHOP, SHORTCODE

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

TICK_MS, HOUR_MS = 900_000, 3_600_000
ROWS_A_PAGE = 5
NO_ANSWER_MS = 10_000


class Lists:
    """The list, its reader's schedule, and what of it we keep."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self.books = MemoryBooks(storm.table)
        self.days = MemoryReconciliations()
        self.statements, self.files = MemoryStatements(), MemoryStatementFiles()
        self.registered = False
        self._shown_from_ms: dict[str, int] = {}

    def plan(self) -> None:
        """In some worlds the shortcode is registered for it."""
        storm = self._storm
        self.registered = storm.weather.hit("list_registered")
        if self.registered:
            pulled = replace(SHOP, shortcodes=(replace(SHORTCODE, pull=True),))
            storm.table.settings[SHOP.owner] = pulled
            self._tick_at((storm.agenda.now // TICK_MS + 1) * TICK_MS)

    def _tick_at(self, at_ms: int) -> None:
        self._storm.agenda.at(at_ms, lambda: self._tick(at_ms))

    def _tick(self, at_ms: int) -> None:
        if not self._storm.weather.hit("list_tick_missed"):
            self._storm.run("reconciliation", _tick(self._storm.settings))
        self._tick_at(at_ms + TICK_MS)

    def rows(self, process: Process, call: Call) -> NoReturn:
        """Pull Transactions: a page of what the books have of this time."""
        token, _, from_ms, until_ms, offset = call.args
        storm = self._storm
        if not storm.mpesa.lives(token):
            raise Silence(500, error=TokenRejected())
        if storm.weather.hit("list_away"):
            storm.weather.note(process.name, call.boundary, At.ERROR)
            raise Silence(500, error=NotSent(NotSentReason.RATE_LIMITED, retryable=True))
        if storm.weather.hit("list_answer_lost"):
            storm.weather.note(process.name, call.boundary, At.ANSWER_LOST)
            raise Silence(NO_ANSWER_MS, error=MaybeSent(MaybeSentReason.READ_TIMEOUT))
        listed = [
            (entry["at_ms"], receipt)
            for receipt, entry in storm.mpesa.books.items()
            if from_ms <= entry["at_ms"] < until_ms + 1_000 and self._is_shown(receipt, entry)
        ]
        page = [self._row(receipt) for _, receipt in sorted(listed)[offset : offset + ROWS_A_PAGE]]
        if not page and storm.weather.hit("list_empty_oddly"):
            raise Silence(500, PulledPage((), 0, doubtful=True))
        raise Silence(500, PulledPage(tuple(page), len(page)))

    def _is_shown(self, receipt: str, entry: dict[str, Any]) -> bool:
        """A row may come an hour late, between the pages of whoever reads then. The till has a list of its own."""
        if receipt not in self._shown_from_ms:
            storm = self._storm
            late_ms = storm.chance.randrange(HOUR_MS) if storm.weather.hit("list_row_late") else 0
            self._shown_from_ms[receipt] = entry["at_ms"] + late_ms
        return not entry.get("till") and self._shown_from_ms[receipt] <= self._storm.agenda.now

    def _row(self, receipt: str) -> PulledRow:
        entry = self._storm.mpesa.books[receipt]
        return PulledRow(
            receipt=receipt,
            amount_kes=entry["amount"],
            nairobi_ms=entry["at_ms"] // 1_000 * 1_000,
            word="c2b-pay-bill-debit",
            reference=entry["reference"],
            payer_phone=entry["phone"],
        )

    def picture(self) -> list[tuple[object, str, Any]]:
        """What a restore to this moment brings back; of the files nothing is lost."""
        stored: list[tuple[object, str]] = [(self.books, "pages"), (self.books, "marks")]
        stored += [(self.statements, "statements"), (self.statements, "proven")]
        stored += [(self.days, "days"), (self.days, "lines"), (self.days, "said")]
        parts = [(one, name, dict(getattr(one, name))) for one, name in stored]
        return [*parts, (self.days, "plan", self.days.plan)]

    def told(self) -> None:
        """At the end: the list has told of all its money, so all of it must stand somewhere."""
        if self.registered:
            for entry in self._storm.mpesa.books.values():
                entry["told"] = entry["told"] or not entry.get("till")


def _tick(settings: FlowSettings) -> Flow[None]:
    """As the function does it."""
    yield from pull_due(settings)
    yield from run_due(settings)
