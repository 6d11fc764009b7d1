"""One clock for the whole local world: real time plus an offset, which can be frozen and moved.

Everything that waits (a phone's hesitation, a late callback, a minute schedule, a queue's delay)
waits here, so that "+1 day" plays what is due in order and takes seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator

SETTLE_S_MAX = 60.0
"""Real seconds that one step of `advance` waits for work in progress."""
QUIET_ROUNDS = 5
"""Looks, a millisecond apart, that must find nothing in progress before time moves on."""


def _current_task() -> asyncio.Task[object] | None:
    return asyncio.current_task()


class Clock:
    """Virtual time. `now` may be read from any thread; the rest belongs to one event loop.

    offset_s: how far ahead of real time it starts.
    """

    def __init__(self, offset_s: float = 0.0) -> None:
        self._offset_s = offset_s
        self._frozen_at_s: float | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._busy: Counter[asyncio.Task[object] | None] = Counter()
        self._changed = asyncio.Event()
        self._advancing = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._put_back: list[Callable[[float], None]] = []

    def now(self) -> float:
        """Seconds since the epoch, virtual."""
        if self._frozen_at_s is not None:
            return self._frozen_at_s
        return time.time() + self._offset_s

    @property
    def offset_s(self) -> float:
        """Virtual minus real time, in seconds."""
        return self.now() - time.time()

    @property
    def frozen(self) -> bool:
        """True while time stands still."""
        return self._frozen_at_s is not None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each jump, freeze or thaw."""
        self._listeners.append(listener)

    def on_put_back(self, listener: Callable[[float], None]) -> None:
        """Call `listener` with the seconds by which `reset` put the clock back."""
        self._put_back.append(listener)

    def freeze(self) -> None:
        """Stop time until `thaw`; `advance` still moves it."""
        if self._frozen_at_s is None:
            self._frozen_at_s = self.now()
            self._announce()

    def thaw(self) -> None:
        """Let time run on from where it stood."""
        if self._frozen_at_s is not None:
            self._offset_s = self._frozen_at_s - time.time()
            self._frozen_at_s = None
            self._announce()

    def reset(self) -> None:
        """Back to real time. Whoever sleeps has as long to wait as before."""
        back_s = self.offset_s
        self._offset_s = 0.0
        self._frozen_at_s = None
        self._sleepers = [(at_s - back_s, order, woken) for at_s, order, woken in self._sleepers]
        for listener in self._put_back:
            listener(back_s)
        self._announce()

    async def sleep(self, seconds: float) -> None:
        """Wait virtual seconds."""
        await self.sleep_until(self.now() + seconds)

    async def sleep_until(self, at_s: float) -> None:
        """Wait until the virtual time `at_s`."""
        if at_s <= self.now():
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at_s, next(self._order), woken))
        self._changed.set()
        with self.resting(_current_task()):
            await woken

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Mark work in progress (a request, an invocation): `advance` waits for it between steps.

        Work that sleeps on this clock does not count meanwhile, or time could not move to wake it.
        """
        task = _current_task()
        self._busy[task] += 1
        try:
            yield
        finally:
            self._leave(task, 1)

    @contextlib.contextmanager
    def resting(self, task: asyncio.Task[object] | None) -> Iterator[None]:
        """What this task is busy with waits for the clock itself: meanwhile it does not count."""
        depth = self._busy[task]
        self._leave(task, depth)
        try:
            yield
        finally:
            if depth:
                self._busy[task] = depth

    def _leave(self, task: asyncio.Task[object] | None, levels: int) -> None:
        self._busy[task] -= levels
        if self._busy[task] <= 0:
            del self._busy[task]

    async def advance(self, seconds: float) -> None:
        """Jump forward, waking sleepers in order of time and letting each finish what it starts."""
        async with self._advancing:
            target_s = self.now() + seconds
            await self._settle()
            while (woken_at_s := self._next_wake_s()) is not None and woken_at_s <= target_s:
                self._jump_to(woken_at_s)
                self._wake_due()
                await self._settle()
            self._jump_to(target_s)
            self._wake_due()
            await self._settle()

    async def run(self) -> None:
        """Wake sleepers as real time passes. Runs for the life of the loop."""
        while True:
            self._changed.clear()
            self._wake_due()
            next_s = self._next_wake_s()
            wait_s = None if next_s is None or self.frozen else max(0.0, next_s - self.now())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    def _next_wake_s(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _wake_due(self) -> None:
        while (at_s := self._next_wake_s()) is not None and at_s <= self.now():
            heapq.heappop(self._sleepers)[2].set_result(None)

    def _jump_to(self, at_s: float) -> None:
        if at_s <= self.now():
            return
        if self._frozen_at_s is not None:
            self._frozen_at_s = at_s
        else:
            self._offset_s = at_s - time.time()
        self._announce()

    def _announce(self) -> None:
        self._changed.set()
        for listener in self._listeners:
            listener()

    async def _settle(self) -> None:
        """Wait (real time, bounded) until what was woken has come to rest."""
        deadline_s = time.monotonic() + SETTLE_S_MAX
        quiet_rounds = 0
        while quiet_rounds < QUIET_ROUNDS and time.monotonic() < deadline_s:
            await asyncio.sleep(0.001)
            quiet_rounds = 0 if self._busy else quiet_rounds + 1
