"""The words of a payment: what was asked, its facts, and the shape of what follows from them.

`fold.py` computes a `PaymentState` from a `PaymentRecord`; nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.domain.facts import Fact, Source
from gateway.domain.statuses import AttemptStatus, Flag, PaymentStatus, Shortfall, unsafe_because

FOLD_VERSION = 1
"""Raised when the rules of `fold.py` or the kinds of facts change. Older code leaves newer items' state alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a shop wants to be paid. Never changes after the first write, but for what a shop may edit.

    amount_kes: whole shillings. account_reference: ≤ 12 characters, upper case. fingerprint: of the request, with
    its algorithm's version in front. shortcode_kind: "paybill" or "till". store_number: of a till, the other number
    by which M-Pesa may call it.
    """

    id: str
    owner: str
    livemode: bool
    shortcode: str
    shortcode_kind: str
    shop_name: str
    amount_kes: int
    account_reference: str
    description: str
    created_at_ms: int
    expires_at_ms: int
    fingerprint: str
    created_by: str
    order: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    return_url: str | None = None
    cancel_url: str | None = None
    language: str | None = None
    store_number: str | None = None
    link: str | None = None
    """The payment link that it came from."""


@dataclass(frozen=True, slots=True)
class Asks:
    """How often an attempt was asked about, and when last. No money state: only the schedule reads it.

    Under number 0: how often money that somebody claims was looked for.
    """

    count: int
    last_at_ms: int


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment as it is stored: the request, the set of facts by identity, the version of the item."""

    asked: Asked
    facts: Mapping[str, Fact]
    version: int
    fold_version: int = FOLD_VERSION
    asks: Mapping[int, Asks] = field(default_factory=dict)
    updated_at_ms: int = 0
    due_at_ms: int | None = None
    unconcluded: bool = False
    """Facts were added by a release that does not understand all of them: claims and summary are still to follow."""

    @property
    def id(self) -> str:
        """`pay_` and 32 hex characters."""
        return self.asked.id

    def knows(self, fact: Fact) -> bool:
        """Whether this very fact is in the set already."""
        return fact.id in self.facts

    def with_facts(self, facts: Iterable[Fact]) -> PaymentRecord:
        """The record with these facts added; facts that are known keep their first times."""
        added = {fact.id: fact for fact in facts if fact.id not in self.facts}
        return replace(self, facts={**self.facts, **added}) if added else self


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended without money. code: of `reasons.py`; mpesa_code: Safaricom's, kept as told."""

    code: str
    mpesa_code: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to collect the payment, as the facts have it.

    checkout_request_id contains the payer's number: mask it wherever it leaves. ended_at_ms: when the fact
    that decided was learned.
    """

    number: int
    status: AttemptStatus
    phone: str
    amount_kes: int
    sender: str
    begun_at_ms: int
    send_before_ms: int
    checkout_request_id: str | None
    merchant_request_id: str | None
    prompted_at_ms: int | None
    receipt: str | None
    failure: Failure | None
    ended_at_ms: int | None
    retry_at_ms: int
    unconfirmed: bool
    """Some evidence waits for a query to confirm it."""

    unconfirmed_since_ms: int | None
    """When the newest of it was told, where a query may settle it at once."""

    not_charged: bool
    receipt_taken: bool
    prompt_gone: bool
    """Safaricom itself has said that this prompt is over, or it was never taken."""

    ids_to_ask: tuple[str, ...]
    """What a query about it may be asked with: the push's own id; until that is known, each that a callback names."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that arrived. receipt None: known to have come, M-Pesa's code not told yet (`receipt_pending`)."""

    receipt: str | None
    amount_kes: int
    at_ms: int
    source: Source
    facts: tuple[str, ...]
    attempt: int | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A place in the payment for money that is to go back, or went. parts: shillings by receipt.

    is_live: neither done nor given back, so that its money cannot be refunded otherwise.
    """

    id: str
    amount_kes: int
    parts: Mapping[str, int]
    method: str
    reserved_at_ms: int
    is_live: bool
    is_done: bool


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What follows from the facts. Money state is all of it but `late_success`. price_kes: what was asked for."""

    status: PaymentStatus
    price_kes: int
    flags: frozenset[Flag]
    attempts: tuple[Attempt, ...]
    credits: tuple[Credit, ...]
    received_kes: int
    returned_kes: int
    paid_at_ms: int | None
    failure: Failure | None
    refunds: tuple[Refund, ...] = ()

    @property
    def reserved_kes(self) -> int:
        """What refunds hold that are neither done nor given back."""
        return sum(refund.amount_kes for refund in self.refunds if refund.is_live)

    @property
    def unsafe_because(self) -> tuple[Shortfall | Flag, ...]:
        """What stands against releasing goods; nothing: they may go."""
        return unsafe_because(
            self.price_kes,
            received_kes=self.received_kes,
            returned_kes=self.returned_kes,
            reserved_kes=self.reserved_kes,
            flags=self.flags,
        )

    @property
    def safe_to_fulfil(self) -> bool:
        """Whether goods may go out: the one answer by which a shop releases them."""
        return not self.unsafe_because

    @property
    def last_attempt(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def receipts(self) -> frozenset[str]:
        """Receipts that are credited here."""
        return frozenset(credit.receipt for credit in self.credits if credit.receipt)
