"""Shops' servers in the simulated world: who hands them their messages, and what must hold of what they were told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gateway.domain.webhooks import DeliveryState, Endpoint, Outcome, delivery_id
from gateway.flows.webhook_delivery import handle_message
from gateway.ports import Flow, T
from gateway.ports.webhooks import Post, Posted
from tests.simulation.shown import described

if TYPE_CHECKING:
    from tests.simulation.world import World

VISIBLE_AGAIN_MS = 60_000
NO_CONTENT = 204


@dataclass
class ShopServer:
    """A shop that keeps the highest version of each payment. status: what it answers; None: it is away."""

    status: int | None = NO_CONTENT
    ids: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def __call__(self, post: Post) -> Posted:
        """Take a message, or be away."""
        if self.status is None:
            return Posted(None, Outcome.NOT_CONNECTED, 5, b"")
        if self.status < 300:
            self.ids.append(post.headers["webhook-id"])
            data = json.loads(post.body)["data"]
            self.versions[data["id"]] = max(self.versions.get(data["id"], 0), data.get("version", 0))
        return Posted(self.status, None, 25, b"thank you")


def hand_out(world: World) -> bool:
    """Have every visible message handled, each by a process of its own. What fails comes again after a minute."""
    later, world.webhooks.later = world.webhooks.later, []
    for at_ms, text in later:
        world.at(at_ms, partial(_queue, world, "waits", text))
    queue, world.webhooks.queue = world.webhooks.queue, []
    for lane, text in queue:
        flow = _done(handle_message(text, described, loopback=False))
        if world.attempt("webhook", flow) is None:
            world.at(world.now + VISIBLE_AGAIN_MS, partial(_queue, world, lane, text))
    return bool(queue)


def _queue(world: World, lane: str, text: str) -> None:
    world.webhooks.queue.append((lane, text))


def broken(world: World) -> Iterator[str]:
    """L12 in the end: each event that an endpoint wants is delivered, and who keeps the highest version is right."""
    for endpoints in world.webhooks.endpoints.values():
        for endpoint in (one for one in endpoints.every if one.disabled is None):
            yield from _untold(world, endpoint)
    for delivery in world.webhooks.deliveries.values():
        if delivery.state is DeliveryState.WAITING:
            yield f"L8 delivery {delivery.id} still waits"
    for name, server in world.sender.servers.items():
        if isinstance(server, ShopServer) and server.status == NO_CONTENT:
            yield from _wrong_versions(world, name, server)


def _untold(world: World, endpoint: Endpoint) -> Iterator[str]:
    for event in world.feed.events.values():
        stored = world.webhooks.deliveries.get(delivery_id(event.id, endpoint.id))
        if endpoint.wants(event.type) and (stored is None or stored.state is not DeliveryState.DELIVERED):
            yield f"L12 {event.type} {event.id} did not reach {endpoint.id}: {stored and stored.state}"


def _wrong_versions(world: World, name: str, server: ShopServer) -> Iterator[str]:
    for record in world.store.payments.values():
        known = server.versions.get(record.id)
        if known != record.version:
            yield f"L12 {name} knows version {known} of {record.id}, which has {record.version}"


def _done(flow: Flow[T]) -> Flow[tuple[T]]:
    return ((yield from flow),)
