"""Customer to business: payments typed on the phone's menu, their validation and confirmation, and echoes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator import invoices
from local.daraja_simulator.books import BookEntry, EntryKind, Transfer
from local.daraja_simulator.codes import VALIDATION_REJECTIONS
from local.daraja_simulator.outbox import Body, Message, Reply
from local.daraja_simulator.times import eat, stamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from local.daraja_simulator.phones import Phone
    from local.daraja_simulator.shortcodes import Registration, Shortcode
    from local.daraja_simulator.world import World

OK_STATUSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class MenuPayment:
    """What somebody typed. reference: the account, empty for a till. receipt: one chosen for a drill."""

    phone: Phone
    shortcode: Shortcode
    reference: str
    amount_kes: int
    receipt: str | None = None
    kind: EntryKind = "c2b"


@dataclass(frozen=True, slots=True)
class PaymentEnd:
    """receipt None: cancelled, and why."""

    receipt: str | None
    reason: str


async def pay(world: World, payment: MenuPayment) -> PaymentEnd:
    """Ask for validation if it is on, move the money, send the confirmation by and by."""
    receipt = payment.receipt or world.receipts.next(world.clock.now())
    rejected = await _rejection(world, payment, receipt)
    if rejected is not None:
        text = f"Failed. Your payment of Ksh{payment.amount_kes:,}.00 was not accepted: {rejected}."
        payment.phone.receive_sms(world.clock.now(), text)
        return PaymentEnd(None, rejected)
    entry = _move_money(world, payment, receipt)
    world.spawn(confirm(world, entry, after_s=world.options.confirmation_after_s))
    return PaymentEnd(receipt, "paid")


async def confirm(world: World, entry: BookEntry, *, after_s: float) -> None:
    """Tell the organisation of a receipt. Silent where no addresses are registered; never repeated."""
    shortcode = world.shortcodes.find(entry.shortcode)
    if shortcode is None or shortcode.registration is None:
        return
    await world.clock.sleep(after_s)
    registration = shortcode.registration
    body = _body(shortcode, registration, entry)
    await world.outbox.send(Message("c2b_confirmation", registration.confirmation_url, body, entry.payer, DISTORTIONS))


def sms_text(phone: Phone, to: str, account: str, amount_kes: int, receipt: str, moment: dt.datetime) -> str:
    """The payer's SMS."""
    verb = f"sent to {to} for account {account}" if account else f"paid to {to}."
    day = f"{moment.day}/{moment.month}/{moment:%y} at {moment.strftime('%I:%M %p').lstrip('0')}"
    return (
        f"{receipt} Confirmed. Ksh{amount_kes:,}.00 {verb} on {day}. "
        f"New M-PESA balance is Ksh{phone.balance_kes:,}.00. Transaction cost, Ksh0.00."
    )


def _move_money(world: World, payment: MenuPayment, receipt: str) -> BookEntry:
    now_s = world.clock.now()
    phone, shortcode = payment.phone, payment.shortcode
    phone.spend(payment.amount_kes)
    entry = world.books.credit(
        shortcode,
        Transfer(
            receipt=receipt,
            party=phone.number,
            party_name=phone.name,
            amount_kes=payment.amount_kes,
            at_s=now_s,
            kind=payment.kind,
            reference=payment.reference,
        ),
    )
    text = sms_text(phone, shortcode.name, payment.reference, payment.amount_kes, receipt, eat(now_s))
    phone.receive_sms(now_s, text, receipt)
    invoices.note_payment(world, entry)
    return entry


async def _rejection(world: World, payment: MenuPayment, receipt: str) -> str | None:
    """Why the payment is refused, or None. Asks the organisation only where external validation is on."""
    registration = payment.shortcode.registration
    if registration is None or not payment.shortcode.external_validation:
        return None
    asked = BookEntry(
        receipt=receipt,
        shortcode=payment.shortcode.number,
        account=payment.shortcode.account,
        payer=payment.phone.number,
        payer_name=payment.phone.name,
        amount_kes=payment.amount_kes,
        at_s=world.clock.now(),
        kind=payment.kind,
        reference=payment.reference,
        balance_kes=0,
    )
    body = {**_body(payment.shortcode, registration, asked), "OrgAccountBalance": ""}
    message = Message("c2b_validation", registration.validation_url, body, payment.phone.number, DISTORTIONS)
    return _verdict(await world.outbox.send(message), registration)


def _verdict(reply: Reply | None, registration: Registration) -> str | None:
    """None accepts. No answer, or one that cannot be read: ResponseType decides."""
    code = _result_code(reply)
    if code is None:
        return None if registration.response_type == "Completed" else "validation not reached"
    return None if code == "0" else VALIDATION_REJECTIONS.get(code, VALIDATION_REJECTIONS["C2B00016"])


def _result_code(reply: Reply | None) -> str | None:
    if reply is None or reply.status not in OK_STATUSES:
        return None
    try:
        answered = json.loads(reply.text)
    except ValueError:
        return None
    code = answered.get("ResultCode") if isinstance(answered, dict) else None
    return None if code is None else str(code)


def _body(shortcode: Shortcode, registration: Registration, entry: BookEntry) -> Body:
    return {
        "TransactionType": "Pay Bill" if shortcode.kind == "paybill" else "Buy Goods",
        "TransID": entry.receipt,
        "TransTime": stamp(entry.at_s),
        "TransAmount": f"{entry.amount_kes}.00",
        "BusinessShortCode": shortcode.number,
        "BillRefNumber": entry.reference if shortcode.kind == "paybill" else "",
        "InvoiceNumber": "",
        "OrgAccountBalance": f"{entry.balance_kes}.00",
        "ThirdPartyTransID": "",
        "MSISDN": _msisdn(entry.payer, registration),
        "FirstName": entry.payer_name,
        "MiddleName": "",
        "LastName": "",
    }


def _msisdn(number: str, registration: Registration) -> str:
    """v2: masked with blanks; v1: SHA-256 of the number."""
    if registration.version == "v2":
        return f"{number[:4]} ***** {number[-3:]}"
    return hashlib.sha256(number.encode()).hexdigest()


def _wrong_amount(body: Body) -> Body:
    return {**body, "TransAmount": f"{float(str(body['TransAmount'])) + 1:.2f}"}


def _other_receipt(body: Body) -> Body:
    receipt = str(body["TransID"])
    return {**body, "TransID": receipt[:3] + receipt[:2:-1]}


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {
    "wrong_amount": _wrong_amount,
    "other_receipt": _other_receipt,
}
