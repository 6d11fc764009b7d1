"""The words of money that goes out: what was asked, its facts, and the shape of what follows from them.

`fold.py` computes an `OutgoingState` from an `OutgoingRecord`; nothing else may.

A payout is one transfer. A refund may be two, one after the other: the reversal, and once M-Pesa has refused that for
good, a payout to who paid (`fallback`). A transfer has one id at M-Pesa for ever, by which M-Pesa knows a repetition;
a **send** is one try to hand it over; a **round** is what one approval allows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.domain.fact import Fact
from gateway.domain.money_out.facts import Hold
from gateway.domain.payment import Asks, Failure

OUT_FOLD_VERSION = 1
"""Raised when the rules of `fold.py` or the kinds of facts change. Older code leaves newer items' state alone."""

CONVERSATION_HEX = 18
"""Hex characters of the id in M-Pesa's id of a transfer; with the transfer's digit below Safaricom's limit of 20."""

TERMS_HEX = 16
_OUTGOING_ID = re.compile(r"(out|ref)_[0-9a-f]{32}")


class OutgoingKind(StrEnum):
    """What the money goes out for."""

    PAYOUT = "payout"
    REFUND = "refund"


class Method(StrEnum):
    """How it goes."""

    B2C = "b2c"
    POCHI = "pochi"
    B2B = "b2b"
    REVERSAL = "reversal"


REPEATABLE = frozenset({Method.B2C, Method.POCHI})
"""M-Pesa refuses a second transfer under the same id, so the same send may be handed over again."""


class OutgoingStatus(StrEnum):
    """Money that goes out, as it stands."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNRESOLVED = "unresolved"
    REJECTED = "rejected"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class OutgoingProperties:
    """waits: nothing has been handed over, so it may be decided about. money_may_have_moved: as named.

    settled: nothing of ours changes it any more, only late evidence.
    """

    waits: bool
    money_may_have_moved: bool
    settled: bool


OUTGOING: dict[OutgoingStatus, OutgoingProperties] = {
    OutgoingStatus.AWAITING_APPROVAL: OutgoingProperties(waits=True, money_may_have_moved=False, settled=False),
    OutgoingStatus.APPROVED: OutgoingProperties(waits=True, money_may_have_moved=False, settled=False),
    OutgoingStatus.SENDING: OutgoingProperties(waits=False, money_may_have_moved=True, settled=False),
    OutgoingStatus.ACCEPTED: OutgoingProperties(waits=False, money_may_have_moved=True, settled=False),
    OutgoingStatus.UNKNOWN: OutgoingProperties(waits=False, money_may_have_moved=True, settled=False),
    OutgoingStatus.SUCCEEDED: OutgoingProperties(waits=False, money_may_have_moved=True, settled=True),
    OutgoingStatus.FAILED: OutgoingProperties(waits=False, money_may_have_moved=False, settled=True),
    OutgoingStatus.UNRESOLVED: OutgoingProperties(waits=False, money_may_have_moved=True, settled=False),
    OutgoingStatus.REJECTED: OutgoingProperties(waits=False, money_may_have_moved=False, settled=True),
    OutgoingStatus.LAPSED: OutgoingProperties(waits=False, money_may_have_moved=False, settled=True),
}


class OutgoingFlag(StrEnum):
    """What stands beside a status, never instead of it. All of them ask a person to look."""

    CONTRADICTED = "contradicted"
    """M-Pesa said that it failed and that it succeeded, or named two receipts."""
    AMOUNT_MISMATCH = "amount_mismatch"
    NEEDS_REVIEW = "needs_review"
    """Something was told that does not fit: other ids, an address that is not Safaricom's, unreadable bytes."""
    MAY_BE_SENT_AGAIN = "may_be_sent_again"
    """M-Pesa does not know it: with another approval the same transfer may be handed over once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAsked:
    """What is to go out. Never changes after the first write.

    amount_kes: whole shillings. phone: 12 digits, of who gets it. party: receiving shortcode instead. command: Daraja's
    CommandID. maker: verified subject of the person who asked, or whose the API key is that did; empty: of no person.
    fallback: the method once the first one is refused for good; pays_from: the account of that. fingerprint: of the
    request, with its algorithm's version in front. payment, original_receipt: of a refund. file: the list of payouts
    that it came with.
    """

    id: str
    kind: str
    owner: str
    livemode: bool
    shortcode: str
    method: str
    command: str
    amount_kes: int
    remarks: str
    created_by: str
    created_at_ms: int
    lapses_at_ms: int
    fingerprint: str
    phone: str | None = None
    party: str | None = None
    occasion: str = ""
    order: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    maker: str = ""
    fallback: str = ""
    pays_from: str = ""
    payment: str | None = None
    original_receipt: str | None = None
    file: str | None = None

    def recipient_for(self, method: str) -> str:
        """Who gets it, as this method names them: a receipt, a number or a shortcode."""
        if method == Method.REVERSAL:
            return self.original_receipt or ""
        return self.party if method == Method.B2B else self.phone or ""  # type: ignore[return-value]  # b2b has one

    def shortcode_for(self, method: str) -> str:
        """The account that pays: a payment is taken back where it arrived, and may be paid out from another one."""
        return self.pays_from if self.pays_from and method == self.fallback else self.shortcode


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """Money that goes out as it is stored: the request, the set of facts by identity, the version of the item.

    asks: how often M-Pesa was asked about each send, and when last. held, held_times, held_until_ms: why an approved
    one has not gone yet, how often it was looked at, and when it is looked at next. limit_day: the day on whose limits
    it counts, written before it is counted there; limit_day_before: the one from which it was moved, and where it may
    have a place still. limits_closed: it has its last place there; limits_went: as gone.
    """

    asked: OutgoingAsked
    facts: Mapping[str, Fact]
    version: int
    fold_version: int = OUT_FOLD_VERSION
    asks: Mapping[int, Asks] = field(default_factory=dict)
    updated_at_ms: int = 0
    due_at_ms: int | None = None
    held: Hold | None = None
    held_times: int = 0
    held_until_ms: int = 0
    limit_day: str = ""
    limit_day_before: str = ""
    limits_closed: bool = False
    limits_went: bool = False
    payment_told: str = ""
    """Of a refund: the outcome that its payment holds."""
    unconcluded: bool = False
    """Facts were added by a release that does not understand all of them."""

    @property
    def id(self) -> str:
        """`out_` or `ref_` and 32 hex characters."""
        return self.asked.id

    def has_open_limits(self, status: OutgoingStatus) -> bool:
        """Whether its end is still to be counted; a success after a failure, whose place was given back, once more."""
        if not self.limit_day or not OUTGOING[status].settled:
            return False
        return not self.limits_closed or (status is OutgoingStatus.SUCCEEDED and not self.limits_went)

    def knows(self, fact: Fact) -> bool:
        """Whether this very fact is in the set already."""
        return fact.id in self.facts

    def with_facts(self, facts: Iterable[Fact]) -> OutgoingRecord:
        """The record with these facts added; facts that are known keep their first times."""
        added = {fact.id: fact for fact in facts if fact.id not in self.facts}
        return replace(self, facts={**self.facts, **added}) if added else self


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person, or the policy (subject empty), decided. what: "approved" or "rejected". valid: it counts."""

    what: str
    subject: str
    shown_as: str
    at_ms: int
    note: str
    terms: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Send:
    """One try to hand a transfer over, as the facts have it.

    status: of `OutgoingStatus`: sending, accepted, unknown, unresolved, succeeded, failed; or approved, where it
    certainly did not leave. ended_at_ms: when the fact that decided was learned.
    """

    number: int
    transfer: int
    method: str
    status: OutgoingStatus
    terms: str
    sender: str
    originator_conversation_id: str
    conversation_id: str | None
    gateway_conversation_id: str | None
    """Of a reversal, which carries no id of ours: the one that Daraja made for it."""

    begun_at_ms: int
    send_before_ms: int
    not_found_since_ms: int | None
    """Since when M-Pesa has said, without a break, that it does not know the transfer."""

    @property
    def is_asked_about_by_receipt(self) -> bool:
        """Whether nothing but the payment's receipt names it to M-Pesa, whose answer then is about the payment."""
        return self.method == Method.REVERSAL and not self.gateway_conversation_id


@dataclass(frozen=True, slots=True)
class OutgoingState:
    """What follows from the facts.

    terms: what an approval must name now; empty where nothing is to be approved. round, method: of these terms.
    fee_kes is told by statements alone.
    """

    status: OutgoingStatus
    flags: frozenset[OutgoingFlag]
    approvals: tuple[Decision, ...]
    attempts: tuple[Send, ...]
    waiting_for: Hold | None
    receipt: str | None
    failure: Failure | None
    recipient_name: str
    round: int
    method: str
    terms: str
    succeeded_at_ms: int | None
    approved_terms: str
    """The terms that a valid approval allows to be sent now; empty: nothing may be sent."""

    refusal: Failure | None = None
    """Why the first method was refused, where another one follows."""

    @property
    def conversation_id(self) -> str | None:
        """M-Pesa's id of the last send."""
        return self.attempts[-1].conversation_id if self.attempts else None

    @property
    def takes_approval(self) -> bool:
        """Whether a person may approve now."""
        return bool(self.terms)

    @property
    def may_be_sent(self) -> bool:
        """Whether a process may begin to send now."""
        return bool(self.approved_terms)


def terms_of(asked: OutgoingAsked, round_: int, method: str) -> str:
    """What an approval is bound to: this id, round, way, amount, recipient and account that pays."""
    account = asked.shortcode_for(method)
    parts = (asked.id, str(round_), method, str(asked.amount_kes), asked.recipient_for(method), account)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:TERMS_HEX]


def originator_conversation_id(out_id: str, transfer: int) -> str:
    """The id of a transfer at M-Pesa, the same for each send of it: 18 hex characters and its digit."""
    return f"{out_id.partition('_')[2][:CONVERSATION_HEX]}{transfer}"


def is_outgoing_id(text: str) -> bool:
    """Whether this has the form of a payout's or refund's id."""
    return _OUTGOING_ID.fullmatch(text) is not None
