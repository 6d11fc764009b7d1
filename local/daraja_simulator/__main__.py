"""`python -m local.daraja_simulator --port 7071`: the simulator alone, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import sys

from aiohttp import web

from local.clock import Clock
from local.daraja_simulator import pages
from local.daraja_simulator.app import create_app
from local.daraja_simulator.options import SimulatorOptions

HOST = "127.0.0.1"
PORT_USUAL = 7071


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted. Returns the process's exit status."""
    chosen = _parser().parse_args(arguments)
    options = SimulatorOptions(seed=chosen.seed, auto=chosen.auto, profile=chosen.profile)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(chosen.port, options))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"Port {chosen.port} is in use. Choose another with --port.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.daraja_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT_USUAL)
    parser.add_argument("--auto", action="store_true", help="ordinary phones pay by themselves")
    parser.add_argument("--seed", type=int, default=1, help="ids and receipts follow from it")
    parser.add_argument("--profile", choices=["local", "safaricom-sandbox"], default="local")
    return parser


async def _serve(port: int, options: SimulatorOptions) -> None:
    clock = Clock()
    app = create_app(clock, options)
    pages.add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        print(f"Daraja simulator on http://localhost:{port}: phones at /phones, control at /control")
        await clock.run()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
