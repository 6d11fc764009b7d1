"""The functions that are not the shop's API, called with events as AWS makes them, in a world in memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from gateway.domain.balances import Balance
from gateway.flows.settings import FlowSettings
from gateway.ports import Call
from gateway.settings import Settings
from tests.environment import variables
from tests.memory_store import START_MS, MemoryWorld
from tests.unit.web.shop import ENVIRONMENT, Context, Gateway, app_of

PHONE = "0712345678"
SAFARICOM = "196.201.214.200"
BALANCE_ID = f"bal_{'b' * 32}"
"""Of the shop's Paybill, asked for at START_MS."""

CALLBACK_ENVIRONMENT = ENVIRONMENT | {"SOURCE_ADDRESSES": SAFARICOM, "DUE_SHARDS": "4", "QUERIES_PER_MINUTE": "60"}


class IntakeWorld(MemoryWorld):
    """The world in memory, as the handlers of these functions get theirs."""

    settings = Settings(CALLBACK_ENVIRONMENT)

    def begin(self, _context: object) -> IntakeWorld:
        """A new invocation."""
        return self


@dataclass
class Intake:
    """Two payments by key: `prompted` (attempt 1 on a phone) and `typed` (open, reference TYPED1).

    And a question about the shop's balance, not answered yet.
    """

    gateway: Gateway = field(default_factory=Gateway)

    def __post_init__(self) -> None:
        """Make the payments, then hand their table over."""
        self.prompted = self.gateway.pay("prompted", phone=PHONE, account_reference="PROMPT1").json["id"]
        self.typed = self.gateway.pay("typed", amount=300, account_reference="TYPED1").json["id"]
        before = self.gateway.world
        self.world = IntakeWorld(before.store, before.ambient)
        self.world.secrets.shared = before.secrets.shared
        asked = Balance(id=BALANCE_ID, owner="shop", shortcode="174379", asked_at_ms=START_MS)
        self.world.balances.all[asked.id] = asked

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call the function's handler."""
        app = app_of(function)
        with patch.object(app, "world", lambda: self.world), variables(CALLBACK_ENVIRONMENT):
            return app.handler(dict(event), Context())

    def shown(self, payment_id: str) -> dict[str, Any]:
        """Status, flags and credits of a payment."""
        state = FlowSettings.state(self.world.store.payments[payment_id])
        return {
            "status": str(state.status),
            "flags": sorted(str(flag) for flag in state.flags),
            "credits": [[credit.receipt, credit.amount_kes] for credit in state.credits],
        }

    def after(self) -> dict[str, Any]:
        """What is left of an event: both payments, what was set apart, waits, was told, is unmatched."""
        store = self.world.store
        return {
            "prompted": self.shown(self.prompted),
            "typed": self.shown(self.typed),
            "set_apart": sorted(key.split("#")[0] for key in store.orphans),
            "queued": len(self.world.queues.retries),
            "events": [event["type"] for event in self.world.bus.published],
            "unmatched": sorted(record.receipt for record in store.receipts.values() if record.owner is None),
            **self.told_of_balance(),
        }

    def told_of_balance(self) -> dict[str, Any]:
        """What has become known of the shop's balance; nothing at first."""
        balance = self.world.balances.all[BALANCE_ID]
        accounts = {account.name: str(account.available) for account in balance.accounts}
        return {name: told for name, told in (("balance", accounts), ("balance_failure", balance.failure)) if told}


def answer_of(answer: Any) -> Any:
    """An HTTP answer as status and body; a batch's answer as it is."""
    if "statusCode" not in answer:
        return answer
    body = base64.b64decode(answer["body"]).decode() if answer["isBase64Encoded"] else answer["body"]
    return {"status": answer["statusCode"], "body": json.loads(body)}


def fail(world: IntakeWorld, *boundaries: str, error: Exception) -> None:
    """The next calls of these boundaries fail, each a hundred times."""
    for boundary in boundaries:
        world.fail_next[boundary].extend([error] * 100)


__all__ = ["Call", "Intake", "IntakeWorld", "answer_of", "fail"]
