"""The page's form for an M-PESA code: the claim is taken, then back to the page, whose address tells nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gateway import security
from gateway.domain.claims import receipt_in
from gateway.flows.claims import PAYER, ClaimRefused, claim
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, Performer, Secrets, call
from gateway.settings import Settings
from gateway.web.checkout.layout import notice, page
from gateway.web.checkout.opening import Opened, language_of, opened, payment_named, visit_of
from gateway.web.checkout.pages import answered
from gateway.web.checkout.posted import came_from_a_page, form_fields, our_hosts
from gateway.web.checkout.visit import CLAIM
from gateway.web.http import Answer, Request
from gateway.wording import sentence

TYPED_MAX = 160
"""Characters of what was typed that a page gives back."""


def post_claim(request: Request, world: Performer) -> Answer:
    """POST /pay/{code}/claim, for `serve`."""
    settings = Settings()
    return answered(request, world, claimed(request, FlowSettings.of(settings), our_hosts(request, settings)))


def claimed(request: Request, settings: FlowSettings, hosts: Collection[str | None]) -> Flow[Answer]:
    """303 to the page, which tells what the claim came to; 422 with the form where there is no code in what was typed.

    Fields: receipt, token. hosts: names under which browsers know our pages.
    """
    payment_id = yield from payment_named(request)
    if payment_id is None:
        return notice(request, 404, "not_found", language_of(request))
    keys = yield from call(Secrets.read_keys)
    fields = form_fields(request.body)
    token_fits = security.claim_token_fits(keys.client_token, payment_id, fields.get("token", ""))
    if not (token_fits and came_from_a_page(request, hosts)):
        again = f"/pay/{request.path_parameters['code']}"
        return notice(request, 403, "form_refused", language_of(request), again=again)
    found = yield from opened(request)
    if found is None:
        return notice(request, 404, "not_found", language_of(request))
    return (yield from _claim(request, found, fields, settings))


def _claim(request: Request, found: Opened, fields: Mapping[str, str], settings: FlowSettings) -> Flow[Answer]:
    typed = fields.get("receipt", "")
    receipt = receipt_in(typed)
    if receipt is None:
        return _problem(request, found, "claim_invalid", typed, settings)
    taken = yield from claim(found.record.id, receipt, PAYER, settings)
    if taken.refused is ClaimRefused.TOO_MANY:
        return _problem(request, found, "claim_too_many", typed, settings)
    visit = visit_of(request, found, settings.policy)
    return Answer(status=303, headers={"Location": visit.address(way=CLAIM)})


def _problem(request: Request, found: Opened, key: str, typed: str, settings: FlowSettings) -> Answer:
    shop = found.shop.name if found.shop else found.record.asked.shop_name
    problem = sentence(key, language_of(request, found), shop=shop)
    visit = visit_of(request, found, settings.policy, typed=typed[:TYPED_MAX], claim_problem=problem)
    return page(request, visit, 422)
