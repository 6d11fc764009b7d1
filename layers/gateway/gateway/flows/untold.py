"""Compare payments with the records of emission: what should have been told of them, and was not.

The night compares the payments of a day (`repair.py`); the sweep compares a payment that changed later than the nights
look (`see_it_told`), and has the stream tell what it finds: only the stream's function may tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.due import due_at_ms
from gateway.domain.events import EmittedEvent, Event, update_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.telling import LOOKS_APART_MS, QUIET_MS, TELLING_LOOKS, looked_at, to_be_told, was_cut_off
from gateway.flows.keep import is_of_a_newer_release
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, DueItem, Flow, Store, call
from gateway.ports.feed import Feed


@dataclass(frozen=True, slots=True)
class Untold:
    """What was never told of a payment. again: what was, but perhaps not to all."""

    record: PaymentRecord
    missing: tuple[Event, ...]
    again: tuple[EmittedEvent, ...]
    latest_told: bool

    @property
    def is_all_told(self) -> bool:
        """Nothing is to be done."""
        return self.latest_told and not self.missing and not self.again


def untold_of(records: Sequence[PaymentRecord], since_ms: int, now_ms: int) -> Flow[list[Untold]]:
    """Of each payment that changed since then, what was not told, but for what is the stream's still."""
    changed = [record for record in records if since_ms <= record.updated_at_ms]
    wanted = {record.id: to_be_told(record, now_ms) for record in changed}
    ids = [event.id for events in wanted.values() for event in events]
    ids += [update_of(record.id, record.version).id for record in changed]
    emitted = (yield from call(Feed.read_events, tuple(ids))) if ids else ()
    found = {event.id: event for event in emitted}
    compared = [_untold(record, wanted[record.id], found, now_ms - QUIET_MS) for record in changed]
    return [untold for untold in compared if not untold.is_all_told]


def _untold(
    record: PaymentRecord, wanted: Sequence[Event], found: dict[str, EmittedEvent], streams_from_ms: int
) -> Untold:
    of_this = [event for event in found.values() if event.payment_id == record.id]
    just_changed = record.updated_at_ms > streams_from_ms
    missing = tuple(event for event in wanted if event.id not in found)
    again = tuple(
        event
        for event in of_this
        if (event.untold or was_cut_off(record, event.emitted_at_ms, missing))
        and not (just_changed and event.emitted_at_ms > streams_from_ms)
    )
    return Untold(
        record,
        missing=missing,
        again=again,
        latest_told=just_changed or any(event.version >= record.version for event in of_this),
    )


def see_it_told(record: PaymentRecord, state: PaymentState, settings: FlowSettings) -> Flow[None]:
    """Look whether all is told of a payment, and note the look in its item: the stream tells what this found untold.

    A release that does not know all its facts leaves the look to the newer one. Raises StoreUnavailable.
    """
    now_ms = yield from call(Ambient.now_ms)
    if is_of_a_newer_release(record):
        yield from call(Store.lease_payment, record, now_ms + LOOKS_APART_MS, record.asks)
        return
    untold = yield from untold_of([record], 0, now_ms)
    looks = looked_at(record, now_ms, all_told=not untold)
    looked = replace(record, asks={**record.asks, TELLING_LOOKS: looks})
    next_ms = due_at_ms(looked, state, settings.policy)
    later_ms = now_ms + LOOKS_APART_MS if next_ms is None else max(next_ms, now_ms)
    leased = yield from call(Store.lease_payment, record, later_ms, looked.asks)
    if leased and next_ms is None:
        yield from call(Store.clear_due, DueItem(f"PAY#{record.id}", later_ms), None)
