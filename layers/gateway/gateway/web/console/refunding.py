"""Ask for money of a payment to be given back: form, confirmation, and the refund that waits for another person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from gateway import security
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.refunds import REVERSAL, RefundObjection, RefundPlan, RefundRefused, RefundWanted
from gateway.flows.money_out.refund import RefundAsked, begin_refund
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.web.checkout.markup import NOTHING, Html, amount, code, html, joined
from gateway.web.console.deciding import NONCE_BYTES, REMARKS, Problems, goes_alone
from gateway.web.console.guard import NotHere
from gateway.web.console.layout import page, see_other
from gateway.web.console.parts import button, field, form, rows, summary
from gateway.web.console.payments import payment_of
from gateway.web.console.payouts import shown_payout
from gateway.web.console.refundable import METHOD, left_of, pays_from, plan_of
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

PLACE = "/console/payments"
ANY = "any"
"""Of the choice which money goes back: whatever fits."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form. of: an M-PESA code, or ANY. nonce: makes a form that is sent twice one refund."""

    amount: str = ""
    why: str = ""
    of: str = ANY
    nonce: str = ""


class Wanted(NamedTuple):
    """What was typed, once it is right."""

    wish: RefundWanted
    why: str


def refund_form(visit: Visit) -> Flow[Answer]:
    """`GET /console/payments/{payment}/refund`: all that is left stands there already."""
    record, state = yield from payment_of(visit)
    nonce = (yield from call(Ambient.draw, NONCE_BYTES)).hex()
    left_kes = left_of(visit, record, state)
    typed = Typed(amount=str(left_kes) if left_kes else "", nonce=nonce)
    return _form_page(
        visit, record, state, typed, {} if left_kes else _no_room(visit, record, state, RefundWanted(None, METHOD))
    )


def ask_refund(visit: Visit) -> Flow[Answer]:
    """`POST /console/payments/{payment}/refund`: shows it once more; with `sure` stores it.

    Nothing is sent before another person has approved, but for sums that the stack lets go without.
    """
    record, state = yield from payment_of(visit)
    typed = Typed(**{name: " ".join(visit.posted.get(name, "").split()) for name in Typed.__dataclass_fields__})
    wanted = _wanted(visit, record, state, typed)
    if isinstance(wanted, dict) or visit.posted.get("change"):
        return _form_page(visit, record, state, typed, wanted if isinstance(wanted, dict) else {})
    try:
        if not visit.posted.get("sure") or not typed.nonce:
            return _confirm_page(visit, record, typed, wanted, plan_of(visit, record, state, wanted.wish))
        asked = _asked(visit, record, typed, wanted)
        begun = yield from begin_refund(asked, FlowSettings.of(visit.settings))
    except RefundRefused as refused:
        return _form_page(visit, record, state, typed, {"amount": _in_words(visit, refused)})
    if begun is None:
        raise NotHere
    if begun.record.asked.fingerprint != asked.fingerprint:
        return (yield from shown_payout(visit, begun.record, problem=visit.plain("refused_used")))
    return see_other(f"/console/payouts/{begun.record.id}?done=asked_refund")


def _no_room(visit: Visit, record: PaymentRecord, state: PaymentState, wish: RefundWanted) -> Problems:
    """Why this cannot go back, at the field of the amount."""
    try:
        plan_of(visit, record, state, wish)
    except RefundRefused as refused:
        return {"amount": _in_words(visit, refused)}
    return {}


def _in_words(visit: Visit, refused: RefundRefused) -> str:
    if refused.why is RefundObjection.NOT_POSSIBLE and refused.way is not None:
        return visit.plain(f"no_way_{refused.way}")
    key = "refund_held" if refused.live else "refund_more" if refused.left_kes else "refund_nothing_left"
    return visit.plain(key, left=f"KSh {refused.left_kes:,}")


def _wanted(visit: Visit, record: PaymentRecord, state: PaymentState, typed: Typed) -> Wanted | Problems:
    """Everything that is wrong is said at once."""
    problems: Problems = {}
    figures = typed.amount.replace(",", "").replace(" ", "")
    if not (figures.isascii() and figures.isdecimal() and 0 < len(figures) < len("1000000") and int(figures)):
        problems["amount"] = visit.plain("refund_bad_amount")
    if len(typed.why) not in REMARKS or not typed.why.isprintable():
        problems["why"] = visit.plain("refund_bad_why")
    if "amount" in problems:
        return problems
    wish = RefundWanted(int(figures), METHOD, None if typed.of in ("", ANY) else typed.of)
    if problems:
        return problems | _no_room(visit, record, state, wish)
    return Wanted(wish, typed.why)


def _asked(visit: Visit, record: PaymentRecord, typed: Typed, wanted: Wanted) -> RefundAsked:
    person, wish = visit.visitor.person, wanted.wish
    told = "|".join(f"{len(part)}:{part}" for part in map(str, (wish.amount_kes, wish.receipt, wanted.why, record.id)))
    return RefundAsked(
        id=security.refund_id(visit.keys.id, visit.owner, "console", f"{person}:{typed.nonce}"),
        payment_id=record.id,
        owner=visit.owner,
        wanted=wish,
        pays_from=pays_from(visit),
        reason=wanted.why,
        created_by=person,
        fingerprint="console-1:" + hashlib.sha256(told.encode()).hexdigest()[:32],
        maker=person,
    )


def _form_page(visit: Visit, record: PaymentRecord, state: PaymentState, typed: Typed, problems: Problems) -> Answer:
    fields = (
        field(
            visit, "amount", visit.say("refund_amount"), 'type="text" inputmode="numeric" maxlength="9"',
            hint=visit.say("refund_amount_hint", received=amount(state.received_kes)),
            problem=problems.get("amount", ""), value=typed.amount,
        ),
        _which(visit, state, typed.of),
        field(
            visit, "why", visit.say("refund_why"), 'type="text" maxlength="100"', hint=visit.say("refund_why_hint"),
            problem=problems.get("why", ""), value=typed.why,
        ),
    )  # fmt: skip
    content = html("{f}{b}", f=joined(fields), b=button(visit.say("refund_continue")))
    main = html(
        '<p class="crumb"><a href="/console/payments/{p}">{back}</a></p>{s}<h1>{t}</h1><div class="card">{f}</div>',
        p=record.id,
        back=_name(visit, record),
        s=summary(visit, list(problems.items())),
        t=visit.say("refund_title"),
        f=form(visit, f"/console/payments/{record.id}/refund", content, hidden={"nonce": typed.nonce}),
    )
    return page(visit, visit.plain("refund_title"), main, place=PLACE, status=422 if problems else 200)


def _name(visit: Visit, record: PaymentRecord) -> str:
    return visit.plain("payment_title", what=record.asked.order or record.asked.account_reference)


def _which(visit: Visit, state: PaymentState, chosen: str) -> Html:
    """Which money, where there is more than one."""
    receipts = [one.receipt for one in state.credits if one.receipt]
    if len(receipts) < len(("one", "another")):
        return NOTHING
    choices = joined(
        html(
            '<div class="choice"><input type="radio" id="of-{v}" name="of" value="{v}"{c}>'
            '<label for="of-{v}">{w}</label></div>',
            v=value,
            c=Html(" checked") if value == chosen else NOTHING,
            w=visit.say("refund_any") if value == ANY else code(value),
        )
        for value in (ANY, *receipts)
    )
    return html("<fieldset><legend>{l}</legend>{c}</fieldset>", l=visit.say("refund_which"), c=choices)


def _confirm_page(visit: Visit, record: PaymentRecord, typed: Typed, wanted: Wanted, plan: RefundPlan) -> Answer:
    sum_shown = amount(plan.amount_kes)
    codes = joined(html("{c} ", c=code(receipt)) for receipt in plan.parts)
    way = visit.say("refund_by_reversal" if plan.method == REVERSAL else "refund_by_payout")
    lines: list[tuple[Html, object]] = [
        (visit.say("row_payment_of"), _name(visit, record)),
        (visit.say("refund_of_code"), codes),
        (visit.say("refund_way"), way),
        (visit.say("refund_why"), wanted.why),
    ]
    hidden = {name: getattr(typed, name) for name in Typed.__dataclass_fields__}
    here = f"/console/payments/{record.id}/refund"
    main = html(
        '<h1>{h}</h1>{rows}<p class="warn">{tell}</p><div class="actions">{yes}{no}</div>',
        h=visit.say("refund_confirm", amount=sum_shown),
        rows=rows(lines),
        tell=visit.say("confirm_small" if goes_alone(visit, plan.amount_kes) else "confirm_tell"),
        yes=form(visit, here, button(visit.say("refund_ask", amount=sum_shown)), hidden={**hidden, "sure": "yes"}),
        no=form(visit, here, button(visit.say("refund_change"), "plain"), hidden={**hidden, "change": "yes"}),
    )
    return page(visit, visit.plain("refund_title"), main, place=PLACE)
