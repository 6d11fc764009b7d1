"""What stands before every page of the console: who asks, whether the role may, and whether a form is our own.

A page is a flow from a `Visit`. Whatever fails on the way is told as a page, with the number of the request.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from gateway import security
from gateway.domain.sessions import Session
from gateway.domain.staff import Right
from gateway.flows.sessions import Visitor, visitor_of
from gateway.flows.sign_in import our_page
from gateway.ports import Ambient, Call, Flow, Keys, Performer, PortError, Secrets, Store, call, run
from gateway.settings import SettingMissing, Settings
from gateway.web.checkout.markup import html
from gateway.web.console.cookies import LANGUAGE, SESSION, Cookies
from gateway.web.console.layout import HOME, alone, refusal, see_other
from gateway.web.console.uploads import fields_of
from gateway.web.console.visit import Visit
from gateway.web.errors import ApiError
from gateway.web.http import Answer, Request
from gateway.web.origins import origin_of
from gateway.web.routes import BY_KEY
from gateway.wording import Language, chosen_language

Page = Callable[[Visit], Flow[Answer]]
OpenPage = Callable[[Request, Settings], Flow[Answer]]
Shown = Callable[[Request, Performer], Answer]
"""A page as `serve` takes it."""

TRACE_LINES = 4


class NotHere(Exception):
    """What the address names is not there, or not this shop's: told in the same words."""


def guarded(pages: Mapping[str, Page], open_pages: Mapping[str, OpenPage]) -> dict[str, Shown]:
    """The pages by route key, each behind its guard. open_pages: for who is not signed in."""
    behind = {key: _behind_guard(page) for key, page in pages.items()}
    return behind | {key: _open(page) for key, page in open_pages.items()}


def _behind_guard(page: Page) -> Shown:
    def shown(request: Request, world: Performer) -> Answer:
        return _answered(request, world, _admitted(request, Settings(), page))

    return shown


def _open(page: OpenPage) -> Shown:
    def shown(request: Request, world: Performer) -> Answer:
        return _answered(request, world, page(request, Settings()))

    return shown


def _admitted(request: Request, settings: Settings, page: Page) -> Flow[Answer]:
    """The page, if this person may see it."""
    visitor = yield from _visitor(request, settings)
    if visitor is None:
        return _to_sign_in(request)
    visit = yield from _visit_of(request, settings, visitor)
    right = BY_KEY[request.route_key].right
    if request.method != "GET" and not _is_our_form(visit):
        return refusal(visit, 403, "form_old", "form_old_tell")
    if right is None or not visitor.may(right):
        yield from call(Ambient.report, "console_refused", {"person": visitor.person, "route": request.route_key})
        return refusal(visit, 403, "no_right", "no_right_tell")
    try:
        return (yield from page(visit))
    except (NotHere, ApiError):
        return refusal(visit, 404, "not_there", "not_there_tell")


def _visitor(request: Request, settings: Settings) -> Flow[Visitor | None]:
    secret = Cookies(request, settings).read(SESSION)
    return (yield from visitor_of(secret)) if secret else None


def _visit_of(request: Request, settings: Settings, visitor: Visitor) -> Flow[Visit]:
    keys: Keys = yield from call(Secrets.read_keys)
    shop = yield from call(Store.read_settings, visitor.owner)
    return Visit(
        request=request,
        settings=settings,
        visitor=visitor,
        shop=shop,
        keys=keys,
        form_token=form_token(keys, visitor.session),
        language=language_of(request, settings),
    )


def form_token(keys: Keys, session: Session) -> str:
    """What the forms of this sign-in carry."""
    return security.signature(keys.client_token, "console-form", session.hash)


def form_token_fits(keys: Keys, session: Session, token: str) -> bool:
    """Whether a form of this sign-in carries it."""
    return security.signature_fits(keys.client_token, token, "console-form", session.hash)


def _is_our_form(visit: Visit) -> bool:
    """Sent by a page of ours, made for this very sign-in."""
    token = fields_of(visit.request).get("token", "")
    return form_token_fits(visit.keys, visit.visitor.session, token) and came_from_us(visit.request, visit.settings)


def came_from_us(request: Request, settings: Settings) -> bool:
    """Whether a browser says that a page of ours sent this. One that says nothing is not believed."""
    ours = {origin_of(request.origin_of_host), origin_of(base_url(request, settings))}
    origin = origin_of(request.header("origin") or "")
    return origin is not None and origin in ours


def _to_sign_in(request: Request) -> Answer:
    """To the sign-in, and back to this page after it; a form that came too late leads home."""
    wanted = our_page(request.path) if request.method == "GET" else HOME
    return see_other(f"/console/sign-in?to={wanted}")


def base_url(request: Request, settings: Settings) -> str:
    """Our public address without a slash at the end: the setting, or the host under which we are called."""
    try:
        return settings.text("SHOP_BASE_URL").rstrip("/")
    except SettingMissing:
        return request.origin_of_host


def language_of(request: Request, settings: Settings) -> Language:
    """`?lang=`, the language chosen before, the browser's."""
    return chosen_language(
        wanted=request.one("lang"),
        asked=Cookies(request, settings).read(LANGUAGE),
        accepted=request.header("accept-language") or "",
        default="en",
    )


def _answered(request: Request, world: Performer, flow: Flow[Answer]) -> Answer:
    """The flow's answer; where the world fails, or we do, a page that says so and nothing else."""
    try:
        return run(flow, world)
    except PortError as error:
        _report(world, "storage_unavailable", {"request": request.id, "why": type(error).__name__})
        return _failed(request, 503, "away")
    except Exception as error:  # noqa: BLE001  a person gets a page, the operator the place
        frames = traceback.extract_tb(error.__traceback__)[-TRACE_LINES:]
        places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        _report(world, "handler_failed", {"request": request.id, "error": type(error).__name__, "place": places})
        return _failed(request, 500, "our_fault")


def _report(world: Performer, name: str, fields: Mapping[str, object]) -> None:
    world.perform(Call("Ambient", Ambient.report.__name__, (name, fields)))


def _failed(request: Request, status: int, what: str) -> Answer:
    """What went wrong; to try again is offered where nothing was sent."""
    again = our_page(request.path) if request.method == "GET" else HOME
    language = language_of(request, Settings())
    return alone(request, language, status, title=what, tell=f"{what}_tell", links=[(again, "try_again")])


def fresh_sign_in(visit: Visit, to: str, tell: str = "sign_in_anew_tell") -> Answer:
    """Asks for a sign-in anew, and leads back. A link and no redirect, since this may answer a form. tell: a key."""
    link = html(
        '<a class="button" href="/console/sign-in?fresh=yes&amp;to={to}">{t}</a>', to=to, t=visit.say("sign_in_anew")
    )
    return refusal(visit, 403, "sign_in_anew", tell, link)


def needs_right(visit: Visit, right: Right) -> None:
    """For pages whose acts differ in the right that they take. Raises NotHere."""
    if not visit.may(right):
        raise NotHere
