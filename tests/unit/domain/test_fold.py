"""Corners of the fold that the laws' deliveries do not reach: corrections, times, which "no" counts."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.facts import Corrected, Fact
from gateway.domain.fold import credited_receipts, state_of
from gateway.domain.payment import PaymentState
from tests import gateway_samples as sample
from tests.laws.deliveries import IDS, OTHER_IDS, R1, R2, T0_MS, accepted, begun, callback, fact_of, money, query, told

PROMPTED = (begun(), accepted())


def folded(*deliveries: dict[str, Any], more: tuple[Fact, ...] = (), **asked: Any) -> PaymentState:
    record = sample.record(1, [*(fact_of(d) for d in deliveries), *more], **asked)
    return state_of(record.asked, record.facts)


def lifts(*deliveries: dict[str, Any]) -> Corrected:
    """A person looked at these and let them go."""
    names = tuple(fact_of(d).id for d in deliveries)
    return Corrected(lifts=names, actor="amina", note="seen", said_at_ms=T0_MS, learned_at_ms=T0_MS)


HOLDS = {
    "amount_mismatch": callback("0", 13, "other amount", amount=99, receipt=R2),
    "needs_review": callback("0", 13, "no receipt", receipt=None),
    "contradicted": callback("1032", 20, "no after yes"),
    "receipt_taken": told("taken", 20, n=1, receipt=R1),
}


@pytest.mark.parametrize("flag", HOLDS)
def test_what_holds_a_payment_holds_it_until_a_person_lets_that_very_fact_go(flag: str) -> None:
    paid = (*PROMPTED, callback("0", 12, "paid"))
    held = folded(*paid, HOLDS[flag])
    freed = folded(*paid, HOLDS[flag], more=(lifts(HOLDS[flag]),))
    assert (True, False) == (flag in held.flags, held.safe_to_fulfil)
    assert (frozenset(), True) == (freed.flags, freed.safe_to_fulfil)


def test_letting_one_fact_go_does_not_let_another_go() -> None:
    other = callback("0", 14, "another amount still", amount=98, receipt=R2)
    state = folded(*PROMPTED, HOLDS["amount_mismatch"], other, more=(lifts(HOLDS["amount_mismatch"]),))
    assert "amount_mismatch" in state.flags


def test_the_first_no_that_was_believed_is_the_reason() -> None:
    """Two final codes: the one learned first is told."""
    state = folded(*PROMPTED, callback("1", 20, "no funds"), callback("1032", 30, "cancelled"))
    assert "insufficient_funds" == (state.failure.code if state.failure else None)


def test_a_payment_was_paid_when_the_credits_first_covered_it() -> None:
    """By M-PESA's times, not by ours."""
    state = folded(
        money(R1, 60, "second", amount=50, done=T0_MS + 30_000), money(R2, 50, "first", amount=50, done=T0_MS + 20_000)
    )
    assert T0_MS + 30_000 == state.paid_at_ms


def test_mpesas_own_time_is_the_time_of_a_credit() -> None:
    (credit,) = folded(*PROMPTED, callback("0", 500, "late news", done=T0_MS + 11_000)).credits
    assert T0_MS + 11_000 == credit.at_ms


def test_only_a_failed_payment_tells_a_failure() -> None:
    state = folded(*PROMPTED, callback("1032", 20, "cancelled by the payer"), money(R1, 60, "typed"))
    assert (None, "paid") == (state.failure, state.status)
    assert state.attempts[0].failure is not None


def test_a_second_beginning_of_one_attempt_changes_nothing() -> None:
    """Two processes began attempt 1 (a restore): the earlier one counts."""
    later = begun(1, 50, amount=70)
    state = folded(begun(), later, accepted())
    assert [100] == [attempt.amount_kes for attempt in state.attempts]


def test_money_for_another_shortcode_is_looked_at() -> None:
    state = folded(money(R1, 60, "other shortcode", shortcode="600998"))
    assert ({"needs_review"}, False) == ({str(flag) for flag in state.flags}, state.safe_to_fulfil)


def test_money_that_a_person_assigned_is_not_looked_at_again() -> None:
    state = folded(money(R1, 60, "assigned", shortcode="600998", reference="OTHER", assigned=True))
    assert (frozenset(), True) == (state.flags, state.safe_to_fulfil)


def test_money_without_reference_is_a_tills_own_way() -> None:
    assert folded(money(R1, 60, "till", reference=""), account_reference="T1").safe_to_fulfil


def test_returns_of_receipts_that_are_not_here_do_not_count() -> None:
    state = folded(money(R1, 60, "typed"), told("returned", 99, receipt=R2, under="REV1", amount=100, external=True))
    assert ("paid", 0) == (state.status, state.returned_kes)


def test_our_own_refund_is_no_alarm() -> None:
    state = folded(money(R1, 60, "typed"), told("returned", 99, receipt=R1, under="REF1", amount=40, external=False))
    assert ("partially_refunded", 40, frozenset()) == (state.status, state.returned_kes, state.flags)


def test_two_parts_that_go_back_add_up() -> None:
    parts = [told("returned", 99 + n, receipt=R1, under=f"REV{n}", amount=50, external=True) for n in (1, 2)]
    state = folded(money(R1, 60, "typed"), *parts)
    assert ("refunded", 100) == (state.status, state.returned_kes)


def test_receipts_credited_are_those_of_the_state() -> None:
    for deliveries in (
        (*PROMPTED,),
        (*PROMPTED, callback("0", 12, "paid")),
        (*PROMPTED, query("0", 30), query("0", 45)),
    ):
        record = sample.record(1, [fact_of(d) for d in deliveries])
        assert state_of(record.asked, record.facts).receipts == credited_receipts(record.asked, record.facts)


def test_the_id_to_ask_about_is_the_pushs_or_what_safaricom_named_before_it() -> None:
    early = folded(begun(), callback("0", 12, "early"))
    stranger = folded(begun(), callback("0", 12, "stranger", listed=False))
    known = folded(begun(), callback("0", 12, "early", ids=OTHER_IDS), accepted())
    assert ["ws_CO_1_712345678", None, "ws_CO_1_712345678"] == [
        state.attempts[0].checkout_request_id for state in (early, stranger, known)
    ]


@pytest.mark.parametrize(("status", "listed"), [("paid", True), ("pending", False)])
def test_ids_that_are_half_the_pushs_are_confirmed_for_safaricom_alone(status: str, listed: bool) -> None:
    """A query on the one id that is right says nothing of the other one."""
    half = callback("0", 12, "half", ids=(IDS[0], OTHER_IDS[1]), listed=listed)
    assert status == folded(*PROMPTED, half, query("0", 30)).status


def test_an_attempt_ended_when_its_success_was_first_proven() -> None:
    """Queries that say the same later change nothing."""
    state = folded(*PROMPTED, callback("0", 12, "paid"), query("0", 30), query("0", 45))
    assert T0_MS + 12_000 == state.attempts[0].ended_at_ms


def test_what_a_query_had_to_confirm_is_known_since_the_query() -> None:
    """Which is asked at 30 s and answered a second later: what somebody said at 12 s was not believed before."""
    state = folded(*PROMPTED, callback("1032", 12, "stranger", listed=False), query("1032", 30))
    assert T0_MS + 31_000 == state.attempts[0].ended_at_ms


def test_a_no_of_a_query_after_a_lone_yes_is_believed_again() -> None:
    state = folded(*PROMPTED, query("0", 30), query("1032", 45))
    assert "failed" == state.status


def test_not_sent_says_why_and_from_when() -> None:
    (attempt,) = folded(begun(), told("not_sent", 3, n=1, cause="phone_busy")).attempts
    assert ("refused", "phone_busy", None) == (attempt.status, *_failure(attempt))


def _failure(attempt: Any) -> tuple[Any, Any]:
    return attempt.failure.code, attempt.failure.mpesa_code
