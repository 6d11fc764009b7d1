"""Refunds on their way through the flows, in a world in memory: a paid payment, its refund's item, M-Pesa's answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gateway import security
from gateway.domain.facts import AttemptBegun, CallbackReceived, Fact, MoneyReceived, MoneyReturned, Source
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.refunds import RefundWanted
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.keep import keep
from gateway.flows.messages import ResultDelivery
from gateway.flows.money_out.begin import BegunOutgoing
from gateway.flows.money_out.refund import RefundAsked, begin_refund
from gateway.flows.sweep import check_payment
from gateway.flows.take_status import take_status
from gateway.ports import DueItem, StoreUnavailable, run
from tests import gateway_samples as samples
from tests.memory_initiator import MemoryInitiator
from tests.memory_store import KEYS
from tests.unit.money_out.stage import Stage

AT_MS = samples.AT_MS
RECEIPT, SECOND, RETURN = "SGL31QW9XY", "SGL32BBBBB", "SGM00RETRN"
PAYMENT = samples.payment_id(1)
PHONE = "254712345678"
PAYS_FROM = "600998"


def paid_by_prompt(number: int = 1, receipt: str = RECEIPT, amount: int = 1_500, phone: str = PHONE) -> list[Fact]:
    """A prompt that was paid."""
    at_ms = AT_MS + number * 60_000
    begun = AttemptBegun(
        number=number, phone=phone, amount_kes=amount, sender=f"s{number}", send_before_ms=at_ms + 8_000,
        said_at_ms=at_ms, learned_at_ms=at_ms,
    )  # fmt: skip
    accepted = replace(samples.accepted(number), checkout_request_id=f"ws_CO_{number}")
    told = CallbackReceived(
        number=number, result_code="0", checkout_request_id=f"ws_CO_{number}",
        merchant_request_id=accepted.merchant_request_id, amount_kes=amount, receipt=receipt,
        completed_at_ms=at_ms + 11_000, from_safaricom=True, said_at_ms=at_ms + 12_000, learned_at_ms=at_ms + 12_000,
    )  # fmt: skip
    return [begun, accepted, told]


def typed_by_hand(receipt: str = SECOND, amount: int = 1_500, told_by: Source = Source.C2B) -> MoneyReceived:
    """Money at the Paybill: M-Pesa tells no number."""
    return MoneyReceived(
        told_by=told_by, receipt=receipt, amount_kes=amount, shortcode="174379", reference="INV1042",
        completed_at_ms=AT_MS + 300_000, said_at_ms=AT_MS + 301_000, learned_at_ms=AT_MS + 301_000,
    )  # fmt: skip


def reversed_on_the_portal(receipt: str = RECEIPT, amount: int = 1_500, under: str = RETURN) -> MoneyReturned:
    """M-Pesa's list shows a reversal."""
    return MoneyReturned(
        told_by=Source.PULL, receipt=receipt, return_receipt=under, amount_kes=amount, external=True,
        said_at_ms=AT_MS + 900_000, learned_at_ms=AT_MS + 900_000,
    )  # fmt: skip


@dataclass
class RefundStage(Stage):
    """One shop's paid payment and its refunds."""

    def paid(self, facts: Iterable[Fact] | None = None, amount: int = 1_500, **changed: Any) -> None:
        """The payment as it stands in the table, and a shop that pays out."""
        given = paid_by_prompt() if facts is None else list(facts)
        self.world.ambient.at_ms = AT_MS + 600_000
        record = samples.record(1, (), amount_kes=amount, **changed)
        self.world.store.payments[record.id] = record
        given_credentials = MemoryInitiator("174379", PAYS_FROM)
        self.world.initiator.credentials = given_credentials.credentials
        self.world.store.settings["shop"] = ShopSettings(
            owner="shop",
            name="Corner Shop",
            shortcodes=(Shortcode(number="174379", kind="paybill", name="Corner Shop"),),
            payout_shortcode=PAYS_FROM,
        )
        self.keep(*given)

    def another_payment(self) -> str:
        """A second one, paid as well; its id."""
        record = samples.record(2, paid_by_prompt(receipt="SGL39OTHER"), amount_kes=1_500)
        self.world.store.payments[record.id] = record
        return record.id

    def keep(self, *facts: Fact) -> None:
        """Facts of the payment."""
        run(keep(PAYMENT, lambda _: facts, self.settings), self.world)

    def refund(
        self, amount: int | None = None, key: str = "r1", method: str = "auto", receipt: str | None = None, **other: Any
    ) -> BegunOutgoing:
        """The shop asks for it."""
        begun = run(begin_refund(self.wish(amount, key, method, receipt, **other), self.settings), self.world)
        assert begun is not None
        return begun

    def wish(
        self, amount: int | None = None, key: str = "r1", method: str = "auto", receipt: str | None = None, **other: Any
    ) -> RefundAsked:
        """What the shop asks for."""
        plain: dict[str, Any] = {
            "id": security.refund_id(KEYS.id, "shop", "api", key),
            "payment_id": PAYMENT,
            "owner": "shop",
            "wanted": RefundWanted(amount, method, receipt),
            "pays_from": PAYS_FROM,
            "reason": "Out of stock",
            "created_by": "key_1",
            "fingerprint": f"1:{amount}:{method}",
        }
        return RefundAsked(**{**plain, **other})

    def reversal(self, amount: int | None = None, key: str = "r1") -> str:
        """Asked for, approved, handed over; its id."""
        out_id = self.refund(amount, key).record.id
        self.approve(out_id)
        self.work(out_id)
        return out_id

    @property
    def payment(self) -> PaymentRecord:
        """As it is stored."""
        return self.world.store.payments[PAYMENT]

    @property
    def of_payment(self) -> PaymentState:
        """As it stands."""
        return state_of(self.payment.asked, self.payment.facts)

    def look_at_payment(self, payment_id: str = PAYMENT) -> None:
        """Whoever waits for the payment has it looked at."""
        run(check_payment(payment_id, self.settings), self.world)

    @property
    def payment_is_due(self) -> DueItem | None:
        """Where the sweep would find it."""
        at_ms = self.payment.due_at_ms
        return None if at_ms is None else DueItem(f"PAY#{PAYMENT}", at_ms)

    def m_pesa_shows(self, receipt: str = RECEIPT, amount: int = 1_500, state: str = "Completed") -> None:
        """M-Pesa answers the last question about a receipt, at each shortcode that was asked."""
        transaction = self.world.store.transactions.all[security.transaction_id(KEYS.id, "shop", receipt)]
        told = {
            "TransactionStatus": state,
            "ReceiptNo": receipt,
            "Amount": float(amount),
            "FinalisedTime": 20260302121530,
            "CreditPartyName": "174379 - Corner Shop",
            "DebitPartyName": "254712345678 - Amina Otieno",
        }
        result = {
            "ResultType": 0,
            "ResultCode": 0,
            "ResultDesc": "The service request is processed successfully.",
            "OriginatorConversationID": "3213-416199-2",
            "ConversationID": "AG_20260302_9",
            "TransactionID": "SGL0000000",
            "ResultParameters": {"ResultParameter": [{"Key": k, "Value": v} for k, v in told.items()]},
        }
        for place in range(len(transaction.last.shortcodes)):
            delivery = ResultDelivery(
                kind="status", subject_id=transaction.id, number=place, asked_at_ms=transaction.last.asked_at_ms,
                timed_out=False, listed=True, body=json.dumps({"Result": result}).encode(),
                learned_at_ms=self.world.ambient.at_ms,
            )  # fmt: skip
            run(take_status(delivery, self.settings), self.world)

    def fail_once(self, boundary: str) -> None:
        """The table does not answer the next such call."""
        self.world.fail_next[boundary].append(StoreUnavailable("gone"))

    @property
    def asked_about(self) -> list[str]:
        """Receipts that M-Pesa was asked about, once each."""
        return list(dict.fromkeys(one.about for one in self.world.questions.asked))


def reversed_result(code: int | str = 0, amount: int = 1_500, receipt: str = RETURN) -> dict[str, Any]:
    """M-Pesa's result of a reversal."""
    told = {"Amount": amount, "OriginalTransactionID": RECEIPT, "TransCompletedTime": 20260302121900}
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": code,
        "ResultDesc": "told",
        "OriginatorConversationID": "3124-481d-b706-10bdd6fbc8e21700001",
        "ConversationID": "AG_20260302_00000001",
        "TransactionID": receipt if code == 0 else "SGL0000000",
    }
    if code == 0:
        result["ResultParameters"] = {"ResultParameter": [{"Key": k, "Value": v} for k, v in told.items()]}
    return result


def paid_out_result(out_id: str, transfer: int, amount: int, receipt: str = RETURN) -> dict[str, Any]:
    """M-Pesa's result of a refund that was paid out."""
    own_id = f"{out_id.partition('_')[2][:18]}{transfer}"
    told = {
        "TransactionAmount": amount,
        "TransactionReceipt": receipt,
        "ReceiverPartyPublicName": "254712345678 - Amina Otieno",
        "TransactionCompletedDateTime": "02.03.2026 12:25:30",
    }
    return {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": own_id,
        "ConversationID": "AG_20260302_00000002",
        "TransactionID": receipt,
        "ResultParameters": {"ResultParameter": [{"Key": k, "Value": v} for k, v in told.items()]},
    }
