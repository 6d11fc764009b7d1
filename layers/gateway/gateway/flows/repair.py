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
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.repairs import RepairProgress, Task, TaskKind, next_run_ms, planned
from gateway.flows.emit_money import tell_untold_money
from gateway.flows.emit_outgoing import tell_untold_outgoings
from gateway.flows.mend_claim import mend_claim
from gateway.flows.publish import Describe, tell_untold
from gateway.flows.untold import untold_of
from gateway.flows.untold_accounts import tell_untold_accounts
from gateway.ports import Ambient, Flow, PaymentQuery, Store, call
from gateway.ports.days import Days
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
                told += yield from _tell_payouts_and_accounts(task)
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


def _tell_payouts_and_accounts(task: Task) -> Flow[int]:
    """With an owner's newest day: what was never told of money that went out, compared days and stopped operators."""
    now_ms = yield from call(Ambient.now_ms)
    if task.day != day_of(now_ms - DAY_MS):
        return 0
    told = yield from tell_untold_outgoings(task.name, task.since_ms, now_ms)
    return told + (yield from tell_untold_accounts(task.name, now_ms))


def payments_of_day(task: Task, cursor: str | None) -> Flow[tuple[tuple[PaymentRecord, ...], str | None]]:
    """A page of a day's payments."""
    page = yield from call(Store.list_payments, PaymentQuery(owner=task.name, day=task.day), PAGE, cursor)
    return page.records, page.cursor


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
        told += yield from tell_untold(untold, describe)
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
