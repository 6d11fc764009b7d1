"""What a person does with a compared day, and what came of it."""

from __future__ import annotations

from typing import Any

from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.decisions import DecisionKind, line_id
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.decide import Decided, Wish, close_day, decide, read_book
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, compared, covered_world, listed, paid, theirs
from tests.unit.reconciliation.pull_world import PAYBILL, SETTINGS

OTIENO, ACHIENG = "person_otieno", "person_achieng"


def wish(kind: DecisionKind, **changes: Any) -> Wish:
    """Otieno's."""
    return Wish(**({"kind": kind, "by": OTIENO, "note": "as agreed"} | changes))


def explained(world: MemoryWorld, place: int = 1, note: str = "till float", by: str = OTIENO) -> Decided:
    """A line of the day, by its number."""
    line = book(world).lines[place - 1]
    return run(decide("shop", PAYBILL, DAY, wish(DecisionKind.EXPLAINED, line=line_id(line), note=note, by=by)), world)


def close(world: MemoryWorld, code: Shortcode = PAYBILL, **changes: Any) -> Decided:
    """The day, on the morning after it."""
    world.ambient.at_ms = max(world.ambient.at_ms, MORNING_MS)
    return run(close_day("shop", code, DAY, wish(DecisionKind.CLOSED, **changes), SETTINGS), world)


def reopen(world: MemoryWorld, reason: str = "a row came late") -> Decided:
    """The day, with a reason."""
    return run(decide("shop", PAYBILL, DAY, wish(DecisionKind.REOPENED, note=reason)), world)


def book(world: MemoryWorld, day: str = DAY) -> DayBook:
    """The day with all that belongs to it."""
    found = run(read_book("shop", "174379", day), world)
    assert found is not None
    return found


def world_with_a_difference(*, amount_kes: int = 500) -> MemoryWorld:
    """M-Pesa has money that belongs to nobody; the day was compared."""
    world = covered_world()
    world.store.create_receipt(sample.owned("SGLNOBODY1", None))
    listed(world, theirs("SGLNOBODY1", amount_kes))
    compared(world)
    return world


def balanced_world() -> MemoryWorld:
    """One payment that both sides have; the day was compared."""
    world = covered_world()
    paid(world)
    listed(world, theirs())
    compared(world)
    return world
