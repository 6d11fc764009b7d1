"""The screens of the hosted page for a component in a shop's own page: the same markup, made by the same functions.

So the component holds no text and no screen of its own, and what a payer reads cannot differ from page to component.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

from gateway import security
from gateway.flows.check import ask_soon
from gateway.ports import Ambient, Flow, Secrets, call
from gateway.web import browsers, lists
from gateway.web.browsers import for_payers
from gateway.web.checkout.layout import footer
from gateway.web.checkout.markup import html
from gateway.web.checkout.opening import Opened, visit_of
from gateway.web.checkout.screens import content, heading
from gateway.web.checkout.visit import Visit
from gateway.web.http import Answer, Request, entity_answer, json_answer
from gateway.web.payer_view import POLLS, Screen, etag_of, payer_view
from gateway.web.serving import Endpoint, Scene


def _get_screen(scene: Scene, payer: browsers.Visit) -> Flow[Answer]:
    """`GET /v1/checkout/{payment}/screen`. A waiting payer's look also makes a due check happen, as a page's does."""
    lists.read_query(scene.request, scene.route.query)
    yield from ask_soon(payer.record, payer.state, scene.flow_settings())
    visit = yield from visit_in_shop(scene, payer)
    etag = ".".join(filter(None, (etag_of(visit.view), visit.language, visit.way)))
    answer = entity_answer(scene.request, 200, screen_object(visit), etag).with_headers(poll_header(visit))
    return _packed(scene.request, answer)


get_screen: Endpoint = for_payers(_get_screen)


def screen_answer(
    scene: Scene,
    payer: browsers.Visit,
    status: int,
    *,
    problem: str | None = None,
    claim_problem: str | None = None,
    typed: str = "",
    twice: bool = False,
) -> Flow[Answer]:
    """The screen after something was asked for.

    problem, typed: of the number. claim_problem: key of the sentence, for a code. twice: a request lived already.
    """
    visit = yield from visit_in_shop(scene, payer)
    shown = replace(
        visit,
        problem=problem,
        claim_problem=visit.plain(claim_problem) if claim_problem else None,
        typed=typed,
        asked_twice=twice,
    )
    return _packed(scene.request, json_answer(status, screen_object(shown), poll_header(shown)))


def visit_in_shop(scene: Scene, payer: browsers.Visit) -> Flow[Visit]:
    """The look that the component asks for, by `lang` and `way` of the query, as it would be on the page."""
    keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    code = security.page_code(keys.client_token, payer.record.id)
    found = Opened(code, payer.record, payer.state, payer.shop, keys, now_ms)
    return visit_of(scene.request, found, scene.settings.policy)


def screen_object(visit: Visit) -> dict[str, Any]:
    """The object `checkout_screen` of the API."""
    return {
        "object": "checkout_screen",
        "language": visit.language,
        "title": heading(visit),
        "html": html("{content}{footer}", content=content(visit), footer=footer(visit)),
        "turns_in_ms": _turns_in_ms(visit),
        "by_hand": visit.pays_by_hand,
        "offline": visit.plain("offline"),
        "back": visit.plain("back"),
        "view": payer_view(visit.view, visit.language),
    }


def _packed(request: Request, answer: Answer) -> Answer:
    """Compressed for who takes it: API Gateway does not, and a screen is text."""
    if "gzip" not in (request.header("accept-encoding") or "") or not isinstance(answer.body, str) or not answer.body:
        return answer
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Origin, Accept-Encoding"}
    return replace(answer, body=gzip.compress(answer.body.encode(), mtime=0), headers=headers)


def poll_header(visit: Visit) -> dict[str, str]:
    """When to look again, also on a 304, which has no body. Absent: nothing changes by itself soon."""
    wait_ms = visit.view.next_poll_ms
    if visit.pays_by_hand:
        wait_ms = min(wait_ms or BY_HAND_MS, BY_HAND_MS)
    return {"Next-Poll-Ms": str(wait_ms)} if wait_ms else {}


BY_HAND_MS = POLLS[2][1]
"""Somebody types the payment in the M-PESA menu: about so often it may have come."""


def _turns_in_ms(visit: Visit) -> int | None:
    """When the clock alone makes another screen: the prompt is over, or a request may be sent again."""
    view = visit.view
    ends_ms = view.prompt_ends_at_ms if view.screen is Screen.CHECK_PHONE else view.again.from_ms
    left_ms = (ends_ms or 0) - view.now_ms
    return left_ms if left_ms > 0 else None
