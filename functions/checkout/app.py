"""The payer's page and receipt."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web.checkout.pages import get_page, get_receipt
from gateway.web.http import HttpAnswer
from gateway.web.serving import serve

PAGES = {"GET /pay/{code}": get_page, "GET /pay/{code}/receipt": get_receipt}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) with a page's code → the screen as the payment stands now."""
    with observed(context):
        return serve({}, event, lambda: world().begin(context), PAGES)
