"""Safaricom in one object: tokens, prompts, payers, books. Knows M-PESA's truth, which the judge holds against us.

Bodies are written from Safaricom's documents, not from our models.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, TokenRejected
from gateway.domain.reconciliation.rows import PulledRow
from gateway.domain.shop import Shortcode
from gateway.ports import Credentials, FreshToken, Prompt, PushAnswer, QueryReply
from gateway.ports.reconciliation import PulledPage

FROM_SAFARICOM = "196.201.214.200"
FROM_ELSEWHERE = "203.0.113.9"
ANSWER_AFTER_MS = 6_000


@dataclass
class Push:
    """A prompt that Safaricom took, and what its payer will do."""

    checkout_request_id: str
    merchant_request_id: str
    phone: str
    amount: int
    reference: str
    url: str
    at_ms: int
    code: str | None = None
    receipt: str | None = None
    ended_at_ms: int | None = None


@dataclass
class Payer:
    """What the person with the phone does: result code, after how long; which news of it gets through."""

    code: str = "0"
    after_ms: int = ANSWER_AFTER_MS
    callbacks: tuple[int, ...] = (1_000,)
    """Delays after the end at which the callback is delivered; empty: it is lost."""

    query_tells: bool = True
    echo_after_ms: int | None = None
    callback_changes: Callable[[dict[str, Any]], None] | None = None
    callback_from: str = FROM_SAFARICOM
    answer_lost: bool = False
    callback_before_answer: bool = False


Deliver = Callable[[int, str, bytes, str], None]
"""(at, path, body, source address)."""


@dataclass
class Safaricom:
    """M-PESA's truth. `deliver` hands a callback to the world at a time."""

    now_ms: Callable[[], int]
    deliver: Deliver
    payers: dict[str, list[Payer]] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: list[tuple[str, int]] = field(default_factory=list)
    oauth_calls: int = 0
    queries: int = 0
    rows_a_page: int = 2
    c2b_path: str = "/in/c2b/174379/tag/confirmation"
    at_push: Callable[[Push], None] | None = None

    def fetch_token(self, credentials: Credentials, /) -> FreshToken:
        """A new token kills the one before."""
        assert credentials.consumer_key == "key"
        self.oauth_calls += 1
        token = f"token-{self.oauth_calls}"
        self.tokens = [(token, self.now_ms() + 3_599_000)]
        return FreshToken(token, 3_599)

    def push(self, token: str, prompt: Prompt, /) -> PushAnswer:
        """Take the prompt, and let the payer act in time. The client writes nothing after `send_before`."""
        if self.now_ms() > prompt.send_before_ms:
            raise NotSent(NotSentReason.CONNECT_TIMEOUT, retryable=True)
        self._check(token)
        number = len(self.pushes) + 1
        push = Push(
            f"ws_CO_{number:04d}_{prompt.phone[-9:]}",
            f"29115-{number:08d}-1",
            prompt.phone,
            prompt.amount_kes,
            prompt.account_reference,
            prompt.callback_url,
            self.now_ms(),
        )
        self.pushes.append(push)
        plans = self.payers.get(prompt.phone, [])
        payer = plans.pop(0) if len(plans) > 1 else (plans[0] if plans else Payer())
        self._act(push, payer)
        if self.at_push is not None and payer.callback_before_answer:
            self.at_push(push)
        if payer.answer_lost:
            raise MaybeSent(MaybeSentReason.CONNECTION_CUT)
        return PushAnswer(push.checkout_request_id, push.merchant_request_id)

    def query(
        self, token: str, shortcode: Shortcode, passkey: str, checkout_request_id: str, at_ms: int, /
    ) -> QueryReply:
        """What became of a prompt, as far as it has ended."""
        self._check(token)
        assert shortcode.number
        assert passkey
        self.queries += 1
        push = next((push for push in self.pushes if push.checkout_request_id == checkout_request_id), None)
        if push is None:
            return QueryReply("unknown_id", None, "The transaction does not Exist")
        tells = self.payer_of(push).query_tells
        if not tells or push.ended_at_ms is None or push.ended_at_ms > at_ms:
            return QueryReply("processing", None, "The transaction is still under processing")
        return QueryReply("answered", push.code, "")

    def rows(self, token: str, shortcode: str, from_ms: int, until_ms: int, offset: int, /) -> PulledPage:
        """Pull Transactions: what the books have of this time, a few rows a page."""
        self._check(token)
        assert shortcode == "174379"
        booked = sorted((entry["at_ms"], receipt) for receipt, entry in self.books.items())
        rows = [self._row(receipt) for at_ms, receipt in booked if from_ms <= at_ms < until_ms + 1_000]
        page = tuple(rows[offset : offset + self.rows_a_page])
        return PulledPage(page, len(page))

    def _row(self, receipt: str) -> PulledRow:
        booked = self.books[receipt]
        return PulledRow(
            receipt=receipt,
            amount_kes=booked["amount"],
            nairobi_ms=booked["at_ms"] // 1_000 * 1_000,
            word=booked.get("word", "c2b-pay-bill-debit"),
            reference=booked["reference"],
            payer_phone=booked["phone"],
            payer_name="Amina",
        )

    def payer_of(self, push: Push) -> Payer:
        """Who answers this prompt."""
        return self._payers_of[push.checkout_request_id]

    def menu_payment(self, phone: str, amount: int, reference: str, confirmation_after_ms: int | None = 2_000) -> str:
        """A payer types the Paybill payment by hand."""
        receipt = self._book(phone, amount, reference, self.now_ms())
        if confirmation_after_ms is not None:
            self._confirm(receipt, self.now_ms() + confirmation_after_ms)
        return receipt

    _payers_of: dict[str, Payer] = field(default_factory=dict)

    def _check(self, token: str) -> None:
        if not any(value == token and ends > self.now_ms() for value, ends in self.tokens):
            raise TokenRejected

    def _act(self, push: Push, payer: Payer) -> None:
        self._payers_of[push.checkout_request_id] = payer
        if payer.code == "never":
            return
        push.code = payer.code
        push.ended_at_ms = push.at_ms + payer.after_ms
        if payer.code == "0":
            push.receipt = self._book(push.phone, push.amount, push.reference, push.ended_at_ms)
            if payer.echo_after_ms is not None:
                self._confirm(push.receipt, push.ended_at_ms + payer.echo_after_ms)
        path = "/in/" + push.url.split("/in/")[1]
        for delay_ms in () if payer.callback_before_answer else payer.callbacks:
            self.deliver(push.ended_at_ms + delay_ms, path, callback_body(push, payer), payer.callback_from)

    def _book(self, phone: str, amount: int, reference: str, at_ms: int) -> str:
        receipt = f"UKP{len(self.books) + 1:07d}"
        self.books[receipt] = {"phone": phone, "amount": amount, "reference": reference, "at_ms": at_ms}
        return receipt

    def _confirm(self, receipt: str, at_ms: int) -> None:
        self.deliver(at_ms, self.c2b_path, self.confirmation(receipt), FROM_SAFARICOM)

    def confirmation(self, receipt: str) -> bytes:
        """The C2B confirmation of a receipt in the books."""
        booked = self.books[receipt]
        body = {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": "20261125120000",
            "TransAmount": f"{booked['amount']}.00",
            "BusinessShortCode": "174379",
            "BillRefNumber": booked["reference"],
            "InvoiceNumber": "",
            "OrgAccountBalance": "25100.00",
            "ThirdPartyTransID": "",
            "MSISDN": "2547 ***** 126",
            "FirstName": "AMINA",
        }
        return json.dumps(body).encode()


def callback_body(push: Push, payer: Payer) -> bytes:
    """Safaricom's STK callback about this prompt."""
    callback: dict[str, Any] = {
        "MerchantRequestID": push.merchant_request_id,
        "CheckoutRequestID": push.checkout_request_id,
        "ResultCode": int(push.code) if push.code and push.code.isdecimal() else push.code,
        "ResultDesc": "as documented",
    }
    if push.code == "0":
        items = [
            {"Name": "Amount", "Value": float(push.amount)},
            {"Name": "MpesaReceiptNumber", "Value": push.receipt},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": 20261125120000},
            {"Name": "PhoneNumber", "Value": int(push.phone)},
        ]
        callback["CallbackMetadata"] = {"Item": items}
    if payer.callback_changes is not None:
        payer.callback_changes(callback)
    return json.dumps({"Body": {"stkCallback": callback}}).encode()
