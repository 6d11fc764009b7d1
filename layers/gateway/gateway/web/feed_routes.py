"""Routes of the feed of events and of the day's sums."""

from __future__ import annotations

from gateway.domain.event_types import IN_THE_FEED, AccountEvent, MoneyEvent, OutEvent, RefundEvent
from gateway.domain.events import KEPT_DAYS, EventType
from gateway.domain.reconciliation.events import DayEvent
from gateway.web.route import DAY, LIMIT, Credential, Parameter, Route

TYPES = (*EventType, *MoneyEvent, *OutEvent, *RefundEvent, *AccountEvent, *DayEvent, *sorted(IN_THE_FEED))

FEED_PARAMETERS = (
    Parameter(
        "after",
        "Id of the last event that you know; the page goes on behind it.",
        "evt_[0-9a-f]{32}",
        form="an event's id, evt_ and 32 characters",
    ),
    Parameter(
        "since",
        f"Begin with events told since then, within {KEPT_DAYS} days, like 2026-03-02T09:15:04Z; now: behind them all.",
        "now|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
        form="now, or a time in UTC like 2026-03-02T09:15:04Z",
    ),
    Parameter("type", "Only events of this type.", "|".join(TYPES)),
    LIMIT,
    Parameter("cursor", "next_cursor of the page before, instead of after and since."),
)
SUMMARY_PARAMETERS = (Parameter("day", "Day of creation in Nairobi; today when absent.", DAY, format="date"),)

FEED_ROUTES = (
    Route(
        method="GET",
        path="/v1/events",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="events:read",
        answer="EventList",
        errors=("cursor_invalid",),
        query=FEED_PARAMETERS,
        tag="events",
        summary=f"List events of the last {KEPT_DAYS} days, oldest first, in the order in which they were told",
    ),
    Route(
        method="GET",
        path="/v1/summary",
        function="payments_api",
        credential=Credential.SECRET_KEY,
        scope="payments:read",
        answer="Summary",
        query=SUMMARY_PARAMETERS,
        summary="Counts and sums of a day's payments, by status, failure code and hour",
    ),
)
