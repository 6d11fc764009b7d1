"""What the world is told: a pure list of events for a payment, each with an id that cannot differ between tellers.

The stream emits what is new between two images of a payment; a repair emits what is missing, by the same functions.
Each version of a payment is told by one event or more: by what is new in it, or else by `payment.updated`. So whoever
keeps the highest version ends with what the API shows.
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
    REFUNDED = "payment.refunded"
    UPDATED = "payment.updated"


KEPT_DAYS = 90
"""So long an event can be read from the feed."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a payment.

    discriminator: number of an attempt, flag, sum returned or version of the payment; empty where one is all.
    """

    id: str
    type: EventType
    payment_id: str
    discriminator: str = ""


@dataclass(frozen=True, slots=True)
class EmittedEvent:
    """The record that an event was told. Its data is not kept: that is the payment as it stands whenever it is read.

    version: of the payment when the event was told first. untold: the bus did not take it, so a repair tells it again.
    """

    id: str
    type: str
    owner: str
    payment_id: str
    emitted_at_ms: int
    version: int
    discriminator: str = ""
    untold: bool = False


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
    if state.returned_kes:
        told.append((EventType.REFUNDED, str(state.returned_kes)))
    return [_event(asked.id, type_, which) for type_, which in told]


def update_of(payment_id: str, version: int) -> Event:
    """What is told of a version of a payment that nothing else tells of, so that no version goes untold."""
    return _event(payment_id, EventType.UPDATED, str(version))


def _event(payment_id: str, type_: EventType, discriminator: str) -> Event:
    return Event(event_id(payment_id, type_, discriminator), type_, payment_id, discriminator)


_CLOSED: dict[PaymentStatus, EventType] = {
    PaymentStatus.CANCELLED: EventType.CANCELLED,
    PaymentStatus.EXPIRED: EventType.EXPIRED,
}
