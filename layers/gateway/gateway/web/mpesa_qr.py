"""Pictures for M-PESA's app. The pages of payment links carry codes of their own (`qr.py`), which any camera opens."""

from __future__ import annotations

from daraja.errors import DarajaError
from gateway.flows.mpesa_qr import draw_qr
from gateway.ports import Flow
from gateway.ports.mpesa_qr import WantedQr
from gateway.web.auth import authenticate_shop
from gateway.web.balances import unusable
from gateway.web.bodies import read_object
from gateway.web.errors import ApiError
from gateway.web.http import Answer, json_answer
from gateway.web.idempotency import optional_key
from gateway.web.serving import Scene
from gateway.web.shops import shop_of


def make_qr(scene: Scene) -> Flow[Answer]:
    """`POST /v1/qr`. Nothing is stored: who pays by it is told of as money by hand, by its reference."""
    key = yield from authenticate_shop(scene.request, scene.route, livemode=scene.livemode)
    optional_key(scene.request)
    from gateway.web.mpesa_qr_models import QrRequest  # noqa: PLC0415  pydantic for who asks for a picture
    from gateway.web.requests import Limits, read_model  # noqa: PLC0415  as above

    fields = read_object(scene.request)
    shop = yield from shop_of(key.owner)
    asked = read_model(QrRequest, fields, Limits(shop, scene.livemode))
    code = shop.shortcode(asked.shortcode) if asked.shortcode else shop.shortcodes[0]
    if code is None:
        raise ApiError("shortcode_unknown", "The settings name no such shortcode.", param="shortcode")
    wanted = WantedQr(
        shortcode=code,
        shop_name=shop.name,
        amount_kes=asked.amount,
        reference=asked.account_reference,
        size=asked.size,
    )
    try:
        png = yield from draw_qr(wanted)
    except DarajaError as error:
        raise unusable(error) from None
    shown = {
        "object": "qr",
        "shortcode": code.number,
        "amount": asked.amount,
        "currency": "KES",
        "account_reference": asked.account_reference,
        "png": png,
    }
    return json_answer(200, shown)
