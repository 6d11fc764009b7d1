"""What a refund's item and its payment have to tell each other. The rules inside the payment: `domain/refunds.py`."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.money_out.outgoing import OUTGOING, OutgoingKind, OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.money_out.reasons import ALREADY_REVERSED


class Outcome(StrEnum):
    """What a payment is told of its refund."""

    RETURNED = "returned"
    ALREADY_REVERSED = "already_reversed"
    """The money is back, and not by this refund."""
    RELEASED = "released"
    """It certainly does not go. Its place is free again."""


def outcome_of(record: OutgoingRecord, state: OutgoingState) -> Outcome | None:
    """None: it is no refund, or nobody knows yet."""
    if record.asked.kind != OutgoingKind.REFUND or not OUTGOING[state.status].settled:
        return None
    if state.status is OutgoingStatus.SUCCEEDED:
        return Outcome.RETURNED
    reversed_ = state.failure is not None and state.failure.code == ALREADY_REVERSED
    return Outcome.ALREADY_REVERSED if reversed_ else Outcome.RELEASED


def is_to_be_told(record: OutgoingRecord, state: OutgoingState) -> bool:
    """Whether the payment does not hold the outcome yet. It may change: late evidence counts."""
    outcome = outcome_of(record, state)
    return outcome is not None and record.payment_told != outcome
