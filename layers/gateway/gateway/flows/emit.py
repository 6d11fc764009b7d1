"""Tell the world of events: first the record of emission, then the bus and whoever else listens.

The record is put once, so an event has one id, one time and one place in the feed, however often it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.domain.events import EmittedEvent, Event, update_of
from gateway.domain.payment import PaymentRecord
from gateway.flows.webhooks import tell_endpoints
from gateway.ports import Ambient, Bus, Flow, PortError, StoreUnavailable, call
from gateway.ports.feed import Feed


def emit(record: PaymentRecord, new: Iterable[Event], *, untold: bool = False) -> Flow[list[EmittedEvent]]:
    """Store that these events are told with this version of the payment; those that are to be told now.

    An event that an earlier version told (a flag that was raised before) is told again under its id, and one that a
    later version told has said more already. Where nothing else tells of this version, `payment.updated` does.
    untold: mark them until they are told, for whom no record of the stream comes again. Raises StoreUnavailable.
    """
    emitted: list[EmittedEvent] = []
    for event in new:
        emitted += [(yield from _emitted(event, record, len(emitted), untold=untold))]
    if all(event.version < record.version for event in emitted):
        update = update_of(record.id, record.version)
        emitted += [(yield from _emitted(update, record, len(emitted), untold=untold))]
    return [event for event in emitted if event.version <= record.version]


def tell(emitted: Sequence[EmittedEvent], data: Mapping[str, Any]) -> Flow[None]:
    """Send events of one payment to all who listen. What they do not take is marked, so that a repair tells it again.

    Raises PortError.
    """
    if not emitted:
        return
    try:
        yield from call(Bus.publish, tuple(_entry(event, data) for event in emitted))
        yield from tell_endpoints(emitted[0].owner, emitted)
    except PortError:
        yield from _mark([event for event in emitted if not event.untold], untold=True)
        raise
    yield from _mark([event for event in emitted if event.untold], untold=False)


def _emitted(event: Event, record: PaymentRecord, place: int, *, untold: bool) -> Flow[EmittedEvent]:
    """The record of this event: made now, or found. place: among its like, so that a fast clock keeps their order."""
    now_ms = yield from call(Ambient.now_ms)
    emitted = EmittedEvent(
        id=event.id,
        type=str(event.type),
        owner=record.asked.owner,
        payment_id=record.id,
        emitted_at_ms=now_ms + place,
        version=record.version,
        discriminator=event.discriminator,
        untold=untold,
    )
    standing = yield from call(Feed.emit, emitted)
    return standing or emitted


def _mark(events: Iterable[EmittedEvent], *, untold: bool) -> Flow[None]:
    """Best effort: what cannot be marked now is marked by the next try."""
    for event in events:
        try:
            yield from call(Feed.mark_untold, event.id, untold)
        except StoreUnavailable:
            yield from call(Ambient.report, "event_not_marked", {"event": event.id})


def _entry(event: EmittedEvent, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """One event as the bus carries it."""
    return {
        "id": event.id,
        "type": event.type,
        "at_ms": event.emitted_at_ms,
        "discriminator": event.discriminator,
        "data": data,
    }
