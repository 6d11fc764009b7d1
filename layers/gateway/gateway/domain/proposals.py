"""Which payments unmatched money may be meant for, each with its reasons. A proposal moves no money: a person decides.

Pure: the payments are those that somebody looked up, the keys of their phones were made outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import HOUR_MS, MINUTE_MS
from gateway.domain.references import same_reference
from gateway.domain.slips import is_one_slip
from gateway.domain.statuses import PaymentStatus

SHORTLY_BEFORE_MS = 2 * HOUR_MS
AFTER_MS = 10 * MINUTE_MS
"""Money may be typed before its payment is made, by so much."""

PROPOSED_MAX = 3


class Reason(StrEnum):
    """Why a payment is proposed. The values are shown to people and are part of the API."""

    SAME_REFERENCE = "same account reference"
    REFERENCE_SLIP = "account reference differs by one slip"
    SAME_AMOUNT = "same amount"
    SAME_PHONE = "same phone"
    SAME_PHONE_ENDING = "phone ends with the same digits"
    SHORTLY_BEFORE = "asked for within two hours"


WEIGHTS: Mapping[Reason, int] = {
    Reason.SAME_REFERENCE: 50,
    Reason.REFERENCE_SLIP: 45,
    Reason.SAME_AMOUNT: 25,
    Reason.SAME_PHONE: 30,
    Reason.SAME_PHONE_ENDING: 10,
    Reason.SHORTLY_BEFORE: 10,
}
SCORE_MAX = 99
"""A proposal is never certain: what is certain is matched."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A payment that the money may be meant for. score: 1 to 99."""

    payment_id: str
    score: int
    why: tuple[Reason, ...]


Candidate = tuple[PaymentRecord, PaymentState]


def proposals(
    money: MoneyReceived, candidates: Iterable[Candidate], payer_keys: Mapping[str, str]
) -> tuple[Proposal, ...]:
    """The likeliest payments, best first. payer_keys: keyed hash of each phone of the candidates."""
    found = {}
    for record, state in candidates:
        why = _why(money, record, state, payer_keys)
        if _is_enough(why):
            score = min(sum(WEIGHTS[reason] for reason in why), SCORE_MAX)
            found[record.id] = Proposal(record.id, score, why)
    return tuple(sorted(found.values(), key=lambda one: (-one.score, one.payment_id))[:PROPOSED_MAX])


def _is_enough(why: tuple[Reason, ...]) -> bool:
    """A reference that is nearly right; or the sum, the phone and the time together."""
    if {Reason.SAME_REFERENCE, Reason.REFERENCE_SLIP} & set(why):
        return True
    by_phone = {Reason.SAME_PHONE, Reason.SAME_PHONE_ENDING} & set(why)
    return bool(by_phone) and {Reason.SAME_AMOUNT, Reason.SHORTLY_BEFORE} <= set(why)


def _why(
    money: MoneyReceived, record: PaymentRecord, state: PaymentState, payer_keys: Mapping[str, str]
) -> tuple[Reason, ...]:
    """Every reason that speaks for this payment; none where it takes no money any more."""
    asked = record.asked
    at_ms = money.completed_at_ms or money.learned_at_ms
    rest_kes = asked.amount_kes - state.received_kes
    elsewhere = money.shortcode not in (asked.shortcode, asked.store_number)
    returned = state.status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED)
    if elsewhere or returned or rest_kes <= 0 or asked.created_at_ms > at_ms + AFTER_MS:
        return ()
    phones = {attempt.phone for attempt in state.attempts}
    typed = money.reference.strip()
    same_phone = bool(money.payer_key) and any(payer_keys.get(phone) == money.payer_key for phone in phones)
    ending = bool(money.phone_ending) and any(phone.endswith(money.phone_ending) for phone in phones)
    last_asked_ms = max([asked.created_at_ms, *(attempt.begun_at_ms for attempt in state.attempts)])
    holds = {
        Reason.SAME_REFERENCE: bool(typed) and same_reference(typed, asked.account_reference),
        Reason.REFERENCE_SLIP: bool(typed) and is_one_slip(typed, asked.account_reference),
        Reason.SAME_AMOUNT: money.amount_kes == rest_kes,
        Reason.SAME_PHONE: same_phone,
        Reason.SAME_PHONE_ENDING: ending and not same_phone,
        Reason.SHORTLY_BEFORE: last_asked_ms >= at_ms - SHORTLY_BEFORE_MS,
    }
    return tuple(reason for reason, true in holds.items() if true)
