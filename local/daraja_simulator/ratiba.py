"""Daraja's endpoint for standing orders (M-Pesa Ratiba)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from local.daraja_simulator import standing_orders
from local.daraja_simulator.answers import Answer, Call, answer
from local.daraja_simulator.commands import Check, address, first_wrong
from local.daraja_simulator.fields import digits, msisdn, one_of, text, whole_amount
from local.daraja_simulator.ratiba_days import FREQUENCIES
from local.daraja_simulator.standing_orders import StandingOrder
from local.daraja_simulator.times import eat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.answers import Json
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

ACCEPTED = "Request accepted for processing"
NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX, DESCRIPTION_LENGTH_MAX = 60, 12, 13
TYPES: Mapping[str, tuple[str, str]] = {
    "Standing Order Customer Pay Bill": ("paybill", "4"),
    "Standing Order Customer Pay Marchant": ("till", "2"),
    "Standing Order Customer Pay Merchant": ("till", "2"),
}
"""TransactionType → what the shortcode must be, and its identifier. The portal has spelt the second one both ways."""


def _date(value: object) -> dt.date | None:
    """`YYYYMMDD`, a day that exists."""
    written = digits(value, 8, 8)
    try:
        return None if written is None else dt.datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 (a day)
    except ValueError:
        return None


FIELDS: Mapping[str, Check] = {
    "StandingOrderName": lambda value: text(value, NAME_LENGTH_MAX),
    "StartDate": _date,
    "EndDate": _date,
    "BusinessShortCode": lambda value: digits(value, 5, 7),
    "TransactionType": lambda value: one_of(value, TYPES),
    "ReceiverPartyIdentifierType": lambda value: value if str(value) in ("2", "4") else None,
    "Amount": whole_amount,
    "PartyA": msisdn,
    "CallBackURL": address,
    "AccountReference": lambda value: text(value, REFERENCE_LENGTH_MAX),
    "TransactionDesc": lambda value: text(value, DESCRIPTION_LENGTH_MAX),
    "Frequency": lambda value: value if str(value) in FREQUENCIES else None,
}


async def create(world: World, call: Call) -> Answer:
    """`POST /standingorder/v1/createStandingOrderExternal`."""
    body = call.body or {}
    wrong = first_wrong(body, FIELDS)
    shortcode = world.shortcodes.find(str(body.get("BusinessShortCode")))
    if wrong is not None or shortcode is None:
        return refused(world, "1051", f"Bad Request - Invalid {wrong or 'BusinessShortCode'}", 400)
    order = _order(world, body, shortcode)
    wrong = _wrong_together(world, body, order)
    if wrong is not None:
        return refused(world, "1051", f"Bad Request - Invalid {wrong}", 400)
    standing_orders.ask(world, order)
    header = {
        "responseRefID": order.reference,
        "responseCode": "200",
        "responseDescription": ACCEPTED,
        "ResultDesc": "The service request is processed successfully.",
    }
    return answer({"ResponseHeader": header, "ResponseBody": {"responseDescription": ACCEPTED, "responseCode": "200"}})


def refused(world: World, code: str, words: str, status: int) -> Answer:
    """Header and body, as of an acceptance, with a code that says no."""
    header = {"responseRefID": _reference(world), "responseCode": code, "responseDescription": words}
    body = {"responseDescription": words, "responseCode": code}
    return answer({"ResponseHeader": header, "ResponseBody": body}, status)


def _wrong_together(world: World, body: Json, order: StandingOrder) -> str | None:
    """The first field that is sound alone, and wrong beside the others."""
    if order.first_day < eat(world.clock.now()).date():
        return "StartDate"
    if order.last_day < order.first_day:
        return "EndDate"
    kind, identifier = TYPES[str(body["TransactionType"])]
    if kind != order.shortcode.kind:
        return "TransactionType"
    return None if str(body["ReceiverPartyIdentifierType"]) == identifier else "ReceiverPartyIdentifierType"


def _order(world: World, body: Json, shortcode: Shortcode) -> StandingOrder:
    first_day, last_day = _date(body["StartDate"]), _date(body["EndDate"])
    if first_day is None or last_day is None:
        raise AssertionError(body["StartDate"])
    return StandingOrder(
        id=world.standing_orders.next_id(),
        at_s=world.clock.now(),
        reference=_reference(world),
        request_reference=_reference(world),
        name=str(body["StandingOrderName"]),
        phone=str(body["PartyA"]),
        shortcode=shortcode,
        amount_kes=int(str(body["Amount"])),
        account=str(body["AccountReference"]),
        first_day=first_day,
        last_day=last_day,
        frequency=str(body["Frequency"]),
        callback_url=str(body["CallBackURL"]),
    )


def _reference(world: World) -> str:
    """`4dd9b5d9-d738-42ba-9326-2cc99e966000`."""
    found = world.ids.hex("reference", 32)
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))
