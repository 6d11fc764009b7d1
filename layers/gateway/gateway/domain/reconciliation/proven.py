"""The times of which a statement that adds up tells everything. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.rows import MpesaRow

STRETCHES_MAX = 100
"""Statements that are remembered; what older ones proved was concluded long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenStretch:
    """What one statement covers. counts: how many different rows it has of each day, in Nairobi."""

    statement: str
    from_ms: int
    until_ms: int
    read_at_ms: int
    counts: Mapping[str, int] = field(default_factory=dict)

    def is_seen(self, day: str, rows: Iterable[MpesaRow]) -> bool:
        """Whether all its rows of a day are among these. The list of rows may lag behind what was written.

        Rows of another statement of the same time are no sign that its own were found.
        """
        seen = {
            row.key
            for row in rows
            if row.told_in == self.statement and self.from_ms <= row.completed_at_ms <= self.until_ms
        }
        return len(seen) >= self.counts.get(day, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a shop's statements of a shortcode cover. shortcode: as Daraja calls it."""

    owner: str
    shortcode: str
    stretches: tuple[ProvenStretch, ...] = ()
    version: int = 0

    def covers(self, at_ms: int) -> bool:
        """Whether a payment of this moment is in a statement, or was not made."""
        return self.covers_all(at_ms, at_ms)

    def covers_all(self, from_ms: int, until_ms: int) -> bool:
        """The same of every moment from one to another; statements may touch or overlap."""
        reached_ms = from_ms
        for one in sorted(self.stretches, key=lambda one: one.from_ms):
            if one.from_ms <= reached_ms <= one.until_ms:
                if until_ms <= one.until_ms:
                    return True
                reached_ms = one.until_ms + 1
        return False

    def covers_day(self, day: str) -> bool:
        """The same of a whole day in Nairobi."""
        begins_ms = day_begins_ms(day)
        return self.covers_all(begins_ms, begins_ms + DAY_MS - 1)

    def seen(self, day: str, rows: Iterable[MpesaRow]) -> Proven:
        """Without the statements of which a row of this day is not among those that were found."""
        found = tuple(rows)
        return replace(self, stretches=tuple(one for one in self.stretches if one.is_seen(day, found)))

    def also(self, stretch: ProvenStretch) -> Proven:
        """With what one more statement covers; itself where that is known."""
        if stretch in self.stretches:
            return self
        others = (one for one in self.stretches if one.statement != stretch.statement)
        stretches = (*sorted(others, key=lambda one: one.read_at_ms), stretch)[-STRETCHES_MAX:]
        return replace(self, stretches=stretches, version=self.version + 1)

    def newest_of(self, day: str) -> ProvenStretch | None:
        """The last statement that tells of any of a day."""
        begins_ms = day_begins_ms(day)
        mine = (one for one in self.stretches if one.from_ms < begins_ms + DAY_MS and begins_ms <= one.until_ms)
        return max(mine, key=lambda one: one.read_at_ms, default=None)
