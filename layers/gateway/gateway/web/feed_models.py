"""What the API answers about events and about a day's sums, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from gateway.domain.event_types import AccountEvent, EndpointEvent, MoneyEvent, OutEvent, RefundEvent
from gateway.domain.events import EventType
from gateway.domain.facts import Source
from gateway.domain.reconciliation.events import DayEvent
from gateway.domain.statuses import PaymentStatus
from gateway.web.balance_models import Balance
from gateway.web.c2b_models import C2bMoney
from gateway.web.models import AnswerModel, FailureCode, Payment, Time
from gateway.web.payout_models import Payout
from gateway.web.reconciliation_models import ReconciliationDaySummary
from gateway.web.refund_models import Refund
from gateway.web.transaction_models import Alert, TransactionCheck
from gateway.web.webhook_models import WebhookEndpoint

Sum = Annotated[int, Field(ge=0)]
NOT_HERE: JsonDict = {"x-optional": True}


class Evidence(AnswerModel):
    """A fact behind a credit. receipt null: M-PESA's code is not told yet."""

    source: Source
    said_at: Time
    receipt: str | None


class EventPayment(Payment):
    """The payment as it stands now, without the addresses of its payer, and why its money is believed in."""

    checkout_url: str = Field(default="", description="Not in events.", json_schema_extra=NOT_HERE)
    client_token: str | None = Field(default=None, description="Not in events.", json_schema_extra=NOT_HERE)
    evidence: list[Evidence]


class Event(AnswerModel):
    """Something that happened. timestamp: when it was told first.

    data: the payment, the webhook endpoint of `webhook_endpoint.` events, the money of `c2b.` events, the payout of
    `payout.` events, the refund of `refund.` events, the balance, what M-PESA says of a code, why an operator is
    stopped, the compared day; null: the table has it no more.
    """

    id: Annotated[str, Field(pattern=r"^evt_[0-9a-f]{32}$")]
    object: Literal["event"]
    type: EventType | EndpointEvent | MoneyEvent | OutEvent | RefundEvent | AccountEvent | DayEvent
    discriminator: str
    timestamp: Time
    data: (
        EventPayment
        | WebhookEndpoint
        | C2bMoney
        | Payout
        | Refund
        | Balance
        | TransactionCheck
        | Alert
        | ReconciliationDaySummary
        | None
    )


class EventList(AnswerModel):
    """A page, oldest first. Go on with after = the last event's id, or with next_cursor."""

    object: Literal["list"]
    data: list[Event]
    has_more: bool
    next_cursor: str | None


class Sums(AnswerModel):
    """Payments: how many, over how much, how much came and how much went back."""

    count: Sum
    amount: Sum
    received: Sum
    returned: Sum


class StatusSums(Sums):
    """Of the payments that stand so."""

    status: PaymentStatus


class FailureSums(AnswerModel):
    """Of the payments that stand failed for this reason."""

    code: FailureCode
    count: Sum
    amount: Sum


class HourSums(Sums):
    """Of the payments that were made in this hour, in Nairobi. paid: how many of them are covered by money."""

    hour: Annotated[int, Field(ge=0, le=23)]
    paid: Sum


class Summary(AnswerModel):
    """A day's payments as they stand. as_of: when the newest change was counted; null: nothing was counted yet."""

    object: Literal["summary"]
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    currency: Literal["KES"]
    total: Sums
    statuses: list[StatusSums]
    failures: list[FailureSums]
    hours: list[HourSums]
    as_of: Time | None
