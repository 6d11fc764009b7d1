"""A payout or refund as the API shows it and events carry it. Phone numbers are masked unless a shop asks for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from daraja.masking import mask_phone
from gateway.domain.money_out.outgoing import Method, OutgoingKind, OutgoingRecord, OutgoingState
from gateway.domain.money_out.reasons import DECLINED
from gateway.domain.payment import Failure

PURPOSES = {"business": "BusinessPayment", "salary": "SalaryPayment", "promotion": "PromotionPayment"}
"""What it is for → Daraja's CommandID."""

PURPOSE_OF = {command: purpose for purpose, command in PURPOSES.items()}

MESSAGES = {
    "insufficient_balance": "The account that pays does not hold enough. Nothing was sent; top it up, then pay anew.",
    "initiator_invalid": "M-PESA refused the API operator. Nothing is sent until a person has tested it.",
    "initiator_locked": "M-PESA has locked the API operator. The organisation's administrator must unlock it.",
    "recipient_not_on_mpesa": "M-PESA does not know the recipient's number as a customer.",
    "recipient_limit": "The recipient's M-PESA account would be above one of its limits.",
    "below_minimum": "The amount is below M-PESA's least.",
    "above_maximum": "The amount is above M-PESA's most.",
    "already_reversed": "The money is back where it came from already.",
    "too_late_to_reverse": "M-PESA does not give it back any more.",
    "not_permitted": "The organisation may not pay out this way: its administrator must add the product or the role.",
    "system_error": "M-PESA had an internal failure.",
    "system_busy": "M-PESA was too busy. Nothing was sent; pay anew.",
    "mpesa_declined": "M-PESA declined it.",
}


def outgoing_shown(record: OutgoingRecord, state: OutgoingState, *, with_phone: bool = False) -> dict[str, Any]:
    """The payout or refund object of the API."""
    asked = record.asked
    phone = asked.phone or ""
    return {
        "id": asked.id,
        "object": asked.kind,
        "livemode": asked.livemode,
        "status": str(state.status),
        "flags": sorted(str(flag) for flag in state.flags),
        "waiting_for": str(state.waiting_for) if state.waiting_for else None,
        "amount": asked.amount_kes,
        "currency": "KES",
        "phone": phone if with_phone or not phone else mask_phone(phone),
        "recipient_name": state.recipient_name or None,
        **(_of_refund(record, state) if asked.kind == OutgoingKind.REFUND else _of_payout(record)),
        "order": asked.order,
        "shortcode": asked.shortcode_for(state.method),
        "created_by": asked.created_by,
        "approvals": [
            {"what": one.what, "by": one.shown_as, "at": _rfc3339(one.at_ms), "note": one.note}
            for one in state.approvals
            if one.valid
        ],
        "receipt": state.receipt,
        "succeeded_at": _rfc3339(state.succeeded_at_ms) if state.succeeded_at_ms is not None else None,
        "failure": _failure(state.failure),
        "conversation_id": state.conversation_id,
        "lapses_at": _rfc3339(asked.lapses_at_ms),
        "created_at": _rfc3339(asked.created_at_ms),
        "updated_at": _rfc3339(record.updated_at_ms or asked.created_at_ms),
        "version": record.version,
    }


def _of_payout(record: OutgoingRecord) -> dict[str, Any]:
    """What a payout alone has."""
    asked = record.asked
    return {
        "purpose": PURPOSE_OF.get(asked.command, "business"),
        "remarks": asked.remarks,
        "metadata": dict(asked.metadata),
        "file": asked.file,
    }


def _of_refund(record: OutgoingRecord, state: OutgoingState) -> dict[str, Any]:
    """What a refund alone has. method: as it goes now; reversal_failure: why it does not go back as it came."""
    asked = record.asked
    return {
        "payment": asked.payment,
        "method": "reversal" if state.method == Method.REVERSAL else "payout",
        "reason": asked.remarks,
        "original_receipt": asked.original_receipt,
        "reversal_failure": _failure(state.refusal),
    }


def _failure(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    message = MESSAGES.get(failure.code, MESSAGES[DECLINED])  # a newer release may know more of them
    return {"code": failure.code, "mpesa_code": failure.mpesa_code, "message": message}


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
