"""The MpesaQr port over Safaricom's client. It loads httpx and pydantic: import it only when a call is due."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from daraja.client import DarajaClient
from daraja.requests.qr import QrRequest
from gateway.aws.daraja_port import not_ours_to_send
from gateway.ports.mpesa_qr import WantedQr

PAYBILL: Final = "PB"
TILL: Final = "BG"
"""Safaricom's words for where money goes."""


class MpesaQrPort:
    """Safaricom, or the simulator at the same path."""

    def __init__(self, client: DarajaClient) -> None:
        self._client = client

    def draw(self, token: str, wanted: WantedQr, /) -> str:
        """A PNG in base64. Raises the errors of `daraja.errors`."""
        try:
            request = QrRequest(
                merchant_name=wanted.shop_name,
                reference=wanted.reference,
                amount_kes=wanted.amount_kes,
                kind=TILL if wanted.shortcode.kind == "till" else PAYBILL,
                credit_party=wanted.shortcode.number,
                size=wanted.size,
            )
        except ValidationError as error:
            raise not_ours_to_send(error) from None
        return self._client.make_qr(token, request).png_base64
