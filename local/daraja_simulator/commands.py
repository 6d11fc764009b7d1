"""What all commands of an initiator share: fields, acknowledgement, the check of the operator, and the result."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.daraja_simulator.answers import Answer, Json, answer, invalid
from local.daraja_simulator.codes import command_result_text
from local.daraja_simulator.conversations import Conversation, Kind
from local.daraja_simulator.fields import text, url_is_sound
from local.daraja_simulator.results import Parameter, tell

if TYPE_CHECKING:
    from local.daraja_simulator.answers import Call
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

Check = Callable[[object], object]

ACCEPTED = "Accept the service request successfully."
REMARKS_LENGTH_MAX = 100
URL_LENGTH_MAX = 500


def credential(value: object) -> str | None:
    """A SecurityCredential, as far as one can tell from outside."""
    return text(value, 2_000) if isinstance(value, str) else None


def remarks(value: object) -> str | None:
    """2 to 100 characters."""
    found = text(value, REMARKS_LENGTH_MAX)
    return found if found is not None and len(found.strip()) > 1 else None


def address(value: object) -> str | None:
    """A ResultURL or QueueTimeOutURL."""
    return value if isinstance(value, str) and len(value) <= URL_LENGTH_MAX and url_is_sound(value) else None


COMMON_FIELDS: Mapping[str, Check] = {
    "SecurityCredential": credential,
    "Remarks": remarks,
    "QueueTimeOutURL": address,
    "ResultURL": address,
}


def first_wrong(body: Json, fields: Mapping[str, Check]) -> str | None:
    """The first field, in this order, whose check gives None."""
    return next((name for name, check in fields.items() if check(body.get(name)) is None), None)


@dataclass(frozen=True, slots=True)
class Command:
    """A request that was read. initiator: the operator's name."""

    kind: Kind
    name: str
    initiator: str
    body: Json
    shortcode: Shortcode
    party: str
    amount_kes: int = 0
    originator_id: str | None = None


def nobody(_: World, __: Json, ___: Shortcode) -> str:
    """The party of a command that moves no money."""
    return ""


def take(
    world: World,
    call: Call,
    kind: Kind,
    fields: Mapping[str, Check],
    carry_out: Callable[[World, Command, Conversation], Coroutine[object, object, None]],
    *,
    shortcode_in: str = "PartyA",
    party: Callable[[World, Json, Shortcode], str] = nobody,
) -> Answer:
    """Check a request, write it down and acknowledge it; `carry_out` is spawned, and tells how it ends.

    shortcode_in: the field with the organisation's shortcode. party: the other side, from the body.
    """
    body = call.body or {}
    wrong = first_wrong(body, fields)
    shortcode = world.shortcodes.find(str(body.get(shortcode_in)))
    if wrong is not None or shortcode is None:
        return wrong_field(world, wrong or shortcode_in)
    command = Command(
        kind=kind,
        name=str(body["CommandID"]),
        initiator=str(body["Initiator"]),
        body=body,
        shortcode=shortcode,
        party=party(world, body, shortcode),
        amount_kes=int(str(body["Amount"])) if "Amount" in fields else 0,
    )
    conversation = begin(world, command)
    world.spawn(carry_out(world, command, conversation))
    return accepted(conversation)


def begin(world: World, command: Command) -> Conversation:
    """Write the request down under new ids."""
    conversation = Conversation(
        kind=command.kind,
        originator_id=command.originator_id or world.ids.request_id(),
        conversation_id=world.ids.conversation_id(world.clock.now()),
        result_url=str(command.body["ResultURL"]),
        timeout_url=str(command.body["QueueTimeOutURL"]),
        command=command.name,
        shortcode=command.shortcode.number,
        party=command.party,
        amount_kes=command.amount_kes,
        asked_at_s=world.clock.now(),
        reference=str(command.body.get("AccountReference") or ""),
    )
    world.conversations.all.append(conversation)
    return conversation


def accepted(conversation: Conversation) -> Answer:
    """The acknowledgement: taken, and no word about how it ends."""
    return answer(
        {
            "ConversationID": conversation.conversation_id,
            "OriginatorConversationID": conversation.originator_id,
            "ResponseCode": "0",
            "ResponseDescription": ACCEPTED,
        }
    )


def objection(world: World, command: Command) -> str | None:
    """What M-Pesa has against the operator, as a result code."""
    return world.initiators.objection(command.initiator, str(command.body["SecurityCredential"]), command.name)


def wrong_field(world: World, name: str) -> Answer:
    """`400.002.02`."""
    return invalid(world.ids.request_id(), name)


async def refuse(world: World, conversation: Conversation, code: str, story: str = "once") -> None:
    """It ends without money; told like every result."""
    conversation.end(code, command_result_text(code), world.clock.now())
    await tell(world, conversation, (), story)


async def succeed(
    world: World,
    conversation: Conversation,
    parameters: Sequence[Parameter],
    receipt: str | None,
    story: str = "once",
) -> None:
    """It is done; told with what Safaricom tells of it."""
    conversation.end("0", command_result_text("0"), world.clock.now(), receipt)
    await tell(world, conversation, parameters, story)
