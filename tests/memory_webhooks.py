"""The ports of webhooks in memory: endpoints, deliveries, two queues, names, and shops' servers that answer a POST.

The table's part passes the same contract as the one over DynamoDB.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.domain.webhooks import Delivery, Endpoints, Outcome
from gateway.flows.webhooks import errand_text, replay_text
from gateway.ports import DueItem
from gateway.ports.webhooks import DeliveryPage, Errand, NameUnknown, Post, Posted, Replay

PUBLIC = "93.184.215.14"
"""An address of the public internet, for names that nobody gave another one."""


class MemoryWebhooks:
    """The Webhooks port. now_ms: when a message is sent; those of `later` carry when they become visible."""

    def __init__(self, now_ms: Callable[[], int], shards: int = 4) -> None:
        self._lock = threading.RLock()
        self._now_ms = now_ms
        self._shards = shards
        self.endpoints: dict[str, Endpoints] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.queue: list[tuple[str, str]] = []
        """(lane, message), in order."""
        self.later: list[tuple[int, str]] = []
        """(visible from, message)."""
        self._deduplicated: dict[tuple[str, int, int], int] = {}

    def read_endpoints(self, owner: str, /) -> Endpoints:
        with self._lock:
            return self.endpoints.get(owner, Endpoints(owner))

    def save_endpoints(self, before: Endpoints, after: Endpoints, /) -> bool:
        with self._lock:
            if self.read_endpoints(before.owner).version != before.version:
                return False
            self.endpoints[before.owner] = replace(after, version=before.version + 1)
            return True

    def read_delivery(self, delivery_id: str, /) -> Delivery | None:
        with self._lock:
            return self.deliveries.get(delivery_id)

    def save_delivery(self, before: Delivery | None, after: Delivery, /) -> bool:
        with self._lock:
            stored = self.deliveries.get(after.id)
            if (stored.version if stored else 0) != (before.version if before else 0):
                return False
            self.deliveries[after.id] = replace(after, version=(before.version if before else 0) + 1)
            return True

    def list_deliveries(self, endpoint_id: str, limit: int, cursor: str | None, /) -> DeliveryPage:
        with self._lock:
            mine = [one for one in self.deliveries.values() if one.endpoint == endpoint_id]
            left = sorted((one for one in mine if cursor is None or _sort(one) < cursor), key=_sort, reverse=True)
            shown = left[:limit]
            return DeliveryPage(tuple(shown), _sort(shown[-1]) if len(left) > limit else None)

    def due_deliveries(self, shard: int, now_ms: int, limit: int, /) -> tuple[DueItem, ...]:
        with self._lock:
            due = [DueItem(one.id, one.due_at_ms) for one in self.deliveries.values() if one.due_at_ms is not None]
            here = [item for item in due if item.due_at_ms <= now_ms and sum(item.key.encode()) % self._shards == shard]
            return tuple(sorted(here, key=lambda item: item.due_at_ms)[:limit])

    def send_errands(self, errands: tuple[Errand, ...], /) -> None:
        with self._lock:
            for errand in errands:
                key = (errand.delivery, errand.number, errand.due_at_ms)
                sent_ms = self._deduplicated.get(key)
                if sent_ms is None or self._now_ms() - sent_ms > 300_000:
                    self._deduplicated[key] = self._now_ms()
                    self.queue.append((errand.lane, errand_text(errand)))

    def send_later(self, errand: Errand, delay_s: int, /) -> None:
        assert 0 <= delay_s <= 900, "SQS waits no longer"
        self.later.append((self._now_ms() + delay_s * 1_000, errand_text(errand, later=True)))

    def send_replay(self, replay: Replay, /) -> None:
        self.later.append((self._now_ms(), replay_text(replay)))


def _sort(delivery: Delivery) -> str:
    return f"{delivery.created_at_ms:013d}.{delivery.id.removeprefix('dlv_')[:16]}"


class MemoryNames:
    """The Names port. known: host → addresses; None: the name is unknown; a function is asked anew each time."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, ...] | Callable[[], tuple[str, ...]] | None] = {}
        self.asked: list[str] = []

    def addresses(self, host: str, port: int, /) -> tuple[str, ...]:
        self.asked.append(host)
        found = self.known.get(host, (PUBLIC,))
        if found is None:
            raise NameUnknown(host)
        return found() if callable(found) else found


Answering = Callable[[Post], Posted]


def answering(status: int, ms: int = 40, answer: bytes = b"") -> Answering:
    """A server that always says this."""
    return lambda _: Posted(status, None, ms, answer)


def silent(outcome: Outcome, ms: int = 15_000) -> Answering:
    """A server from which no answer comes."""
    return lambda _: Posted(None, outcome, ms, b"")


@dataclass
class MemorySender:
    """The Sender port. servers: what a host does, by its name; others answer 204."""

    servers: dict[str, Answering] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)

    def post(self, post: Post, /) -> Posted:
        self.posts.append(post)
        return self.servers.get(post.target.host, answering(204))(post)


def plain_ports(now_ms: Callable[[], int], shards: int = 4) -> dict[str, Any]:
    """All of them, by the name of the port in lower case."""
    return {"webhooks": MemoryWebhooks(now_ms, shards), "names": MemoryNames(), "sender": MemorySender()}
