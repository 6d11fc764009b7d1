"""The form of a payment link's page: it begins a payment and leads to its page, whose address tells nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from daraja.phone import PhoneProblem, parse_phone
from gateway import security
from gateway.domain.links import Link
from gateway.domain.shop import ShopSettings
from gateway.flows.pay_link import LinkStarted
from gateway.ports import Flow, Keys, Performer, Secrets, call
from gateway.settings import Settings
from gateway.web.address_limits import wait_s
from gateway.web.checkout.layout import notice
from gateway.web.checkout.link_page import (
    AMOUNT,
    PHONE,
    LinkVisit,
    closed_page,
    form_page,
    link_visit,
    opened_link,
    refused_page,
)
from gateway.web.checkout.opening import language_of
from gateway.web.checkout.pages import answered
from gateway.web.checkout.posted import came_from_a_page, form_fields, our_hosts
from gateway.web.checkout.prompt import TYPED_MAX, problem_of_phone
from gateway.web.http import Answer, Request
from gateway.web.link_payments import Wanted, start
from gateway.web.link_requests import NONCE, LinkPaymentRequest
from gateway.web.requests import fingerprint
from gateway.wording import moment, money

_NONCE = re.compile(NONCE)
_AMOUNT = re.compile(r"[1-9][0-9]{0,8}")
_AROUND_DIGITS = re.compile(r"[\s,]|(?i:ksh|kes)|/=|\.00$")
"""What people write around the digits of an amount: `KSh 1,500`, `1 500/=`, `1500.00`."""


def post_link_form(request: Request, world: Performer) -> Answer:
    """POST /l/{code}, for `serve`."""
    settings = Settings()
    return answered(request, world, link_form_sent(request, settings, our_hosts(request, settings)), under="/l/")


def link_form_sent(request: Request, settings: Settings, hosts: Collection[str | None]) -> Flow[Answer]:
    """303 to the payment's page; 422 with the form where amount or phone is wrong.

    Fields: token, nonce, amount, phone. hosts: names under which browsers know our pages.
    """
    found = yield from opened_link(request)
    if found is None:
        return notice(request, 404, "not_found", language_of(request))
    link, _ = found
    fields = form_fields(request.body)
    keys = yield from call(Secrets.read_keys)
    token_fits = security.link_form_token_fits(keys.client_token, link.hex, fields.get("token", ""))
    nonce_fits = _NONCE.fullmatch(fields.get("nonce", "")) is not None
    if not (token_fits and nonce_fits and came_from_a_page(request, hosts)):
        return notice(request, 403, "form_refused", language_of(request), again=f"/l/{link.hex}")
    return (yield from _send(request, found, fields, settings))


def _send(
    request: Request, found: tuple[Link, ShopSettings], fields: Mapping[str, str], settings: Settings
) -> Flow[Answer]:
    link, shop = found
    typed = {name: fields.get(name, "")[:TYPED_MAX] for name in (AMOUNT, PHONE)}
    visit = yield from link_visit(request, link, shop, nonce=fields["nonce"], typed=typed)
    amount_kes, problem_of_amount = _read_amount(visit)
    phone, problem_of_number = _read_phone(visit, fields)
    if amount_kes is None or phone is None:
        told = {AMOUNT: problem_of_amount, PHONE: problem_of_number}
        return form_page(request, replace(visit, problems={name: words for name, words in told.items() if words}), 422)
    asked = LinkPaymentRequest.model_construct(nonce=visit.nonce, amount=amount_kes, phone=phone)
    wanted = Wanted(
        link=link,
        shop=shop,
        amount_kes=amount_kes,
        phone=phone,
        nonce=visit.nonce,
        fingerprint=fingerprint(asked),
        language=visit.language if visit.wanted_language else None,
        address=request.source_address,
    )
    started = yield from start(wanted, settings)
    keys = yield from call(Secrets.read_keys)
    return _led_on(request, visit, started, keys)


def _led_on(request: Request, visit: LinkVisit, started: LinkStarted, keys: Keys) -> Answer:
    """To the payment's page, also where this form began it before: it shows what stands there. Else why not."""
    if started.started is not None:
        code = security.page_code(keys.client_token, started.started.record.id)
        lang = f"?{urlencode({'lang': visit.wanted_language})}" if visit.wanted_language else ""
        return Answer(status=303, headers={"Location": f"/pay/{code}{lang}"})
    if started.limited_until_ms is not None:
        time = moment(started.limited_until_ms, visit.now_ms, visit.language)
        answer = refused_page(request, visit, visit.plain("link_busy", time=time), 429)
        return answer.with_headers({"Retry-After": str(wait_s(started.limited_until_ms, visit.now_ms))})
    return closed_page(request, visit, started.standing, 409)


def _read_amount(visit: LinkVisit) -> tuple[int | None, str | None]:
    """What was typed, or what is wrong with it; the link's own amount where the payer does not choose."""
    if visit.link.amount_kes is not None:
        return visit.link.amount_kes, None
    typed = _AROUND_DIGITS.sub("", visit.typed[AMOUNT].strip())
    if not typed:
        return None, visit.plain("link_amount_empty")
    if not _AMOUNT.fullmatch(typed):
        return None, visit.plain("link_amount_digits")
    least, most = visit.bounds
    if least <= int(typed) <= most:
        return int(typed), None
    return None, visit.plain("link_amount_bounds", least=money(least), most=money(most))


def _read_phone(visit: LinkVisit, fields: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The number, or what is wrong with it."""
    try:
        return parse_phone(fields.get(PHONE, "")), None
    except PhoneProblem as wrong:
        return None, problem_of_phone(wrong, visit.language)
