"""Limits of `make load` are counted in seconds of a free machine, so that a busy one does not break promises."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.load.__main__ import OF_FUNCTIONS, OVER_HTTP, VIRTUAL, _left_out
from tests.load.machine_time import Patience, TimeIsUp, share, stopped_after


@pytest.mark.parametrize(
    ("load", "processors", "expected"),
    [(0.0, 2, 1.0), (1.5, 2, 1.0), (2.0, 2, 1.0), (20.0, 2, 0.1)],
    ids=["idle", "free", "just full", "ten times too much"],
)
def test_processors_are_shared_by_all_who_want_one(load: float, processors: int, expected: float) -> None:
    assert expected == share(load, processors)


@pytest.mark.parametrize(("load", "over"), [(1.0, True), (20.0, False)], ids=["free", "busy"])
def test_ten_seconds_of_a_busy_machine_are_less_than_ten_seconds(
    load: float, over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    assert over == Patience(10).is_over()


def test_a_run_that_takes_too_long_is_stopped_and_no_alarm_follows() -> None:
    with pytest.raises(TimeIsUp), stopped_after(0):
        signal.raise_signal(signal.SIGALRM)

    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_REAL)


def test_a_run_that_is_in_time_is_not_stopped() -> None:
    with stopped_after(3_600):
        signal.raise_signal(signal.SIGALRM)

    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_REAL)


def test_what_was_left_out_is_named_and_does_not_hold() -> None:
    every = [test.__name__ for test in (*sum(VIRTUAL, ()), *OF_FUNCTIONS, *OVER_HTTP)]

    told = _left_out(every[:-2])

    assert (False, "time was up, left out: flood, stalled_consumer") == (told.holds, told.found)
