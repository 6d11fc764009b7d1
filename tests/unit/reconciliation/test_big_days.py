"""A day that no tick ends holds up no other, is given up in the end, and is planned for who cannot wait for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daraja.errors import NotSent, NotSentReason
from gateway.domain.days import day_begins_ms
from gateway.domain.facts import QueryAnswered
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import Side
from gateway.domain.reconciliation.day import DayRecord, DayState, Plan, PlannedStep, StepKind
from gateway.flows.propose import MadeBefore, propose
from gateway.flows.reconciliation.gather import gather
from gateway.flows.reconciliation.run import reconcile_now
from gateway.ports import StoreUnavailable, run
from tests import gateway_samples as sample
from tests.memory_reconciliations import MemoryReconciliations
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.days_world import (
    DAY,
    DAY_BEFORE,
    MORNING_MS,
    compared,
    covered_world,
    listed,
    paid,
    theirs,
    tick,
)
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, RECEIPT, SETTINGS, payment, reported, stored


class TooBig(MemoryReconciliations):
    """Compared days, of which one outlasts every tick."""

    def read_day(self, owner: str, shortcode: str, day: str, /) -> DayRecord | None:
        if day == DAY:
            raise StoreUnavailable("the tick died of it")
        return super().read_day(owner, shortcode, day)


def world_with_a_day_too_big(*steps: PlannedStep) -> MemoryWorld:
    """It is morning, and these steps are planned."""
    world = covered_world()
    world.reconciliations = TooBig()
    world.reconciliations.plan = Plan(MORNING_MS, steps, 1)
    world.ambient.at_ms = MORNING_MS
    return world


def comparing(day: str, tries: int = 0) -> PlannedStep:
    """A step of the run."""
    return PlannedStep(StepKind.COMPARE, "174379", day, "shop", tries)


def died(world: MemoryWorld, times: int = 1) -> None:
    """Ticks that the day was too big for."""
    for _ in range(times):
        with pytest.raises(StoreUnavailable):
            tick(world)


def test_a_day_too_big_for_every_tick_holds_up_no_other() -> None:
    """The next tick begins with the others."""
    world = world_with_a_day_too_big(comparing(DAY), comparing(DAY_BEFORE))

    died(world, 2)

    assert [DAY_BEFORE] == [day for _, _, day in world.reconciliations.days]
    assert (comparing(DAY, 2),) == world.reconciliations.plan.steps


def test_what_never_comes_to_its_end_is_reported_once_and_left_out() -> None:
    world = world_with_a_day_too_big(comparing(DAY))
    died(world, 3)

    ended = [tick(world), tick(world)]

    assert [MORNING_MS + DAY_MS] * 2 == [ran.next_ms for ran in ended]
    given_up = {"step": "compare", "shortcode": "174379", "day": DAY, "name": "shop"}
    assert [("day_given_up", given_up)] == world.ambient.reports


def test_a_list_that_does_not_answer_was_not_tried_in_vain() -> None:
    """It has hours of its own, however many ticks they are."""
    world = covered_world()
    tick(world)
    world.ambient.at_ms = MORNING_MS
    world.pull.script += [NotSent(NotSentReason.UNREACHABLE, retryable=True)] * 99

    for _ in range(5):
        tick(world)

    assert {0} == {step.tries for step in world.reconciliations.plan.steps}
    assert "day_given_up" not in reported(world)


@pytest.mark.parametrize(
    ("steps", "left_ms", "tries"), [(2, 20_000, 0), (1, 19_999, 0), (1, 14_000, 0), (0, 19_999, 1)]
)
def test_a_day_is_begun_early_in_a_tick_or_first(steps: int, left_ms: int, tries: int) -> None:
    """One that died before, only early."""
    world = covered_world()
    world.ambient.at_ms, world.ambient.left_ms = MORNING_MS, left_ms
    world.reconciliations.plan = Plan(MORNING_MS, (comparing(DAY, tries), comparing(DAY_BEFORE, tries)), 1)

    assert steps == tick(world).steps


def test_what_is_begun_stands_last_and_lists_stay_before_days() -> None:
    lists = tuple(PlannedStep(StepKind.AGAIN, "174379", DAY, name) for name in ("0-1", "1-2"))
    days = comparing(DAY), comparing(DAY_BEFORE)

    after_a_list, after_a_day = Plan(1, lists + days, 1).begun(), Plan(1, days, 1).begun()

    assert (lists[1], replace(lists[0], tries=1), *days) == after_a_list.steps
    assert (comparing(DAY_BEFORE), comparing(DAY, 1)) == after_a_day.steps


def asked_for(world: MemoryWorld, day: str = DAY) -> object:
    """Somebody waits for the day's comparison."""
    return run(reconcile_now("shop", PAYBILL, day, SETTINGS), world)


def test_a_day_that_nobody_can_wait_for_is_planned_once_and_compared_by_the_next_tick() -> None:
    world = covered_world()
    tick(world)
    world.ambient.left_ms = 3_999
    answers = [asked_for(world), asked_for(world)]
    planned = world.reconciliations.plan.steps
    world.ambient.left_ms = 28_000

    tick(world)

    assert ([None, None], (comparing(DAY),)) == (answers, planned)
    assert [DAY] == [day for _, _, day in world.reconciliations.days]


def test_a_day_is_planned_although_the_plan_changes_meanwhile() -> None:
    """Another run strikes a step between reading and writing."""
    world = covered_world()
    world.reconciliations.plan = Plan(MORNING_MS, (comparing(DAY_BEFORE),), 1)

    def strike() -> None:
        world.reconciliations.plan = Plan(MORNING_MS, (), 2)

    world.after["Reconciliations.read_plan"] = strike
    world.ambient.left_ms = 3_999

    asked_for(world)

    assert (comparing(DAY),) == world.reconciliations.plan.steps


def test_a_tick_without_time_for_a_day_ends_by_itself_and_has_tried() -> None:
    """The time runs out while payments are read."""
    world = covered_world()
    world.ambient.at_ms = MORNING_MS
    world.reconciliations.plan = Plan(MORNING_MS, (comparing(DAY), comparing(DAY_BEFORE)), 1)

    def pass_time() -> None:
        world.ambient.left_ms = 3_999

    world.after["Books.rows_of_day"] = pass_time

    assert 0 == tick(world).steps
    assert (comparing(DAY_BEFORE), comparing(DAY, 1)) == world.reconciliations.plan.steps


@pytest.mark.parametrize(("clock_ms", "reads"), [(DAY_MS // 2, 1), (DAY_MS - MINUTE_MS, 2)])
def test_proposals_of_a_compared_day_are_those_of_the_list_of_unmatched_money(clock_ms: int, reads: int) -> None:
    """The oldest of the hundred that a look takes in is meant. Only what may be made after midnight is read."""
    world = covered_world()
    at_ms = day_begins_ms(DAY) + clock_ms
    moments = range(at_ms - 2 * DAY_MS, at_ms + HOUR_MS, 15 * MINUTE_MS)
    for number, made_at_ms in enumerate(moments, 1):
        payment(world, number=number, created_at_ms=made_at_ms, account_reference=f"INV{number}")
    told = replace(sample.money(), reference="INV94", completed_at_ms=at_ms)
    unmatched = sample.owned(RECEIPT, None, facts={told.id: told})
    known = run(gather("shop", PAYBILL, DAY), world)

    found = [run(propose([unmatched], "shop", made), world) for made in (None, MadeBefore(DAY, known.of("shop")))]

    assert found[0] == found[1]
    assert [RECEIPT] == [receipt for receipt, proposals in found[0].items() if proposals]
    assert reads == world.boundaries.count("Received.payments_before")


def test_a_pair_found_counts_on_the_same_comparison_and_only_it_is_read_anew() -> None:
    """Money without its code, and the code without its payment."""
    world = covered_world()
    paid(world, 2, "SGLOTHER01")
    zeros = [
        QueryAnswered(
            number=1, result_code="0", checkout_request_id=sample.accepted().checkout_request_id,
            said_at_ms=AT_MS + after_ms, learned_at_ms=AT_MS + after_ms,
        )
        for after_ms in (30_000, 60_000)
    ]  # fmt: skip
    made = payment(world, sample.begun(), sample.accepted(), *zeros)
    told = replace(sample.money(), reference="", completed_at_ms=AT_MS + 20_000, payer_key="")
    world.store.create_receipt(sample.owned(RECEIPT, None, facts={told.id: told}))
    listed(world, theirs(), theirs("SGLOTHER01"))

    record, lines = compared(world)

    assert ((), Side(2, 200), DayState.BALANCED) == (lines, record.both, record.state)
    assert {RECEIPT} == {credit.receipt for credit in SETTINGS.state(stored(world, made)).credits}
    read = [name for name in world.boundaries if name in ("Store.list_payments", "Store.read_payments")]
    assert ["Store.list_payments"] * 2 + ["Store.read_payments"] == read
