"""What was put on the event bus, for people to look at: nothing local listens there."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from local.aws.async_invoke import iso_time
from local.aws.backing import Call
from local.clock import Clock

EVENTS_KEPT = 1000


class BusRecord:
    """The last events, newest last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)

    async def take(self, call: Call, answer: dict[str, Any]) -> None:
        """A call of EventBridge that succeeded."""
        if (call.service, call.operation) != ("events", "PutEvents"):
            return
        for entry, done in zip(call.request["Entries"], answer["Entries"], strict=True):
            if "EventId" in done:
                self._number += 1
                self.events.append(self._event(entry, done["EventId"]))

    def after(self, number: int) -> list[dict[str, Any]]:
        """Events with a higher `number`, oldest first."""
        return [event for event in self.events if event["number"] > number]

    def _event(self, entry: dict[str, Any], event_id: str) -> dict[str, Any]:
        return {
            "number": self._number,
            "id": event_id,
            "time": iso_time(self._clock.now()),
            "bus": entry.get("EventBusName", "default"),
            "source": entry.get("Source"),
            "detail-type": entry.get("DetailType"),
            "detail": json.loads(entry.get("Detail", "{}")),
        }
