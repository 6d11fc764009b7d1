"""The clock that simulator and local run share."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from local import clock as clock_module
from local.clock import Clock
from tests.own_loop import in_own_loop

if TYPE_CHECKING:
    import pytest


def test_work_that_sleeps_on_the_clock_does_not_hold_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that waits virtual seconds is woken by `advance`, which does not wait for it meanwhile."""
    monkeypatch.setattr(clock_module, "SETTLE_S_MAX", 3.0)

    async def story() -> list[float]:
        clock = Clock()
        clock.freeze()
        start = clock.now()
        woken: list[float] = []

        async def request() -> None:
            with clock.busy():
                await clock.sleep(20)
                woken.append(clock.now() - start)

        task = asyncio.create_task(request())
        await asyncio.sleep(0)
        await clock.advance(60)
        assert task.done()
        return woken

    began = time.monotonic()
    assert in_own_loop(story()) == [20.0]
    assert time.monotonic() - began < 3.0


def test_advance_waits_for_work_between_two_moments() -> None:
    """What falls due first is finished before time moves on to what falls due next."""

    async def story() -> list[str]:
        clock = Clock()
        clock.freeze()
        told: list[str] = []

        async def work(name: str, after_s: float) -> None:
            await clock.sleep(after_s)
            with clock.busy():
                told.append(f"{name} begins")
                await asyncio.sleep(0.02)
                told.append(f"{name} ends")

        tasks = [asyncio.create_task(work(name, after_s)) for name, after_s in (("second", 2), ("first", 1))]
        await asyncio.sleep(0)
        await clock.advance(10)
        await asyncio.gather(*tasks)
        return told

    assert in_own_loop(story()) == ["first begins", "first ends", "second begins", "second ends"]


def test_who_sleeps_has_as_long_to_wait_after_a_reset_as_before() -> None:
    """In order, and not until the clock is there again."""

    async def story() -> list[str]:
        clock, woken = Clock(), []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        clock.freeze()
        await clock.advance(86_400)
        tasks = [asyncio.create_task(sleeper(name, wait_s)) for name, wait_s in (("late", 40), ("soon", 20))]
        await asyncio.sleep(0)
        clock.reset()
        clock.freeze()
        await clock.advance(30)
        seen = list(woken)
        await clock.advance(30)
        await asyncio.gather(*tasks)
        return [*seen, "|", *woken]

    assert in_own_loop(story()) == ["soon", "|", "soon", "late"]


def test_reset_brings_real_time_back() -> None:
    """Neither moved nor frozen."""

    async def story() -> tuple[bool, float]:
        clock = Clock()
        clock.freeze()
        await clock.advance(86_400)
        clock.reset()
        return clock.frozen, clock.offset_s

    frozen, offset_s = in_own_loop(story())
    assert not frozen
    assert abs(offset_s) < 1
