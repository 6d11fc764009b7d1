"""What every page of the outside world shares: frame, navigation, styles, security headers.

The start page and the demo shop use it too. Which doors stand in the black bar depends on
what was added to the application, so the simulator also looks whole when it runs alone.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
EAT = dt.timezone(dt.timedelta(hours=3), "EAT")


class Door(NamedTuple):
    """A link in the black bar. `rank` orders the bar from left to right."""

    rank: int
    address: str
    words: str


class SceneButton(NamedTuple):
    """A button of the control panel that lets many payers play. `key`: the scene's name in the control API."""

    key: str
    words: str
    what: str


class Site(NamedTuple):
    """What one application has of the outside world, filled by each `add_routes`."""

    doors: list[Door]
    scenes: list[SceneButton]
    form_targets: list[str]
    """Origins that a form may lead to besides our own (a redirect counts as well)."""


SITE: web.AppKey[Site] = web.AppKey("outside_site", Site)

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def site_of(app: web.Application) -> Site:
    """The application's site; made, with the shared styles and scripts, when first asked for."""
    if SITE not in app:
        app[SITE] = Site(doors=[], scenes=[], form_targets=[])
        app.router.add_static("/outside", HERE / "static")
        app.on_response_prepare.append(_ask_again_for_files)
    return app[SITE]


async def _ask_again_for_files(_request: web.Request, response: web.StreamResponse) -> None:
    """A browser must not mix an old script with a new page; asking whether it changed costs nothing here."""
    if isinstance(response, web.FileResponse):
        response.headers.setdefault("Cache-Control", "no-cache")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")


def templates_in(folder: Path) -> jinja2.Environment:
    """Templates of `folder`, with the shared frame and parts behind them. Escapes, and refuses gaps."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, HERE / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(money=money, code=code, clock_time=clock_time)
    return environment


def money(amount_kes: int) -> Markup:
    """1500 → «KSh 1,500», never broken over two lines."""
    return Markup('<span class="money">KSh&nbsp;{:,}</span>').format(amount_kes)


def code(receipt: str) -> Markup:
    """An M-PESA code in groups of 3-3-4 that still copies as one word."""
    groups = Markup("").join(Markup("<i>{}</i>").format(part) for part in _groups(receipt))
    return Markup('<span class="code">{}</span>').format(groups)


def _groups(receipt: str) -> list[str]:
    return [part for part in (receipt[:3], receipt[3:6], receipt[6:]) if part]


def clock_time(moment: str) -> str:
    """`2026-03-02T09:15:09Z` → `12:15:09`, Nairobi time."""
    return dt.datetime.fromisoformat(moment).astimezone(EAT).strftime("%H:%M:%S")


def page(
    request: web.Request, template: jinja2.Template, values: Mapping[str, object], *, status: int = 200
) -> web.Response:
    """Render `template` in the frame of the outside world, with headers that allow only our own parts."""
    site = request.app[SITE]
    frame = {"doors": sorted(site.doors), "here": request.path, **values}
    headers = {**SECURITY_HEADERS, "Content-Security-Policy": _policy(site.form_targets)}
    body = template.render(frame)
    return web.Response(text=body, content_type="text/html", headers=headers, status=status)


def _policy(form_targets: list[str]) -> str:
    targets = " ".join(["'self'", *(str(escape(target)) for target in form_targets)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
