"""How often browsers may have something begun: counts under a name, each for a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gateway.ports import Flow, call
from gateway.ports.links import Counts


class Limit(NamedTuple):
    """So many starts under this name, until then."""

    name: str
    most: int
    ends_at_ms: int


def reached(limits: Iterable[Limit]) -> Flow[Limit | None]:
    """Count one more start under each; the first that allows no more, under which nothing was counted."""
    for limit in limits:
        if not (yield from call(Counts.count_up, limit.name, limit.most, limit.ends_at_ms)):
            return limit
    return None
