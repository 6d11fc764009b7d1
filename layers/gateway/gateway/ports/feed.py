"""The feed: which events were told, and when, in the order in which they were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.events import EmittedEvent


class FeedPlace(NamedTuple):
    """A place in an owner's feed. What comes behind it is greater."""

    at_ms: int
    event_id: str

    @classmethod
    def of(cls, event: EmittedEvent) -> FeedPlace:
        """Where an event stands."""
        return cls(event.emitted_at_ms, event.id)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events in the order in which they were told. place: how far was looked; None: nothing is behind it, up to now."""

    events: tuple[EmittedEvent, ...]
    place: FeedPlace | None


class Feed(Protocol):
    """The records of emission in DynamoDB; they are kept for `KEPT_DAYS`. Raise StoreUnavailable."""

    def emit(self, event: EmittedEvent, /) -> EmittedEvent | None:
        """Put if absent. None: it is new. Else the record that stands there."""

    def mark_untold(self, event_id: str, untold: bool, /) -> None:  # noqa: FBT001  ports take no keywords
        """Note that the bus did not take it (or took it after all), so that a repair tells it (or not)."""

    def read_event(self, event_id: str, /) -> EmittedEvent | None:
        """One consistent read. None: never told, or longer ago than is kept."""

    def read_events(self, event_ids: tuple[str, ...], /) -> tuple[EmittedEvent, ...]:
        """Those of these that were told, in any order."""

    def events_after(self, owner: str, after: FeedPlace, type_: str | None, limit: int, until_ms: int, /) -> FeedPage:
        """An owner's events behind a place and before a moment, oldest first. An index: may be a moment behind."""
