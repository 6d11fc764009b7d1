"""Pages for the shop's staff."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web.console.pages import PAGES
from gateway.web.http import HttpAnswer
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → a page, or where to go on."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
