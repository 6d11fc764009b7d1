"""On which days a standing order is due."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping

DAYS: Mapping[str, int] = {"2": 1, "3": 7}
MONTHS: Mapping[str, int] = {"4": 1, "5": 2, "6": 3, "7": 6, "8": 12}
ONCE = "1"
FREQUENCIES: Mapping[str, str] = {
    ONCE: "once",
    "2": "each day",
    "3": "each week",
    "4": "each month",
    "5": "every two months",
    "6": "each quarter",
    "7": "twice a year",
    "8": "each year",
}
"""Safaricom's numbers. "Bi-Monthly" stands between monthly and quarterly, so it is read as every two months."""


def due_days(first: dt.date, last: dt.date, frequency: str) -> Iterator[dt.date]:
    """Each day from `first` to `last`, both included. The 31st falls on the last day of shorter months."""
    if frequency == ONCE:
        yield first
        return
    days = (_step(first, frequency, count) for count in itertools.count())
    yield from itertools.takewhile(lambda day: day <= last, days)


def _step(first: dt.date, frequency: str, count: int) -> dt.date:
    if frequency in DAYS:
        return first + dt.timedelta(days=DAYS[frequency] * count)
    years, month = divmod(first.month - 1 + MONTHS[frequency] * count, 12)
    year, month = first.year + years, month + 1
    return dt.date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
