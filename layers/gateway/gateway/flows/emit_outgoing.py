"""Tell the world of money that goes out, as of payments (`emit.py`): first the record of emission, then who listens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.days import day_of
from gateway.domain.events import EmittedEvent
from gateway.domain.money_out.events import OutNews, news_of, update_news
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingKind, OutgoingRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.telling import QUIET_MS
from gateway.flows.emit import tell
from gateway.flows.outgoing_shown import outgoing_shown
from gateway.ports import Ambient, Flow, call
from gateway.ports.feed import Feed
from gateway.ports.money_out import OutgoingQuery, Outgoings

DAYS_BACK = 9
"""Days of creation that a repair goes through: M-PESA is asked about a payout for a week."""

PAGE = 50


@dataclass(frozen=True, slots=True)
class OutgoingChange:
    """Two images of a payout or refund; before None: it is new."""

    before: OutgoingRecord | None
    after: OutgoingRecord


def tell_of_outgoing(change: OutgoingChange) -> Flow[int]:
    """Tell what is new; how many events. A sweep's lease is no news. Raises PortError: the record comes again."""
    before, after = change.before, change.after
    if before is not None and before.version == after.version:
        return 0
    known = {news.id for news in news_of(before)} if before is not None else set()
    emitted = yield from _emitted(after, [news for news in news_of(after) if news.id not in known])
    if all(event.version < after.version for event in emitted):
        emitted += yield from _emitted(after, [update_news(after)])
    told = [event for event in emitted if event.version <= after.version]
    yield from tell(told, outgoing_shown(after, outgoing_state(after)))
    return len(told)


def tell_untold_outgoings(owner: str, since_ms: int, now_ms: int) -> Flow[int]:
    """Tell what was never told of what changed since then, but for what is the stream's still; how many events.

    Goes by the days on which it was asked for: the outcome of a payout is looked for that long. Raises PortError: it is
    gone through again.
    """
    told = 0
    for back in range(DAYS_BACK):
        for kind in OutgoingKind:
            query = OutgoingQuery(owner=owner, kind=str(kind), day=day_of(now_ms - back * DAY_MS))
            told += yield from _tell_untold_of_day(query, since_ms, now_ms - QUIET_MS)
    return told


def _tell_untold_of_day(query: OutgoingQuery, since_ms: int, until_ms: int) -> Flow[int]:
    told, cursor = 0, None
    while True:
        page = yield from call(Outgoings.list_outgoings, query, PAGE, cursor)
        for record in page.records:
            if since_ms <= record.updated_at_ms <= until_ms:
                told += yield from _tell_untold(record)
        cursor = page.cursor
        if cursor is None:
            return told


def _tell_untold(record: OutgoingRecord) -> Flow[int]:
    """What no record of emission shows, or what was not told to all; an update where nothing tells of this version."""
    every = (*news_of(record), update_news(record))
    found = {event.id: event for event in (yield from call(Feed.read_events, tuple(one.id for one in every)))}
    again = [event for event in found.values() if event.untold]
    missing = [one for one in every[:-1] if one.id not in found]
    latest = any(event.version >= record.version for event in found.values())
    new = yield from _emitted(record, missing or ([] if latest else [every[-1]]))
    yield from tell([*new, *again], outgoing_shown(record, outgoing_state(record)))
    return len(new) + len(again)


def _emitted(record: OutgoingRecord, news: Iterable[OutNews]) -> Flow[list[EmittedEvent]]:
    """The records of these events: made now, or found."""
    emitted: list[EmittedEvent] = []
    for one in news:
        now_ms = yield from call(Ambient.now_ms)
        event = EmittedEvent(
            id=one.id,
            type=str(one.type),
            owner=record.asked.owner,
            payment_id=record.id,
            emitted_at_ms=now_ms + len(emitted),
            version=record.version,
            discriminator=one.discriminator,
        )
        emitted.append((yield from call(Feed.emit, event)) or event)
    return emitted
