"""Signing in and out: to the issuer and back. Pages for who is not let in (yet)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from gateway.domain.id_tokens import Flaw
from gateway.flows.sessions import Visitor, end_session, visitor_of
from gateway.flows.sign_in import Client, NotSignedIn, Refusal, SignedIn, Wish, begin_sign_in, finish_sign_in, our_page
from gateway.ports import Ambient, Flow, Secrets, Store, call
from gateway.ports.identity import Identity, IdentityUnavailable, Provider
from gateway.settings import Settings
from gateway.web.checkout.markup import Html, html
from gateway.web.checkout.posted import form_fields
from gateway.web.console.cookies import LANGUAGE, SESSION, TICKET, Cookies
from gateway.web.console.guard import OpenPage, base_url, came_from_us, form_token_fits, language_of
from gateway.web.console.layout import HOME, alone, choice, see_other
from gateway.web.http import Answer, Request
from gateway.web.origins import is_loopback

_SHOP = re.compile(r"[a-z0-9-]{1,40}")
_TELLS: dict[Refusal | Flaw, str] = {
    Refusal.UNKNOWN: "ask_admin",
    Refusal.TAKEN: "invitation_taken",
    Flaw.EMAIL: "email_unverified",
    Flaw.NOT_FRESH: "not_fresh_tell",
}
"""What is told of a refusal; of all others, to sign in again."""
_ASK_ADMIN = frozenset({Refusal.UNKNOWN, Refusal.TAKEN, Flaw.EMAIL})


def sign_in(request: Request, settings: Settings) -> Flow[Answer]:
    """`GET /console/sign-in`: off to the issuer. to: the page that is wanted; fresh: proof is to be given anew."""
    shop = request.one("shop") or ""
    wish = Wish(
        to=our_page(request.one("to") or HOME),
        fresh=request.one("fresh") == "yes",
        shop=shop if _SHOP.fullmatch(shop) else "",
    )
    elsewhere = _right_name(request, settings)
    if elsewhere:
        return see_other(f"{elsewhere}/console/sign-in?to={wish.to}")
    client = _client(request, settings)
    if not client.client_id:
        return _page(request, settings, 503, "sign_in_not_set_up", "sign_in_not_set_up_tell", [])
    try:
        begun = yield from begin_sign_in(client, wish)
    except IdentityUnavailable as error:
        return (yield from _issuer_away(request, settings, error))
    return see_other(begun.url, (Cookies(request, settings).ticket(begun.ticket),))


def signed_in(request: Request, settings: Settings) -> Flow[Answer]:
    """`GET /console/signed-in`: back from the issuer, with a code or with its no."""
    cookies = Cookies(request, settings)
    forget = (cookies.without(TICKET),)
    ticket, state, code = cookies.read(TICKET) or "", request.one("state") or "", request.one("code") or ""
    try:
        done = yield from finish_sign_in(_client(request, settings), ticket, state, code, cookies.read(SESSION))
    except NotSignedIn as refused:
        return (yield from _not_let_in(request, settings, refused, forget))
    except IdentityUnavailable as error:
        return (yield from _issuer_away(request, settings, error))
    if done.shops:
        return (yield from _which_shop(request, settings, done))
    return see_other(done.to, (cookies.session(done.secret), *forget))


def sign_out(request: Request, settings: Settings) -> Flow[Answer]:
    """`POST /console/sign-out`: the session ends for every browser that has its cookie. Also after it ran out."""
    cookies = Cookies(request, settings)
    secret = cookies.read(SESSION)
    visitor = (yield from visitor_of(secret)) if secret else None
    if not came_from_us(request, settings) or (visitor and not (yield from _has_token(request, visitor))):
        return _page(request, settings, 403, "form_old", "form_old_tell", [(HOME, "try_again")])
    if secret:
        yield from end_session(secret)
    return see_other("/console/signed-out", (cookies.without(SESSION), cookies.without(LANGUAGE)))


def signed_out(request: Request, settings: Settings) -> Flow[Answer]:
    """`GET /console/signed-out`. The issuer may still know the person; where it can forget, the way there is shown."""
    links = [("/console/sign-in", "sign_in")]
    try:
        provider = yield from call(Identity.read_provider)
    except IdentityUnavailable:
        return _page(request, settings, 200, "signed_out", "signed_out_tell", links)
    if provider.end_session_endpoint:
        there = _end_session(provider, _client(request, settings), base_url(request, settings))
        links.append((there, "signed_out_there"))
    return _page(request, settings, 200, "signed_out", "signed_out_tell", links)


OPEN_PAGES: dict[str, OpenPage] = {
    "GET /console/sign-in": sign_in,
    "GET /console/signed-in": signed_in,
    "GET /console/signed-out": signed_out,
    "POST /console/sign-out": sign_out,
}


def _right_name(request: Request, settings: Settings) -> str:
    """Our address, where the browser came to this very machine under another name: cookies would stay behind there."""
    here, right = request.origin_of_host, base_url(request, settings)
    return right if here != right and is_loopback(here) and is_loopback(right) else ""


def _has_token(request: Request, visitor: Visitor) -> Flow[bool]:
    keys = yield from call(Secrets.read_keys)
    given = form_fields(request.body).get("token", "")
    return form_token_fits(keys, visitor.session, given)


def _end_session(provider: Provider, client: Client, base: str) -> str:
    """Where the issuer forgets a person. Both names of the way back are given: the standard's, and Cognito's."""
    back = f"{base}/console/signed-out"
    query = {"client_id": client.client_id, "post_logout_redirect_uri": back, "logout_uri": back}
    separator = "&" if "?" in provider.end_session_endpoint else "?"
    return f"{provider.end_session_endpoint}{separator}{urlencode(query)}"


def _client(request: Request, settings: Settings) -> Client:
    return Client(settings.text("OIDC_CLIENT_ID"), base_url(request, settings) + "/console/signed-in")


def _page(
    request: Request,
    settings: Settings,
    status: int,
    title: str,
    tell: str,
    links: list[tuple[str, str]],
    cookies: tuple[str, ...] = (),
) -> Answer:
    language = language_of(request, settings)
    return alone(request, language, status, title=title, tell=tell, links=links, cookies=cookies)


def _issuer_away(request: Request, settings: Settings, error: IdentityUnavailable) -> Flow[Answer]:
    yield from call(Ambient.report, "sign_in_unavailable", {"request": request.id, "why": str(error)})
    again = [("/console/sign-in", "try_again")]
    return _page(request, settings, 503, "sign_in_away", "sign_in_away_tell", again)


def _not_let_in(request: Request, settings: Settings, refused: NotSignedIn, cookies: tuple[str, ...]) -> Flow[Answer]:
    """Who is unknown sees whom to ask, and nothing else."""
    yield from call(Ambient.report, "console_sign_in_refused", {"request": request.id, "why": str(refused.why)})
    tell = _TELLS.get(refused.why, "sign_in_again_tell")
    status = 403 if refused.why in _ASK_ADMIN else 400
    again = [(f"/console/sign-in?to={refused.to}", "sign_in")]
    return _page(request, settings, status, "not_let_in", tell, again, cookies)


def _which_shop(request: Request, settings: Settings, done: SignedIn) -> Flow[Answer]:
    doors: list[tuple[str, Html]] = []
    for owner in done.shops:
        shop = yield from call(Store.read_settings, owner)
        doors.append((f"/console/sign-in?shop={owner}&to={done.to}", html("{n}", n=shop.name if shop else owner)))
    language = language_of(request, settings)
    return choice(request, language, 200, title="which_shop", tell="which_shop_tell", doors=doors)
