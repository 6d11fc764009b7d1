"""When the sweep looks at a payment, and what it does then."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.due import ASK_AFTER_S, StepKind, due_at_ms, next_check_at_ms, next_step, wants_asking
from gateway.domain.fold import state_of
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Policy
from tests import gateway_samples as sample
from tests.laws.deliveries import T0_MS, accepted, begun, callback, fact_of, money, query, told

POLICY = Policy()
PROMPTED_MS = T0_MS + 1_000


def payment(*deliveries: dict[str, Any], asks: int = 0, last_at_ms: int = 0) -> PaymentRecord:
    record = sample.record(1, [fact_of(d) for d in deliveries])
    return PaymentRecord(record.asked, record.facts, 1, asks={1: Asks(asks, last_at_ms)} if asks else {})


def step(record: PaymentRecord) -> tuple[str, int] | None:
    """(what, milliseconds after the start)."""
    found = next_step(record, state_of(record.asked, record.facts), POLICY)
    return (str(found.kind), found.at_ms - T0_MS) if found else None


def test_a_payment_without_attempt_only_expires() -> None:
    assert (StepKind.EXPIRE, DAY_MS) == step(payment())


def test_a_silent_sender_is_judged_when_its_push_can_no_longer_be_under_way() -> None:
    """Eight seconds to send, fifteen for the answer, five of slack."""
    assert (StepKind.JUDGE_SENDER, 28 * SECOND_MS) == step(payment(begun()))


@pytest.mark.parametrize("asks", range(len(ASK_AFTER_S)))
def test_a_prompt_without_news_is_asked_about_by_the_schedule(asks: int) -> None:
    """25 s, 45 s, 70 s, 2 min … after the prompt."""
    last_s = (0, *ASK_AFTER_S)[asks]
    record = payment(begun(), accepted(), asks=asks, last_at_ms=PROMPTED_MS + last_s * SECOND_MS)
    assert (StepKind.ASK, 1_000 + ASK_AFTER_S[asks] * SECOND_MS) == step(record)


def test_after_the_schedule_the_deadline_comes_first_then_a_question_each_hour() -> None:
    record = payment(begun(), accepted(), asks=8, last_at_ms=T0_MS + 721_000)
    assert (StepKind.MARK_UNRESOLVED, 15 * MINUTE_MS) == step(record)
    unresolved = payment(
        begun(), accepted(), told("timer", 900, deadline="answer", n=1), asks=8, last_at_ms=T0_MS + 721_000
    )
    assert (StepKind.ASK, 15 * MINUTE_MS + HOUR_MS) == step(unresolved)


def test_asking_ends_a_day_after_the_prompt() -> None:
    """Nothing is due then: the payment stays listed as unresolved."""
    record = payment(
        begun(), accepted(), told("timer", 900, deadline="answer", n=1), asks=30, last_at_ms=PROMPTED_MS + DAY_MS
    )
    assert step(record) is None


def test_two_questions_are_never_closer_than_ten_seconds() -> None:
    record = payment(begun(), accepted(), asks=1, last_at_ms=PROMPTED_MS + 44 * SECOND_MS)
    assert (StepKind.ASK, 55 * SECOND_MS) == step(record)


DOUBTFUL = [begun(), accepted(), callback("0", 12, "unlisted", listed=False)]


def test_unconfirmed_evidence_is_asked_about_at_once_and_quickly_for_a_minute() -> None:
    """A success from another address: at once, then every ten seconds; after a minute the schedule holds again."""
    assert (StepKind.ASK, 1_000) == step(payment(*DOUBTFUL))
    assert (StepKind.ASK, 22_000) == step(payment(*DOUBTFUL, asks=1, last_at_ms=T0_MS + 12_000))
    assert (StepKind.ASK, 81_000) == step(payment(*DOUBTFUL, asks=6, last_at_ms=T0_MS + 71_000))
    assert (StepKind.ASK, 121_000) == step(payment(*DOUBTFUL, asks=7, last_at_ms=T0_MS + 81_000))


@pytest.mark.parametrize("asks", [8, 12, 60])
def test_questions_that_others_brought_about_use_up_no_schedule(asks: int) -> None:
    """A shop asked every ten seconds: the next time of the schedule still holds."""
    record = payment(begun(), accepted(), asks=asks, last_at_ms=PROMPTED_MS + 80 * SECOND_MS)
    assert (StepKind.ASK, 121_000) == step(record)


def test_doubtful_news_never_make_the_next_question_later() -> None:
    """Somebody with the tag says again and again that it failed: no quick questions any more, the schedule holds."""
    news = [callback("1032", 100 + n, f"stranger {n}", listed=False, amount=n) for n in range(50)]
    record = payment(begun(), accepted(), *news, asks=40, last_at_ms=T0_MS + 160_000)
    assert (StepKind.ASK, 181_000) == step(record)


def test_a_lone_success_that_comes_late_is_looked_at_again_within_seconds() -> None:
    """The seventh question is the first to be answered with 0: ten seconds later, and not an hour."""
    record = payment(begun(), accepted(), query("0", 481), asks=7, last_at_ms=T0_MS + 481_000)
    assert (StepKind.ASK, 491_000) == step(record)


def test_an_attempt_without_an_id_cannot_be_asked_about() -> None:
    """Its answer was lost: unresolved when the prompt can no longer live."""
    record = payment(begun(), told("lost", 16, n=1))
    state = state_of(record.asked, record.facts)
    assert not wants_asking(state.attempts[0])
    assert next_check_at_ms(record, state.attempts[0], POLICY) is None
    assert (StepKind.MARK_UNRESOLVED, (8 + 15 + 180) * SECOND_MS) == step(record)


def test_a_paid_payment_is_not_due() -> None:
    record = payment(begun(), accepted(), callback("0", 12, "paid"))
    assert due_at_ms(record, state_of(record.asked, record.facts), POLICY) is None


def test_a_prompt_beside_money_that_came_by_hand_is_still_asked_about() -> None:
    """It may be a second payment."""
    record = payment(begun(), accepted(), money("SGL31QW9XY", 10, "typed"))
    assert (StepKind.ASK, 26_000) == step(record)


def test_a_part_payment_does_not_expire() -> None:
    assert step(payment(money("SGL31QW9XY", 10, "half", amount=50))) is None


def test_a_failure_by_query_that_wants_a_second_look_is_asked_about_again() -> None:
    record = payment(begun(), accepted(), query("1037", 30), asks=1, last_at_ms=T0_MS + 30_000)
    assert (StepKind.ASK, 40_000) == step(record)
