"""A receipt has one owner. The item that says so also keeps the facts that named it.

`ReceiptRecord.owner` is the payment's id, or None while money lies unmatched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.facts import Fact, MoneyReceived


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
