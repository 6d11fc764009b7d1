"""What the API answers about webhooks, as models, from which the OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.webhooks import DeliveryState, Disabled, Outcome
from gateway.web.models import AnswerModel, Time

EndpointId = Annotated[str, Field(pattern=r"^whe_[0-9a-f]{32}$")]
EventId = Annotated[str, Field(pattern=r"^evt_[0-9a-f]{32}$")]


class WebhookEndpoint(AnswerModel):
    """Where events are told. secret: only where it is made. failing_since: of its first failure since."""

    id: EndpointId
    object: Literal["webhook_endpoint"]
    url: str
    events: list[str]
    description: str
    status: Literal["enabled", "disabled"]
    disabled_reason: Disabled | None
    failing_since: Time | None
    old_secret_until: Time | None
    created_at: Time
    secret: Annotated[str, Field(pattern=r"^whsec_[A-Za-z0-9+/]+=*$")] = Field(
        default="", description="Shown once.", json_schema_extra={"x-optional": True}
    )


class WebhookEndpointList(AnswerModel):
    """All of them."""

    object: Literal["list"]
    data: list[WebhookEndpoint]
    has_more: bool
    next_cursor: str | None


class WebhookEndpointDeleted(AnswerModel):
    """It is gone."""

    id: EndpointId
    object: Literal["webhook_endpoint"]
    deleted: Literal[True]


class WebhookTry(AnswerModel):
    """One try. status null: no answer came. ms: how long it took. answer: its first kilobyte, masked."""

    at: Time
    outcome: Outcome
    status: int | None
    ms: Annotated[int, Field(ge=0)]
    answer: str


class WebhookDelivery(AnswerModel):
    """One event to one endpoint. tries: the last twelve of tries_made. next_try_at null: none is planned."""

    id: Annotated[str, Field(pattern=r"^dlv_[0-9a-f]{32}$")]
    object: Literal["webhook_delivery"]
    endpoint: EndpointId
    event: EventId
    event_type: str
    subject: str
    state: DeliveryState
    tries: list[WebhookTry]
    tries_made: Annotated[int, Field(ge=0)]
    next_try_at: Time | None
    created_at: Time


class WebhookDeliveryList(AnswerModel):
    """A page, newest first."""

    object: Literal["list"]
    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: str | None


class WebhookRedelivery(AnswerModel):
    """What the endpoint did not take in this time is being sent again."""

    object: Literal["webhook_redelivery"]
    endpoint: EndpointId
    since: Time
    until: Time
