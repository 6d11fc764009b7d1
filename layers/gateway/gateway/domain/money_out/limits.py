"""How much may go out in a day, in all and to one recipient. A Nairobi day each, each limit an item of its own.

What may be on its way counts as much as what has gone: a place is taken before anything is sent and given back only
when it is certain that the money did not go. The same place taken twice is one; so is the same end told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

IN_FLIGHT_MAX = 200
"""Payouts that one limit's item holds as on their way. More wait for their turn: an item stays small."""


class Place(StrEnum):
    """What became of the wish for a place."""

    TAKEN = "taken"
    USED_UP = "used_up"
    """The limit leaves no room on this day."""
    CROWDED = "crowded"
    """There is room, but too many are on their way."""
    NOT_WANTED = "not_wanted"
    """Another worker has begun, ended or moved meanwhile what the place was for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit. name: <owner>#<day>, or <owner>#<day>#<keyed hash of the recipient>.

    settled_kes: what went out. in_flight: what may be on its way, by the id of the payout.
    """

    name: str
    settled_kes: int = 0
    in_flight: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    @property
    def used_kes(self) -> int:
        """What has gone and what may be on its way."""
        return self.settled_kes + sum(self.in_flight.values())


def day_limit_name(owner: str, day: str) -> str:
    """An owner's day."""
    return f"{owner}#{day}"


def recipient_limit_name(owner: str, day: str, recipient_key: str) -> str:
    """A recipient on an owner's day. recipient_key: keyed hash, never the number."""
    return f"{owner}#{day}#{recipient_key}"


def with_place(limit: Limit, out_id: str, amount_kes: int, cap_kes: int) -> tuple[Place, Limit]:
    """Take a place, unless the limit has none. One that is held already stays."""
    if out_id in limit.in_flight:
        return Place.TAKEN, limit
    if limit.used_kes + amount_kes > cap_kes:
        return Place.USED_UP, limit
    if len(limit.in_flight) >= IN_FLIGHT_MAX:
        return Place.CROWDED, limit
    return Place.TAKEN, replace(limit, in_flight={**limit.in_flight, out_id: amount_kes})


def with_place_again(limit: Limit, out_id: str, amount_kes: int) -> Limit:
    """What was given back and went all the same counts once more, whatever the limit says."""
    return limit if out_id in limit.in_flight else replace(limit, in_flight={**limit.in_flight, out_id: amount_kes})


def with_end(limit: Limit, out_id: str, *, went: bool) -> Limit:
    """Give a place back, or count it as gone. Where there is none, that was done before."""
    if out_id not in limit.in_flight:
        return limit
    amount_kes = limit.in_flight[out_id]
    left = {held: kes for held, kes in limit.in_flight.items() if held != out_id}
    return replace(limit, in_flight=left, settled_kes=limit.settled_kes + (amount_kes if went else 0))
