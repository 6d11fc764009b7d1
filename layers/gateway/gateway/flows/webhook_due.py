"""Tries that wait longer than a queue can: the minute sweep puts them back when they are due."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.webhooks import Delivery, DeliveryState, Endpoints, rests
from gateway.flows.webhooks import errand_for
from gateway.ports import Ambient, DueItem, Flow, PortError, call
from gateway.ports.webhooks import Webhooks

ITEMS_MAX = 50
"""Deliveries of one shard that one look takes."""

BRINGS_FOR_MS = 5_000
"""So long one look may take, and it begins nothing with less than this left: the sweep's time belongs to payments."""

LEASE_MS = 10 * MINUTE_MS
"""A delivery whose message was sent is looked at again after so long, in case it got lost."""


def bring_due_deliveries(shards: int) -> Flow[int]:
    """Send what is due; how many. What goes wrong is reported: payments must not wait for webhooks."""
    try:
        return (yield from _bring(shards))
    except PortError as error:
        yield from call(Ambient.report, "webhooks_not_brought", {"error": type(error).__name__})
        return 0


def next_delivery_due_at_ms(shards: int) -> Flow[int | None]:
    """When the earliest delivery comes due within a day; None: none does."""
    now_ms = yield from call(Ambient.now_ms)
    earliest: list[int] = []
    for shard in range(shards):
        items = yield from call(Webhooks.due_deliveries, shard, now_ms + DAY_MS, 1)
        earliest += [item.due_at_ms for item in items]
    return min(earliest, default=None)


def _bring(shards: int) -> Flow[int]:
    """Oldest first, whatever the shard, so that a look that ends early leaves none behind for ever."""
    now_ms = yield from call(Ambient.now_ms)
    due: list[DueItem] = []
    for shard in range(shards):
        due += yield from call(Webhooks.due_deliveries, shard, now_ms, ITEMS_MAX)
    known: dict[str, Endpoints] = {}
    brought = 0
    for item in sorted(due, key=lambda one: (one.due_at_ms, one.key)):
        if not (yield from _has_time(now_ms)):
            break
        brought += yield from _bring_one(item, known, now_ms)
    return brought


def _has_time(began_ms: int) -> Flow[bool]:
    now_ms = yield from call(Ambient.now_ms)
    left_ms = yield from call(Ambient.time_left_ms)
    return now_ms < began_ms + BRINGS_FOR_MS <= now_ms + left_ms


def _bring_one(item: DueItem, known: dict[str, Endpoints], now_ms: int) -> Flow[bool]:
    """Whether it was sent. One that cannot be read is reported, and stops nothing else. Raises PortError."""
    try:
        delivery = yield from call(Webhooks.read_delivery, item.key)
        if delivery is None or not _is_due(delivery, now_ms):
            return False
        yield from _send(delivery, known, now_ms)
    except PortError:
        raise
    except Exception as error:  # noqa: BLE001  payments must not wait for a delivery that breaks a rule
        yield from call(Ambient.report, "webhooks_not_brought", {"delivery": item.key, "error": type(error).__name__})
        return False
    return True


def _is_due(delivery: Delivery, now_ms: int) -> bool:
    waiting = delivery.state is DeliveryState.WAITING
    return waiting and delivery.due_at_ms is not None and delivery.due_at_ms <= now_ms


def _send(delivery: Delivery, known: dict[str, Endpoints], now_ms: int) -> Flow[None]:
    """First the message, then the lease: a crash between the two sends it twice, and the second is over by then."""
    if delivery.owner not in known:
        known[delivery.owner] = yield from call(Webhooks.read_endpoints, delivery.owner)
    errand = errand_for(delivery, known[delivery.owner])
    endpoint = known[delivery.owner].find(delivery.endpoint)
    if endpoint is not None and endpoint.disabled is None and rests(endpoint, now_ms):
        yield from call(Webhooks.save_delivery, delivery, replace(delivery, due_at_ms=endpoint.resting_until_ms))
        return
    yield from call(Webhooks.send_errands, (errand,))
    yield from call(Webhooks.save_delivery, delivery, replace(delivery, due_at_ms=now_ms + LEASE_MS))
