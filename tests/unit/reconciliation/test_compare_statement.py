"""A day that a statement judges: its silence is certain, its rows count alone, its charges are counted to the cent."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.days import day_begins_ms
from gateway.domain.facts import Source
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.compare import Side, compare
from gateway.domain.reconciliation.proven import Proven, ProvenStretch
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from tests.unit.reconciliation.test_compare import AT_MS, DAY, R1, R2, books, only_line, ours, seen, theirs

BEGINS_MS = day_begins_ms(DAY)
JUDGED: dict[str, Any] = {"proven": lambda _from_ms, _until_ms: True}


def stated(receipt: str = R1, amount_kes: int | None = 100, **changes: Any) -> MpesaRow:
    """A row of the statement."""
    usual: dict[str, Any] = {"told_by": Source.STATEMENT, "told_in": "a"}
    return theirs(receipt, amount_kes=amount_kes, **(usual | changes))


def test_what_the_statement_does_not_have_is_missing_for_certain() -> None:
    line = only_line(books(ours=[ours()], **JUDGED))
    assert ("missing_at_mpesa", 100, None, "look", True) == (*seen(line), line.certain)


def test_at_the_edge_of_its_time_nothing_is_certain() -> None:
    """M-Pesa's clock and ours differ by seconds."""
    until_ms = AT_MS + MINUTE_MS - 1
    line = only_line(books(ours=[ours()], proven=lambda _from_ms, to_ms: to_ms <= until_ms))
    assert ("missing_at_mpesa", False) == (line.kind, line.certain)


def test_money_without_a_code_stays_uncertain() -> None:
    """Which of the statement's rows it is, nobody can say."""
    assert not only_line(books(ours=[ours(None)], **JUDGED)).certain


def test_what_only_pull_shows_of_a_time_that_the_statement_tells_of_does_not_count() -> None:
    found = compare(books(ours=[ours()], rows=[theirs()], **JUDGED))
    assert (Side(0, 0), ["missing_at_mpesa"]) == (found.mpesa, [line.kind for line in found.lines])


def test_where_the_statement_tells_nothing_pull_counts() -> None:
    assert () == compare(books(ours=[ours()], rows=[theirs()])).lines


def test_the_statement_outranks_pull_about_an_amount() -> None:
    """Also where it does not cover the time; that M-Pesa lists two amounts is shown."""
    found = compare(books(ours=[ours()], rows=[theirs(amount_kes=90), stated()]))
    assert (Side(1, 100), Side(1, 100), ["duplicate"]) == (
        found.mpesa, found.both, [line.kind for line in found.lines]
    )  # fmt: skip


def test_a_row_of_both_lists_counts_once() -> None:
    assert ((), Side(1, 100)) == (
        (found := compare(books(ours=[ours()], rows=[theirs(), stated()]))).lines, found.mpesa
    )  # fmt: skip


@pytest.mark.parametrize(("charges", "kes"), [((1_250, 1_250), 25), ((49,), 0), ((50,), 1), ((1_234,), 12)])
def test_charges_are_added_to_the_cent_and_told_in_shillings(charges: tuple[int, ...], kes: int) -> None:
    rows = [stated(f"SGLFEE000{n}", None, kind=RowKind.FEE, amount_cents=charged) for n, charged in enumerate(charges)]
    assert kes == compare(books(rows=rows, **JUDGED)).fees_kes


# --- what is proven -----------------------------------------------------------------------------------------------


def stretch(from_ms: int, until_ms: int, name: str = "a", read_at_ms: int = 0, rows: int = 0) -> ProvenStretch:
    """What a statement covers, with its number of rows of the day."""
    return ProvenStretch(statement=name, from_ms=from_ms, until_ms=until_ms, read_at_ms=read_at_ms, counts={DAY: rows})


def proven(*stretches: ProvenStretch) -> Proven:
    """Of one shop."""
    return Proven(owner="shop", shortcode="174379", stretches=stretches)


NOON_MS, ENDS_MS = BEGINS_MS + 12 * HOUR_MS, BEGINS_MS + DAY_MS - 1


@pytest.mark.parametrize(
    ("stretches", "covered"),
    [
        ([stretch(BEGINS_MS, ENDS_MS)], True),
        ([stretch(NOON_MS, ENDS_MS), stretch(BEGINS_MS, NOON_MS - 1)], True),
        ([stretch(BEGINS_MS, NOON_MS), stretch(NOON_MS - HOUR_MS, ENDS_MS)], True),
        ([stretch(BEGINS_MS, NOON_MS - 2), stretch(NOON_MS, ENDS_MS)], False),
        ([stretch(BEGINS_MS, ENDS_MS - 1)], False),
        ([stretch(BEGINS_MS + 1, ENDS_MS)], False),
        ([], False),
    ],
)
def test_a_day_is_covered_by_statements_that_touch_or_overlap(stretches: list[ProvenStretch], covered: bool) -> None:
    assert covered is proven(*stretches).covers_day(DAY)


@pytest.mark.parametrize(
    ("rows", "believed"),
    [
        ([stated(R1), stated(R2)], True),
        ([stated(R1), stated(R1)], False),
        ([stated(R1), theirs(R2)], False),
        ([stated(R1), stated(R2, told_in="b")], False),
        ([stated(R1), stated(R2, completed_at_ms=BEGINS_MS - 1)], False),
        ([], False),
    ],
)
def test_a_statement_is_believed_once_all_its_rows_of_the_day_are_seen(
    rows: list[MpesaRow],
    believed: bool,
) -> None:
    found = proven(stretch(BEGINS_MS, ENDS_MS, rows=2)).seen(DAY, rows)
    assert believed is found.covers(NOON_MS)


def test_the_same_statement_again_is_known_and_the_newest_of_a_day_is_told() -> None:
    one = stretch(BEGINS_MS, ENDS_MS, "a", 1)
    found = proven().also(one).also(stretch(BEGINS_MS, NOON_MS, "b", 2)).also(one)
    assert (2, "b") == (found.version, getattr(found.newest_of(DAY), "statement", None))
