"""What the API answers about M-PESA's codes, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.money_out.outgoing import OutgoingStatus
from gateway.domain.statuses import PaymentStatus
from gateway.domain.transactions import CheckState, Direction
from gateway.web.c2b_models import C2bMoney
from gateway.web.models import AnswerModel, PaymentId, Shillings, Time
from gateway.web.payout_models import PayoutId
from gateway.web.refund_models import RefundId


class PaymentOfCode(AnswerModel):
    """The payment that this money is credited to. amount: what the code brought, in shillings."""

    id: PaymentId
    status: PaymentStatus
    safe_to_fulfil: bool
    amount: Shillings
    at: Time


class PayoutOfCode(AnswerModel):
    """The payout that went under this code. at: when M-PESA did it."""

    id: PayoutId
    status: OutgoingStatus
    amount: Shillings
    at: Time | None


class RefundOfCode(AnswerModel):
    """The refund that went back under this code, and the payment whose money it was."""

    id: RefundId
    status: OutgoingStatus
    payment: PaymentId
    amount: Shillings
    at: Time | None


class Check(AnswerModel):
    """What M-PESA itself says. state: of the last time that it was asked; the fields below: of the last that knew it.

    status: M-PESA's word, like "completed". direction: whether the money came to the shop or went out. amount null:
    not told, or not in whole shillings. kind: like "Pay Bill Online". mpesa_code: of an answer that is none.
    """

    state: CheckState
    asked_at: Time
    answered_at: Time | None
    status: str | None
    direction: Direction | None
    amount: Shillings | None
    completed_at: Time | None
    kind: str | None
    shortcode: str | None
    mpesa_code: str | None


class Transaction(AnswerModel):
    """An M-PESA code. can_check: M-PESA may be asked now (once a minute)."""

    object: Literal["transaction"]
    receipt: Annotated[str, Field(examples=["SGL31QW9XY"])]
    payment: PaymentOfCode | None
    c2b: C2bMoney | None
    payout: PayoutOfCode | None
    refund: RefundOfCode | None
    check: Check | None
    can_check: bool


class TransactionCheck(AnswerModel):
    """What M-PESA says of a code, as events carry it."""

    object: Literal["transaction_check"]
    receipt: str
    check: Check


class Stopped(AnswerModel):
    """Since when which command may not be called. command null: none may."""

    command: str | None
    mpesa_code: str
    since: Time


class Alert(AnswerModel):
    """Something that a person must mend. stopped: empty once calls go again."""

    object: Literal["alert"]
    what: Literal["initiator_stopped"]
    shortcode: str
    stopped: list[Stopped]
