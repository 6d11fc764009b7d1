"""EventBridge: events for whoever in the account listens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.ports import BusUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

ENTRIES_MAX = 10
"""What one PutEvents takes."""

SOURCE = "mpesa-gateway"


class EventBus:
    """The Bus port. name: of the bus."""

    def __init__(self, client: Callable[[], EventBridgeClient], name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, entries: tuple[Mapping[str, Any], ...], /) -> None:
        """Put events: each with id, type, at_ms and data.

        The detail is the event as the API shows it: all of the entry, with `timestamp` (RFC 3339) for at_ms.

        Every batch is tried. Raises BusUnavailable that names the ids that were not taken.
        """
        untaken = [
            event_id
            for start in range(0, len(entries), ENTRIES_MAX)
            for event_id in self._untaken(entries[start : start + ENTRIES_MAX])
        ]
        if untaken:
            raise BusUnavailable(f"{len(untaken)} of {len(entries)} events were not taken: {', '.join(untaken)}")

    def _untaken(self, batch: tuple[Mapping[str, Any], ...]) -> list[str]:
        """Ids that the bus did not take, by its answer for each."""
        ids = [str(entry["id"]) for entry in batch]
        try:
            answer = self._client().put_events(Entries=[self._entry(entry) for entry in batch])
        except (BotoCoreError, ClientError):
            return ids
        told = answer["Entries"]
        return [event_id for event_id, result in zip(ids, told, strict=True) if "ErrorCode" in result]

    def _entry(self, event: Mapping[str, Any]) -> Any:
        at = datetime.fromtimestamp(event["at_ms"] // 1000, UTC)
        detail = {name: value for name, value in event.items() if name != "at_ms"}
        detail["timestamp"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "Source": SOURCE,
            "DetailType": event["type"],
            "Detail": json.dumps(detail, separators=(",", ":")),
            "Time": at,
            "EventBusName": self._name,
        }
