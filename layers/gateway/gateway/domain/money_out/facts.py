"""What we know of money that goes out: facts, as of a payment (`domain/fact.py`), with kinds of their own.

`number` is the send that a fact is about: 1, 2 … in the order in which processes began them. What follows from the
set: `fold.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gateway.domain.fact import Fact, FactCodec, Source
from gateway.domain.facts import Corrected


class Hold(StrEnum):
    """Why money that may go out has not gone yet. The values are those of `waiting_for` in the API."""

    PACE = "pace"
    """Others go first: M-PESA takes so many in a minute, and a day's list so many at a time."""
    LIMIT = "limit"
    """The day's or the recipient's limit is used up."""
    FLOAT = "float"
    """The account that pays does not hold enough."""
    CREDENTIAL = "credential"
    """The initiator's credential is missing, or M-PESA refused it: nothing goes out until a person has looked."""
    MPESA = "mpesa"
    """M-PESA could not be reached."""
    CHECK = "check"
    """Of a refund: M-PESA is asked first whether the money is still there to be given back."""


class OutDeadline(StrEnum):
    """What a timer may say. None of them is a failure."""

    LAPSE = "lapse"
    SEND_WINDOW = "send_window"
    ANSWER = "answer"


class StatusFound(StrEnum):
    """What M-Pesa's Transaction Status says of a transfer."""

    COMPLETED = "completed"
    ENDED = "ended"
    """Cancelled, declined or expired: it will not happen any more."""
    PENDING = "pending"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"
    """A state or code on no list. Nothing follows from it but another question."""


_TIMES = frozenset({"said_at_ms", "learned_at_ms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Fact):
    """A person agreed to exactly these terms.

    subject: the person's verified name at the identity provider. shown_as: how people know them. signed_in_at_ms: when
    they last proved who they are.
    """

    KIND: ClassVar[str] = "approved"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"shown_as", "note", "signed_in_at_ms"}

    subject: str
    terms: str
    shown_as: str = ""
    signed_in_at_ms: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedByPolicy(Fact):
    """It needs no second person: with all else that goes to this recipient on this day it stays within the limit."""

    KIND: ClassVar[str] = "approved_by_policy"
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"limit_kes"}

    terms: str
    limit_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Fact):
    """A person said no."""

    KIND: ClassVar[str] = "rejected"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"shown_as", "note"}

    subject: str
    terms: str
    shown_as: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBegun(Fact):
    """The process that drew `sender` may send, until `send_before_ms`, what the approval of these terms allows.

    originator_conversation_id: what M-Pesa knows a repetition by. asked_at_s: stands in the addresses of its answers.
    """

    KIND: ClassVar[str] = "send_begun"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int
    method: str
    terms: str
    originator_conversation_id: str
    sender: str
    asked_at_s: int
    send_before_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Fact):
    """Nothing left for M-Pesa, or it was turned away before M-Pesa. why: Daraja's reason, for people."""

    KIND: ClassVar[str] = "send_not_sent"
    SOURCE: ClassVar[Source] = Source.PUSH
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"why"}

    number: int
    hold: Hold
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAccepted(Fact):
    """Daraja queued the transfer and named its ids. Says nothing about the money."""

    KIND: ClassVar[str] = "send_accepted"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int
    conversation_id: str
    originator_conversation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRefused(Fact):
    """Daraja said no before M-Pesa acted. code: its error code; cause: ours, as in `reasons.py`."""

    KIND: ClassVar[str] = "send_refused"
    SOURCE: ClassVar[Source] = Source.PUSH
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"text"}

    number: int
    code: str
    cause: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTaken(Fact):
    """M-Pesa has seen this id before: an earlier send of ours was taken. Whether it paid is to be asked."""

    KIND: ClassVar[str] = "send_taken"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLost(Fact):
    """The transfer may have been taken: its answer was lost or cannot be understood. Asked about, never repeated."""

    KIND: ClassVar[str] = "send_lost"
    SOURCE: ClassVar[Source] = Source.PUSH

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReceived(Fact):
    """M-Pesa's result of send `number`, authentic by its tag.

    from_safaricom: its address is on the published list. result_code is text ("0", "2001", "R000001"). amount_kes is
    None when absent or not in whole shillings. recipient_name: first name and initials.
    """

    KIND: ClassVar[str] = "result"
    SOURCE: ClassVar[Source] = Source.CALLBACK
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES | {"text", "recipient_name"}

    number: int
    result_code: str
    receipt: str | None
    amount_kes: int | None
    completed_at_ms: int | None
    conversation_id: str
    originator_conversation_id: str
    from_safaricom: bool
    recipient_name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultUnreadable(Fact):
    """An authentic result that could not be read. The raw bytes lie apart, under `digest`."""

    KIND: ClassVar[str] = "result_unreadable"
    SOURCE: ClassVar[Source] = Source.CALLBACK

    number: int
    digest: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutReceived(Fact):
    """M-Pesa did not take send `number` from its queue in time. It is no failure: a result may follow."""

    KIND: ClassVar[str] = "queue_timeout"
    SOURCE: ClassVar[Source] = Source.CALLBACK

    number: int
    from_safaricom: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswered(Fact):
    """What Transaction Status says of send `number`. `said_at_ms` is when we *asked*: two equal answers are two facts.

    receipt, amount_kes, ids: of the transfer, not of the question.
    """

    KIND: ClassVar[str] = "status"
    SOURCE: ClassVar[Source] = Source.QUERY
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"learned_at_ms", "text", "recipient_name"})

    number: int
    found: StatusFound
    from_safaricom: bool
    receipt: str | None = None
    amount_kes: int | None = None
    completed_at_ms: int | None = None
    conversation_id: str = ""
    originator_conversation_id: str = ""
    code: str = ""
    recipient_name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySeen(Fact):
    """A statement or the Pull API shows that the money went out, under this receipt."""

    KIND: ClassVar[str] = "money_seen"
    NOT_IDENTITY: ClassVar[frozenset[str]] = _TIMES

    told_by: Source
    receipt: str
    amount_kes: int
    completed_at_ms: int | None = None

    @property
    def source(self) -> Source:
        """PULL or STATEMENT."""
        return self.told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class OutTimerPassed(Fact):
    """A deadline passed. `number`: the send; for a lapse the round, with a minus sign."""

    KIND: ClassVar[str] = "out_timer"
    SOURCE: ClassVar[Source] = Source.TIMER

    deadline: OutDeadline
    number: int


OUT_CODEC = FactCodec(
    (
        Approved,
        ApprovedByPolicy,
        Rejected,
        SendBegun,
        NotSent,
        SendAccepted,
        SendRefused,
        SendTaken,
        SendLost,
        ResultReceived,
        ResultUnreadable,
        TimeoutReceived,
        StatusAnswered,
        MoneySeen,
        OutTimerPassed,
        Corrected,
    ),
    (Hold, OutDeadline, StatusFound, Source),
)

OUT_KINDS: dict[str, type[Fact]] = OUT_CODEC.kinds
"""Every kind of fact about money that goes out, by its name in storage. Names are never reused."""

HEARD_OF = (SendAccepted, SendTaken, SendLost, ResultReceived, ResultUnreadable, TimeoutReceived)
"""Facts by which M-Pesa may have taken a send."""
