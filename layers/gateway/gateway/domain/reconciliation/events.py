"""Types of what shops are told of compared days. Alone here, since webhooks and feed load this and no more."""

from __future__ import annotations

from enum import StrEnum


class DayEvent(StrEnum):
    """The values are part of the API."""

    FINISHED = "reconciliation.finished"
    DIFFERENCE = "reconciliation.difference"
    CLOSED = "reconciliation.closed"
    REOPENED = "reconciliation.reopened"
    NEWS = "reconciliation.news"
