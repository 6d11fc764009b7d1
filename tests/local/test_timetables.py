"""EventBridge's schedules: which ticks an expression means, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from local.aws.errors import TemplateError
from local.aws.timetables import timetable_of


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def ticks(expression: str, after: str, count: int) -> list[str]:
    """The first ticks after a moment."""
    timetable, tick_s, found = timetable_of(expression, "here"), at(after), []
    for _ in range(count):
        tick_s = timetable.following(tick_s)
        found.append(datetime.fromtimestamp(tick_s, UTC).strftime("%Y-%m-%dT%H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(0 3 * * ? *)", "2026-03-02T03:00", ["2026-03-03T03:00", "2026-03-04T03:00"]),
        ("cron(0/15 * * * ? *)", "2026-03-02T23:40", ["2026-03-02T23:45", "2026-03-03T00:00"]),
        ("cron(5,35 8-9 ? * MON-FRI *)", "2026-03-06T09:05", ["2026-03-06T09:35", "2026-03-09T08:05"]),
        ("cron(0 0 ? * 1 *)", "2026-03-02T00:00", ["2026-03-08T00:00", "2026-03-15T00:00"]),
        ("cron(0 12 29 feb ? *)", "2026-03-02T00:00", ["2028-02-29T12:00", "2032-02-29T12:00"]),
        ("cron(30 1 1 1/6 ? 2026-2027)", "2026-03-02T00:00", ["2026-07-01T01:30", "2027-01-01T01:30"]),
        ("rate(15 minutes)", "2026-03-02T00:01", ["2026-03-02T00:16", "2026-03-02T00:31"]),
    ],
)
def test_an_expression_means_these_ticks(expression: str, after: str, expected: list[str]) -> None:
    assert expected == ticks(expression, after, len(expected))


def test_a_calendar_that_is_over_has_no_next_tick() -> None:
    assert math.inf == timetable_of("cron(0 0 1 1 ? 2020)", "here").first(at("2026-03-02T00:00"))


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 3 * * * *)",
        "cron(0 3 ? * ? *)",
        "cron(0 3 * * ?)",
        "cron(60 3 * * ? *)",
        "cron(0 3 L * ? *)",
        "cron(0 3 ? * 6#3 *)",
        "cron(0/0 3 * * ? *)",
        "cron(5-1 3 * * ? *)",
        "rate(0 minutes)",
        "rate(1 week)",
        "at(2026-03-02T03:00:00)",
    ],
)
def test_what_eventbridge_would_refuse_or_we_do_not_run_is_an_error(expression: str) -> None:
    with pytest.raises(TemplateError, match="here: the schedule"):
        timetable_of(expression, "here")


def test_idle_ticks_are_passed_over_up_to_the_moment_that_is_told() -> None:
    timetable = timetable_of("cron(0/15 * * * ? *)", "here")

    assert at("2026-03-02T03:00") == timetable.at_or_after(at("2026-03-02T01:15"), at("2026-03-02T02:50"))
    assert at("2026-03-02T03:00") == timetable.at_or_after(at("2026-03-02T01:15"), at("2026-03-02T03:00"))
