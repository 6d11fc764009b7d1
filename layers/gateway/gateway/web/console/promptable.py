"""The ways to another request on a payment's page: to the last number, or to another one. Sent by `prompting.py`."""

from __future__ import annotations

from daraja.masking import mask_phone
from gateway.domain.attempts import Hindrance, Permission, permission
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.staff import Right
from gateway.web.checkout.markup import NOTHING, Html, html
from gateway.web.console.parts import button, clock, form
from gateway.web.console.prompt_form import phone_field
from gateway.web.console.visit import Visit


def prompt_again(visit: Visit, record: PaymentRecord, state: PaymentState) -> list[Html]:
    """To the number that had the last request, or from when; nothing where no request may follow."""
    last = state.last_attempt
    if last is None or not visit.may(Right.WORK):
        return []
    allowed = _allowed(visit, record, state, last.phone)
    if allowed.hindrance is Hindrance.TOO_SOON and allowed.from_ms is not None:
        told = visit.say("prompt_again_at", time=clock(visit, allowed.from_ms))
        return [html('<span class="wait">{t}</span>', t=told)]
    if allowed.hindrance is not None:
        return []
    words = visit.say("prompt_again", phone=mask_phone(last.phone))
    hidden = {"number": str(allowed.number), "again": "yes"}
    return [form(visit, f"/console/payments/{record.id}/prompt", button(words, "second"), hidden=hidden)]


def prompt_other(visit: Visit, record: PaymentRecord, state: PaymentState) -> Html:
    """To a number that is typed."""
    allowed = _allowed(visit, record, state, "")
    if allowed.hindrance is not None:
        return NOTHING
    content = html("{p}{b}", p=phone_field(visit, "", ""), b=button(visit.say("prompt_other_send"), "second"))
    hidden = {"number": str(allowed.number)}
    return html(
        "<details><summary>{s}</summary>{f}</details>",
        s=visit.say("prompt_other" if state.attempts else "prompt_first"),
        f=form(visit, f"/console/payments/{record.id}/prompt", content, hidden=hidden),
    )


def _allowed(visit: Visit, record: PaymentRecord, state: PaymentState, phone: str) -> Permission:
    asked = record.asked
    policy = visit.settings.policy
    return permission(state, asked.amount_kes, phone, visit.now_ms, policy, closes_at_ms=asked.expires_at_ms)
