"""What we know of a payment: facts, each with a source, two times and an identity of its own.

Facts form a set. Two deliveries with the same identity are one fact, whoever brought them and in
whatever order; nothing is ever taken out of the set. What follows from the set: `fold.py`.

`said_at_ms` is when the source spoke (for a query: when we asked), `learned_at_ms` when the fact first
reached us, kept through every queue. Both are milliseconds since the epoch.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

IDENTITY_HEX = 20
"""Hex characters of a fact's identity: 80 bits, within one payment."""


class Source(StrEnum):
    """Who told us. The values are those of `history[].source` in the API."""

    API = "api"
    PUSH = "push"
    CALLBACK = "callback"
    QUERY = "query"
    C2B = "c2b"
    PULL = "pull"
    STATEMENT = "statement"
    OPERATOR = "operator"
    TIMER = "timer"
    GATEWAY = "gateway"


class NotSentReason(StrEnum):
    """Why a prompt certainly did not leave, or was certainly not taken."""

    PHONE_BUSY = "phone_busy"
    TOO_MANY_PROMPTS = "too_many_prompts"
    MPESA_UNAVAILABLE = "mpesa_unavailable"
    SENDER_STOPPED = "sender_stopped"


class Deadline(StrEnum):
    """What a timer may say. None of them is a failure."""

    SEND_WINDOW = "send_window"
    ANSWER = "answer"
    EXPIRY = "expiry"


class ClaimAnswer(StrEnum):
    """What became of a claim whose money is known. The first two prove whose it is."""

    REFERENCE = "reference"
    PHONE = "phone"
    TO_SHOP = "to_shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One piece of evidence. Subclasses say of what."""

    KIND: ClassVar[str] = ""
    SOURCE: ClassVar[Source] = Source.GATEWAY
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms"})
    """Fields that do not make two deliveries different facts."""

    said_at_ms: int
    learned_at_ms: int

    @property
    def id(self) -> str:
        """Identity within a payment: the kind and a hash of the content that makes it this fact."""
        return _identity(self)

    @property
    def source(self) -> Source:
        """Who told us."""
        return self.SOURCE


@lru_cache(maxsize=512)
def _identity(fact: Fact) -> str:
    """Remembered, since one fold asks for the same few identities many times."""
    names = [field.name for field in _fields_of(type(fact)) if field.name not in fact.NOT_IDENTITY]
    content = [[name, getattr(fact, name)] for name in names]
    text = json.dumps(content, separators=(",", ":"), sort_keys=True, default=str)
    return f"{fact.KIND}:{hashlib.sha256(text.encode()).hexdigest()[:IDENTITY_HEX]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptBegun(Fact):
    """A prompt was asked for: attempt `number`, to `phone`, by the process that drew `sender`.

    phone: 12 digits, 2547… or 2541…. send_before_ms: after this moment nobody may push it any more.
    """

    KIND: ClassVar[str] = "attempt_begun"
    SOURCE: ClassVar[Source] = Source.API
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor"})

    number: int
    phone: str
    amount_kes: int
    sender: str
    send_before_ms: int
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Fact):
    """Nothing left for M-Pesa, or it was turned away before M-Pesa. `retry_at_ms`: when it may be tried."""

    KIND: ClassVar[str] = "not_sent"
    SOURCE: ClassVar[Source] = Source.PUSH
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "retry_at_ms"})

    number: int
    reason: NotSentReason
    retry_at_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAccepted(Fact):
    """Daraja queued the prompt and named its ids. Says nothing about the payment."""

    KIND: ClassVar[str] = "push_accepted"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int
    checkout_request_id: str
    merchant_request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRefused(Fact):
    """Daraja said no to the prompt. `code`: its error code; `cause`: ours, as in `reasons.py`."""

    KIND: ClassVar[str] = "push_refused"
    SOURCE: ClassVar[Source] = Source.PUSH
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "text"})

    number: int
    code: str
    cause: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLost(Fact):
    """The prompt may have been sent: its answer was lost or cannot be understood. Never sent again."""

    KIND: ClassVar[str] = "push_lost"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReceived(Fact):
    """Safaricom's STK callback for attempt `number`, authentic by its tag.

    from_safaricom: its address is on the published list. demands_query: the setting CONFIRM asks for a
    query before it counts. result_code is text ("0", "1032", "SFC_IC0003"). amount_kes is None when
    absent or not in whole shillings.
    """

    KIND: ClassVar[str] = "callback"
    SOURCE: ClassVar[Source] = Source.CALLBACK
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "text"})

    number: int
    result_code: str
    checkout_request_id: str
    merchant_request_id: str
    amount_kes: int | None
    receipt: str | None
    completed_at_ms: int | None
    from_safaricom: bool
    demands_query: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackUnreadable(Fact):
    """An authentic callback that could not be read. The raw bytes lie apart, under `digest`."""

    KIND: ClassVar[str] = "callback_unreadable"
    SOURCE: ClassVar[Source] = Source.CALLBACK

    number: int
    digest: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswered(Fact):
    """Safaricom's answer to our STK query. `said_at_ms` is when we *asked*: two equal answers are two facts."""

    KIND: ClassVar[str] = "query"
    SOURCE: ClassVar[Source] = Source.QUERY
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"learned_at_ms", "text"})

    number: int
    result_code: str
    checkout_request_id: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReceived(Fact):
    """M-Pesa says that money came in under a receipt: C2B confirmation, Pull row or statement line.

    reference: what the payer typed (empty at a till). assigned_by: the person who gave it to this payment.
    from_safaricom: not told from an address that is on no list. payer_key: keyed hash of the payer's number, where
    the number or its hash was told. told_under: the shortcode whose address it came to, where that is another one.
    """

    KIND: ClassVar[str] = "money_received"
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {"said_at_ms", "learned_at_ms", "payer_name", "payer_key", "told_under"}
    )

    told_by: Source
    receipt: str
    amount_kes: int
    shortcode: str
    reference: str
    completed_at_ms: int | None
    payer_name: str = ""
    assigned_by: str = ""
    from_safaricom: bool = True
    payer_key: str = ""
    told_under: str = ""

    @property
    def source(self) -> Source:
        """C2B, PULL or STATEMENT."""
        return self.told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReturned(Fact):
    """Money of a receipt went back to the payer: our refund, or a reversal made elsewhere (`external`)."""

    KIND: ClassVar[str] = "money_returned"
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "told_by"})

    told_by: Source
    receipt: str
    return_receipt: str
    amount_kes: int
    external: bool

    @property
    def source(self) -> Source:
        """Who told us of it."""
        return self.told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(Fact):
    """A person or the shop's server cancelled the payment."""

    KIND: ClassVar[str] = "cancelled"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor"})

    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCharged(Fact):
    """The payer, or a person, says that attempt `number` took no money. Frees the way for another."""

    KIND: ClassVar[str] = "not_charged"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor"})

    number: int
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Fact):
    """A person looked and decided: the facts named in `lifts` no longer hold the payment back."""

    KIND: ClassVar[str] = "corrected"
    SOURCE: ClassVar[Source] = Source.OPERATOR

    lifts: tuple[str, ...]
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAsked(Fact):
    """Something of ours asks a person to look."""

    KIND: ClassVar[str] = "review_asked"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTaken(Fact):
    """The receipt that attempt `number` names is credited to another payment."""

    KIND: ClassVar[str] = "receipt_taken"

    number: int
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptContested(Fact):
    """Another payment names a receipt that is credited here."""

    KIND: ClassVar[str] = "receipt_contested"

    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPassed(Fact):
    """A deadline passed. `number`: the attempt, or 0 for the payment."""

    KIND: ClassVar[str] = "timer"
    SOURCE: ClassVar[Source] = Source.TIMER

    deadline: Deadline
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Fact):
    """A person's or the shop's remark. Nothing follows from it. key: of the request, so that a repeat is one note."""

    KIND: ClassVar[str] = "noted"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor", "remark"})

    key: str
    actor: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Fact):
    """The shop changed these fields of its request (order, metadata, addresses). No money follows from them.

    key: of the request. fingerprint: of its body, so that another body under the same key is noticed.
    """

    KIND: ClassVar[str] = "edited"
    SOURCE: ClassVar[Source] = Source.API
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {"said_at_ms", "learned_at_ms", "actor", "changed", "fingerprint"}
    )

    key: str
    actor: str
    changed: tuple[str, ...]
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Fact):
    """Somebody says that the money under this receipt is this payment's. By itself it proves nothing."""

    KIND: ClassVar[str] = "claimed"
    SOURCE: ClassVar[Source] = Source.API
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor"})

    receipt: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswered(Fact):
    """The money that was claimed is known to us, and this is what it shows."""

    KIND: ClassVar[str] = "claim_answered"

    receipt: str
    answer: ClaimAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact(Fact):
    """A fact of a newer release. Kept as it is; this release draws no conclusion from it."""

    KIND: ClassVar[str] = "unknown"

    known_id: str
    raw: str

    @property
    def id(self) -> str:
        """The identity its own release gave it."""
        return self.known_id


KINDS: dict[str, type[Fact]] = {
    kind.KIND: kind
    for kind in (
        AttemptBegun,
        NotSent,
        PushAccepted,
        PushRefused,
        PushLost,
        CallbackReceived,
        CallbackUnreadable,
        QueryAnswered,
        MoneyReceived,
        MoneyReturned,
        Cancelled,
        NotCharged,
        Corrected,
        ReviewAsked,
        ReceiptTaken,
        ReceiptContested,
        TimerPassed,
        Noted,
        Edited,
        Claimed,
        ClaimAnswered,
    )
}
"""Every kind of fact by its name in storage. Names are never reused."""

_FIELDS = {name: fields(kind) for name, kind in KINDS.items()}


def _fields_of(kind: type[Fact]) -> tuple[Field[Any], ...]:
    return _FIELDS.get(kind.KIND) or fields(kind)


def as_plain(fact: Fact) -> dict[str, Any]:
    """The fact as JSON-safe values, without what equals its default. Inverse: `from_plain`."""
    if isinstance(fact, UnknownFact):
        return dict(json.loads(fact.raw))
    plain: dict[str, Any] = {"kind": fact.KIND}
    for field in _fields_of(type(fact)):
        value = getattr(fact, field.name)
        if value is not None and value != field.default:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def from_plain(fact_id: str, plain: dict[str, Any]) -> Fact:
    """Read a stored fact. A kind, field or value that this release does not know gives an `UnknownFact`."""
    kind = KINDS.get(str(plain.get("kind")))
    known = {field.name for field in _fields_of(kind)} if kind else set()
    if kind is None or not set(plain) - {"kind"} <= known:
        return _of_a_newer_release(fact_id, plain)
    try:
        values = {field.name: _typed(kind, field.name, plain.get(field.name)) for field in _fields_of(kind)}
    except ValueError:  # a reason, deadline or source that only a newer release has
        return _of_a_newer_release(fact_id, plain)
    given = {name: value for name, value in values.items() if name in plain or value is not None}
    return kind(**_with_absent(kind, given))


def _of_a_newer_release(fact_id: str, plain: dict[str, Any]) -> UnknownFact:
    return UnknownFact(
        said_at_ms=int(plain.get("said_at_ms", 0)),
        learned_at_ms=int(plain.get("learned_at_ms", 0)),
        known_id=fact_id,
        raw=json.dumps(plain, sort_keys=True),
    )


_ENUMS: dict[str, type[StrEnum]] = {
    "reason": NotSentReason,
    "deadline": Deadline,
    "told_by": Source,
    "answer": ClaimAnswer,
}


def _typed(kind: type[Fact], name: str, value: Any) -> Any:
    if name in _ENUMS and value is not None and kind is not ReviewAsked:
        return _ENUMS[name](value)
    return tuple(value) if isinstance(value, list) else value


def _with_absent(kind: type[Fact], given: dict[str, Any]) -> dict[str, Any]:
    """Fields without a default that were None when stored."""
    required = [field.name for field in _fields_of(kind) if field.name not in given and field.default is MISSING]
    return given | dict.fromkeys(required)
