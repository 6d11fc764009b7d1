"""What is posted once a customer has answered to a standing order. Failures have their keys in capitals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from local.daraja_simulator.codes import UNLISTED_RESULT_CODE, result_text
from local.daraja_simulator.outbox import Body, Message

if TYPE_CHECKING:
    from local.daraja_simulator.standing_orders import StandingOrder

NO_RECEIPT = "0000000000"


def message(order: StandingOrder) -> Message:
    """The callback of an order that was answered."""
    return Message("standing_order_callback", order.callback_url, body_of(order), order.phone, DISTORTIONS)


def body_of(order: StandingOrder) -> Body:
    """Safaricom's body."""
    code = order.code or "0"
    if code != "0" or order.receipt is None:
        return _failure(order, code)
    data = {
        "TransactionID": order.receipt,
        "responseCode": "0",
        "Status": "OKAY",
        "Msisdn": f"{order.phone[:3]}******{order.phone[-3:]}",
    }
    header = {
        "responseRefID": order.reference,
        "requestRefID": order.request_reference,
        "responseCode": "0",
        "responseDescription": result_text("0").removesuffix("."),
    }
    told = [{"name": name, "value": value} for name, value in data.items()]
    return {"responseHeader": header, "responseBody": {"responseData": told}}


def _failure(order: StandingOrder, code: str) -> Body:
    data = {
        "TransactionID": NO_RECEIPT,
        "responseCode": code,
        "Status": "ERROR",
        "Msisdn": f"**********{order.phone[-3:]}",
    }
    header = {
        "responseRefID": order.reference,
        "requestRefID": order.request_reference,
        "responseCode": code,
        "responseDescription": "Error",
    }
    told = [{"Name": name, "Value": value} for name, value in data.items()]
    return {"ResponseHeader": header, "ResponseBody": {"ResponseData": told}}


def _with(body: Body, name: str, value: str) -> Body:
    """The body with one of its named values, and the header's code, changed."""
    changed: dict[str, object] = {}
    for key, part in body.items():
        if not isinstance(part, Mapping):
            raise TypeError(key)
        changed[key] = _part_with(part, name, value)
    return changed


def _part_with(part: Mapping[str, object], name: str, value: str) -> dict[str, object]:
    """Header (code only) or body (its items) with the value."""
    found: dict[str, object] = {}
    for key, inner in part.items():
        if isinstance(inner, list):
            found[key] = [_item_with(item, name, value) for item in inner]
        else:
            found[key] = value if key == name else inner
    return found


def _item_with(item: Mapping[str, object], name: str, value: str) -> dict[str, object]:
    label, content = item.keys()
    return {label: item[label], content: value if item[label] == name else item[content]}


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {
    "other_receipt": lambda body: _with(body, "TransactionID", "ZZZ0THER00"),
    "unknown_code": lambda body: _with(body, "responseCode", UNLISTED_RESULT_CODE),
}
