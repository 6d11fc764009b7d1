"""A row of M-Pesa's own list: what moved, under which receipt, and whether a customer paid it.

Pull Transactions names what a row is by a word of its own (`transactiontype`) that no document lists. So the word is
read for what it contains, and a word that says neither is no payment: it is kept, listed, and never credited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.facts import Source

UTC_BEHIND_MS = 3 * 3_600_000
"""Nairobi's clock shows three hours more than UTC."""

_RECEIPT = re.compile(r"[A-Z0-9]{10}")
_TO_PERSONS = re.compile(r"b2c|disburs|salary|promotion|businesspayment|pochi")


class RowKind(StrEnum):
    """What a row is about."""

    PAYMENT = "payment"
    REVERSAL = "reversal"
    WITHDRAWAL = "withdrawal"
    FEE = "fee"
    OTHER = "other"


_WORDS: tuple[tuple[RowKind, str], ...] = (
    (RowKind.REVERSAL, r"revers"),
    (RowKind.FEE, r"charge|fee|tariff|commission"),
    (RowKind.WITHDRAWAL, r"withdraw|settle|bank|transferto|b2b|b2c|disburs|salary|promotion|businesspayment|refund"),
    (RowKind.OTHER, r"^business|tomerchant|toorgani"),
    (RowKind.PAYMENT, r"c2b|paybill|payutility|paymerchant|buygoods|customerpayment|merchantpayment|payment|paid"),
)
"""Read from above: a reversal of a Paybill payment is a reversal, and what one organisation pays another may go either
way: Business Pay Bill is no customer's payment.
"""


def kind_of(word: str) -> RowKind:
    """What Safaricom's word says. No word: the list is one of customers' payments."""
    plain = _plain(word)
    if not plain:
        return RowKind.PAYMENT
    return next((kind for kind, pattern in _WORDS if re.search(pattern, plain)), RowKind.OTHER)


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class MpesaRow:
    """A row as M-Pesa's book has it. amount_kes: None where it is no whole shillings.

    word: Safaricom's own. linked: the receipt that this one takes back, where the row names it. amount_cents: of an
    amount with cents, where the list shows them. told_in: the statement that has this row, as `ProvenStretch` names it.
    """

    receipt: str
    kind: RowKind
    amount_kes: int | None
    completed_at_ms: int
    word: str = ""
    linked: str = ""
    told_by: Source = Source.PULL
    amount_cents: int | None = None
    told_in: str = ""

    @property
    def key(self) -> tuple[str, str, int | None]:
        """Rows of one key are one row told twice: lists overlap. A receipt may stand beside its fee."""
        return self.receipt, str(self.kind), self.cents

    @property
    def is_to_a_person(self) -> bool:
        """Whether M-Pesa's word says that it went to somebody's phone: not to the bank, not to an organisation."""
        goes = self.kind in (RowKind.WITHDRAWAL, RowKind.OTHER)
        return goes and bool(_TO_PERSONS.search(_plain(self.word)))

    @property
    def may_be_sent_by_us(self) -> bool:
        """Whether a payout or refund of ours may stand behind it."""
        return self.is_to_a_person or self.kind is RowKind.OTHER

    @property
    def cents(self) -> int | None:
        """The exact amount in cents; None where the list shows none that could be read."""
        return self.amount_cents if self.amount_kes is None else self.amount_kes * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledRow:
    """A row as Pull Transactions tells it. payer_phone: 12 digits, or None.

    nairobi_ms: its time, if the clock in it is Nairobi's, as most believe. It names UTC, and may mean it.
    """

    receipt: str
    amount_kes: int | None
    nairobi_ms: int | None
    word: str
    reference: str
    payer_phone: str | None = field(default=None, repr=False)
    payer_name: str | None = field(default=None, repr=False)

    def completed_at_ms(self, from_ms: int, until_ms: int) -> int | None:
        """When M-Pesa completed it, given the stretch that was asked for. Where it holds neither reading, Nairobi's."""
        if self.nairobi_ms is None:
            return None
        as_utc = self.nairobi_ms + UTC_BEHIND_MS
        fits_nairobi, fits_utc = (from_ms <= at <= until_ms + 999 for at in (self.nairobi_ms, as_utc))
        return as_utc if fits_utc and not fits_nairobi else self.nairobi_ms

    def as_row(self, from_ms: int, until_ms: int) -> MpesaRow:
        """As M-Pesa's book keeps it: without the payer. A row without a time counts to the end of its stretch."""
        kind = kind_of(self.word)
        named = self.reference.strip().upper()
        return MpesaRow(
            receipt=self.receipt,
            kind=kind,
            amount_kes=self.amount_kes,
            completed_at_ms=self.completed_at_ms(from_ms, until_ms) or until_ms,
            word=self.word[:40],
            linked=named if kind is RowKind.REVERSAL and _RECEIPT.fullmatch(named) else "",
        )
