"""Each night: what was never told is told, claims that a crash left half done are mended, yesterday is recounted.

The stream forgets after a day, and gives up on a record that fails ten times. What must have been told follows from the
table, so it is compared with the records of emission. Goes by the days' lists, page by page, and never over the whole
table; how far it has come is stored after each page, so a run that ends early is taken up by the next tick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.day_sums import DaySums, sums_of
from gateway.domain.days import day_of
from gateway.domain.events import EmittedEvent, Event, events_of, update_of
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.repairs import QUIET_MS, RepairProgress, Task, TaskKind, next_run_ms, planned
from gateway.flows.emit import emit, tell
from gateway.flows.emit_money import tell_untold_money
from gateway.flows.emit_outgoing import tell_untold_outgoings
from gateway.flows.publish import Describe, PaymentChange, mend_claim, tell_other_payments
from gateway.ports import Ambient, Flow, PaymentQuery, Store, call
from gateway.ports.days import Days
from gateway.ports.feed import Feed
from gateway.ports.repairs import Repairs

PAGE = 50
TIME_RESERVE_MS = 15_000
"""No page is begun with less than this left."""

SETTLED_MS = MINUTE_MS
"""A day of which a payment changed later than this before the count is not recounted: no two clocks differ as much."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a tick did. next_ms: when there is something to do again."""

    looked_at: int
    told: int
    mended: int
    next_ms: int


@dataclass(frozen=True, slots=True)
class Untold:
    """What was never told of a payment. again: what was, but not to all."""

    record: PaymentRecord
    missing: tuple[Event, ...]
    again: tuple[EmittedEvent, ...]
    latest_told: bool

    @property
    def is_all_told(self) -> bool:
        """Nothing is to be done."""
        return self.latest_told and not self.missing and not self.again


def repair(describe: Describe) -> Flow[Repaired]:
    """Go on with what is left to do, as long as there is time; at night, first plan a new run."""
    progress = yield from _planned()
    looked_at = told = mended = 0
    recount: _Recount | None = None
    while progress.tasks and (yield from call(Ambient.time_left_ms)) >= TIME_RESERVE_MS:
        task = progress.tasks[0]
        if task.kind is TaskKind.RECEIPTS:
            page = yield from _receipts(task, progress.cursor)
            records, cursor, mended, told = page.owners, page.cursor, mended + page.mended, told + page.told
            told += yield from _tell_what_was_not(records, task, describe)
        else:
            if progress.cursor is None:
                recount = yield from _begin_recount(task)
                told += yield from _tell_payouts(task)
            records, cursor = yield from payments_of_day(task, progress.cursor)
            told += yield from _tell_what_was_not(records, task, describe)
            if recount is not None:
                recount.take(records)
                yield from _end_recount(recount if cursor is None else None)
        looked_at += len(records)
        after = progress.after_page(cursor)
        if not (yield from call(Repairs.save_progress, progress, after)):
            break
        progress = yield from call(Repairs.read_progress)
    if looked_at:
        yield from call(Ambient.report, "repair_done", {"looked_at": looked_at, "told": told, "mended": mended})
    return Repaired(looked_at, told, mended, 0 if progress.tasks else next_run_ms(progress))


def _tell_payouts(task: Task) -> Flow[int]:
    """With an owner's newest day: what was never told of money that went out."""
    now_ms = yield from call(Ambient.now_ms)
    if task.day != day_of(now_ms - DAY_MS):
        return 0
    return (yield from tell_untold_outgoings(task.name, task.since_ms, now_ms))


def payments_of_day(task: Task, cursor: str | None) -> Flow[tuple[tuple[PaymentRecord, ...], str | None]]:
    """A page of a day's payments."""
    page = yield from call(Store.list_payments, PaymentQuery(owner=task.name, day=task.day), PAGE, cursor)
    return page.records, page.cursor


def untold_of(records: Sequence[PaymentRecord], since_ms: int, now_ms: int) -> Flow[list[Untold]]:
    """Of each payment that changed since then, what was not told, but for what is the stream's still."""
    streams_from_ms = now_ms - QUIET_MS
    changed = [record for record in records if since_ms <= record.updated_at_ms]
    wanted = {record.id: _to_be_told(record, streams_from_ms) for record in changed}
    ids = [event.id for events in wanted.values() for event in events]
    ids += [update_of(record.id, record.version).id for record in changed]
    emitted = (yield from call(Feed.read_events, tuple(ids))) if ids else ()
    found = {event.id: event for event in emitted}
    compared = [_untold(record, wanted[record.id], found, streams_from_ms) for record in changed]
    return [untold for untold in compared if not untold.is_all_told]


def _to_be_told(record: PaymentRecord, streams_from_ms: int) -> list[Event]:
    """The events of a payment; of one that changed just now, those that followed before and do still.

    A payment that is asked about every hour may have changed just now whenever a night looks at it.
    """
    events = events_of(record.asked, state_of(record.asked, record.facts))
    if record.updated_at_ms <= streams_from_ms:
        return events
    if record.asked.created_at_ms > streams_from_ms:
        return []
    earlier = {fact_id: fact for fact_id, fact in record.facts.items() if fact.learned_at_ms <= streams_from_ms}
    followed = {event.id for event in events_of(record.asked, state_of(record.asked, earlier))}
    return [event for event in events if event.id in followed]


def _untold(
    record: PaymentRecord, wanted: Sequence[Event], found: dict[str, EmittedEvent], streams_from_ms: int
) -> Untold:
    of_this = [event for event in found.values() if event.payment_id == record.id]
    just_changed = record.updated_at_ms > streams_from_ms
    return Untold(
        record,
        missing=tuple(event for event in wanted if event.id not in found),
        again=tuple(
            event for event in of_this if event.untold and not (just_changed and event.emitted_at_ms > streams_from_ms)
        ),
        latest_told=just_changed or any(event.version >= record.version for event in of_this),
    )


def _planned() -> Flow[RepairProgress]:
    """The progress, with the tasks of a new run where it is time for one."""
    progress = yield from call(Repairs.read_progress)
    now_ms = yield from call(Ambient.now_ms)
    if now_ms < next_run_ms(progress):
        return progress
    shops = yield from call(Repairs.shops)
    codes = {code.number for shop in shops for code in shop.shortcodes}
    codes |= {code.store_number for shop in shops for code in shop.shortcodes if code.store_number}
    run = planned(progress, [shop.owner for shop in shops], codes, now_ms)
    yield from call(Repairs.save_progress, progress, run)
    return (yield from call(Repairs.read_progress))


def _tell_what_was_not(records: Sequence[PaymentRecord], task: Task, describe: Describe) -> Flow[int]:
    """How many events were told of these payments. Raises PortError: the page is gone through again."""
    now_ms = yield from call(Ambient.now_ms)
    told = 0
    for untold in (yield from untold_of(records, task.since_ms, now_ms)):
        record = untold.record
        new: list[EmittedEvent] = []
        if untold.missing or not untold.latest_told:
            new = yield from emit(record, untold.missing, untold=True)
        yield from tell([*new, *untold.again], describe(record, state_of(record.asked, record.facts)))
        yield from tell_other_payments(PaymentChange(None, record))
        yield from call(Ambient.report, "event_told_late", {"payment": record.id, "events": len(new)})
        told += len(new) + len(untold.again)
    return told


@dataclass(frozen=True, slots=True)
class _Receipts:
    """A page of receipts: payments that own them, how many were mended, events told of them, where to go on."""

    owners: tuple[PaymentRecord, ...]
    mended: int
    told: int
    cursor: str | None


def _receipts(task: Task, cursor: str | None) -> Flow[_Receipts]:
    """See that each receipt's owner has its facts."""
    page = yield from call(Repairs.receipts_of_day, task.name, task.day, PAGE, cursor)
    owners = tuple({receipt.owner: None for receipt in page.records if receipt.owner is not None})
    found = (yield from call(Store.read_payments, owners)) if owners else ()
    payments = {record.id: record for record in found}
    mended = 0
    for receipt in page.records:
        mended += yield from mend_claim(receipt, payments.get(receipt.owner or ""))
    told = yield from tell_untold_money(page.records)
    return _Receipts(found, mended, told, page.cursor)


# --- sums ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Recount:
    """A day that is being counted from the table. before: as it was counted when this began."""

    before: DaySums
    began_ms: int
    sums: Counter[str]
    newest_ms: int = 0

    def take(self, records: Sequence[PaymentRecord]) -> None:
        """Count these payments."""
        for record in records:
            self.sums.update(sums_of(record))
            self.newest_ms = max(self.newest_ms, record.updated_at_ms)


def _begin_recount(task: Task) -> Flow[_Recount]:
    began_ms = yield from call(Ambient.now_ms)
    before = yield from call(Days.read_day, task.name, task.day)
    return _Recount(before or DaySums(task.name, task.day), began_ms, Counter())


def _end_recount(recount: _Recount | None) -> Flow[None]:
    """Write the sums if they differ. Not while payments of the day change: the next night finds it quieter."""
    if recount is None or recount.newest_ms > recount.began_ms - SETTLED_MS:
        return
    counted = {name: value for name, value in recount.before.sums.items() if value}
    if counted == dict(+recount.sums):
        return
    now_ms = yield from call(Ambient.now_ms)
    until_ms = recount.began_ms - SETTLED_MS
    replaced = yield from call(Days.replace_day, recount.before, dict(recount.sums), until_ms, now_ms)
    if replaced:
        yield from call(Ambient.report, "day_recounted", {"owner": recount.before.owner, "day": recount.before.day})
