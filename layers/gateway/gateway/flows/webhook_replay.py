"""Sending again: one delivery, or all that an endpoint did not take since a moment. The feed knows every event."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain import webhooks as rules
from gateway.domain.events import EmittedEvent
from gateway.domain.policy import MINUTE_MS
from gateway.domain.webhooks import Delivery, DeliveryState, Endpoint, Endpoints
from gateway.flows.webhooks import errand_for, errands_of
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.feed import Feed, FeedPlace
from gateway.ports.webhooks import Replay, Webhooks

EVENTS_A_STEP = 25
"""Events that one message goes through; the next message goes on."""

LOST_AFTER_MS = 2 * MINUTE_MS
"""The sweep looks so long after a request whether its message got lost."""

ROUNDS_MAX = 5


def deliver_again(delivery_id: str, endpoints: Endpoints) -> Flow[Delivery]:
    """Send this delivery once more, now, whatever became of it. Raises StoreUnavailable, QueueUnavailable."""
    for _ in range(ROUNDS_MAX):
        before = yield from call(Webhooks.read_delivery, delivery_id)
        if before is None:
            break
        now_ms = yield from call(Ambient.now_ms)
        after = rules.again(before, now_ms + LOST_AFTER_MS)
        if (yield from call(Webhooks.save_delivery, before, after)):
            yield from call(Webhooks.send_errands, (errand_for(after, endpoints, forced=True),))
            return after
    raise StoreUnavailable(f"{delivery_id} changes all the time")


def replay_since(endpoint: Endpoint, since_ms: int, until_ms: int) -> Flow[None]:
    """Have sent again, in the background, what this endpoint did not take since then. Raises QueueUnavailable."""
    replay = Replay(owner=endpoint.owner, endpoint=endpoint.id, after_ms=since_ms, until_ms=until_ms)
    yield from call(Webhooks.send_replay, replay)


def replay_some(replay: Replay) -> Flow[None]:
    """Go through a part of the feed, then send a message that goes on. A repetition harms nobody."""
    endpoints = yield from call(Webhooks.read_endpoints, replay.owner)
    endpoint = endpoints.find(replay.endpoint)
    if endpoint is None or endpoint.disabled is not None:
        return
    place = FeedPlace(replay.after_ms, replay.after_event)
    page = yield from call(Feed.events_after, replay.owner, place, None, EVENTS_A_STEP, replay.until_ms)
    for event in page.events:
        yield from _send_if_missed(event, endpoint, endpoints)
    if page.place is not None:
        further = replace(replay, after_ms=page.place.at_ms, after_event=page.place.event_id)
        yield from call(Webhooks.send_replay, further)


def _send_if_missed(event: EmittedEvent, endpoint: Endpoint, endpoints: Endpoints) -> Flow[None]:
    """An event that the endpoint wants and did not take. What is about itself is told to others only."""
    if not endpoint.wants(str(event.type)) or event.payment_id == endpoint.id:
        return
    stored = yield from call(Webhooks.read_delivery, rules.delivery_id(event.id, endpoint.id))
    if stored is None:
        errands = errands_of((endpoint,), (event,))
        yield from call(Webhooks.send_errands, errands)
    elif stored.state is not DeliveryState.DELIVERED:
        yield from deliver_again(stored.id, endpoints)
