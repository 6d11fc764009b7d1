"""Have Safaricom draw a picture that M-PESA's app reads and pays by."""

from __future__ import annotations

from daraja.errors import TokenRejected
from gateway.flows.token import access_token, replace_rejected
from gateway.ports import Flow, call
from gateway.ports.mpesa_qr import MpesaQr, WantedQr


def draw_qr(wanted: WantedQr) -> Flow[str]:
    """A PNG in base64; asked for once more with another token if the first is refused.

    Raises the errors of `daraja.errors`, StoreUnavailable, SecretsUnavailable.
    """
    token = yield from access_token()
    try:
        return (yield from call(MpesaQr.draw, token.value, wanted))
    except TokenRejected:
        token = yield from replace_rejected(token)
    return (yield from call(MpesaQr.draw, token.value, wanted))
