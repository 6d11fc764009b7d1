"""What is next for a payment, and when. Time asks questions here; it never answers one.

`next_step` is what the sweep does when it meets the payment; `due_at_ms` is the index attribute that makes the sweep
meet it. Both come from the same list of steps, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.attempts import guard_ends_at_ms
from gateway.domain.claims import next_look_ms
from gateway.domain.payment import Asks, Attempt, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS, HOUR_MS, SECOND_MS, Policy
from gateway.domain.refunds import refund_look_ms
from gateway.domain.statuses import ATTEMPT, PAYMENT, AttemptStatus
from gateway.domain.telling import telling_look_ms

ASK_AFTER_S = (25, 45, 70, 120, 180, 300, 480, 720)
"""Seconds after the prompt at which an attempt without news is asked about."""

ASKS_APART_MS = 10 * SECOND_MS
"""Never ask about one attempt more often than this."""

QUICK_FOR_MS = 60 * SECOND_MS
"""So long after unconfirmed evidence came, or spoke last, it is asked about every ten seconds."""

QUICK_ASKS_MAX = 40
"""An attempt that was asked about so often has no more quick questions, whatever is delivered to its address."""

CONFIRM_FOR_MS = 7 * DAY_MS
"""So long after the prompt, evidence that came from a doubtful source is still asked about, each hour."""

SENDER_IS_DEAD_MS = 5 * SECOND_MS
"""Slack after `send_before` and the longest push, before the sweep judges a silent sender."""


class StepKind(StrEnum):
    """What the sweep may have to do."""

    ASK = "ask"
    JUDGE_SENDER = "judge_sender"
    MARK_UNRESOLVED = "mark_unresolved"
    EXPIRE = "expire"
    LOOK_FOR_CLAIM = "look_for_claim"
    LOOK_AFTER_REFUNDS = "look_after_refunds"
    SEE_IT_TOLD = "see_it_told"


@dataclass(frozen=True, slots=True)
class Step:
    """Do `kind` from `at_ms` on, for attempt `number` (0: the payment)."""

    at_ms: int
    kind: StepKind
    number: int


def next_step(record: PaymentRecord, state: PaymentState, policy: Policy) -> Step | None:
    """The earliest thing to do for this payment, or None when nothing is left to do."""
    return min(_all_steps(record, state, policy), key=_order, default=None)


def next_deadline(record: PaymentRecord, state: PaymentState, policy: Policy) -> Step | None:
    """The earliest thing to do for which nobody need be asked, for when nobody can be."""
    steps = (step for step in _all_steps(record, state, policy) if step.kind is not StepKind.ASK)
    return min(steps, key=_order, default=None)


def due_at_ms(record: PaymentRecord, state: PaymentState, policy: Policy) -> int | None:
    """When the sweep must look at this payment; None takes it out of the index."""
    step = next_step(record, state, policy)
    return step.at_ms if step else None


def next_check_at_ms(record: PaymentRecord, attempt: Attempt, policy: Policy) -> int | None:
    """When M-Pesa is asked about this attempt next, for the payer to read."""
    step = _ask(attempt, record.asks.get(attempt.number, Asks(0, 0)), policy)
    return step.at_ms if step else None


def deadline_ms(attempt: Attempt, policy: Policy) -> int:
    """Nobody answered by then: `unresolved`. Not before the prompt is certainly gone.

    An attempt without an id cannot be asked about, so nothing is gained by waiting longer than its prompt can live.
    """
    gone_ms = guard_ends_at_ms(attempt, policy)
    if attempt.status is AttemptStatus.UNKNOWN and not attempt.ids_to_ask:
        return gone_ms
    return max(attempt.begun_at_ms + policy.answer_deadline_ms, gone_ms)


def _all_steps(record: PaymentRecord, state: PaymentState, policy: Policy) -> list[Step]:
    steps = [step for attempt in state.attempts for step in _steps(attempt, record, policy)]
    if PAYMENT[state.status].may_close and not state.received_kes:
        steps.append(Step(record.asked.expires_at_ms, StepKind.EXPIRE, 0))
    look_ms = next_look_ms(record, state)
    if look_ms is not None:
        steps.append(Step(look_ms, StepKind.LOOK_FOR_CLAIM, 0))
    refunds_ms = refund_look_ms(record, state)
    if refunds_ms is not None:
        steps.append(Step(refunds_ms, StepKind.LOOK_AFTER_REFUNDS, 0))
    telling_ms = telling_look_ms(record)
    if telling_ms is not None:
        steps.append(Step(telling_ms, StepKind.SEE_IT_TOLD, 0))
    return steps


def _order(step: Step) -> tuple[int, StepKind]:
    return step.at_ms, step.kind


def _steps(attempt: Attempt, record: PaymentRecord, policy: Policy) -> list[Step]:
    steps = []
    if attempt.status is AttemptStatus.SENDING:
        steps.append(Step(_sender_dead_at_ms(attempt, policy), StepKind.JUDGE_SENDER, attempt.number))
    if ATTEMPT[attempt.status].live:
        steps.append(Step(deadline_ms(attempt, policy), StepKind.MARK_UNRESOLVED, attempt.number))
    if wants_asking(attempt):
        ask = _ask(attempt, record.asks.get(attempt.number, Asks(0, 0)), policy)
        steps += [ask] if ask else []
    return steps


def wants_asking(attempt: Attempt) -> bool:
    """Whether M-Pesa can tell us something new about this attempt.

    A prompt beside money that came otherwise is still asked about, also when that money was sent back: it may be a
    second payment.
    """
    if not attempt.ids_to_ask:
        return False
    return ATTEMPT[attempt.status].live or attempt.status is AttemptStatus.UNRESOLVED or attempt.unconfirmed


def _ask(attempt: Attempt, asks: Asks, policy: Policy) -> Step | None:
    """The next question: by the schedule, then hourly for a day; quick while evidence is fresh and unconfirmed."""
    if not attempt.ids_to_ask:
        return None
    start_ms = attempt.prompted_at_ms or attempt.send_before_ms
    at_ms = start_ms if _wants_a_quick_look(attempt, asks) else _scheduled_ms(start_ms, attempt, asks, policy)
    at_ms = max(at_ms, asks.last_at_ms + ASKS_APART_MS)
    over_ms = start_ms + (CONFIRM_FOR_MS if attempt.unconfirmed else policy.ask_on_ms)
    return Step(at_ms, StepKind.ASK, attempt.number) if at_ms <= over_ms else None


def _wants_a_quick_look(attempt: Attempt, asks: Asks) -> bool:
    since_ms = attempt.unconfirmed_since_ms
    return since_ms is not None and asks.count < QUICK_ASKS_MAX and asks.last_at_ms < since_ms + QUICK_FOR_MS


def _scheduled_ms(start_ms: int, attempt: Attempt, asks: Asks, policy: Policy) -> int:
    """The next time of the schedule after the last question.

    By time and not by the number of questions: those that a payer's page, a shop or doubtful news brought about must
    not use up the schedule.
    """
    times = (start_ms + after_s * SECOND_MS for after_s in ASK_AFTER_S)
    hourly_ms = max(asks.last_at_ms, deadline_ms(attempt, policy)) + HOUR_MS
    return next((at_ms for at_ms in times if at_ms > asks.last_at_ms), hourly_ms)


def _sender_dead_at_ms(attempt: Attempt, policy: Policy) -> int:
    return attempt.send_before_ms + policy.push_answer_ms_max + SENDER_IS_DEAD_MS
