"""Which stretch of M-Pesa's list is asked for next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.windows import (
    HORIZON_MS,
    LONGEST_MS,
    PullMark,
    Stretch,
    first_mark,
    halved,
    is_time,
    next_ask_ms,
    next_stretch,
    stretches_of,
)

NOW_MS = 1_772_442_900_000


def mark(ago_ms: int, *gaps: Stretch) -> PullMark:
    """Complete until so long ago."""
    return PullMark(shortcode="174379", since_ms=0, complete_until_ms=NOW_MS - ago_ms, gaps=gaps, version=3)


def test_a_stretch_begins_before_the_last_one_ended_and_ends_minutes_ago() -> None:
    """Rows come late, and pages shift under whoever reads the newest ones."""
    found = next_stretch(mark(HOUR_MS), NOW_MS)
    assert Stretch(NOW_MS - HOUR_MS - 15 * MINUTE_MS, NOW_MS - 5 * MINUTE_MS) == found


def test_what_is_still_open_is_not_asked_for() -> None:
    assert next_stretch(mark(5 * MINUTE_MS), NOW_MS) is None


@pytest.mark.parametrize(("ago_ms", "wanted"), [(44 * MINUTE_MS, False), (45 * MINUTE_MS, True)])
def test_money_that_nobody_told_of_is_known_within_the_hour(ago_ms: int, *, wanted: bool) -> None:
    """Asked each 45 minutes, so a tick of 15 minutes never lets a payment wait for longer than an hour."""
    assert wanted is is_time(mark(ago_ms), NOW_MS)
    assert NOW_MS - ago_ms + 45 * MINUTE_MS == next_ask_ms(mark(ago_ms))


@given(ago_ms=st.integers(0, 4 * DAY_MS), answer_ms=st.integers(0, MINUTE_MS))
def test_stretch_after_stretch_reads_everything_that_can_be_had(ago_ms: int, answer_ms: int) -> None:
    """However long nobody asked: each stretch touches the last one, moves on, and is short; the rest is a named gap."""
    at, now_ms = mark(ago_ms), NOW_MS
    while is_time(at, now_ms):
        stretch = next_stretch(at, now_ms) or Stretch(0, 0)
        assert at.complete_until_ms < stretch.until_ms <= stretch.from_ms + LONGEST_MS
        assert stretch.from_ms == max(at.complete_until_ms - 15 * MINUTE_MS, (now_ms - HORIZON_MS) // 1000 * 1000)
        at, now_ms = at.after(stretch), now_ms + answer_ms
    assert (ago_ms >= HORIZON_MS + 1_000) == (at.gaps != ())
    assert at.covers(now_ms - 45 * MINUTE_MS)


def test_what_went_out_of_reach_is_a_gap_and_proves_nothing() -> None:
    """Fifty hours without an answer: two of them only a statement shows."""
    at = mark(50 * HOUR_MS)
    after = at.after(next_stretch(at, NOW_MS) or Stretch(0, 0))

    assert (Stretch(NOW_MS - 50 * HOUR_MS, NOW_MS - HORIZON_MS),) == after.gaps
    assert not after.covers(NOW_MS - 49 * HOUR_MS)
    assert after.covers(NOW_MS - HORIZON_MS + MINUTE_MS)
    assert not after.covers(NOW_MS)


def test_a_shortcode_without_a_mark_begins_with_all_that_can_be_had() -> None:
    """A restore may have taken the mark away."""
    assert NOW_MS - HORIZON_MS == first_mark("174379", NOW_MS).complete_until_ms


def test_a_list_that_nobody_read_for_a_day_is_late() -> None:
    assert (False, True) == (mark(DAY_MS).is_late(NOW_MS), mark(DAY_MS + 1).is_late(NOW_MS))


def test_a_day_is_cut_into_stretches_that_touch_and_can_still_be_had() -> None:
    """Yesterday, asked for again in the morning."""
    cut = stretches_of(NOW_MS - 50 * HOUR_MS, NOW_MS - 26 * HOUR_MS, NOW_MS)

    assert [one.until_ms for one in cut[:-1]] == [one.from_ms for one in cut[1:]]
    assert (NOW_MS - HORIZON_MS, NOW_MS - 26 * HOUR_MS) == (cut[0].from_ms, cut[-1].until_ms)


def test_a_page_that_is_too_large_makes_the_stretch_shorter_and_it_still_moves_on() -> None:
    """Down to a minute, and the overlap with it."""
    lengths = [LONGEST_MS]
    while (shorter := halved(lengths[-1])) is not None:
        lengths.append(shorter)
    ends = [found.until_ms for one in lengths if (found := next_stretch(mark(HOUR_MS), NOW_MS, one))]

    assert MINUTE_MS <= lengths[-1] < 2 * MINUTE_MS
    assert len(ends) == len(lengths)
    assert all(end > NOW_MS - HOUR_MS for end in ends)
