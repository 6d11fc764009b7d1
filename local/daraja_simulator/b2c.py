"""Business to customer: payouts (B2C v1 and v3) and payments to a Pochi wallet, from acceptance to result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator.answers import Answer, Call, Json, refusal
from local.daraja_simulator.books import UTILITY, Transfer
from local.daraja_simulator.commands import (
    COMMON_FIELDS,
    Check,
    Command,
    accepted,
    begin,
    first_wrong,
    objection,
    refuse,
    succeed,
    wrong_field,
)
from local.daraja_simulator.fields import digits, msisdn, one_of, text
from local.daraja_simulator.phones import WALLET_MAX_KES
from local.daraja_simulator.results import Parameter
from local.daraja_simulator.stories import code_of, result_story
from local.daraja_simulator.times import eat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.books import BookEntry, EntryKind
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.phones import Phone
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

COMMANDS = frozenset({"BusinessPayment", "SalaryPayment", "PromotionPayment"})
POCHI_COMMANDS = frozenset({"BusinessPayToPochi"})
AMOUNT_KES_MIN, AMOUNT_KES_MAX = 10, 250_000

FEES_KES: tuple[tuple[int, int], ...] = ((100, 0), (1_500, 5), (5_000, 9), (15_000, 11), (AMOUNT_KES_MAX, 13))
"""(up to, fee), what the business pays. Safaricom's form ends at 15,000; above, a figure of this simulator."""

FIELDS: Mapping[str, Check] = {
    "InitiatorName": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: one_of(value, COMMANDS | POCHI_COMMANDS),
    "Amount": lambda value: digits(value, 1, 9),
    "PartyA": lambda value: digits(value, 5, 7),
    "PartyB": msisdn,
    "Remarks": COMMON_FIELDS["Remarks"],
    "QueueTimeOutURL": COMMON_FIELDS["QueueTimeOutURL"],
    "ResultURL": COMMON_FIELDS["ResultURL"],
}


async def pay(world: World, call: Call) -> Answer:
    """`POST /mpesa/b2c/v1|v3/paymentrequest`. v3 refuses an OriginatorConversationID that it has seen."""
    return _take(world, call, COMMANDS)


async def pay_to_pochi(world: World, call: Call) -> Answer:
    """`POST /mpesa/b2pochi/v1/paymentrequest`."""
    return _take(world, call, POCHI_COMMANDS)


def fee_of(amount_kes: int) -> int:
    """What the business pays for a payout."""
    return next(fee for up_to, fee in FEES_KES if amount_kes <= up_to)


def _take(world: World, call: Call, commands: frozenset[str]) -> Answer:
    body = call.body or {}
    old = "/v1/" in call.path and "b2c" in call.path
    originator = None if old else text(body.get("OriginatorConversationID"), 60)
    wrong = first_wrong(body, FIELDS)
    if wrong is None and body["CommandID"] not in commands:
        wrong = "CommandID"
    if wrong is None and not old and originator is None:
        wrong = "OriginatorConversationID"
    shortcode = world.shortcodes.find(str(body.get("PartyA")))
    if wrong is not None or shortcode is None:
        return wrong_field(world, wrong or "PartyA")
    if originator is not None and world.conversations.begun_with(originator) is not None:
        return refusal(world.ids.request_id(), "500.002.1001", "Duplicate OriginatorConversationID.")
    command = _command(body, shortcode, originator)
    conversation = begin(world, command)
    world.spawn(_carry_out(world, command, conversation))
    return accepted(conversation)


def _command(body: Json, shortcode: Shortcode, originator: str | None) -> Command:
    name = str(body["CommandID"])
    return Command(
        kind="pochi" if name in POCHI_COMMANDS else "b2c",
        name=name,
        initiator=str(body["InitiatorName"]),
        body=body,
        shortcode=shortcode,
        party=str(body["PartyB"]),
        amount_kes=int(str(body["Amount"])),
        originator_id=originator,
    )


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    phone = world.phones.get(command.party)
    code = objection(world, command) or _limit(world, command, phone)
    if code is not None:
        await refuse(world, conversation, code)
        return
    entry = pay_out(
        world,
        command.shortcode,
        phone,
        command.amount_kes,
        kind="pochi" if command.kind == "pochi" else "b2c",
        reference=str(command.body.get("Occassion") or ""),
    )
    parameters = _parameters(world, command, entry)
    await succeed(world, conversation, parameters, entry.receipt, result_story(command.party))


def _limit(world: World, command: Command, phone: Phone) -> str | None:
    """Why M-Pesa does not move this money, as a result code."""
    asked_for = code_of(command.party)
    if asked_for not in (None, "0"):
        return asked_for
    return limit_of(world, command.shortcode, phone, command.amount_kes)


def limit_of(world: World, shortcode: Shortcode, phone: Phone, amount_kes: int) -> str | None:
    """Why so much cannot go from there to that phone, as a result code; whoever sends it."""
    if amount_kes < AMOUNT_KES_MIN:
        return "2"
    if amount_kes > AMOUNT_KES_MAX:
        return "3"
    if world.books.available(shortcode, UTILITY) < amount_kes:
        return "1"
    full = phone.balance_kes + amount_kes > WALLET_MAX_KES and not phone.bottomless
    return "8" if full else None


def pay_out(
    world: World, shortcode: Shortcode, phone: Phone, amount_kes: int, *, kind: EntryKind, reference: str
) -> BookEntry:
    """Move the money; also what happens on the portal, without a word to any program."""
    now_s = world.clock.now()
    entry = world.books.debit(
        shortcode,
        UTILITY,
        Transfer(
            receipt=world.receipts.next(now_s),
            party=phone.number,
            party_name=phone.name,
            amount_kes=amount_kes,
            at_s=now_s,
            kind=kind,
            reference=reference,
            fee_kes=fee_of(amount_kes),
        ),
    )
    phone.receive(amount_kes)
    day = eat(now_s)
    text_of_sms = (
        f"{entry.receipt} Confirmed. You have received Ksh{amount_kes:,}.00 from {shortcode.name} "
        f"on {day.day}/{day.month}/{day:%y} at {day.strftime('%I:%M %p').lstrip('0')}. "
        f"New M-PESA balance is Ksh{phone.balance_kes:,}.00."
    )
    phone.receive_sms(now_s, text_of_sms, entry.receipt)
    return entry


def _parameters(world: World, command: Command, entry: BookEntry) -> list[Parameter]:
    balances = world.books.balances()[command.shortcode.number]
    return [
        ("TransactionAmount", entry.amount_kes),
        ("TransactionReceipt", entry.receipt),
        ("ReceiverPartyPublicName", f"{entry.payer} - {entry.payer_name}"),
        ("TransactionCompletedDateTime", eat(entry.at_s).strftime("%d.%m.%Y %H:%M:%S")),
        ("B2CUtilityAccountAvailableFunds", float(balances.get(UTILITY, 0))),
        ("B2CWorkingAccountAvailableFunds", float(balances["working"])),
        ("B2CRecipientIsRegisteredCustomer", "Y"),
        ("B2CChargesPaidAccountAvailableFunds", float(balances["charges paid"])),
    ]
