"""A payment as the judge sees it, in plain values; and as events carry it here."""

from __future__ import annotations

from typing import Any

from gateway.domain.facts import ReceiptTaken
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState


def shown_payment(record: PaymentRecord) -> dict[str, Any]:
    """A payment as the judge sees it: in plain values."""
    state = state_of(record.asked, record.facts)
    return {
        "id": record.id,
        "version": record.version,
        "amount": record.asked.amount_kes,
        "reference": record.asked.account_reference,
        "status": str(state.status),
        "flags": sorted(str(flag) for flag in state.flags),
        "safe": state.safe_to_fulfil,
        "credits": [
            {"receipt": credit.receipt, "amount": credit.amount_kes, "attempt": credit.attempt}
            for credit in state.credits
        ],
        "attempts": [
            {
                "number": attempt.number,
                "status": str(attempt.status),
                "phone": attempt.phone,
                "amount": attempt.amount_kes,
                "send_before_ms": attempt.send_before_ms,
                "checkout": attempt.checkout_request_id,
                "failure": attempt.failure.code if attempt.failure else None,
            }
            for attempt in state.attempts
        ],
        "due_at_ms": record.due_at_ms,
        "unconcluded": record.unconcluded,
        "taken": sorted(fact.receipt for fact in record.facts.values() if isinstance(fact, ReceiptTaken)),
    }


def described(record: PaymentRecord, state: PaymentState) -> dict[str, Any]:
    """What an event carries here: the payment as the judge sees it."""
    return {"id": record.id, "version": record.version, "status": str(state.status), "shown": shown_payment(record)}
