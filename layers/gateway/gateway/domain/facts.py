"""What we know of a payment: facts, each with a source, two times and an identity of its own.

Facts form a set. Two deliveries with the same identity are one fact, whoever brought them and in
whatever order; nothing is ever taken out of the set. What follows from the set: `fold.py`.

What every fact has, and how it is stored: `fact.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gateway.domain.decisions import DECISIONS, MoneyAssigned, MoneyGivenElsewhere, MoneySetAside
from gateway.domain.fact import Fact, FactCodec, Source, UnknownFact, as_plain
from gateway.domain.refund_facts import REFUND_FACTS, RefundReleased, RefundReserved

__all__ = (
    "CODEC",
    "KINDS",
    "AttemptBegun",
    "CallbackReceived",
    "CallbackUnreadable",
    "Cancelled",
    "ClaimAnswer",
    "ClaimAnswered",
    "Claimed",
    "Corrected",
    "Deadline",
    "Edited",
    "Fact",
    "MoneyAssigned",
    "MoneyGivenElsewhere",
    "MoneyReceived",
    "MoneyReturned",
    "MoneySetAside",
    "NotCharged",
    "NotOnStatement",
    "NotSent",
    "NotSentReason",
    "Noted",
    "PushAccepted",
    "PushLost",
    "PushRefused",
    "QueryAnswered",
    "ReceiptContested",
    "ReceiptTaken",
    "RefundReleased",
    "RefundReserved",
    "ReviewAsked",
    "Source",
    "TimerPassed",
    "UnknownFact",
    "as_plain",
    "from_plain",
)


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
    TO_SHOP_FOR_NOW = "to_shop_for_now"
    """What told of it names no reference; what does may follow."""


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
    """M-Pesa says that money came in under a receipt: C2B confirmation, answer, Pull row or statement line.

    reference: what the payer typed (empty at a till). assigned_by: the person who gave it to this payment.
    from_safaricom: not told from an address that is on no list. payer_key: keyed hash of the payer's number, where
    the number or its hash was told. told_under: the shortcode whose address it came to, where that is another one.
    phone_ending: the last three digits of the payer's number, where a number or its mask was told.
    """

    KIND: ClassVar[str] = "money_received"
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {"said_at_ms", "learned_at_ms", "payer_name", "payer_key", "told_under", "phone_ending"}
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
    phone_ending: str = ""

    @property
    def source(self) -> Source:
        """C2B, STATUS, PULL or STATEMENT."""
        return self.told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReturned(Fact):
    """Money of a receipt went back to the payer: our refund, or a reversal made elsewhere (`external`).

    return_receipt: empty where M-Pesa said only that the receipt is reversed. refund_id: of the refund that learned of
    it. paid_out: it went as a transfer of its own, so the receipt itself may still be reversed.
    """

    KIND: ClassVar[str] = "money_returned"
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {"said_at_ms", "learned_at_ms", "told_by", "refund_id", "paid_out"}
    )

    told_by: Source
    receipt: str
    return_receipt: str
    amount_kes: int
    external: bool
    refund_id: str = ""
    paid_out: bool = False

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
class NotOnStatement(Fact):
    """A statement that adds up and covers the time of attempt `number` shows no payment that may be its own.

    statement: its id.
    """

    KIND: ClassVar[str] = "not_on_statement"
    SOURCE: ClassVar[Source] = Source.STATEMENT
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "statement"})

    number: int
    statement: str


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


CODEC = FactCodec(
    (
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
        NotOnStatement,
        Corrected,
        ReviewAsked,
        ReceiptTaken,
        ReceiptContested,
        TimerPassed,
        Noted,
        Edited,
        Claimed,
        ClaimAnswered,
        *DECISIONS,
        *REFUND_FACTS,
    ),
    (NotSentReason, Deadline, Source, ClaimAnswer),
)

KINDS: dict[str, type[Fact]] = CODEC.kinds
"""Every kind of fact by its name in storage. Names are never reused."""

from_plain = CODEC.from_plain
