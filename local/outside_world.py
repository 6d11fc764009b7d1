"""Everything that is not the gateway, on one port: Safaricom, phones, controls, start page, shop, sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from local import demo_shop, scenes, sign_in, start_page
from local.addresses import Addresses
from local.aws.bus_record import BusRecord
from local.clock import Clock
from local.daraja_simulator import pages
from local.daraja_simulator.app import create_app
from local.daraja_simulator.options import SimulatorOptions

if TYPE_CHECKING:
    import socket

BUS: web.AppKey[BusRecord] = web.AppKey("bus", BusRecord)


@dataclass
class OutsideWorld:
    """The running outside world."""

    runner: web.AppRunner

    async def stop(self) -> None:
        """Close the port."""
        await self.runner.cleanup()


def build(
    clock: Clock, options: SimulatorOptions, addresses: Addresses, facts: start_page.StartFacts, bus: BusRecord
) -> web.Application:
    """The application with all its parts."""
    app = create_app(clock, options)
    app[BUS] = bus
    pages.add_routes(app)
    console = start_page.DoorCard(addresses.gateway + "/console", "Console", "for the shop’s staff: choose who you are")
    start_page.add_routes(app, addresses, facts, [console])
    sign_in.add_routes(app, addresses, clock.now)
    demo_shop.add_routes(app, addresses)
    scenes.add_routes(app, addresses)
    app.router.add_get("/control/api/events", show_events)
    return app


async def open_to(listening: socket.socket, app: web.Application) -> OutsideWorld:
    """Serve on a bound socket."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return OutsideWorld(runner)


async def show_events(request: web.Request) -> web.Response:
    """`GET /control/api/events?after=<number>`: what the gateway put on its event bus, oldest first."""
    after = request.query.get("after", "0")
    if not after.isdecimal():
        return web.json_response({"message": "after must be a whole number."}, status=400)
    return web.json_response({"events": request.app[BUS].after(int(after))})
