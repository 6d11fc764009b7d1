"""The control API's phones: add one, answer a prompt, pay from the menu, turn switches; and pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from aiohttp import web
from pydantic import Field, model_validator

from local.daraja_simulator import asks, c2b, prompts
from local.daraja_simulator.asks import Ask
from local.daraja_simulator.control_body import (
    ControlBody,
    Digits,
    Number,
    bad_request,
    conflict,
    no_such,
    path_number,
    read,
)
from local.daraja_simulator.fields import AMOUNT_KES_MAX
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.phones import WALLET_MAX_KES, Answering, Phone, international
from local.daraja_simulator.receipts import RECEIPT_SHAPE
from local.daraja_simulator.world import DefaultAnswer, World

if TYPE_CHECKING:
    from local.daraja_simulator.shortcodes import Shortcode

Pin = Annotated[Digits, Field(pattern=r"^[0-9]{4}$")]


class PhoneOrder(ControlBody):
    """A phone to add, or what to change about one."""

    number: Number
    name: str | None = Field(default=None, min_length=1, max_length=40)
    balance: int | None = Field(default=None, ge=0, le=WALLET_MAX_KES)
    pin: Pin | None = None


class AnswerOrder(ControlBody):
    """The payer's answer to the prompt on the screen, or to another one by its id."""

    pin: Pin | None = None
    cancel: bool = False
    prompt: int | None = None

    @model_validator(mode="after")
    def _is_one_answer(self) -> AnswerOrder:
        if (self.pin is None) is not self.cancel:
            raise ValueError("give either a pin or cancel: true")
        return self


class PayOrder(ControlBody):
    """A payment typed on the menu. receipt: one of your choice, for drills."""

    shortcode: Annotated[Digits, Field(pattern=r"^[0-9]{5,7}$")]
    account: str = Field(default="", max_length=20)
    amount: int = Field(ge=1, le=AMOUNT_KES_MAX, strict=True)
    pin: Pin | None = None
    receipt: str | None = Field(default=None, pattern=f"^{RECEIPT_SHAPE.pattern}$")


class SwitchOrder(ControlBody):
    """Switches to turn; what is absent stays. locked: false unlocks the PIN."""

    off: bool | None = None
    no_network: bool | None = None
    ussd_session: bool | None = None
    fuliza: bool | None = None
    timeout_code: Literal["1037", "1032"] | None = None
    locked: bool | None = None


class DefaultOrder(ControlBody):
    """What ordinary phones do with a prompt."""

    answer: Answering
    after_s: float = Field(default=2.0, ge=0, le=3_600)


def add_routes(app: web.Application) -> None:
    """`/control/api/phones…` and `/control/api/pushes`."""
    routes = app.router
    routes.add_get("/control/api/phones", list_phones)
    routes.add_post("/control/api/phones", add_phone)
    routes.add_get("/control/api/phones/default", show_default)
    routes.add_post("/control/api/phones/default", set_default)
    routes.add_get("/control/api/phones/{number}", show_phone)
    routes.add_post("/control/api/phones/{number}/answer", answer)
    routes.add_post("/control/api/phones/{number}/pay", pay)
    routes.add_post("/control/api/phones/{number}/switch", switch)
    routes.add_get("/control/api/pushes", list_pushes)


async def list_phones(request: web.Request) -> web.Response:
    """Every phone met so far."""
    world = request.app[WORLD]
    return web.json_response({"phones": [_shown(world, phone) for phone in world.phones.all()]})


async def add_phone(request: web.Request) -> web.Response:
    """Add a phone, or change one."""
    order = await read(request, PhoneOrder)
    phone = request.app[WORLD].phones.get(order.number)
    phone.name = phone.name if order.name is None else order.name.upper()
    phone.balance_kes = phone.balance_kes if order.balance is None else order.balance
    phone.pin = phone.pin if order.pin is None else order.pin
    return web.json_response(_shown(request.app[WORLD], phone), status=201)


async def show_phone(request: web.Request) -> web.Response:
    """One phone; a number not met before is added."""
    return web.json_response(_shown(request.app[WORLD], _phone(request)))


async def show_default(request: web.Request) -> web.Response:
    """What ordinary phones do with a prompt."""
    default = request.app[WORLD].default_answer
    return web.json_response({"answer": default.answer, "after_s": default.after_s})


async def set_default(request: web.Request) -> web.Response:
    """Prompts that are shown from now on are answered this way."""
    order = await read(request, DefaultOrder)
    request.app[WORLD].default_answer = DefaultAnswer(order.answer, order.after_s)
    return await show_default(request)


async def answer(request: web.Request) -> web.Response:
    """Type a PIN into what the phone asks, or cancel it. 409: it asks nothing."""
    phone = _phone(request)
    order = await read(request, AnswerOrder)
    world = request.app[WORLD]
    prompt = phone.live_prompt(order.prompt)
    asked = None if prompt is None else (world.asks.find(prompt.id) or prompts.live_push(world, phone, prompt.id))
    if asked is None:
        raise conflict("There is no prompt on this phone.")
    if not phone.reachable:
        raise conflict("The phone is off or has no network.")
    if isinstance(asked, Ask):
        asks.answer(world, asked, order.pin)
    else:
        prompts.answer(world, asked, order.pin)
    return web.json_response({"result_code": asked.code, "receipt": asked.receipt, "phone": _shown(world, phone)})


async def pay(request: web.Request) -> web.Response:
    """Pay from the menu. 409: the phone, the PIN, the wallet or the organisation says no."""
    phone = _phone(request)
    order = await read(request, PayOrder)
    world = request.app[WORLD]
    payment = _payment(world, phone, order)
    with world.clock.busy():
        end = await c2b.pay(world, payment)
    if end.receipt is None:
        raise conflict(f"The payment was not accepted: {end.reason}.")
    return web.json_response({"receipt": end.receipt, "phone": _shown(world, phone)})


async def switch(request: web.Request) -> web.Response:
    """Turn switches."""
    phone = _phone(request)
    order = (await read(request, SwitchOrder)).model_dump(exclude_none=True)
    if "locked" in order:
        phone.locked = order.pop("locked")
        phone.wrong_pins = 0
    for name, value in order.items():
        setattr(phone.switches, name, value)
    return web.json_response(_shown(request.app[WORLD], phone))


async def list_pushes(request: web.Request) -> web.Response:
    """Each push seen, oldest first; of one phone, if asked."""
    written = request.query.get("phone")
    number = None if written is None else international(written)
    if written is not None and number is None:
        raise bad_request("phone: not a Kenyan mobile number")
    seen = request.app[WORLD].pushes.all
    return web.json_response({"pushes": [push.as_json() for push in seen if number in (None, push.phone)]})


def _shown(world: World, phone: Phone) -> dict[str, object]:
    """A phone, with the standing orders that its owner can stop."""
    active = (order for order in world.standing_orders.of_phone(phone.number) if order.state == "active")
    return {**phone.as_json(), "standing_orders": [order.as_json() for order in active]}


def _phone(request: web.Request) -> Phone:
    return request.app[WORLD].phones.get(path_number(request))


def _payment(world: World, phone: Phone, order: PayOrder) -> c2b.MenuPayment:
    shortcode = _shortcode(world, order)
    if not phone.reachable:
        raise conflict("The phone is off or has no network.")
    if order.pin is not None and not phone.pin_is_right(order.pin):
        raise conflict("The PIN is locked." if phone.locked else "Wrong PIN.")
    if not phone.can_spend(order.amount):
        raise conflict("The balance is too low.")
    if order.receipt is not None and not world.receipts.take(order.receipt):
        raise conflict("This receipt was given before.")
    return c2b.MenuPayment(phone, shortcode, order.account, order.amount, order.receipt)


def _shortcode(world: World, order: PayOrder) -> Shortcode:
    """By what payers type: a paybill's number, or a till's; a till takes no account."""
    found = next((code for code in world.shortcodes.all if code.party == order.shortcode), None)
    if found is None:
        raise no_such("business or till number")
    if (order.account == "") is (found.kind == "paybill"):
        raise bad_request("account: a paybill needs one, a till takes none")
    return found
