"""What must have been told of a payment, and when somebody looks whether it was.

Each night goes through the payments of yesterday and the day before (`repairs.py`). One that changes later (money goes
back, a person asks for a review, it expires) stands in no list of a night, so it is looked at because of its change.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.events import KEPT_DAYS, Event, events_of
from gateway.domain.fold import state_of
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS

QUIET_MS = 10 * MINUTE_MS
"""What changed later than this is still the stream's to tell."""

TELLING_LOOKS = -2
"""Under this number a payment counts the looks that found something untold (`PaymentRecord.asks`)."""

LOOK_AFTER_MS = QUIET_MS + MINUTE_MS
"""So long after a change it is no longer the stream's to tell, whatever clocks say."""

LOOKS_APART_MS = HOUR_MS
"""Between looks while something is untold."""

DAYS_OF_NIGHTS = 2
"""The day of creation and the one after: what changes on them is met by the next night."""


def changed_late(record: PaymentRecord) -> bool:
    """Whether it changed last on a day after which no night goes through it."""
    return record.updated_at_ms >= day_begins_ms(day_of(record.asked.created_at_ms)) + DAYS_OF_NIGHTS * DAY_MS


def telling_look_ms(record: PaymentRecord) -> int | None:
    """When to look whether all is told of a payment that changed late; None: it was looked at and all was told."""
    if not changed_late(record) or record.unconcluded:
        return None
    looks = record.asks.get(TELLING_LOOKS, Asks(0, 0))
    first_ms = record.updated_at_ms + LOOK_AFTER_MS
    if looks.last_at_ms < first_ms:
        return first_ms
    return looks.last_at_ms + LOOKS_APART_MS if looks.count else None


def looked_at(record: PaymentRecord, now_ms: int, *, all_told: bool) -> Asks:
    """The looks with one more. A greater count asks the stream to tell (`asks_to_be_told`)."""
    before = record.asks.get(TELLING_LOOKS, Asks(0, 0))
    return Asks(0 if all_told else before.count + 1, now_ms)


def asks_to_be_told(before: PaymentRecord, after: PaymentRecord) -> bool:
    """Whether a look between these images of a payment found something untold."""
    none = Asks(0, 0)
    return after.asks.get(TELLING_LOOKS, none).count > before.asks.get(TELLING_LOOKS, none).count


def to_be_told(record: PaymentRecord, now_ms: int) -> list[Event]:
    """The events of a payment; of one that changed just now, those that followed before and do still.

    A payment that is asked about every hour may have changed just now whenever somebody looks at it. What followed
    before the oldest record of emission that is kept was told then.
    """
    streams_from_ms = now_ms - QUIET_MS
    events = events_of(record.asked, state_of(record.asked, record.facts))
    long_told = _followed(record, now_ms - KEPT_DAYS * DAY_MS)
    left = [event for event in events if event.id not in long_told]
    if record.updated_at_ms <= streams_from_ms:
        return left
    followed = _followed(record, streams_from_ms)
    return [event for event in left if event.id in followed]


def was_cut_off(record: PaymentRecord, emitted_at_ms: int, missing: Collection[Event]) -> bool:
    """Whether who told an event then died before all was told: what is missing followed at that time already.

    It may have died between the record of emission and the bus, so that the record proves nothing.
    """
    return bool(missing) and not _followed(record, emitted_at_ms).isdisjoint(event.id for event in missing)


def _followed(record: PaymentRecord, until_ms: int) -> set[str]:
    """Ids of the events that followed from what was known then."""
    if record.asked.created_at_ms > until_ms:
        return set()
    known = {fact_id: fact for fact_id, fact in record.facts.items() if fact.learned_at_ms <= until_ms}
    return {event.id for event in events_of(record.asked, state_of(record.asked, known))}
