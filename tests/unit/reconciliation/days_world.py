"""A world in memory whose days M-Pesa's list covers, and what is done with them."""

from __future__ import annotations

from gateway.domain.days import day_begins_ms
from gateway.domain.facts import Source
from gateway.domain.policy import HOUR_MS
from gateway.domain.reconciliation.compare import Line
from gateway.domain.reconciliation.day import DayRecord
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.run import Ran, reconcile_day, run_due
from gateway.ports import run
from gateway.ports.reconciliation import BookPage
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, RECEIPT, SETTINGS, payment, pulled_world

DAY, DAY_BEFORE = "2026-03-02", "2026-03-01"
MORNING_MS = day_begins_ms("2026-03-03") + 5 * HOUR_MS


def covered_world(*codes: Shortcode) -> MemoryWorld:
    """M-Pesa's list is known from the day before on."""
    world = pulled_world(*codes)
    world.books.marks["174379"] = PullMark(
        shortcode="174379", since_ms=0, complete_until_ms=day_begins_ms("2026-03-04"), version=1
    )
    return world


def compared(world: MemoryWorld, day: str = DAY, code: Shortcode = PAYBILL) -> tuple[DayRecord, tuple[Line, ...]]:
    """The day, now."""
    return run(reconcile_day("shop", code, day, SETTINGS), world)


def listed(world: MemoryWorld, *rows: MpesaRow, day: str = DAY) -> None:
    """M-Pesa's book has these."""
    world.books.keep_page(
        BookPage(shortcode="174379", day=day, source=Source.PULL, part="1", rows=rows, learned_at_ms=AT_MS)
    )


def theirs(receipt: str = RECEIPT, amount_kes: int = 100, at_ms: int = AT_MS + 11_000) -> MpesaRow:
    """A payment in M-Pesa's book."""
    return MpesaRow(receipt=receipt, kind=RowKind.PAYMENT, amount_kes=amount_kes, completed_at_ms=at_ms)


def paid(world: MemoryWorld, number: int = 1, receipt: str = RECEIPT) -> str:
    """A payment that a callback told of: its id."""
    made = payment(
        world, sample.begun(), sample.accepted(), sample.success(receipt=receipt), number=number
    )  # fmt: skip
    world.store.create_receipt(sample.owned(receipt, number))
    return made


def tick(world: MemoryWorld) -> Ran:
    """The schedule's."""
    return run(run_due(SETTINGS), world)
