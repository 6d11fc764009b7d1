"""When a schedule's ticks are: EventBridge's `rate(…)` and `cron(…)`. All times are seconds since the epoch, in UTC.

`cron(minutes hours day-of-month month day-of-week year)`: in each field `*`, numbers, lists `1,2`, ranges `1-5`, steps
`0/15`; months and weekdays also by name (Sunday is 1). One of the two day fields must be `?`. EventBridge's `L`, `W`
and `#` are refused. Source: AWS, EventBridge Scheduler and Rules, "Cron expressions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from local.aws.errors import TemplateError

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\(([^()]+)\)")
UNIT_S = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
YEARS = (1970, 2199)
LOOK_AHEAD_DAYS = 366 * 8
"""29 February comes again within eight years."""


class Timetable(Protocol):
    """The ticks of a schedule."""

    def first(self, now_s: float) -> float:
        """The first tick after a schedule begins; infinity: never."""

    def following(self, tick_s: float) -> float:
        """The tick after a tick."""

    def at_or_after(self, tick_s: float, at_s: float) -> float:
        """The first tick from `tick_s` on that is not before a moment."""


def timetable_of(expression: str, place: str) -> Timetable:
    """Raises TemplateError for what is neither `rate(…)` nor a `cron(…)` that is run here."""
    rate, cron = RATE.fullmatch(expression), CRON.fullmatch(expression)
    if rate is not None and int(rate.group(1)) >= 1:
        return Rate(int(rate.group(1)) * UNIT_S[rate.group(2)])
    if cron is not None:
        try:
            return Cron.read(cron.group(1))
        except ValueError as error:
            raise TemplateError(f"{place}: the schedule {expression!r} is not run here: {error}.") from None
    raise TemplateError(f"{place}: the schedule {expression!r} is neither rate(<n> minutes) nor cron(<six fields>).")


@dataclass(frozen=True)
class Rate:
    """Ticks that lie equally far apart, counted from the start."""

    period_s: int

    def first(self, now_s: float) -> float:
        """One period from now."""
        return now_s + self.period_s

    def following(self, tick_s: float) -> float:
        """One period later."""
        return tick_s + self.period_s

    def at_or_after(self, tick_s: float, at_s: float) -> float:
        """Whole periods later."""
        return tick_s + max(0, math.ceil((at_s - tick_s) / self.period_s)) * self.period_s


@dataclass(frozen=True)
class Cron:
    """Ticks by the calendar. weekdays: Sunday is 1; days or weekdays is None where the field is `?`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    @classmethod
    def read(cls, text: str) -> Cron:
        """From the six fields. Raises ValueError that says what is wrong."""
        fields = text.split()
        if len(fields) != len(("minutes", "hours", "days", "months", "weekdays", "years")):
            raise ValueError("it has not six fields")
        minutes, hours, days, months, weekdays, years = fields
        if (days == "?") == (weekdays == "?"):
            raise ValueError("one of day-of-month and day-of-week must be ?")
        return cls(
            minutes=_values(minutes, 0, 59),
            hours=_values(hours, 0, 23),
            days=None if days == "?" else _values(days, 1, 31),
            months=_values(months, 1, 12, MONTHS),
            weekdays=None if weekdays == "?" else _values(weekdays, 1, 7, WEEKDAYS),
            years=_values(years, *YEARS),
        )

    def first(self, now_s: float) -> float:
        """The first one after now."""
        return self.following(now_s)

    def following(self, tick_s: float) -> float:
        """The first one after this moment; infinity: none within eight years."""
        return next((tick for tick in self._ticks(tick_s) if tick > tick_s), math.inf)

    def at_or_after(self, tick_s: float, at_s: float) -> float:
        """The first one that is not before both."""
        return self.following(max(tick_s, at_s) - 0.001)

    def _ticks(self, from_s: float) -> Iterator[float]:
        """All ticks from the beginning of this moment's day on."""
        day = datetime.fromtimestamp(from_s, UTC).date()
        for _ in range(LOOK_AHEAD_DAYS):
            if self._runs_on(day):
                midnight_s = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
                for hour in sorted(self.hours):
                    yield from (midnight_s + hour * 3600 + minute * 60 for minute in sorted(self.minutes))
            day += timedelta(days=1)

    def _runs_on(self, day: date) -> bool:
        if day.year not in self.years or day.month not in self.months:
            return False
        if self.days is not None:
            return day.day in self.days
        return self.weekdays is not None and day.isoweekday() % 7 + 1 in self.weekdays


def _values(field: str, low: int, high: int, names: Sequence[str] = ()) -> frozenset[int]:
    """The numbers that a field stands for. Raises ValueError."""
    found: set[int] = set()
    for part in field.upper().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = low if span == "*" else _number(first, low, names)
        end = high if span == "*" or (slash and not dash) else _number(last if dash else first, low, names)
        if not low <= begin <= end <= high or (slash and not step.isdecimal()) or step == "0":
            raise ValueError(f"{field} is no field from {low} to {high}")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: Sequence[str]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isdecimal():
        raise ValueError(f"{text or 'nothing'} is no number")
    return int(text)
