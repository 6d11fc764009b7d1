"""Tell the world of money by hand, as of payments (`emit.py`): first the record of emission, then who listens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.domain.events import EmittedEvent
from gateway.domain.money_events import MoneyNews, money_news
from gateway.domain.receipts import ReceiptRecord
from gateway.flows.emit import tell
from gateway.flows.money_shown import money_shown
from gateway.ports import Ambient, Flow, call
from gateway.ports.feed import Feed
from gateway.ports.received import Received


def tell_of_money(before: ReceiptRecord | None, after: ReceiptRecord) -> Flow[int]:
    """Tell what is new of a receipt's item; how many events. Raises PortError: the record of the stream comes again."""
    return (yield from _told(after, money_news(before, after)))


def tell_untold_money(records: Sequence[ReceiptRecord]) -> Flow[int]:
    """Tell what was never told of these receipts; how many events. Raises PortError: they are gone through again."""
    wanted = {record.receipt: money_news(None, record) for record in records}
    ids = tuple(news.id for every in wanted.values() for news in every)
    found = {event.id: event for event in (yield from call(Feed.read_events, ids))} if ids else {}
    told = 0
    for record in records:
        missing = [news for news in wanted[record.receipt] if news.id not in found or found[news.id].untold]
        told += yield from _told(record, missing)
    return told


def _told(record: ReceiptRecord, news: Iterable[MoneyNews]) -> Flow[int]:
    new = list(news)
    if not new:
        return 0
    shop = yield from call(Received.shop_of, record.shortcode)
    if shop is None:  # of no shop of this deployment: nobody is to be told
        return 0
    emitted = []
    for place, one in enumerate(new):
        now_ms = yield from call(Ambient.now_ms)
        event = EmittedEvent(
            id=one.id,
            type=str(one.type),
            owner=shop.owner,
            payment_id=one.receipt,
            emitted_at_ms=now_ms + place,
            version=record.version,
            discriminator=one.discriminator,
        )
        emitted.append((yield from call(Feed.emit, event)) or event)
    yield from tell(emitted, money_shown(record, shop) or {})
    return len(emitted)
