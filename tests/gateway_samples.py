"""Values of the gateway for tests of stores and items: a payment, an attempt, what Safaricom said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.domain.facts import AttemptBegun, CallbackReceived, Fact, MoneyReceived, PushAccepted, Source
from gateway.domain.payment import Asked, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.ports import Indexed

AT_MS = 1_772_442_904_000
"""2026-03-02 12:15:04 in Nairobi."""


def payment_id(number: int) -> str:
    """The id of payment `number`."""
    return f"pay_{number:08x}{'0' * 24}"


def asked(number: int = 1, **changes: Any) -> Asked:
    """A payment of 100 shillings to the paybill 174379."""
    values: dict[str, Any] = {
        "id": payment_id(number),
        "owner": "shop",
        "livemode": False,
        "shortcode": "174379",
        "shortcode_kind": "paybill",
        "shop_name": "Corner Shop",
        "amount_kes": 100,
        "account_reference": "INV1042",
        "description": "Payment",
        "created_at_ms": AT_MS,
        "expires_at_ms": AT_MS + 86_400_000,
        "fingerprint": "1:" + "5" * 32,
        "created_by": "key_1",
    }
    return Asked(**(values | changes))


def record(number: int = 1, facts: Iterable[Fact] = (), **changes: Any) -> PaymentRecord:
    """A stored payment of version 1."""
    known = {fact.id: fact for fact in facts}
    return PaymentRecord(asked=asked(number, **changes), facts=known, version=1, updated_at_ms=AT_MS)


def begun(number: int = 1, **changes: Any) -> AttemptBegun:
    """An attempt's first fact."""
    values: dict[str, Any] = {
        "said_at_ms": AT_MS,
        "learned_at_ms": AT_MS,
        "number": number,
        "phone": "254712345678",
        "amount_kes": 100,
        "sender": "c1" * 8,
        "send_before_ms": AT_MS + 8_000,
        "actor": "key_1",
    }
    return AttemptBegun(**(values | changes))


def accepted(number: int = 1) -> PushAccepted:
    """Daraja's answer to the push."""
    return PushAccepted(
        said_at_ms=AT_MS + 900,
        learned_at_ms=AT_MS + 900,
        number=number,
        checkout_request_id="ws_CO_02032026121504123712345678",
        merchant_request_id="7071-4170-a0e5-8345632bad442144258",
    )


def success(number: int = 1, receipt: str = "SGL31QW9XY") -> CallbackReceived:
    """Safaricom's callback of a paid prompt."""
    return CallbackReceived(
        said_at_ms=AT_MS + 12_000,
        learned_at_ms=AT_MS + 12_000,
        number=number,
        result_code="0",
        checkout_request_id="ws_CO_02032026121504123712345678",
        merchant_request_id="7071-4170-a0e5-8345632bad442144258",
        amount_kes=100,
        receipt=receipt,
        completed_at_ms=AT_MS + 11_000,
        from_safaricom=True,
        text="The service request is processed successfully.",
    )


def money(receipt: str = "SGL31QW9XY") -> MoneyReceived:
    """Safaricom's C2B confirmation."""
    return MoneyReceived(
        said_at_ms=AT_MS + 13_000,
        learned_at_ms=AT_MS + 13_500,
        told_by=Source.C2B,
        receipt=receipt,
        amount_kes=100,
        shortcode="174379",
        reference="inv 1042",
        completed_at_ms=AT_MS + 11_000,
        payer_name="J. W.",
    )


def owned(receipt: str = "SGL31QW9XY", number: int | None = 1, **changes: Any) -> ReceiptRecord:
    """A receipt of payment `number`; None: of nobody."""
    fact = money(receipt)
    owner = None if number is None else payment_id(number)
    values: dict[str, Any] = {"shortcode": "174379", "day": "2026-03-02", "facts": {fact.id: fact}}
    return ReceiptRecord(receipt=receipt, owner=owner, **(values | changes))


def due(at_ms: int | None = AT_MS, **summary: Any) -> Indexed:
    """Index attributes."""
    return Indexed(due_at_ms=at_ms, summary=summary or {"status": "open"})
