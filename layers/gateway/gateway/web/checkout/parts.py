"""Pieces that several screens of the payer's page share."""

from __future__ import annotations

from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined
from gateway.web.checkout.visit import Visit
from gateway.web.payer_view import with_payment
from gateway.wording import moment


def brief(visit: Visit) -> Html:
    """What is paid and to whom, in one line on top."""
    words = visit.say("pay_brief", amount=amount(visit.view.rest_kes or visit.view.record.asked.amount_kes))
    return html('<p class="brief">{words}</p>', words=words)


def title(words: Html) -> Html:
    """The heading of a screen without a plate."""
    return html('<h1 class="title" tabindex="-1">{words}</h1>', words=words)


def plate(kind: str, title: Html, body: Html) -> Html:
    """The one framed thing of a screen. kind: doubt, no, person or none."""
    return html(
        '<div class="{k}" role="status"><h1 tabindex="-1">{title}</h1><p>{body}</p></div>',
        k=f"plate {kind}".strip(),
        title=title,
        body=body,
    )


def phone(visit: Visit) -> Html:
    """The attempt's number, masked, on one line."""
    return html('<span class="nb">{phone}</span>', phone=visit.view.phone or "")


def clock(visit: Visit, at_ms: int) -> Html:
    """A time of day, on one line."""
    return html('<span class="nb">{t}</span>', t=moment(at_ms, visit.view.now_ms, visit.language))


def row(visit: Visit, key: str, value: object) -> Html:
    """A line of a list: what it is, and the value."""
    return html("<div><dt>{label}</dt><dd>{value}</dd></div>", label=visit.say(key), value=value)


def safe_line(visit: Visit, key: str) -> Html:
    """What must not be overlooked."""
    return html('<p class="safe">{t}</p>', t=visit.say(key))


def details(summary: Html, *parts: Html) -> Html:
    """More, for who wants it."""
    return html("<details><summary>{summary}</summary>{parts}</details>", summary=summary, parts=joined(parts))


def look_again(visit: Visit) -> Html:
    """For who does not want to wait, and for browsers without script."""
    return html('<a class="button second" data-do="look" href="{u}">{t}</a>', u=visit.here, t=visit.say("check_again"))


def back(visit: Visit) -> Html:
    """Back to the shop: with the payment's id, and never with a status."""
    asked = visit.view.record.asked
    paid = bool(visit.view.state.received_kes)
    url = visit.view.return_url if paid or not asked.cancel_url else with_payment(asked.cancel_url, asked.id)
    if not url:
        return NOTHING
    return html('<a class="button" href="{u}">{t}</a>', u=url, t=visit.say("back"))
