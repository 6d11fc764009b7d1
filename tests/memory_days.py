"""The Days port in memory. It passes the same contract as the one over DynamoDB."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

from gateway.domain.day_sums import DaySums, Sums, fresh_marks, mark_of
from gateway.ports.days import Counting


class MemoryDays:
    """Sums by owner and day. One lock: each call is atomic."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.days: dict[tuple[str, str], DaySums] = {}

    def count(self, counting: Counting, /) -> DaySums | None:
        with self._lock:
            standing = self.read_day(counting.owner, counting.day) or DaySums(counting.owner, counting.day)
            counted = standing.counted(counting.shard, counting.first, counting.oldest_ms)
            if counting.seen is not None:
                counted = counting.seen.version != standing.version
            if counted:
                return standing
            sums = Counter(standing.sums)
            sums.update(counting.change)
            self.days[counting.owner, counting.day] = replace(
                standing,
                sums=dict(sums),
                marks={**standing.marks, counting.shard: mark_of(counting.last, counting.now_ms)},
                as_of_ms=counting.now_ms,
                version=standing.version + 1,
            )
            return None

    def read_day(self, owner: str, day: str, /) -> DaySums | None:
        with self._lock:
            return self.days.get((owner, day))

    def replace_day(self, before: DaySums, sums: Sums, counted_until_ms: int, now_ms: int, /) -> bool:
        with self._lock:
            standing = self.read_day(before.owner, before.day) or DaySums(before.owner, before.day)
            if standing.version != before.version:
                return False
            self.days[before.owner, before.day] = replace(
                standing,
                sums=dict(sums),
                marks=fresh_marks(standing.marks, now_ms),
                counted_until_ms=counted_until_ms,
                as_of_ms=now_ms,
                version=standing.version + 1,
            )
            return True
