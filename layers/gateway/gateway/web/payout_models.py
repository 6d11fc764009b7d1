"""What the API answers about payouts, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.money_out.facts import Hold
from gateway.domain.money_out.outgoing import OutgoingFlag, OutgoingStatus
from gateway.web.models import AnswerModel, Time
from gateway.web.payout_requests import Purpose

PayoutId = Annotated[str, Field(pattern=r"^out_[0-9a-f]{32}$")]


class Decision(AnswerModel):
    """What a person decided. by: as people know them, or "policy"."""

    what: Literal["approved", "rejected"]
    by: str
    at: Time
    note: str


class PayoutFailure(AnswerModel):
    """Why no money went. message: for developers."""

    code: str
    mpesa_code: str | None
    message: str


class Payout(AnswerModel):
    """Money that goes out to a phone. waiting_for: why an approved one has not gone yet."""

    id: PayoutId
    object: Literal["payout"]
    livemode: bool
    status: OutgoingStatus
    flags: list[OutgoingFlag]
    waiting_for: Hold | None
    amount: Annotated[int, Field(ge=1)]
    currency: Literal["KES"]
    phone: str = Field(description="Masked, whole only with include=phone.")
    recipient_name: str | None = Field(description="First name and initials, as M-PESA told them.")
    purpose: Purpose
    remarks: str
    order: str | None
    metadata: dict[str, str]
    shortcode: str
    file: str | None = Field(description="The file of payouts that it came with.")
    created_by: str
    approvals: list[Decision]
    receipt: str | None
    succeeded_at: Time | None
    failure: PayoutFailure | None
    conversation_id: str | None = Field(description="What Safaricom's support asks for.")
    lapses_at: Time
    created_at: Time
    updated_at: Time
    version: int


class PayoutList(AnswerModel):
    """A page, newest first."""

    object: Literal["list"]
    data: list[Payout]
    has_more: bool
    next_cursor: str | None


class StatusPart(AnswerModel):
    """Of the payouts of a file that stand so."""

    status: OutgoingStatus
    count: int
    amount: int


class WaitingPart(AnswerModel):
    """Of the payouts of a file that may go and have not gone, by what they wait for."""

    what: Hold
    count: int
    amount: int


class PayoutFile(AnswerModel):
    """Payouts that came as one file. complete false: some of them are still being made."""

    id: Annotated[str, Field(pattern=r"^file_[0-9a-f]{32}$")]
    object: Literal["payout_file"]
    livemode: bool
    name: str
    count: int
    amount: int
    currency: Literal["KES"]
    shortcode: str
    complete: bool
    statuses: list[StatusPart]
    waiting_for: list[WaitingPart]
    payouts: list[PayoutId] = Field(description="In the order of the lines.")
    created_by: str
    created_at: Time
