"""A shop or a payer's browser reads, lists, cancels or asks to look again."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import reading
from gateway.web.http import HttpAnswer
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {
    "GET /v1/payments": reading.list_payments,
    "GET /v1/payments/{payment}": reading.get_payment,
    "POST /v1/payments/{payment}/cancel": reading.cancel_payment,
    "POST /v1/payments/{payment}/check": reading.check_payment,
    "GET /v1/checkout/{payment}": reading.view_for_payer,
    "OPTIONS /v1/checkout/{proxy+}": reading.preflight,
}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → payment, list, payer's view."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context))
