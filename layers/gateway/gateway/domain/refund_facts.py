"""What a payment knows of money that is to go back: the place that a refund holds in it, and that place given back.

What follows from them: `refunds.py`. What becomes of the transfer itself lies in the refund's own item (`money_out/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from gateway.domain.fact import Fact, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReserved(Fact):
    """So much of what was received is to go back, by this refund. Whoever holds this can make the refund's item.

    receipts, amounts_kes: how much of which, place by place. method, fallback: of `money_out.outgoing.Method`.
    attempt: whose number it goes to where it is paid out; 0: it cannot be. pays_from: the shortcode that pays out.
    reason: as M-Pesa keeps it. maker: verified subject of the person who asked, empty for an API key.
    """

    KIND: ClassVar[str] = "refund_reserved"
    SOURCE: ClassVar[Source] = Source.API
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset(
        {
            *("said_at_ms", "learned_at_ms", "amount_kes", "receipts", "amounts_kes", "method", "fallback"),
            *("attempt", "pays_from", "reason", "created_by", "maker", "fingerprint"),
        }
    )

    refund_id: str
    amount_kes: int
    receipts: tuple[str, ...]
    amounts_kes: tuple[int, ...]
    method: str
    fallback: str = ""
    attempt: int = 0
    pays_from: str = ""
    reason: str = ""
    created_by: str = ""
    maker: str = ""
    fingerprint: str = ""

    @property
    def parts(self) -> Mapping[str, int]:
        """Shillings by receipt."""
        return dict(zip(self.receipts, self.amounts_kes, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReleased(Fact):
    """The refund certainly does not go: rejected, lapsed or refused for good. Its money may be refunded otherwise."""

    KIND: ClassVar[str] = "refund_released"
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"said_at_ms", "learned_at_ms", "why"})

    refund_id: str
    why: str


REFUND_FACTS = (RefundReserved, RefundReleased)
"""All of them, for the codec of a payment's facts."""
