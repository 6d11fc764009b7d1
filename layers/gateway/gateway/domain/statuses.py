"""Every status and flag with all its properties, one table each.

The order of `PaymentStatus` is no precedence: which status holds is decided in `fold.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AttemptStatus(StrEnum):
    """One try to collect a payment."""

    SENDING = "sending"
    PROMPTED = "prompted"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNRESOLVED = "unresolved"


class PaymentStatus(StrEnum):
    """What a shop wants to be paid, as it stands."""

    OPEN = "open"
    PENDING = "pending"
    UNRESOLVED = "unresolved"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class Flag(StrEnum):
    """What stands beside a status, never instead of it."""

    DUPLICATE_PAYMENT = "duplicate_payment"
    OVERPAID = "overpaid"
    PARTIALLY_PAID = "partially_paid"
    AMOUNT_MISMATCH = "amount_mismatch"
    CONTRADICTED = "contradicted"
    LATE_SUCCESS = "late_success"
    RECEIPT_PENDING = "receipt_pending"
    RECEIPT_TAKEN = "receipt_taken"
    REVERSED_EXTERNALLY = "reversed_externally"
    NEEDS_REVIEW = "needs_review"
    CLAIM_OPEN = "claim_open"


class Weight(StrEnum):
    """What a flag does: it blocks the goods, makes a task for a person, or only tells."""

    BLOCKS = "blocks"
    TASK = "task"
    TELLS = "tells"


@dataclass(frozen=True, slots=True)
class AttemptProperties:
    """live: a prompt may be on the phone. final: only late evidence changes it. money_may_have_moved: as named."""

    live: bool
    final: bool
    money_may_have_moved: bool


@dataclass(frozen=True, slots=True)
class PaymentProperties:
    """takes_attempts: a new prompt may be begun (perhaps later). may_close: cancel and expiry are allowed."""

    takes_attempts: bool
    may_close: bool
    settled: bool


ATTEMPT: dict[AttemptStatus, AttemptProperties] = {
    AttemptStatus.SENDING: AttemptProperties(live=True, final=False, money_may_have_moved=True),
    AttemptStatus.PROMPTED: AttemptProperties(live=True, final=False, money_may_have_moved=True),
    AttemptStatus.UNKNOWN: AttemptProperties(live=True, final=False, money_may_have_moved=True),
    AttemptStatus.REFUSED: AttemptProperties(live=False, final=True, money_may_have_moved=False),
    AttemptStatus.SUCCEEDED: AttemptProperties(live=False, final=True, money_may_have_moved=True),
    AttemptStatus.FAILED: AttemptProperties(live=False, final=True, money_may_have_moved=False),
    AttemptStatus.UNRESOLVED: AttemptProperties(live=False, final=False, money_may_have_moved=True),
}

PAYMENT: dict[PaymentStatus, PaymentProperties] = {
    PaymentStatus.OPEN: PaymentProperties(takes_attempts=True, may_close=True, settled=False),
    PaymentStatus.PENDING: PaymentProperties(takes_attempts=False, may_close=False, settled=False),
    PaymentStatus.UNRESOLVED: PaymentProperties(takes_attempts=True, may_close=False, settled=False),
    PaymentStatus.PAID: PaymentProperties(takes_attempts=False, may_close=False, settled=True),
    PaymentStatus.FAILED: PaymentProperties(takes_attempts=True, may_close=True, settled=False),
    PaymentStatus.CANCELLED: PaymentProperties(takes_attempts=False, may_close=False, settled=True),
    PaymentStatus.EXPIRED: PaymentProperties(takes_attempts=False, may_close=False, settled=True),
    PaymentStatus.PARTIALLY_REFUNDED: PaymentProperties(takes_attempts=False, may_close=False, settled=True),
    PaymentStatus.REFUNDED: PaymentProperties(takes_attempts=False, may_close=False, settled=True),
}

FLAG: dict[Flag, Weight] = {
    Flag.DUPLICATE_PAYMENT: Weight.TASK,
    Flag.OVERPAID: Weight.TASK,
    Flag.PARTIALLY_PAID: Weight.TELLS,
    Flag.AMOUNT_MISMATCH: Weight.BLOCKS,
    Flag.CONTRADICTED: Weight.BLOCKS,
    Flag.LATE_SUCCESS: Weight.TELLS,
    Flag.RECEIPT_PENDING: Weight.TELLS,
    Flag.RECEIPT_TAKEN: Weight.BLOCKS,
    Flag.REVERSED_EXTERNALLY: Weight.BLOCKS,
    Flag.NEEDS_REVIEW: Weight.BLOCKS,
    Flag.CLAIM_OPEN: Weight.TASK,
}


class Shortfall(StrEnum):
    """Why what stays here does not cover the price."""

    NOT_PAID = "not_paid"
    GIVEN_BACK = "given_back"
    REFUND_LIVE = "refund_live"
    """A refund is asked for or on its way, and without that money the price is not covered."""


def unsafe_because(
    price_kes: int, *, received_kes: int, returned_kes: int, reserved_kes: int, flags: frozenset[Flag]
) -> tuple[Shortfall | Flag, ...]:
    """What stands against releasing goods: a price that is not covered by what stays here, and flags that block.

    Nothing: they may go. This is the one place where that is decided.
    """
    blocking = tuple(sorted(flag for flag in flags if FLAG[flag] is Weight.BLOCKS))
    if received_kes < price_kes:
        return (Shortfall.NOT_PAID, *blocking)
    if received_kes - returned_kes < price_kes:
        return (Shortfall.GIVEN_BACK, *blocking)
    if received_kes - returned_kes - reserved_kes < price_kes:
        return (Shortfall.REFUND_LIVE, *blocking)
    return blocking
