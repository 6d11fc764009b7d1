"""Virtual seconds as Safaricom writes them (East Africa Time) and as the control API does (UTC)."""

from __future__ import annotations

import datetime as dt

EAT = dt.timezone(dt.timedelta(hours=3), "EAT")


def eat(at_s: float) -> dt.datetime:
    """The moment in Nairobi."""
    return dt.datetime.fromtimestamp(at_s, EAT)


def stamp(at_s: float) -> str:
    """`YYYYMMDDHHmmss`, EAT: TransactionDate, TransTime."""
    return eat(at_s).strftime("%Y%m%d%H%M%S")


def iso(at_s: float) -> str:
    """`2026-03-02T09:15:09.250Z`."""
    moment = dt.datetime.fromtimestamp(at_s, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
