"""Bodies that Safaricom posts, as its documents and dumps have them, and what may become of them on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.simulation.faults import Weather
from tests.simulation.safaricom import Push


def stk_body(
    push: Push, code: str, *, receipt: str | None = None, amount: int | None = None, ids_of: Push | None = None
) -> dict[str, Any]:
    """An STK callback about this prompt. ids_of: the prompt whose ids it names instead."""
    named = ids_of or push
    callback: dict[str, Any] = {
        "MerchantRequestID": named.merchant_request_id,
        "CheckoutRequestID": named.checkout_request_id,
        "ResultCode": int(code) if code.isdecimal() else code,
        "ResultDesc": "as documented",
    }
    if code == "0":
        items = [
            {"Name": "Amount", "Value": float(amount or push.amount)},
            {"Name": "MpesaReceiptNumber", "Value": receipt},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": int(eat_digits(push.ended_at_ms or push.at_ms))},
            {"Name": "PhoneNumber", "Value": int(push.phone)},
        ]
        callback["CallbackMetadata"] = {"Item": items}
    return {"Body": {"stkCallback": callback}}


def c2b_body(receipt: str, booked: Mapping[str, Any], shortcode: str = "174379") -> bytes:
    """The C2B confirmation of a receipt in the books."""
    told = {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": eat_digits(booked["at_ms"]),
        "TransAmount": f"{booked['amount']}.00",
        "BusinessShortCode": shortcode,
        "BillRefNumber": booked["reference"],
        "InvoiceNumber": "",
        "OrgAccountBalance": "25100.00",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 126",
        "FirstName": "AMINA",
    }
    return json.dumps(told).encode()


def eat_digits(at_ms: int) -> str:
    """A moment as M-PESA writes it: Nairobi's, like 20261125120000."""
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=3)).strftime("%Y%m%d%H%M%S")


def changed(told: dict[str, Any], weather: Weather | None = None, chance: Random | None = None) -> tuple[bytes, bool]:
    """The body as it arrives, and whether it still tells all that it told."""
    if weather is None or chance is None:
        return json.dumps(told).encode(), True
    callback = told["Body"]["stkCallback"]
    items = callback.get("CallbackMetadata", {}).get("Item", [])
    whole = True
    if weather.hit("callback_code_as_text"):
        callback["ResultCode"] = str(callback["ResultCode"])
    if items and weather.hit("callback_masked_phone"):
        items[-1]["Value"] = "2547****126"
    if weather.hit("callback_fields"):
        which = _with_other_fields(callback, items, chance)
        weather.sort("callback_fields", which)
        whole = which < FIRST_THAT_HIDES_MONEY
    body = json.dumps(told).encode()
    if weather.hit("callback_truncated"):
        return body[: chance.randrange(len(body))], False
    return body, whole


FIRST_THAT_HIDES_MONEY = 3


def _with_other_fields(callback: dict[str, Any], items: list[dict[str, Any]], chance: Random) -> int:
    """Another order, other types, or a field missing: which of `faults.SORTS`."""
    what = chance.randrange(5)
    if what == 0:
        chance.shuffle(items)
        return 0
    if what == 1:
        for item in items:
            if "Value" in item:
                item["Value"] = str(item["Value"])
        return 1
    if what == 2:
        callback["Unheard"] = {"of": [1, None]}
        return 2
    if what == 3 and items:
        del items[chance.randrange(2)]
        return 3
    callback.pop(chance.choice(("MerchantRequestID", "CheckoutRequestID")))
    return 4
