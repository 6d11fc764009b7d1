"""Daraja's C2B endpoints: register addresses, and the sandbox's simulated payment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from local.daraja_simulator import c2b
from local.daraja_simulator.answers import Answer, Call, answer, refusal
from local.daraja_simulator.codes import FORBIDDEN_URL_WORDS
from local.daraja_simulator.fields import digits, url_is_sound, whole_amount
from local.daraja_simulator.phones import international
from local.daraja_simulator.shortcodes import Registration, Shortcode

if TYPE_CHECKING:
    from local.daraja_simulator.world import World

COMMANDS = {"CustomerPayBillOnline": "paybill", "CustomerBuyGoodsOnline": "till"}
REFERENCE_LENGTH_MAX = 20


async def register(world: World, call: Call) -> Answer:
    """`POST /mpesa/c2b/v1|v2/registerurl`. May be repeated, as in Safaricom's sandbox, unless the drill says once."""
    body = call.body or {}
    shortcode = world.shortcodes.find(digits(body.get("ShortCode"), 5, 7) or "")
    if shortcode is None:
        return _refused(world, "Invalid ShortCode")
    response_type = body.get("ResponseType")
    if response_type not in ("Completed", "Cancelled"):
        return _refused(world, "Invalid ResponseType")
    for name in ("ConfirmationURL", "ValidationURL"):
        if (fault := _url_fault(body.get(name))) is not None:
            return _refused(world, f"Invalid {name}{fault}")
    if shortcode.registers_once and shortcode.registration is not None:
        return refusal(world.ids.request_id(), "500.003.1001", "Urls are already registered.")
    version: Literal["v1", "v2"] = "v1" if "/v1/" in call.path else "v2"
    kind: Literal["Completed", "Cancelled"] = "Completed" if response_type == "Completed" else "Cancelled"
    shortcode.registration = Registration(version, kind, str(body["ConfirmationURL"]), str(body["ValidationURL"]))
    return answer({**_conversation(world), "ResponseDescription": "Success"})


async def simulate(world: World, call: Call) -> Answer:
    """`POST /mpesa/c2b/v1|v2/simulate`: somebody pays, without a phone in hand."""
    body = call.body or {}
    shortcode = world.shortcodes.find(digits(body.get("ShortCode"), 5, 7) or "")
    amount = whole_amount(body.get("Amount"))
    payer = international(str(body.get("Msisdn", "")))
    if (wrong := _first_wrong(shortcode, body.get("CommandID"), amount, payer)) is not None:
        return _refused(world, f"Invalid {wrong}")
    if shortcode is None or amount is None or payer is None:
        raise AssertionError(call.path)
    reference = str(body.get("BillRefNumber") or "")
    if _reference_is_wrong(shortcode, reference):
        return _refused(world, "Invalid BillRefNumber")
    payment = c2b.MenuPayment(world.phones.get(payer), shortcode, reference, amount, kind="simulated")
    world.spawn(_paid(world, payment))
    text = "Accept the service request successfully."
    return answer({**_conversation(world), "ResponseDescription": text})


async def _paid(world: World, payment: c2b.MenuPayment) -> None:
    await c2b.pay(world, payment)


def _first_wrong(shortcode: Shortcode | None, command: object, amount: int | None, payer: str | None) -> str | None:
    if shortcode is None:
        return "ShortCode"
    if COMMANDS.get(str(command)) != shortcode.kind:
        return "CommandID"
    if amount is None:
        return "Amount"
    return "Msisdn" if payer is None else None


def _reference_is_wrong(shortcode: Shortcode, reference: str) -> bool:
    if shortcode.kind == "till":
        return reference != ""
    return not 1 <= len(reference) <= REFERENCE_LENGTH_MAX


def _url_fault(value: object) -> str | None:
    """What is wrong with an address to be registered, as Safaricom words it."""
    if not isinstance(value, str) or not url_is_sound(value):
        return ""
    parts = urlsplit(value)
    shown = f"{parts.netloc}{parts.path}?{parts.query}".lower()
    word = next((word for word in FORBIDDEN_URL_WORDS if word in shown), None)
    return None if word is None else f" - URL has the word {word.upper()}"


def _conversation(world: World) -> dict[str, object]:
    return {"OriginatorCoversationID": world.ids.request_id(), "ResponseCode": "0"}


def _refused(world: World, what: str) -> Answer:
    return refusal(world.ids.request_id(), "400.003.02", f"Bad Request - {what}")
