"""What the API answers about refunds, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.money_out.facts import Hold
from gateway.domain.money_out.outgoing import OutgoingFlag, OutgoingStatus
from gateway.web.models import AnswerModel, PaymentId, Time
from gateway.web.payout_models import Decision, PayoutFailure

RefundId = Annotated[str, Field(pattern=r"^ref_[0-9a-f]{32}$")]


class Refund(AnswerModel):
    """Money of a payment that goes back. waiting_for: why an approved one has not gone yet."""

    id: RefundId
    object: Literal["refund"]
    livemode: bool
    payment: PaymentId
    status: OutgoingStatus
    flags: list[OutgoingFlag]
    waiting_for: Hold | None
    amount: Annotated[int, Field(ge=1)]
    currency: Literal["KES"]
    method: Literal["reversal", "payout"] = Field(description="As it goes now; a refused reversal becomes a payout.")
    reason: str
    original_receipt: str
    phone: str = Field(description="Who paid, masked; empty where M-PESA told no number.")
    recipient_name: str | None = Field(description="First name and initials, as M-PESA told them.")
    order: str | None = Field(description="Of the payment.")
    shortcode: str = Field(description="The account that gives it back.")
    created_by: str
    approvals: list[Decision]
    receipt: str | None = Field(description="M-PESA's code of the money that went back.")
    succeeded_at: Time | None
    failure: PayoutFailure | None
    reversal_failure: PayoutFailure | None = Field(description="Why M-PESA did not take the payment back.")
    conversation_id: str | None = Field(description="What Safaricom's support asks for.")
    lapses_at: Time
    created_at: Time
    updated_at: Time
    version: int


class RefundList(AnswerModel):
    """A page, newest first."""

    object: Literal["list"]
    data: list[Refund]
    has_more: bool
    next_cursor: str | None
