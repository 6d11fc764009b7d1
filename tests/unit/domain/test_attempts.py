"""Whether, with which number, over how much and from when a payment may be tried again."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.attempts import Hindrance, Permission, next_attempt_at_ms, permission
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentState
from gateway.domain.policy import DAY_MS, MINUTE_MS, Policy
from tests import gateway_samples as sample
from tests.laws.deliveries import PHONE, R1, T0_MS, accepted, begun, callback, fact_of, money, told

POLICY = Policy()
LATER_MS = T0_MS + 10 * MINUTE_MS
CANCELLED = [begun(), accepted(), callback("1032", 20, "cancelled by the payer")]
UNRESOLVED = [begun(), accepted(), told("timer", 900, deadline="answer", n=1)]


def state(*deliveries: dict[str, Any]) -> PaymentState:
    record = sample.record(1, [fact_of(d) for d in deliveries])
    return state_of(record.asked, record.facts)


def may(*deliveries: dict[str, Any], at_ms: int = LATER_MS, phone: str = PHONE, policy: Policy = POLICY) -> Permission:
    return permission(state(*deliveries), 100, phone, at_ms, policy, closes_at_ms=T0_MS + DAY_MS)


def test_a_new_payment_may_be_tried_over_its_whole_amount() -> None:
    assert Permission(1, 100) == may()


def test_a_part_that_came_is_not_asked_for_again() -> None:
    assert Permission(1, 60) == may(money(R1, 10, "typed", amount=40))


@pytest.mark.parametrize(
    ("deliveries", "hindrance"),
    [
        ([begun()], Hindrance.PROMPT_LIVE),
        ([begun(), accepted()], Hindrance.PROMPT_LIVE),
        ([begun(), told("lost", 16, n=1)], Hindrance.PROMPT_LIVE),
        (UNRESOLVED, Hindrance.NOT_KNOWN),
        ([begun(), accepted(), callback("0", 12, "paid")], Hindrance.ALREADY_PAID),
        ([told("cancelled", 5)], Hindrance.PAYMENT_CANCELLED),
        ([told("timer", 5, deadline="expiry", n=0)], Hindrance.PAYMENT_EXPIRED),
        (
            [money(R1, 10, "typed"), told("returned", 99, receipt=R1, under="REV1", amount=100, external=True)],
            Hindrance.ALREADY_FINAL,
        ),
    ],
)
def test_what_stands_in_the_way_is_named(deliveries: list[dict[str, Any]], hindrance: Hindrance) -> None:
    assert hindrance is may(*deliveries).hindrance


def test_after_its_time_a_payment_is_not_tried_even_before_the_sweep_has_closed_it() -> None:
    assert Hindrance.PAYMENT_EXPIRED is may(at_ms=T0_MS + DAY_MS).hindrance


def test_an_unresolved_attempt_frees_the_way_when_the_payer_says_that_it_took_nothing() -> None:
    assert Permission(2, 100) == may(*UNRESOLVED, told("not_charged", 1_000, n=1), at_ms=T0_MS + 1_000_000)


def test_an_attempt_that_brought_a_part_does_not_hold_the_rest_back() -> None:
    """Its money is here; of the other one the payer says that it took nothing."""
    part = [begun(amount=60), accepted(), callback("0", 12, "paid", amount=60)]
    rest = [begun(2, 200, amount=40), told("timer", 1_200, deadline="answer", n=2), told("not_charged", 1_300, n=2)]
    assert Permission(3, 40) == may(*part, *rest, at_ms=T0_MS + 2_000_000)


def test_a_succeeded_attempt_without_its_credit_is_for_a_person() -> None:
    """Its receipt is another payment's: what the payer says does not help."""
    contested = [begun(), accepted(), callback("0", 12, "paid"), told("taken", 12, n=1, receipt=R1)]
    assert Hindrance.NOT_KNOWN is may(*contested, told("not_charged", 1_000, n=1)).hindrance


@pytest.mark.parametrize(
    ("code", "wait_s"), [("1032", 120), ("2001", 120), ("17", 140), ("26", 120), ("1037", 203), ("1019", 120)]
)
def test_the_same_phone_waits_by_the_rules_of_mpesa_and_of_the_reason(code: str, wait_s: int) -> None:
    """Two minutes between equal amounts; after 17 two minutes from the refusal; after 1037 until the prompt is gone."""
    failed = state(begun(), accepted(), callback(code, 20, "failed"))
    assert T0_MS + wait_s * 1_000 == next_attempt_at_ms(failed, POLICY, phone=PHONE)


def test_another_phone_need_not_wait_unless_the_old_prompt_may_still_live() -> None:
    other = "254722000000"
    assert next_attempt_at_ms(state(*CANCELLED), POLICY, phone=other) is None
    lingering = state(begun(), accepted(), callback("1037", 20, "no answer"))
    assert T0_MS + 203_000 == next_attempt_at_ms(lingering, POLICY, phone=other)


@pytest.mark.parametrize(("cause", "from_s"), [("shop_setup", 1), ("mpesa_unavailable", 61)])
def test_a_prompt_that_never_left_holds_nobody_up_longer_than_its_reason(cause: str, from_s: int) -> None:
    """M-Pesa's two minutes between equal amounts count from a prompt, and there was none."""
    refused = state(begun(), told("refused", 1, n=1, cause=cause))
    assert T0_MS + from_s * 1_000 == next_attempt_at_ms(refused, POLICY, phone=PHONE)


def test_too_soon_says_from_when() -> None:
    found = may(*CANCELLED, at_ms=T0_MS + 60_000)
    assert (Hindrance.TOO_SOON, T0_MS + 120_000) == (found.hindrance, found.from_ms)


def test_a_live_prompt_says_until_when_it_may_live() -> None:
    assert T0_MS + 203_000 == may(begun(), accepted()).from_ms


def test_attempts_are_used_up_after_five() -> None:
    five = [d for n in range(1, 6) for d in (begun(n, n * 200), told("refused", n * 200 + 1, n=n, cause="shop_setup"))]
    assert Hindrance.TOO_MANY_PROMPTS is may(*five, at_ms=T0_MS + 3_000_000).hindrance


def test_a_fourth_phone_is_refused() -> None:
    policy = Policy(phones_max=1)
    assert Hindrance.TOO_MANY_PROMPTS is may(*CANCELLED, phone="254722000000", policy=policy).hindrance
    assert may(*CANCELLED, policy=policy).hindrance is None
