"""Whether money by hand may be typed for a payment: yes, unless a payer could mend what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.fold import state_of
from gateway.domain.validation import Rejection, ValidationPolicy, policy_named, rejection_of
from tests import gateway_samples as sample
from tests.laws.deliveries import R2, accepted, begun, callback, fact_of, money, told

PAID = (begun(), accepted(), callback("0", 12, "paid"))
EXPIRED = told("timer", 86_400, deadline="expiry", n=0)
CASES: dict[str, tuple[tuple[dict[str, Any], ...], int | None, Rejection | None]] = {
    "what is asked": ((), 100, None),
    "too little": ((), 99, Rejection.AMOUNT),
    "too much": ((), 101, Rejection.AMOUNT),
    "cents": ((), None, Rejection.AMOUNT),
    "the rest": ((money(R2, 20, "a part", amount=40),), 60, None),
    "all of it where a part came": ((money(R2, 20, "a part", amount=40),), 100, Rejection.AMOUNT),
    "paid already": (PAID, 100, Rejection.ACCOUNT),
    "cancelled": ((told("cancelled", 5),), 100, Rejection.ACCOUNT),
    "expired": ((EXPIRED,), 100, Rejection.ACCOUNT),
    "expired, the prompt still lives": ((begun(), accepted(), EXPIRED), 100, None),
    "a prompt over a part lives": ((begun(amount=40), accepted()), 40, None),
    "the prompt failed": ((begun(), told("refused", 2, n=1, cause="shop_setup")), 100, None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_has_its_cause(case: str) -> None:
    known, amount, rejection = CASES[case]
    record = sample.record(1, [fact_of(one) for one in known])
    assert rejection == rejection_of(record, state_of(record.asked, record.facts), amount)


def test_a_word_that_is_no_policy_turns_nobody_away() -> None:
    assert [*ValidationPolicy, ValidationPolicy.ACCEPT] == [policy_named(one) for one in (*ValidationPolicy, "Exactly")]
