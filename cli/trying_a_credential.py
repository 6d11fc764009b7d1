"""A person's test of an API operator: one question about a balance, and a wait for M-PESA's answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cli.failure import Exit, Failure
from cli.output import Output
from cli.shop_settings import stored_settings
from cli.stack import Stack
from daraja.errors import DarajaError, Refused
from gateway.aws import clients
from gateway.aws.world import World
from gateway.domain.balances import Balance
from gateway.flows.accounts_shown import exact
from gateway.flows.balance import ask_balance
from gateway.flows.initiator import InitiatorMissing
from gateway.flows.settings import FlowSettings
from gateway.ports import Call, run
from gateway.settings import Settings

ANSWER_S_MAX = 90
LOOK_EVERY_S = 2.0
ONE_SHARD = 1
"""Of the index `due`: every stack has at least that one."""


def try_credential(stack: Stack, owner: str, shortcode: str, output: Output) -> dict[str, Any]:
    """What M-PESA says: `works`, `refused` with its code, or `no answer`. Raises Failure when nothing was asked."""
    shop = stored_settings(stack, owner)
    if shop is None:
        raise Failure(Exit.SETTINGS, f"{owner} has no settings", "nobody stored any", "run: settings put")
    world = _CommandWorld(stack)
    flow = FlowSettings(callback_base_url=stack.addresses.get("callback", ""), due_shards=ONE_SHARD)
    if not flow.callback_base_url or "daraja" not in stack.addresses:
        raise Failure(Exit.SETTINGS, "Nothing was asked", "the stack's addresses are not known", "name it by --env")
    try:
        asked = run(ask_balance(shop, shortcode, flow, is_test=True), world)
    except InitiatorMissing as error:
        raise Failure(Exit.SETTINGS, "There is nothing to test", str(error), "run: credential set") from None
    except Refused as error:
        return {"shortcode": shortcode, "state": "refused", "mpesa_code": error.code, "detail": error.text}
    except DarajaError as error:
        raise Failure(Exit.UNREACHABLE, "Safaricom did not take the question", str(error), "run: doctor") from None
    output.progress("Asked. M-PESA answers within a minute …")
    return _told(shortcode, _answer(world, asked))


def _answer(world: _CommandWorld, asked: Balance) -> Balance | None:
    """The balance once the question is answered; None: it was not, in time."""
    until_s = time.monotonic() + ANSWER_S_MAX
    while time.monotonic() < until_s:
        now = world.perform(Call("Balances", "read_balance", (asked.id,)))
        if now is not None and (now.answers_at_ms >= asked.asked_at_ms or now.failure_at_ms >= asked.asked_at_ms):
            found: Balance = now
            return found
        time.sleep(LOOK_EVERY_S)
    return None


def _told(shortcode: str, balance: Balance | None) -> dict[str, Any]:
    if balance is None:
        return {"shortcode": shortcode, "state": "no answer", "mpesa_code": None}
    if balance.failure:
        return {"shortcode": shortcode, "state": "refused", "mpesa_code": balance.failure}
    accounts = {account.name: exact(account.usable) for account in balance.accounts}
    return {"shortcode": shortcode, "state": "works", "mpesa_code": "0", **accounts}


class _CommandWorld(World):
    """The functions' own world, from this machine. What it reports, the command tells itself."""

    def __init__(self, stack: Stack) -> None:
        source = {
            "TABLE_NAME": stack.table_name,
            "PARAMETER_PREFIX": stack.prefix,
            "DARAJA_BASE_URL": stack.addresses.get("daraja", ""),
            "DUE_SHARDS": str(ONE_SHARD),
        }
        super().__init__(Settings(source), clients.ELSEWHERE)

    def perform(self, call: Call, /) -> Any:
        """Carry out a call."""
        if (call.port, call.method) == ("Ambient", "report"):
            return _not_told(*call.args)
        return super().perform(call)


def _not_told(_name: str, _fields: Mapping[str, Any]) -> None:
    """Nobody listens."""
