"""Starts and stops the local world: backing services, functions, HTTP APIs, and the world outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from local import outside_world
from local.addresses import Addresses
from local.aws.errors import StartError
from local.aws.stack import Stack
from local.aws.template import read_template
from local.clock import Clock
from local.daraja_simulator.options import Profile, SimulatorOptions
from local.first_settings import (
    ROOT,
    StackAddress,
    introduce,
    prepare,
    shop_origins,
)
from local.greeting import greeting
from local.ports import EVERYWHERE, LOOPBACK, Taken, address_in_wifi, take_ports
from local.run_file import (
    count_start,
    keep_offset,
    kept_offset_s,
    lock_folder,
    remove_run_file,
    write_run_file,
)
from local.start_page import StartFacts

STAGE = "local"
WIDE = "1000000"
"""Limits against too many prompts would stand in the way of trying things."""
READY_S_MAX = 60.0
PROBE_EVERY_S = 0.05
API_OF_DOOR = {"gateway": "ShopApi", "callback": "CallbackApi"}


@dataclass(frozen=True)
class Options:
    """What may be chosen on the command line."""

    folder: Path = ROOT / ".local"
    auto: bool = False
    listen_lan: bool = False
    seed: int | None = None
    """Of the simulator. None: another one at each start in a folder, since its payments outlive the simulator."""

    profile: Profile = "local"


@dataclass(frozen=True)
class Running:
    """A local world that is ready."""

    addresses: Addresses
    stack: Stack
    clock: Clock
    ports: Mapping[str, Taken]
    ready_s: float


def template_parameters(ports: Mapping[str, Taken]) -> dict[str, str]:
    """Parameters of the template that differ from its defaults on this machine."""
    return {
        "Stage": STAGE,
        "DarajaBaseUrl": f"http://{LOOPBACK}:{ports['outside'].port}",
        "CallbackBaseUrl": f"http://{LOOPBACK}:{ports['callback'].port}",
        "ShopBaseUrl": f"http://localhost:{ports['gateway'].port}",
        "SourceAddresses": LOOPBACK,
        "PromptsPer10Minutes": WIDE,
        "PromptsPerDay": WIDE,
        "PromptsPerAddress": WIDE,
        "PaymentsPerLink": WIDE,
        "EqualAmountPauseS": "0",
        "NoAnswerPausesS": "0",
        "QueriesPerMinute": "6000",
        "WebhookLoopback": "true",
        "AuditBatchSeconds": "2",
        "OidcIssuer": f"http://localhost:{ports['outside'].port}/sign-in",
        "OidcClientId": "gateway-console",
    }


@contextlib.asynccontextmanager
async def local_world(options: Options) -> AsyncIterator[Running]:
    """Start everything; on leaving, stop everything. Raises LocalStackError."""
    began_s = time.monotonic()
    async with contextlib.AsyncExitStack() as last_to_first:
        lock = lock_folder(options.folder)
        last_to_first.callback(lock.close)
        last_to_first.callback(remove_run_file, options.folder)
        ports = take_ports(os.environ, outside_host=EVERYWHERE if options.listen_lan else LOOPBACK)
        for taken in ports.values():
            last_to_first.callback(taken.socket.close)
        clock = Clock(kept_offset_s(options.folder))
        clock.on_change(lambda: keep_offset(options.folder, clock.offset_s))
        await _keep_running(clock, last_to_first)
        stack = await _start_stack(options, ports, clock, last_to_first)
        origins = shop_origins(f"http://localhost:{ports['outside'].port}", os.environ)
        webhook = f"http://{LOOPBACK}:{ports['outside'].port}/shop/webhooks"
        made = await prepare(_address_of(stack), options.folder.resolve(), origins, webhook)
        addresses = _addresses(ports, made)
        facts = await _open_outside(options, stack, addresses, ports, last_to_first)
        await _until_ready(addresses)
        facts.ready_s = time.monotonic() - began_s
        write_run_file(options.folder, _told(stack, addresses, made))
        yield Running(addresses, stack, clock, ports, facts.ready_s)


async def _keep_running(clock: Clock, last_to_first: contextlib.AsyncExitStack) -> None:
    runner = asyncio.create_task(clock.run())

    async def stop() -> None:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)

    last_to_first.push_async_callback(stop)


async def _start_stack(
    options: Options, ports: Mapping[str, Taken], clock: Clock, last_to_first: contextlib.AsyncExitStack
) -> Stack:
    template = read_template(ROOT / "template.yaml", template_parameters(ports))
    stack = Stack(template, options.folder, clock)
    last_to_first.push_async_callback(stack.stop)
    await stack.start({api: ports[door].socket for door, api in API_OF_DOOR.items()})
    return stack


def _addresses(ports: Mapping[str, Taken], made: Mapping[str, str]) -> Addresses:
    return Addresses(
        gateway=f"http://localhost:{ports['gateway'].port}",
        outside=f"http://localhost:{ports['outside'].port}",
        callback=f"http://localhost:{ports['callback'].port}",
        secret_key=made["secret_key"],
        publishable_key=made["publishable_key"],
        webhook_secret=made["webhook_secret"],
    )


async def _open_outside(
    options: Options,
    stack: Stack,
    addresses: Addresses,
    ports: Mapping[str, Taken],
    last_to_first: contextlib.AsyncExitStack,
) -> StartFacts:
    seed = count_start(options.folder) if options.seed is None else options.seed
    simulator = SimulatorOptions(seed=seed, auto=options.auto, profile=options.profile)
    facts = StartFacts(version=str(stack.template.parameters["GatewayVersion"]), seed=seed)
    app = outside_world.build(stack.clock, simulator, addresses, facts, stack.bus)
    world = await outside_world.open_to(ports["outside"].socket, app)
    last_to_first.push_async_callback(world.stop)
    await introduce(
        _address_of(stack),
        f"http://{LOOPBACK}:{ports['outside'].port}",
        f"http://{LOOPBACK}:{ports['callback'].port}",
    )
    return facts


def _address_of(stack: Stack) -> StackAddress:
    names, outputs = stack.template.names, stack.template.outputs
    return StackAddress(
        stack.endpoint_url,
        names.name("PaymentsTable"),
        str(outputs["ParameterPrefix"]),
        str(outputs["AuditBucketName"]),
    )


def _told(stack: Stack, addresses: Addresses, made: Mapping[str, str]) -> dict[str, Any]:
    return {
        "gateway": addresses.gateway,
        "outside": addresses.outside,
        "callback": addresses.callback,
        "control": f"{addresses.outside}/control/api",
        **made,
        "aws": _address_of(stack).told(),
        "pid": os.getpid(),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "ready": True,
    }


async def _until_ready(addresses: Addresses) -> None:
    """Ask each door until it answers; the gateway's own health must be good."""
    probes = (f"{addresses.gateway}/health", f"{addresses.outside}/control/api/clock")
    deadline_s = time.monotonic() + READY_S_MAX
    async with aiohttp.ClientSession() as session:
        for probe in probes:
            while not await _answers(session, probe):
                if time.monotonic() > deadline_s:
                    raise StartError(f"{probe} does not answer as it should; see .local/logs/.")
                await asyncio.sleep(PROBE_EVERY_S)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False


async def serve(options: Options) -> None:
    """Run until Ctrl-C or a signal to end."""
    ending = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(one, ending.set)
    starting = asyncio.create_task(_serve_until(options, ending))
    ended = asyncio.create_task(ending.wait())
    await asyncio.wait({starting, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    await starting


async def _serve_until(options: Options, ending: asyncio.Event) -> None:
    async with local_world(options) as running:
        wifi = f"http://{address_in_wifi()}:{running.ports['outside'].port}" if options.listen_lan else ""
        folder = "" if options.folder == Options.folder else str(options.folder)
        print(greeting(running.addresses, running.ready_s, running.ports.values(), wifi, folder), flush=True)
        await ending.wait()
        print("\nStopping …", flush=True)
