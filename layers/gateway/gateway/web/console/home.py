"""The console's first page: the box that finds a payment."""

from __future__ import annotations

from gateway.ports import Flow
from gateway.web.checkout.markup import html
from gateway.web.console.cookies import Cookies
from gateway.web.console.layout import HOME, page
from gateway.web.console.visit import Visit
from gateway.web.http import Answer
from gateway.wording import LANGUAGES


def home(visit: Visit) -> Flow[Answer]:
    """`GET /console`. `?lang=` chooses the language from now on."""
    yield from ()
    chosen = visit.request.one("lang")
    cookies = (Cookies(visit.request, visit.settings).language(chosen),) if chosen in LANGUAGES else ()
    main = html(
        '<h1>{title}</h1><div class="card"><p class="empty"><b>{what}</b>{how}</p></div>',
        title=visit.say("nav_search"),
        what=visit.say("search_what"),
        how=visit.say("search_how"),
    )
    return page(visit, visit.plain("nav_search"), main, place=HOME, cookies=cookies)
