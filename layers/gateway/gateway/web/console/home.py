"""The console's first page: the box that finds a payment; and what answers at addresses that are no page's."""

from __future__ import annotations

from gateway.ports import Flow
from gateway.web.checkout.markup import html
from gateway.web.console.layout import HOME, page, refusal
from gateway.web.console.visit import Visit
from gateway.web.http import Answer


def home(visit: Visit) -> Flow[Answer]:
    """`GET /console`."""
    yield from ()
    main = html(
        '<h1>{title}</h1><div class="card"><p class="empty"><b>{what}</b>{how}</p></div>',
        title=visit.say("nav_search"),
        what=visit.say("search_what"),
        how=visit.say("search_how"),
    )
    return page(visit, visit.plain("nav_search"), main, place=HOME)


def nothing_there(visit: Visit) -> Flow[Answer]:
    """`GET /console/{proxy+}`: 404 as a page, with the navigation as the way on."""
    yield from ()
    return refusal(visit, 404, "not_there", "not_there_tell")
