"""Whether a payment may be tried again, with which number, and from when.

A function of what is known and of the time; never a status.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.payment import Attempt, PaymentState
from gateway.domain.policy import Policy
from gateway.domain.reasons import REASONS
from gateway.domain.statuses import ATTEMPT, PAYMENT, AttemptStatus, PaymentStatus

PROMPT_MAY_STILL_LIVE = frozenset({"1036", "1037", "9999"})
"""After these codes the old prompt may still come up: nobody is prompted again before it is certainly gone."""


class Hindrance(StrEnum):
    """Why no new attempt may begin now. The values are error codes of the API."""

    PROMPT_LIVE = "prompt_live"
    ALREADY_PAID = "already_paid"
    ALREADY_FINAL = "already_final"
    PAYMENT_CANCELLED = "payment_cancelled"
    PAYMENT_EXPIRED = "payment_expired"
    TOO_MANY_PROMPTS = "too_many_prompts"
    TOO_SOON = "too_soon"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Permission:
    """hindrance None: go on with attempt `number` over `amount_kes`. Else from_ms says when to ask again, if ever."""

    number: int
    amount_kes: int
    hindrance: Hindrance | None = None
    from_ms: int | None = None


def permission(
    state: PaymentState, amount_kes: int, phone: str, now_ms: int, policy: Policy, *, closes_at_ms: int
) -> Permission:
    """Whether a new attempt to this phone may begin now.

    amount_kes: of the payment; the attempt collects what is missing of it.
    """
    number = len(state.attempts) + 1
    rest_kes = amount_kes - state.received_kes
    hindrance = _hindrance(state, phone, policy)
    if hindrance is None and now_ms >= closes_at_ms:
        hindrance = Hindrance.PAYMENT_EXPIRED
    if hindrance is not None:
        return Permission(number, rest_kes, hindrance, _live_until_ms(state, policy, hindrance))
    from_ms = next_attempt_at_ms(state, policy, phone=phone)
    if from_ms is not None and from_ms > now_ms:
        return Permission(number, rest_kes, Hindrance.TOO_SOON, from_ms)
    return Permission(number, rest_kes)


def _hindrance(state: PaymentState, phone: str, policy: Policy) -> Hindrance | None:
    if not PAYMENT[state.status].takes_attempts:
        return _CLOSED.get(state.status, Hindrance.ALREADY_PAID)
    if state.status is PaymentStatus.UNRESOLVED and not _all_said_not_charged(state):
        return Hindrance.NOT_KNOWN
    phones = {attempt.phone for attempt in state.attempts} | {phone}
    if len(state.attempts) >= policy.attempts_max or len(phones) > policy.phones_max:
        return Hindrance.TOO_MANY_PROMPTS
    return None


def _all_said_not_charged(state: PaymentState) -> bool:
    """The payer says so of each attempt that nobody knows about, and none of the others took money unseen."""
    credited = {credit.attempt for credit in state.credits}
    contested = [
        attempt
        for attempt in state.attempts
        if attempt.status is AttemptStatus.SUCCEEDED and attempt.number not in credited
    ]
    unresolved = [attempt for attempt in state.attempts if attempt.status is AttemptStatus.UNRESOLVED]
    return not contested and all(attempt.not_charged for attempt in unresolved)


_CLOSED: dict[PaymentStatus, Hindrance] = {
    PaymentStatus.PENDING: Hindrance.PROMPT_LIVE,
    PaymentStatus.CANCELLED: Hindrance.PAYMENT_CANCELLED,
    PaymentStatus.EXPIRED: Hindrance.PAYMENT_EXPIRED,
    PaymentStatus.REFUNDED: Hindrance.ALREADY_FINAL,
    PaymentStatus.PARTIALLY_REFUNDED: Hindrance.ALREADY_FINAL,
}


def next_attempt_at_ms(state: PaymentState, policy: Policy, *, phone: str | None = None) -> int | None:
    """From when the payment may be tried again; None where that is no question of time.

    phone: the number to be prompted; None means the last one. Pauses that concern one phone (M-Pesa's two minutes
    between equal amounts, a busy phone) do not hold another number back; a prompt that may still live does.
    """
    if not PAYMENT[state.status].takes_attempts or not state.attempts:
        return None
    same_phone = [attempt for attempt in state.attempts if phone is None or attempt.phone == phone]
    times = [_gone_at_ms(attempt, policy) for attempt in state.attempts]
    times += [_pause_ends_at_ms(attempt, policy) for attempt in same_phone]
    return max(times) or None


def guard_ends_at_ms(attempt: Attempt, policy: Policy) -> int:
    """From when this attempt's prompt certainly no longer lives on the phone."""
    return attempt.send_before_ms + policy.guard_ms


def _gone_at_ms(attempt: Attempt, policy: Policy) -> int:
    """0, unless the failed attempt's prompt may still be alive."""
    return guard_ends_at_ms(attempt, policy) if prompt_may_still_live(attempt) else 0


def prompt_may_still_live(attempt: Attempt) -> bool:
    """Of an attempt that has ended: whether its prompt may still come up on the phone.

    So after some codes, and where Safaricom itself has said none of the others.
    """
    code = attempt.failure.mpesa_code if attempt.failure else None
    return code in PROMPT_MAY_STILL_LIVE or not attempt.prompt_gone


def _pause_ends_at_ms(attempt: Attempt, policy: Policy) -> int:
    """When this phone may be prompted again after this attempt."""
    if not attempt.failure or attempt.ended_at_ms is None:
        return 0
    reason = REASONS.get(attempt.failure.code)
    by_reason_ms = attempt.ended_at_ms + (reason.retry_after_s if reason else 0) * 1_000
    if attempt.status is AttemptStatus.REFUSED:
        return max(attempt.retry_at_ms, by_reason_ms if not attempt.retry_at_ms else 0)
    return max(by_reason_ms, attempt.begun_at_ms + policy.equal_amount_pause_ms)


def _live_until_ms(state: PaymentState, policy: Policy, hindrance: Hindrance) -> int | None:
    if hindrance is not Hindrance.PROMPT_LIVE:
        return None
    live = [attempt for attempt in state.attempts if ATTEMPT[attempt.status].live]
    return max((guard_ends_at_ms(attempt, policy) for attempt in live), default=None)
