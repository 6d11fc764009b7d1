"""The page's forms. Those for a prompt carry the attempt's number, so that sent twice they prompt once."""

from __future__ import annotations

from gateway.domain.claims import CLAIM_TEXT_MAX, ClaimState
from gateway.web.checkout.markup import NOTHING, Html, html, prose
from gateway.web.checkout.visit import NUMBER, Visit


def phone_form(visit: Visit, *, not_charged: bool = False) -> Html:
    """Enter a number. What was typed stays in the field."""
    return html(
        '<form class="sheet" method="post" action="{action}" novalidate>{hidden}{field}{button}</form>',
        action=visit.address("/prompt", way=NUMBER if visit.way == NUMBER else None),
        hidden=_hidden(visit, not_charged=not_charged),
        field=_field(visit),
        button=_button(visit, "pay_button", second=False),
    )


def again_form(visit: Visit, key: str, *, second: bool, not_charged: bool = False) -> Html:
    """Prompt the number of the last attempt again. The page does not know it; the server does."""
    return html(
        '<form method="post" action="{action}">{hidden}<input type="hidden" name="again" value="yes">{button}</form>',
        action=visit.address("/prompt"),
        hidden=_hidden(visit, not_charged=not_charged),
        button=_button(visit, key, second=second),
    )


def claim_form(visit: Visit, *, second: bool = False) -> Html:
    """Enter the M-PESA code, or paste the message that holds it. What was typed stays in the field."""
    if not visit.view.may_claim:
        return html('<p class="note">{t}</p>', t=visit.say("claim_too_many"))
    problem = visit.claim_problem
    field = html(
        '<div class="{kind}"><label for="receipt">{label}</label><p class="hint" id="receipt-hint">{hint}</p>{error}'
        '<input id="receipt" name="receipt" autocomplete="off" autocapitalize="characters" spellcheck="false" '
        'maxlength="{most}" aria-describedby="{described}"{invalid} value="{typed}"></div>',
        kind="field bad" if problem else "field",
        label=visit.say("claim_label"),
        hint=visit.say("claim_hint"),
        error=_error(visit, "receipt-error", problem),
        most=CLAIM_TEXT_MAX,
        described="receipt-hint receipt-error" if problem else "receipt-hint",
        invalid=Html(' aria-invalid="true"') if problem else NOTHING,
        typed=visit.typed if problem else _code_not_found(visit),
    )
    return html(
        '<form class="sheet" method="post" action="{action}" novalidate>'
        '<input type="hidden" name="token" value="{token}">{field}{button}</form>',
        action=visit.address("/claim"),
        token=visit.claim_token,
        field=field,
        button=_button(visit, "claim_button", second=second, sending="claim_sending"),
    )


def _code_not_found(visit: Visit) -> str:
    """The code as it was read, to be mended letter by letter."""
    claim = visit.view.claim
    return claim[0].receipt if claim and claim[1] is ClaimState.NOT_FOUND else ""


def problem_summary(visit: Visit) -> Html:
    """What is wrong, on top, linked to the field."""
    problem, field = (visit.claim_problem, "receipt") if visit.claim_problem else (visit.problem, "phone")
    if not problem:
        return NOTHING
    return html(
        '<div class="summary" role="alert" tabindex="-1"><h2>{heading}</h2><a href="#{field}">{problem}</a></div>',
        heading=visit.say("error_heading"),
        field=field,
        problem=prose(problem),
    )


def _error(visit: Visit, name: str, problem: str | None) -> Html:
    if not problem:
        return NOTHING
    return html(
        '<p class="error" id="{name}"><span class="vh">{prefix} </span>{problem}</p>',
        name=name,
        prefix=visit.say("error_prefix"),
        problem=prose(problem),
    )


def _field(visit: Visit) -> Html:
    problem = visit.problem
    return html(
        '<div class="{kind}"><label for="phone">{label}</label><p class="hint" id="phone-hint">{hint}</p>{error}'
        '<input id="phone" name="phone" type="tel" inputmode="tel" autocomplete="tel" maxlength="30" '
        'aria-describedby="{described}"{invalid} value="{typed}"></div>',
        kind="field bad" if problem else "field",
        label=visit.say("phone_label"),
        hint=visit.say("phone_hint"),
        error=_error(visit, "phone-error", problem),
        described="phone-hint phone-error" if problem else "phone-hint",
        invalid=Html(' aria-invalid="true"') if problem else NOTHING,
        typed=visit.typed,
    )


def _hidden(visit: Visit, *, not_charged: bool) -> Html:
    said = Html('<input type="hidden" name="not_charged" value="yes">') if not_charged else NOTHING
    return html(
        '<input type="hidden" name="number" value="{number}"><input type="hidden" name="token" value="{token}">{said}',
        number=visit.view.again.number,
        token=visit.form_token,
        said=said,
    )


def _button(visit: Visit, key: str, *, second: bool, sending: str = "sending") -> Html:
    """The button, and the line that stands in its place while the request goes out."""
    return html(
        '<button class="{kind}" type="submit">{words}</button>'
        '<p class="wait" role="status" data-words="{sending}" data-phone="{phone}" hidden></p>',
        kind="button second" if second else "button",
        words=visit.say(key),
        sending=visit.plain(sending, phone="{phone}"),
        phone=visit.view.phone or "",
    )
