"""The control API's money out: requests that were answered later, operators, reversals on the portal, statements."""

from __future__ import annotations

import datetime as dt

from aiohttp import web
from pydantic import Field

from local.daraja_simulator import b2c, reversal
from local.daraja_simulator.books import UTILITY
from local.daraja_simulator.codes import command_result_text
from local.daraja_simulator.control_body import ControlBody, Digits, Number, bad_request, conflict, no_such, read
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.initiators import WRONG_PASSWORDS_MAX
from local.daraja_simulator.statement import statement
from local.daraja_simulator.times import EAT, eat


class InitiatorOrder(ControlBody):
    """What to change about an operator; what is absent stays. refused: commands that it may not give."""

    password: str | None = Field(default=None, min_length=1, max_length=100)
    locked: bool | None = None
    refused: list[str] | None = None


class PortalPayout(ControlBody):
    """Money for a phone, typed by a person on the organisation's portal."""

    shortcode: Digits
    phone: Number
    amount: int = Field(strict=True)


def add_routes(app: web.Application) -> None:
    """`/control/api/conversations`, `…/initiators`, `…/statement`; a reversal and a payout on the portal."""
    routes = app.router
    routes.add_get("/control/api/conversations", list_conversations)
    routes.add_get("/control/api/initiators", list_initiators)
    routes.add_post("/control/api/initiators/{name}", change_initiator)
    routes.add_post("/control/api/books/receipts/{receipt}/reverse", reverse_on_the_portal)
    routes.add_post("/control/api/books/payouts", pay_out_on_the_portal)
    routes.add_get("/control/api/statement", show_statement)


async def list_conversations(request: web.Request) -> web.Response:
    """Payouts, reversals and questions, oldest first."""
    seen = request.app[WORLD].conversations.all
    return web.json_response({"conversations": [one.as_json() for one in seen]})


async def list_initiators(request: web.Request) -> web.Response:
    """Operators, with their passwords: those of a world where nothing is real."""
    return web.json_response({"initiators": [one.as_json() for one in request.app[WORLD].initiators.all.values()]})


async def change_initiator(request: web.Request) -> web.Response:
    """Another password, as after 90 days; locked or unlocked; roles taken away."""
    initiator = request.app[WORLD].initiators.all.get(request.match_info["name"])
    if initiator is None:
        raise no_such("initiator")
    order = await read(request, InitiatorOrder)
    if order.password is not None:
        initiator.password = order.password
    if order.locked is not None:
        initiator.wrong_passwords = WRONG_PASSWORDS_MAX if order.locked else 0
    if order.refused is not None:
        initiator.refused = frozenset(order.refused)
    return web.json_response(initiator.as_json())


async def reverse_on_the_portal(request: web.Request) -> web.Response:
    """Somebody of the organisation gives a payment back by hand; nobody is told."""
    world = request.app[WORLD]
    paid = world.books.find(request.match_info["receipt"])
    if paid is None:
        raise no_such("receipt")
    if world.books.reversal_of(paid.receipt) is not None:
        raise conflict("This payment has been reversed already.")
    return web.json_response(reversal.give_back(world, paid).as_json(), status=201)


async def pay_out_on_the_portal(request: web.Request) -> web.Response:
    """Somebody of the organisation pays a phone by hand; no program is told."""
    world = request.app[WORLD]
    order = await read(request, PortalPayout)
    shortcode, phone = world.shortcodes.find(order.shortcode), world.phones.get(order.phone)
    if shortcode is None or UTILITY not in world.books.balances()[shortcode.number]:
        raise no_such("shortcode that pays out")
    why_not = b2c.limit_of(world, shortcode, phone, order.amount)
    if why_not is not None:
        raise conflict(f"M-PESA does not move it: {command_result_text(why_not)}")
    entry = b2c.pay_out(world, shortcode, phone, order.amount, kind="by_hand", reference="")
    return web.json_response(entry.as_json(), status=201)


async def show_statement(request: web.Request) -> web.Response:
    """`?shortcode=&from=2026-03-01&to=2026-03-02&account=`: the portal's file, days of Nairobi, `to` included."""
    world = request.app[WORLD]
    shortcode = world.shortcodes.find(request.query.get("shortcode", ""))
    if shortcode is None:
        raise no_such("shortcode")
    today = eat(world.clock.now()).date().isoformat()
    first = _day(request.query.get("from", today), "from")
    last = _day(request.query.get("to", today), "to")
    account = request.query.get("account", shortcode.account)
    if account not in world.books.balances()[shortcode.number]:
        raise bad_request("account: this organisation has no such account")
    file = statement(world, shortcode, account, first.timestamp(), (last + dt.timedelta(days=1)).timestamp())
    name = f"statement_{shortcode.number}_{first:%Y%m%d}_{last:%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=file, content_type="text/csv", headers=headers)


def _day(written: str, name: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=EAT)
    except ValueError as wrong:
        raise bad_request(f"{name}: not a day like 2026-03-01") from wrong
