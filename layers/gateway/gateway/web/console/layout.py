"""The page around what a page of the console shows: navigation by role, search, who is there; and pages that say no."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.domain.staff import Right, Role
from gateway.web.checkout.markup import NOTHING, Html, html, joined
from gateway.web.console import assets, words
from gateway.web.console.cookies import Cookies
from gateway.web.console.visit import Visit
from gateway.web.http import HTML, Answer, Request
from gateway.wording import LANGUAGES, Language

HOME = "/console"
_DOCUMENT = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
    '<meta name="robots" content="noindex"><title>{title}</title><link rel="icon" href="{icon}"><style>{style}</style>'
    "{refresh}</head><body{kind}>{body}<script>{script}</script></body></html>"
)
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Cpath fill='%231f3a93' d='M0 0h8v8H0z'/%3E%3C/svg%3E"
)
REFRESH_S = 5
"""An answer that is not known yet is looked at again so often."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that everybody who has the right finds in the navigation."""

    address: str
    key: str
    right: Right


PLACES: tuple[Place, ...] = (
    Place(HOME, "nav_search", Right.LOOK),
    Place("/console/prompt", "nav_prompt", Right.WORK),
    Place("/console/today", "nav_today", Right.LOOK),
    Place("/console/payments", "nav_payments", Right.LOOK),
    Place("/console/unmatched", "nav_unmatched", Right.WORK),
    Place("/console/payouts", "nav_payouts", Right.ASK_REFUND),
    Place("/console/reconciliation", "nav_days", Right.RECONCILE),
    Place("/console/exports", "nav_exports", Right.RECONCILE),
    Place("/console/webhooks", "nav_webhooks", Right.OPERATE),
    Place("/console/health", "nav_health", Right.OPERATE),
    Place("/console/staff", "nav_staff", Right.MANAGE),
    Place("/console/settings", "nav_settings", Right.MANAGE),
)


def page(
    visit: Visit,
    title: str,
    main: Html,
    *,
    place: str = "",
    status: int = 200,
    typed: str = "",
    refreshes: bool = False,
) -> Answer:
    """A page for somebody who is signed in. `?lang=` on any of them chooses the language from then on.

    place: which address of the navigation it belongs to. typed: what stands in the search box. refreshes: it loads
    itself again where no script does.
    """
    chosen = visit.request.one("lang")
    cookies = (Cookies(visit.request, visit.settings).language(chosen),) if chosen in LANGUAGES else ()
    body = html(
        '<a class="skip" href="#main">{skip}</a>{nav}<div class="side">{top}'
        '<p class="stale" id="stale" role="status" hidden>{stale}</p>'
        '<main id="main" tabindex="-1">{main}</main>{footer}</div>',
        skip=visit.say("skip"),
        nav=_navigation(visit, place),
        top=_top(visit, typed),
        stale=visit.say("stale"),
        main=main,
        footer=_footer(visit),
    )
    shop_name = visit.shop.name if visit.shop else visit.owner
    whole = _document(visit.language, f"{title} – {shop_name}", body, refreshes=refreshes)
    return _answer(visit.request, status, whole, visit.language, cookies)


def live(content: Html, *, every_s: int = REFRESH_S, ends: bool = False) -> Html:
    """The part of a page that a script looks at again. ends: no more."""
    every = html(' data-every="{ms}"', ms=every_s * 1000) if not ends else NOTHING
    return html('<div id="live"{every}>{content}</div>', every=every, content=content)


def alone(
    request: Request,
    language: Language,
    status: int,
    *,
    title: str,
    tell: str,
    links: Sequence[tuple[str, str]] = (),
    cookies: tuple[str, ...] = (),
) -> Answer:
    """A page without a shop: signing in and out, and what goes wrong before. title, tell: keys. links: address, key."""
    doors = [(address, words.said(key, language)) for address, key in links]
    return choice(request, language, status, title=title, tell=tell, doors=doors, cookies=cookies)


def choice(
    request: Request,
    language: Language,
    status: int,
    *,
    title: str,
    tell: str,
    doors: Sequence[tuple[str, Html]],
    cookies: tuple[str, ...] = (),
) -> Answer:
    """As `alone`, with ways to go on whose words are made already; the first one is the button."""
    buttons = joined(
        html('<a class="{k}" href="{u}">{t}</a>', k="button" if number == 0 else "button second", u=address, t=text)
        for number, (address, text) in enumerate(doors)
    )
    bad = status >= 400  # noqa: PLR2004  what HTTP calls an error
    body = html(
        '<main id="main" tabindex="-1"><section class="plate slim{kind}" role="status"><h1 class="word">{title}</h1>'
        '<p class="tell">{tell}</p></section><p class="actions">{buttons}</p>{number}</main>',
        kind=" no" if bad else "",
        title=words.said(title, language),
        tell=words.said(tell, language),
        buttons=buttons,
        number=request_number(request, language) if bad else NOTHING,
    )
    whole = _document(language, words.plain(title, language), body, alone=True)
    return _answer(request, status, whole, language, cookies)


def refusal(visit: Visit, status: int, title: str, tell: str, *ways: Html) -> Answer:
    """A page within the console that says no: keys of the texts, and ways to go on."""
    main = html(
        '<section class="plate slim no" role="alert"><h1 class="word">{title}</h1><p class="tell">{tell}</p></section>'
        '<p class="actions">{ways}</p>{number}',
        title=visit.say(title),
        tell=visit.say(tell),
        ways=joined(ways),
        number=request_number(visit.request, visit.language),
    )
    return page(visit, visit.plain(title), main, status=status)


def request_number(request: Request, language: Language) -> Html:
    """Under which number the operator finds what happened."""
    number = html('<span class="code">{id}</span>', id=request.id)
    return html('<p class="muted">{t}</p>', t=words.said("request_id", language, id=number))


def see_other(address: str, cookies: tuple[str, ...] = ()) -> Answer:
    """Go on there."""
    return Answer(status=303, headers={"Location": address, **assets.headers()}, cookies=cookies)


def _document(language: Language, title: str, body: Html, *, alone: bool = False, refreshes: bool = False) -> Html:
    refresh = html('<noscript><meta http-equiv="refresh" content="{s}"></noscript>', s=REFRESH_S * 2)
    return html(
        _DOCUMENT,
        language=language,
        title=title,
        icon=Html(_ICON),
        style=Html(assets.style()),
        refresh=refresh if refreshes else NOTHING,
        kind=Html(' class="alone"') if alone else NOTHING,
        body=body,
        script=Html(assets.script()),
    )


def _navigation(visit: Visit, current: str) -> Html:
    """On a phone one row: where one is, and what opens the list of places."""
    here = next((visit.say(place.key) for place in PLACES if place.address == current), visit.say("console"))
    links = joined(
        html(
            '<li><a href="{u}"{current}>{t}</a></li>',
            u=place.address,
            current=Html(' aria-current="page"') if place.address == current else NOTHING,
            t=visit.say(place.key),
        )
        for place in PLACES
        if visit.may(place.right)
    )
    return html(
        '<nav class="nav" aria-label="{console}"><p class="where">{shop}<small>{console}</small></p>'
        '<details class="menu"><summary><b>{here}</b><span>{menu}</span></summary></details><ul>{links}</ul></nav>',
        console=visit.say("console"),
        shop=visit.shop.name if visit.shop else visit.owner,
        here=here,
        menu=visit.say("menu"),
        links=links,
    )


def _top(visit: Visit, typed: str) -> Html:
    return html(
        '<header class="top"><form class="search" role="search" method="post" action="/console/search">{token}'
        '<label class="vh" for="q">{label}</label><input id="q" name="q" type="search" value="{typed}" '
        'placeholder="{hint}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="1000">'
        '<button type="submit">{search}</button></form>'
        '<div class="who"><b>{roles}</b><span>{name} · </span><form method="post" action="/console/sign-out">{token}'
        '<button class="link" type="submit">{out}</button></form></div></header>',
        token=token_field(visit),
        label=visit.say("search_label"),
        typed=typed,
        hint=visit.plain("search_hint"),
        search=visit.say("search"),
        roles=roles_in_words(visit, visit.visitor.member.roles),
        name=visit.visitor.shown_as,
        out=visit.say("sign_out"),
    )


def roles_in_words(visit: Visit, roles: frozenset[Role]) -> Html:
    """Cashier, Accountant."""
    return Html(", ".join(visit.say(f"role_{role}") for role in Role if role in roles))


def token_field(visit: Visit) -> Html:
    """What every form carries, so that no other site can post it."""
    return html('<input type="hidden" name="token" value="{token}">', token=visit.form_token)


def _footer(visit: Visit) -> Html:
    other = next(one for one in LANGUAGES if one != visit.language)
    test = NOTHING if visit.settings.livemode else html("<span>{t}</span>", t=visit.say("test_mode"))
    return html(
        '<footer><p><a href="{here}" lang="{other}" hreflang="{other}">{name}</a>{test}</p></footer>',
        here=_here_in(visit, other),
        other=other,
        name=visit.say("other_language"),
        test=test,
    )


def _here_in(visit: Visit, language: Language) -> str:
    """This page in the other language. A form's answer has no address to come back to: what it is about has one."""
    request = visit.request
    path = request.path if request.method == "GET" else visit.back_to
    kept = {name: values[0] for name, values in request.query.items() if name not in ("lang", "done")}
    return f"{path}?{urlencode(kept | {'lang': language})}"


def _answer(request: Request, status: int, body: Html, language: Language, cookies: tuple[str, ...]) -> Answer:
    headers = {"Content-Type": HTML, "Content-Language": language, "Vary": "Accept-Encoding", **assets.headers()}
    if "gzip" not in (request.header("accept-encoding") or ""):
        return Answer(status=status, body=str(body), headers=headers, cookies=cookies)
    packed = gzip.compress(body.encode(), mtime=0)
    return Answer(status=status, body=packed, headers={**headers, "Content-Encoding": "gzip"}, cookies=cookies)
