"""Ask a customer to pay, from the counter: the form, and the page that shows once more what will be asked.

It is read here and sent by `prompting.py`, in the function that may call Safaricom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.find import Match
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, PaymentQuery, Store, call
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.clues import ORDER_MAX
from gateway.web.console.finding import payment_table
from gateway.web.console.layout import page, refusal
from gateway.web.console.parts import button, field, form, rows, summary
from gateway.web.console.visit import Visit
from gateway.web.http import Answer

PLACE = "/console/prompt"
NONCE_BYTES = 16
SAME_ORDER_MAX = 5
_REFERENCE = re.compile(r"[A-Za-z0-9\-/.]{1,12}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_AROUND_DIGITS = re.compile(r"[\s,]|(?i:ksh|kes)|/=")
"""What people write around the digits of an amount: `KSh 1,500`, `1 500/=`."""

Problems = dict[str, str]
"""By field, in plain words."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed. nonce: makes a form that is sent twice one payment."""

    phone: str = ""
    amount: str = ""
    order: str = ""
    shortcode: str = ""
    nonce: str = ""


class Wanted(NamedTuple):
    """What was typed, once it is right. phone: 2547…; reference: what stands on the phone, if the order fits there."""

    phone: str
    amount_kes: int
    order: str | None
    reference: str | None
    shortcode: Shortcode


def prompt_form(visit: Visit) -> Flow[Answer]:
    """`GET /console/prompt`."""
    nonce = (yield from call(Ambient.draw, NONCE_BYTES)).hex()
    return form_page(visit, Typed(nonce=nonce), {})


def confirm_prompt(visit: Visit) -> Flow[Answer]:
    """`POST /console/prompt/confirm`: what will be asked, with payments of the same order; or what is wrong."""
    typed = typed_in(visit)
    wanted = wanted_of(visit, typed)
    if isinstance(wanted, dict) or visit.posted.get("change"):
        return form_page(visit, typed, wanted if isinstance(wanted, dict) else {})
    same: tuple[Match, ...] = ()
    if wanted.order is not None:
        query = PaymentQuery(owner=visit.owner, order=wanted.order)
        found = yield from call(Store.list_payments, query, SAME_ORDER_MAX, None)
        same = tuple(Match(record, FlowSettings.state(record), ()) for record in found.records)
    return _confirm_page(visit, typed, wanted, same)


def typed_in(visit: Visit) -> Typed:
    """The fields that were sent. A nonce that is none of ours is left out."""
    fields = {name: " ".join(visit.posted.get(name, "").split()) for name in Typed.__dataclass_fields__}
    return Typed(**{**fields, "nonce": fields["nonce"] if _NONCE.fullmatch(fields["nonce"]) else ""})


def wanted_of(visit: Visit, typed: Typed) -> Wanted | Problems:
    """Everything that is wrong is said at once. Raises nothing."""
    problems: Problems = {}
    phone = phone_of(typed.phone)
    if not phone:
        problems["phone"] = visit.plain("prompt_bad_phone")
    most = visit.shop.amount_kes_max if visit.shop else 0
    amount_kes = _amount(typed.amount)
    if not 1 <= amount_kes <= most:
        problems["amount"] = visit.plain("prompt_bad_amount", most=f"{most:,}")
    if len(typed.order) > ORDER_MAX or not typed.order.isprintable():
        problems["order"] = visit.plain("prompt_bad_order")
    codes = visit.shop.shortcodes if visit.shop else ()
    code = _shortcode(visit.shop, typed.shortcode)
    if code is None and len(codes) > 1:
        problems[f"to-{codes[0].number}"] = visit.plain("prompt_where_gone")
    if problems or code is None:
        return problems or {"phone": visit.plain("prompt_not_set_up_tell")}
    reference = typed.order.upper() if _REFERENCE.fullmatch(typed.order) else None
    return Wanted(phone, amount_kes, typed.order or None, reference, code)


def phone_of(typed: str) -> str:
    """2547…; empty where it is no Kenyan mobile number."""
    from daraja.phone import PhoneProblem, parse_phone  # noqa: PLC0415  loads phonenumbers

    try:
        return parse_phone(typed)
    except PhoneProblem:
        return ""


def _amount(typed: str) -> int:
    """Shillings; 0 where it is no whole number of them."""
    figures = _AROUND_DIGITS.sub("", typed)
    return int(figures) if figures.isascii() and figures.isdecimal() and len(figures) < len("1000000000") else 0


def _shortcode(shop: ShopSettings | None, number: str) -> Shortcode | None:
    """The one that was chosen; the first where there was no choice. Of one that is the shop's no more, no other."""
    if shop is None or not shop.shortcodes:
        return None
    return shop.shortcode(number) if number else shop.shortcodes[0]


def form_page(visit: Visit, typed: Typed, problems: Problems) -> Answer:
    """The form, with what is wrong in it."""
    if visit.shop is None or not visit.shop.shortcodes:
        return refusal(visit, 409, "prompt_not_set_up", "prompt_not_set_up_tell")
    most = f"{visit.shop.amount_kes_max:,}"
    fields = (
        phone_field(visit, typed.phone, problems.get("phone", "")),
        field(
            visit, "amount", visit.say("prompt_amount"), 'type="text" inputmode="numeric" maxlength="14"',
            hint=visit.say("prompt_amount_hint", most=most), problem=problems.get("amount", ""), value=typed.amount,
        ),
        field(
            visit, "order", visit.say("prompt_order"), f'type="text" autocomplete="off" maxlength="{ORDER_MAX}"',
            hint=visit.say("prompt_order_hint"), problem=problems.get("order", ""), value=typed.order,
        ),
        _where(visit, visit.shop.shortcodes, typed.shortcode),
    )  # fmt: skip
    content = html("{f}{b}", f=joined(fields), b=button(visit.say("prompt_continue")))
    main = html(
        '{s}<h1>{t}</h1><div class="card">{f}</div>',
        s=summary(visit, list(problems.items())),
        t=visit.say("prompt_title"),
        f=form(visit, f"{PLACE}/confirm", content, hidden={"nonce": typed.nonce}),
    )
    return page(visit, visit.plain("prompt_title"), main, place=PLACE, status=422 if problems else 200)


def phone_field(visit: Visit, typed: str, problem: str) -> Html:
    """Where a number is typed."""
    return field(
        visit, "phone", visit.say("prompt_phone"), 'type="tel" inputmode="tel" autocomplete="off" maxlength="20"',
        hint=visit.say("prompt_phone_hint"), problem=problem, value=typed,
    )  # fmt: skip


def _where(visit: Visit, codes: tuple[Shortcode, ...], chosen: str) -> Html:
    """Which Paybill or Till, where there is more than one."""
    if len(codes) == 1:
        return NOTHING
    picked = chosen if chosen in [one.number for one in codes] else codes[0].number
    choices = joined(
        html(
            '<div class="choice"><input type="radio" id="to-{n}" name="shortcode" value="{n}"{c}>'
            '<label for="to-{n}">{w}</label></div>',
            n=one.number,
            c=Html(" checked") if one.number == picked else NOTHING,
            w=_named(visit, one),
        )
        for one in codes
    )
    return html("<fieldset><legend>{l}</legend>{c}</fieldset>", l=visit.say("prompt_where"), c=choices)


def _named(visit: Visit, code: Shortcode) -> Html:
    return html("{k} {n}, {name}", k=visit.say(f"row_{code.kind}"), n=code.number, name=code.name)


def _confirm_page(visit: Visit, typed: Typed, wanted: Wanted, same: tuple[Match, ...]) -> Answer:
    sum_shown = amount(wanted.amount_kes)
    digits = f"0{wanted.phone.removeprefix('254')}"
    number = html('<span class="nb">{p}</span>', p=f"{digits[:4]} {digits[4:7]} {digits[7:]}")
    lines: list[tuple[Html, object]] = [
        (visit.say("row_order"), wanted.order or "–"),
        (visit.say("prompt_where"), _named(visit, wanted.shortcode)),
        *([(visit.say("prompt_shown_as"), wanted.reference)] if wanted.reference else []),
    ]
    hidden = {name: getattr(typed, name) for name in Typed.__dataclass_fields__}
    send = visit.say("prompt_send_anyway" if same else "prompt_send", amount=sum_shown)
    main = html(
        '<h1>{h}</h1>{same}{rows}<p class="warn">{tell}</p><div class="actions">{yes}{no}</div>',
        h=visit.say("prompt_confirm", amount=sum_shown, phone=number),
        same=html('<p class="warn">{t}</p>{l}', t=visit.say("prompt_same_order"), l=payment_table(visit, same))
        if same
        else NOTHING,
        rows=html('<div class="below">{r}</div>', r=rows(lines)),
        tell=visit.say("prompt_confirm_tell"),
        yes=form(visit, PLACE, button(send, "second" if same else ""), hidden=hidden),
        no=form(
            visit,
            f"{PLACE}/confirm",
            button(visit.say("prompt_change"), "plain"),
            hidden={**hidden, "change": "yes"},
        ),
    )
    return page(visit, visit.plain("prompt_title"), main, place=PLACE)
