"""One shared pace for all that hands money over, so that a list of payouts goes out evenly."""

from __future__ import annotations

from gateway.domain.policy import MINUTE_MS
from gateway.flows.keep import PAUSE_MS_MAX, pause_with_jitter
from gateway.ports import Ambient, Flow, Pace, Store, call

PACE = "money_out"
ROUNDS_MAX = 12
PATIENCE_MS = 3_000
"""A turn that comes within this time is waited for."""

AHEAD_MS_MAX = 2 * MINUTE_MS
"""No turn lies further ahead by any right clock; one that does was written by a clock that ran fast."""


def take_turn(per_minute: int) -> Flow[int | None]:
    """Take a turn, waiting a little for it. None: go; else the moment from which to try again."""
    for lost in range(ROUNDS_MAX):
        now_ms = yield from call(Ambient.now_ms)
        before = yield from call(Store.read_pace, PACE)
        next_ms = before.next_at_ms if before else 0
        turn_ms = next_ms if now_ms < next_ms <= now_ms + AHEAD_MS_MAX else now_ms
        if turn_ms > now_ms + PATIENCE_MS:
            return turn_ms
        apart_ms = MINUTE_MS // per_minute
        after = Pace(next_at_ms=turn_ms + apart_ms, apart_ms=apart_ms, version=(before.version if before else 0) + 1)
        if (yield from call(Store.save_pace, PACE, before, after)):
            yield from call(Ambient.pause, turn_ms - now_ms)
            return None
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    return (yield from call(Ambient.now_ms)) + PATIENCE_MS
