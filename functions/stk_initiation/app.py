"""A shop or a payer asks for a prompt on a phone."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.observability import observed
from gateway.ports import Flow, Performer
from gateway.web import prompting
from gateway.web.http import Answer, HttpAnswer, Request
from gateway.web.serving import Endpoints, Pages, Scene, serve


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """An HTTP API event (payload 2.0) → payment, attempt or page."""
    with observed(context):
        return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)


# --- loaded by the first who asks for them: a shop's first prompt does not wait for pages -----------------------------


def _begin_from_link(scene: Scene) -> Flow[Answer]:
    from gateway.web.link_payments import begin_payment  # noqa: PLC0415  as above

    return begin_payment(scene)


def _put_prompt(scene: Scene) -> Flow[Answer] | Answer:
    from gateway.web.sdk.prompting import put_prompt  # noqa: PLC0415  as above

    return put_prompt(scene)


def _post_prompt(request: Request, performer: Performer) -> Answer:
    from gateway.web.checkout.prompt import post_prompt  # noqa: PLC0415  as above

    return post_prompt(request, performer)


def _post_link_form(request: Request, performer: Performer) -> Answer:
    from gateway.web.checkout.link_form import post_link_form  # noqa: PLC0415  as above

    return post_link_form(request, performer)


def _console_prompt(request: Request, performer: Performer) -> Answer:
    from gateway.web.console.prompting import PROMPT_PAGES  # noqa: PLC0415  as above

    return PROMPT_PAGES[request.route_key](request, performer)


ENDPOINTS: Endpoints = {
    "POST /v1/payments": prompting.create_payment,
    "PUT /v1/payments/{payment}/attempts/{number}": prompting.shop_attempt,
    "PUT /v1/checkout/{payment}/attempts/{number}": prompting.payer_attempt,
    "POST /v1/checkout/links/{code}/payments": _begin_from_link,
    "PUT /v1/checkout/{payment}/prompts/{number}": _put_prompt,
}
PAGES: Pages = {
    "POST /pay/{code}/prompt": _post_prompt,
    "POST /l/{code}": _post_link_form,
    "POST /console/prompt": _console_prompt,
    "POST /console/payments/{payment}/prompt": _console_prompt,
}
