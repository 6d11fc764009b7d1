"""Pull Transactions: what customers paid in the last 48 hours, page by page. Its paths have no `/mpesa`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from local.daraja_simulator.answers import Answer, Call, answer, refusal
from local.daraja_simulator.books import FROM_CUSTOMERS
from local.daraja_simulator.fields import digits, url_is_sound
from local.daraja_simulator.phones import international
from local.daraja_simulator.times import EAT, eat

if TYPE_CHECKING:
    from local.daraja_simulator.books import BookEntry
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

REGISTERED, ALREADY_REGISTERED, FOUND, NOTHING = "1000", "1001", "1000", "1001"
LOOK_BACK_S = 48 * 3_600
PAGE = 100
KINDS = {"paybill": "c2b-pay-bill-debit", "till": "c2b-buy-goods-debit"}


async def register(world: World, call: Call) -> Answer:
    """`POST /pulltransactions/v1/register`."""
    body = call.body or {}
    shortcode = world.shortcodes.find(digits(body.get("ShortCode"), 5, 7) or "")
    if shortcode is None:
        return _refused(world, "Invalid ShortCode")
    if body.get("RequestType") != "Pull" or international(str(body.get("NominatedNumber", ""))) is None:
        return _refused(
            world, "Invalid NominatedNumber" if body.get("RequestType") == "Pull" else "Invalid RequestType"
        )
    if not isinstance(body.get("CallBackURL"), str) or not url_is_sound(str(body["CallBackURL"])):
        return _refused(world, "Invalid CallBackURL")
    known, shortcode.pull_registered = shortcode.pull_registered, True
    words = "ShortCode already Registered" if known else "ShortCode Registered Successfully"
    return answer(
        {
            "ResponseRefID": world.ids.request_id(),
            "ResponseStatus": ALREADY_REGISTERED if known else REGISTERED,
            "ShortCode": shortcode.number,
            "ResponseDescription": words,
        }
    )


async def query(world: World, call: Call) -> Answer:
    """`POST /pulltransactions/v1/query`: rows of [StartDate, EndDate] from OffSetValue on."""
    body = call.body or {}
    shortcode = world.shortcodes.find(digits(body.get("ShortCode"), 5, 7) or "")
    if shortcode is None or not shortcode.pull_registered:
        return _refused(world, "Invalid ShortCode")
    start, end = _moment(body.get("StartDate")), _moment(body.get("EndDate"))
    if start is None or end is None or end < start:
        return _refused(world, "Invalid StartDate or EndDate")
    if start < world.clock.now() - LOOK_BACK_S - 60:
        return _refused(world, "Invalid StartDate: more than 48 hours ago")
    offset = digits(body.get("OffSetValue"), 1, 9)
    if offset is None:
        return _refused(world, "Invalid OffSetValue")
    rows = [_row(shortcode, entry) for entry in _paid_between(world, shortcode, start, end)]
    page = rows[int(offset) : int(offset) + PAGE]
    return answer(
        {
            "ResponseRefID": world.ids.request_id(),
            "ResponseCode": FOUND if page else NOTHING,
            "ResponseMessage": "Success" if page else "No transactions found",
            "Response": [page],
        }
    )


def _paid_between(world: World, shortcode: Shortcode, start: float, end: float) -> list[BookEntry]:
    return [
        entry for entry in world.books.of(shortcode) if entry.kind in FROM_CUSTOMERS and start <= entry.at_s < end + 1
    ]


def _row(shortcode: Shortcode, entry: BookEntry) -> dict[str, object]:
    """trxDate ends in Z and is Nairobi's time all the same, as far as anybody knows."""
    return {
        "transactionId": entry.receipt,
        "trxDate": eat(entry.at_s).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "msisdn": int(entry.payer.removeprefix("254")),
        "sender": entry.payer_name,
        "transactiontype": KINDS[shortcode.kind],
        "billreference": entry.reference,
        "amount": f"{entry.amount_kes}.00",
        "organizationname": shortcode.name,
    }


def _moment(value: object) -> float | None:
    """`2026-03-15 08:00:00` in Nairobi, with or without seconds."""
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return dt.datetime.strptime(str(value), shape).replace(tzinfo=EAT).timestamp()
        except ValueError:
            continue
    return None


def _refused(world: World, what: str) -> Answer:
    return refusal(world.ids.request_id(), "400.001", what, status=400)
