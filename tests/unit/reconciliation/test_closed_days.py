"""What comes of a day after it was closed stands beside its sums, which stay; a day is opened again with a reason."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from gateway.domain.facts import QueryAnswered
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import LineKind, Side
from gateway.domain.reconciliation.day import DayRecord, DayState, StepKind, day_news
from gateway.domain.reconciliation.decisions import DecisionKind
from gateway.domain.reconciliation.events import DayEvent
from gateway.flows.publish import PaymentChange, ReceiptChange, publish_change
from gateway.flows.reconciliation.tell import DayChange, day_shown
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.closing_world import (
    OTIENO,
    balanced_world,
    book,
    close,
    explained,
    reopen,
    world_with_a_difference,
)
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, compared, listed, theirs, tick
from tests.unit.reconciliation.pull_world import AT_MS, SETTINGS, reported, stored


def planned(world: MemoryWorld) -> list[tuple[StepKind, str]]:
    """What the next ticks do."""
    return [(step.kind, step.day) for step in world.reconciliations.plan.steps]


# --- what comes later ---------------------------------------------------------------------------------------------


def closed_and_then(*, told: bool = True) -> tuple[MemoryWorld, DayRecord]:
    """The day is closed; a day later its list has one more payment. told: and a callback has told of it."""
    world = balanced_world()
    close(world)
    closed = book(world).record
    world.ambient.at_ms += DAY_MS
    listed(world, theirs(), theirs("SGLLATE001"))
    if told:
        late_callback(world)
    else:
        world.store.create_receipt(sample.owned("SGLLATE001", None))
    return world, closed


def late_callback(world: MemoryWorld) -> str:
    """It was lost for a day; the money is credited as always."""
    told = replace(
        sample.success(receipt="SGLLATE001"), said_at_ms=world.ambient.at_ms, learned_at_ms=world.ambient.at_ms
    )
    record = sample.record(2, (sample.begun(), sample.accepted(), told))
    world.store.create_payment(record, SETTINGS.indexed(record, SETTINGS.state(record)))
    world.store.create_receipt(sample.owned("SGLLATE001", 2))
    return record.id


def test_late_money_of_a_closed_day_is_credited_and_shown_beside_its_sums() -> None:
    world, closed = closed_and_then()

    compared(world)

    after = book(world)
    (line,) = after.news
    assert replace(closed, news=after.record.news, version=closed.version + 1) == after.record
    assert (LineKind.LATE, "SGLLATE001", 100) == (line.kind, line.receipt, line.ours_kes)
    assert after.record.news is not None
    assert (Side(2, 200), Side(2, 200)) == (after.record.news.ours, after.record.news.mpesa)
    assert 100 == SETTINGS.state(stored(world, sample.payment_id(2))).received_kes


def test_a_late_row_of_nobody_is_a_new_line_beside_a_closed_day() -> None:
    world, closed = closed_and_then(told=False)

    compared(world)

    after = book(world)
    assert ([(LineKind.UNASSIGNED, "SGLLATE001")], closed.mpesa, ()) == (
        [(line.kind, line.receipt) for line in after.news], after.record.mpesa, after.lines
    )  # fmt: skip


def test_a_difference_that_is_settled_after_closing_is_news_and_stays_a_line() -> None:
    """Money of nobody that was explained, and given to its payment later."""
    world = world_with_a_difference(amount_kes=100)
    explained(world)
    close(world)
    world.ambient.at_ms += DAY_MS
    world.store.receipts["SGLNOBODY1"] = replace(sample.owned("SGLNOBODY1", 1), version=2)
    record = sample.record(1, (sample.money("SGLNOBODY1"),))
    world.store.create_payment(record, SETTINGS.indexed(record, SETTINGS.state(record)))

    compared(world)

    after = book(world)
    assert [(LineKind.LATE, "SGLNOBODY1", sample.payment_id(1), 100)] == [
        (line.kind, line.receipt, line.payment, line.ours_kes) for line in after.news
    ]
    assert [LineKind.UNASSIGNED] == [line.kind for line in after.lines]


def test_news_is_kept_and_told_once() -> None:
    world, _ = closed_and_then()
    before = book(world).record
    first, again = compared(world)[0], compared(world)[0]
    assert ((DayEvent.NEWS,), first) == (day_news(before, first), again)
    assert ["closed_day_news"] == [name for name in reported(world) if name == "closed_day_news"]


def test_late_money_of_a_closed_day_has_it_compared_anew() -> None:
    """The stream brings the payment's change; the next tick finds what is new."""
    world, _ = closed_and_then()
    world.reconciliations.plan = replace(world.reconciliations.plan, began_ms=world.ambient.at_ms)
    payment = stored(world, sample.payment_id(2))

    run(publish_change(PaymentChange(None, payment), lambda *_: {}), world)
    tick(world)

    assert ["SGLLATE001"] == [line.receipt for line in book(world).news]


def test_money_of_a_closed_day_that_counts_only_since_a_later_query_is_news_of_it() -> None:
    """A callback that was to be borne out by Safaricom's own answer, which came the day after."""
    world = balanced_world()
    doubted = replace(sample.success(receipt="SGLLATE001"), demands_query=True)
    before = sample.record(2, (sample.begun(), sample.accepted(), doubted))
    world.store.create_payment(before, SETTINGS.indexed(before, SETTINGS.state(before)))
    close(world)
    now_ms = world.ambient.at_ms = world.ambient.at_ms + DAY_MS
    answer = QueryAnswered(
        said_at_ms=now_ms, learned_at_ms=now_ms, number=1, result_code="0", text="as documented",
        checkout_request_id=sample.accepted().checkout_request_id,
    )  # fmt: skip
    after = replace(before, facts={**before.facts, answer.id: answer}, version=2)
    world.store.save_payment(before, after, SETTINGS.indexed(after, SETTINGS.state(after)))
    world.reconciliations.plan = replace(world.reconciliations.plan, began_ms=now_ms, steps=())
    listed(world, theirs(), theirs("SGLLATE001"))

    run(publish_change(PaymentChange(before, after), lambda *_: {}), world)
    tick(world)

    assert [(LineKind.LATE, "SGLLATE001", 100)] == [
        (line.kind, line.receipt, line.ours_kes) for line in book(world).news
    ]


def test_a_new_morning_forgets_no_closed_day_that_late_money_is_of() -> None:
    """It was told a moment before five, and no tick got to it."""
    world, _ = closed_and_then()
    payment = stored(world, sample.payment_id(2))
    world.reconciliations.plan = replace(world.reconciliations.plan, began_ms=world.ambient.at_ms)
    run(publish_change(PaymentChange(None, payment), lambda *_: {}), world)
    world.ambient.at_ms += 3 * DAY_MS

    tick(world)

    assert ["SGLLATE001"] == [line.receipt for line in book(world).news]


def test_late_money_of_nobody_has_a_closed_day_compared_anew() -> None:
    world, _ = closed_and_then(told=False)

    run(publish_change(ReceiptChange(None, world.store.receipts["SGLLATE001"]), lambda *_: {}), world)

    assert [(StepKind.COMPARE, DAY)] == planned(world)


@pytest.mark.parametrize("at_ms", [AT_MS + MINUTE_MS, MORNING_MS])
def test_money_of_its_own_day_or_of_an_open_one_plans_nothing(at_ms: int) -> None:
    """What the morning compares needs no plan of its own."""
    world = balanced_world()
    world.ambient.at_ms = at_ms
    run(publish_change(PaymentChange(None, stored(world, sample.payment_id(1))), lambda *_: {}), world)
    run(publish_change(ReceiptChange(None, sample.owned("SGLNOBODY1", None)), lambda *_: {}), world)
    assert [] == planned(world)


def test_what_came_while_a_day_was_being_closed_is_found_by_the_comparison_that_follows() -> None:
    """Closing and opening are both followed by one; a comparison alone is not."""
    world = balanced_world()
    images = [book(world).record]
    for act in (close, reopen):
        act(world)
        images.append(book(world).record)
    plans = []
    for change in ((None, images[0]), (images[0], images[1]), (images[1], images[2])):
        world.reconciliations.plan = replace(world.reconciliations.plan, steps=())
        run(publish_change(DayChange(*change), lambda *_: {}), world)
        plans.append(planned(world))
    assert [[], [(StepKind.COMPARE, DAY)], [(StepKind.COMPARE, DAY)]] == plans


def test_a_shop_without_settings_has_nothing_compared() -> None:
    world, closed = closed_and_then()
    payment, opened = stored(world, sample.payment_id(2)), replace(closed, closings=(), state=DayState.BALANCED)
    world.store.settings.clear()
    run(publish_change(PaymentChange(None, payment), lambda *_: {}), world)
    run(publish_change(DayChange(opened, closed), lambda *_: {}), world)
    assert [] == planned(world)


# --- opening again ------------------------------------------------------------------------------------------------


def test_a_day_is_opened_again_with_its_reason_and_compared_anew() -> None:
    world, closed = closed_and_then()
    compared(world)

    done = reopen(world).book

    assert done is not None
    assert (DayState.BALANCED, closed.ours, None, "") == (
        done.record.state, done.record.ours, done.record.news, done.record.closed_by
    )  # fmt: skip
    assert [(DecisionKind.CLOSED, "as agreed"), (DecisionKind.REOPENED, "a row came late")] == [
        (one.kind, one.note) for one in done.decisions
    ]
    assert Side(2, 200) == compared(world)[0].mpesa


def test_a_day_that_is_open_is_opened_by_nobody() -> None:
    world = balanced_world()
    before = book(world)
    assert (None, before) == (reopen(world).refused, book(world))


def test_a_day_can_be_closed_and_opened_by_turns() -> None:
    world = balanced_world()
    for act in (close, reopen, close):
        act(world)
    assert ((1, 2, 3), DayState.CLOSED) == (book(world).record.closings, book(world).record.state)


# --- what is told -------------------------------------------------------------------------------------------------


def test_closing_opening_and_news_are_told_once_each_under_ids_of_their_own() -> None:
    world, closed = closed_and_then()
    opened = replace(closed, state=DayState.BALANCED, closings=())
    news, _ = compared(world)
    again = reopen(world).book
    assert again is not None
    for change in (DayChange(opened, closed), DayChange(closed, news), DayChange(news, again.record)) * 2:
        run(publish_change(change, lambda *_: {}), world)
    types = ["reconciliation.closed", "reconciliation.news", "reconciliation.reopened"]
    assert types * 2 == [event["type"] for event in world.bus.published]
    assert 3 == len(world.feed.events)


def test_a_day_that_is_closed_again_is_told_again() -> None:
    world = balanced_world()
    images = [book(world).record]
    for act in (close, reopen, close):
        act(world)
        images.append(book(world).record)
    for change in itertools.pairwise(images):
        run(publish_change(DayChange(*change), lambda *_: {}), world)
    assert 3 == len({event["id"] for event in world.bus.published})


def test_an_explanation_tells_nothing_new_of_a_days_outcome() -> None:
    world = world_with_a_difference()
    before = book(world).record
    explained(world)
    assert () == day_news(before, book(world).record)


def test_a_closed_day_is_told_with_who_closed_it_and_what_came_since() -> None:
    world, _ = closed_and_then()
    shown = day_shown(compared(world)[0])
    assert ("closed", OTIENO, {"count": 2, "sum": 200}, {"count": 1, "sum": 100}) == (
        shown["state"], shown["closed_by"], shown["news"]["ours"], shown["ours"]
    )  # fmt: skip
    assert "lines" not in shown["news"]


def test_news_that_goes_away_leaves_the_closed_day_as_it_was() -> None:
    """The late row was of another day after all."""
    world, _ = closed_and_then(told=False)
    compared(world)
    listed(world, theirs())
    assert None is compared(world)[0].news
