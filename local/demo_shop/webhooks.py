"""The shop's webhook: the gateway tells of payments, and orders go out without anybody looking.

As a customer's backend would do it: verify with the standard's library on the raw body, believe, answer 204 at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from local.demo_shop.gateway import GatewayError, Payment
from local.demo_shop.orders import Orders

Taker = Callable[[web.Request], Awaitable[web.Response]]


def webhook_taker(orders: Orders, secret: str) -> Taker:
    """What answers at the webhook address. secret: `whsec_…`, shown by the gateway when the endpoint was made."""

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event: Any = Webhook(secret).verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            return web.Response(status=401, text="bad signature")
        _note(event, orders)
        return web.Response(status=204)

    return take


def _note(event: Any, orders: Orders) -> None:
    """What is about none of the orders that the shop remembers is taken and forgotten."""
    data = event["data"]
    order = orders.find(str(data.get("order"))) if str(event["type"]).startswith("payment.") else None
    if order is None:
        return
    try:
        order.hear(Payment.read({"checkout_url": order.checkout_url, **data}))
    except GatewayError:
        return
