"""B2B Express Checkout: a merchant is asked, on the phone that its till has nominated, to pay another organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator import asks, b2b, stories
from local.daraja_simulator.answers import Answer, Call, answer, invalid
from local.daraja_simulator.asks import Ask, Codes
from local.daraja_simulator.codes import UNLISTED_RESULT_CODE, ussd_push_text
from local.daraja_simulator.commands import Check, address, first_wrong
from local.daraja_simulator.fields import digits, text, whole_amount
from local.daraja_simulator.outbox import Body, Message
from local.daraja_simulator.times import iso

if TYPE_CHECKING:
    from local.daraja_simulator.answers import Json
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

REFERENCE_LENGTH_MAX, NAME_LENGTH_MAX = 60, 60
NO_NOMINATED_NUMBER, KYC_FAILED = "4104", "4102"
CODES = Codes(cancelled="4001", expired="4203", unreachable="4201", busy="4203", wrong_pin="4203", locked="4203")
"""Safaricom publishes five codes; which of them a late answer or a wrong PIN gets is this simulator's choice."""

FIELDS: Mapping[str, Check] = {
    "primaryShortCode": lambda value: digits(value, 5, 7),
    "receiverShortCode": lambda value: digits(value, 5, 7),
    "amount": whole_amount,
    "paymentRef": lambda value: text(value, REFERENCE_LENGTH_MAX),
    "callbackUrl": address,
    "partnerName": lambda value: text(value, NAME_LENGTH_MAX),
}


@dataclass(slots=True, kw_only=True)
class UssdPush:
    """One request. ask: the question on the merchant's phone."""

    at_s: float
    payer: Shortcode
    receiver: Shortcode
    amount_kes: int
    reference: str
    partner: str
    callback_url: str
    request_id: str
    conversation_id: str
    ask: Ask | None = None

    def as_json(self) -> dict[str, object]:
        """As the control API shows it."""
        ask = self.ask
        return {
            "prompt": ask.id if ask else None,
            "at": iso(self.at_s),
            "payer": self.payer.party,
            "receiver": self.receiver.party,
            "amount": self.amount_kes,
            "reference": self.reference,
            "partner": self.partner,
            "request_id": self.request_id,
            "conversation_id": self.conversation_id,
            "callback_url": self.callback_url,
            "phone": ask.phone if ask else None,
            "result_code": ask.code if ask else None,
            "receipt": ask.receipt if ask else None,
        }


async def push(world: World, call: Call) -> Answer:
    """`POST /v1/ussdpush/get-msisdn`. The portal spells the request's id in two ways, and either is taken."""
    body = call.body or {}
    request_id = text(body.get("RequestRefID", body.get("RequestRefId")), 100)
    wrong = first_wrong(body, FIELDS) or (None if request_id else "RequestRefID")
    payer, receiver = (world.shortcodes.find(str(body.get(f"{side}ShortCode"))) for side in ("primary", "receiver"))
    if wrong is None and payer is None:
        wrong = "primaryShortCode"
    if wrong is not None or payer is None or receiver is None or receiver is payer:
        return invalid(world.ids.request_id(), wrong or "receiverShortCode")
    code = _refused(payer)
    if code is not None or payer.nominated_number is None:
        code = code or NO_NOMINATED_NUMBER
        return answer({"code": code, "status": ussd_push_text(code)})
    _ask(world, _pushed(world, body, payer, receiver, request_id or ""), payer.nominated_number)
    return answer({"code": "0", "status": "USSD Initiated Successfully"})


def _refused(payer: Shortcode) -> str | None:
    if not payer.kyc_passed:
        return KYC_FAILED
    return NO_NOMINATED_NUMBER if payer.nominated_number is None else None


def _pushed(world: World, body: Json, payer: Shortcode, receiver: Shortcode, request_id: str) -> UssdPush:
    now_s = world.clock.now()
    return UssdPush(
        at_s=now_s,
        payer=payer,
        receiver=receiver,
        amount_kes=int(str(body["amount"])),
        reference=str(body["paymentRef"]),
        partner=str(body["partnerName"]),
        callback_url=str(body["callbackUrl"]),
        request_id=request_id,
        conversation_id=world.ids.conversation_id(now_s),
    )


def _ask(world: World, pushed: UssdPush, number: str) -> None:
    pushed.ask = Ask(
        id=world.pushes.next_id(),
        kind="ussd_push",
        phone=number,
        text=(
            f"Do you want to pay KSh {pushed.amount_kes:,} from {_whose(pushed.payer)} to {pushed.partner} "
            f"({pushed.receiver.party}) for {pushed.reference}?"
        ),
        to=pushed.partner,
        account=pushed.reference,
        amount_kes=pushed.amount_kes,
        codes=CODES,
        allow=lambda: _move_money(world, pushed),
        tell=lambda code: _tell(world, pushed, code),
        decided=stories.answer_of(pushed.reference),
    )
    world.ussd_pushes.append(pushed)
    asks.begin(world, pushed.ask)


def _whose(payer: Shortcode) -> str:
    return f"{payer.kind} {payer.party}"


def _move_money(world: World, pushed: UssdPush) -> str:
    """Out of the account in which the payer takes its customers' payments."""
    if world.books.available(pushed.payer, pushed.payer.account) < pushed.amount_kes:
        return "1"
    paid = b2b.PaidOut(pushed.payer, pushed.payer.account, pushed.receiver, "ussd_push")
    entry = b2b.transfer(world, paid, pushed.amount_kes, pushed.reference)
    if pushed.ask is not None:
        pushed.ask.receipt = entry.receipt
        words = (
            f"{entry.receipt} Confirmed. Ksh{pushed.amount_kes:,}.00 paid from {_whose(pushed.payer)} to "
            f"{pushed.partner} for {pushed.reference}. New balance is Ksh{entry.balance_kes:,}.00."
        )
        world.phones.get(pushed.ask.phone).receive_sms(world.clock.now(), words, entry.receipt)
    return "0"


async def _tell(world: World, pushed: UssdPush, code: str) -> None:
    phone = pushed.ask.phone if pushed.ask else ""
    message = Message("ussd_callback", pushed.callback_url, _body(pushed, code), phone, DISTORTIONS)
    await stories.tell(world, message, stories.callback_story(pushed.reference))


def _body(pushed: UssdPush, code: str) -> Body:
    """Flat; amounts come back with one decimal, and a receipt only where money moved."""
    told = {
        "resultCode": code,
        "resultDesc": ussd_push_text(code),
        "amount": f"{pushed.amount_kes}.0",
        "requestId": pushed.request_id,
    }
    if code != "0" or pushed.ask is None:
        return {**told, "paymentReference": pushed.reference}
    return {
        **told,
        "resultType": "0",
        "conversationID": pushed.conversation_id,
        "transactionId": pushed.ask.receipt,
        "status": "SUCCESS",
    }


def _wrong_amount(body: Body) -> Body:
    return {**body, "amount": f"{float(str(body['amount'])) + 1:.1f}"}


def _other_receipt(body: Body) -> Body:
    return {**body, "transactionId": "ZZZ0THER00"} if "transactionId" in body else body


def _unknown_code(body: Body) -> Body:
    kept = {name: value for name, value in body.items() if name not in ("transactionId", "status")}
    return {**kept, "resultCode": UNLISTED_RESULT_CODE, "resultDesc": ussd_push_text(UNLISTED_RESULT_CODE)}


DISTORTIONS: Mapping[str, Callable[[Body], Body]] = {
    "wrong_amount": _wrong_amount,
    "other_receipt": _other_receipt,
    "unknown_code": _unknown_code,
}
