"""Why no attempt may begin, or no payment be cancelled, as errors of the API."""

from __future__ import annotations

from gateway.domain.attempts import Hindrance
from gateway.web.errors import ApiError

_CODES: dict[Hindrance, str] = {
    Hindrance.PROMPT_LIVE: "prompt_live",
    Hindrance.ALREADY_PAID: "already_paid",
    Hindrance.ALREADY_FINAL: "already_final",
    Hindrance.PAYMENT_CANCELLED: "payment_cancelled",
    Hindrance.PAYMENT_EXPIRED: "payment_expired",
    Hindrance.TOO_MANY_PROMPTS: "too_many_prompts",
    Hindrance.TOO_SOON: "too_many_prompts",
    Hindrance.NOT_KNOWN: "attempt_unresolved",
}

_DETAILS: dict[Hindrance, str] = {
    Hindrance.PROMPT_LIVE: "A prompt may still be on the phone, and it cannot be called back. Nothing was sent.",
    Hindrance.ALREADY_PAID: "The payment is paid. Nothing was sent.",
    Hindrance.ALREADY_FINAL: "The payment has received or returned money and can no longer change in this way.",
    Hindrance.PAYMENT_CANCELLED: "The payment was cancelled. Nothing was sent.",
    Hindrance.PAYMENT_EXPIRED: "The payment has expired. Nothing was sent.",
    Hindrance.TOO_MANY_PROMPTS: "The attempts of this payment are used up. Nothing was sent.",
    Hindrance.TOO_SOON: "It is too soon for another prompt to this phone. Nothing was sent.",
    Hindrance.NOT_KNOWN: "It is not known whether the last attempt took money. If the payer says that it did not, "
    'send "not_charged": true.',
}

_TOO_MANY_FOR_NOW = "This phone got as many prompts as it may get for now. Nothing was sent."


def refusal(hindrance: Hindrance, from_ms: int | None, now_ms: int) -> ApiError:
    """The error for a hindrance. from_ms: when it may be over; retry_after is the time until then."""
    detail = _DETAILS[hindrance]
    if hindrance is Hindrance.TOO_MANY_PROMPTS and from_ms is not None:
        detail = _TOO_MANY_FOR_NOW
    return ApiError(_CODES[hindrance], detail, retry_after_s=_wait_s(from_ms, now_ms))


def _wait_s(from_ms: int | None, now_ms: int) -> int | None:
    return None if from_ms is None else max(1, -(-(from_ms - now_ms) // 1000))


def cannot_cancel(hindrance: Hindrance, from_ms: int | None, now_ms: int) -> ApiError:
    """The error for a payment that stays as it is. from_ms: when a live prompt is over at the latest."""
    if hindrance is Hindrance.PROMPT_LIVE:
        detail = "A prompt may be on the phone, and it cannot be called back. Wait for its end."
        return ApiError("prompt_live", detail, retry_after_s=_wait_s(from_ms, now_ms))
    if hindrance is Hindrance.ALREADY_PAID:
        return ApiError("already_paid", "The payment is paid; money goes back by a refund.")
    if hindrance is Hindrance.NOT_KNOWN:
        return ApiError("attempt_unresolved", "It is not known whether the last attempt took money.")
    return ApiError("already_final", "The payment has ended, or has received money already.")
