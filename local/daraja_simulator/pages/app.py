"""The simulator's own pages. They hold no state: scripts read and change it over the control API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from local.daraja_simulator import stories
from local.daraja_simulator.faults import DEFAULT_DELAY_S, FAULTS_OF
from local.daraja_simulator.outcomes import table
from local.daraja_simulator.pages.site import SITE, Door, page, site_of, templates_in
from local.daraja_simulator.shortcodes import Shortcodes

if TYPE_CHECKING:
    from aiohttp import web

TEMPLATES = templates_in(Path(__file__).parent / "templates")


def add_routes(app: web.Application) -> None:
    """Add `/phones`, `/phones/{which}`, `/control` and `/magic`, with their doors in the black bar."""
    doors = (Door(20, "/phones", "Phones"), Door(30, "/control", "Control panel"))
    site_of(app).doors.extend(doors)
    app.router.add_get("/phones", show_phones)
    app.router.add_get("/phones/{which:[0-9]+}", show_phones)
    app.router.add_get("/control", show_control)
    app.router.add_get("/magic", show_magic)


async def show_phones(request: web.Request) -> web.Response:
    """The desk with phones, or one alone: `which` is its number (07…, 254…) or its place (1, 2, …)."""
    alone = request.match_info.get("which", "")
    return page(request, TEMPLATES.get_template("phones.html"), {"alone": alone})


async def show_control(request: web.Request) -> web.Response:
    """The control panel. The choices of faults are the simulator's own list."""
    values = {
        "faults_of": {call: sorted(faults) for call, faults in FAULTS_OF.items()},
        "delays": DEFAULT_DELAY_S,
        "shortcodes": Shortcodes().all,
        "rows": table(),
        "scenes": request.app[SITE].scenes,
    }
    return page(request, TEMPLATES.get_template("control.html"), values)


async def show_magic(request: web.Request) -> web.Response:
    """The magic numbers as tables, from the lists that decide them."""
    return page(request, TEMPLATES.get_template("magic.html"), {"rows": table(), "others": stories.table()})
