"""A day of ours against M-Pesa's book, both ways: what differs, why, and what is proposed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import MoneyReturned, Source
from gateway.domain.fold import state_of
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.compare import (
    Action,
    DayBooks,
    Line,
    LineKind,
    OurMoney,
    Proposal,
    Side,
    compare,
    our_money,
)
from gateway.domain.reconciliation.day import DayState, day_record
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from tests import gateway_samples as sample

AT_MS = sample.AT_MS
DAY, NEXT_DAY = "2026-03-02", "2026-03-03"
R1, R2 = "SGL31QW9XY", "SGL77AA2BB"
PAY = sample.payment_id(1)


def ours(receipt: str | None = R1, **changes: Any) -> OurMoney:
    """100 shillings, told by callback on the day."""
    usual: dict[str, Any] = {
        "payment": PAY, "credited_kes": 100, "told_kes": 100, "told_at_ms": AT_MS, "at_ms": AT_MS
    }  # fmt: skip
    return OurMoney(receipt=receipt, **(usual | changes))


def theirs(receipt: str = R1, **changes: Any) -> MpesaRow:
    """100 shillings that a customer paid on the day."""
    usual: dict[str, Any] = {"kind": RowKind.PAYMENT, "amount_kes": 100, "completed_at_ms": AT_MS}
    return MpesaRow(receipt=receipt, **(usual | changes))


def books(**changes: Any) -> DayBooks:
    """A day that M-Pesa's list covers, with nothing in it."""
    usual: dict[str, Any] = {
        "day": DAY, "ours": (), "rows": (), "covers": lambda _: True, "elsewhere": {}, "receipts": {}, "proposed": {}
    }  # fmt: skip
    return DayBooks(**(usual | changes))


def only_line(day: DayBooks) -> Line:
    """The one difference."""
    (line,) = compare(day).lines
    return line


def seen(line: Line) -> tuple[str, int | None, int | None, str]:
    """Kind, ours, M-Pesa's, what is proposed."""
    return str(line.kind), line.ours_kes, line.mpesa_kes, str(line.proposed.action)


def test_what_both_have_is_no_difference() -> None:
    """Lists overlap, so a row may stand there twice."""
    found = compare(books(ours=[ours()], rows=[theirs(), theirs()]))
    assert ((), Side(1, 100), Side(1, 100), Side(1, 100), 0) == (
        found.lines, found.ours, found.mpesa, found.both, found.difference_kes
    )  # fmt: skip


def test_money_of_mpesa_that_nothing_told_us_of_is_missing_here() -> None:
    assert ("missing_here", None, 100, "take_in") == seen(only_line(books(rows=[theirs()])))


def test_money_of_nobody_is_unassigned_with_the_likeliest_payment() -> None:
    proposed = Proposal(Action.ASSIGN, ("same amount",), PAY)
    line = only_line(books(rows=[theirs()], receipts={R1: sample.owned(number=None)}, proposed={R1: proposed}))
    assert ("unassigned", None, 100, "assign") == seen(line)
    assert (PAY, ("same amount",)) == (line.proposed.payment, line.proposed.why)


def test_money_of_nobody_without_a_proposal_is_to_be_looked_at() -> None:
    line = only_line(books(rows=[theirs()], receipts={R1: sample.owned(number=None)}))
    assert ("unassigned", None, 100, "look") == seen(line)


def test_what_mpesas_list_does_not_show_is_not_seen_and_proves_nothing() -> None:
    """Absence from Pull is no proof: the line says so, and nobody is told that nothing was paid."""
    line = only_line(books(ours=[ours()]))
    assert ("missing_at_mpesa", 100, None, "wait_for_statement") == seen(line)
    assert not line.certain


def test_what_mpesas_list_was_never_asked_about_is_not_judged() -> None:
    """An outage longer than the list goes back: its hours make no differences, and are counted apart."""
    found = compare(books(ours=[ours()], covers=lambda at_ms: at_ms > AT_MS))
    assert ((), Side(1, 100)) == (found.lines, found.not_judged)


def test_money_without_a_code_is_not_seen_either() -> None:
    """A query said that it was paid, and nothing named its receipt."""
    line = only_line(books(ours=[ours(None)]))
    assert ("missing_at_mpesa", 100, None) == seen(line)[:3]


def test_another_amount_is_a_difference_to_the_shilling() -> None:
    found = compare(books(ours=[ours(told_kes=100, credited_kes=90)], rows=[theirs(amount_kes=90)]))
    assert ("amount_differs", 100, 90, "look") == seen(found.lines[0])
    assert (-10, Side(0, 0)) == (found.difference_kes, found.both)


def test_money_that_only_the_list_told_of_agrees_with_it() -> None:
    """Found by Pull: our books have it from there, so both sides are equal."""
    assert () == compare(books(ours=[ours(told_kes=None, told_at_ms=None)], rows=[theirs()])).lines


@pytest.mark.parametrize("day", [DAY, NEXT_DAY])
def test_money_told_after_midnight_shows_on_both_days(day: str) -> None:
    """Completed at 23:59:58, told at 00:00:03: each of the two days says where it belongs."""
    late_ms = AT_MS + 12 * HOUR_MS
    money = ours(told_at_ms=late_ms, at_ms=AT_MS)
    on_day = {
        DAY: books(ours=[money], rows=[theirs()]),
        NEXT_DAY: books(day=NEXT_DAY, ours=[money], elsewhere={R1: theirs()}),
    }
    line = only_line(on_day[day])
    assert {DAY: (None, 100), NEXT_DAY: (100, None)}[day] == (line.ours_kes, line.mpesa_kes)
    assert (LineKind.CROSSES_MIDNIGHT, Action.BOOK_ON_OTHER_DAY) == (line.kind, line.proposed.action)


def test_a_surplus_is_to_be_given_back() -> None:
    """Both books have it: the payer paid twice."""
    found = compare(books(ours=[ours(), ours(R2, surplus=True)], rows=[theirs(), theirs(R2)]))
    assert [("duplicate", 100, 100, "refund")] == [seen(line) for line in found.lines]
    assert 0 == found.difference_kes


def test_a_receipt_that_mpesa_lists_with_two_amounts_is_looked_at() -> None:
    found = compare(books(ours=[ours()], rows=[theirs(), theirs(amount_kes=150)]))
    assert ("duplicate", None, 150) in [seen(line)[:3] for line in found.lines]


@pytest.mark.parametrize(("known", "lines"), [(frozenset(), 1), (frozenset({"SGLREV0001"}), 0)])
def test_a_reversal_that_our_payment_does_not_know_of_differs(known: frozenset[str], lines: int) -> None:
    """M-Pesa took the money back, and we still show it as paid."""
    reversal = theirs("SGLREV0001", kind=RowKind.REVERSAL, linked=R1)
    found = compare(books(ours=[ours(returns=known)], rows=[theirs(), reversal]))
    assert [("status_differs", 100, 100, "look")] * lines == [seen(line) for line in found.lines]


def test_a_word_of_mpesas_that_nobody_knows_is_shown() -> None:
    line = only_line(books(rows=[theirs(kind=RowKind.OTHER, word="Airtime bonus")]))
    assert ("unassigned", None, 100, "look") == seen(line)


def test_charges_are_summed_and_are_no_payments() -> None:
    rows = [theirs(), theirs(kind=RowKind.FEE, amount_kes=5), theirs(R2, kind=RowKind.WITHDRAWAL, amount_kes=9_000)]
    found = compare(books(ours=[ours()], rows=rows))
    assert ((), 5, Side(1, 100)) == (found.lines, found.fees_kes, found.mpesa)


def test_money_of_another_owner_of_the_shortcode_is_no_matter_of_ours() -> None:
    assert ((), Side(0, 0)) == (
        compare(books(rows=[theirs()], foreign={R1})).lines,
        compare(books(rows=[theirs()], foreign={R1})).mpesa,
    )


def test_lines_come_in_the_order_of_the_day_whatever_order_the_rows_had() -> None:
    rows = [theirs(f"SGL000000{n}", completed_at_ms=AT_MS + n * 1_000) for n in (3, 1, 2)]
    found = [line.receipt for line in compare(books(rows=rows)).lines]
    assert ["SGL0000001", "SGL0000002", "SGL0000003"] == found
    assert compare(books(rows=rows)) == compare(books(rows=rows[::-1]))


# --- our side -----------------------------------------------------------------------------------------------------


def of(*facts: Any, **asked: Any) -> list[OurMoney]:
    """Our money of a payment with these facts."""
    record = sample.record(1, facts, **asked)
    return our_money(record, state_of(record.asked, record.facts))


def test_a_callback_and_a_row_of_the_list_are_one_credit_told_by_the_callback() -> None:
    """The list's amount counts; what was told before stays visible."""
    pulled = replace(sample.money(), told_by=Source.PULL, amount_kes=90, reference="INV1042")
    (money,) = of(sample.begun(), sample.accepted(), sample.success(), pulled)
    assert (90, 100, AT_MS + 11_000) == (money.credited_kes, money.told_kes, money.told_at_ms)


def test_the_second_payment_of_a_payment_is_the_surplus_until_it_went_back() -> None:
    first = sample.money()
    second = replace(first, receipt=R2, completed_at_ms=AT_MS + 60_000)
    back = MoneyReturned(
        told_by=Source.STATEMENT, receipt=R2, return_receipt="SGLREV0001", amount_kes=100, external=False,
        said_at_ms=AT_MS, learned_at_ms=AT_MS,
    )  # fmt: skip
    assert [False, True] == [money.surplus for money in of(first, second)]
    assert [False, False] == [money.surplus for money in of(first, second, back)]
    assert [set(), {"SGLREV0001"}] == [set(money.returns) for money in of(first, second, back)]


def test_two_parts_of_a_payment_are_no_surplus() -> None:
    first = sample.money()
    second = replace(first, receipt=R2, completed_at_ms=AT_MS + 60_000)
    assert [False, False] == [money.surplus for money in of(first, second, amount_kes=200)]


@pytest.mark.parametrize(
    ("rows", "complete", "state"),
    [
        ([theirs()], True, DayState.BALANCED),
        ([theirs()], False, DayState.INCOMPLETE),
        ([theirs(), theirs(R2)], True, DayState.DIFFERENCES),
        ([theirs(), theirs(R2)], False, DayState.DIFFERENCES),
    ],
)
def test_a_day_is_balanced_only_where_the_list_covers_all_of_it(
    rows: list[MpesaRow], state: DayState, *, complete: bool
) -> None:
    found = compare(books(ours=[ours()], rows=rows))
    record = day_record("shop", "174379", found, None, complete=complete, now_ms=AT_MS + DAY_MS)
    assert state is record.state
