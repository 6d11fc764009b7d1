"""What the API answers about compared days, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.facts import Source
from gateway.domain.reconciliation.compare import Action, LineKind
from gateway.domain.reconciliation.day import DayState
from gateway.web.models import AnswerModel, PaymentId, Shillings, Time

Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-03-01"])]


class DaySide(AnswerModel):
    """How many payments, and their sum in shillings."""

    count: Annotated[int, Field(ge=0)]
    sum: Shillings


class DayProposal(AnswerModel):
    """What to do about a difference. Nothing of it is done by itself."""

    action: Action
    payment: PaymentId | None
    why: list[str]


class DayLine(AnswerModel):
    """One difference. ours, mpesa: null where that side does not have it.

    certain false: it may only look so, since M-PESA's list proves nothing by its silence. resolution: by what it is
    explained already; null while somebody must look.
    """

    n: Annotated[int, Field(ge=1)]
    kind: LineKind
    receipt: str | None
    payment: PaymentId | None
    ours: Shillings | None
    mpesa: Shillings | None
    at: Time
    certain: bool
    proposed: DayProposal
    resolution: str | None


class ReconciliationDaySummary(AnswerModel):
    """A day in Nairobi, by M-PESA's completion. complete: M-PESA's list is known for all of it.

    not_judged: money of ours from hours that the list does not cover. difference: M-PESA's sum without ours. fees:
    what M-PESA charged, where the list shows it. run_at null: not compared yet.
    """

    object: Literal["reconciliation_day"]
    day: Day
    shortcode: str
    state: DayState
    source: Source | None
    complete: bool
    run_at: Time | None
    ours: DaySide
    mpesa: DaySide
    both: DaySide
    not_judged: DaySide
    difference: int
    fees: Shillings
    line_count: Annotated[int, Field(ge=0)]
    closed_by: None


class ReconciliationDay(ReconciliationDaySummary):
    """The same with its differences."""

    lines: list[DayLine]


class ReconciliationDayList(AnswerModel):
    """The days of a month up to today, newest first."""

    object: Literal["list"]
    data: list[ReconciliationDaySummary]
    has_more: Literal[False]
    next_cursor: None
