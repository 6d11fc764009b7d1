"""What the API answers about money by hand, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.facts import Source
from gateway.domain.proposals import SCORE_MAX, Reason
from gateway.web.models import AnswerModel, Payment, PaymentId, Receipt, Shillings, ShortcodeShown, Time

Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Score = Annotated[int, Field(ge=1, le=SCORE_MAX)]


class MatchProposal(AnswerModel):
    """A payment that the money may be meant for. Nothing was done: a person decides."""

    payment: PaymentId
    score: Score
    why: list[Reason]


class MatchOfMoney(AnswerModel):
    """Whose the money is. payment, score, why: of the payment that has it, else of the likeliest proposal."""

    state: Literal["matched", "unmatched", "proposed", "ignored"]
    payment: PaymentId | None
    score: Score | None
    why: list[Reason]
    proposals: list[MatchProposal]
    assigned_by: str | None = Field(description="Who gave it to the payment; null where M-PESA's own news did.")


class SetAside(AnswerModel):
    """Why the money is for no payment here."""

    reason: str
    at: Time
    by: str


class C2bMoney(AnswerModel):
    """Money that M-PESA told of by its receipt. payer: first name; phone_hint: the end of the number; not in events."""

    receipt: Receipt
    object: Literal["c2b_money"]
    amount: Shillings
    currency: Literal["KES"]
    shortcode: ShortcodeShown
    account_reference_typed: str | None
    payer: str | None
    phone_hint: str | None
    at: Time
    learned_at: Time
    source: Source
    match: MatchOfMoney
    ignored: SetAside | None
    version: Annotated[int, Field(ge=1)]


class C2bMoneyList(AnswerModel):
    """A page. A page may be short and still have a next one."""

    object: Literal["list"]
    data: list[C2bMoney]
    has_more: bool
    next_cursor: str | None


class C2bAssignment(AnswerModel):
    """The money and the payment that has it now."""

    object: Literal["c2b_assignment"]
    money: C2bMoney
    payment: Payment


class WaitingSums(AnswerModel):
    """How much money waits for a person. oldest_at null: none."""

    count: Annotated[int, Field(ge=0)]
    amount: Shillings
    oldest_at: Time | None


class WaitingDay(AnswerModel):
    """A day on which money came that still has no payment."""

    day: Day
    count: Annotated[int, Field(ge=1)]
    amount: Shillings


class C2bWaiting(AnswerModel):
    """What waits, and on which days it came, oldest first. complete false: there is more than was counted."""

    object: Literal["c2b_waiting"]
    unmatched: WaitingSums
    ignored: WaitingSums
    days: list[WaitingDay]
    complete: bool
