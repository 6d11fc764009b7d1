"""Days are compared each morning and on demand, from the table's own lists; what came of it is kept and told."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from daraja.errors import NotSent, NotSentReason
from gateway.domain.days import day_begins_ms
from gateway.domain.facts import QueryAnswered
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import Side
from gateway.domain.reconciliation.day import (
    DayRecord,
    DayState,
    Plan,
    next_run_ms,
)
from gateway.domain.shop import Shortcode
from gateway.flows.feed import read_feed
from gateway.flows.publish import publish_change
from gateway.flows.reconciliation.run import reconcile_day
from gateway.flows.reconciliation.tell import DayChange, day_shown, read_told_day
from gateway.ports import StoreUnavailable, run
from tests import gateway_samples as sample
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
from tests.unit.reconciliation.pull_world import (
    AT_MS,
    PAYBILL,
    RECEIPT,
    SETTINGS,
    SHOP,
    payment,
    pull,
    pulled_world,
    reported,
    row,
    stored,
)

# --- a day --------------------------------------------------------------------------------------------------------


def test_a_payment_that_both_sides_have_balances_the_day() -> None:
    world = covered_world()
    paid(world)
    listed(world, theirs())

    record, lines = compared(world)

    assert (DayState.BALANCED, (), Side(1, 100), Side(1, 100), 0) == (
        record.state, lines, record.ours, record.mpesa, record.difference_kes
    )  # fmt: skip


def test_what_pull_found_balances_the_day_it_was_lost_on() -> None:
    """Nobody told of it; the list did, and both books have it."""
    world = pulled_world()
    payment(world, sample.begun(), sample.accepted())
    world.pull.listed = [row()]
    pull(world)

    record, lines = compared(world)

    assert ((), Side(1, 100), DayState.INCOMPLETE) == (lines, record.both, record.state)


def test_each_kind_of_difference_of_a_day_is_found_in_the_table() -> None:
    """One payment that the list does not show, one with another amount, money of nobody, a row nobody knew."""
    world = covered_world()
    paid(world, 1, "SGLONLYUS1")
    paid(world, 2, "SGLAMOUNT1")
    world.store.create_receipt(sample.owned("SGLNOBODY1", None))
    listed(world, theirs("SGLAMOUNT1", 150), theirs("SGLNOBODY1"), theirs("SGLUNKNOWN"))

    record, lines = compared(world)

    assert {
        ("missing_at_mpesa", "SGLONLYUS1"),
        ("amount_differs", "SGLAMOUNT1"),
        ("unassigned", "SGLNOBODY1"),
        ("missing_here", "SGLUNKNOWN"),
    } == {(str(line.kind), line.receipt) for line in lines}
    assert (DayState.DIFFERENCES, 4, 150) == (record.state, record.line_count, record.difference_kes)
    assert lines == world.reconciliations.read_lines(record)


def test_money_without_a_code_is_found_through_the_payments_of_the_day() -> None:
    """Two query answers said paid; no receipt, so no list of receipts has it."""
    world = covered_world()
    asked = [
        QueryAnswered(
            number=1,
            result_code="0",
            checkout_request_id=sample.accepted().checkout_request_id,
            said_at_ms=AT_MS + after_ms,
            learned_at_ms=AT_MS + after_ms,
        )
        for after_ms in (30_000, 60_000)
    ]
    payment(world, sample.begun(), sample.accepted(), *asked)

    _, lines = compared(world)

    assert [("missing_at_mpesa", None, 100)] == [(str(line.kind), line.receipt, line.ours_kes) for line in lines]


def test_another_owner_of_the_shortcode_sees_only_its_own_money() -> None:
    world = covered_world()
    world.store.settings["other"] = replace(SHOP, owner="other")
    paid(world)
    listed(world, theirs())

    record, lines = run(reconcile_day("other", PAYBILL, DAY, SETTINGS), world)

    assert ((), Side(0, 0), Side(0, 0)) == (lines, record.ours, record.mpesa)


def test_money_at_another_shortcode_is_no_matter_of_this_one() -> None:
    """A payment of the till, with its receipt there."""
    world = covered_world()
    till = Shortcode(number="5000002", kind="till", name="TILL", store_number="4000001", pull=True)
    payment(
        world,
        replace(sample.money("SGLTILL001"), shortcode="5000002", reference=""),
        shortcode="5000002",
        shortcode_kind="till",
        store_number="4000001",
    )
    world.store.create_receipt(sample.owned("SGLTILL001", 1, shortcode="4000001"))
    world.books.marks["4000001"] = world.books.marks["174379"]

    at_the_paybill, at_the_till = compared(world), compared(world, code=till)

    assert Side(0, 0) == at_the_paybill[0].ours
    assert ["SGLTILL001"] == [line.receipt for line in at_the_till[1]]


def test_money_told_after_midnight_is_explained_on_both_days() -> None:
    """M-Pesa completed it at 23:59:58; a confirmation without a time came at 00:00:03."""
    world = covered_world()
    night_ms = day_begins_ms("2026-03-03")
    told = replace(sample.money(), completed_at_ms=None, said_at_ms=night_ms + 3_000, learned_at_ms=night_ms + 3_000)
    made = payment(world, told, created_at_ms=night_ms - MINUTE_MS)
    world.store.create_receipt(sample.owned(day="2026-03-03", facts={told.id: told}))
    listed(world, theirs(at_ms=night_ms - 2_000))

    days = {day: compared(world, day)[1] for day in (DAY, "2026-03-03")}

    assert {DAY: (None, 100), "2026-03-03": (100, None)} == {
        day: (line.ours_kes, line.mpesa_kes) for day, (line,) in days.items()
    }
    assert {("crosses_midnight", made)} == {(str(line.kind), line.payment) for (line,) in days.values()}


def told_of(world: MemoryWorld, comparisons: Sequence[DayRecord], times: int = 1) -> list[Mapping[str, Any]]:
    """What the bus carries once the stream has brought these images of a day, one after the other."""
    for change in itertools.pairwise((None, *comparisons)):
        for _ in range(times):
            run(publish_change(DayChange(*change), lambda *_: {}), world)  # type: ignore[arg-type]  # the second is a record
    return world.bus.published


def test_the_same_comparison_twice_is_one_outcome_told_once() -> None:
    """Also by a stream that brings its record again: under the same ids."""
    world = covered_world()
    listed(world, theirs())
    days = [compared(world)[0], compared(world)[0]]

    told = told_of(world, days, times=2)

    assert (4, 2, 2) == (len(told), len({event["id"] for event in told}), len(world.feed.events))
    assert 2 == world.reconciliations.days["shop", "174379", DAY].version


def test_differences_are_told_and_a_balanced_day_only_finishes() -> None:
    world = covered_world()
    balanced, _ = compared(world)
    listed(world, theirs())
    differs, _ = compared(world)

    types = [event["type"] for event in told_of(world, [balanced, differs])]

    assert ["reconciliation.finished", "reconciliation.finished", "reconciliation.difference"] == types
    assert ["day_balanced", "day_differs"] == [name for name in reported(world) if name.startswith("day_")]


def test_an_event_carries_the_sums_of_its_day_as_it_stands_and_no_lines() -> None:
    """In the feed and to webhooks; another shop's day is not there."""
    world = covered_world()
    listed(world, theirs())
    record, _ = compared(world)
    events = told_of(world, [record])
    world.ambient.at_ms += MINUTE_MS
    shown = [told.money for told in run(read_feed("shop", None, None, 10), world).told]

    assert [day_shown(record)] * 2 == shown == [event["data"] for event in events]
    assert "lines" not in day_shown(record)
    assert None is run(read_told_day("other", f"174379#{DAY}"), world)


# --- the mornings -------------------------------------------------------------------------------------------------


def test_a_new_stack_has_no_day_behind_it() -> None:
    world = pulled_world()
    assert (0, {}) == (tick(world).steps, world.reconciliations.days)


@pytest.mark.parametrize(("at_ms", "days"), [(MORNING_MS - MINUTE_MS, []), (MORNING_MS, [DAY_BEFORE, DAY])])
def test_yesterday_is_compared_from_five_in_the_morning_and_the_day_before_once_more(
    at_ms: int, days: list[str]
) -> None:
    """In Nairobi."""
    world = covered_world()
    tick(world)
    world.ambient.at_ms = at_ms

    tick(world)

    assert days == sorted(day for _, _, day in world.reconciliations.days)


def test_the_list_of_yesterday_is_read_once_more_before_it_is_compared() -> None:
    """A row that came hours late: no stretch of the hourly reading begins so early, the morning's does."""
    world = covered_world()
    tick(world)
    made = payment(world, sample.begun(), sample.accepted())
    world.pull.listed = [row()]
    world.ambient.at_ms = MORNING_MS

    tick(world)

    assert Side(1, 100) == world.reconciliations.days["shop", "174379", DAY].both
    assert {RECEIPT} == {credit.receipt for credit in SETTINGS.state(stored(world, made)).credits}


def test_mornings_without_a_run_are_made_up_for() -> None:
    """Three days nobody ran."""
    world = covered_world()
    tick(world)
    world.ambient.at_ms = MORNING_MS + 2 * DAY_MS

    tick(world)

    assert [DAY_BEFORE, DAY, "2026-03-03", "2026-03-04"] == sorted(day for _, _, day in world.reconciliations.days)


def test_a_run_that_ends_early_is_taken_up_by_the_next_tick() -> None:
    """The table is away in the middle of it: what is done is done, the rest follows."""
    world = covered_world()
    tick(world)
    world.ambient.at_ms = MORNING_MS
    world.fail_next["Reconciliations.save_day"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        tick(world)
    left = world.reconciliations.plan.steps

    again = tick(world)

    assert len(left) == again.steps
    assert [DAY_BEFORE, DAY] == sorted(day for _, _, day in world.reconciliations.days)


def test_a_list_that_does_not_answer_holds_the_comparison_up_for_hours_and_not_for_ever() -> None:
    world = covered_world()
    tick(world)
    world.ambient.at_ms = MORNING_MS
    world.pull.script += [NotSent(NotSentReason.UNREACHABLE, retryable=True)] * 99

    waited = tick(world)
    world.ambient.at_ms = MORNING_MS + 3 * HOUR_MS
    ended = tick(world)

    assert (0, 0) == (waited.steps, waited.next_ms)
    assert ended.steps > 2
    assert DAY in {day for _, _, day in world.reconciliations.days}


def test_nothing_is_done_twice_in_a_day() -> None:
    world = covered_world()
    tick(world)
    world.ambient.at_ms = MORNING_MS
    tick(world)
    world.boundaries.clear()
    world.ambient.at_ms += 15 * MINUTE_MS

    again = tick(world)

    assert (0, MORNING_MS + DAY_MS) == (again.steps, again.next_ms)
    left = {name for name in world.boundaries if not name.startswith("Ambient.")}
    assert {"Repairs.shops", "Reconciliations.read_plan"} == left


def test_a_plan_is_written_once_however_many_ticks_begin_it() -> None:
    """Another tick planned it a moment earlier: its plan holds."""
    world = covered_world()
    other = Plan(began_ms=MORNING_MS, version=1)

    def faster() -> None:
        world.reconciliations.plan = other

    world.ambient.at_ms = MORNING_MS
    world.after["Reconciliations.read_plan"] = faster

    assert 0 == tick(world).steps
    assert other == world.reconciliations.plan


@pytest.mark.parametrize(
    ("next_day", "began_day", "began_h"), [("2026-03-02", "2026-03-02", 4.9), ("2026-03-03", "2026-03-02", 5)]
)
def test_a_run_before_the_morning_is_followed_by_that_mornings(next_day: str, began_day: str, began_h: float) -> None:
    """A stack that was deployed at night compares its day a few hours later."""
    began_ms = day_begins_ms(began_day) + round(began_h * HOUR_MS)
    assert day_begins_ms(next_day) + 5 * HOUR_MS == next_run_ms(Plan(began_ms=began_ms))
