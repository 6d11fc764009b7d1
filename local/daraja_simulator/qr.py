"""Dynamic QR: a picture for M-PESA's app, answered at once."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING

import segno

from local.daraja_simulator.answers import Answer, Call, answer, invalid
from local.daraja_simulator.fields import digits, text, whole_amount

if TYPE_CHECKING:
    from local.daraja_simulator.world import World

TRANSACTION_CODES = ("BG", "PB", "WA", "SM", "SB")
SIZE_PIXELS_MAX = 1_000


async def generate(world: World, call: Call) -> Answer:
    """`POST /mpesa/qrcode/v1/generate`. What the picture holds is our own: no format is published."""
    body = call.body or {}
    wrong = _first_wrong(body)
    if wrong is not None:
        return invalid(world.ids.request_id(), wrong)
    held = {name: body[name] for name in ("MerchantName", "RefNo", "Amount", "TrxCode", "CPI")}
    picture = segno.make(json.dumps(held, sort_keys=True), micro=False)
    scale = max(1, int(str(body["Size"])) // picture.symbol_size()[0])
    drawn = io.BytesIO()
    picture.save(drawn, kind="png", scale=scale)
    return answer(
        {
            "ResponseCode": "00",
            "RequestID": world.ids.request_id(),
            "ResponseDescription": "QR Code Successfully Generated.",
            "QRCode": base64.b64encode(drawn.getvalue()).decode(),
        }
    )


def _first_wrong(body: object) -> str | None:
    if not isinstance(body, dict):
        raise TypeError(type(body).__name__)
    size = digits(body.get("Size"), 1, 4)
    sound = {
        "MerchantName": text(body.get("MerchantName"), 60),
        "RefNo": text(body.get("RefNo"), 20),
        "Amount": whole_amount(body.get("Amount")),
        "TrxCode": body.get("TrxCode") if body.get("TrxCode") in TRANSACTION_CODES else None,
        "CPI": digits(body.get("CPI"), 5, 12),
        "Size": size if size and int(size) <= SIZE_PIXELS_MAX else None,
    }
    return next((name for name, value in sound.items() if value is None), None)
