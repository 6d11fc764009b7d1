"""A shop's webhook endpoints, what is delivered to them, and the rules of trying again. Standard Webhooks 1.0.

Spec: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from gateway.domain.event_types import AccountEvent, EndpointEvent, MoneyEvent, OutEvent, RefundEvent
from gateway.domain.events import EventType
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gateway.domain.reconciliation.events import DayEvent

ENDPOINTS_MAX = 10
"""Endpoints of one owner."""

TRY_AFTER_MS = (
    *(0, 5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS),
    *(5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS),
)
"""The standard's schedule: each try so long after the one before. Ten tries, 75 hours and 35 minutes in all."""

JITTER = 0.1
"""Each wait is so much longer or shorter, at most."""

TRIES_KEPT = 12
ANSWER_KEPT = 1024
"""Bytes of an answer that the log keeps."""

DIGEST_HEX = 16
MESSAGE_BYTES_MAX = 20_000
"""The standard asks for less than 20 KB."""

OLD_SECRET_SIGNS_MS = DAY_MS
DISABLED_AFTER_MS = 5 * DAY_MS
"""An endpoint that only failed for so long is disabled."""

RESTS_AFTER_MS = MINUTE_MS
"""An endpoint that has failed for so long is given rests."""

REST_MS_MIN, REST_MS_MAX = MINUTE_MS, 5 * MINUTE_MS
CLOCKS_APART_MS = MINUTE_MS
"""So much may two machines' clocks differ."""

SLOW_MS = 5 * SECOND_MS
LANES = 3
"""Messages that one endpoint may be working on at once; a failing or slow one: one."""

GONE = 410
SECRET_PREFIX = "whsec_"  # noqa: S105  what every secret begins with
SECRET_BYTES = 32


class Disabled(StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_SHOP = "by_shop"
    GONE = "gone"
    FAILING = "failing"


class Outcome(StrEnum):
    """What became of a try. Part of the API."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """Another status than 2xx."""
    REDIRECTED = "redirected"
    TIMED_OUT = "timed_out"
    NOT_CONNECTED = "not_connected"
    BROKEN_OFF = "broken_off"
    """Connected, but no answer that can be read."""
    NAME_UNKNOWN = "name_unknown"
    ADDRESS_REFUSED = "address_refused"
    NOTHING_TO_TELL = "nothing_to_tell"
    """What the event is about is not in the table."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """The schedule is used up."""
    STOPPED = "stopped"
    """The endpoint was disabled or deleted before it was delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a shop wants to be told. events: types, or families like `payment.*`; `*` is all.

    failing_since_ms: of the first failure that no success followed. resting_until_ms: nothing new is sent before.
    slow: its last good answer took longer than SLOW_MS.
    """

    id: str
    owner: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    created_at_ms: int
    description: str = ""
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until_ms: int = 0
    disabled: Disabled | None = None
    disabled_at_ms: int | None = None
    failing_since_ms: int | None = None
    resting_until_ms: int = 0
    slow: bool = False

    def wants(self, event_type: str) -> bool:
        """Whether events of this type are told to it."""
        family = event_type.partition(".")[0] + ".*"
        return any(one in ("*", family, event_type) for one in self.events)

    def secrets_at(self, now_ms: int) -> tuple[str, ...]:
        """The secrets that sign: the new one first, the old one for a day."""
        old = (self.old_secret,) if self.old_secret and now_ms < self.old_secret_until_ms else ()
        return (self.secret, *old)

    @property
    def lanes(self) -> int:
        """How many of its messages may be under way at once."""
        return 1 if self.slow or self.failing_since_ms is not None else LANES


@dataclass(frozen=True, slots=True)
class Endpoints:
    """All endpoints of an owner: one item. version 0: nothing is stored yet. changed_by: who wrote last, by id."""

    owner: str
    every: tuple[Endpoint, ...] = ()
    version: int = 0
    changed_by: str = ""

    def find(self, endpoint_id: str) -> Endpoint | None:
        """The endpoint with this id."""
        return next((one for one in self.every if one.id == endpoint_id), None)

    def with_one(self, endpoint: Endpoint) -> Endpoints:
        """With this endpoint in place of the one with its id, or added."""
        if self.find(endpoint.id) is None:
            return replace(self, every=(*self.every, endpoint))
        return replace(self, every=tuple(endpoint if one.id == endpoint.id else one for one in self.every))

    def without(self, endpoint_id: str) -> Endpoints:
        """Without the one with this id."""
        return replace(self, every=tuple(one for one in self.every if one.id != endpoint_id))


@dataclass(frozen=True, slots=True)
class Try:
    """One try. status: HTTP's, None without an answer. ms: how long it took. answer: its beginning, masked.

    sent: `body_digest` of what was posted, empty where nothing was; kept of the last try alone.
    """

    at_ms: int
    outcome: Outcome
    status: int | None
    ms: int
    answer: str = ""
    sent: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event to one endpoint. tries: the last ones. round_began: tries made before a person asked for it again.

    subject: id of the payment, or whatever the event is about. version 0: not stored yet.
    """

    id: str
    owner: str
    endpoint: str
    event_id: str
    event_type: str
    subject: str
    emitted_at_ms: int
    created_at_ms: int
    state: DeliveryState = DeliveryState.WAITING
    tries: tuple[Try, ...] = ()
    tries_made: int = 0
    round_began: int = 0
    due_at_ms: int | None = None
    version: int = 0


def event_types() -> tuple[str, ...]:
    """Every type that an endpoint may name."""
    kinds = (EventType, MoneyEvent, OutEvent, RefundEvent, AccountEvent, DayEvent, EndpointEvent)
    return tuple(str(type_) for kind in kinds for type_ in kind)


def event_families() -> tuple[str, ...]:
    """`payment.*` and its like."""
    return tuple(dict.fromkeys(one.partition(".")[0] + ".*" for one in event_types()))


def delivery_id(event_id: str, endpoint_id: str) -> str:
    """`dlv_` and 32 hex characters, the same for ever for one event and endpoint."""
    return "dlv_" + hashlib.sha256(f"{event_id}|{endpoint_id}".encode()).hexdigest()[:32]


def endpoint_event_id(endpoint_id: str, type_: EndpointEvent, discriminator: str) -> str:
    """The id of an event about an endpoint."""
    return "evt_" + hashlib.sha256(f"{endpoint_id}|{type_}|{discriminator}".encode()).hexdigest()[:32]


def lane_of(endpoint: Endpoint, subject: str) -> str:
    """Messages with one lane go one after the other, those of one payment always so."""
    number = int(hashlib.sha256(subject.encode()).hexdigest()[:8], 16) % endpoint.lanes
    return f"{endpoint.id}.{number}"


# --- the message ------------------------------------------------------------------------------------------------------


def new_secret(drawn: bytes) -> str:
    """A secret as the standard writes it. drawn: SECRET_BYTES of chance."""
    return SECRET_PREFIX + base64.b64encode(drawn).decode()


def message_body(event_id: str, event_type: str, timestamp: str, data: Mapping[str, Any]) -> bytes:
    """What is posted. Data too large for the standard leave their id, status and version: the shop reads the rest."""
    body = _json({"id": event_id, "type": event_type, "timestamp": timestamp, "data": dict(data)})
    if len(body) < MESSAGE_BYTES_MAX:
        return body
    kept = {name: data[name] for name in ("id", "object", "status", "order", "version") if name in data}
    return _json({"id": event_id, "type": event_type, "timestamp": timestamp, "data": {**kept, "incomplete": True}})


def body_digest(body: bytes) -> str:
    """Tells two bodies apart, so that what was sent can be told from what would be sent now without keeping it."""
    return hashlib.sha256(body).hexdigest()[:DIGEST_HEX]


def signature_header(secrets: Iterable[str], message_id: str, at_s: int, body: bytes) -> str:
    """`v1,<base64>` for each secret, separated by blanks."""
    signed = f"{message_id}.{at_s}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- after a try ------------------------------------------------------------------------------------------------------


def outcome_of(status: int) -> Outcome:
    """What an answer's status means. Redirects are failures: they would lead past the address check."""
    if 200 <= status < 300:  # noqa: PLR2004  HTTP's own
        return Outcome.DELIVERED
    return Outcome.REDIRECTED if 300 <= status < 400 else Outcome.REFUSED  # noqa: PLR2004  as above


def after_try(delivery: Delivery, tried: Try, chance: float) -> Delivery:
    """The delivery with this try in its log, and what is next. chance: uniform in [0, 1)."""
    made = delivery.tries_made + 1
    tries = (*delivery.tries, tried)[-TRIES_KEPT:]
    if tried.outcome is Outcome.DELIVERED:
        state, due_at_ms = DeliveryState.DELIVERED, None
    elif (wait_ms := next_wait_ms(made - delivery.round_began, chance)) is None:
        state, due_at_ms = DeliveryState.FAILED, None
    else:
        state, due_at_ms = DeliveryState.WAITING, tried.at_ms + tried.ms + wait_ms
    return replace(delivery, tries=tries, tries_made=made, state=state, due_at_ms=due_at_ms)


def next_wait_ms(tries: int, chance: float) -> int | None:
    """How long to wait after so many tries of this round; None: the schedule is used up."""
    if tries >= len(TRY_AFTER_MS):
        return None
    return round(TRY_AFTER_MS[tries] * (1 - JITTER + 2 * JITTER * chance))


def again(delivery: Delivery, due_at_ms: int) -> Delivery:
    """The delivery with its whole schedule before it, because a person asked for it."""
    return replace(delivery, state=DeliveryState.WAITING, round_began=delivery.tries_made, due_at_ms=due_at_ms)


def health_after(endpoint: Endpoint, tried: Try) -> Endpoint:
    """The endpoint as its answer, or silence, shows it. Equal to the one before nearly always: then nothing is written.

    What we could not tell says nothing of the endpoint.
    """
    ended_ms = tried.at_ms + tried.ms
    if tried.outcome is Outcome.NOTHING_TO_TELL:
        return endpoint
    if tried.outcome is Outcome.DELIVERED:
        return replace(endpoint, failing_since_ms=None, resting_until_ms=0, slow=tried.ms > SLOW_MS)
    since_ms = tried.at_ms if endpoint.failing_since_ms is None else endpoint.failing_since_ms
    if tried.status == GONE:
        return replace(endpoint, failing_since_ms=since_ms, disabled=Disabled.GONE, disabled_at_ms=ended_ms)
    failed_for_ms = ended_ms - since_ms
    if failed_for_ms >= DISABLED_AFTER_MS:
        return replace(endpoint, failing_since_ms=since_ms, disabled=Disabled.FAILING, disabled_at_ms=ended_ms)
    rest_ms = _rest_ms(failed_for_ms)
    resting_until_ms = ended_ms + rest_ms if rest_ms else endpoint.resting_until_ms
    return replace(endpoint, failing_since_ms=since_ms, resting_until_ms=resting_until_ms)


def first_step(before: Endpoint, after: Endpoint) -> Endpoint:
    """What is written first on the way from one to the other: since when it fails, and only then that it is off."""
    if after.disabled is None or before.failing_since_ms is not None:
        return after
    return replace(after, disabled=before.disabled, disabled_at_ms=before.disabled_at_ms)


def rests(endpoint: Endpoint, now_ms: int) -> bool:
    """Whether nothing new is sent yet. A rest that ends later than any rest of now would is of a clock put back."""
    return now_ms < endpoint.resting_until_ms <= now_ms + REST_MS_MAX + CLOCKS_APART_MS


def _rest_ms(failed_for_ms: int) -> int:
    """A quarter of the time that it has failed, within limits; none in its first minute."""
    if failed_for_ms < RESTS_AFTER_MS:
        return 0
    return min(max(failed_for_ms // 4, REST_MS_MIN), REST_MS_MAX)


def enabled_again(endpoint: Endpoint) -> Endpoint:
    """With a clean slate."""
    return replace(endpoint, disabled=None, disabled_at_ms=None, failing_since_ms=None, resting_until_ms=0, slow=False)


def rotated(endpoint: Endpoint, secret: str, now_ms: int) -> Endpoint:
    """With a new secret; the one before signs too for a day."""
    return replace(
        endpoint, secret=secret, old_secret=endpoint.secret, old_secret_until_ms=now_ms + OLD_SECRET_SIGNS_MS
    )


def deliveries_of(event_type: str, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Those that are to be told of an event of this type."""
    return [one for one in endpoints if one.disabled is None and one.wants(event_type)]
