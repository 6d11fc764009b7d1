"""Ways to a prompt that are loaded by the first who takes them: a shop's first prompt does not wait for pages."""

from __future__ import annotations

from gateway.ports import Flow, Performer
from gateway.web.http import Answer, Request
from gateway.web.serving import Scene


def begin_from_link(scene: Scene) -> Flow[Answer]:
    """A payer begins a payment at a payment link."""
    from gateway.web.link_payments import begin_payment  # noqa: PLC0415  as above

    return begin_payment(scene)


def put_prompt(scene: Scene) -> Flow[Answer] | Answer:
    """The component's form is sent."""
    from gateway.web.sdk import prompting  # noqa: PLC0415  as above

    return prompting.put_prompt(scene)


def post_prompt(request: Request, performer: Performer) -> Answer:
    """The hosted page's form is sent."""
    from gateway.web.checkout import prompt  # noqa: PLC0415  as above

    return prompt.post_prompt(request, performer)


def post_link_form(request: Request, performer: Performer) -> Answer:
    """The form of a payment link's page is sent."""
    from gateway.web.checkout import link_form  # noqa: PLC0415  as above

    return link_form.post_link_form(request, performer)


def console_prompt(request: Request, performer: Performer) -> Answer:
    """A person sends a prompt in the console."""
    from gateway.web.console.prompting import PROMPT_PAGES  # noqa: PLC0415  as above

    return PROMPT_PAGES[request.route_key](request, performer)
