"""A difference is explained, a day is closed: who said what is kept, and nothing that somebody decided is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import LineKind, Side
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import DecisionKind, line_id, named, took_effect
from gateway.domain.reconciliation.windows import PullMark, Stretch
from gateway.flows.reconciliation.decide import Refusal, close_day, decide
from gateway.ports import StoreUnavailable, run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.closing_world import (
    ACHIENG,
    OTIENO,
    balanced_world,
    book,
    close,
    explained,
    wish,
    world_with_a_difference,
)
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, compared, covered_world, listed, paid, theirs
from tests.unit.reconciliation.pull_world import AT_MS, PAYBILL, SETTINGS, reported

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

    said = [(one.by, one.note) for one in book(world).decisions]
    assert [(OTIENO, "till float"), (ACHIENG, "by the other")] == said
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


def test_what_another_one_decided_and_nobody_counted_is_kept_beside_ones_own() -> None:
    """Her process died between the two writes."""
    world = world_with_a_difference()
    world.fail_next["Reconciliations.save_day"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        explained(world, note="by the other", by=ACHIENG)

    explained(world)

    assert [(ACHIENG, "by the other"), (OTIENO, "till float")] == [(one.by, one.note) for one in book(world).decisions]


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


def explained_at_each_try(world: MemoryWorld, notes: list[str]) -> None:
    """Each time when a comparison is about to be kept, as long as there are notes."""

    def explain() -> None:
        explained(world, note=notes[0])
        explained_at_each_try(world, notes[1:])

    if notes:
        world.after["Reconciliations.keep_lines"] = explain


def test_a_day_whose_lines_are_explained_all_the_while_is_compared_once() -> None:
    """Else who closes a big day while colleagues explain its lines waits for one comparison after the other."""
    world = world_with_a_difference()
    explained_at_each_try(world, ["one", "two", "three", "four"])
    world.boundaries.clear()

    record, _ = compared(world)

    assert (DayState.BALANCED, 4) == (record.state, record.decisions)
    assert 1 == world.boundaries.count("Books.read_pull_mark")


def test_a_comparison_that_another_one_overtook_is_made_again() -> None:
    """What the other one saw is newer."""
    world = world_with_a_difference()

    def compared_meanwhile() -> None:
        listed(world, theirs("SGLNOBODY2", 50))
        world.ambient.at_ms += 1
        compared(world)

    world.after["Reconciliations.keep_lines"] = compared_meanwhile

    _, lines = compared(world)

    assert ["SGLNOBODY2"] == [line.receipt for line in lines] == [line.receipt for line in book(world).lines]


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


def test_a_day_is_closed_by_the_decision_to_close_it_and_by_no_other() -> None:
    """A further note was kept and counted by nobody: it is counted first."""
    world = world_with_a_difference()
    explained(world)
    world.fail_next["Reconciliations.save_day"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        explained(world, note="by the other", by=ACHIENG)

    done = close(world).book

    assert done is not None
    assert ((3,), DecisionKind.CLOSED) == (done.record.closings, done.decisions[-1].kind)


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


# --- which line --------------------------------------------------------------------------------------------------


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
