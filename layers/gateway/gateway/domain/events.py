"""What the world is told: a pure list of events for a payment, each with an id that cannot differ between tellers.

The stream emits what is new between two images of a payment; a repair emits what is missing, by the same function.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.payment import Asked, PaymentState
from gateway.domain.statuses import AttemptStatus, PaymentStatus


class EventType(StrEnum):
    """`payment.` events. The values are part of the API."""

    CREATED = "payment.created"
    PROMPTED = "payment.prompted"
    PAID = "payment.paid"
    FAILED = "payment.failed"
    UNRESOLVED = "payment.unresolved"
    CANCELLED = "payment.cancelled"
    EXPIRED = "payment.expired"
    FLAGGED = "payment.flagged"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a payment. discriminator: attempt number or flag; empty where one is all."""

    id: str
    type: EventType
    payment_id: str
    discriminator: str = ""


def event_id(payment_id: str, type_: EventType, discriminator: str) -> str:
    """`evt_` and 32 hex characters, the same for ever for one (payment, type, discriminator)."""
    text = f"{payment_id}|{type_}|{discriminator}"
    return "evt_" + hashlib.sha256(text.encode()).hexdigest()[:32]


def events_of(asked: Asked, state: PaymentState) -> list[Event]:
    """Everything that the facts so far give reason to tell, in the order in which it may be told."""
    told: list[tuple[EventType, str]] = [(EventType.CREATED, "")]
    for attempt in state.attempts:
        number = str(attempt.number)
        if attempt.prompted_at_ms is not None:
            told.append((EventType.PROMPTED, number))
        if attempt.status in (AttemptStatus.FAILED, AttemptStatus.REFUSED):
            told.append((EventType.FAILED, number))
        if attempt.status is AttemptStatus.UNRESOLVED:
            told.append((EventType.UNRESOLVED, number))
    if state.received_kes >= asked.amount_kes:
        told.append((EventType.PAID, ""))
    told += [(type_, "") for status, type_ in _CLOSED.items() if state.status is status]
    told += [(EventType.FLAGGED, str(flag)) for flag in sorted(state.flags)]
    return [Event(event_id(asked.id, type_, which), type_, asked.id, which) for type_, which in told]


_CLOSED: dict[PaymentStatus, EventType] = {
    PaymentStatus.CANCELLED: EventType.CANCELLED,
    PaymentStatus.EXPIRED: EventType.EXPIRED,
}
