"""`GET /v1/checkout/shop`: what a shop's own page may know of the shop, by its publishable key."""

from __future__ import annotations

from typing import Any

from gateway.domain.shop import ShopSettings
from gateway.ports import Flow, Store, call
from gateway.web.auth import authenticate_publishable
from gateway.web.browsers import cors_headers
from gateway.web.errors import ApiError
from gateway.web.http import Answer, json_answer
from gateway.web.serving import Scene
from gateway.web.views import CURRENCY


def get_shop(scene: Scene) -> Flow[Answer]:
    """What is printed on its pages anyway: no origins, no keys."""
    key = yield from authenticate_publishable(scene.request, livemode=scene.livemode)
    shop = yield from call(Store.read_settings, key.owner)
    headers = cors_headers(scene, shop)
    if shop is None:
        raise ApiError("not_found", "This shop has no settings yet.", headers=headers)
    return json_answer(200, shop_view(shop, livemode=scene.livemode), headers)


def shop_view(shop: ShopSettings, *, livemode: bool) -> dict[str, Any]:
    """The shop as anybody may see it."""
    return {
        "object": "shop",
        "livemode": livemode,
        "name": shop.name,
        "support_phone": shop.support_phone or None,
        "support_url": shop.support_url or None,
        "colour": shop.colour,
        "default_language": shop.default_language,
        "currency": CURRENCY,
        "amount_max": shop.amount_kes_max,
        "shortcodes": [{"number": code.number, "kind": code.kind, "name": code.name} for code in shop.shortcodes],
    }
