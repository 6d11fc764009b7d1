"""Paying without a prompt: the steps for Paybill and Till, and the ways to them."""

from __future__ import annotations

from gateway.web.checkout.claim_screen import claim_link
from gateway.web.checkout.forms import claim_form
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.checkout.parts import brief, look_again, row, safe_line, title
from gateway.web.checkout.visit import Visit
from gateway.web.payer_view import PROMPT_MAY_COME, manual_of


def by_hand(visit: Visit) -> Html:
    """Paybill or Till, step by step."""
    manual = manual_of(visit.view)
    assert manual is not None, "asked for only while something is to be paid"
    paybill = manual["kind"] == "paybill"
    account = _typed_step(visit, "row_account", manual["account"])
    steps = joined(
        (
            html("<li>{s}</li>", s=visit.say("paybill_open" if paybill else "till_open")),
            _typed_step(visit, "row_business" if paybill else "row_till", manual["number"]),
            account if paybill else NOTHING,
            _typed_step(visit, "row_amount", amount(manual["amount"])),
            html("<li>{s}</li>", s=visit.say("enter_pin")),
            NOTHING if paybill else html("<li>{s}</li>", s=visit.say("till_code")),
        )
    )
    return joined(
        (
            brief(visit),
            title(visit.say("pay_with")),
            safe_line(visit, "close_prompt_first") if visit.view.screen in PROMPT_MAY_COME else NOTHING,
            html('<ol class="steps sheet">{steps}</ol>', steps=steps),
            html('<p class="note" role="status">{t}</p>', t=visit.say("manual_watch")),
            NOTHING if paybill else claim_form(visit),
            look_again(visit),
            claim_link(visit) if paybill else NOTHING,
        )
    )


def _typed_step(visit: Visit, key: str, value: object) -> Html:
    return html('<li>{label} <span class="key">{value}</span></li>', label=visit.say(key), value=value)


def by_hand_link(visit: Visit) -> Html:
    """From other screens to the steps."""
    if manual_of(visit.view) is None:
        return NOTHING
    key = "other_way" if visit.view.attempt is None else "pay_with"
    kind = visit.view.record.asked.shortcode_kind
    return html('<a class="other" href="{u}">{t}</a>', u=visit.address(way=kind), t=visit.say(key))


def by_hand_rows(visit: Visit) -> Html:
    """The numbers to type, in short, with the way to the steps."""
    manual = manual_of(visit.view)
    if manual is None:
        return NOTHING
    paybill = manual["kind"] == "paybill"
    rows = [("row_business" if paybill else "row_till", html('<span class="code">{n}</span>', n=manual["number"]))]
    if paybill:
        rows.append(("row_account", html('<span class="code">{n}</span>', n=manual["account"])))
    rows.append(("row_amount", amount(manual["amount"])))
    listed = html('<dl class="rows">{rows}</dl>', rows=joined(row(visit, key, value) for key, value in rows))
    return html("<details open><summary>{t}</summary>{listed}</details>", t=visit.say("pay_with"), listed=listed)
