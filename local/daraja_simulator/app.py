"""The simulator as an application: Daraja's paths and the control API over one world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from local.daraja_simulator import control, gate
from local.daraja_simulator.control_body import forbidden
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.options import SimulatorOptions
from local.daraja_simulator.world import World

if TYPE_CHECKING:
    from local.clock import Clock

__all__ = ["WORLD", "create_app"]

BODY_BYTES_MAX = 1_000_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(clock: Clock, options: SimulatorOptions | None = None) -> web.Application:
    """Everything but pages. The caller runs `clock.run()`; `app[WORLD]` is the engine.

    Other routes may be added before the application starts.
    """
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[_same_origin])
    app[WORLD] = World(clock, options or SimulatorOptions())
    gate.add_routes(app)
    control.add_routes(app)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    await app[WORLD].close()


@web.middleware
async def _same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A web page from elsewhere that is open in the same browser must not steer this world."""
    if request.path.startswith("/control/") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise forbidden("Another site may not use the control API.")
    return await handler(request)
