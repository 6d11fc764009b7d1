"""The control API's standing orders, USSD pushes, invoices, and swapped SIM cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import Field

from local.daraja_simulator import standing_orders
from local.daraja_simulator.control_body import ControlBody, bad_request, conflict, no_such, path_number, read
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.phones import international

if TYPE_CHECKING:
    from local.daraja_simulator.world import World

DAY_S = 86_400.0


class SwapOrder(ControlBody):
    """A SIM card that was replaced, so many days ago."""

    days_ago: float = Field(default=0.0, ge=0, le=36_500)


def add_routes(app: web.Application) -> None:
    """`/control/api/standing-orders…`, `…/ussd-pushes`, `…/bills`, `…/phones/{number}/sim-swap`."""
    routes = app.router
    routes.add_get("/control/api/standing-orders", list_standing_orders)
    routes.add_post("/control/api/standing-orders/{id:[0-9]+}/stop", stop_standing_order)
    routes.add_get("/control/api/ussd-pushes", list_ussd_pushes)
    routes.add_get("/control/api/bills", list_bills)
    routes.add_post("/control/api/phones/{number}/sim-swap", swap_sim)


async def list_standing_orders(request: web.Request) -> web.Response:
    """Each order with its days so far, oldest first; of one phone, if asked."""
    written = request.query.get("phone")
    number = None if written is None else international(written)
    if written is not None and number is None:
        raise bad_request("phone: not a Kenyan mobile number")
    orders = request.app[WORLD].standing_orders.all
    return web.json_response({"standing_orders": [one.as_json() for one in orders if number in (None, one.phone)]})


async def stop_standing_order(request: web.Request) -> web.Response:
    """The customer stops it. 409: it is not active."""
    world = request.app[WORLD]
    order = world.standing_orders.find(int(request.match_info["id"]))
    if order is None:
        raise no_such("standing order")
    if order.state != "active":
        raise conflict(f"This standing order is {order.state}.")
    standing_orders.stop(world, order)
    return web.json_response(order.as_json())


async def list_ussd_pushes(request: web.Request) -> web.Response:
    """Each merchant that was asked to pay, oldest first."""
    return web.json_response({"ussd_pushes": [pushed.as_json() for pushed in request.app[WORLD].ussd_pushes]})


async def list_bills(request: web.Request) -> web.Response:
    """Who has joined Bill Manager, invoices, and how payments were told."""
    return web.json_response(_bills(request.app[WORLD]))


async def swap_sim(request: web.Request) -> web.Response:
    """A SIM card is replaced; SWAP and IMSI tell for three months."""
    phone = request.app[WORLD].phones.get(path_number(request))
    order = await read(request, SwapOrder)
    phone.swapped_at_s = request.app[WORLD].clock.now() - order.days_ago * DAY_S
    return web.json_response(phone.as_json())


def _bills(world: World) -> dict[str, object]:
    bills = world.bills
    return {
        "members": [member.as_json() for member in bills.members.values()],
        "invoices": [invoice.as_json() for invoice in bills.invoices],
        "tellings": [telling.as_json() for telling in bills.tellings],
    }
