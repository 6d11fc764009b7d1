"""Begin a payment from a payment link: its limits, one of its places, then a payment like any other.

A place is held before the payment is written, in the payment's name. A process that dies in between leaves a place
without a payment, which is free again after two minutes; one that dies later leaves a payment, which decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.links import Link, PlaceEnd, Standing, end_of_place, settled, standing_of, with_place_for
from gateway.domain.payment import Asked
from gateway.domain.shop import Shortcode
from gateway.flows.keep import ROUNDS_MAX
from gateway.flows.limits import Limit, reached
from gateway.flows.settings import FlowSettings
from gateway.flows.start_payment import Started, start_payment
from gateway.ports import Ambient, Flow, Store, StoreUnavailable, call
from gateway.ports.links import Links

LOOKED_AT = 2
"""Held places that each start looks at, oldest first: more than it adds, so that few are ever held."""

LOOKED_AT_WHEN_FULL = 10


@dataclass(frozen=True, slots=True)
class LinkStarted:
    """started None: nothing was stored, because of standing, or because a limit was reached (then until when)."""

    started: Started | None
    standing: Standing = Standing.OPEN
    limited_until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a payer asks of a link. actor: who it is in the payment's history."""

    asked: Asked
    phone: str | None
    shortcode: Shortcode
    actor: str
    limits: Sequence[Limit]


def pay_link(link: Link, wish: Wish, settings: FlowSettings) -> Flow[LinkStarted]:
    """Begin, or show what this wish began before. Raises StoreUnavailable: then nothing was sent."""
    existing = yield from call(Store.read_payment, wish.asked.id)
    if existing is not None:
        return LinkStarted(Started(existing, settings.state(existing), created=False))
    closed = _closed(link, (yield from call(Ambient.now_ms)))
    if closed is not None:
        return LinkStarted(None, closed)
    limit = yield from reached(wish.limits)
    if limit is not None:
        return LinkStarted(None, limited_until_ms=limit.ends_at_ms)
    standing = yield from _hold_place(link, wish.asked.id, settings)
    if standing is not Standing.OPEN:
        return LinkStarted(None, standing)
    return LinkStarted((yield from start_payment(wish.asked, wish.phone, wish.shortcode, wish.actor, settings)))


def _closed(link: Link, now_ms: int) -> Standing | None:
    """Why it takes nothing, if that is certain already. Places that are held may be free again."""
    standing = standing_of(link, now_ms)
    return None if standing is Standing.OPEN or (standing is Standing.USED_UP and link.held) else standing


def _hold_place(link: Link, payment_id: str, settings: FlowSettings) -> Flow[Standing]:
    """Hold a place in the payment's name, if the link has any. OPEN: it is held."""
    for _ in range(ROUNDS_MAX):
        if link.max_payments is None or payment_id in link.held:
            return Standing.OPEN
        now_ms = yield from call(Ambient.now_ms)
        after = settled(link, (yield from ends_of_places(link, settings)))
        standing = standing_of(after, now_ms)
        if standing is not Standing.OPEN:
            return standing
        after = with_place_for(after, payment_id, now_ms)
        if (yield from call(Links.save_link, link, after)):
            return Standing.OPEN
        found = yield from call(Links.read_link, link.id)
        link = found or link
    raise StoreUnavailable("a payment link changes faster than a place can be held")


def ends_of_places(link: Link, settings: FlowSettings) -> Flow[dict[str, PlaceEnd]]:
    """What became of the oldest held places."""
    most = LOOKED_AT_WHEN_FULL if link.places_left == 0 else LOOKED_AT
    now_ms = yield from call(Ambient.now_ms)
    ends = {}
    for payment_id, since_ms in sorted(link.held.items(), key=lambda held: held[1])[:most]:
        record = yield from call(Store.read_payment, payment_id)
        payment = (settings.state(record), record.asked.expires_at_ms) if record else None
        ends[payment_id] = end_of_place(since_ms, payment, now_ms)
    return ends
