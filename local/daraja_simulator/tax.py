"""Tax remittance: from an organisation's Working account to the Kenya Revenue Authority, under a PRN that it issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.daraja_simulator import b2b
from local.daraja_simulator.books import WORKING
from local.daraja_simulator.commands import Check, Command, objection, refuse, succeed, take
from local.daraja_simulator.fields import text
from local.daraja_simulator.shortcodes import KRA
from local.daraja_simulator.stories import result_story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.daraja_simulator.answers import Answer, Call, Json
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

PRN_LENGTH_MAX = 20
"""KRA's numbers are longer than the 13 characters that other references may have."""

FIELDS: Mapping[str, Check] = {
    **b2b.FIELDS,
    "CommandID": lambda value: value if value == "PayTaxToKRA" else None,
    "RecieverIdentifierType": lambda value: value if str(value) == "4" else None,
    "PartyB": lambda value: value if str(value) == KRA else None,
    "AccountReference": lambda value: text(value, PRN_LENGTH_MAX),
}


async def remit(world: World, call: Call) -> Answer:
    """`POST /mpesa/b2b/v1/remittax`. Every PRN is one that KRA knows."""
    return take(world, call, "tax", FIELDS, _carry_out, party=_authority)


def _authority(_: World, __: Json, ___: Shortcode) -> str:
    return KRA


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    authority = world.shortcodes.find(KRA)
    code = objection(world, command) or b2b.denied(world, command, WORKING)
    if code is not None or authority is None:
        await refuse(world, conversation, code or "7")
        return
    prn = str(command.body["AccountReference"])
    paid = b2b.PaidOut(command.shortcode, WORKING, authority, "tax")
    entry = b2b.transfer(world, paid, command.amount_kes, prn)
    await succeed(world, conversation, b2b.parameters(entry, authority), entry.receipt, result_story(prn))
