"""A receipt has one owner. The item that says so also keeps the facts that named it.

`ReceiptRecord.owner` is the payment's id, or None while money lies unmatched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.decisions import is_set_aside
from gateway.domain.facts import Fact, MoneyReceived


class Standing(StrEnum):
    """Whose the money is: a payment's, nobody's yet, or of no payment here as a person decided."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """One M-Pesa receipt. day: M-Pesa's completion day in EAT, as 2026-03-02."""

    receipt: str
    owner: str | None
    shortcode: str
    day: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    version: int = 1
    due_at_ms: int | None = None
    matched_tries: int = 0

    @property
    def money(self) -> MoneyReceived | None:
        """What M-Pesa told of this money outside a callback, if anything yet."""
        told = [fact for fact in self.facts.values() if isinstance(fact, MoneyReceived)]
        return min(told, key=lambda fact: fact.id, default=None)

    @property
    def standing(self) -> Standing:
        """Whose it is. Proof that comes later outweighs that it was set aside: then it has an owner."""
        if self.owner is not None:
            return Standing.MATCHED
        return Standing.IGNORED if is_set_aside(self.facts.values()) else Standing.UNMATCHED

    @property
    def money_at_ms(self) -> int:
        """When M-Pesa completed it; where that is not told, when it was learned."""
        times = [getattr(fact, "completed_at_ms", None) or fact.learned_at_ms for fact in self.facts.values()]
        told = self.money
        return (told.completed_at_ms if told else None) or min(times, default=0)
