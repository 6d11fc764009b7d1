"""Proposals for money that waits: what speaks for a payment, and what is enough to name it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import MoneyReceived
from gateway.domain.fold import state_of
from gateway.domain.proposals import AFTER_MS, PROPOSED_MAX, SCORE_MAX, SHORTLY_BEFORE_MS, Reason, proposals
from gateway.domain.references import check_holds, generated
from gateway.domain.slips import is_one_slip, meant_references
from tests import gateway_samples as sample
from tests.laws.deliveries import R2, T0_MS, accepted, begun, callback, fact_of, money, told

RIGHT = generated(bytes(range(7)))
PHONE = "254712345678"


def typed(**changes: Any) -> MoneyReceived:
    """100 shillings typed an hour after the payment was made."""
    extra = {name: changes.pop(name) for name in ("payer_key", "phone_ending") if name in changes}
    fact = fact_of(money("SGL31QW9XY", 3_600, "by hand", **({"reference": "WHATEVER"} | changes)))
    assert isinstance(fact, MoneyReceived)
    return replace(fact, **extra)


def found(told_money: MoneyReceived, *known: dict[str, Any], keys: dict[str, str] | None = None, **asked: Any) -> Any:
    """(score, reasons) of the proposal for one payment; None: it is not proposed."""
    record = sample.record(1, [fact_of(one) for one in known], **asked)
    one = proposals(told_money, [(record, state_of(record.asked, record.facts))], keys or {})
    return (one[0].score, set(one[0].why)) if one else None


PROMPTED = (begun(), accepted())


@pytest.mark.parametrize(
    ("typed_reference", "meant"),
    [("INV1O42", "INV1042"), ("INV142", "INV1042"), ("INV10422", "INV1042"), ("INV1402", "INV1042"),
     ("inv 1043", "INV1042"), ("NV1042", "INV1042")],
)  # fmt: skip
def test_one_slip_of_the_finger_is_seen(typed_reference: str, meant: str) -> None:
    """Another character, one missing, one too many, two changed over."""
    assert is_one_slip(typed_reference, meant)
    assert is_one_slip(meant, typed_reference)


@pytest.mark.parametrize("other", ["INV1042", "inv 1042", "INV1053", "INV2041", "", "INV104233", "VNI1042"])
def test_what_is_right_or_further_off_is_no_slip(other: str) -> None:
    assert not is_one_slip(other, "INV1042")


def test_the_check_character_leaves_few_references_that_may_be_meant() -> None:
    """Among them the right one, whatever the slip; and none for a reference that is right."""
    slips = [RIGHT[:-1] + "Z", RIGHT[1:], RIGHT + "A", RIGHT[1] + RIGHT[0] + RIGHT[2:]]
    assert all(RIGHT in meant_references(slip) for slip in slips)
    assert all(check_holds(one) for slip in slips for one in meant_references(slip))
    assert max(len(meant_references(slip)) for slip in slips) <= 40
    assert () == meant_references(RIGHT)
    assert () == meant_references("INV1")


def test_a_slip_with_the_right_sum_is_proposed() -> None:
    assert (80, {Reason.REFERENCE_SLIP, Reason.SAME_AMOUNT, Reason.SHORTLY_BEFORE}) == found(typed(reference="INV1O42"))


def test_a_slip_is_proposed_for_a_part_as_well_and_for_less() -> None:
    assert (55, {Reason.REFERENCE_SLIP, Reason.SHORTLY_BEFORE}) == found(typed(reference="INV1O42", amount=40))


def test_a_shared_reference_is_proposed_for_each() -> None:
    """Two payments carry it, so nothing was matched; a person says which."""
    told_money = typed(reference="inv1042")
    records = [sample.record(number) for number in (1, 2)]
    named = proposals(told_money, [(one, state_of(one.asked, one.facts)) for one in records], {})
    assert [{Reason.SAME_REFERENCE, Reason.SAME_AMOUNT, Reason.SHORTLY_BEFORE}] * 2 == [set(one.why) for one in named]


def test_sum_phone_and_time_together_are_enough_and_the_hash_says_more_than_the_end() -> None:
    by_key = found(typed(payer_key="k1"), *PROMPTED, keys={PHONE: "k1"})
    by_end = found(typed(phone_ending="678"), *PROMPTED)
    assert (65, {Reason.SAME_AMOUNT, Reason.SAME_PHONE, Reason.SHORTLY_BEFORE}) == by_key
    assert (45, {Reason.SAME_AMOUNT, Reason.SAME_PHONE_ENDING, Reason.SHORTLY_BEFORE}) == by_end


NOT_ENOUGH: dict[str, Any] = {
    "the sum alone": {},
    "another sum": {"phone_ending": "678", "amount": 99},
    "another phone": {"phone_ending": "679"},
    "another hash": {"payer_key": "k2"},
}


@pytest.mark.parametrize("how", NOT_ENOUGH)
def test_less_is_no_proposal(how: str) -> None:
    assert None is found(typed(**NOT_ENOUGH[how]), *PROMPTED, keys={PHONE: "k1"})


def test_a_payment_of_long_ago_is_not_proposed_for_its_phone() -> None:
    hours_ago = T0_MS + 3_600_000 - SHORTLY_BEFORE_MS - 2_000
    prompted = [begun(said_s=(hours_ago - T0_MS) / 1000)]
    assert None is found(typed(phone_ending="678"), *prompted, created_at_ms=hours_ago)


def test_a_payment_of_long_ago_is_proposed_where_its_phone_was_prompted_a_moment_before() -> None:
    long_ago = T0_MS + 3_600_000 - SHORTLY_BEFORE_MS - 2_000
    assert (45, {Reason.SAME_AMOUNT, Reason.SAME_PHONE_ENDING, Reason.SHORTLY_BEFORE}) == found(
        typed(phone_ending="678"), *PROMPTED, created_at_ms=long_ago
    )


CLOSED_TO_IT: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "paid": ((*PROMPTED, callback("0", 12, "paid", receipt=R2)), {}),
    "money went back": (
        (*PROMPTED, callback("0", 12, "paid", receipt=R2),
         told("returned", 500, receipt=R2, under="SGM0000001", amount=100, external=False)), {}),
    "at another shortcode": ((), {"shortcode": "600998"}),
    "made after the money": ((), {"created_at_ms": T0_MS + 3_600_000 + AFTER_MS + 1}),
}  # fmt: skip


@pytest.mark.parametrize("how", CLOSED_TO_IT)
def test_a_payment_that_takes_no_money_is_not_proposed(how: str) -> None:
    known, asked = CLOSED_TO_IT[how]
    assert None is found(typed(reference="INV1O42"), *known, **asked)


def test_a_cancelled_payment_is_proposed_since_money_still_pays_it() -> None:
    assert None is not found(typed(reference="INV1O42"), told("cancelled", 20))


def test_the_best_stand_first_and_no_more_than_a_few() -> None:
    """And none is ever certain."""
    told_money = typed(reference="INV1042", payer_key="k1", amount=100)
    records = [sample.record(number, [fact_of(one) for one in PROMPTED]) for number in range(1, 6)]
    records.append(sample.record(6, account_reference="INV1O42"))
    named = proposals(told_money, [(one, state_of(one.asked, one.facts)) for one in records], {PHONE: "k1"})
    assert [SCORE_MAX] * PROPOSED_MAX == [one.score for one in named]
