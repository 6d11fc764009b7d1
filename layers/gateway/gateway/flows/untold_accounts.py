"""Each night: what was never told of an owner's compared days and of an operator that is stopped is told now.

Both follow from what the table holds. That a balance was asked for, or was low for a while, does not: the next hour's
answer says how it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.account_events import account_news
from gateway.domain.circuit import Circuit
from gateway.domain.days import day_of
from gateway.domain.events import EmittedEvent
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.day import DAYS_AGAIN, DayRecord, day_news, discriminator_of, event_id
from gateway.domain.shop import ShopSettings
from gateway.domain.telling import QUIET_MS
from gateway.flows.accounts_shown import account_shown
from gateway.flows.emit import tell
from gateway.flows.reconciliation.tell import day_shown
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.feed import Feed
from gateway.ports.initiator import Initiator
from gateway.ports.reconciliation import Reconciliations


def tell_untold_accounts(owner: str, now_ms: int) -> Flow[int]:
    """Tell what no record of emission shows, or what was not told to all, but for what is the stream's still.

    How many events. Raises PortError: it is gone through again.
    """
    shop = yield from call(Store.read_settings, owner)
    if shop is None:
        return 0
    told = 0
    for record in (yield from _compared_days(shop, now_ms)):
        if record.run_at_ms <= now_ms - QUIET_MS:
            told += yield from _told(_events_of_day(record, now_ms), day_shown(record))
    for circuit in (yield from _circuits(shop)):
        if all(one.since_ms <= now_ms - QUIET_MS for one in circuit.openings.values()):
            told += yield from _told(_events_of_circuit(circuit, owner, now_ms), account_shown(circuit, now_ms))
    return told


def _compared_days(shop: ShopSettings, now_ms: int) -> Flow[list[DayRecord]]:
    """Those that the last mornings compared, and today, of shortcodes whose list is read."""
    found = []
    for code in (code for code in shop.shortcodes if code.pull):
        for back in range(DAYS_AGAIN + 1):
            day = day_of(now_ms - back * DAY_MS)
            record = yield from call(Reconciliations.read_day, shop.owner, code.business_number, day)
            found += [record] if record is not None else []
    return found


def _circuits(shop: ShopSettings) -> Flow[list[Circuit]]:
    """Of the operators with whom this shop calls M-PESA, those that something was wrong with."""
    numbers = {code.business_number for code in shop.shortcodes} | ({shop.payout_shortcode} - {""})
    found = []
    for number in sorted(numbers):
        circuit = yield from call(Initiator.read_circuit, number)
        found += [circuit] if circuit is not None and shop.owner in circuit.owners else []
    return found


def _events_of_day(record: DayRecord, now_ms: int) -> list[EmittedEvent]:
    return [
        EmittedEvent(
            id=event_id(record, type_),
            type=str(type_),
            owner=record.owner,
            payment_id=f"{record.shortcode}#{record.day}",
            emitted_at_ms=now_ms + place,
            version=record.version,
            discriminator=discriminator_of(record, type_),
            untold=True,
        )
        for place, type_ in enumerate(day_news(None, record))
    ]


def _events_of_circuit(circuit: Circuit, owner: str, now_ms: int) -> list[EmittedEvent]:
    return [
        EmittedEvent(
            id=news.id,
            type=str(news.type),
            owner=owner,
            payment_id=circuit.shortcode,
            emitted_at_ms=now_ms + place,
            version=circuit.version,
            discriminator=news.discriminator,
            untold=True,
        )
        for place, news in enumerate(account_news(None, circuit, owner))
    ]


def _told(events: Sequence[EmittedEvent], data: Mapping[str, Any]) -> Flow[int]:
    """Emit what is missing, marked as untold until it is told; and tell it with what was not told to all."""
    found = {event.id: event for event in (yield from call(Feed.read_events, tuple(one.id for one in events)))}
    untold = [event for event in found.values() if event.untold]
    for event in (event for event in events if event.id not in found):
        standing = yield from call(Feed.emit, event)
        untold.append(standing or event)
    yield from tell(untold, data)
    if untold:
        yield from call(Ambient.report, "event_told_late", {"about": untold[0].payment_id, "events": len(untold)})
    return len(untold)
