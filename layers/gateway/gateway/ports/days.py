"""The sums of days, as the stream counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.day_sums import DaySums, Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What records of one shard of the stream add to a day.

    first, last: sequence numbers of the records. oldest_ms: when the first of the payments' changes was made.
    seen: the day as it was read before; None: it was not read, and the change is refused if any of it may be counted.
    """

    owner: str
    day: str
    shard: str
    first: str
    last: str
    oldest_ms: int
    change: Mapping[str, int]
    now_ms: int
    seen: DaySums | None = None


class Days(Protocol):
    """One item for each day and owner in DynamoDB. Raise StoreUnavailable."""

    def count(self, counting: Counting, /) -> DaySums | None:
        """Add, on condition that nothing of it was counted before. None: done. Else the day as it stands."""

    def read_day(self, owner: str, day: str, /) -> DaySums | None:
        """A day's sums; None: nothing was counted."""

    def replace_day(self, before: DaySums, sums: Sums, counted_until_ms: int, now_ms: int, /) -> bool:
        """Write sums anew, on condition that nobody counted since `before`. Fresh marks stay as they are."""
