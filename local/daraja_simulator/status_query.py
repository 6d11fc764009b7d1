"""Transaction Status: what became of a receipt, or of a request by its OriginatorConversationID; told as a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator.commands import (
    COMMON_FIELDS,
    Check,
    Command,
    objection,
    refuse,
    succeed,
    take,
)
from local.daraja_simulator.fields import digits, text
from local.daraja_simulator.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.answers import Answer, Call, Json
    from local.daraja_simulator.books import BookEntry
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.results import Parameter
    from local.daraja_simulator.world import World

UNKNOWN = "R000002"
STATES: Mapping[str, str] = {"accepted": "Initiated", "completed": "Completed", "failed": "Declined"}
REASONS: Mapping[str, str] = {
    "stk": "Pay Bill Online",
    "c2b": "Pay Bill Online",
    "simulated": "Pay Bill Online",
    "drill": "Pay Bill Online",
    "b2c": "Business Payment to Customer via API",
    "by_hand": "Business Payment to Customer",
    "pochi": "Business Pay To Pochi",
    "b2b": "Business Pay Bill",
    "b2b_received": "Business Pay Bill",
    "own_float": "Organization Transfer From MMF to Utility",
    "tax": "Pay Tax To KRA",
    "ussd_push": "Merchant to Merchant Payment",
    "standing_order": "Pay Bill Online",
    "reversal": "Transaction Reversal",
}

FIELDS: Mapping[str, Check] = {
    "Initiator": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: value if value == "TransactionStatusQuery" else None,
    "PartyA": lambda value: digits(value, 5, 12),
    "IdentifierType": lambda value: value if str(value) in ("1", "2", "4") else None,
    "ResultURL": COMMON_FIELDS["ResultURL"],
    "QueueTimeOutURL": COMMON_FIELDS["QueueTimeOutURL"],
    "Remarks": COMMON_FIELDS["Remarks"],
}

WITHOUT_A_REQUEST: Mapping[str, Check] = {**FIELDS, "TransactionID": lambda value: value or None}


async def query(world: World, call: Call) -> Answer:
    """`POST /mpesa/transactionstatus/v1/query`, by TransactionID or by OriginalConversationID."""
    asked_by_request = bool((call.body or {}).get("OriginalConversationID"))
    return take(world, call, "status", FIELDS if asked_by_request else WITHOUT_A_REQUEST, _carry_out)


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    code = objection(world, command)
    if code is not None:
        await refuse(world, conversation, code)
        return
    parameters = _found(world, command.body, command.shortcode.number)
    if parameters is None:
        await refuse(world, conversation, UNKNOWN)
    else:
        occasion = command.body.get("Occasion")
        await succeed(world, conversation, [*parameters, ("Occasion", occasion)], None)


def _found(world: World, body: Json, shortcode: str) -> list[Parameter] | None:
    """All that M-Pesa knows of the transaction; None: nothing."""
    if body.get("TransactionID"):
        entry = world.books.find(str(body["TransactionID"]), shortcode)
        return None if entry is None else _of_entry(world, entry, world.conversations.that_moved(entry.receipt))
    asked = world.conversations.begun_with(str(body["OriginalConversationID"]))
    if asked is None or asked.shortcode != shortcode:
        return None
    entry = world.books.find(asked.receipt, shortcode) if asked.receipt else None
    return _of_request(asked) if entry is None else _of_entry(world, entry, asked)


def _of_entry(world: World, entry: BookEntry, asked: Conversation | None) -> list[Parameter]:
    other = f"{entry.payer} - {entry.payer_name}"
    shortcode = world.shortcodes.find(entry.shortcode)
    ours = f"{entry.shortcode} - {shortcode.name if shortcode else ''}"
    debit, credit = (other, ours) if entry.direction == "in" else (ours, other)
    began = asked.asked_at_s if asked else entry.at_s
    return [
        ("DebitPartyName", debit),
        ("CreditPartyName", credit),
        ("OriginatorConversationID", asked.originator_id if asked else world.ids.request_id()),
        ("InitiatedTime", int(stamp(began))),
        ("DebitAccountType", "MMF Account For Customer" if entry.direction == "in" else "Utility Account"),
        ("DebitPartyCharges", f"Fee For B2C Payment|KES|{entry.fee_kes}.00" if entry.fee_kes else ""),
        ("TransactionReason", None),
        ("ReasonType", REASONS[entry.kind]),
        ("TransactionStatus", "Completed"),
        ("FinalisedTime", int(stamp(entry.at_s))),
        ("Amount", float(entry.amount_kes)),
        ("ConversationID", asked.conversation_id if asked else ""),
        ("ReceiptNo", entry.receipt),
    ]


def _of_request(asked: Conversation) -> list[Parameter]:
    """A request that has moved no money (yet)."""
    ended = [("FinalisedTime", int(stamp(asked.ended_at_s)))] if asked.ended_at_s else []
    return [
        ("OriginatorConversationID", asked.originator_id),
        ("InitiatedTime", int(stamp(asked.asked_at_s))),
        ("TransactionReason", asked.text or None),
        ("TransactionStatus", STATES[asked.state]),
        *ended,
        ("Amount", float(asked.amount_kes)),
        ("ConversationID", asked.conversation_id),
    ]
