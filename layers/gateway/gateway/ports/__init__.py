"""Everything that a flow may ask of the world, as narrow interfaces, and the form in which flows ask.

A flow is a generator: `found = yield from call(Store.read_payment, payment_id)` hands a `Call` to whoever runs it
and goes on with the answer. `run` performs the calls one after the other (what the functions do); a simulation
performs, delays, crashes or replays each of them. So every step that leaves the process is a boundary by
construction, and none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from gateway.domain.guard import Guard
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode

T = TypeVar("T")
P = ParamSpec("P")


class Call(NamedTuple):
    """One step that leaves the flow: which port, which method, with what."""

    port: str
    method: str
    args: tuple[Any, ...]

    @property
    def boundary(self) -> str:
        """The name under which crash cases are collected, like `Store.save_payment`."""
        return f"{self.port}.{self.method}"


Flow = Generator[Call, Any, T]
"""A flow that ends with a T."""


def call(method: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """Ask the world: `method` is a method of one of the port classes below."""
    port, name = _place_of(method)
    answer: T = yield Call(port, name, (*args, *kwargs.values()))
    return answer


@cache
def _place_of(method: Callable[..., Any]) -> tuple[str, str]:
    """Port and name of a port's method."""
    port, name = method.__qualname__.split(".")[-2:]
    return port, name


class Performer(Protocol):
    """Who carries out calls."""

    def perform(self, call: Call, /) -> Any:
        """Do it and return the answer, or raise what the port raises."""


def run(flow: Flow[T], world: Performer) -> T:
    """Carry a flow to its end, one call after the other; what a port raises is raised inside the flow."""
    answer, error = None, None
    while True:
        try:
            asked = flow.throw(error) if error is not None else flow.send(answer)
        except StopIteration as stop:
            ended: T = stop.value
            return ended
        answer, error = None, None
        try:
            answer = world.perform(asked)
        except Exception as raised:  # noqa: BLE001  the flow decides what each error means
            error = raised


# --- errors ---------------------------------------------------------------------------------------------------


class PortError(Exception):
    """The world did not answer, or not in time. Texts name no phone number and no secret."""


class StoreUnavailable(PortError):
    """DynamoDB throttled, failed or was too slow. Whether a write happened is not known."""


class QueueUnavailable(PortError):
    """SQS did not take the message, as far as we know."""


class SecretsUnavailable(PortError):
    """SSM did not answer in time, or a parameter does not exist (`missing`)."""

    def __init__(self, text: str, *, missing: bool = False) -> None:
        super().__init__(text)
        self.missing = missing


class BusUnavailable(PortError):
    """EventBridge took some or none of the events."""


# --- what is carried ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """Index attributes of an item that changes, computed from its state. None takes it out of the index."""

    due_at_ms: int | None
    summary: Mapping[str, Any] = field(default_factory=dict)
    """Small derived values stored beside the facts for the stream and for people (status, flags, sums)."""


class DueItem(NamedTuple):
    """What the index says is due. The index may be stale: act only after reading or by condition."""

    key: str
    due_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentQuery:
    """A list of an owner's payments: exactly one of the filters, newest first. day: EAT, like 2026-03-02."""

    owner: str
    day: str | None = None
    order: str | None = None
    account_reference: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Payments and where to go on; cursor None: no more."""

    records: tuple[PaymentRecord, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Authentic news without an item to belong to, or raw bytes that could not be read. Kept 30 days.

    due_at_ms: when it is brought to its payment again; None: never, or no more. matched_at_ms: when it found it.
    """

    key: str
    what: str
    body: bytes
    learned_at_ms: int
    expires_at_ms: int
    due_at_ms: int | None = None
    tries: int = 0
    matched_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLease:
    """Who refreshes the access token, until when, and which generation is the current one."""

    holder: str
    until_ms: int
    generation: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The shared pace of STK queries: when the next may go, and how far apart they are kept."""

    next_at_ms: int
    apart_ms: int
    version: int = 1


@dataclass(frozen=True, slots=True, repr=False)
class StoredToken:
    """Daraja's access token as it lies in SSM. A generation other than the lease's is to be ignored."""

    value: str
    generation: int
    obtained_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """The shop's Daraja app: consumer key and secret, and the passkey of each business shortcode."""

    consumer_key: str
    consumer_secret: str
    passkeys: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Our own keys. tags: callback tag keys, newest first; id and phone never rotate without a migration."""

    tags: tuple[bytes, ...]
    c2b_tags: tuple[bytes, ...]
    id: bytes
    phone: bytes
    client_token: bytes
    cursor: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Prompt:
    """A push, as the flow wants it. passkey: of `shortcode.business_number`. Not written after send_before_ms."""

    shortcode: Shortcode
    passkey: str
    phone: str
    amount_kes: int
    account_reference: str
    description: str
    callback_url: str
    at_ms: int
    send_before_ms: int


class PushAnswer(NamedTuple):
    """Daraja took the prompt."""

    checkout_request_id: str
    merchant_request_id: str


class QueryReply(NamedTuple):
    """Answer of an STK query. code None: not finished, or not known (yet); `state` says which."""

    state: str
    code: str | None
    text: str


class FreshToken(NamedTuple):
    """Daraja's OAuth answer."""

    value: str
    expires_in_s: int


# --- the ports ------------------------------------------------------------------------------------------------


class Store(Protocol):
    """DynamoDB, one item one aggregate. Reads are consistent unless an index is named. Raise StoreUnavailable."""

    def create_payment(self, record: PaymentRecord, indexed: Indexed, /) -> PaymentRecord | None:
        """Put if absent. None: created. Else the record that stands there."""

    def read_payment(self, payment_id: str, /) -> PaymentRecord | None:
        """One consistent read."""

    def read_payments(self, payment_ids: tuple[str, ...], /) -> tuple[PaymentRecord, ...]:
        """Those of these that exist, in any order."""

    def save_payment(self, before: PaymentRecord, after: PaymentRecord, indexed: Indexed, /) -> bool:
        """Write what changed, on condition that the version is `before`'s. False: somebody was faster."""

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        """Move `due_at` on, on condition that it is still the record's. That is the lease of a sweep."""

    def payments_by_reference(self, shortcode: str, reference: str, limit: int, /) -> tuple[str, ...]:
        """Ids of payments that carry this normalised reference, newest first. An index: may be stale."""

    def list_payments(self, query: PaymentQuery, limit: int, cursor: str | None, /) -> Page:
        """A page of an owner's payments."""

    def read_receipt(self, receipt: str, /) -> ReceiptRecord | None:
        """Who owns a receipt."""

    def create_receipt(self, record: ReceiptRecord, /) -> ReceiptRecord | None:
        """Put if absent. None: created. Else the record that stands there."""

    def save_receipt(self, before: ReceiptRecord, after: ReceiptRecord, /) -> bool:
        """Write, on condition that the version is `before`'s."""

    def read_guard(self, phone_key: str, /) -> Guard | None:
        """The guard of a phone, also one that has run out."""

    def save_guard(self, before: Guard | None, after: Guard, /) -> bool:
        """Write, on condition that the guard is absent (before None) or of `before`'s version."""

    def due_items(self, shard: int, now_ms: int, limit: int, newest_first: bool, /) -> tuple[DueItem, ...]:  # noqa: FBT001
        """What the `due` index holds up to now, oldest (or newest) first."""

    def clear_due(self, item: DueItem, due_at_ms: int | None, /) -> bool:
        """Move or drop an item's index attribute that no reader understands, on condition that it is unchanged."""

    def keep_orphan(self, orphan: Orphan, /) -> None:
        """Keep news that has no item. The same key twice is one."""

    def read_token_lease(self) -> TokenLease | None:
        """The lease item of the access token."""

    def save_token_lease(self, before: TokenLease | None, after: TokenLease, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""

    def read_pace(self, name: str, /) -> Pace | None:
        """The shared pace under this name."""

    def save_pace(self, name: str, before: Pace | None, after: Pace, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""

    def read_settings(self, owner: str, /) -> ShopSettings | None:
        """An owner's public settings; may be up to 60 s old."""

    def read_key(self, secret_hash: str, /) -> ApiKey | None:
        """An API key by the SHA-256 of its secret; may be up to 60 s old."""


class Queues(Protocol):
    """SQS. Raise QueueUnavailable."""

    def send_retry(self, message: str, delay_s: int = 0, /) -> None:
        """A fact, or a raw delivery, that the table did not take: to be kept later, not before `delay_s`."""

    def send_check(self, payment_id: str, bucket: int, /) -> None:
        """Ask the sweep to look at this payment now; one message per payment and 10 s bucket."""


class Daraja(Protocol):
    """Safaricom. Raise the errors of `daraja.errors`: NotSent, TokenRejected, MaybeSent, Refused."""

    def push(self, token: str, prompt: Prompt, /) -> PushAnswer:
        """Send one prompt, once, on a fresh connection."""

    def query(
        self, token: str, shortcode: Shortcode, passkey: str, checkout_request_id: str, at_ms: int, /
    ) -> QueryReply:
        """Ask what became of a prompt."""

    def fetch_token(self, credentials: Credentials, /) -> FreshToken:
        """A new access token. May end the life of the one before."""


class Secrets(Protocol):
    """SSM parameters. Raise SecretsUnavailable."""

    def read_keys(self) -> Keys:
        """Our own keys; from memory after the first time."""

    def read_credentials(self) -> Credentials:
        """The Daraja app's credentials; from memory after the first time."""

    def read_token(self) -> StoredToken | None:
        """The shared access token, from SSM."""

    def remembered_token(self) -> StoredToken | None:
        """The access token that this process used last."""

    def remember_token(self, token: StoredToken | None, /) -> None:
        """Keep it for this process; None forgets."""

    def write_token(self, token: StoredToken, /) -> None:
        """Share it with all functions."""


class Bus(Protocol):
    """EventBridge. Raise BusUnavailable when any entry was not taken."""

    def publish(self, entries: tuple[Mapping[str, Any], ...], /) -> None:
        """Put events: each with id, type, time and data."""


class Ambient(Protocol):
    """What surrounds a process: time, chance, and somebody who listens. Never fails."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""

    def outside_ms(self) -> int:
        """The same by the clocks of others, for what they compare with theirs: apart where a test moved our clock."""

    def draw(self, size: int, /) -> bytes:
        """Random bytes."""

    def pause(self, milliseconds: int, /) -> None:
        """Wait."""

    def time_left_ms(self) -> int:
        """How long this invocation may still run."""

    def report(self, name: str, fields: Mapping[str, Any], /) -> None:
        """One log line and, for names that are metrics, one count. Never bodies, secrets or phone numbers."""
