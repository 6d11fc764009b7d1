"""Routes of webhook endpoints and their deliveries."""

from __future__ import annotations

from typing import Any

from gateway.web.route import CURSOR, LIMIT, Credential, Parameter, Route

DELIVERY_PARAMETERS = (
    Parameter("state", "Only deliveries that stand so.", "waiting|delivered|failed|stopped"),
    LIMIT,
    CURSOR,
)
SINCE = Parameter(
    "since",
    "From when on, at most 90 days ago, like 2026-03-02T09:15:04Z.",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    required=True,
    form="a time in UTC like 2026-03-02T09:15:04Z",
)
ONE = "/v1/webhook-endpoints/{endpoint}"


def _route(method: str, path: str, answer: str, summary: str, **more: Any) -> Route:
    """What all of them share."""
    return Route(
        method=method,
        path=path,
        function="admin_api",
        credential=Credential.SECRET_KEY,
        scope="webhooks:write",
        answer=answer,
        summary=summary,
        tag="webhooks",
        **more,
    )


WEBHOOK_ROUTES: tuple[Route, ...] = (
    _route(
        "POST",
        "/v1/webhook-endpoints",
        "WebhookEndpoint",
        "Name an address that is told of events; its secret is shown this once",
        body="WebhookEndpointRequest",
        statuses=(200, 201),
        errors=("webhook_url_refused", "too_many_endpoints", "idempotency_key_reused"),
    ),
    _route("GET", "/v1/webhook-endpoints", "WebhookEndpointList", "List webhook endpoints"),
    _route("GET", ONE, "WebhookEndpoint", "Read a webhook endpoint"),
    _route(
        "PATCH",
        ONE,
        "WebhookEndpoint",
        "Change address, events or description; disable or enable",
        body="WebhookEndpointChange",
        errors=("webhook_url_refused",),
    ),
    _route("DELETE", ONE, "WebhookEndpointDeleted", "Remove a webhook endpoint; what waits for it is not sent"),
    _route(
        "POST",
        ONE + "/rotate-secret",
        "WebhookEndpoint",
        "A new secret, shown this once; the old one signs too for 24 hours",
        body="NothingRequest",
    ),
    _route(
        "POST",
        ONE + "/test",
        "WebhookDelivery",
        "Send an event of type webhook_endpoint.test",
        body="NothingRequest",
        statuses=(202,),
        errors=("endpoint_disabled",),
    ),
    _route(
        "GET",
        ONE + "/deliveries",
        "WebhookDeliveryList",
        "What was sent, and what the endpoint answered",
        errors=("cursor_invalid",),
        query=DELIVERY_PARAMETERS,
    ),
    _route(
        "POST",
        ONE + "/deliveries/{delivery}/redeliver",
        "WebhookDelivery",
        "Send one event again, whatever became of it",
        body="NothingRequest",
        statuses=(202,),
        errors=("endpoint_disabled",),
    ),
    _route(
        "POST",
        ONE + "/redeliver",
        "WebhookRedelivery",
        "Send again all events since a moment that the endpoint did not take",
        body="NothingRequest",
        statuses=(202,),
        errors=("endpoint_disabled", "field_missing"),
        query=(SINCE,),
    ),
)
