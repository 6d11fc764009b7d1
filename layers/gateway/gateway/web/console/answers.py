"""The one answer to "has it been paid?": which plate stands on top of a payment, and the words on it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.statuses import FLAG, Flag, PaymentStatus, Shortfall, Weight


class Plate(StrEnum):
    """Edge and fill. Only what may go out is filled."""

    PAID = "paid"
    PERSON = "person"
    DOUBT = "doubt"
    NO = "no"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """plate, its word, and the sentence below: keys of the texts. moves: news may come by itself."""

    plate: Plate
    word: str
    tell: str
    moves: bool = False


_CLOSED = {
    PaymentStatus.CANCELLED: Verdict(Plate.NONE, "word_closed", "tell_cancelled"),
    PaymentStatus.EXPIRED: Verdict(Plate.NONE, "word_closed", "tell_expired"),
    PaymentStatus.REFUNDED: Verdict(Plate.NONE, "word_returned", "tell_returned"),
    PaymentStatus.PARTIALLY_REFUNDED: Verdict(Plate.NONE, "word_part_returned", "tell_part_returned"),
}


def verdict(state: PaymentState) -> Verdict:
    """What follows for who stands at the counter. Green follows `safe_to_fulfil` and nothing else."""
    if state.safe_to_fulfil:
        return Verdict(Plate.PAID, "word_paid", "tell_paid", moves=Flag.RECEIPT_PENDING in state.flags)
    if state.unsafe_because == (Shortfall.REFUND_LIVE,):
        return Verdict(Plate.PERSON, "word_ask_first", "tell_goes_back")
    if state.status is PaymentStatus.PAID:
        return Verdict(Plate.PERSON, "word_ask_first", "tell_ask_first")
    if state.status in (PaymentStatus.PENDING, PaymentStatus.UNRESOLVED):
        return Verdict(Plate.DOUBT, "word_not_known", "tell_not_known", moves=True)
    if state.status in _CLOSED:
        return _CLOSED[state.status]
    if state.received_kes:
        return Verdict(Plate.NONE, "word_part_paid", "tell_part_paid")
    if state.status is PaymentStatus.FAILED:
        return Verdict(Plate.NO, "word_not_paid", "tell_not_paid")
    return Verdict(Plate.NONE, "word_not_paid", "tell_open")


def badge(state: PaymentState) -> tuple[str, str]:
    """Look and word (a key) of the badge that stands for a payment in lists."""
    if state.safe_to_fulfil:
        return "paid", "badge_paid"
    return {
        PaymentStatus.OPEN: ("", "badge_open"),
        PaymentStatus.PENDING: ("doubt", "badge_waiting"),
        PaymentStatus.UNRESOLVED: ("doubt", "badge_not_known"),
        PaymentStatus.PAID: ("person", "badge_ask_first"),
        PaymentStatus.FAILED: ("no", "badge_not_paid"),
        PaymentStatus.CANCELLED: ("", "badge_cancelled"),
        PaymentStatus.EXPIRED: ("", "badge_expired"),
        PaymentStatus.REFUNDED: ("out", "badge_returned"),
        PaymentStatus.PARTIALLY_REFUNDED: ("outline", "badge_part_returned"),
    }[state.status]


def needs_a_person(state: PaymentState) -> bool:
    """Whether somebody must look: a flag that blocks or makes a task."""
    return any(FLAG[flag] is not Weight.TELLS for flag in state.flags)


def deciding_fact(record: PaymentRecord, state: PaymentState) -> str | None:
    """The identity of the fact that made the payment paid: the first one of the credit that covered the amount."""
    sum_kes = 0
    for credit in sorted(state.credits, key=lambda one: one.at_ms):
        sum_kes += credit.amount_kes
        if sum_kes >= record.asked.amount_kes:
            known = [record.facts[one] for one in credit.facts if one in record.facts]
            return min(known, key=lambda fact: (fact.learned_at_ms, fact.id)).id if known else None
    return None
