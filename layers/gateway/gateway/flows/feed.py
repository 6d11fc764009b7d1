"""Read the feed: what was told, in the order in which it was told, each event with its payment as it stands now.

Who follows the feed by the last event that it saw misses nothing: events are shown only when they are a few seconds
old. By then the clocks of all tellers have passed that moment, whatever was to be written has been, and the index shows
it. What a repair tells later stands at the time of the repair, behind everything that was shown before.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.events import KEPT_DAYS, EmittedEvent
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.feed import Feed, FeedPlace

SETTLES_MS = 5_000
"""So old an event must be to be shown: two seconds and a half for its write, the rest for clocks and index."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event and its payment. record None: the table has lost it."""

    event: EmittedEvent
    record: PaymentRecord | None


@dataclass(frozen=True, slots=True)
class FeedRead:
    """A page. place: behind which to go on; None: nothing more is to be shown yet."""

    told: tuple[Told, ...]
    place: FeedPlace | None


def place_of_event(owner: str, event_id: str) -> Flow[FeedPlace | None]:
    """Where an owner's event stands in the feed; None: it is not there."""
    event = yield from call(Feed.read_event, event_id)
    return FeedPlace.of(event) if event is not None and event.owner == owner else None


def read_feed(owner: str, after: FeedPlace | None, type_: str | None, limit: int) -> Flow[FeedRead]:
    """Events of an owner behind a place, oldest first; without a place from the oldest that is kept."""
    now_ms = yield from call(Ambient.now_ms)
    start = after or FeedPlace(now_ms - KEPT_DAYS * DAY_MS, "")
    page = yield from call(Feed.events_after, owner, start, type_, limit, now_ms - SETTLES_MS)
    ids = tuple(dict.fromkeys(event.payment_id for event in page.events))
    found = (yield from call(Store.read_payments, ids)) if ids else ()
    records = {record.id: record for record in found}
    return FeedRead(tuple(Told(event, records.get(event.payment_id)) for event in page.events), page.place)
