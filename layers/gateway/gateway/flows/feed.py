"""Read the feed: what was told, in the order in which it was told, each event with its payment as it stands now.

Who follows the feed by the last event that it saw misses nothing: events are shown only when they are a few seconds
old. By then the clocks of all tellers have passed that moment, whatever was to be written has been, and the index shows
it. What a repair tells later stands at the time of the repair, behind everything that was shown before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.event_types import IN_THE_FEED, AccountEvent, MoneyEvent
from gateway.domain.events import KEPT_DAYS, EmittedEvent
from gateway.domain.money_out.events import OUT_EVENTS
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.events import DayEvent
from gateway.domain.webhooks import Endpoint, Endpoints
from gateway.flows.emit_account import read_account
from gateway.flows.money_shown import money_told
from gateway.flows.outgoing_shown import outgoing_shown
from gateway.flows.reconciliation.tell import read_told_day
from gateway.ports import Ambient, Flow, Store, call
from gateway.ports.feed import Feed, FeedPlace
from gateway.ports.money_out import Outgoings
from gateway.ports.received import Received
from gateway.ports.webhooks import Webhooks

SETTLES_MS = 5_000
"""So old an event must be to be shown: two seconds and a half for its write, the rest for clocks and index."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event and what it is about: a payment, a webhook endpoint, or, as shown (money), anything else.

    All None: the table has it no more.
    """

    event: EmittedEvent
    record: PaymentRecord | None
    endpoint: Endpoint | None = None
    money: Mapping[str, Any] | None = None


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
    of_endpoints = [event for event in page.events if event.type in IN_THE_FEED]
    shown = (yield from _money(owner, page.events)) | (yield from _outgoings(page.events))
    shown |= yield from _accounts(page.events)
    shown |= yield from _days(owner, page.events)
    ids = _payments_of(page.events)
    found = (yield from call(Store.read_payments, ids)) if ids else ()
    records = {record.id: record for record in found}
    endpoints = (yield from call(Webhooks.read_endpoints, owner)) if of_endpoints else Endpoints(owner)
    told = [
        Told(one, records.get(one.payment_id), endpoints.find(one.payment_id), shown.get(one.payment_id))
        for one in page.events
    ]
    return FeedRead(tuple(told), page.place)


def _payments_of(events: Sequence[EmittedEvent]) -> tuple[str, ...]:
    others = (*IN_THE_FEED, *MoneyEvent, *OUT_EVENTS, *AccountEvent, *DayEvent)
    return tuple(dict.fromkeys(event.payment_id for event in events if event.type not in others))


def _accounts(events: Sequence[EmittedEvent]) -> Flow[dict[str, Mapping[str, Any]]]:
    """The balances, asked codes and operators of which these events tell, by what they are about."""
    subjects = {event.payment_id: event.type for event in events if event.type in set(AccountEvent)}
    shown: dict[str, Mapping[str, Any]] = {}
    for subject, type_ in subjects.items():
        found = yield from read_account(type_, subject)
        shown |= {subject: found} if found is not None else {}
    return shown


def _days(owner: str, events: Sequence[EmittedEvent]) -> Flow[dict[str, Mapping[str, Any]]]:
    """The compared days of which these events tell."""
    shown: dict[str, Mapping[str, Any]] = {}
    for subject in dict.fromkeys(event.payment_id for event in events if event.type in set(DayEvent)):
        found = yield from read_told_day(owner, subject)
        shown |= {subject: found} if found is not None else {}
    return shown


def _outgoings(events: Sequence[EmittedEvent]) -> Flow[dict[str, Mapping[str, Any]]]:
    """The payouts and refunds of which these events tell, as the API shows them."""
    ids = tuple(dict.fromkeys(event.payment_id for event in events if event.type in OUT_EVENTS))
    found = (yield from call(Outgoings.read_outgoings, ids)) if ids else ()
    return {record.id: outgoing_shown(record, outgoing_state(record)) for record in found}


def _money(owner: str, events: Sequence[EmittedEvent]) -> Flow[dict[str, Mapping[str, Any]]]:
    """The money of which these events tell, by receipt, as the API shows it."""
    receipts = tuple(dict.fromkeys(event.payment_id for event in events if event.type in set(MoneyEvent)))
    shop = (yield from call(Store.read_settings, owner)) if receipts else None
    if shop is None:
        return {}
    found = yield from call(Received.read_receipts, receipts)
    return {record.receipt: shown for record in found if (shown := money_told(record, shop)) is not None}
