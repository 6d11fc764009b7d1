"""What the API answers about compared days, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.facts import Source
from gateway.domain.reconciliation.compare import Action, LineKind
from gateway.domain.reconciliation.day import DayState
from gateway.domain.reconciliation.decisions import DecisionKind
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


class DaySaid(AnswerModel):
    """What a person said. by: id of the person or of the key."""

    note: str
    by: str
    at: Time


class DayResolution(AnswerModel):
    """By what a difference is explained: a person's note, or that the money was set aside."""

    what: Literal["explained", "set_aside"]
    note: str
    by: str | None
    at: Time | None


class DayLine(AnswerModel):
    """One difference. ours, mpesa: null where that side does not have it. id: follows from what the line says.

    certain false: it may only look so, since M-PESA's list proves nothing by its silence. resolution: by what it is
    explained; null while somebody must look. explained_before: what was said of this money while its line read
    otherwise.
    """

    n: Annotated[int, Field(ge=1)]
    id: Annotated[str, Field(pattern=r"^line_[0-9a-f]{16}$")]
    kind: LineKind
    receipt: str | None
    payment: PaymentId | None
    ours: Shillings | None
    mpesa: Shillings | None
    at: Time
    certain: bool
    proposed: DayProposal
    resolution: DayResolution | None
    explained_before: DaySaid | None


class DayNamedLine(AnswerModel):
    """The line that an explanation is about, as it stood then."""

    id: str
    kind: LineKind
    receipt: str | None
    payment: PaymentId | None
    ours: Shillings | None
    mpesa: Shillings | None


class DayDecision(DaySaid):
    """What a person decided about the day. took_effect false: the day changed in that moment, so it was not closed."""

    what: DecisionKind
    line: DayNamedLine | None
    took_effect: bool


class DayNewsSummary(AnswerModel):
    """What came of a closed day since: both sums as they would be now. Those of the day stay."""

    found_at: Time
    ours: DaySide
    mpesa: DaySide
    line_count: Annotated[int, Field(ge=0)]


class DayNews(DayNewsSummary):
    """The same, line by line."""

    lines: list[DayLine]


class ReconciliationDaySummary(AnswerModel):
    """A day in Nairobi, by M-PESA's completion. complete: M-PESA's list is known for all of it.

    not_judged: money of ours from hours that the list does not cover. difference: M-PESA's sum without ours. fees:
    what M-PESA charged, where the list shows it. run_at null: not compared yet. open_count: lines that somebody must
    look at. outcome: a name for all that the comparison found. closed_by: id of the person or the key.
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
    open_count: Annotated[int, Field(ge=0)]
    explained_count: Annotated[int, Field(ge=0)]
    outcome: str | None
    closed_by: str | None
    closed_at: Time | None
    news: DayNewsSummary | None


class ReconciliationDay(ReconciliationDaySummary):
    """The same with its differences, with what came since it was closed, and with what people decided, in order."""

    lines: list[DayLine]
    news: DayNews | None
    history: list[DayDecision]


class LinesExplained(AnswerModel):
    """What came of one reason for many lines. explained: by this request. left: those that are meant and open still.

    Where some are left, the same request goes on with them. day: as it stands now.
    """

    object: Literal["lines_explained"]
    explained: Annotated[int, Field(ge=0)]
    left: Annotated[int, Field(ge=0)]
    day: ReconciliationDaySummary


class ReconciliationDayList(AnswerModel):
    """The days of a month up to today, newest first."""

    object: Literal["list"]
    data: list[ReconciliationDaySummary]
    has_more: Literal[False]
    next_cursor: None
