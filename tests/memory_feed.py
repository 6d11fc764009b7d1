"""The Feed port in memory. It passes the same contract as the one over DynamoDB."""

from __future__ import annotations

import threading
from dataclasses import replace

from gateway.domain.events import EmittedEvent
from gateway.ports.feed import FeedPage, FeedPlace


class MemoryFeed:
    """Each event once, by id."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.events: dict[str, EmittedEvent] = {}

    def emit(self, event: EmittedEvent, /) -> EmittedEvent | None:
        with self._lock:
            standing = self.events.setdefault(event.id, event)
            return None if standing is event else standing

    def mark_untold(self, event_id: str, untold: bool, /) -> None:
        with self._lock:
            self.events[event_id] = replace(self.events[event_id], untold=untold)

    def read_event(self, event_id: str, /) -> EmittedEvent | None:
        return self.events.get(event_id)

    def read_events(self, event_ids: tuple[str, ...], /) -> tuple[EmittedEvent, ...]:
        return tuple(self.events[event_id] for event_id in dict.fromkeys(event_ids) if event_id in self.events)

    def events_after(self, owner: str, after: FeedPlace, type_: str | None, limit: int, until_ms: int, /) -> FeedPage:
        mine = sorted(
            (event for event in self.events.values() if event.owner == owner and event.emitted_at_ms < until_ms),
            key=FeedPlace.of,
        )
        left = [event for event in mine if FeedPlace.of(event) > after and type_ in (None, event.type)]
        shown = left[:limit]
        return FeedPage(tuple(shown), FeedPlace.of(shown[-1]) if len(shown) == limit else None)
