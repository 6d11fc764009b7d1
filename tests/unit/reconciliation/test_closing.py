"""A difference is explained, a day is closed and opened again; what comes later stands beside the sums that stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import LineKind, Side
from gateway.domain.reconciliation.day import DayRecord, DayState, StepKind, day_news
from gateway.domain.reconciliation.decisions import DecisionKind, line_id, named, took_effect
from gateway.domain.reconciliation.events import DayEvent
from gateway.domain.reconciliation.windows import PullMark, Stretch
from gateway.flows.publish import PaymentChange, ReceiptChange, publish_change
from gateway.flows.reconciliation.decide import Refusal, close_day, decide
from gateway.flows.reconciliation.tell import DayChange, day_shown
from gateway.ports import StoreUnavailable, run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.closing_world import ACHIENG, OTIENO, book, close, explained, reopen, wish
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, compared, covered_world, listed, paid, theirs, tick
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, SETTINGS, reported, stored


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


def planned(world: MemoryWorld) -> list[tuple[StepKind, str]]:
    """What the next ticks do."""
    return [(step.kind, step.day) for step in world.reconciliations.plan.steps]


# --- explaining ---------------------------------------------------------------------------------------------------


def test_an_explained_difference_is_left_to_nobody_and_keeps_who_said_what() -> None:
    world = world_with_a_difference()

    done = explained(world).book

    assert done is not None
    (said,) = done.decisions
    assert (DayState.BALANCED, 0, 1) == (done.record.state, done.record.open_count, done.record.explained_count)
    assert (DecisionKind.EXPLAINED, OTIENO, "till float", world.ambient.at_ms) == (
        said.kind, said.by, said.note, said.at_ms
    )  # fmt: skip
    assert named(done.lines[0]) == said.line


def test_an_explanation_stays_when_the_day_is_compared_again() -> None:
    """Also where another line came before it, so that its number is another one."""
    world = world_with_a_difference()
    explained(world)
    listed(world, theirs("SGLEARLIER", 70, at_ms=AT_MS - HOUR_MS), theirs("SGLNOBODY1", 500))

    record, lines = compared(world)

    assert ["SGLEARLIER", "SGLNOBODY1"] == [line.receipt for line in lines]
    assert (DayState.DIFFERENCES, 1, 1) == (record.state, record.open_count, record.explained_count)


def test_a_line_whose_amount_changed_is_open_again() -> None:
    world = world_with_a_difference()
    explained(world)
    listed(world, theirs("SGLNOBODY1", 50))

    record, _ = compared(world)

    assert (DayState.DIFFERENCES, 1, 0, 1) == (
        record.state, record.open_count, record.explained_count, len(book(world).decisions)
    )  # fmt: skip


def test_a_line_that_changed_since_it_was_seen_is_not_explained() -> None:
    world = world_with_a_difference()
    seen = line_id(book(world).lines[0])
    listed(world, theirs("SGLNOBODY1", 50))
    compared(world)

    done = run(decide("shop", PAYBILL, DAY, wish(DecisionKind.EXPLAINED, line=seen)), world)

    assert (Refusal.LINE_CHANGED, {}) == (done.refused, world.reconciliations.said)


def test_the_same_explanation_twice_is_one_decision() -> None:
    """A repeat whose first answer was lost."""
    world = world_with_a_difference()
    for _ in range(2):
        explained(world)
    assert 1 == len(book(world).decisions)


def test_a_further_note_stands_beside_the_first_one() -> None:
    world = world_with_a_difference()
    explained(world)
    explained(world, note="the owner's own money", by=ACHIENG)
    assert [("till float", OTIENO), ("the owner's own money", ACHIENG)] == [
        (one.note, one.by) for one in book(world).decisions
    ]


def test_two_accountants_at_once_lose_no_word_of_each_other() -> None:
    """Each explains the line while the other one's decision is kept and not counted yet."""
    world = world_with_a_difference()
    world.after["Reconciliations.keep_decision"] = lambda: explained(world, note="by the other", by=ACHIENG)

    explained(world)

    assert {(OTIENO, "till float"), (ACHIENG, "by the other")} == {(one.by, one.note) for one in book(world).decisions}
    assert DayState.BALANCED is book(world).record.state


def test_a_decision_that_nobody_counted_is_counted_by_the_next_one() -> None:
    """The process died between the two writes; then the person tried again."""
    world = world_with_a_difference()
    world.fail_next["Reconciliations.save_day"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        explained(world)
    world.ambient.at_ms += MINUTE_MS

    explained(world)

    assert ["till float"] == [one.note for one in book(world).decisions]
    assert DayState.BALANCED is book(world).record.state


def test_a_comparison_beside_an_explanation_loses_neither() -> None:
    """The day is compared between the explanation's two writes."""
    world = world_with_a_difference()
    world.after["Reconciliations.keep_decision"] = lambda: compared(world)

    done = explained(world)

    assert done.book is not None
    assert (None, DayState.BALANCED, 3) == (done.refused, done.book.record.state, done.book.record.version)


def test_an_explanation_beside_a_comparison_loses_neither() -> None:
    """A person explains a line while the comparison writes its outcome."""
    world = world_with_a_difference()
    world.after["Reconciliations.keep_lines"] = lambda: explained(world)

    record, _ = compared(world)

    assert (DayState.BALANCED, 1) == (record.state, record.decisions)


# --- closing ------------------------------------------------------------------------------------------------------


def test_a_balanced_day_that_is_over_is_closed_and_keeps_who_closed_it() -> None:
    world = balanced_world()

    done = close(world)

    assert done.book is not None
    record = done.book.record
    assert (None, DayState.CLOSED, OTIENO, MORNING_MS) == (
        done.refused, record.state, record.closed_by, record.closed_at_ms
    )  # fmt: skip
    assert ("day_closed", OTIENO) == (reported(world)[-1], world.ambient.reports[-1][1]["by"])


def test_a_day_whose_lines_are_all_explained_is_closed() -> None:
    world = world_with_a_difference()
    explained(world)
    assert None is close(world).refused


def test_a_day_is_not_closed_while_a_line_is_open() -> None:
    world = world_with_a_difference()
    assert (Refusal.OPEN_LINES, {}) == (close(world).refused, world.reconciliations.said)


def test_a_day_is_not_closed_before_it_is_over() -> None:
    world = balanced_world()
    done = run_close_at(world, day_begins_ms(DAY) + DAY_MS - 1)
    assert Refusal.NOT_OVER is done


def run_close_at(world: MemoryWorld, at_ms: int) -> Refusal | None:
    """At this moment."""
    world.ambient.at_ms = at_ms
    return run(close_day("shop", PAYBILL, DAY, wish(DecisionKind.CLOSED), SETTINGS), world).refused


def test_a_day_that_was_never_compared_is_not_closed_unseen() -> None:
    assert Refusal.NOT_COMPARED is close(covered_world()).refused


def test_a_day_with_a_gap_in_the_list_is_closed_only_by_who_accepts_it() -> None:
    world = balanced_world()
    gap = Stretch(day_begins_ms(DAY), day_begins_ms(DAY) + HOUR_MS)
    world.books.marks["174379"] = PullMark(
        shortcode="174379", since_ms=0, complete_until_ms=day_begins_ms("2026-03-04"), gaps=(gap,), version=2
    )
    answers = [close(world).refused, close(world, accepts_incomplete=True).refused]
    assert [Refusal.NOT_COMPLETE, None] == answers


def test_closing_takes_in_all_that_is_known_by_then() -> None:
    """A row that came after the last comparison is in the closed day, not beside it."""
    world = balanced_world()
    paid(world, 2, "SGLSECOND1")
    listed(world, theirs(), theirs("SGLSECOND1"))

    done = close(world)

    assert done.book is not None
    assert (Side(2, 200), None) == (done.book.record.mpesa, done.book.record.news)


def test_a_day_that_comes_out_otherwise_than_it_was_seen_is_not_closed() -> None:
    """The sums changed since the accountant looked, though nothing differs."""
    world = balanced_world()
    seen = book(world).record.outcome
    paid(world, 2, "SGLSECOND1")
    listed(world, theirs(), theirs("SGLSECOND1"))

    first, again = close(world, outcome=seen), close(world, outcome=book(world).record.outcome)

    assert (Refusal.CHANGED, None) == (first.refused, again.refused)


def test_a_comparison_that_overtakes_a_closing_is_looked_at_before_it_is_closed() -> None:
    """Between the two writes of closing a row came that belongs to nobody: the day stays open, the wish is history."""
    world = balanced_world()

    def overtaken() -> None:
        world.store.create_receipt(sample.owned("SGLNOBODY1", None))
        listed(world, theirs(), theirs("SGLNOBODY1", 500))
        compared(world)

    world.after["Reconciliations.keep_decision"] = overtaken

    assert (Refusal.OPEN_LINES, DayState.DIFFERENCES) == (close(world).refused, book(world).record.state)
    explained(world)
    assert [False, True] == [took_effect(one, ()) for one in book(world).decisions]


def test_two_who_close_at_once_close_once() -> None:
    world = balanced_world()
    world.after["Reconciliations.keep_decision"] = lambda: close(world, by=ACHIENG)

    done = close(world)

    assert done.book is not None
    assert (None, ACHIENG, 1) == (done.refused, done.book.record.closed_by, len(done.book.record.closings))


def test_a_closed_day_is_closed_by_nobody_again() -> None:
    world = balanced_world()
    close(world)
    done = close(world, by=ACHIENG)
    assert done.book is not None
    assert (OTIENO, 1) == (done.book.record.closed_by, len(done.book.decisions))


def test_nothing_of_a_closed_day_is_explained() -> None:
    world = world_with_a_difference()
    explained(world)
    close(world)
    assert Refusal.CLOSED is explained(world, note="something else").refused


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
    assert [(LineKind.LATE, "SGLNOBODY1")] == [(line.kind, line.receipt) for line in after.news]
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


def test_a_decision_is_about_a_line_with_all_its_facts() -> None:
    """Any other fact is another line; what is proposed is none of them."""
    line = book(world_with_a_difference()).lines[0]
    others = [
        replace(line, kind=LineKind.DUPLICATE),
        replace(line, receipt="SGLNOBODY2"),
        replace(line, payment=sample.payment_id(1)),
        replace(line, ours_kes=500),
        replace(line, mpesa_kes=501),
        replace(line, certain=False),
    ]
    proposed = replace(line, proposed=replace(line.proposed, why=("something else",)), at_ms=line.at_ms + 1)
    assert len(others) + 1 == len({line_id(one) for one in (line, proposed, *others)})


def test_money_without_a_code_is_told_apart_by_its_time() -> None:
    line = replace(book(world_with_a_difference()).lines[0], receipt=None)
    assert line_id(line) != line_id(replace(line, at_ms=line.at_ms + 1))
