"""Places within the limits of a day: the recipient's first, then the day's; given back in the other order.

Every step may be done again: a place that is held stays one place, and an end that was told is told. A place is given
back only after a version of the item says that nobody sends on it; whoever merely finds no room gives back nothing,
since another worker may have found some and have begun.

A place is taken on the limit as it stood before the item was read, and each end writes the limit anew, also where there
was no place. So a slow worker, whom the end has overtaken, loses its write, looks at the item again, and takes none.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.limits import (
    Limit,
    Place,
    day_limit_name,
    recipient_limit_name,
    with_end,
    with_place,
    with_place_again,
)
from gateway.domain.money_out.outgoing import OUTGOING, OutgoingAsked, OutgoingRecord
from gateway.flows.keep import PAUSE_MS_MAX, pause_with_jitter
from gateway.flows.settings import FlowSettings
from gateway.ports import Flow, Secrets, StoreUnavailable, call
from gateway.ports.money_out import Outgoings
from gateway.security import phone_key

LIMIT_ROUNDS_MAX = 40
"""Lost races for one limit's item: many payouts of a file want a place at once."""


def take_places(asked: OutgoingAsked, day: str, settings: FlowSettings) -> Flow[Place]:
    """A place in both limits. Where the day has no room, that at the recipient stays.

    The item says already that it counts on this day. Raises StoreUnavailable, SecretsUnavailable: look again.
    """
    recipient = yield from take_recipients_place(asked, day, settings.out.recipient_kes)
    if recipient is not Place.TAKEN:
        return recipient
    return (yield from _take(day_limit_name(asked.owner, day), asked, day, settings.out.day_kes))


def take_recipients_place(asked: OutgoingAsked, day: str, cap_kes: int) -> Flow[Place]:
    """A place in the recipient's limit alone, as if it were `cap_kes`."""
    name = yield from _recipients_limit(asked, day)
    return (yield from _take(name, asked, day, cap_kes))


def end_places(record: OutgoingRecord, day: str, *, went: bool) -> Flow[None]:
    """Count it as gone on this day, or give its places back."""
    yield from _end(day_limit_name(record.asked.owner, day), record.id, went=went)
    name = yield from _recipients_limit(record.asked, day)
    yield from _end(name, record.id, went=went)


def close_limits(record: OutgoingRecord, *, went: bool) -> Flow[None]:
    """Its end, told to every limit that may count it."""
    if record.limit_day_before:
        yield from end_places(record, record.limit_day_before, went=False)
    yield from end_places(record, record.limit_day, went=went)


def reopen_limits(record: OutgoingRecord) -> Flow[None]:
    """It went although its places were given back: it counts as on its way, until its end is told anew."""
    asked = record.asked
    recipients = yield from _recipients_limit(asked, record.limit_day)
    for name in (recipients, day_limit_name(asked.owner, record.limit_day)):
        yield from _change(name, lambda limit: with_place_again(limit, asked.id, asked.amount_kes), is_an_end=False)


def _recipients_limit(asked: OutgoingAsked, day: str) -> Flow[str]:
    keys = yield from call(Secrets.read_keys)
    recipient = asked.phone or asked.party or asked.original_receipt or ""
    return recipient_limit_name(asked.owner, day, phone_key(keys.phone, recipient))


def _take(name: str, asked: OutgoingAsked, day: str, cap_kes: int) -> Flow[Place]:
    for lost in range(LIMIT_ROUNDS_MAX):
        before = yield from call(Outgoings.read_limit, name)
        if not (yield from _still_waits(asked.id, day)):
            return Place.NOT_WANTED
        standing = before or Limit(name=name)
        place, after = with_place(standing, asked.id, asked.amount_kes, cap_kes)
        if after is standing or (yield from call(Outgoings.save_limit, before, after)):
            return place
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable("a limit changes faster than a place can be taken")


def _still_waits(out_id: str, day: str) -> Flow[bool]:
    """Whether nobody has begun it, ended it or moved it to another day: a place taken after that may never end."""
    record = yield from call(Outgoings.read_outgoing, out_id)
    return record is not None and record.limit_day == day and OUTGOING[outgoing_state(record).status].waits


def _end(name: str, out_id: str, *, went: bool) -> Flow[None]:
    yield from _change(name, lambda limit: with_end(limit, out_id, went=went), is_an_end=True)


def _change(name: str, change: Callable[[Limit], Limit], *, is_an_end: bool) -> Flow[None]:
    for lost in range(LIMIT_ROUNDS_MAX):
        before = yield from call(Outgoings.read_limit, name)
        standing = before or Limit(name=name)
        after = change(standing)
        if (after is standing and not is_an_end) or (yield from call(Outgoings.save_limit, before, after)):
            return
        yield from pause_with_jitter(PAUSE_MS_MAX * (lost + 1))
    raise StoreUnavailable("a limit changes faster than a place can be given back")
