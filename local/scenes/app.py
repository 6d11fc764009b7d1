"""`/control/api/scenes`: play a scene, see how far it is. One at a time; stopping it asks for no further payments.

Also the page `/events`, which shows what the gateway tells the world meanwhile.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import Field

from local.daraja_simulator.control_body import ControlBody, bad_request, conflict, read
from local.daraja_simulator.gate import WORLD
from local.daraja_simulator.pages.site import Door, SceneButton, page, site_of, templates_in
from local.demo_shop.gateway import GATEWAY, GatewayError, use_gateway
from local.scenes.casting import SCENES, Cue, Scene, cues, scene_of
from local.scenes.month import Diary, Month

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from local.addresses import Addresses
    from local.demo_shop.gateway import Gateway

HERE = Path(__file__).parent
TEMPLATES = templates_in(HERE / "templates")
AT_ONCE = 4
"""Payments that are asked for at the same time: as many as the gateway's function has workers here."""

PAYMENTS_MAX = 5_000
DAYS_MAX = 62
NEWS = ("stk_callback", "c2b_confirmation")


class SceneOrder(ControlBody):
    """Which scene; payments, days: another number of them. seed: the same payers again. wait: answer at its end."""

    scene: str
    payments: int | None = Field(default=None, ge=1, le=PAYMENTS_MAX, strict=True)
    days: int | None = Field(default=None, ge=1, le=DAYS_MAX, strict=True)
    seed: int | None = None
    wait: bool = False


@dataclass(slots=True)
class Play:
    """A scene that plays or has played."""

    scene: Scene
    seed: int
    total: int
    asked: int = 0
    refused: int = 0
    """Payments that the gateway did not take, or whose answer did not come."""
    running: bool = True
    diary: Diary = field(default_factory=Diary)

    def as_json(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "scene": self.scene.key,
            "words": self.scene.title,
            "seed": self.seed,
            "total": self.total,
            "asked": self.asked,
            "refused": self.refused,
            "running": self.running,
            **self.diary.as_json(),
        }


@dataclass(slots=True)
class Stage:
    """Where one scene at a time is played."""

    play: Play | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


STAGE: web.AppKey[Stage] = web.AppKey("stage", Stage)
CONSOLE: web.AppKey[str] = web.AppKey("console_of_the_stage", str)


def add_routes(app: web.Application, addresses: Addresses) -> None:
    """Add the control calls, the panel's buttons and the page of events. Call before the simulator's catch-all."""
    app[STAGE] = Stage()
    app[CONSOLE] = addresses.gateway + "/console"
    use_gateway(app, addresses)
    site_of(app).scenes.extend(SceneButton(scene.key, scene.title, scene.what) for scene in SCENES)
    site_of(app).doors.append(Door(35, "/events", "Events"))
    app.cleanup_ctx.append(_stop_with_the_world)
    app.router.add_static("/scenes/static", HERE / "static")
    app.router.add_get("/events", show_events)
    app.router.add_get("/control/api/scenes", show_scene)
    app.router.add_post("/control/api/scenes", play_scene)
    app.router.add_delete("/control/api/scenes", stop_scene)


async def show_events(request: web.Request) -> web.Response:
    """What the gateway told the world, newest first; the page's script reads it from the control API."""
    return page(request, TEMPLATES.get_template("events.html"), {})


async def show_scene(request: web.Request) -> web.Response:
    """What can be played, and what plays or played last."""
    play = request.app[STAGE].play
    can = [
        {"scene": one.key, "words": one.title, "what": one.what, "payments": one.payments, "days": one.days}
        for one in SCENES
    ]
    return web.json_response({"scenes": can, "play": play.as_json() if play else None})


async def play_scene(request: web.Request) -> web.Response:
    """Begin a scene; 202 at once, since it goes on by itself, or 200 at its end for who waits for that."""
    order = await read(request, SceneOrder)
    stage = request.app[STAGE]
    scene = scene_of(order.scene)
    if scene is None:
        raise bad_request(f"scene: no such scene; there are {', '.join(one.key for one in SCENES)}")
    if order.days and not scene.days:
        raise bad_request(f"days: no day passes in {scene.key}")
    if stage.play is not None and stage.play.running:
        raise conflict(f"“{stage.play.scene.title}” is playing. Stop it first, or wait.")
    seed = secrets.randbelow(1_000_000) if order.seed is None else order.seed
    total = order.payments or scene.payments
    stage.play = Play(replace(scene, payments=total, days=order.days or scene.days), seed, total)
    stage.task = asyncio.create_task(_play(request.app, stage.play))
    if order.wait:
        await asyncio.wait([stage.task])
    return web.json_response({"play": stage.play.as_json()}, status=200 if order.wait else 202)


async def stop_scene(request: web.Request) -> web.Response:
    """Ask for no further payments. Those that were asked for go on."""
    await _stop(request.app[STAGE])
    return await show_scene(request)


async def _play(app: web.Application, play: Play) -> None:
    for news in NEWS if play.scene.silent else ():
        app[WORLD].faults.order(news, "lost", count=play.total)
    everybody = cues(play.scene, play.seed)

    async def ask(some: Sequence[Cue]) -> None:
        waiting = list(reversed(some))
        async with asyncio.TaskGroup() as payers:
            for _ in range(AT_ONCE):
                payers.create_task(_payer(app[GATEWAY], play, waiting))

    try:
        if play.scene.days:
            month = Month(app[WORLD], app[GATEWAY], app[CONSOLE], play.seed, play.diary)
            await month.play(play.scene.days, everybody, ask)
        else:
            await ask(everybody)
    finally:
        play.running = False


async def _payer(gateway: Gateway, play: Play, waiting: list[Cue]) -> None:
    """Asks for one payment after the other until none waits."""
    while waiting:
        cue = waiting.pop()
        play.asked += 1
        key = f"scene-{play.scene.key}-{play.seed}-{play.asked}"
        try:
            await gateway.create_payment(key, {"amount": cue.amount_kes, "phone": cue.phone, "order": key})
        except GatewayError:
            play.refused += 1


async def _stop(stage: Stage) -> None:
    if stage.task is not None:
        stage.task.cancel()
        await asyncio.gather(stage.task, return_exceptions=True)


async def _stop_with_the_world(app: web.Application) -> AsyncIterator[None]:
    yield
    await _stop(app[STAGE])
