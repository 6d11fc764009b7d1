"""Days as the shop counts them: Nairobi's, three hours ahead of UTC all year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

EAT = timezone(timedelta(hours=3), "EAT")


def day_of(at_ms: int) -> str:
    """The Nairobi day of a moment, like 2026-03-02."""
    return eat(at_ms).strftime("%Y-%m-%d")


def eat(at_ms: int) -> datetime:
    """The moment in Nairobi's time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(EAT)
