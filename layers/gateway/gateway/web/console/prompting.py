"""Prompts that staff send: a payment asked for at the counter, and another attempt of one. Both are the API's flows.

These two pages belong to the function that sends prompts, so that the other pages' function cannot.
"""

from __future__ import annotations

import hashlib

from gateway import security
from gateway.domain import references
from gateway.domain.attempts import Hindrance
from gateway.domain.identity import hex_of, is_payment_id
from gateway.domain.payment import Asked, PaymentRecord
from gateway.flows.read import read_payment
from gateway.flows.settings import FlowSettings
from gateway.flows.start_payment import AttemptStarted, start_attempt, start_payment
from gateway.ports import Flow
from gateway.web.checkout.markup import amount, html
from gateway.web.console.guard import NotHere, Page, Shown, guarded
from gateway.web.console.layout import page, see_other
from gateway.web.console.parts import button, form, summary
from gateway.web.console.prompt_form import Wanted, form_page, phone_field, phone_of, typed_in, wanted_of
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

EXPIRES_AFTER_MS = 86_400_000
"""As a payment of the API that says nothing of it."""
DESCRIPTION = "Payment"
ATTEMPTS_DIGITS = 2

_DONE = {
    Hindrance.PROMPT_LIVE: "prompt_live",
    Hindrance.TOO_MANY_PROMPTS: "prompt_wait",
    Hindrance.TOO_SOON: "prompt_wait",
    Hindrance.NOT_KNOWN: "prompt_not_known",
}


def send_prompt(visit: Visit) -> Flow[Answer]:
    """`POST /console/prompt`: stores the payment and prompts the phone. A form that is sent twice is one payment."""
    typed = typed_in(visit)
    wanted = wanted_of(visit, typed)
    if isinstance(wanted, dict) or not typed.nonce:
        return form_page(visit, typed, wanted if isinstance(wanted, dict) else {})
    asked = _asked(visit, typed.nonce, wanted)
    settings = FlowSettings.of(visit.settings, calls_safaricom=True)
    started = yield from start_payment(asked, wanted.phone, wanted.shortcode, visit.visitor.person, settings)
    if started.record.asked.fingerprint != asked.fingerprint:
        return form_page(visit, typed, {"phone": visit.plain("prompt_used")})
    return see_other(f"/console/payments/{started.record.id}")


def send_another(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/prompt`: attempt `number`, to the last number or to another one."""
    record = yield from _payment(visit)
    number = visit.posted.get("number", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= ATTEMPTS_DIGITS):
        raise NotHere
    last = FlowSettings.state(record).last_attempt
    typed = visit.posted.get("phone", "").strip()
    phone = last.phone if last is not None and visit.posted.get("again") == "yes" else phone_of(typed)
    if not phone:
        return _number_page(visit, record, number, typed)
    settings = FlowSettings.of(visit.settings, calls_safaricom=True)
    started = yield from start_attempt(record.id, int(number), phone, visit.visitor.person, settings)
    return see_other(f"/console/payments/{record.id}?done={_done(started)}")


def _payment(visit: Visit) -> Flow[PaymentRecord]:
    """The payment in the path, if it is this shop's. Raises NotHere."""
    payment_id = visit.request.path_parameters.get("payment", "")
    found = (yield from read_payment(payment_id)) if is_payment_id(payment_id) else None
    if found is None or found[0].asked.owner != visit.owner:
        raise NotHere
    return found[0]


def _done(started: AttemptStarted) -> str:
    """Which sentence the payment's page says then."""
    if started.wrong_number:
        return "prompt_order"
    if started.permission is None or started.permission.hindrance is None:
        return "prompted"
    return _DONE.get(started.permission.hindrance, "prompt_closed")


def _number_page(visit: Visit, record: PaymentRecord, number: str, typed: str) -> Answer:
    """The field of the number alone, with what is wrong in it."""
    problem = visit.plain("prompt_bad_phone")
    title = visit.say("prompt_other_title", amount=amount(record.asked.amount_kes))
    content = html("{p}{b}", p=phone_field(visit, typed, problem), b=button(visit.say("prompt_other_send")))
    main = html(
        '<p class="crumb"><a href="/console/payments/{id}">{back}</a></p>{s}<h1>{t}</h1><div class="card">{f}</div>',
        id=record.id,
        back=visit.say("payment_title", what=record.asked.order or record.asked.account_reference),
        s=summary(visit, [("phone", problem)]),
        t=title,
        f=form(visit, f"/console/payments/{record.id}/prompt", content, hidden={"number": number}),
    )
    return page(visit, visit.plain("prompt_title"), main, place="/console/payments", status=422)


def _asked(visit: Visit, nonce: str, wanted: Wanted) -> Asked:
    person, code = visit.visitor.person, wanted.shortcode
    payment_id = security.payment_id(visit.keys.id, visit.owner, "console", f"{person}:{nonce}")
    told = "|".join(f"{len(part)}:{part}" for part in map(str, (*wanted[:4], code.number)))
    return Asked(
        id=payment_id,
        owner=visit.owner,
        livemode=visit.settings.livemode,
        shortcode=code.number,
        shortcode_kind=code.kind,
        shop_name=visit.shop.name if visit.shop else visit.owner,
        amount_kes=wanted.amount_kes,
        account_reference=wanted.reference or references.generated(bytes.fromhex(hex_of(payment_id))),
        description=DESCRIPTION,
        created_at_ms=visit.now_ms,
        expires_at_ms=visit.now_ms + EXPIRES_AFTER_MS,
        fingerprint="console-1:" + hashlib.sha256(told.encode()).hexdigest()[:32],
        created_by=person,
        order=wanted.order,
        store_number=code.store_number,
    )


_PAGES: dict[str, Page] = {
    "POST /console/prompt": send_prompt,
    "POST /console/payments/{payment}/prompt": send_another,
}

PROMPT_PAGES: dict[str, Shown] = guarded(_PAGES, {})
