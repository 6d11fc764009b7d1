"""Account Balance: all accounts of an organisation in one line of text, told as a result."""

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

    from local.daraja_simulator.answers import Answer, Call
    from local.daraja_simulator.conversations import Conversation
    from local.daraja_simulator.world import World

FIELDS: Mapping[str, Check] = {
    "Initiator": lambda value: text(value, 60),
    "SecurityCredential": COMMON_FIELDS["SecurityCredential"],
    "CommandID": lambda value: value if value == "AccountBalance" else None,
    "PartyA": lambda value: digits(value, 5, 7),
    "IdentifierType": lambda value: value if str(value) == "4" else None,
    "Remarks": COMMON_FIELDS["Remarks"],
    "QueueTimeOutURL": COMMON_FIELDS["QueueTimeOutURL"],
    "ResultURL": COMMON_FIELDS["ResultURL"],
}


async def query(world: World, call: Call) -> Answer:
    """`POST /mpesa/accountbalance/v1/query`."""
    return take(world, call, "balance", FIELDS, _carry_out)


async def _carry_out(world: World, command: Command, conversation: Conversation) -> None:
    await world.clock.sleep(world.options.result_after_s)
    code = objection(world, command)
    if code is not None:
        await refuse(world, conversation, code)
        return
    balances = world.books.balances()[command.shortcode.number]
    accounts = "&".join(f"{name.title()} Account|KES|{have}.00|{have}.00|0.00|0.00" for name, have in balances.items())
    completed = int(stamp(world.clock.now()))
    await succeed(world, conversation, [("AccountBalance", accounts), ("BOCompletedTime", completed)], None)
