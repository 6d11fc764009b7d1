"""A shop or a payer asks for a prompt on a phone."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.web import link_payments, prompting
from gateway.web.checkout.link_form import post_link_form
from gateway.web.checkout.prompt import post_prompt
from gateway.web.console.prompting import PROMPT_PAGES
from gateway.web.http import HttpAnswer
from gateway.web.sdk.prompting import put_prompt
from gateway.web.serving import Endpoints, serve

ENDPOINTS: Endpoints = {
    "POST /v1/payments": prompting.create_payment,
    "PUT /v1/payments/{payment}/attempts/{number}": prompting.shop_attempt,
    "PUT /v1/checkout/{payment}/attempts/{number}": prompting.payer_attempt,
    "POST /v1/checkout/links/{code}/payments": link_payments.begin_payment,
    "PUT /v1/checkout/{payment}/prompts/{number}": put_prompt,
}
PAGES = {"POST /pay/{code}/prompt": post_prompt, "POST /l/{code}": post_link_form, **PROMPT_PAGES}


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → payment, attempt or page."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
