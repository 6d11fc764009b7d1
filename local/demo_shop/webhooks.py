"""The shop's webhook: the gateway tells of payments, and orders go out without anybody looking.

As a customer's backend would do it: verify with the standard's library on the raw body, believe, answer 204 at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import time_machine
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from local.demo_shop.gateway import GatewayError, Payment
from local.demo_shop.orders import Orders

Taker = Callable[[web.Request], Awaitable[web.Response]]


def webhook_taker(orders: Orders, secret: str, now_s: Callable[[], float]) -> Taker:
    """What answers at the webhook address. secret: `whsec_…`, shown by the gateway when the endpoint was made."""

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event = _verified(secret, body, dict(request.headers), now_s())
        except (WebhookVerificationError, ValueError):
            return web.Response(status=401, text="bad signature")
        _note(event, orders)
        return web.Response(status=204)

    return take


def _verified(secret: str, body: bytes, headers: dict[str, str], at_s: float) -> Any:
    """The event. Raises WebhookVerificationError, and ValueError for a signature of no form at all.

    A shop of its own needs the last line alone: the library looks at the machine's clock, and here time can be moved.
    """
    with time_machine.travel(at_s, tick=False):
        return Webhook(secret).verify(body, headers)


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
