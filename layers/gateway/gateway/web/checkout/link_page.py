"""The page of a payment link: what is paid for, an amount where the payer chooses, a phone. It needs no script.

Sending it begins a payment and leads to that payment's own page. Each look draws a nonce for the form, so that a form
that is sent twice is one payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway import security
from gateway.domain.links import Link, Standing, allowed_amounts, settled, standing_of
from gateway.domain.shop import ShopSettings
from gateway.flows.pay_link import ends_of_places
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Performer, Secrets, Store, call
from gateway.settings import Settings
from gateway.web.checkout.layout import (
    DEFAULT_COLOUR,
    help_call,
    help_online,
    notice,
    other_language,
    page_of_link,
    shop_header,
)
from gateway.web.checkout.markup import NOTHING, Html, amount, html, joined, large_amount, prose, text
from gateway.web.checkout.opening import language_of
from gateway.web.checkout.pages import answered
from gateway.web.http import Answer, Request
from gateway.web.link_codes import link_named
from gateway.wording import Language, chosen_language, money, sentence

NONCE_BYTES = 16
PHONE, AMOUNT = "phone", "amount"
CLOSED = {
    Standing.INACTIVE: "link_inactive",
    Standing.EXPIRED: "link_expired",
    Standing.USED_UP: "link_used_up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkVisit:
    """One look at the page of a link. problems: by field. typed: what stood in the fields."""

    link: Link
    shop: ShopSettings
    language: Language
    wanted_language: str | None
    token: str
    nonce: str
    now_ms: int
    problems: dict[str, str]
    typed: dict[str, str]

    def say(self, key: str, **values: object) -> Html:
        """A sentence as markup. shop is known to it."""
        return text(key, self.language, **{"shop": self.shop.name, **values})

    def plain(self, key: str, **values: object) -> str:
        """A sentence as plain text. shop is known to it."""
        return sentence(key, self.language, **{"shop": self.shop.name, **values})

    @property
    def bounds(self) -> tuple[int, int]:
        """Least and most that the payer may choose."""
        least, most = allowed_amounts(self.link)
        return least, min(most, self.shop.amount_kes_max)

    def address(self, lang: str | None = None) -> str:
        """This page, in the language that was chosen or in this one."""
        chosen = lang or self.wanted_language
        return f"/l/{self.link.hex}" + (f"?{urlencode({'lang': chosen})}" if chosen else "")


def get_link_page(request: Request, world: Performer) -> Answer:
    """GET /l/{code}, for `serve`."""
    return answered(request, world, link_page_now(request, FlowSettings.of(Settings())), under="/l/")


def link_page_now(request: Request, settings: FlowSettings) -> Flow[Answer]:
    """The form, or why the link takes no payments. Raises PortError."""
    found = yield from opened_link(request)
    if found is None:
        return notice(request, 404, "not_found", language_of(request))
    link, shop = found
    visit = yield from link_visit(request, link, shop)
    standing = standing_of(link, visit.now_ms)
    if standing is Standing.USED_UP:
        standing = standing_of(settled(link, (yield from ends_of_places(link, settings))), visit.now_ms)
    return form_page(request, visit) if standing is Standing.OPEN else closed_page(request, visit, standing)


def opened_link(request: Request) -> Flow[tuple[Link, ShopSettings] | None]:
    """The link behind the code in the address, with its shop. None: no such page. Raises StoreUnavailable."""
    link = yield from link_named(request.path_parameters.get("code", ""))
    shop = (yield from call(Store.read_settings, link.owner)) if link else None
    return (link, shop) if link and shop and shop.shortcodes else None


def link_visit(
    request: Request,
    link: Link,
    shop: ShopSettings,
    *,
    nonce: str | None = None,
    problems: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Flow[LinkVisit]:
    """The look that this request asks for. nonce None: a form that nobody has seen yet."""
    keys = yield from call(Secrets.read_keys)
    now_ms = yield from call(Ambient.now_ms)
    return LinkVisit(
        link=link,
        shop=shop,
        language=language_of_link(request, shop),
        wanted_language=request.one("lang"),
        token=security.link_form_token(keys.client_token, link.hex),
        nonce=nonce or (yield from call(Ambient.draw, NONCE_BYTES)).hex(),
        now_ms=now_ms,
        problems=problems or {},
        typed=typed or {},
    )


def language_of_link(request: Request, shop: ShopSettings) -> Language:
    """`?lang=`, the browser's, the shop's."""
    return chosen_language(
        wanted=request.one("lang"),
        asked=None,
        accepted=request.header("accept-language") or "",
        default=shop.default_language,
    )


def form_page(request: Request, visit: LinkVisit, status: int = 200) -> Answer:
    """The form, with what is wrong in it."""
    form = html(
        '<form class="sheet" method="post" action="{action}" novalidate>'
        '<input type="hidden" name="token" value="{token}"><input type="hidden" name="nonce" value="{nonce}">'
        '{amount}{phone}<button class="button" type="submit">{pay}</button>'
        '<p class="wait" role="status" data-words="{sending}" data-phone="" hidden></p></form>',
        action=visit.address(),
        token=visit.token,
        nonce=visit.nonce,
        amount=_amount_field(visit) if visit.link.amount_kes is None else NOTHING,
        phone=_phone_field(visit),
        pay=visit.say("pay_button"),
        sending=visit.plain("sending", phone="{phone}"),
    )
    main = html('<main id="main">{parts}</main>', parts=joined((_summary(visit), _heading(visit), form)))
    first = next(iter(visit.problems.values()), None)
    title = visit.plain("problem", title=first) if first else _title(visit)
    return _page(request, visit, status, title, main)


def closed_page(request: Request, visit: LinkVisit, standing: Standing, status: int = 200) -> Answer:
    """Why nothing can be paid here any more. To look at such a link is no error."""
    return refused_page(request, visit, visit.plain(CLOSED[standing]), status)


def refused_page(request: Request, visit: LinkVisit, words: str, status: int) -> Answer:
    """One sentence on what is the matter, and the rest of it."""
    first, _, rest = words.partition(". ")
    main = html(
        '<main id="main"><p class="brief">{title}</p><div class="plate"><h1 tabindex="-1">{first}</h1><p>{rest}</p>'
        "</div></main>",
        title=visit.link.title,
        first=prose(first.rstrip(".")),
        rest=prose(rest),
    )
    return _page(request, visit, status, first.rstrip("."), main)


def _page(request: Request, visit: LinkVisit, status: int, title: str, main: Html) -> Answer:
    shop = visit.shop
    address = visit.address(other_language(visit.language))
    test = NOTHING if visit.link.livemode else html('<span class="test">{t}</span>', t=visit.say("test_mode"))
    calling = joined(
        (
            help_call(shop.support_phone, visit.say("help_call")),
            help_online(shop.support_url, visit.say("help_online")),
        )
    )
    return page_of_link(
        request,
        status,
        visit.language,
        title=f"{title} – {shop.name}",
        colour=shop.colour or DEFAULT_COLOUR,
        header=shop_header(shop.name, shop.colour, visit.language, address, shop.logo),
        main=main,
        footer=html('<footer class="help"><p>{calling}{test}</p></footer>', calling=calling, test=test),
    )


def _title(visit: LinkVisit) -> str:
    if visit.link.amount_kes is None:
        return visit.plain("link_title")
    return visit.plain("pay_title", amount=money(visit.link.amount_kes))


def _heading(visit: LinkVisit) -> Html:
    about = html('<p class="note">{t}</p>', t=visit.say("link_for", title=html("<b>{t}</b>", t=visit.link.title)))
    if visit.link.amount_kes is None:
        return html('<h1 class="title" tabindex="-1">{words}</h1>{about}', words=visit.say("link_title"), about=about)
    large = html("</small>{amount}<small>", amount=large_amount(visit.link.amount_kes))
    words = visit.say("pay_title", amount=large)
    return html('<h1 class="ask" tabindex="-1"><small>{words}</small></h1>{about}', words=words, about=about)


def _summary(visit: LinkVisit) -> Html:
    """What is wrong, on top, each linked to its field."""
    if not visit.problems:
        return NOTHING
    lines = joined(
        html('<a href="#{field}">{problem}</a><br>', field=field, problem=prose(problem))
        for field, problem in visit.problems.items()
    )
    return html(
        '<div class="summary" role="alert" tabindex="-1"><h2>{heading}</h2>{lines}</div>',
        heading=visit.say("error_heading"),
        lines=lines,
    )


def _amount_field(visit: LinkVisit) -> Html:
    least, most = visit.bounds
    hint = visit.say("link_amount_hint", least=amount(least), most=amount(most))
    attributes = Html('inputmode="numeric" autocomplete="off" maxlength="12"')
    return _field(visit, AMOUNT, visit.say("link_amount_label"), hint, attributes)


def _phone_field(visit: LinkVisit) -> Html:
    attributes = Html('type="tel" inputmode="tel" autocomplete="tel" maxlength="30"')
    return _field(visit, PHONE, visit.say("phone_label"), visit.say("phone_hint"), attributes)


def _field(visit: LinkVisit, name: str, label: Html, hint: Html, attributes: Html) -> Html:
    problem = visit.problems.get(name)
    error = html(
        '<p class="error" id="{name}-error"><span class="vh">{prefix} </span>{problem}</p>',
        name=name,
        prefix=visit.say("error_prefix"),
        problem=prose(problem or ""),
    )
    return html(
        '<div class="{kind}"><label for="{name}">{label}</label><p class="hint" id="{name}-hint">{hint}</p>{error}'
        '<input id="{name}" name="{name}" {attributes} aria-describedby="{described}"{invalid} value="{typed}"></div>',
        kind="field bad" if problem else "field",
        name=name,
        label=label,
        hint=hint,
        error=error if problem else NOTHING,
        attributes=attributes,
        described=f"{name}-hint {name}-error" if problem else f"{name}-hint",
        invalid=Html(' aria-invalid="true"') if problem else NOTHING,
        typed=visit.typed.get(name, ""),
    )
