"""What the API answers about statements, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.reconciliation.statement_record import StatementState
from gateway.web.models import AnswerModel, Time
from gateway.web.reconciliation_models import Day

Count = Annotated[int, Field(ge=0)]


class StatementUpload(AnswerModel):
    """Where the file goes: PUT its bytes, as many as were named, with no credential, before expires_at."""

    method: Literal["PUT"]
    url: str
    expires_at: Time


class RefusedStatementRow(AnswerModel):
    """A row that was not taken in. line: in the file, from 1."""

    line: Annotated[int, Field(ge=1)]
    why: str


class Statement(AnswerModel):
    """A statement of the organisation's. since, until: the time of which it tells everything that happened.

    proves: a payment of that time which is not in it was not made; why_not: what stands against that. rows: completed
    ones, done: of these taken in so far. refused: the first hundred of refused_count. problem: why it is refused.
    sha256: of the file, unpacked. upload: only in the answer that made it.
    """

    object: Literal["statement"]
    id: Annotated[str, Field(pattern="^stm_[0-9a-f]{32}$")]
    state: StatementState
    shortcode: str | None
    account: str | None
    since: Time | None
    until: Time | None
    days: list[Day]
    proves: bool
    why_not: str | None
    rows: Count
    payments: Count
    not_completed: Count
    refused: list[RefusedStatementRow]
    refused_count: Count
    done: Count
    problem: str | None
    sha256: str | None
    created_at: Time
    read_at: Time | None
    upload: StatementUpload | None
