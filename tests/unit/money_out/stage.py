"""A payout on its way through the flows, in a world in memory: what was handed over, what is stored, what is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from gateway import security
from gateway.domain.balances import Account, Balance
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.limits import day_limit_name
from gateway.domain.money_out.outgoing import (
    OutgoingAsked,
    OutgoingRecord,
    OutgoingState,
    originator_conversation_id,
)
from gateway.domain.money_out.policy import LAPSES_AFTER_MS, OutPolicy
from gateway.flows.messages import ResultDelivery
from gateway.flows.money_out.begin import BegunOutgoing, begin_payout
from gateway.flows.money_out.decide import Approver, approve, reject
from gateway.flows.money_out.keep import KeptOutgoing
from gateway.flows.money_out.take import take_payout_result, take_status_of_send
from gateway.flows.money_out.work import sweep_outgoing, work_on_outgoing
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.ports import run
from tests import outgoing_samples as samples
from tests.memory_store import KEYS, START_MS, MemoryWorld

BRENDA = Approver("google|brenda", "Brenda", START_MS)
DAY = "2026-03-02"
MINUTE_MS = 60_000


@dataclass
class Stage:
    """One shop's payouts. The clock stands still until it is moved."""

    world: MemoryWorld = field(default_factory=MemoryWorld)
    policy: OutPolicy = field(default_factory=OutPolicy)

    @property
    def settings(self) -> FlowSettings:
        """Of the functions that send."""
        return FlowSettings(out=self.policy, callback_base_url="https://in.example")

    def asked(self, number: int = 1, **changed: Any) -> OutgoingAsked:
        """What the shop wants: payout `number`."""
        now_ms = self.world.ambient.at_ms
        plain = {"id": f"out_{number:032x}", "created_at_ms": now_ms, "lapses_at_ms": now_ms + LAPSES_AFTER_MS}
        return samples.asked(**{**plain, **changed})

    def begin(self, number: int = 1, **changed: Any) -> BegunOutgoing:
        """The shop asks for it."""
        return run(begin_payout(self.asked(number, **changed), self.settings), self.world)

    def approve(self, out_id: str, person: Approver = BRENDA, terms: str = "") -> KeptOutgoing:
        """A person agrees to what stands there."""
        signed_in = replace(person, signed_in_at_ms=max(person.signed_in_at_ms, self.world.ambient.at_ms))
        wanted = terms or self.state(out_id).terms
        return run(approve(out_id, "shop", signed_in, wanted, "", self.settings), self.world)

    def decide_as_signed_in(self, out_id: str, person: Approver) -> KeptOutgoing:
        """A person agrees whose sign-in is as old as it is."""
        return run(approve(out_id, "shop", person, self.state(out_id).terms, "", self.settings), self.world)

    def float_holds(self, amount_kes: int) -> None:
        """M-Pesa said just now what the account that pays holds."""
        now_ms = self.world.ambient.at_ms
        balance_id = security.balance_id(KEYS.id, "shop", "174379")
        account = Account(name="Utility Account", currency="KES", current=Decimal(amount_kes))
        asked = Balance(id=balance_id, owner="shop", shortcode="174379", asked_at_ms=now_ms)
        self.world.balances.all[balance_id] = replace(asked, accounts=(account,), as_of_ms=now_ms)

    def reject(self, out_id: str, person: Approver = BRENDA) -> KeptOutgoing:
        """A person says no."""
        state = self.state(out_id)
        return run(reject(out_id, "shop", person, state.terms or state.approved_terms, "", self.settings), self.world)

    def work(self, out_id: str, times: int = 1) -> OutgoingState:
        """Whoever waits for it has it looked at."""
        for _ in range(times):
            run(work_on_outgoing(out_id, self.settings), self.world)
        return self.state(out_id)

    def sweep(self, out_id: str) -> OutgoingState:
        """The sweep meets it."""
        run(sweep_outgoing(out_id, self.settings), self.world)
        return self.state(out_id)

    def sent(self, number: int = 1, **changed: Any) -> str:
        """A payout that was asked for, approved and handed over; its id."""
        out_id = self.begin(number, **changed).record.id
        self.approve(out_id)
        self.work(out_id)
        return out_id

    def later(self, minutes: float) -> None:
        """Time passes."""
        self.world.ambient.at_ms += round(minutes * MINUTE_MS)

    def tell(self, out_id: str, body: dict[str, Any], **changed: Any) -> Taken | None:
        """M-Pesa tells the result of send 1."""
        delivery = replace(self._delivery(out_id, {"Result": body}), **changed)
        return run(take_payout_result(delivery, self.settings), self.world)

    def tell_status(self, out_id: str, body: dict[str, Any], **changed: Any) -> Taken | None:
        """M-Pesa answers a question about send 1."""
        delivery = replace(self._delivery(out_id, {"Result": body}), kind="status", **changed)
        return run(take_status_of_send(delivery, self.settings), self.world)

    def tell_timeout(self, out_id: str) -> Taken | None:
        """M-Pesa did not take it from its queue in time."""
        delivery = replace(self._delivery(out_id, {}), timed_out=True, body=b"")
        return run(take_payout_result(delivery, self.settings), self.world)

    def _delivery(self, out_id: str, body: dict[str, Any]) -> ResultDelivery:
        now_ms = self.world.ambient.at_ms
        return ResultDelivery(
            kind="out",
            subject_id=out_id,
            number=1,
            asked_at_ms=now_ms // 1_000 * 1_000,
            timed_out=False,
            listed=True,
            body=json.dumps(body).encode(),
            learned_at_ms=now_ms,
        )

    def record(self, out_id: str) -> OutgoingRecord:
        """As it is stored."""
        return self.world.outgoings.outgoings[out_id]

    def state(self, out_id: str) -> OutgoingState:
        """As it stands."""
        return outgoing_state(self.record(out_id))

    def used_kes(self, name: str = "") -> tuple[int, int]:
        """Of the day's limit: what went out, and what may be on its way."""
        limit = self.world.outgoings.limits[name or day_limit_name("shop", DAY)]
        return limit.settled_kes, sum(limit.in_flight.values())

    def meanwhile(self, boundary: str, happens: Callable[[], object]) -> None:
        """Once, directly after the next such call, while its caller goes on."""

        def hook() -> None:
            happens()

        self.world.after[boundary] = hook

    @property
    def questions(self) -> list[str]:
        """The ids that M-Pesa was asked about."""
        return [one.about for one in self.world.questions.asked]

    @property
    def handed_over(self) -> list[str]:
        """Our ids of what M-Pesa was given, in order."""
        return [transfer.originator_conversation_id for transfer in self.world.transfers.handed_over]


def success(out_id: str, **changed: Any) -> dict[str, Any]:
    """M-Pesa's result of a payout that went."""
    told = {
        "TransactionAmount": 250,
        "TransactionReceipt": "SGL31QW9XY",
        "ReceiverPartyPublicName": "254722000111 - Amina Wanjiku Otieno",
        "TransactionCompletedDateTime": "02.03.2026 12:15:30",
    } | changed
    return {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": originator_conversation_id(out_id, 1),
        "ConversationID": "AG_20260302_00000001",
        "TransactionID": told["TransactionReceipt"],
        "ResultParameters": {"ResultParameter": [{"Key": name, "Value": value} for name, value in told.items()]},
    }


def failure(out_id: str, code: int | str = 1) -> dict[str, Any]:
    """M-Pesa's result of a payout that did not go."""
    return {
        "ResultType": 0,
        "ResultCode": code,
        "ResultDesc": "The balance is insufficient for the transaction.",
        "OriginatorConversationID": originator_conversation_id(out_id, 1),
        "ConversationID": "AG_20260302_00000001",
        "TransactionID": "SGL0000000",
    }


def status_of(out_id: str, state: str = "Completed", **changed: Any) -> dict[str, Any]:
    """M-Pesa's answer to a question about a payout."""
    told: dict[str, Any] = {
        "TransactionStatus": state,
        "OriginatorConversationID": originator_conversation_id(out_id, 1),
        "ConversationID": "AG_20260302_00000001",
        "ReceiptNo": "SGL31QW9XY",
        "Amount": 250.0,
        "FinalisedTime": 20260302121530,
        "CreditPartyName": "254722000111 - Amina Wanjiku Otieno",
    } | changed
    return {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": "3213-416199-2",
        "ConversationID": "AG_20260302_9",
        "TransactionID": "SGL0000000",
        "ResultParameters": {"ResultParameter": [{"Key": name, "Value": value} for name, value in told.items()]},
    }


NOT_KNOWN = {
    "ResultType": 0,
    "ResultCode": "R000002",
    "ResultDesc": "The OriginalTransactionID is invalid.",
    "OriginatorConversationID": "3213-416199-2",
    "ConversationID": "AG_20260302_9",
    "TransactionID": "SGL0000000",
}
