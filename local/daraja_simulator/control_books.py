"""The control API's books: entries, balances, receipts added or deleted for drills; organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from aiohttp import web
from pydantic import Field, model_validator

from local.daraja_simulator import c2b
from local.daraja_simulator.books import Transfer
from local.daraja_simulator.control_body import (
    ControlBody,
    Digits,
    Number,
    bad_request,
    conflict,
    no_such,
    read,
)
from local.daraja_simulator.fields import AMOUNT_KES_MAX
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.receipts import RECEIPT_SHAPE

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

Receipt = Annotated[str, Field(pattern=f"^{RECEIPT_SHAPE.pattern}$")]


class ReceiptOrder(ControlBody):
    """A receipt to delete; or one to add, that nobody is told of unless `confirm` is true."""

    delete: Receipt | None = None
    shortcode: Digits | None = None
    amount: int | None = Field(default=None, ge=1, le=AMOUNT_KES_MAX, strict=True)
    payer: Number = "254722000111"
    account: str = Field(default="", max_length=20)
    receipt: Receipt | None = None
    confirm: bool = False

    @model_validator(mode="after")
    def _adds_or_deletes(self) -> ReceiptOrder:
        adds = self.shortcode is not None and self.amount is not None
        if adds is (self.delete is not None):
            raise ValueError("give either delete, or shortcode and amount")
        return self


class ShortcodeOrder(ControlBody):
    """external_validation: whether payments are asked about before the money moves.

    registers_once: whether Daraja refuses to register addresses where some stand, as in production.
    nominated_number: the phone that is asked to pay out of it (USSD push), "" for none. kyc_passed: whether it may be.
    """

    registers_once: bool | None = None
    external_validation: bool | None = None
    registered: bool | None = Field(default=None, description="false forgets the registered addresses")
    nominated_number: Number | Literal[""] | None = None
    kyc_passed: bool | None = None


def add_routes(app: web.Application) -> None:
    """`/control/api/books…` and `/control/api/shortcodes…`."""
    routes = app.router
    routes.add_get("/control/api/books", show_books)
    routes.add_post("/control/api/books", change_receipts)
    routes.add_post("/control/api/books/receipts", change_receipts)
    routes.add_get("/control/api/shortcodes", list_shortcodes)
    routes.add_post("/control/api/shortcodes/{shortcode:[0-9]+}", change_shortcode)


async def show_books(request: web.Request) -> web.Response:
    """Entries (oldest first) and balances, of all organisations or of one."""
    world = request.app[WORLD]
    asked = request.query.get("shortcode")
    only = None if asked is None else _shortcode(world, asked).number
    entries = [entry.as_json() for entry in world.books.entries if only in (None, entry.shortcode)]
    balances = world.books.balances()
    shown = balances if only is None else {only: balances[only]}
    return web.json_response({"entries": entries, "balances": shown})


async def change_receipts(request: web.Request) -> web.Response:
    """Add a receipt that nobody knows, or delete one."""
    order = await read(request, ReceiptOrder)
    world = request.app[WORLD]
    if order.delete is not None:
        if not world.books.delete(order.delete):
            raise no_such("receipt")
        return web.json_response({"deleted": order.delete})
    return web.json_response(_add(world, order), status=201)


async def list_shortcodes(request: web.Request) -> web.Response:
    """Organisations, with their passkeys: those of a world where nothing is real."""
    return web.json_response({"shortcodes": [_shown(code) for code in request.app[WORLD].shortcodes.all]})


async def change_shortcode(request: web.Request) -> web.Response:
    """Switch external validation and whether addresses are registered once; forget those that are."""
    shortcode = _shortcode(request.app[WORLD], request.match_info["shortcode"])
    order = await read(request, ShortcodeOrder)
    if order.registered:
        raise bad_request("registered: addresses are registered over Daraja; false forgets them")
    if order.registered is False:
        shortcode.registration = None
    if order.registers_once is not None:
        shortcode.registers_once = order.registers_once
    if order.external_validation is not None:
        shortcode.external_validation = order.external_validation
    if order.nominated_number is not None:
        shortcode.nominated_number = order.nominated_number or None
    if order.kyc_passed is not None:
        shortcode.kyc_passed = order.kyc_passed
    return web.json_response(_shown(shortcode))


def _add(world: World, order: ReceiptOrder) -> dict[str, object]:
    shortcode = _shortcode(world, order.shortcode or "")
    now_s = world.clock.now()
    if order.receipt is not None and not world.receipts.take(order.receipt):
        raise conflict("This receipt was given before.")
    entry = world.books.credit(
        shortcode,
        Transfer(
            receipt=order.receipt or world.receipts.next(now_s),
            party=order.payer,
            party_name=world.phones.get(order.payer).name,
            amount_kes=order.amount or 0,
            at_s=now_s,
            kind="drill",
            reference=order.account,
        ),
    )
    if order.confirm:
        world.spawn(c2b.confirm(world, entry, after_s=0.0))
    return entry.as_json()


def _shortcode(world: World, number: str) -> Shortcode:
    found = world.shortcodes.find(number)
    if found is None:
        raise no_such("shortcode")
    return found


def _shown(shortcode: Shortcode) -> dict[str, object]:
    registration = shortcode.registration
    return {
        "number": shortcode.number,
        "party": shortcode.party,
        "kind": shortcode.kind,
        "name": shortcode.name,
        "passkey": shortcode.passkey,
        "registers_once": shortcode.registers_once,
        "external_validation": shortcode.external_validation,
        "confirmation_url": None if registration is None else registration.confirmation_url,
        "validation_url": None if registration is None else registration.validation_url,
        "response_type": None if registration is None else registration.response_type,
        "c2b_version": None if registration is None else registration.version,
        "nominated_number": shortcode.nominated_number,
        "kyc_passed": shortcode.kyc_passed,
    }
