"""Seconds of a machine that nobody else uses: limits in them do not blame a run for what others do beside it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TICK_S = 5


def share(load: float, processors: int) -> float:
    """What part of the processors falls to each of those who want one. load: how many want one, us included."""
    return min(1.0, processors / load) if load > 0 else 1.0


def share_now() -> float:
    """The same, of the last minute on this machine."""
    return share(os.getloadavg()[0], os.cpu_count() or 1)


class Stopwatch:
    """Counts seconds of a free machine from now on."""

    def __init__(self) -> None:
        self._counted_s = 0.0
        self._looked_s = time.monotonic()

    def seconds(self) -> float:
        """How many have passed. What passed since the last look counts as busy as it is now, so look now and then."""
        now_s = time.monotonic()
        self._counted_s += (now_s - self._looked_s) * share_now()
        self._looked_s = now_s
        return self._counted_s


class Patience:
    """So many seconds of a free machine; on a busy one they last longer."""

    def __init__(self, seconds: float) -> None:
        self._most_s = seconds
        self._watch = Stopwatch()

    def is_over(self) -> bool:
        """Whether they have passed. Look now and then."""
        return self._watch.seconds() >= self._most_s


class TimeIsUp(Exception):
    """The whole of it took too long."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in here after so many seconds of a free machine."""
    patience = Patience(seconds)

    def look(_: int, __: FrameType | None) -> None:
        if patience.is_over():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise TimeIsUp

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
