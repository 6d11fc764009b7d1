"""Pictures that M-PESA's app reads: Safaricom draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.shop import Shortcode


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedQr:
    """What is to be paid where. reference: what the payment will carry. size: pixels of its side."""

    shortcode: Shortcode
    shop_name: str
    amount_kes: int
    reference: str
    size: int


class MpesaQr(Protocol):
    """Safaricom. Raise the errors of `daraja.errors`. Asking again changes nothing."""

    def draw(self, token: str, wanted: WantedQr, /) -> str:
        """A PNG in base64."""
