"""Health, keys, webhooks, with the staff's pages about them; the API's description; what no other route takes."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import admin, key_management, registration, webhook_endpoints
from gateway.web.console.operating import OPERATING_PAGES
from gateway.web.http import HttpAnswer
from gateway.web.serving import Endpoints, Pages, serve

ENDPOINTS: Endpoints = {
    "GET /health": admin.public_health,
    "GET /v1/health": admin.health_report,
    "POST /v1/keys": key_management.create_key,
    "GET /v1/keys": key_management.list_keys,
    "DELETE /v1/keys/{key}": key_management.revoke_key,
    "POST /v1/c2b/register": registration.register,
    "GET /openapi.json": admin.openapi,
    "GET /docs": admin.docs,
    "GET /docs/{page}": admin.docs,
    **webhook_endpoints.ENDPOINTS,
    "$default": admin.everything_else,
}

PAGES: Pages = OPERATING_PAGES


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → health, document, page, or a problem."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
