"""Why a payment did not happen, in our words: one row per failure code of the API.

Safaricom's result code → meaning (`daraja.result_codes`) → the row here → the sentences in `gateway.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daraja.result_codes import Finality, Meaning, find


class Who(StrEnum):
    """Who can mend it."""

    PAYER = "payer"
    SHOP = "shop"
    MPESA = "mpesa"


class Way(StrEnum):
    """What the payer does next."""

    AGAIN = "again"
    OTHER_NUMBER = "other_number"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Reason:
    """code: stable for ever. retry_after_s: wait before the same phone is tried again. alert: the shop must act."""

    code: str
    who: Who
    way: Way
    retry_after_s: int = 0
    alert: bool = False


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("insufficient_funds", Who.PAYER, Way.AGAIN),
        Reason("below_minimum", Who.SHOP, Way.SHOP),
        Reason("above_maximum", Who.SHOP, Way.SHOP),
        Reason("limit_reached", Who.PAYER, Way.OTHER_NUMBER),
        Reason("shop_account_full", Who.SHOP, Way.SHOP, alert=True),
        Reason("same_payment_too_soon", Who.PAYER, Way.AGAIN, retry_after_s=120),
        Reason("system_busy", Who.MPESA, Way.AGAIN, retry_after_s=30),
        Reason("phone_busy", Who.PAYER, Way.AGAIN, retry_after_s=120),
        Reason("too_many_prompts", Who.PAYER, Way.AGAIN, retry_after_s=600),
        Reason("prompt_expired", Who.PAYER, Way.AGAIN),
        Reason("prompt_not_sent", Who.MPESA, Way.AGAIN, retry_after_s=30),
        Reason("cancelled_or_timed_out", Who.PAYER, Way.AGAIN),
        Reason("no_answer", Who.PAYER, Way.AGAIN),
        Reason("wrong_pin", Who.PAYER, Way.AGAIN),
        Reason("shop_setup", Who.SHOP, Way.SHOP, alert=True),
        Reason("account_not_active", Who.PAYER, Way.OTHER_NUMBER),
        Reason("pin_locked", Who.PAYER, Way.OTHER_NUMBER),
        Reason("phone_not_on_mpesa", Who.PAYER, Way.OTHER_NUMBER),
        Reason("mpesa_unavailable", Who.MPESA, Way.AGAIN, retry_after_s=60),
        Reason("mpesa_declined", Who.MPESA, Way.AGAIN),
        Reason("not_paid", Who.PAYER, Way.AGAIN),
    )
}

_BY_MEANING: dict[Meaning, str] = {
    Meaning.INSUFFICIENT_FUNDS: "insufficient_funds",
    Meaning.BELOW_MINIMUM: "below_minimum",
    Meaning.ABOVE_MAXIMUM: "above_maximum",
    Meaning.LIMIT_REACHED: "limit_reached",
    Meaning.SHOP_ACCOUNT_FULL: "shop_account_full",
    Meaning.SAME_PAYMENT_TOO_SOON: "same_payment_too_soon",
    Meaning.SYSTEM_BUSY: "system_busy",
    Meaning.PHONE_BUSY: "phone_busy",
    Meaning.PROMPT_EXPIRED: "prompt_expired",
    Meaning.PROMPT_NOT_SENT: "prompt_not_sent",
    Meaning.CANCELLED_OR_TIMED_OUT: "cancelled_or_timed_out",
    Meaning.NO_ANSWER: "no_answer",
    Meaning.WRONG_PIN: "wrong_pin",
    Meaning.SHOP_SETUP: "shop_setup",
    Meaning.ACCOUNT_NOT_ACTIVE: "account_not_active",
    Meaning.PIN_LOCKED: "pin_locked",
}

DECLINED = "mpesa_declined"
"""For a code on no list, once two sources agree on it."""


def failure_code(result_code: str) -> str:
    """The API's failure code for Safaricom's STK result code."""
    row = find("stk", result_code)
    return _BY_MEANING.get(row.meaning, DECLINED) if row else DECLINED


def finality(result_code: str) -> Finality | None:
    """What an STK result code proves. None: on no list, which means ask and never means failed."""
    row = find("stk", result_code)
    return row.finality if row else None
