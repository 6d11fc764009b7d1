"""Whether M-PESA may take money that somebody is typing: by policy, and yes wherever there is a doubt.

A refusal turns a payer away, so it needs a reason that the payer can mend. Safaricom's codes: C2B00011 invalid MSISDN,
C2B00012 invalid account number, C2B00013 invalid amount, C2B00014 invalid KYC details, C2B00015 invalid shortcode,
C2B00016 other. The code chosen decides which message the payer gets.
Source: developer.safaricom.co.ke/apis/CustomerToBusiness.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.statuses import ATTEMPT, PaymentStatus


class ValidationPolicy(StrEnum):
    """What may be turned away. The values are those of the setting C2B_VALIDATION.

    ACCEPT: nothing. EXACT: another amount than is due under a reference that is known, and what is closed. KNOWN: that,
    and every reference that no payment carries.
    """

    ACCEPT = "accept"
    EXACT = "exact"
    KNOWN = "known"


class Rejection(StrEnum):
    """Safaricom's codes, as far as we have reasons for them."""

    ACCOUNT = "C2B00012"
    AMOUNT = "C2B00013"


CLOSED = frozenset(
    {
        PaymentStatus.PAID,
        PaymentStatus.CANCELLED,
        PaymentStatus.EXPIRED,
        PaymentStatus.REFUNDED,
        PaymentStatus.PARTIALLY_REFUNDED,
    }
)


def policy_named(text: str) -> ValidationPolicy:
    """The policy of a setting; a word that is none turns nobody away."""
    return ValidationPolicy(text) if text in set(ValidationPolicy) else ValidationPolicy.ACCEPT


def rejection_of(record: PaymentRecord, state: PaymentState, amount_kes: int | None) -> Rejection | None:
    """Why this money may not be typed for the one payment that carries its reference; None: it may.

    A prompt's own money is asked about too where validation is on: what a live prompt asks for is always welcome.
    """
    if any(ATTEMPT[attempt.status].live and attempt.amount_kes == amount_kes for attempt in state.attempts):
        return None
    if state.status in CLOSED:
        return Rejection.ACCOUNT
    return None if amount_kes == record.asked.amount_kes - state.received_kes else Rejection.AMOUNT
