"""Reversal: a customer's payment goes back, whole. M-Pesa's receipt of it is another one, linked to the payment's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator.books import FROM_CUSTOMERS, Transfer
from local.daraja_simulator.commands import (
    COMMON_FIELDS,
    Check,
    Command,
    objection,
    refuse,
    succeed,
    take,
)
from local.daraja_simulator.fields import digits, text, whole_amount
from local.daraja_simulator.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.answers import Answer, Call, Json
    from local.daraja_simulator.books import BookEntry
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.results import Parameter
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

IDENTIFIER_TYPE = "11"
STORIES: Mapping[str, str] = {"R1": "already reversed", "R2": "too little balance", "R3": "result lost"}
"""By the last two characters of the payment's receipt; `R0` and all others: the books decide."""

FIELDS: Mapping[str, Check] = {
    "Initiator": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: value if value == "TransactionReversal" else None,
    "TransactionID": lambda value: text(value, 20),
    "Amount": whole_amount,
    "ReceiverParty": lambda value: digits(value, 5, 7),
    "RecieverIdentifierType": lambda value: value if str(value) == IDENTIFIER_TYPE else None,
    "Remarks": COMMON_FIELDS["Remarks"],
    "QueueTimeOutURL": COMMON_FIELDS["QueueTimeOutURL"],
    "ResultURL": COMMON_FIELDS["ResultURL"],
}


async def reverse(world: World, call: Call) -> Answer:
    """`POST /mpesa/reversal/v1/request`. There is no id of ours: repeating it is answered R000001."""
    return take(world, call, "reversal", FIELDS, _carry_out, shortcode_in="ReceiverParty", party=_payer)


def _payer(world: World, body: Json, shortcode: Shortcode) -> str:
    """Who had paid; nobody, when the receipt is unknown."""
    paid = world.books.find(str(body["TransactionID"]), shortcode.number)
    return paid.payer if paid else ""


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    paid = world.books.find(str(command.body["TransactionID"]), command.shortcode.number)
    code = objection(world, command) or _refused(world, command, paid)
    if code is not None or paid is None:
        await refuse(world, conversation, code or "R000002")
        return
    entry = give_back(world, paid)
    story = "lost" if paid.receipt.endswith("R3") else "once"
    await succeed(world, conversation, _parameters(world, command, paid, entry), entry.receipt, story)


def give_back(world: World, paid: BookEntry) -> BookEntry:
    """Move the money of a customer's payment back; also what happens on the portal, without a word to anybody."""
    now_s = world.clock.now()
    shortcode = world.shortcodes.find(paid.shortcode)
    if shortcode is None:
        raise AssertionError(paid.shortcode)
    phone = world.phones.get(paid.payer)
    entry = world.books.debit(
        shortcode,
        paid.account,
        Transfer(
            receipt=world.receipts.next(now_s),
            party=paid.payer,
            party_name=paid.payer_name,
            amount_kes=paid.amount_kes,
            at_s=now_s,
            kind="reversal",
            reference=paid.reference,
            linked=paid.receipt,
        ),
    )
    phone.receive(paid.amount_kes)
    words = (
        f"{entry.receipt} Confirmed. Transaction {paid.receipt} has been reversed. "
        f"Ksh{paid.amount_kes:,}.00 is credited to your M-PESA account. "
        f"New M-PESA balance is Ksh{phone.balance_kes:,}.00."
    )
    phone.receive_sms(now_s, words, entry.receipt)
    return entry


def _refused(world: World, command: Command, paid: BookEntry | None) -> str | None:
    """Why it does not go back, as a result code."""
    if paid is None or paid.direction != "in" or paid.kind not in FROM_CUSTOMERS:
        return "R000002"
    if paid.receipt.endswith("R1") or world.books.reversal_of(paid.receipt) is not None:
        return "R000001"
    if command.amount_kes != paid.amount_kes:
        return "25"
    poor = world.books.available(command.shortcode, paid.account) < paid.amount_kes
    return "1" if poor or paid.receipt.endswith("R2") else None


def _parameters(world: World, command: Command, paid: BookEntry, entry: BookEntry) -> list[Parameter]:
    name = f"{paid.account.title()} Account"
    left = world.books.available(command.shortcode, paid.account)
    return [
        ("DebitAccountBalance", f"{name}|KES|{left}.00|{left}.00|0.00|0.00"),
        ("Amount", float(entry.amount_kes)),
        ("TransCompletedTime", int(stamp(entry.at_s))),
        ("OriginalTransactionID", paid.receipt),
        ("Charge", 0.0),
        ("CreditPartyPublicName", f"{paid.payer} - {paid.payer_name}"),
        ("DebitPartyPublicName", f"{command.shortcode.party} - {command.shortcode.name}"),
    ]
