"""Tell the world of money that goes out, as of payments (`emit.py`): first the record of emission, then who listens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.events import EmittedEvent
from gateway.domain.money_out.events import OutNews, news_of, update_news
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.flows.emit import tell
from gateway.flows.outgoing_shown import outgoing_shown
from gateway.ports import Ambient, Flow, call
from gateway.ports.feed import Feed


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
