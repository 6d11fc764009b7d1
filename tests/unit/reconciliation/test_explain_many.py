"""One reason for many lines: a decision for each, once, whatever dies or comes in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import line_id
from gateway.flows.reconciliation import explain_many as many
from gateway.flows.reconciliation.decide import TOGETHER, Refusal
from gateway.flows.reconciliation.explain_many import Explained, ManyWish, explain_many
from gateway.ports import Call, StoreUnavailable, run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.closing_world import ACHIENG, OTIENO, book, close, explained
from tests.unit.reconciliation.days_world import DAY, compared, covered_world, listed, theirs
from tests.unit.reconciliation.pull_world import PAYBILL

NOTE = "wages, sent on the portal"


def world_with(count: int) -> MemoryWorld:
    """So many lines of money of nobody, and one that nothing told of."""
    world = covered_world()
    codes = [f"SGLMANY{number:03d}" for number in range(count)]
    for code in codes:
        world.store.create_receipt(sample.owned(code, None))
    listed(world, *(theirs(code) for code in codes), theirs("SGLMISSING"))
    compared(world)
    return world


def all_of(world: MemoryWorld, kind: LineKind = LineKind.UNASSIGNED, note: str = NOTE, by: str = OTIENO) -> Explained:
    """One reason for all open lines of a kind."""
    return run(explain_many("shop", PAYBILL, DAY, ManyWish(by=by, note=note, kind=kind)), world)


def named(world: MemoryWorld, lines: Sequence[str], by: str = OTIENO) -> Explained:
    """One reason for these lines."""
    return run(explain_many("shop", PAYBILL, DAY, ManyWish(by=by, note=NOTE, lines=tuple(lines))), world)


def ids(world: MemoryWorld) -> list[str]:
    """Of the day's lines."""
    return [line_id(line) for line in book(world).lines]


def no_rows(world: MemoryWorld) -> None:
    """M-Pesa's book has nothing any more, and the day is compared."""
    listed(world)
    compared(world)


def test_all_lines_of_a_kind_get_a_decision_each_and_no_other_line_does() -> None:
    world = world_with(TOGETHER + 3)

    done = all_of(world)

    day = book(world)
    assert (TOGETHER + 3, 0, None) == (done.explained, done.left, done.refused)
    assert (DayState.DIFFERENCES, 1, TOGETHER + 3) == (
        day.record.state, day.record.open_count, day.record.explained_count
    )  # fmt: skip
    assert {(OTIENO, NOTE, LineKind.UNASSIGNED)} == {
        (one.by, one.note, one.line.kind) for one in day.decisions if one.line
    }
    assert len({one.line.id for one in day.decisions if one.line}) == len(day.decisions)


def test_the_lines_that_are_named_are_explained_and_no_others() -> None:
    world = world_with(3)
    wanted = ids(world)[:2]

    done = named(world, [*wanted, wanted[0]])

    assert (2, 0, wanted) == (done.explained, done.left, [one.line.id for one in book(world).decisions if one.line])


def test_one_call_takes_so_many_and_says_how_many_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "LINES_MAX", TOGETHER + 1)
    world = world_with(TOGETHER + 5)

    found = [all_of(world), all_of(world), all_of(world)]

    assert [(TOGETHER + 1, 4), (4, 0), (0, 0)] == [(done.explained, done.left) for done in found]


def test_where_time_ends_it_says_what_is_left() -> None:
    """And the same call goes on with it."""
    world = world_with(2)
    world.ambient.left_ms = 3_999

    done = all_of(world)

    assert (0, 2, None) == (done.explained, done.left, done.refused)


@pytest.mark.parametrize("again", [1, 2])
def test_the_same_once_more_decides_nothing_again(again: int) -> None:
    """By name as well: the answer of the first one was lost."""
    world = world_with(3)
    wanted = ids(world)
    named(world, wanted)
    before = book(world).decisions

    for _ in range(again):
        named(world, wanted)

    assert before == book(world).decisions


def test_what_somebody_explained_by_another_reason_is_not_open_and_stays() -> None:
    world = world_with(2)
    explained(world, 1, note="till float", by=ACHIENG)

    done = all_of(world)

    assert (1, ["till float", NOTE]) == (done.explained, [one.note for one in book(world).decisions])


def test_a_name_that_stands_no_more_explains_nothing() -> None:
    world = world_with(2)

    done = named(world, [*ids(world), f"line_{'0' * 16}"])

    assert (0, Refusal.LINE_CHANGED, {}) == (done.explained, done.refused, world.reconciliations.said)


def test_a_closed_day_takes_no_reason() -> None:
    world = world_with(2)
    all_of(world)
    all_of(world, LineKind.MISSING_HERE)
    close(world)
    before = book(world)

    done = all_of(world, note="something else")

    assert (Refusal.CLOSED, True, before) == (done.refused, before.record.is_closed, book(world))


def test_a_day_that_was_never_compared_has_no_lines() -> None:
    assert (None, Refusal.NOT_COMPARED) == ((done := all_of(covered_world())).book, done.refused)


class Died(Exception):
    """The process is gone."""


@dataclass
class Dying:
    """A process that dies once it has kept so many decisions."""

    world: MemoryWorld
    left: int

    def perform(self, call: Call, /) -> Any:
        """Carry out a call."""
        answer = self.world.perform(call)
        self.left -= call.method == "keep_decision"
        if not self.left:
            raise Died
        return answer


@pytest.mark.parametrize("kept", [1, TOGETHER - 1, TOGETHER])
def test_a_part_that_was_kept_and_not_counted_is_counted_by_whoever_decides_next(kept: int) -> None:
    """All of it: no decision is lost and none is made twice."""
    world = world_with(TOGETHER + 2)
    wish = ManyWish(by=OTIENO, note=NOTE, kind=LineKind.UNASSIGNED)
    with pytest.raises(Died):
        run(explain_many("shop", PAYBILL, DAY, wish), Dying(world, kept))

    explained(world, TOGETHER + 3, note="by the next one", by=ACHIENG)
    world.ambient.at_ms += 60_000
    all_of(world)

    day = book(world)
    lines = [one.line.id for one in day.decisions if one.line]
    assert (DayState.BALANCED, TOGETHER + 3, TOGETHER + 3) == (day.record.state, len(lines), len(set(lines)))


def test_a_part_that_was_kept_and_not_counted_is_gone_on_with() -> None:
    world = world_with(TOGETHER + 2)
    wish = ManyWish(by=OTIENO, note=NOTE, kind=LineKind.UNASSIGNED)
    with pytest.raises(Died):
        run(explain_many("shop", PAYBILL, DAY, wish), Dying(world, TOGETHER))
    world.ambient.at_ms += 60_000

    done = all_of(world)

    lines = [one.line.id for one in book(world).decisions if one.line]
    assert (2, 0, TOGETHER + 2) == (done.explained, done.left, len(set(lines)))
    assert len(set(lines)) == len(lines)


def test_somebody_who_decides_in_between_loses_nothing_and_nothing_of_him_is_lost() -> None:
    world = world_with(TOGETHER + 2)
    world.after["Reconciliations.keep_decision"] = lambda: explained(world, 1, note="by the other", by=ACHIENG)

    all_of(world)

    day = book(world)
    said = [(one.by, one.line.id) for one in day.decisions if one.line]
    assert (1, TOGETHER + 3) == (day.record.open_count, len(said))
    assert len(set(said)) == len(said)


def test_lines_that_a_comparison_took_away_in_between_are_not_left() -> None:
    world = world_with(3)
    world.after["Reconciliations.keep_decision"] = lambda: no_rows(world)

    done = all_of(world)

    assert (0, None, ()) == (done.left, done.refused, book(world).lines)


def test_lines_that_were_named_and_that_a_comparison_took_away_in_between_are_told() -> None:
    world = world_with(3)
    wanted = ids(world)
    world.after["Reconciliations.keep_decision"] = lambda: no_rows(world)

    assert Refusal.LINE_CHANGED is named(world, wanted).refused


def test_a_day_that_changes_all_the_time_ends_with_an_error() -> None:
    world = world_with(2)
    world.reconciliations.save_day = lambda _before, _after: False  # type: ignore[method-assign]  # always overtaken

    with pytest.raises(StoreUnavailable):
        all_of(world)
