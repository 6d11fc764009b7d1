"""A day that is not read to its end in time ends by our own means: so it is kept and told."""

from __future__ import annotations

from gateway.ports import Ambient, Flow, call

TIME_AFTER_MS = 4_000
"""What follows the last page: the comparison, and the writes of its lines and its outcome."""


class DayTooBig(Exception):
    """A day is not read to its end in the time that is left."""


def time_is_left() -> Flow[None]:
    """Raises DayTooBig: an end by the function's time limit would neither be kept nor told."""
    if (yield from call(Ambient.time_left_ms)) < TIME_AFTER_MS:
        raise DayTooBig
