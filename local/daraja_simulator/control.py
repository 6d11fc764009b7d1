"""The control API under `/control/api`: clock, faults, traffic, outages, reset, the magic table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aiohttp import ClientError, ClientSession, web
from pydantic import AfterValidator, Field, model_validator
from yarl import URL

from local.daraja_simulator import control_books, control_money, control_orders, control_phones, outcomes, stories
from local.daraja_simulator.control_body import ControlBody, Number, no_such, query_number, read
from local.daraja_simulator.faults import FAULTS_OF
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.outbox import Message
from local.daraja_simulator.times import iso
from local.daraja_simulator.world import ResetWhat

if TYPE_CHECKING:
    from local.daraja_simulator.traffic import Entry
    from local.daraja_simulator.world import World

ADVANCE_S_MAX = 400 * 86_400.0
COUNT_MAX = 1_000_000


class ClockOrder(ControlBody):
    """One of: move on, stop, let run."""

    advance_s: float | None = Field(default=None, gt=0, le=ADVANCE_S_MAX)
    frozen: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ClockOrder:
        if self.advance_s is None and self.frozen is None:
            raise ValueError("give advance_s, frozen or both")
        return self


def _known_call(call: str) -> str:
    if call not in FAULTS_OF:
        raise ValueError(f"no such call here; there are {', '.join(FAULTS_OF)}")
    return call


class FaultOrder(ControlBody):
    """A fault to come. Without count and rate: every call, until it is removed."""

    call: Annotated[str, AfterValidator(_known_call)]
    fault: str
    phone: Number | None = None
    count: int | None = Field(default=None, ge=1, le=COUNT_MAX)
    rate: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0
    delay_s: float | None = Field(default=None, ge=0, le=ADVANCE_S_MAX)

    @model_validator(mode="after")
    def _call_can_suffer_it(self) -> FaultOrder:
        possible = sorted(FAULTS_OF[self.call])
        if self.fault not in possible:
            raise ValueError(f"{self.call} cannot suffer {self.fault}; it can suffer {', '.join(possible)}")
        return self


class DownOrder(ControlBody):
    """How long Daraja answers 503 to everything; 0 ends it."""

    seconds: float = Field(ge=0, le=ADVANCE_S_MAX)


class ResetOrder(ControlBody):
    """What to forget."""

    what: ResetWhat = "all"


def add_routes(app: web.Application) -> None:
    """All of `/control/api`."""
    routes = app.router
    routes.add_get("/control/api/clock", show_clock)
    routes.add_post("/control/api/clock", set_clock)
    routes.add_get("/control/api/faults", list_faults)
    routes.add_post("/control/api/faults", order_fault)
    routes.add_delete("/control/api/faults", remove_faults)
    routes.add_delete("/control/api/faults/{id:[0-9]+}", remove_fault)
    routes.add_get("/control/api/traffic", list_traffic)
    routes.add_post("/control/api/traffic/{id:[0-9]+}/replay", replay)
    routes.add_post("/control/api/down", take_down)
    routes.add_post("/control/api/reset", reset)
    routes.add_get("/control/api/magic", show_magic)
    control_phones.add_routes(app)
    control_books.add_routes(app)
    control_money.add_routes(app)
    control_orders.add_routes(app)
    routes.add_route("*", "/control/api/{rest:.*}", _nothing_here)


async def show_clock(request: web.Request) -> web.Response:
    """Virtual time, how far it is ahead of real time, and whether it stands still."""
    clock = request.app[WORLD].clock
    offset_s = round(clock.offset_s, 3)
    return web.json_response({"now": iso(clock.now()), "offset_s": offset_s, "frozen": clock.frozen})


async def set_clock(request: web.Request) -> web.Response:
    """Freeze or thaw first, then move on; answers when all that fell due on the way has happened."""
    order = await read(request, ClockOrder)
    clock = request.app[WORLD].clock
    if order.frozen is not None:
        (clock.freeze if order.frozen else clock.thaw)()
    if order.advance_s is not None:
        await clock.advance(order.advance_s)
    return await show_clock(request)


async def list_faults(request: web.Request) -> web.Response:
    """Faults that may still fire, and those that are used up."""
    ordered = request.app[WORLD].faults.all
    active = [fault.as_json() for fault in ordered if not fault.spent]
    spent = [fault.as_json() for fault in ordered if fault.spent]
    return web.json_response({"faults": active, "spent": spent})


async def order_fault(request: web.Request) -> web.Response:
    """Order a fault."""
    order = await read(request, FaultOrder)
    ordered = request.app[WORLD].faults.order(
        order.call,
        order.fault,
        phone=order.phone,
        count=order.count,
        rate=order.rate,
        seed=order.seed,
        delay_s=order.delay_s,
    )
    return web.json_response(ordered.as_json(), status=201)


async def remove_faults(request: web.Request) -> web.Response:
    """Take all orders back."""
    request.app[WORLD].faults.all.clear()
    return await list_faults(request)


async def remove_fault(request: web.Request) -> web.Response:
    """Take one order back."""
    if not request.app[WORLD].faults.remove(int(request.match_info["id"])):
        raise no_such("fault")
    return await list_faults(request)


async def list_traffic(request: web.Request) -> web.Response:
    """Calls in and out after an id, oldest first."""
    entries = request.app[WORLD].traffic.after(query_number(request, "after"))
    return web.json_response({"traffic": [entry.as_json() for entry in entries]})


async def replay(request: web.Request) -> web.Response:
    """Send a logged call again: an outgoing one to its address, an incoming one to this simulator."""
    world = request.app[WORLD]
    entry = world.traffic.find(int(request.match_info["id"]))
    if entry is None:
        raise no_such("call in the log")
    status = await (_replay_out(world, entry) if entry.direction == "out" else _replay_in(request, entry))
    return web.json_response({"status": status})


async def take_down(request: web.Request) -> web.Response:
    """Daraja answers 503 for some seconds of virtual time."""
    order = await read(request, DownOrder)
    world = request.app[WORLD]
    world.down_until_s = world.clock.now() + order.seconds
    return web.json_response({"down_until": iso(world.down_until_s) if order.seconds else None})


async def reset(request: web.Request) -> web.Response:
    """Forget everything or one part."""
    order = await read(request, ResetOrder)
    request.app[WORLD].reset(order.what)
    return web.json_response({"reset": order.what})


async def show_magic(_request: web.Request) -> web.Response:
    """The magic numbers, from the lists that decide them: of prompts with their ends, and of everything else."""
    return web.json_response({"rows": outcomes.table(), "others": stories.table()})


async def _replay_out(world: World, entry: Entry) -> int | None:
    strange = entry.source == world.options.stranger_source
    message = Message(entry.call, entry.url, {}, entry.phone or "", {}, strange=strange, raw=entry.request)
    reply = await world.outbox.post(message, f"replay of {entry.id}")
    return None if reply is None else reply.status


async def _replay_in(request: web.Request, entry: Entry) -> int | None:
    """With a fresh token. Status None: the connection was cut."""
    token = request.app[WORLD].tokens.issue()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "appKey": entry.app_key}
    url = request.url.origin().join(URL(entry.url))
    try:
        async with (
            ClientSession() as session,
            session.request(entry.method, url, data=entry.request.encode(), headers=headers) as response,
        ):
            return response.status
    except ClientError:
        return None


async def _nothing_here(_request: web.Request) -> web.Response:
    raise no_such("control call")
