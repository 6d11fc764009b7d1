"""The payer's page and receipt, and what a shop's own page loads in their place."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web.checkout.link_page import get_link_page
from gateway.web.checkout.pages import get_page, get_receipt
from gateway.web.http import HttpAnswer
from gateway.web.sdk.files import get_file
from gateway.web.sdk.screen import get_screen
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {
    "GET /v1/checkout/{payment}/screen": get_screen,
    "GET /sdk/{version}/{file}": get_file,
}
PAGES = {"GET /pay/{code}": get_page, "GET /pay/{code}/receipt": get_receipt, "GET /l/{code}": get_link_page}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → the screen as the payment stands now, as a page or in part; a script."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
