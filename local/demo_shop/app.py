"""The shop's pages: counter, ordering, and an order's state."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from local.daraja_simulator.pages.site import SITE, Door, page, site_of, templates_in
from local.demo_shop.gateway import GATEWAY, GatewayError, Payment, use_gateway
from local.demo_shop.orders import GOODS, Good, Order, Orders, good_of
from local.demo_shop.telling import Telling, tell
from local.demo_shop.webhooks import webhook_taker

if TYPE_CHECKING:
    from local.addresses import Addresses

HERE = Path(__file__).parent
NEVER_CONFIRMED = "The gateway never confirmed the payment of this order. Asking again is safe."
TEMPLATES = templates_in(HERE / "templates")


class Shop(NamedTuple):
    """The shop of one application."""

    orders: Orders
    address: str
    """Where browsers find the shop, e.g. `http://localhost:7071/shop`."""


SHOP: web.AppKey[Shop] = web.AppKey("demo_shop", Shop)


def add_routes(app: web.Application, addresses: Addresses) -> None:
    """Add `/shop` and what lies under it; the gateway is called at `addresses.gateway`."""
    site = site_of(app)
    site.doors.append(Door(40, "/shop", "Demo shop"))
    site.form_targets.append(addresses.gateway)
    orders = Orders()
    app[SHOP] = Shop(orders, addresses.outside + "/shop")
    use_gateway(app, addresses)
    app.router.add_static("/shop/static", HERE / "static")
    app.router.add_get("/shop", show_counter)
    app.router.add_post("/shop/orders", place_order)
    app.router.add_get("/shop/orders/{order}", show_order)
    app.router.add_get("/shop/orders/{order}/state", show_state)
    app.router.add_post("/shop/orders/{order}/pay", pay_again)
    app.router.add_post("/shop/webhooks", webhook_taker(orders, addresses.webhook_secret))


async def show_counter(request: web.Request) -> web.Response:
    """The goods, ready to be ordered."""
    return _counter(request, chosen=GOODS[0])


async def place_order(request: web.Request) -> web.StreamResponse:
    """Write the order down, then ask the gateway for its payment."""
    form = await request.post()
    good = good_of(str(form.get("good", "")))
    if good is None:
        return _counter(request, chosen=GOODS[0], problem="Choose one of the three goods.", status=422)
    phone, by_phone = str(form.get("phone", "")).strip(), form.get("way") == "phone"
    if by_phone and not phone:
        problem = "Enter the phone number that pays"
        return _counter(request, chosen=good, problem=problem, at_phone=True, status=422)
    order = request.app[SHOP].orders.open(good, phone, stays_here=by_phone)
    return await _ask_for_payment(request, order)


async def _ask_for_payment(request: web.Request, order: Order) -> web.StreamResponse:
    shop = request.app[SHOP]
    try:
        order.take(await request.app[GATEWAY].create_payment(order.id, payment_body(order, shop.address)))
    except GatewayError as error:
        if not error.certain:
            return _order_page(request, order, tell(order, error), status=HTTPStatus.BAD_GATEWAY)
        shop.orders.forget(order)
        at_phone = error.param == "phone" or bool(order.phone and error.code == "phone_invalid")
        return _counter(
            request, chosen=order.good, typed=order.phone, problem=error.words, at_phone=at_phone,
            code=error.code, status=422 if error.code else HTTPStatus.BAD_GATEWAY,
        )  # fmt: skip
    raise web.HTTPSeeOther(f"/shop/orders/{order.id}" if order.stays_here else order.checkout_url)


def payment_body(order: Order, shop_address: str) -> dict[str, object]:
    """What the shop asks of the gateway. The amount is the shop's price, not the browser's."""
    back = f"{shop_address}/orders/{order.id}"
    asked: dict[str, object] = {
        "amount": order.good.price_kes,
        "account_reference": order.id,
        "order": order.id,
        "return_url": back,
    }
    return {**asked, "phone": order.phone} if order.phone else asked


async def show_order(request: web.Request) -> web.StreamResponse:
    """The order as it stands, asked from the gateway just now."""
    order = _order_in(request)
    return _order_page(request, order, tell(order, await _payment_now(request, order)))


async def show_state(request: web.Request) -> web.StreamResponse:
    """Only the part of the order's page that changes; the page's script puts it in place."""
    order = _order_in(request)
    telling = tell(order, await _payment_now(request, order))
    return page(request, TEMPLATES.get_template("state.html"), {"order": order, "telling": telling})


async def pay_again(request: web.Request) -> web.StreamResponse:
    """Repeat the request of an order whose first try had no certain end: same key, so one payment."""
    return await _ask_for_payment(request, _order_in(request))


async def _payment_now(request: web.Request, order: Order) -> Payment | GatewayError:
    """As the webhook told it once it is paid; before that nobody is waited for: the gateway is asked."""
    if order.told is not None and order.released and order.told.receipt:
        return order.told
    if not order.payment_id:
        return GatewayError(NEVER_CONFIRMED)
    try:
        payment = await request.app[GATEWAY].payment(order.payment_id)
    except GatewayError as error:
        return error
    order.take(payment)
    return payment


def _order_in(request: web.Request) -> Order:
    order = request.app[SHOP].orders.find(request.match_info["order"])
    if order is None:
        raise web.HTTPSeeOther("/shop?unknown")
    return order


def _order_page(request: web.Request, order: Order, telling: Telling, *, status: int = 200) -> web.Response:
    template = TEMPLATES.get_template("order.html")
    return page(request, template, {"order": order, "telling": telling}, status=status)


def _counter(
    request: web.Request,
    *,
    chosen: Good,
    typed: str = "",
    problem: str = "",
    code: str = "",
    at_phone: bool = False,
    status: int = 200,
) -> web.Response:
    values = {
        "goods": GOODS,
        "chosen": chosen,
        "typed": typed,
        "problem": problem,
        "code": code,
        "at_phone": at_phone,
        "orders": request.app[SHOP].orders.newest(5),
        "unknown_order": "unknown" in request.query,
        "phones": any(door.address == "/phones" for door in request.app[SITE].doors),
    }
    return page(request, TEMPLATES.get_template("counter.html"), values, status=status)
