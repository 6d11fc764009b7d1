"""What of a payment's money may be asked back, and the way to ask on the payment's page."""

from __future__ import annotations

from gateway.domain.payment import PaymentRecord, PaymentState, Refund
from gateway.domain.refunds import RefundPlan, RefundRefused, RefundWanted, plan_refund, returns_of
from gateway.domain.staff import Right
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.console.parts import tag
from gateway.web.console.visit import Visit

METHOD = "auto"
"""A whole code is taken back by M-PESA, anything else is paid out to the number that paid."""


def refund_act(visit: Visit, record: PaymentRecord, state: PaymentState) -> Html:
    """On the payment's page: the way here, where money is left; and the refunds that there are."""
    if not visit.may(Right.ASK_REFUND):
        return NOTHING
    there = joined(
        html(
            '<p class="actions"><a class="button plain" href="/console/payouts/{id}">{t}</a>{b}</p>',
            id=one.id,
            b=_standing(visit, one),
            t=visit.say("refund_there", amount=amount(one.amount_kes)),
        )
        for one in state.refunds
    )
    link = html(
        '<p class="actions"><a class="button second" href="/console/payments/{p}/refund">{t}</a></p>',
        p=record.id,
        t=visit.say("refund_title"),
    )
    return html("{t}{a}", t=there, a=link if left_of(visit, record, state) else NOTHING)


def _standing(visit: Visit, refund: Refund) -> Html:
    """Whether its money is on its way, gone, or was never sent."""
    look, key = (
        ("person", "refund_live")
        if refund.is_live
        else ("out", "refund_gone")
        if refund.is_done
        else ("", "refund_not")
    )
    return tag(look, visit.say(key))


def left_of(visit: Visit, record: PaymentRecord, state: PaymentState) -> int:
    """Shillings that may be asked back now."""
    try:
        return plan_of(visit, record, state, RefundWanted(None, METHOD)).amount_kes
    except RefundRefused as refused:
        return refused.left_kes


def plan_of(visit: Visit, record: PaymentRecord, state: PaymentState, wish: RefundWanted) -> RefundPlan:
    """How this would go back. Raises RefundRefused."""
    returned = returns_of(tuple(record.facts.values()), state.credits)
    return plan_refund(state, returned, wish, pays_from(visit))


def pays_from(visit: Visit) -> str:
    """The shop's shortcode for payouts, or empty."""
    return visit.shop.payout_shortcode if visit.shop else ""
