"""Business to business: payments to a paybill or till, and loading a shortcode that pays out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator.books import WORKING, Transfer
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

COMMANDS: Mapping[str, str] = {"BusinessPayBill": "paybill", "BusinessBuyGoods": "till", "BusinessPayToBulk": "paybill"}
"""Command → what the receiver must be."""
REFERENCE_LENGTH_MAX = 13

FIELDS: Mapping[str, Check] = {
    "Initiator": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: value if value in COMMANDS else None,
    "SenderIdentifierType": lambda value: value if str(value) == "4" else None,
    "RecieverIdentifierType": lambda value: value if str(value) in ("2", "4") else None,
    "Amount": whole_amount,
    "PartyA": lambda value: digits(value, 5, 7),
    "PartyB": lambda value: digits(value, 5, 7),
    "AccountReference": lambda value: text(value, REFERENCE_LENGTH_MAX),
    "Remarks": COMMON_FIELDS["Remarks"],
    "QueueTimeOutURL": COMMON_FIELDS["QueueTimeOutURL"],
    "ResultURL": COMMON_FIELDS["ResultURL"],
}


async def pay(world: World, call: Call) -> Answer:
    """`POST /mpesa/b2b/v1/paymentrequest`. Working account → the receiver's account for payments."""
    return take(world, call, "b2b", FIELDS, _carry_out, party=_receiver)


def _receiver(_: World, body: Json, __: Shortcode) -> str:
    return str(body["PartyB"])


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    receiver = world.shortcodes.find(command.party)
    code = objection(world, command)
    if code is None and (receiver is None or receiver.kind != COMMANDS[command.name]):
        code = "SFC_IC0003"
    if code is None and world.books.available(command.shortcode, WORKING) < command.amount_kes:
        code = "1"
    if code is not None or receiver is None:
        await refuse(world, conversation, code or "7")
        return
    entry = _move_money(world, command, receiver)
    await succeed(world, conversation, _parameters(entry, receiver), entry.receipt)


def _move_money(world: World, command: Command, receiver: Shortcode) -> BookEntry:
    """One receipt, an entry in each of the two books."""
    now_s = world.clock.now()
    receipt, reference = world.receipts.next(now_s), str(command.body["AccountReference"])
    entry = world.books.debit(
        command.shortcode,
        WORKING,
        Transfer(
            receipt=receipt,
            party=receiver.party,
            party_name=receiver.name,
            amount_kes=command.amount_kes,
            at_s=now_s,
            kind="b2b",
            reference=reference,
        ),
    )
    world.books.credit(
        receiver,
        Transfer(
            receipt=receipt,
            party=command.shortcode.party,
            party_name=command.shortcode.name,
            amount_kes=command.amount_kes,
            at_s=now_s,
            kind="b2b_received",
            reference=reference,
        ),
    )
    return entry


def _parameters(entry: BookEntry, receiver: Shortcode) -> list[Parameter]:
    left = f"{{Amount={{CurrencyCode=KES, MinimumAmount={entry.balance_kes}00, BasicAmount={entry.balance_kes}.00}}}}"
    return [
        ("DebitAccountBalance", left),
        ("Amount", f"{entry.amount_kes}.00"),
        (
            "DebitPartyAffectedAccountBalance",
            f"Working Account|KES|{entry.balance_kes}.00|{entry.balance_kes}.00|0.00|0.00",
        ),
        ("TransCompletedTime", stamp(entry.at_s)),
        ("DebitPartyCharges", ""),
        ("ReceiverPartyPublicName", f"{receiver.party} - {receiver.name}"),
        ("Currency", "KES"),
        ("InitiatorAccountCurrentBalance", left),
    ]
