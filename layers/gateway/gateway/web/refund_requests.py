"""What a shop may say of a refund."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.web.payout_requests import TEXT_FOR_MPESA, text_for_mpesa
from gateway.web.requests import RequestModel, refuse

RECEIPT_MIN, RECEIPT_MAX = 6, 20


def _amount(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        refuse("amount_invalid", "amount must be an integer: whole shillings, without quotes or a fraction, like 500.")
    if value < 1:
        refuse("amount_too_small", "amount must be at least 1 shilling.")
    return value


def _receipt(value: Any) -> Any:
    if value is None:
        return None
    told = value.strip().upper() if isinstance(value, str) else ""
    if not (RECEIPT_MIN <= len(told) <= RECEIPT_MAX and told.isalnum() and told.isascii()):
        refuse("field_invalid", "receipt must be an M-PESA code like SGL31QW9XY.")
    return told


RefundAmount = Annotated[
    int | None,
    BeforeValidator(_amount),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}),
]
Receipt = Annotated[
    str | None,
    BeforeValidator(_receipt),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9]{6,20}$"}, {"type": "null"}]}),
]


Reason = Annotated[str, BeforeValidator(text_for_mpesa("reason")), TEXT_FOR_MPESA]


class RefundRequest(RequestModel):
    """Give money of a payment back. It goes once a person has approved it in the console."""

    amount: RefundAmount = Field(default=None, description="Shillings; all that is left when absent.")
    reason: Reason = Field(default="Refund", description="What M-PESA keeps with it.")
    method: Literal["auto", "reversal", "payout"] = Field(
        default="auto",
        description="auto: a whole receipt is taken back by M-PESA, anything else is paid out to the number that paid.",
    )
    receipt: Receipt = Field(default=None, description="Of this money alone; for what was paid twice.")
