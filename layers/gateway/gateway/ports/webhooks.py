"""What webhooks ask of the world: endpoints and deliveries, the queue of tries, names of the internet, one POST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.addresses import Target
from gateway.domain.webhooks import Delivery, Endpoints, Outcome
from gateway.ports import DueItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A try that is to be made. number: which try of the delivery this is, from 1 on; one of another number is over.

    lane: messages with one lane go one after the other. forced: a person waits, so a rest does not count. due_at_ms:
    tells two errands of one number apart, so that the second is not taken for a repetition.
    """

    delivery: str
    owner: str
    endpoint: str
    event_id: str
    event_type: str
    subject: str
    emitted_at_ms: int
    lane: str
    number: int = 1
    forced: bool = False
    due_at_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An endpoint that missed something: all its events since then that it did not take.

    after_event, after_ms: how far the feed was gone through. until_ms: when it was asked for.
    """

    owner: str
    endpoint: str
    after_ms: int
    until_ms: int
    after_event: str = ""


class DeliveryPage(NamedTuple):
    """Deliveries of an endpoint, newest first, and where to go on; cursor None: no more."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class Webhooks(Protocol):
    """DynamoDB and SQS. Raise StoreUnavailable, QueueUnavailable."""

    def read_endpoints(self, owner: str, /) -> Endpoints:
        """An owner's endpoints, consistently; none where nothing is stored."""

    def save_endpoints(self, before: Endpoints, after: Endpoints, /) -> bool:
        """Write, on condition that the version is `before`'s."""

    def read_delivery(self, delivery_id: str, /) -> Delivery | None:
        """One consistent read."""

    def save_delivery(self, before: Delivery | None, after: Delivery, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version."""

    def list_deliveries(self, endpoint_id: str, limit: int, cursor: str | None, /) -> DeliveryPage:
        """What was delivered to an endpoint, or will be. An index: may be a moment behind."""

    def due_deliveries(self, shard: int, now_ms: int, limit: int, /) -> tuple[DueItem, ...]:
        """Ids of deliveries whose next try is due, oldest first. An index: may be stale."""

    def send_errands(self, errands: tuple[Errand, ...], /) -> None:
        """Have these tries made now. The same errand within five minutes is one."""

    def send_later(self, errand: Errand, delay_s: int, /) -> None:
        """Have this try made after a delay of at most 900 s."""

    def send_replay(self, replay: Replay, /) -> None:
        """Have the feed gone through from there on."""


class NameUnknown(Exception):
    """A name has no address, or nobody said so in time."""


class Names(Protocol):
    """The internet's names."""

    def addresses(self, host: str, port: int, /) -> tuple[str, ...]:
        """All addresses of a name, IPv4 first. Raises NameUnknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One POST. It goes to exactly this address; name, certificate and Host are the target's."""

    target: Target
    address: str
    headers: Mapping[str, str]
    body: bytes


class Posted(NamedTuple):
    """What came of it. outcome: only where there was no status. answer: its first kilobyte."""

    status: int | None
    outcome: Outcome | None
    ms: int
    answer: bytes


class Sender(Protocol):
    """HTTP. Never raises for what the other side does."""

    def post(self, post: Post, /) -> Posted:
        """Send once, on a connection of its own; no redirect is followed, no proxy asked."""
