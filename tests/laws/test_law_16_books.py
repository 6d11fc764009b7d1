"""L16: what differs between our books of a day and M-Pesa's is listed to the shilling, whatever the day was like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.facts import Source
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.compare import Comparison, DayBooks, LineKind, OurMoney, compare
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from tests import gateway_samples as sample

DAY = "2026-03-02"
BEGINS_MS = day_begins_ms(DAY)
MOVES_NOTHING = frozenset({LineKind.DUPLICATE, LineKind.STATUS_DIFFERS})
"""Both sides have it: somebody must act, no sum is off."""

receipts = st.sampled_from([f"SGL000000{n}" for n in range(8)])
amounts = st.integers(1, 300)
around_the_day = st.integers(BEGINS_MS - 2 * HOUR_MS, BEGINS_MS + DAY_MS + 2 * HOUR_MS)
within_the_day = st.integers(BEGINS_MS, BEGINS_MS + DAY_MS - 1)


@st.composite
def ours(draw: st.DrawFn) -> OurMoney:
    """A credit, told by callback or by a list alone, at some moment around the day."""
    told_at_ms = draw(st.none() | around_the_day)
    return OurMoney(
        payment=sample.payment_id(draw(st.integers(1, 9))),
        receipt=draw(st.none() | receipts),
        credited_kes=draw(amounts),
        told_kes=None if told_at_ms is None else draw(amounts),
        told_at_ms=told_at_ms,
        at_ms=draw(around_the_day),
        surplus=draw(st.booleans()),
    )


@st.composite
def rows(draw: st.DrawFn) -> MpesaRow:
    """A row of the day."""
    return MpesaRow(
        receipt=draw(receipts),
        kind=draw(st.sampled_from([RowKind.PAYMENT, RowKind.PAYMENT, RowKind.PAYMENT, RowKind.REVERSAL, RowKind.FEE])),
        amount_kes=draw(amounts),
        completed_at_ms=draw(within_the_day),
        told_by=draw(st.sampled_from([Source.PULL, Source.STATEMENT])),
    )


@st.composite
def days(draw: st.DrawFn) -> DayBooks:
    """A day with any mixture of both; a receipt stands once in our books, as the table keeps it."""
    by_receipt = {one.receipt or object(): one for one in draw(st.lists(ours(), max_size=8))}
    beside = draw(st.lists(receipts, max_size=3))
    known_until_ms = draw(around_the_day)
    proven_until_ms = draw(st.just(0) | around_the_day)
    listed = draw(st.lists(rows(), max_size=10))
    return DayBooks(
        day=DAY,
        ours=list(by_receipt.values()),
        rows=listed,
        covers=lambda at_ms: at_ms <= known_until_ms,
        elsewhere={
            receipt: MpesaRow(receipt=receipt, kind=RowKind.PAYMENT, amount_kes=1, completed_at_ms=BEGINS_MS - HOUR_MS)
            for receipt in set(beside) - {row.receipt for row in listed}
        },
        receipts={receipt: sample.owned(receipt, None) for receipt in draw(st.lists(receipts, max_size=3))},
        proposed={},
        proven=lambda _, until_ms: until_ms <= proven_until_ms,
    )


def explained(found: Comparison) -> int:
    """What the lines and the hours that nobody can judge add up to."""
    moved = [line for line in found.lines if line.kind not in MOVES_NOTHING]
    return sum((line.mpesa_kes or 0) - (line.ours_kes or 0) for line in moved) - found.not_judged.sum_kes


@given(books=days())
def test_law_16_lines_and_unjudged_hours_explain_the_difference_to_the_shilling(books: DayBooks) -> None:
    """No shilling of either side is without its line."""
    found = compare(books)
    assert explained(found) == found.difference_kes


@given(books=days())
def test_law_16_what_is_in_both_and_what_is_listed_is_all_there_is(books: DayBooks) -> None:
    """Each payment of M-Pesa's and each of ours is in both books, on a line, or not to be judged."""
    found = compare(books)
    theirs = [line for line in found.lines if line.mpesa_kes is not None and line.kind not in MOVES_NOTHING]
    mine = [line for line in found.lines if line.ours_kes is not None and line.kind not in MOVES_NOTHING]
    assert found.mpesa.count == found.both.count + len(theirs)
    assert found.ours.count == found.both.count + len(mine) + found.not_judged.count


@given(books=days(), seed=st.randoms(use_true_random=False))
def test_law_16_a_comparison_depends_on_the_books_and_not_on_their_order(books: DayBooks, seed: object) -> None:
    """Pages and payments come in any order."""
    mixed_ours, mixed_rows = list(books.ours), list(books.rows)
    seed.shuffle(mixed_ours)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    seed.shuffle(mixed_rows)  # type: ignore[attr-defined]  # as above
    mixed = DayBooks(
        day=books.day,
        ours=mixed_ours,
        rows=mixed_rows,
        covers=books.covers,
        elsewhere=books.elsewhere,
        receipts=books.receipts,
        proposed=books.proposed,
        proven=books.proven,
    )
    assert {str(line) for line in compare(books).lines} == {str(line) for line in compare(mixed).lines}
    assert day_of(BEGINS_MS) == compare(mixed).day
