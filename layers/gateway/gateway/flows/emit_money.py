"""Tell the world of money by hand, as of payments (`emit.py`): first the record of emission, then who listens.

Whose payment has it is told; while it waits, each shop that takes money under its shortcode: two may share one.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.events import EmittedEvent
from gateway.domain.money_events import MoneyNews, money_news
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ShopSettings
from gateway.flows.emit import tell
from gateway.flows.money_shown import money_told
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.feed import Feed
from gateway.ports.received import Received


def tell_of_money(before: ReceiptRecord | None, after: ReceiptRecord) -> Flow[int]:
    """Tell what is new of a receipt's item; how many events. Raises PortError: the record of the stream comes again."""
    return (yield from _told(after, money_news(before, after), {}))


def tell_untold_money(records: Sequence[ReceiptRecord]) -> Flow[int]:
    """Tell what was never told of these receipts; how many events. Raises PortError: they are gone through again."""
    told = 0
    for record in records:
        news = money_news(None, record)
        shops = (yield from _shops_of(record)) if news else ()
        ids = tuple(one.id_for(shop.owner) for one in news for shop in shops)
        found = {event.id: event for event in (yield from call(Feed.read_events, ids))} if ids else {}
        told += yield from _told(record, news, {name: event for name, event in found.items() if not event.untold})
    return told


def _shops_of(record: ReceiptRecord) -> Flow[tuple[ShopSettings, ...]]:
    """Who is told. A shortcode of no shop, or a payment that is not in the table: nobody."""
    shops = yield from call(Received.shops_of, record.shortcode)
    if record.owner is None:
        return shops
    payment = yield from call(Store.read_payment, record.owner)
    return tuple(shop for shop in shops if payment is not None and shop.owner == payment.asked.owner)


def _told(record: ReceiptRecord, news: Sequence[MoneyNews], told: dict[str, EmittedEvent]) -> Flow[int]:
    """Tell each shop what it was not told of."""
    events = 0
    for shop in (yield from _shops_of(record)) if news else ():
        emitted = list[EmittedEvent]()
        for one in (one for one in news if one.id_for(shop.owner) not in told):
            now_ms = yield from call(Ambient.now_ms)
            event = EmittedEvent(
                id=one.id_for(shop.owner),
                type=str(one.type),
                owner=shop.owner,
                payment_id=one.receipt,
                emitted_at_ms=now_ms + len(emitted),
                version=record.version,
                discriminator=one.discriminator,
            )
            emitted.append((yield from call(Feed.emit, event)) or event)
        yield from tell(emitted, money_told(record, shop) or {})
        events += len(emitted)
    return events
