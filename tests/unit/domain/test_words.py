"""The tables and small words of the domain: statuses, reasons, references, ids, days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.result_codes import RESULT_CODES, Finality
from gateway.domain.claims import receipt_in
from gateway.domain.days import day_of
from gateway.domain.identity import hex_of, is_payment_id, payment_id_of
from gateway.domain.policy import Policy
from gateway.domain.reasons import DECLINED, REASONS, failure_code, finality
from gateway.domain.references import (
    ALPHABET,
    check_character,
    check_holds,
    generated,
    looks_generated,
    normalised,
    same_reference,
)
from gateway.domain.statuses import ATTEMPT, FLAG, PAYMENT, AttemptStatus, Flag, PaymentStatus, unsafe_because
from tests.laws import oracle
from tests.laws.profiles import QUICK

BLOCKS = {"amount_mismatch", "contradicted", "receipt_taken", "reversed_externally", "needs_review"}


def test_every_status_and_flag_has_its_row() -> None:
    assert (set(AttemptStatus), set(PaymentStatus), set(Flag)) == (set(ATTEMPT), set(PAYMENT), set(FLAG))


@QUICK
@given(
    price=st.integers(1, 5), received=st.integers(0, 9), returned=st.integers(0, 9), reserved=st.integers(0, 9),
    flags=st.frozensets(st.sampled_from(Flag)),
)  # fmt: skip
def test_goods_go_only_where_the_price_stays_and_nothing_holds_them(
    price: int, received: int, returned: int, reserved: int, flags: frozenset[Flag]
) -> None:
    """Whatever came, went back, and is held for going back."""
    found = unsafe_because(price, received_kes=received, returned_kes=returned, reserved_kes=reserved, flags=flags)
    assert (received - returned - reserved >= price and not flags & BLOCKS) == (found == ())
    assert sorted(flags & BLOCKS) == sorted(set(found) & BLOCKS)


@pytest.mark.parametrize(
    ("received", "returned", "reserved", "why"),
    [
        (99, 0, 0, ["not_paid"]),
        (100, 0, 0, []),
        (100, 0, 1, ["refund_live"]),
        (100, 100, 0, ["given_back"]),
        (100, 1, 99, ["given_back"]),
        (200, 0, 100, []),
        (200, 100, 0, []),
        (200, 100, 100, ["refund_live"]),
    ],
)
def test_what_stands_against_goods_has_its_word(received: int, returned: int, reserved: int, why: list[str]) -> None:
    """Of a price of 100: paid twice, one may go back and the goods may go out."""
    told = unsafe_because(100, received_kes=received, returned_kes=returned, reserved_kes=reserved, flags=frozenset())
    assert why == list(told)


def test_an_attempt_whose_money_may_have_moved_is_never_refused_or_failed() -> None:
    assert {"refused", "failed"} == {str(s) for s, row in ATTEMPT.items() if not row.money_may_have_moved}


@pytest.mark.parametrize("code", [*oracle.NO, "7777", "SFC_XX", ""])
def test_a_code_is_told_in_our_words(code: str) -> None:
    """As Safaricom's documents have it, worked out a second time for the laws; else declined."""
    assert oracle.NO.get(code, DECLINED) == failure_code(code)
    assert failure_code(code) in REASONS


@pytest.mark.parametrize("row", [row for row in RESULT_CODES if row.family == "stk"], ids=lambda row: row.code)
def test_a_code_ends_an_attempt_as_the_documents_say(row: object) -> None:
    """Final at once, after a second look, or not at all."""
    code = row.code  # type: ignore[attr-defined]  # a row has one
    should = (
        [Finality.SUCCESS] * (code == "0")
        + [Finality.FINAL] * (code in oracle.ENDS)
        + [Finality.ASK_AGAIN] * (code in oracle.SECOND_LOOK)
        + [Finality.PENDING] * (code in oracle.NOT_YET)
    )
    assert should == [finality(code)]


def test_a_code_on_no_list_ends_nothing() -> None:
    assert finality("7777") is None


@QUICK
@given(st.binary(min_size=7, max_size=12))
def test_a_generated_reference_knows_itself(draw: bytes) -> None:
    """Eight characters that cannot be mistaken for one another, the last one a check on the others."""
    reference = generated(draw)
    assert looks_generated(reference)
    assert check_holds(f" {reference.lower()} ")
    assert not set("01OIL") & set(reference)


@QUICK
@given(st.binary(min_size=7, max_size=7), st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_mistyped_character_is_noticed(draw: bytes, place: int, typed: str) -> None:
    reference = generated(draw)
    mistyped = reference[:place] + typed + reference[place + 1 :]
    assert (mistyped == reference) == check_holds(mistyped)


@QUICK
@given(st.binary(min_size=7, max_size=7), st.integers(0, 6))
def test_two_neighbours_changed_over_are_noticed(draw: bytes, place: int) -> None:
    reference = generated(draw)
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]
    assert (swapped == reference) == check_holds(swapped)


def test_the_check_character_is_one_of_the_alphabet() -> None:
    assert {check_character(body) for body in ("2222222", "ZZZZZZZ", "23456AB")} <= set(ALPHABET)


def test_references_are_compared_without_case_and_blanks() -> None:
    assert "INV1042" == normalised(" inv 10\t42 ")
    assert same_reference("inv 1042", "INV1042")
    assert not same_reference("INV1043", "INV1042")


@pytest.mark.parametrize("text", ["", "pay_", "pay_" + "g" * 32, "pay_" + "A" * 32, "pay_" + "a" * 31, "a" * 32])
def test_what_has_not_the_form_of_an_id_is_none(text: str) -> None:
    assert not is_payment_id(text)


def test_an_id_and_its_part_in_addresses_belong_together() -> None:
    assert "pay_" + "a1" * 16 == payment_id_of(hex_of("pay_" + "a1" * 16))
    assert payment_id_of("A1" * 16) is None


@pytest.mark.parametrize(
    ("at_ms", "day"), [(1_772_398_799_999, "2026-03-01"), (1_772_398_800_000, "2026-03-02"), (0, "1970-01-01")]
)
def test_a_day_begins_at_midnight_in_nairobi(at_ms: int, day: str) -> None:
    assert day == day_of(at_ms)


def test_a_phone_is_taken_for_the_answer_and_the_life_of_the_prompt() -> None:
    assert (15 + 180) * 1_000 == Policy().guard_ms


@pytest.mark.parametrize(
    ("receipt", "text"),
    [
        ("SGL31QW9XY", "sgl31qw9xy"),
        ("SGL31QW9XY", " SGL3 1QW9 XY "),
        ("SGL31QW9XY", "The code is SGL31QW9XY, thanks"),
        ("SGLABCDEFG", "SGLABCDEFG Confirmed. Ksh100.00 sent to RESTAURANT"),
        ("SGL31QW9XY", "SGL31QW9XY imethibitishwa. Umetuma Ksh100.00 kwa TUMAINIDUKA"),
        (None, "paid at the RESTAURANT"),
        (None, "my code is lost"),
        (None, ""),
    ],
)
def test_a_code_is_found_in_what_people_type_or_paste(receipt: str | None, text: str) -> None:
    """A word of ten letters is a code where M-PESA's own words follow it, or nothing else stands there."""
    assert receipt == receipt_in(text)
