"""The forms that ask for a prompt. Each carries the attempt's number, so that sent twice it prompts once."""

from __future__ import annotations

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


def problem_summary(visit: Visit) -> Html:
    """What is wrong, on top, linked to the field."""
    if not visit.problem:
        return NOTHING
    return html(
        '<div class="summary" role="alert" tabindex="-1"><h2>{heading}</h2><a href="#phone">{problem}</a></div>',
        heading=visit.say("error_heading"),
        problem=prose(visit.problem),
    )


def _field(visit: Visit) -> Html:
    problem = visit.problem
    error = html(
        '<p class="error" id="phone-error"><span class="vh">{prefix} </span>{problem}</p>',
        prefix=visit.say("error_prefix"),
        problem=prose(visit.problem or ""),
    )
    return html(
        '<div class="{kind}"><label for="phone">{label}</label><p class="hint" id="phone-hint">{hint}</p>{error}'
        '<input id="phone" name="phone" type="tel" inputmode="tel" autocomplete="tel" maxlength="30" '
        'aria-describedby="{described}"{invalid} value="{typed}"></div>',
        kind="field bad" if problem else "field",
        label=visit.say("phone_label"),
        hint=visit.say("phone_hint"),
        error=error if problem else NOTHING,
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


def _button(visit: Visit, key: str, *, second: bool) -> Html:
    """The button, and the line that stands in its place while the request goes out."""
    return html(
        '<button class="{kind}" type="submit">{words}</button>'
        '<p class="wait" role="status" data-words="{sending}" data-phone="{phone}" hidden></p>',
        kind="button second" if second else "button",
        words=visit.say(key),
        sending=visit.plain("sending", phone="{phone}"),
        phone=visit.view.phone or "",
    )
