"""Days as the shop counts them: Nairobi's, three hours ahead of UTC all year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")


def day_of(at_ms: int) -> str:
    """The Nairobi day of a moment, like 2026-03-02."""
    return eat(at_ms).date().isoformat()


def month_of(at_ms: int) -> str:
    """The Nairobi month of a moment, like 2026-03."""
    return eat(at_ms).strftime("%Y-%m")


def eat(at_ms: int) -> datetime:
    """The moment in Nairobi's time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(EAT)


def day_begins_ms(day: str) -> int:
    """The first moment of a Nairobi day like 2026-03-02. Raises ValueError for what is no day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=EAT).timestamp()) * 1000


def month_ends_ms(at_ms: int) -> int:
    """The first moment after the Nairobi month of a moment."""
    first = eat(at_ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return day_begins_ms(f"{first + timedelta(days=31):%Y-%m}-01")
