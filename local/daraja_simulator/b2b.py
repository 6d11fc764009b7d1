"""Business to business: payments to a paybill or till, loading a shortcode that pays out, moving one's own float."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator.books import UTILITY, WORKING, Transfer
from local.daraja_simulator.commands import (
    COMMON_FIELDS,
    Check,
    Command,
    objection,
    refuse,
    succeed,
    take,
)
from local.daraja_simulator.fields import digits, one_of, text, whole_amount
from local.daraja_simulator.stories import code_of, result_story
from local.daraja_simulator.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.answers import Answer, Call, Json
    from local.daraja_simulator.books import BookEntry, EntryKind
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.results import Parameter
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

COMMANDS: Mapping[str, str] = {
    "BusinessPayBill": "paybill",
    "BusinessBuyGoods": "till",
    "BusinessPayToBulk": "paybill",
    "DisburseFundsToBusiness": "paybill",
    "BusinessToBusinessTransfer": "paybill",
}
"""Command → what the receiver must be. The last two are old ones, that nobody has confirmed lately."""
OWN_FLOAT: Mapping[str, tuple[str, str]] = {
    "BusinessTransferFromMMFToUtility": (WORKING, UTILITY),
    "BusinessTransferFromUtilityToMMF": (UTILITY, WORKING),
}
"""Command → from which of the organisation's own accounts to which."""
REFERENCE_LENGTH_MAX = 13

FIELDS: Mapping[str, Check] = {
    "Initiator": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: one_of(value, {**COMMANDS, **OWN_FLOAT}),
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
    source = OWN_FLOAT.get(command.name, (WORKING, ""))[0]
    code = objection(world, command)
    if code is None and not _receiver_fits(command, receiver):
        code = "SFC_IC0003"
    code = code or denied(world, command, source)
    if code is not None or receiver is None:
        await refuse(world, conversation, code or "7")
        return
    reference = str(command.body["AccountReference"])
    if command.name in OWN_FLOAT:
        entry = _move_float(world, command)
    else:
        entry = transfer(world, PaidOut(command.shortcode, WORKING, receiver, "b2b"), command.amount_kes, reference)
    await succeed(world, conversation, parameters(entry, receiver), entry.receipt, result_story(reference))


def denied(world: World, command: Command, account: str) -> str | None:
    """What the reference asks for, or that there is too little money, as a result code."""
    asked_for = code_of(str(command.body["AccountReference"]))
    if asked_for not in (None, "0"):
        return asked_for
    return "1" if world.books.available(command.shortcode, account) < command.amount_kes else None


def _receiver_fits(command: Command, receiver: Shortcode | None) -> bool:
    if command.name in OWN_FLOAT:
        return receiver is command.shortcode and receiver.account == UTILITY
    return receiver is not None and receiver.kind == COMMANDS[command.name]


@dataclass(frozen=True, slots=True)
class PaidOut:
    """From which account of whom to whom. kind: in the payer's books."""

    payer: Shortcode
    account: str
    receiver: Shortcode
    kind: EntryKind


def transfer(world: World, paid: PaidOut, amount_kes: int, reference: str) -> BookEntry:
    """One receipt, an entry in each of the two books. Gives the payer's."""
    now_s = world.clock.now()
    receipt = world.receipts.next(now_s)

    def seen_from(other: Shortcode, kind: EntryKind) -> Transfer:
        return Transfer(
            receipt=receipt,
            party=other.party,
            party_name=other.name,
            amount_kes=amount_kes,
            at_s=now_s,
            kind=kind,
            reference=reference,
        )

    entry = world.books.debit(paid.payer, paid.account, seen_from(paid.receiver, paid.kind))
    world.books.credit(paid.receiver, seen_from(paid.payer, "b2b_received"))
    return entry


def _move_float(world: World, command: Command) -> BookEntry:
    source, target = OWN_FLOAT[command.name]
    now_s, mine = world.clock.now(), command.shortcode
    moved = Transfer(
        receipt=world.receipts.next(now_s),
        party=mine.party,
        party_name=mine.name,
        amount_kes=command.amount_kes,
        at_s=now_s,
        kind="own_float",
        reference=str(command.body["AccountReference"]),
    )
    return world.books.move_inside(mine, source, target, moved)


def parameters(entry: BookEntry, receiver: Shortcode) -> list[Parameter]:
    """What Safaricom tells of a payment between organisations."""
    left = f"{{Amount={{CurrencyCode=KES, MinimumAmount={entry.balance_kes}00, BasicAmount={entry.balance_kes}.00}}}}"
    return [
        ("DebitAccountBalance", left),
        ("Amount", f"{entry.amount_kes}.00"),
        (
            "DebitPartyAffectedAccountBalance",
            f"{entry.account.title()} Account|KES|{entry.balance_kes}.00|{entry.balance_kes}.00|0.00|0.00",
        ),
        ("TransCompletedTime", stamp(entry.at_s)),
        ("DebitPartyCharges", ""),
        ("ReceiverPartyPublicName", f"{receiver.party} - {receiver.name}"),
        ("Currency", "KES"),
        ("InitiatorAccountCurrentBalance", left),
    ]
