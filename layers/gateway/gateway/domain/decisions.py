"""What a person decides about money that lies under a receipt: whose it is, or that it is nobody's here.

They are kept in the receipt's own item, and travel with it to the payment that gets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from gateway.domain.fact import Fact, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAssigned(Fact):
    """A person gave the money under this receipt to this payment.

    not_of: other payments whose it may have been, as the person was told. key: of the request.
    """

    KIND: ClassVar[str] = "money_assigned"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor", "key"})

    receipt: str
    payment: str
    actor: str
    not_of: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySetAside(Fact):
    """A person says that this money is for no payment here (aside), or takes that back. The highest turn holds."""

    KIND: ClassVar[str] = "money_set_aside"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor", "reason"})

    receipt: str
    turn: int
    aside: bool
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyGivenElsewhere(Fact):
    """A prompt of this payment may have brought this money, and a person gave it to another payment all the same."""

    KIND: ClassVar[str] = "money_given_elsewhere"
    SOURCE: ClassVar[Source] = Source.OPERATOR
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "actor"})

    receipt: str
    payment: str
    amount_kes: int
    actor: str


DECISIONS = (MoneyAssigned, MoneySetAside, MoneyGivenElsewhere)
"""All of them, for the codec of a payment's facts."""


def assigned_receipts(facts: Iterable[Fact]) -> frozenset[str]:
    """Receipts that a person gave to the payment of these facts."""
    return frozenset(fact.receipt for fact in facts if isinstance(fact, MoneyAssigned))


def last_turns(facts: Iterable[Fact]) -> tuple[MoneySetAside, ...]:
    """Of each receipt the newest word on whether it is set aside."""
    newest: dict[str, MoneySetAside] = {}
    for fact in facts:
        if isinstance(fact, MoneySetAside):
            known = newest.get(fact.receipt)
            if known is None or (known.turn, known.id) < (fact.turn, fact.id):
                newest[fact.receipt] = fact
    return tuple(newest[receipt] for receipt in sorted(newest))


def is_set_aside(facts: Iterable[Fact]) -> bool:
    """Whether a person said that the money of these facts, all of one receipt, is for no payment here."""
    return any(fact.aside for fact in last_turns(facts))
