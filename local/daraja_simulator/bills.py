"""Daraja's endpoints of Bill Manager: joining, invoices, calling them off, acknowledging what was paid.

Its refusals have a form of their own, `rescode` 409. Of a list that holds one wrong invoice, none is sent.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from local.daraja_simulator import invoices
from local.daraja_simulator.answers import Answer, Call, Json, answer, refusal
from local.daraja_simulator.commands import Check, address, first_wrong
from local.daraja_simulator.fields import digits, text
from local.daraja_simulator.invoices import Invoice, Member
from local.daraja_simulator.phones import international

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

INVOICES_MAX = 1_000
TEXT_LENGTH_MAX = 120
AMOUNT_KES_MAX = 999_999_999
PAID_INVOICES_STAY = "partially or fully paid invoices cannot be cancelled."
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PHONE = re.compile(r"(254|0)[17][0-9]{8}")


def _text(value: object) -> str | None:
    return text(value, TEXT_LENGTH_MAX)


def _amount(value: object) -> int | None:
    written = digits(value, 1, 9)
    return int(written) if written is not None and 1 <= int(written) <= AMOUNT_KES_MAX else None


def _phone(value: object) -> str | None:
    written = str(value)
    return international(written) if _PHONE.fullmatch(written) else None


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _items(value: object) -> list[tuple[str, int]] | None:
    """Lines of an invoice, each with a name and an amount; absent is an empty list."""
    found: list[tuple[str, int]] = []
    if not isinstance(value, list):
        return found if value is None else None
    for item in value:
        line = item if isinstance(item, dict) else {}
        name, amount = _text(line.get("itemName")), _amount(line.get("amount"))
        if name is None or amount is None:
            return None
        found.append((name, amount))
    return found


MEMBER_FIELDS: Mapping[str, Check] = {
    "shortcode": lambda value: digits(value, 5, 7),
    "email": lambda value: value if isinstance(value, str) and _MAIL.fullmatch(value) else None,
    "officialContact": _phone,
    "sendReminders": lambda value: value if str(value) in ("0", "1") else None,
    "callbackurl": address,
}
INVOICE_FIELDS: Mapping[str, Check] = {
    "externalReference": _text,
    "billedFullName": _text,
    "billedPhoneNumber": _phone,
    "billedPeriod": _text,
    "invoiceName": _text,
    "dueDate": _day,
    "accountReference": _text,
    "amount": _amount,
    "invoiceItems": _items,
}
ACKNOWLEDGEMENT_FIELDS: Mapping[str, Check] = {
    "paymentDate": _day,
    "paidAmount": _amount,
    "accountReference": _text,
    "transactionId": _text,
    "phoneNumber": _phone,
    "fullName": _text,
    "invoiceName": _text,
    "externalReference": _text,
}


def token_refused(world: World) -> Answer:
    """HTTP 401, as it has been seen of Bill Manager: no code of the gateway's."""
    return refusal(world.ids.request_id(), "401", "Unauthorized - Invalid Access Token", 401)


async def opt_in(world: World, call: Call) -> Answer:
    """`POST …/optin`. Once for each shortcode; gives the key of all other calls."""
    body = call.body or {}
    shortcode = world.shortcodes.find(str(body.get("shortcode")))
    wrong = first_wrong(body, MEMBER_FIELDS)
    if wrong is not None or shortcode is None:
        return _conflict("Invalid consumer key/shortcode" if wrong in (None, "shortcode") else f"Invalid {wrong}")
    if shortcode.number in world.bills.members:
        return _conflict("Biller already Registered")
    key = world.ids.hex("app key", 16)
    member = _member_of(body, shortcode, f"AG_{key[:4]}_{key[4:]}")
    world.bills.members[shortcode.number] = member
    return answer({"app_key": member.app_key, "resmsg": "Success", "rescode": "200"})


async def change_opt_in(world: World, call: Call) -> Answer:
    """`POST …/change-optin-details`. By the shortcode: only invoices are asked for with the key."""
    body = call.body or {}
    wrong = first_wrong(body, MEMBER_FIELDS)
    shortcode = world.shortcodes.find(str(body.get("shortcode")))
    member = world.bills.members.get(shortcode.number) if shortcode else None
    if member is None or shortcode is None:
        return _stranger()
    if wrong is not None:
        return _conflict(f"Invalid {wrong}")
    world.bills.members[shortcode.number] = _member_of(body, shortcode, member.app_key)
    return answer({"resmsg": "Success", "rescode": "200"})


async def send_one(world: World, call: Call) -> Answer:
    """`POST …/single-invoicing`."""
    return _send(world, call, [call.value])


async def send_many(world: World, call: Call) -> Answer:
    """`POST …/bulk-invoicing`: a list of 1 to 1,000."""
    return _for_all(call, lambda bodies: _send(world, call, bodies))


async def change_one(world: World, call: Call) -> Answer:
    """`POST …/change-invoice`."""
    return _change(world, call, [call.value])


async def change_many(world: World, call: Call) -> Answer:
    """`POST …/change-invoices`."""
    return _for_all(call, lambda bodies: _change(world, call, bodies))


async def cancel_one(world: World, call: Call) -> Answer:
    """`POST …/cancel-single-invoice`."""
    return _cancel(world, call, [call.value])


async def cancel_many(world: World, call: Call) -> Answer:
    """`POST …/cancel-bulk-invoices`."""
    return _for_all(call, lambda bodies: _cancel(world, call, bodies))


async def acknowledge(world: World, call: Call) -> Answer:
    """`POST …/reconciliation`: the organisation has booked a payment; the customer gets a receipt."""
    body, member = call.body or {}, _member(world, call)
    if member is None:
        return _stranger()
    if (wrong := first_wrong(body, ACKNOWLEDGEMENT_FIELDS)) is not None:
        return _conflict(f"Invalid {wrong}")
    invoice = world.bills.find(member, str(body["externalReference"]))
    receipt = str(body["transactionId"])
    if invoice is None or receipt not in invoice.receipts:
        return _conflict("Invalid transactionId" if invoice else "Invalid externalReference")
    if receipt not in invoice.acknowledged:
        invoice.acknowledged.append(receipt)
        paid = f"Ksh{_amount(body['paidAmount']):,}.00 for {invoice.name}"
        words = f"{member.shortcode.name}: received {paid}, {receipt}."
        world.phones.get(invoice.phone).receive_sms(world.clock.now(), words, receipt)
    return answer({"resmsg": "Success", "rescode": "200"})


def _member_of(body: Json, shortcode: Shortcode, app_key: str) -> Member:
    return Member(
        shortcode=shortcode,
        app_key=app_key,
        email=str(body["email"]),
        contact=str(_phone(body["officialContact"])),
        sends_reminders=str(body["sendReminders"]) == "1",
        callback_url=str(body["callbackurl"]),
    )


def _send(world: World, call: Call, bodies: list[object]) -> Answer:
    member = _member(world, call)
    if member is None:
        return _stranger()
    read = [_read(world, member, body) for body in bodies]
    references = [invoice.reference for invoice in read if isinstance(invoice, Invoice)]
    wrong = _errors(bodies, read) or _taken(world, member, references)
    if wrong:
        return _conflict(wrong[0]["message"], wrong)
    for invoice in read:
        if isinstance(invoice, Invoice):
            invoices.send(world, member, invoice)
    return _done("Invoice sent successfully")


def _change(world: World, call: Call, bodies: list[object]) -> Answer:
    """What was sent is sent again, with what stands in the new one. Paid ones stay as they are."""
    member = _member(world, call)
    if member is None:
        return _stranger()
    read = [_read(world, member, body) for body in bodies]
    new = [invoice for invoice in read if isinstance(invoice, Invoice)]
    wrong = _errors(bodies, read) or _unchangeable(world, member, [one.reference for one in new], "changed")
    if wrong:
        return _conflict(wrong[0]["message"], wrong)
    for invoice in new:
        old = world.bills.find(member, invoice.reference)
        if old is not None:
            old.cancelled = True
        invoices.send(world, member, invoice)
    return _done("Invoice updated successfully")


def _cancel(world: World, call: Call, bodies: list[object]) -> Answer:
    member = _member(world, call)
    if member is None:
        return _stranger()
    references = [_text(body.get("externalReference")) if isinstance(body, dict) else None for body in bodies]
    if None in references:
        return _conflict("Invalid externalReference")
    wrong = _unchangeable(world, member, [str(reference) for reference in references], "cancelled")
    if wrong:
        return _conflict(wrong[0]["message"], wrong)
    for reference in references:
        invoice = world.bills.find(member, str(reference))
        if invoice is not None:
            invoice.cancelled = True
    done = {"Status_Message": "Invoice cancelled successfully.", "resmsg": "Success", "rescode": "200"}
    return answer({**done, "errors": []})


def _for_all(call: Call, act: Callable[[list[object]], Answer]) -> Answer:
    if not isinstance(call.value, list) or not 1 <= len(call.value) <= INVOICES_MAX:
        return _conflict(f"Give a list of 1 to {INVOICES_MAX} invoices")
    return act(call.value)


def _member(world: World, call: Call) -> Member | None:
    """By the key of the opt-in."""
    return world.bills.member_with(call.app_key)


def _read(world: World, member: Member, body: object) -> Invoice | str:
    """The invoice, or the first field that is wrong."""
    if not isinstance(body, dict):
        return "invoice"
    wrong = first_wrong(body, INVOICE_FIELDS)
    due, items = _day(body.get("dueDate")), _items(body.get("invoiceItems"))
    if wrong is not None or due is None or items is None:
        return wrong or "dueDate"
    return Invoice(
        id=world.bills.next_id(),
        shortcode=member.shortcode,
        reference=str(body["externalReference"]),
        name=str(body["invoiceName"]),
        period=str(body["billedPeriod"]),
        full_name=str(body["billedFullName"]),
        phone=str(_phone(body["billedPhoneNumber"])),
        due_day=due,
        account=str(body["accountReference"]),
        amount_kes=int(str(body["amount"])),
        items=items,
    )


def _errors(bodies: list[object], read: list[Invoice | str]) -> list[dict[str, str]]:
    """What is wrong with which."""
    wrong = [(body, field) for body, field in zip(bodies, read, strict=True) if isinstance(field, str)]
    return [_error(_reference(body), f"Invalid {field}") for body, field in wrong]


def _taken(world: World, member: Member, references: list[str]) -> list[dict[str, str]]:
    """References that were given before, or twice in one list."""
    found = [ref for place, ref in enumerate(references) if ref in references[:place] or world.bills.find(member, ref)]
    return [_error(reference, "Duplicate externalReference") for reference in found]


def _unchangeable(world: World, member: Member, references: list[str], verb: str) -> list[dict[str, str]]:
    found = [(reference, world.bills.find(member, reference)) for reference in references]
    unknown = [_error(ref, "Invalid externalReference") for ref, one in found if one is None or one.cancelled]
    words = PAID_INVOICES_STAY.replace("cancelled", verb)
    return unknown or [_error(ref, words) for ref, one in found if one is not None and one.paid_kes]


def _reference(body: object) -> str:
    return str(body.get("externalReference", "")) if isinstance(body, dict) else ""


def _error(reference: str, message: str) -> dict[str, str]:
    return {"externalReference": reference, "message": message}


def _done(words: str) -> Answer:
    return answer({"Status_Message": words, "resmsg": "Success", "rescode": "200"})


def _stranger() -> Answer:
    return _conflict("Invalid consumer key/shortcode")


def _conflict(words: str, errors: list[dict[str, str]] | None = None) -> Answer:
    """HTTP 409: Safaricom publishes the body and no status."""
    return answer({"Status_Message": words, "resmsg": "Conflict", "rescode": "409", "errors": errors or []}, 409)
