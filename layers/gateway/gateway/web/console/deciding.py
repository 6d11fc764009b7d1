"""A person approves or rejects money that goes out; and asks for a payout, in two steps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from gateway import security
from gateway.domain.money_out.outgoing import Method, OutgoingAsked, OutgoingKind
from gateway.domain.money_out.policy import LAPSES_AFTER_MS
from gateway.domain.shop import AMOUNT_KES_MAX
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.money_out.decide import Approver, DecisionRefused, Objection, approve, reject
from gateway.flows.outgoing_shown import PURPOSES
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, call
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.clues import ORDER_MAX
from gateway.web.console.guard import NotHere, fresh_sign_in
from gateway.web.console.layout import page, refusal, see_other
from gateway.web.console.parts import button, field, form, rows, summary
from gateway.web.console.payouts import NOTE_MAX, PLACE, may_say_no, payout_of, shown_payout
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

AMOUNT_KES_MIN = 10
"""M-PESA's least for a payout to a customer."""
REMARKS = range(2, 101)
NONCE_BYTES = 16


# --- approve, reject ------------------------------------------------------------------------------------------


def approve_payout(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/{payout}/approve`: exactly what was shown, by another person, who signed in just now."""
    record = yield from payout_of(visit)
    if not visit.visitor.is_fresh:
        return fresh_sign_in(visit, f"/console/payouts/{record.id}")
    note = visit.posted.get("note", "").strip()[:NOTE_MAX]
    try:
        yield from approve(
            record.id,
            visit.owner,
            approver_of(visit),
            visit.posted.get("terms", ""),
            note,
            FlowSettings.of(visit.settings),
        )
    except DecisionRefused as refused:
        return (yield from _refused(visit, refused, note))
    return see_other(f"/console/payouts/{record.id}?done=approved")


def reject_payout(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/{payout}/reject`: by who may approve; and one's own wish by whoever asked for it."""
    record = yield from payout_of(visit)
    if not may_say_no(visit, record):
        yield from call(Ambient.report, "console_refused", {"person": visit.visitor.person, "route": "reject"})
        return refusal(visit, 403, "no_right", "no_right_tell")
    terms = visit.posted.get("terms", "")
    try:
        yield from reject(record.id, visit.owner, approver_of(visit), terms, "", FlowSettings.of(visit.settings))
    except DecisionRefused as refused:
        return (yield from _refused(visit, refused, ""))
    done = "withdrawn" if record.asked.maker == visit.visitor.person else "rejected"
    return see_other(f"/console/payouts/{record.id}?done={done}")


def approver_of(visit: Visit) -> Approver:
    """Made here and nowhere else: from a session, never from a key."""
    visitor = visit.visitor
    return Approver(visitor.person, visitor.shown_as, visitor.session.signed_in_at_ms)


def _refused(visit: Visit, refused: DecisionRefused, note: str) -> Flow[Answer]:
    yield from call(Ambient.report, "decision_refused", {"person": visit.visitor.person, "why": str(refused.why)})
    if refused.why is Objection.UNKNOWN:
        raise NotHere
    record = yield from payout_of(visit)
    if refused.why is Objection.SIGN_IN_TOO_OLD:
        return fresh_sign_in(visit, f"/console/payouts/{record.id}")
    problem = visit.plain(f"refused_{refused.why}")
    return (yield from shown_payout(visit, record, problem=problem, note=note))


# --- ask for a payout -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed. nonce: makes a form that is sent twice one payout."""

    phone: str = ""
    amount: str = ""
    purpose: str = "business"
    remarks: str = ""
    order: str = ""
    nonce: str = ""


class Wanted(NamedTuple):
    """What was typed, once it is right."""

    phone: str
    amount_kes: int
    purpose: str
    remarks: str
    order: str | None


Problems = dict[str, str]
"""By field, in plain words."""


def new_payout(visit: Visit) -> Flow[Answer]:
    """`GET /console/payouts/new`."""
    if visit.shop is None or not visit.shop.payout_shortcode:
        return refusal(visit, 409, "new_not_set_up", "new_not_set_up_tell")
    nonce = (yield from call(Ambient.draw, NONCE_BYTES)).hex()
    return _form_page(visit, Typed(nonce=nonce), {})


def confirm_payout(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts/confirm`: shows what will be asked for, or what is wrong."""
    typed = _typed(visit)
    wanted = _wanted(visit, typed)
    yield from ()
    if isinstance(wanted, dict) or visit.posted.get("change"):
        return _form_page(visit, typed, wanted if isinstance(wanted, dict) else {})
    return _confirm_page(visit, typed, wanted)


def ask_payout(visit: Visit) -> Flow[Answer]:
    """`POST /console/payouts`: stores it. Nothing is sent before another person has approved."""
    typed = _typed(visit)
    wanted = _wanted(visit, typed)
    if isinstance(wanted, dict) or not typed.nonce:
        return _form_page(visit, typed, wanted if isinstance(wanted, dict) else {})
    if visit.shop is None or not visit.shop.payout_shortcode:
        return refusal(visit, 409, "new_not_set_up", "new_not_set_up_tell")
    asked = _asked(visit, typed, wanted, visit.shop.payout_shortcode)
    begun = yield from begin_payout(asked, FlowSettings.of(visit.settings))
    if begun.record.asked.fingerprint != asked.fingerprint:
        return (yield from shown_payout(visit, begun.record, problem=visit.plain("refused_used")))
    return see_other(f"/console/payouts/{begun.record.id}?done=asked_payout")


def _asked(visit: Visit, typed: Typed, wanted: Wanted, shortcode: str) -> OutgoingAsked:
    person = visit.visitor.person
    told = "|".join(f"{len(part)}:{part}" for part in map(str, (*wanted, person)))
    return OutgoingAsked(
        id=security.payout_id(visit.keys.id, visit.owner, "console", f"{person}:{typed.nonce}"),
        kind=str(OutgoingKind.PAYOUT),
        owner=visit.owner,
        livemode=visit.settings.livemode,
        shortcode=shortcode,
        method=str(Method.B2C),
        command=PURPOSES[wanted.purpose],
        amount_kes=wanted.amount_kes,
        remarks=wanted.remarks,
        created_by=person,
        created_at_ms=visit.now_ms,
        lapses_at_ms=visit.now_ms + LAPSES_AFTER_MS,
        fingerprint="console-1:" + hashlib.sha256(told.encode()).hexdigest()[:32],
        phone=wanted.phone,
        order=wanted.order,
        maker=person,
    )


def _typed(visit: Visit) -> Typed:
    names = ("phone", "amount", "purpose", "remarks", "order", "nonce")
    return Typed(**{name: " ".join(visit.posted.get(name, "").split()) for name in names})


def _wanted(visit: Visit, typed: Typed) -> Wanted | Problems:
    from daraja.phone import PhoneProblem, parse_phone  # noqa: PLC0415  loads phonenumbers

    problems: Problems = {}
    try:
        phone = parse_phone(typed.phone)
    except PhoneProblem:
        phone = ""
        problems["phone"] = visit.plain("bad_phone")
    figures = typed.amount.replace(",", "").replace(" ", "")
    right = figures.isascii() and figures.isdecimal() and len(figures) <= len(str(AMOUNT_KES_MAX))
    if not right or not AMOUNT_KES_MIN <= int(figures) <= AMOUNT_KES_MAX:
        problems["amount"] = visit.plain("bad_amount", most=f"{AMOUNT_KES_MAX:,}")
    if typed.purpose not in PURPOSES:
        problems["purpose-business"] = visit.plain("bad_purpose")
    if len(typed.remarks) not in REMARKS or not typed.remarks.isprintable():
        problems["remarks"] = visit.plain("bad_remarks")
    if len(typed.order) > ORDER_MAX or not typed.order.isprintable():
        problems["order"] = visit.plain("bad_order")
    return problems or Wanted(phone, int(figures), typed.purpose, typed.remarks, typed.order or None)


def _form_page(visit: Visit, typed: Typed, problems: Problems) -> Answer:
    fields = (
        field(
            visit, "phone", visit.say("new_phone"), 'type="tel" inputmode="tel" autocomplete="off" maxlength="20"',
            hint=visit.say("new_phone_hint"), problem=problems.get("phone", ""), value=typed.phone,
        ),
        field(
            visit, "amount", visit.say("new_amount"), 'type="text" inputmode="numeric" maxlength="9"',
            hint=visit.say("new_amount_hint", most=f"{AMOUNT_KES_MAX:,}"), problem=problems.get("amount", ""),
            value=typed.amount,
        ),
        _purposes(visit, typed.purpose),
        field(
            visit, "remarks", visit.say("new_remarks"), 'type="text" maxlength="100"',
            hint=visit.say("new_remarks_hint"), problem=problems.get("remarks", ""), value=typed.remarks,
        ),
        field(
            visit, "order", visit.say("new_order"), 'type="text" maxlength="64"', problem=problems.get("order", ""),
            value=typed.order,
        ),
    )  # fmt: skip
    content = html("{f}{b}", f=joined(fields), b=button(visit.say("new_continue")))
    main = html(
        '{s}<h1>{t}</h1><div class="card">{f}</div>',
        s=summary(visit, list(problems.items())),
        t=visit.say("new_title"),
        f=form(visit, "/console/payouts/confirm", content, hidden={"nonce": typed.nonce}),
    )
    return page(visit, visit.plain("new_title"), main, place=PLACE, status=422 if problems else 200)


def _purposes(visit: Visit, chosen: str) -> Html:
    choices = joined(
        html(
            '<div class="choice"><input type="radio" id="purpose-{p}" name="purpose" value="{p}"{c}>'
            '<label for="purpose-{p}">{w}</label></div>',
            p=purpose,
            c=Html(" checked") if purpose == chosen else NOTHING,
            w=visit.say(f"purpose_{purpose}"),
        )
        for purpose in PURPOSES
    )
    return html("<fieldset><legend>{l}</legend>{c}</fieldset>", l=visit.say("new_purpose"), c=choices)


def goes_alone(visit: Visit, amount_kes: int) -> bool:
    """Whether the stack lets so much go without a second person."""
    return amount_kes <= FlowSettings.of(visit.settings).out.approve_above_kes


def _confirm_page(visit: Visit, typed: Typed, wanted: Wanted) -> Answer:
    sum_shown = amount(wanted.amount_kes)
    number = html('<span class="nb">0{p}</span>', p=wanted.phone.removeprefix("254"))
    lines: list[tuple[Html, object]] = [
        (visit.say("row_to"), number),
        (visit.say("row_why"), wanted.remarks),
        (visit.say("row_purpose"), visit.say(f"purpose_{wanted.purpose}")),
        (visit.say("row_order"), wanted.order or "–"),
        (visit.say("row_pays"), visit.shop.payout_shortcode if visit.shop else "–"),
    ]
    hidden = {name: getattr(typed, name) for name in Typed.__dataclass_fields__}
    main = html(
        '<h1>{h}</h1>{rows}<p class="warn">{tell}</p><div class="actions">{yes}{no}</div>',
        h=visit.say("new_confirm", amount=sum_shown, phone=number),
        rows=rows(lines),
        tell=visit.say("confirm_small" if goes_alone(visit, wanted.amount_kes) else "confirm_tell"),
        yes=form(visit, "/console/payouts", button(visit.say("new_ask", amount=sum_shown)), hidden=hidden),
        no=form(
            visit,
            "/console/payouts/confirm",
            button(visit.say("new_change"), "plain"),
            hidden={**hidden, "change": "yes"},
        ),
    )
    return page(visit, visit.plain("new_title"), main, place=PLACE)
