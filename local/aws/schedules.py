"""Schedules on the local clock.

While time is moved by hand, ticks that would find nothing to do are skipped: a handler may answer
`{"next_due_at_ms": n}` (milliseconds since the epoch, or null for nothing at all), and as long as no other
function has done anything since, ticks before that moment change nothing. As real time passes every tick is played.
"""

from __future__ import annotations

import asyncio
import json
import math
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from local.aws.function_spec import EventSource, FunctionSpec
from local.aws.functions import FunctionHost
from local.aws.invocation import Outcome
from local.aws.known_properties import refuse_unknown
from local.aws.names import ACCOUNT, REGION, arn
from local.aws.timetables import timetable_of
from local.aws.waits import first_of
from local.clock import Clock

PROPERTIES = {"Schedule", "Enabled", "Input", "Name", "Description"}

AsyncInvoke = Callable[[FunctionSpec, bytes], Awaitable[Outcome]]


class Schedule:
    """One schedule of one function."""

    def __init__(
        self, spec: FunctionSpec, source: EventSource, host: FunctionHost, clock: Clock, invoke: AsyncInvoke
    ) -> None:
        place = f"{spec.logical_id}.Events.{source.name}"
        refuse_unknown(source.properties, PROPERTIES, place)
        self.enabled = bool(source.properties.get("Enabled", True))
        self._timetable = timetable_of(source.properties["Schedule"], place)
        self._input = source.properties.get("Input")
        self._rule = arn("events", f"rule/{spec.name}-{source.name}")
        self._spec = spec
        self._clock = clock
        self._invoke = invoke
        self._idle_until_s: float | None = None
        """No tick before this moment finds work; None when that is not known."""
        self._others = 0
        self._stirred = asyncio.Event()
        host.on_invoked(self._other_invoked)
        clock.on_change(self._stirred.set)

    async def run(self) -> None:
        """Play ticks until cancelled. Missed ticks are not made up."""
        tick_s = self._timetable.first(self._clock.now())
        while True:
            tick_s = await self._reach_tick(tick_s)
            await self._play(tick_s)
            tick_s = self._tick_after(tick_s)

    async def _play(self, tick_s: float) -> None:
        before = self._others
        outcome = await self._invoke(self._spec, self._event(tick_s))
        undisturbed = self._others == before + (not found_nothing(outcome))
        self._idle_until_s = told_idle_until_s(outcome) if undisturbed else None

    async def _reach_tick(self, tick_s: float) -> float:
        """Wait for the tick, or for the first later one that may find work if time is moved past it."""
        while True:
            self._stirred.clear()
            seen = self._others
            tick_s = min(tick_s, self._timetable.first(self._clock.now()))  # the clock may have been put back
            wanted_s = self._wanted_tick(tick_s)
            slept, passed, _ = await first_of(
                self._clock.sleep_until(wanted_s), self._pass_really(tick_s), self._stirred.wait()
            )
            if (slept or passed) and self._clock.now() >= tick_s:
                return self._last_passed(tick_s)
            if self._clock.now() >= tick_s and self._idle_until_s is not None:
                tick_s = self._tick_after(tick_s)
            if self._others != seen:
                self._idle_until_s = None

    def _wanted_tick(self, tick_s: float) -> float:
        if self._idle_until_s is None or self._idle_until_s <= tick_s:
            return tick_s
        if math.isinf(self._idle_until_s):
            return math.inf
        return self._timetable.at_or_after(tick_s, self._idle_until_s)

    def _last_passed(self, tick_s: float) -> float:
        """The last tick that is not in the future."""
        while (following_s := self._timetable.following(tick_s)) <= self._clock.now():
            tick_s = following_s
        return tick_s

    def _tick_after(self, tick_s: float) -> float:
        return self._timetable.following(self._last_passed(tick_s))

    async def _pass_really(self, tick_s: float) -> None:
        """Wait for the tick by a clock on the wall; moving the local clock does not end this early."""
        await asyncio.sleep(math.inf if self._clock.frozen else max(0.0, tick_s - self._clock.now()))

    def _other_invoked(self, _spec: FunctionSpec, outcome: Outcome) -> None:
        if found_nothing(outcome):
            return
        self._others += 1
        self._stirred.set()

    def _event(self, tick_s: float) -> bytes:
        if self._input is not None:
            return str(self._input).encode()
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": datetime.fromtimestamp(tick_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [self._rule],
            "detail": {},
        }
        return json.dumps(event).encode()


def found_nothing(outcome: Outcome) -> bool:
    """Whether a handler told of its next work and of nothing that it did: all its counts are 0."""
    if told_idle_until_s(outcome) is None:
        return False
    counts = {name: value for name, value in outcome.value().items() if name != "next_due_at_ms"}
    return bool(counts) and not any(counts.values())


def told_idle_until_s(outcome: Outcome) -> float | None:
    """What a handler told of its next work: seconds since the epoch, infinity for none, None if it told nothing."""
    if outcome.failed:
        return None
    value = outcome.value()
    if not isinstance(value, dict) or "next_due_at_ms" not in value:
        return None
    next_due_at_ms = value["next_due_at_ms"]
    return math.inf if next_due_at_ms is None else next_due_at_ms / 1000
