"""M-Pesa's side of money that goes out: takes a transfer once for each id, books it, and tells the result later.

What the judge reads are its own books, which no code of the gateway touches.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason
from gateway.ports.money_out import Transfer, TransferAnswer
from tests.simulation.organisation import Organisation
from tests.simulation.safaricom import FROM_SAFARICOM

Deliver = Callable[[int, str, bytes, str], None]


@dataclass(frozen=True)
class PayoutStory:
    """How one transfer is answered. code: of its result. times: how often it is told; 0: it got lost.

    turned_away: an error before M-Pesa took anything. answer_lost: M-Pesa took it, its answer did not come.
    """

    code: str = "0"
    after_ms: int = 2_000
    times: int = 1
    turned_away: DarajaError | None = None
    answer_lost: bool = False
    before_answer: bool = False
    notice: bool = False
    """The notice that it was not taken from the queue in time comes first."""

    source: str = FROM_SAFARICOM


@dataclass(frozen=True)
class BookedTransfer:
    """Money that left. id: ours of the transfer. command: handed over in the name of this payout, by its amount."""

    id: str
    receipt: str
    amount_kes: int
    phone: str
    at_ms: int


@dataclass
class Payouts:
    """stories: for the next transfers, in order. organisation: where questions about them are answered."""

    deliver: Deliver
    now_ms: Callable[[], int]
    organisation: Organisation
    stories: deque[PayoutStory] = field(default_factory=deque)
    handed_over: list[Transfer] = field(default_factory=list)
    books: list[BookedTransfer] = field(default_factory=list)
    reversed: set[str] = field(default_factory=set)
    """Receipts that were taken back, by us or at the portal."""

    _reversals: int = 0
    _seen: set[str] = field(default_factory=set)
    at_once: Callable[[str, bytes, str], Any] | None = None
    """Takes a result while the hand-over still waits for its answer."""

    def hand_over(self, _token: str, transfer: Transfer, /) -> TransferAnswer:
        """Take it, unless it is turned away or its id was seen."""
        story = self.stories.popleft() if self.stories else PayoutStory()
        self.handed_over.append(transfer)
        if story.turned_away is not None:
            raise story.turned_away
        own_id = transfer.originator_conversation_id
        if transfer.method == "reversal":
            return self._reverse(transfer, story)
        if own_id in self._seen:
            return TransferAnswer("", "", seen_before=True)
        self._seen.add(own_id)
        conversation = f"AG_OUT_{len(self._seen):04d}"
        receipt = self._book(transfer, story)
        body = result_body(story.code, own_id, conversation, receipt, transfer, self.now_ms())
        self._tell(transfer, story, body)
        if story.answer_lost:
            raise MaybeSent(MaybeSentReason.READ_TIMEOUT)
        return TransferAnswer(conversation, own_id)

    def _reverse(self, transfer: Transfer, story: PayoutStory) -> TransferAnswer:
        """Take a payment back, once. It carries no id of the sender's: M-Pesa knows a repetition by the receipt."""
        self._reversals += 1
        conversation, own_id = f"AG_REV_{self._reversals:04d}", f"rev-{self._reversals}"
        code = "R000001" if transfer.recipient in self.reversed else story.code
        receipt = self._book(transfer, replace(story, code=code))
        self.reversed |= {transfer.recipient} if receipt else set()
        known = self.organisation.transactions.pop(transfer.originator_conversation_id)
        named = {"OriginatorConversationID": own_id, "ConversationID": conversation}
        self.organisation.transactions[own_id] = {**known, **named}
        self._tell(transfer, story, reversal_body(code, own_id, conversation, receipt, transfer))
        if story.answer_lost:
            raise MaybeSent(MaybeSentReason.READ_TIMEOUT)
        return TransferAnswer(conversation, own_id)

    def _book(self, transfer: Transfer, story: PayoutStory) -> str:
        """The receipt of what left; empty where nothing did. What M-Pesa will say when it is asked, too."""
        own_id, done = transfer.originator_conversation_id, story.code == "0"
        receipt = f"UKQ{len(self.books) + 1:07d}" if done else ""
        if done:
            booked = BookedTransfer(own_id, receipt, transfer.amount_kes, transfer.recipient, self.now_ms())
            self.books.append(booked)
        told = {"TransactionStatus": "Completed" if done else "Declined", "OriginatorConversationID": own_id}
        money = {"ReceiptNo": receipt, "Amount": f"{transfer.amount_kes}.00"} if done else {}
        self.organisation.transactions[own_id] = {**told, **money, "FinalisedTime": _stamp(self.now_ms())}
        return receipt

    def _tell(self, transfer: Transfer, story: PayoutStory, body: bytes) -> None:
        if story.notice:
            self.deliver(self.now_ms() + 500, _path(transfer.timeout_url), b"", FROM_SAFARICOM)
        if story.before_answer and self.at_once is not None:
            self.at_once(_path(transfer.result_url), body, story.source)
        for time in range(story.times):
            at_ms = self.now_ms() + story.after_ms + time * 3_000
            self.deliver(at_ms, _path(transfer.result_url), body, story.source)


def result_body(code: str, own_id: str, conversation: str, receipt: str, transfer: Transfer, now_ms: int) -> bytes:
    """A result as Safaricom writes it."""
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": "The initiator information is invalid." if code == "2001" else "",
        "OriginatorConversationID": own_id,
        "ConversationID": conversation,
        "TransactionID": receipt or "UKP0000000",
    }
    if receipt:
        told = {
            "TransactionAmount": transfer.amount_kes,
            "TransactionReceipt": receipt,
            "ReceiverPartyPublicName": f"{transfer.recipient} - Amina Otieno",
            "TransactionCompletedDateTime": _stamp(now_ms),
        }
        items = [{"Key": name, "Value": value} for name, value in told.items()]
        result["ResultParameters"] = {"ResultParameter": items}
    return json.dumps({"Result": result}).encode()


def reversal_body(code: str, own_id: str, conversation: str, receipt: str, transfer: Transfer) -> bytes:
    """A result of a reversal as Safaricom writes it: a success names both receipts."""
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": "",
        "OriginatorConversationID": own_id,
        "ConversationID": conversation,
        "TransactionID": receipt or "UKP0000000",
    }
    if receipt:
        told = {"Amount": transfer.amount_kes, "OriginalTransactionID": transfer.recipient}
        items = [{"Key": name, "Value": value} for name, value in told.items()]
        result["ResultParameters"] = {"ResultParameter": items}
    return json.dumps({"Result": result}).encode()


def _path(url: str) -> str:
    return "/in/" + url.split("/in/")[1]


def _stamp(now_ms: int) -> str:
    return f"{datetime.fromtimestamp(now_ms // 1000, UTC) + timedelta(hours=3):%Y%m%d%H%M%S}"
