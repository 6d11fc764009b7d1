"""Which stretch of time is asked for next. Pull Transactions looks back 48 hours and not a minute more.

A stretch ends minutes ago, since rows still arrive and pages shift under whoever reads them. It begins before the last
one ended, since rows may come late. And it is shorter than three hours, so that a row's time has one reading
(`PulledRow.completed_at_ms`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

CLOSED_AFTER_MS = 5 * MINUTE_MS
OVERLAP_MS = 15 * MINUTE_MS
LONGEST_MS = 2 * HOUR_MS
SHORTEST_MS = MINUTE_MS
"""A stretch whose page is too large to be read is halved down to this."""

HORIZON_MS = 2 * DAY_MS - 10 * MINUTE_MS
"""What Safaricom lets ask, without the minutes that an answer may take."""

AGAIN_AFTER_MS = 40 * MINUTE_MS
"""Asked each 45 minutes by a tick of 15: money that nobody told of is known within the hour."""

SURE_AFTER_MS = HOUR_MS
"""An answer that may mean "nothing" or "broken" is believed about a stretch that ended this long ago."""

LATE_MS = DAY_MS
"""Half of what there is to lose: somebody must look."""

GAPS_MAX = 20


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a moment to a moment, in milliseconds since the epoch and whole seconds."""

    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullMark:
    """How far a shortcode's list is known. shortcode: as Daraja calls it (of a till: the store number).

    Every row from since_ms to complete_until_ms was kept, but for the gaps: what went out of reach before it was asked
    for, the newest last.
    """

    shortcode: str
    since_ms: int
    complete_until_ms: int
    gaps: tuple[Stretch, ...] = ()
    version: int = 0

    def after(self, stretch: Stretch) -> PullMark:
        """The mark once every row of a stretch is kept. What lies between it and the mark before is a gap."""
        lost = (Stretch(self.complete_until_ms, stretch.from_ms),) if stretch.from_ms > self.complete_until_ms else ()
        return replace(
            self,
            complete_until_ms=max(self.complete_until_ms, stretch.until_ms),
            gaps=(*self.gaps, *lost)[-GAPS_MAX:],
            version=self.version + 1,
        )

    def covers(self, at_ms: int) -> bool:
        """Whether a row of this moment would have been seen, if Safaricom had shown it."""
        return self.covers_all(at_ms, at_ms)

    def covers_all(self, from_ms: int, until_ms: int) -> bool:
        """The same of every moment from one to another."""
        in_gap = any(gap.from_ms <= until_ms and from_ms < gap.until_ms for gap in self.gaps)
        return self.since_ms <= from_ms and until_ms <= self.complete_until_ms and not in_gap

    def is_late(self, now_ms: int) -> bool:
        """Whether somebody must look before rows go out of reach."""
        return now_ms - self.complete_until_ms > LATE_MS


def first_mark(shortcode: str, now_ms: int) -> PullMark:
    """Of a shortcode that was never asked about, or whose mark a restore took away: all that can be had."""
    since_ms = _whole_s(now_ms - HORIZON_MS)
    return PullMark(shortcode=shortcode, since_ms=since_ms, complete_until_ms=since_ms)


def is_time(mark: PullMark, now_ms: int, after_ms: int = AGAIN_AFTER_MS) -> bool:
    """Whether it is time to ask again: so much is closed and not known yet."""
    return now_ms - CLOSED_AFTER_MS - mark.complete_until_ms >= after_ms


def next_ask_ms(mark: PullMark) -> int:
    """When it is time to ask again."""
    return mark.complete_until_ms + CLOSED_AFTER_MS + AGAIN_AFTER_MS


def next_stretch(mark: PullMark, now_ms: int, longest_ms: int = LONGEST_MS) -> Stretch | None:
    """What is to be asked for next; None: all that is closed is known."""
    closed_ms = _whole_s(now_ms - CLOSED_AFTER_MS)
    if closed_ms <= mark.complete_until_ms:
        return None
    overlap_ms = min(OVERLAP_MS, longest_ms // 2)
    from_ms = max(mark.complete_until_ms - overlap_ms, _whole_s(now_ms - HORIZON_MS))
    return Stretch(from_ms, min(from_ms + longest_ms, closed_ms))


def stretches_of(from_ms: int, until_ms: int, now_ms: int) -> tuple[Stretch, ...]:
    """What of a time can still be asked for, cut into stretches that touch."""
    end_ms = min(until_ms, _whole_s(now_ms - CLOSED_AFTER_MS))
    begin_ms = max(from_ms, _whole_s(now_ms - HORIZON_MS))
    return tuple(Stretch(at, min(at + LONGEST_MS, end_ms)) for at in range(begin_ms, end_ms, LONGEST_MS))


def halved(longest_ms: int) -> int | None:
    """A shorter stretch than one that was too much; None: it cannot be shorter."""
    return longest_ms // 2 if longest_ms // 2 >= SHORTEST_MS else None


def _whole_s(at_ms: int) -> int:
    return at_ms // SECOND_MS * SECOND_MS
