"""Everything that the comparison of a day looks at: by the indexes of days and receipts, page by page, never all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.reconciliation.compare import Action, DayBooks, OurMoney, Proposal, our_money
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import Shortcode
from gateway.flows.propose import propose
from gateway.ports import Flow, PaymentQuery, Store, call
from gateway.ports.reconciliation import Books
from gateway.ports.repairs import Repairs

PAGE = 100
PAGES_OF_ROWS = 50
PROPOSED_MAX = 200
"""Proposals cost reads, so a day with more unassigned money than this has them for the first ones only."""


@dataclass(slots=True)
class Known:
    """What was found so far."""

    receipts: dict[str, ReceiptRecord] = field(default_factory=dict)
    payments: dict[str, PaymentRecord] = field(default_factory=dict)


def gather(owner: str, code: Shortcode, day: str) -> Flow[tuple[DayBooks, Known]]:
    """Both sides of a day of an owner's shortcode, and what they were made from. Raises StoreUnavailable."""
    mark = yield from call(Books.read_pull_mark, code.business_number)
    rows = yield from _rows(code, day)
    known = yield from _known(owner, code, day, rows)
    listed = {row.receipt for row in rows}
    money, foreign = _sorted_out(known, owner)
    concerned = [one for one in money if one.day == day or one.receipt in listed]
    yield from _read_receipts({one.receipt for one in concerned if one.receipt} - set(known.receipts), known)
    mine = [one for one in concerned if one.receipt in listed or _came_here(one, known, code)]
    elsewhere = yield from _elsewhere(code, day, {one.receipt for one in mine if one.receipt} - listed)
    unowned = {
        receipt: record
        for receipt, record in known.receipts.items()
        if receipt in listed and record.owner not in known.payments
    }
    books = DayBooks(
        day=day,
        ours=mine,
        rows=rows,
        covers=mark.covers if mark else _covers_nothing,
        elsewhere=elsewhere,
        receipts=unowned,
        proposed=(yield from _proposed(owner, unowned.values())),
        foreign=foreign,
    )
    return books, known


def is_complete(mark: PullMark | None, day: str) -> bool:
    """Whether M-Pesa's list is known for all of a day."""
    begins_ms = day_begins_ms(day)
    return mark is not None and mark.covers_all(begins_ms, begins_ms + DAY_MS - 1)


def _covers_nothing(_: int) -> bool:
    return False


def _rows(code: Shortcode, day: str) -> Flow[tuple[MpesaRow, ...]]:
    """M-Pesa's book of a day."""
    rows: list[MpesaRow] = []
    cursor: str | None = None
    while True:
        page = yield from call(Books.rows_of_day, code.business_number, day, PAGES_OF_ROWS, cursor)
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            return tuple(rows)


def _known(owner: str, code: Shortcode, day: str, rows: Iterable[MpesaRow]) -> Flow[Known]:
    """Receipts of the day, those of M-Pesa's rows, and all payments that may have money of this day."""
    known = Known()
    for number in _numbers(code):
        cursor: str | None = None
        while True:
            page = yield from call(Repairs.receipts_of_day, number, day, PAGE, cursor)
            known.receipts |= {record.receipt: record for record in page.records}
            cursor = page.cursor
            if cursor is None:
                break
    named = {row.linked for row in rows if row.linked} | {row.receipt for row in rows if row.kind is RowKind.PAYMENT}
    yield from _read_receipts(named - set(known.receipts), known)
    for made_on in (day, day_of(day_begins_ms(day) - 1)):
        yield from _read_payments_made(owner, made_on, known)
    owners = {record.owner for record in known.receipts.values() if record.owner is not None}
    missing = tuple(sorted(owners - set(known.payments)))
    found = (yield from call(Store.read_payments, missing)) if missing else ()
    known.payments |= {record.id: record for record in found}
    return known


def _read_payments_made(owner: str, day: str, known: Known) -> Flow[None]:
    """Payments of a day: money whose receipt nobody knows stands only there."""
    cursor: str | None = None
    while True:
        page = yield from call(Store.list_payments, PaymentQuery(owner=owner, day=day), PAGE, cursor)
        known.payments |= {record.id: record for record in page.records}
        cursor = page.cursor
        if cursor is None:
            return


def _read_receipts(receipts: Iterable[str], known: Known) -> Flow[None]:
    wanted = tuple(sorted(receipts))
    found = (yield from call(Books.read_receipts, wanted)) if wanted else ()
    known.receipts |= {record.receipt: record for record in found}


def _sorted_out(known: Known, owner: str) -> tuple[list[OurMoney], frozenset[str]]:
    """The owner's money; and receipts of payments of other owners, who may share a shortcode."""
    ours: list[OurMoney] = []
    foreign: set[str] = set()
    for record in known.payments.values():
        money = our_money(record, state_of(record.asked, record.facts))
        if record.asked.owner == owner:
            ours += money
        else:
            foreign |= {one.receipt for one in money if one.receipt}
    return ours, frozenset(foreign)


def _came_here(money: OurMoney, known: Known, code: Shortcode) -> bool:
    """Whether it came to this shortcode: by its receipt, which a person may have given to a payment of another one."""
    receipt = known.receipts.get(money.receipt or "")
    number = receipt.shortcode if receipt else known.payments[money.payment].asked.shortcode
    return number in _numbers(code)


def _elsewhere(code: Shortcode, day: str, receipts: set[str]) -> Flow[dict[str, MpesaRow]]:
    """M-Pesa's rows of the days beside this one, where some of our money has none on it."""
    if not receipts:
        return {}
    begins_ms = day_begins_ms(day)
    found: dict[str, MpesaRow] = {}
    for beside in (day_of(begins_ms - 1), day_of(begins_ms + DAY_MS)):
        rows = yield from _rows(code, beside)
        found |= {row.receipt: row for row in rows if row.receipt in receipts and row.kind is RowKind.PAYMENT}
    return found


def _proposed(owner: str, records: Iterable[ReceiptRecord]) -> Flow[dict[str, Proposal]]:
    """For money that nobody has: the likeliest payment, and why."""
    waiting = [record for record in records if record.standing is Standing.UNMATCHED][:PROPOSED_MAX]
    found = (yield from propose(waiting, owner)) if waiting else {}
    return {
        receipt: Proposal(Action.ASSIGN, tuple(str(reason) for reason in best[0].why), best[0].payment_id)
        for receipt, best in found.items()
        if best
    }


def _numbers(code: Shortcode) -> tuple[str, ...]:
    """The numbers under which its receipts may lie: a confirmation may name a till or its store."""
    return (code.number, code.store_number) if code.store_number else (code.number,)
