"""What is next for money that goes out, and when. Time asks questions here; it never answers one.

`next_out_step` is what the sweep does when it meets the item; `out_due_at_ms` is the index attribute that makes the
sweep meet it. Both come from the same list of steps, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.money_out.fold import may_be_sent_again_until_ms, questions_of
from gateway.domain.money_out.outgoing import (
    OUTGOING,
    OutgoingRecord,
    OutgoingState,
    OutgoingStatus,
    Send,
)
from gateway.domain.money_out.policy import LAPSES_AFTER_MS, OutPolicy
from gateway.domain.money_out.refund import is_to_be_told
from gateway.domain.payment import Asks
from gateway.domain.policy import HOUR_MS, MINUTE_MS, SECOND_MS

ASK_AFTER_S = (30, 120, 400, 1_100)
"""Seconds after a send whose outcome is open at which M-Pesa is asked about it; what was accepted waits for the second.

The last lies more than ten minutes behind the others: so long M-Pesa must not know a transfer to be sent it again.
"""

ASKS_APART_MS = 20 * SECOND_MS
"""Never ask about one send more often than this: each question is answered later, to an address."""

QUICK_ASKS_MAX = 10
"""Questions brought about by doubtful news, whatever is delivered to its address."""

SENDER_IS_DEAD_MS = 5 * SECOND_MS
"""Slack after the longest send, before the sweep takes a silent sender for dead."""

LATE_ASKS_APART_MS = 6 * HOUR_MS
SENDS_MAX = 90
"""Sends of one payout, so that its item stays small and its number fits an address. What is left lapses."""

HELD_FOR_MS = (MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS)
"""Pauses between looks at what waits for a limit, a float, a credential or M-Pesa."""


class OutStepKind(StrEnum):
    """What the sweep may have to do."""

    SEND = "send"
    LAPSE = "lapse"
    JUDGE_SENDER = "judge_sender"
    ASK = "ask"
    MARK_UNRESOLVED = "mark_unresolved"
    CLOSE_LIMITS = "close_limits"
    TELL_PAYMENT = "tell_payment"


CALLS_M_PESA = frozenset({OutStepKind.SEND, OutStepKind.ASK})
"""Steps that may take long. The sweep leaves them to a run of their own, so that no payer waits for them."""


@dataclass(frozen=True, slots=True)
class OutStep:
    """Do `kind` from `at_ms` on, for send `number` (for a lapse: the round)."""

    at_ms: int
    kind: OutStepKind
    number: int


def next_out_step(record: OutgoingRecord, state: OutgoingState, policy: OutPolicy) -> OutStep | None:
    """The earliest thing to do, or None when nothing is left to do."""
    return min(_all_steps(record, state, policy), key=lambda step: (step.at_ms, step.kind), default=None)


def due_out_step(record: OutgoingRecord, state: OutgoingState, policy: OutPolicy, now_ms: int) -> OutStep | None:
    """What to do now, if anything: whose time is up, before what would be done once more."""
    due = [step for step in _all_steps(record, state, policy) if step.at_ms <= now_ms]
    return min(due, key=lambda step: (step.kind in CALLS_M_PESA, step.at_ms, step.kind), default=None)


def out_due_at_ms(record: OutgoingRecord, state: OutgoingState, policy: OutPolicy) -> int | None:
    """When the sweep must look at it; None takes it out of the index."""
    step = next_out_step(record, state, policy)
    return step.at_ms if step else None


def held_until_ms(times: int, now_ms: int) -> int:
    """When what is held is looked at again; times: how often it was before."""
    return now_ms + HELD_FOR_MS[min(times, len(HELD_FOR_MS) - 1)]


def lapses_at_ms(record: OutgoingRecord, state: OutgoingState) -> int | None:
    """When the round that waits for its approval, or for its turn, is over; None: nothing waits.

    A later round has its own time. What may have gone is handed over again only while M-Pesa surely knows a repetition.
    """
    if not state.terms and not state.approved_terms:
        return None
    if not OUTGOING[state.status].waits:
        return may_be_sent_again_until_ms(record)
    last_ms = max((send.begun_at_ms for send in state.attempts), default=0)
    return record.asked.lapses_at_ms if state.round == 1 else last_ms + LAPSES_AFTER_MS


def _all_steps(record: OutgoingRecord, state: OutgoingState, policy: OutPolicy) -> list[OutStep]:
    steps = [*_waiting_steps(record, state), *_send_steps(record, state, policy)]
    if record.has_open_limits(state.status):
        steps.append(OutStep(record.updated_at_ms, OutStepKind.CLOSE_LIMITS, 0))
    if is_to_be_told(record, state):
        steps.append(OutStep(record.updated_at_ms, OutStepKind.TELL_PAYMENT, 0))
    return steps


def _waiting_steps(record: OutgoingRecord, state: OutgoingState) -> list[OutStep]:
    """What may be sent is sent; whatever waits too long for that, or for an approval, lapses."""
    ends_ms = lapses_at_ms(record, state)
    if ends_ms is None:
        return []
    steps = [OutStep(ends_ms, OutStepKind.LAPSE, state.round)]
    if state.may_be_sent and len(state.attempts) < SENDS_MAX:
        steps.append(OutStep(max(record.held_until_ms, record.updated_at_ms), OutStepKind.SEND, 0))
    return steps


def _send_steps(record: OutgoingRecord, state: OutgoingState, policy: OutPolicy) -> list[OutStep]:
    steps = []
    for number, (is_open, is_doubtful) in questions_of(record).items():
        send = next(one for one in state.attempts if one.number == number)
        if send.status is OutgoingStatus.SENDING:
            steps.append(OutStep(sender_dead_at_ms(send, policy), OutStepKind.JUDGE_SENDER, number))
        if send.status in (OutgoingStatus.SENDING, OutgoingStatus.ACCEPTED, OutgoingStatus.UNKNOWN):
            deadline_ms = send.begun_at_ms + policy.answer_deadline_ms
            steps.append(OutStep(deadline_ms, OutStepKind.MARK_UNRESOLVED, number))
        if is_open and send.status is not OutgoingStatus.SENDING and _can_be_settled(send, state):
            steps += _ask(send, record.asks.get(number, Asks(0, 0)), policy, is_doubtful=is_doubtful)
    return steps


def _can_be_settled(send: Send, state: OutgoingState) -> bool:
    """Once the refund went the other way, M-Pesa's word on the payment says nothing of the reversal before it."""
    return state.status is not OutgoingStatus.SUCCEEDED or not send.is_asked_about_by_receipt


def sender_dead_at_ms(send: Send, policy: OutPolicy) -> int:
    """When nobody can be handing this send over any more."""
    return send.send_before_ms + policy.answer_ms_max + SENDER_IS_DEAD_MS


def _ask(send: Send, asks: Asks, policy: OutPolicy, *, is_doubtful: bool) -> list[OutStep]:
    """The next question: by the schedule, then hourly for a day, then every six hours; soon after doubtful news.

    What M-Pesa says it does not know is asked about every six hours at once: a result would come by itself.
    """
    start_ms = send.send_before_ms
    quick = is_doubtful and asks.count < QUICK_ASKS_MAX
    at_ms = start_ms if quick else _scheduled_ms(start_ms, send, asks, policy)
    at_ms = max(at_ms, asks.last_at_ms + ASKS_APART_MS)
    return [OutStep(at_ms, OutStepKind.ASK, send.number)] if at_ms <= start_ms + policy.ask_for_ms else []


def _scheduled_ms(start_ms: int, send: Send, asks: Asks, policy: OutPolicy) -> int:
    """The next time of the schedule after the last question."""
    first = 1 if send.status is OutgoingStatus.ACCEPTED else 0
    times = (start_ms + after_s * SECOND_MS for after_s in ASK_AFTER_S[first:])
    last_ms = max(asks.last_at_ms, start_ms)
    soon = last_ms < start_ms + policy.ask_hourly_ms and send.not_found_since_ms is None
    apart_ms = HOUR_MS if soon else LATE_ASKS_APART_MS
    return next((at_ms for at_ms in times if at_ms > asks.last_at_ms), last_ms + apart_ms)
