"""The page around a screen: head, shop's band, help, script. One style and one script, the same bytes everywhere."""

from __future__ import annotations

import gzip
import re
from urllib.parse import quote

from gateway.web.checkout import assets
from gateway.web.checkout.markup import NOTHING, Html, html, text
from gateway.web.checkout.screens import content, heading
from gateway.web.checkout.visit import Visit
from gateway.web.http import HTML, Answer, Request
from gateway.web.payer_view import FIRST_POLL_MS, POLLS, PROMPT_MAY_COME, etag_of
from gateway.wording import LANGUAGES, NAMES, Language, sentence

REFRESH_S = 10
"""A page without script loads itself again so often, while news may come."""

DEFAULT_COLOUR = "#1f3a93"

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_DOCUMENT = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
    '<meta name="robots" content="noindex"><title>{title}</title><link rel="icon" href="{icon}"><style>{style}</style>'
    "{refresh}</head><body{facts}>{band}{header}"
    '<p class="vh" role="status" id="say"></p>'
    '<div class="shop" role="status" id="offline" hidden><p>{offline}</p></div>'
    "{main}{footer}<script>{script}</script></body></html>"
)


def page(request: Request, visit: Visit, status: int = 200, main: Html | None = None) -> Answer:
    """The whole page; of a script's wish `?part=main` only title and main. main: instead of the screen."""
    shown = main if main is not None else _main(visit)
    title = f"{heading(visit)} – {visit.view.shop_name}"
    if request.one("part") == "main":
        return _answer(request, status, html("<title>{title}</title>{main}", title=title, main=shown), visit.language)
    facts = html(
        ' data-api="/v1/checkout/{payment}" data-token="{token}" data-page="/pay/{code}"',
        payment=visit.view.record.id,
        token=visit.client_token,
        code=visit.code,
    )
    whole = _document(
        visit.language,
        title=title,
        colour=visit.colour,
        facts=facts,
        header=_header(visit),
        main=shown,
        footer=footer(visit),
        refresh=NOTHING if main is not None else _refresh(visit),
    )
    return _answer(request, status, whole, visit.language)


def notice(request: Request, status: int, key: str, language: Language, *, again: str | None = None) -> Answer:
    """A page that knows no payment: its first sentence as heading. again: an address to try."""
    words = text(key, language)
    first, _, rest = words.partition(". ")
    link = html('<a class="button second" href="{u}">{t}</a>', u=again, t=text("check_again", language))
    main = html(
        '<main id="main"><p class="brief"></p><div class="plate"><h1 tabindex="-1">{first}</h1><p>{rest}</p></div>'
        "{link}</main>",
        first=Html(first.rstrip(".")),
        rest=Html(rest),
        link=link if again else NOTHING,
    )
    title = sentence("problem", language, title=sentence(key, language).partition(". ")[0])
    whole = _document(language, title=title, colour=DEFAULT_COLOUR, main=main)
    return _answer(request, status, whole, language)


def _document(
    language: Language,
    *,
    title: str,
    colour: str,
    main: Html,
    facts: Html = NOTHING,
    header: Html = NOTHING,
    footer: Html = NOTHING,
    refresh: Html = NOTHING,
) -> Html:
    safe_colour = colour if _COLOUR.fullmatch(colour) else DEFAULT_COLOUR
    return html(
        _DOCUMENT,
        language=language,
        title=title,
        icon=_icon(safe_colour),
        style=Html(assets.style()),
        refresh=refresh,
        facts=facts,
        band=_band(safe_colour),
        header=header,
        offline=sentence("offline", language),
        main=main,
        footer=footer,
        script=Html(assets.script()),
    )


def _main(visit: Visit) -> Html:
    """`main` with what the script needs: what it shows, and how often to look."""
    polls, since_ms = _polls(visit)
    turns_ms = max((visit.view.again.from_ms or 0) - visit.view.now_ms, 0)
    return html(
        '<main id="main" data-state="{state}" data-since="{since}" data-polls="{polls}"{turns}>'
        "{content}{leaving}{refresh}</main>",
        state=etag_of(visit.view),
        since=since_ms,
        polls=",".join(f"{until}:{every}" for until, every in polls),
        turns=html(' data-turns="{ms}"', ms=turns_ms) if turns_ms else NOTHING,
        content=content(visit),
        leaving=_leaving(visit),
        refresh=_refresh_choice(visit),
    )


def _polls(visit: Visit) -> tuple[tuple[tuple[int, int], ...], int]:
    """How often to look, by the time since the request; by hand, since the steps were opened."""
    view = visit.view
    if visit.pays_by_hand:
        return POLLS[2:], 0
    if view.next_poll_ms is None:
        return (), 0
    if view.claim is not None and view.screen not in PROMPT_MAY_COME:
        return ((FIRST_POLL_MS, FIRST_POLL_MS), *POLLS), view.now_ms - view.claim[0].claimed_at_ms
    since_ms = view.now_ms - (view.attempt.begun_at_ms if view.attempt else view.record.asked.created_at_ms)
    waits = view.screen in PROMPT_MAY_COME
    return (((FIRST_POLL_MS, FIRST_POLL_MS), *POLLS) if waits else POLLS[3:]), since_ms


def _leaving(visit: Visit) -> Html:
    """That the page leads back to the shop by itself, and how to stay."""
    if visit.leaves_after_s is None:
        return NOTHING
    return html(
        '<p class="note" id="leaving" role="status" data-after="{s}" data-to="{to}">{t} <a href="{u}">{stay}</a></p>',
        s=visit.leaves_after_s,
        to=visit.view.return_url or "",
        t=visit.say("leaving", s=visit.leaves_after_s),
        u=visit.address(refresh="off"),
        stay=visit.say("leaving_stay"),
    )


def _refresh(visit: Visit) -> Html:
    if visit.leaves_after_s is not None:
        return html(
            '<noscript><meta http-equiv="refresh" content="{s};url={to}"></noscript>',
            s=visit.leaves_after_s,
            to=visit.view.return_url or "",
        )
    if not (visit.changes_by_itself and visit.refresh):
        return NOTHING
    return html('<noscript><meta http-equiv="refresh" content="{s}"></noscript>', s=REFRESH_S)


def _refresh_choice(visit: Visit) -> Html:
    """Without script: the page says that it loads itself again, and can be stopped."""
    if not visit.changes_by_itself:
        return NOTHING
    note = html("{t} ", t=visit.say("refresh_note")) if visit.refresh else NOTHING
    return html(
        '<noscript><p class="note">{note}<a href="{u}">{t}</a></p></noscript>',
        note=note,
        u=visit.address(way=visit.way, refresh="off" if visit.refresh else None),
        t=visit.say("refresh_stop" if visit.refresh else "refresh_start"),
    )


def _header(visit: Visit) -> Html:
    other = other_language(visit.language)
    address = visit.address(lang=other, way=visit.way, refresh=None if visit.refresh else "off")
    return shop_header(visit.view.shop_name, visit.colour, visit.language, address, visit.logo)


def shop_header(name: str, colour: str, language: Language, other_address: str, logo: str = "") -> Html:
    """Whom the payer pays, and the way to the other language."""
    other = other_language(language)
    return html(
        '<header class="shop"><p>{mark}<span>{name}</span></p>'
        '<a href="{u}" lang="{other}" hreflang="{other}">{language}</a></header>',
        mark=_logo(logo) if _BASE64.fullmatch(logo) else _monogram(name, colour),
        name=name,
        u=other_address,
        other=other,
        language=NAMES[other],
    )


def other_language(language: Language) -> Language:
    """The one that the page does not speak now."""
    return next(one for one in LANGUAGES if one != language)


def footer(visit: Visit) -> Html:
    """The same help at the same place of every screen: whom to call, the reference, and whether money is real."""
    call = help_call(visit.view.support_phone, visit.say("help_call"))
    online = help_online(visit.view.support_url, visit.say("help_online"))
    return html(
        '<footer class="help"><p>{call}{online}{label} <span class="code">{ref}</span>{test}</p></footer>',
        call=call,
        online=online,
        label=visit.say("row_reference"),
        ref=visit.view.record.asked.account_reference,
        test=NOTHING
        if visit.view.record.asked.livemode
        else html('<span class="test">{t}</span>', t=visit.say("test_mode")),
    )


def help_call(phone: str, words: Html) -> Html:
    """Whom to call; nothing where the shop named nobody."""
    call = html(
        '<a href="tel:{digits}">{words}, <span class="nb">{phone}</span></a><br>',
        digits=re.sub(r"[^0-9+]", "", phone),
        words=words,
        phone=phone,
    )
    return call if phone else NOTHING


def help_online(url: str, words: Html) -> Html:
    """Where to read or write for help; nothing where the shop named no place."""
    link = html('<a href="{u}" target="_blank" rel="noopener noreferrer">{t}</a><br>', u=url, t=words)
    return link if url else NOTHING


def page_of_link(
    request: Request,
    status: int,
    language: Language,
    *,
    title: str,
    colour: str,
    header: Html,
    main: Html,
    footer: Html,
) -> Answer:
    """A page without a payment yet."""
    whole = _document(language, title=title, colour=colour, header=header, main=main, footer=footer)
    return _answer(request, status, whole, language)


def _band(colour: str) -> Html:
    """The shop's colour as an attribute of a drawing: so the style stays the same for all shops."""
    return html(
        '<svg class="band" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<path fill="{colour}" d="M0 0h1v1H0z"/></svg>',
        colour=colour,
    )


def _logo(picture: str) -> Html:
    """The shop's picture stands in the page itself; its name stands beside it."""
    return html('<img class="mark" alt="" width="32" height="32" src="data:image/png;base64,{p}">', p=picture)


def _monogram(name: str, colour: str) -> Html:
    initials = [word[0] for word in name.split() if word[0].isalnum()]
    letters = "".join(initials[:1] + initials[1:][-1:]).upper()
    safe_colour = colour if _COLOUR.fullmatch(colour) else DEFAULT_COLOUR
    return html(
        '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">'
        '<rect width="32" height="32" rx="4" fill="{colour}"/><text x="16" y="21">{letters}</text></svg>',
        colour=safe_colour,
        letters=letters,
    )


def _icon(colour: str) -> str:
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path fill='{colour}' d='M0 0h8v8H0z'/></svg>"
    return "data:image/svg+xml," + quote(drawing, safe="/:='")


def _answer(request: Request, status: int, body: Html, language: Language) -> Answer:
    headers = {
        "Content-Type": HTML,
        "Content-Language": language,
        "Vary": "Accept-Encoding, Accept-Language",
        **assets.headers(),
    }
    if "gzip" not in (request.header("accept-encoding") or ""):
        return Answer(status=status, body=str(body), headers=headers)
    packed = gzip.compress(body.encode(), mtime=0)
    return Answer(status=status, body=packed, headers={**headers, "Content-Encoding": "gzip"})


def receipt(request: Request, visit: Visit, rows: Html) -> Answer:
    """The payer's proof on a page of its own, fit for narrow paper."""
    main = html(
        '<main id="main"><p class="brief"></p><h1 class="title" tabindex="-1">{title}</h1>'
        '{rows}<p class="note">{note}</p>'
        '<button class="button" type="button" data-do="print" data-script hidden>{keep}</button>'
        '<a class="other" href="{u}">{back}</a></main>',
        title=visit.say("receipt_title"),
        rows=rows,
        note=visit.say("receipt_note"),
        keep=visit.say("save_or_print_receipt"),
        u=visit.address(),
        back=visit.say("claim_leave"),
    )
    return page(request, visit, main=main)
