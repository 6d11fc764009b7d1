"""A shop or a payer asks for a prompt on a phone."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import prompting, prompts_later
from gateway.web.http import HttpAnswer
from gateway.web.serving import Endpoints, Pages, serve

ENDPOINTS: Endpoints = {
    "POST /v1/payments": prompting.create_payment,
    "PUT /v1/payments/{payment}/attempts/{number}": prompting.shop_attempt,
    "PUT /v1/checkout/{payment}/attempts/{number}": prompting.payer_attempt,
    "POST /v1/checkout/links/{code}/payments": prompts_later.begin_from_link,
    "PUT /v1/checkout/{payment}/prompts/{number}": prompts_later.put_prompt,
}
PAGES: Pages = {
    "POST /pay/{code}/prompt": prompts_later.post_prompt,
    "POST /l/{code}": prompts_later.post_link_form,
    "POST /console/prompt": prompts_later.console_prompt,
    "POST /console/payments/{payment}/prompt": prompts_later.console_prompt,
}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → payment, attempt or page."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
