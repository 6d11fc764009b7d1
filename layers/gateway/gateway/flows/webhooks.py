"""From an event to a try: who is to be told of it, and the messages that say so.

A message carries no data of the payment. They are read when the try is made, so that late news are true news.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.domain.events import EmittedEvent
from gateway.domain.webhooks import Delivery, Endpoint, Endpoints, deliveries_of, delivery_id, lane_of
from gateway.flows.messages import MessageUnreadable
from gateway.ports import Flow, call
from gateway.ports.webhooks import Errand, Replay, Webhooks

VERSION = 1


def tell_endpoints(owner: str, events: Sequence[EmittedEvent]) -> Flow[None]:
    """Have the owner's endpoints told. Raises StoreUnavailable or QueueUnavailable: nothing is lost, do it again."""
    if not events:
        return
    endpoints = yield from call(Webhooks.read_endpoints, owner)
    errands = errands_of(endpoints.every, events)
    if errands:
        yield from call(Webhooks.send_errands, errands)


def errands_of(endpoints: Iterable[Endpoint], events: Sequence[EmittedEvent]) -> tuple[Errand, ...]:
    """The first try of each event at each endpoint that wants it."""
    every = list(endpoints)
    return tuple(
        Errand(
            delivery=delivery_id(event.id, endpoint.id),
            owner=event.owner,
            endpoint=endpoint.id,
            event_id=event.id,
            event_type=str(event.type),
            subject=event.payment_id,
            emitted_at_ms=event.emitted_at_ms,
            lane=lane_of(endpoint, event.payment_id),
        )
        for event in events
        for endpoint in deliveries_of(str(event.type), every)
    )


def errand_for(delivery: Delivery, endpoints: Endpoints, *, forced: bool = False) -> Errand:
    """The next try of a delivery."""
    endpoint = endpoints.find(delivery.endpoint)
    return Errand(
        delivery=delivery.id,
        owner=delivery.owner,
        endpoint=delivery.endpoint,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        subject=delivery.subject,
        emitted_at_ms=delivery.emitted_at_ms,
        lane=lane_of(endpoint, delivery.subject) if endpoint else f"{delivery.endpoint}.0",
        number=delivery.tries_made + 1,
        forced=forced,
        due_at_ms=delivery.due_at_ms or 0,
    )


def errand_text(errand: Errand, *, later: bool = False) -> str:
    """As a message. later: it waited in the queue of those that wait, and now is to be made."""
    return _text("later" if later else "try", asdict(errand))


def replay_text(replay: Replay) -> str:
    """As a message."""
    return _text("replay", asdict(replay))


@dataclass(frozen=True, slots=True)
class Waited:
    """An errand whose delay is over."""

    errand: Errand


def read_text(text: str) -> Errand | Waited | Replay:
    """What a message asks for. Raises MessageUnreadable."""
    try:
        content = json.loads(text)
        if content.pop("v") != VERSION:
            raise MessageUnreadable("version")
        match content.pop("what"):
            case "try":
                return Errand(**content)
            case "later":
                return Waited(Errand(**content))
            case "replay":
                return Replay(**content)
            case _:
                raise MessageUnreadable("what")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageUnreadable(type(error).__name__) from error


def _text(what: str, content: dict[str, Any]) -> str:
    return json.dumps({"v": VERSION, "what": what, **content}, separators=(",", ":"))
