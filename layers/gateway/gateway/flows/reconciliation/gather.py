"""Everything that the comparison of a day looks at: by the indexes of days and receipts, page by page, never all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.facts import Source
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.reconciliation.compare import Action, DayBooks, OurMoney, Proposal, our_money
from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import Shortcode
from gateway.flows.propose import MadeBefore, propose
from gateway.flows.reconciliation.book_rows import numbers_of, rows_of
from gateway.flows.reconciliation.gather_not_shown import gather_not_shown
from gateway.flows.reconciliation.gather_sent import gather_sent
from gateway.flows.reconciliation.time_left import time_is_left
from gateway.ports import Flow, PaymentQuery, Store, call
from gateway.ports.reconciliation import Books
from gateway.ports.repairs import Repairs
from gateway.ports.statements import Statements

PAGE = 100
PROPOSED_MAX = 200
"""Proposals cost time, so a day with more unassigned money than this has them for the first ones only."""


@dataclass(slots=True)
class Known:
    """What was found so far. Each payment is folded once, when it is read: that is what costs most of a big day."""

    rows: tuple[MpesaRow, ...] = ()
    mark: PullMark | None = None
    proven: Proven = field(default_factory=lambda: Proven(owner="", shortcode=""))
    """What statements cover, as far as their rows of the day were found."""

    receipts: dict[str, ReceiptRecord] = field(default_factory=dict)
    payments: dict[str, PaymentRecord] = field(default_factory=dict)
    states: dict[str, PaymentState] = field(default_factory=dict)
    money: dict[str, list[OurMoney]] = field(default_factory=dict)

    def learn(self, records: Iterable[PaymentRecord]) -> None:
        """These payments as they stand now."""
        for record in records:
            state = state_of(record.asked, record.facts)
            self.payments[record.id] = record
            self.states[record.id] = state
            self.money[record.id] = our_money(record, state)

    def of(self, owner: str) -> list[tuple[PaymentRecord, PaymentState]]:
        """The owner's payments."""
        return [(record, self.states[name]) for name, record in self.payments.items() if record.asked.owner == owner]


@dataclass(frozen=True, slots=True)
class Changed:
    """What pairing changed of what was found: payments, and receipts."""

    payments: frozenset[str] = frozenset()
    receipts: frozenset[str] = frozenset()


def gather(owner: str, code: Shortcode, day: str) -> Flow[Known]:
    """Everything that the comparison of a day of an owner's shortcode looks at.

    Raises StoreUnavailable, DayTooBig.
    """
    known = yield from _known(owner, code, day)
    yield from _read_receipts_of(concerned(known, owner, day), known)
    return known


def read_again(changed: Changed, known: Known) -> Flow[None]:
    """Only what changed: all of a big day once more would take as long as the first time. Raises StoreUnavailable."""
    if changed.payments:
        known.learn((yield from call(Store.read_payments, tuple(sorted(changed.payments)))))
    yield from read_receipts(changed.receipts, known)


def books_of(known: Known, owner: str, code: Shortcode, day: str) -> Flow[DayBooks]:
    """Both sides of the day. Raises StoreUnavailable, DayTooBig."""
    mark, proven = known.mark, known.proven
    listed = {row.receipt for row in known.rows}
    found = concerned(known, owner, day)
    yield from _read_receipts_of(found, known)
    mine = [one for one in found if one.receipt in listed or came_here(one, known, code)]
    elsewhere = yield from _elsewhere(owner, code, day, {one.receipt for one in mine if one.receipt} - listed)
    unowned = {
        receipt: record
        for receipt, record in known.receipts.items()
        if receipt in listed and record.owner not in known.payments
    }
    sent = yield from gather_sent({row.receipt for row in known.rows if row.may_be_sent_by_us}, owner, code, day)
    not_shown = yield from gather_not_shown(known.rows, proven, sent, owner, code, day)
    return DayBooks(
        day=day,
        ours=mine,
        rows=known.rows,
        covers=lambda at_ms: proven.covers(at_ms) or (mark is not None and mark.covers(at_ms)),
        proven=proven.covers_all,
        elsewhere=elsewhere,
        receipts=unowned,
        proposed=(yield from _proposed(unowned.values(), known, owner, day)),
        foreign=_foreign(known, owner, code) | sent.foreign,
        sent=sent.by_receipt,
        unanswered=sent.unanswered,
        not_looked_for=sent.not_looked_for,
        not_shown=not_shown,
    )


def is_complete(known: Known, day: str) -> bool:
    """Whether one of M-Pesa's lists is known for all of a day."""
    begins_ms = day_begins_ms(day)
    pulled = known.mark is not None and known.mark.covers_all(begins_ms, begins_ms + DAY_MS - 1)
    return pulled or known.proven.covers_day(day)


def source_of(known: Known, day: str) -> Source:
    """The list that judges a day: a statement that covers all of it; else Pull, where that is asked."""
    judged = known.proven.covers_day(day) or (known.mark is None and bool(known.proven.stretches))
    return Source.STATEMENT if judged else Source.PULL


def _known(owner: str, code: Shortcode, day: str) -> Flow[Known]:
    """M-Pesa's rows, their receipts and those of the day, and all payments that may have money of this day."""
    mark = yield from call(Books.read_pull_mark, code.business_number)
    proven = yield from call(Statements.read_proven, owner, code.business_number)
    rows = yield from rows_of(owner, code, day)
    known = Known(rows, mark, proven.seen(day, rows))
    for number in numbers_of(code):
        cursor: str | None = None
        while True:
            yield from time_is_left()
            page = yield from call(Repairs.receipts_of_day, number, day, PAGE, cursor)
            known.receipts |= {record.receipt: record for record in page.records}
            cursor = page.cursor
            if cursor is None:
                break
    named = {row.linked for row in rows if row.linked} | {row.receipt for row in rows if row.kind is RowKind.PAYMENT}
    yield from read_receipts(named - set(known.receipts), known)
    for made_on in (day, day_of(day_begins_ms(day) - 1)):
        yield from _read_payments_made(owner, made_on, known)
    owners = {record.owner for record in known.receipts.values() if record.owner is not None}
    missing = tuple(sorted(owners - set(known.payments)))
    found = (yield from call(Store.read_payments, missing)) if missing else ()
    known.learn(found)
    return known


def _read_payments_made(owner: str, day: str, known: Known) -> Flow[None]:
    """Payments of a day: money whose receipt nobody knows stands only there."""
    cursor: str | None = None
    while True:
        yield from time_is_left()
        page = yield from call(Store.list_payments, PaymentQuery(owner=owner, day=day), PAGE, cursor)
        known.learn(page.records)
        cursor = page.cursor
        if cursor is None:
            return


def read_receipts(receipts: Iterable[str], known: Known) -> Flow[None]:
    """Those of these receipts that there are, as they stand now."""
    wanted = tuple(sorted(receipts))
    found = (yield from call(Books.read_receipts, wanted)) if wanted else ()
    known.receipts |= {record.receipt: record for record in found}


def _read_receipts_of(money: Iterable[OurMoney], known: Known) -> Flow[None]:
    """Those that are not known yet."""
    yield from read_receipts({one.receipt for one in money if one.receipt} - set(known.receipts), known)


def concerned(known: Known, owner: str, day: str) -> list[OurMoney]:
    """The owner's money that is of this day in our own book or in M-Pesa's."""
    listed = {row.receipt for row in known.rows}
    money = [one for record, _ in known.of(owner) for one in known.money[record.id]]
    return [one for one in money if one.receipt in listed or one.day == day]


def _foreign(known: Known, owner: str, code: Shortcode) -> frozenset[str]:
    """Receipts of payments of others, who share the shortcode. What they have from elsewhere is in question here."""
    others = [name for name, record in known.payments.items() if record.asked.owner != owner]
    money = [one for name in others for one in known.money[name] if one.receipt]
    return frozenset(one.receipt for one in money if one.receipt and came_here(one, known, code))


def came_here(money: OurMoney, known: Known, code: Shortcode) -> bool:
    """Whether it came to this shortcode: by its receipt, which a person may have given to a payment of another one."""
    receipt = known.receipts.get(money.receipt or "")
    number = receipt.shortcode if receipt else known.payments[money.payment].asked.shortcode
    return number in numbers_of(code)


def _elsewhere(owner: str, code: Shortcode, day: str, receipts: set[str]) -> Flow[dict[str, MpesaRow]]:
    """M-Pesa's rows of the days beside this one, where some of our money has none on it."""
    if not receipts:
        return {}
    begins_ms = day_begins_ms(day)
    found: dict[str, MpesaRow] = {}
    for beside in (day_of(begins_ms - 1), day_of(begins_ms + DAY_MS)):
        rows = yield from rows_of(owner, code, beside)
        found |= {row.receipt: row for row in rows if row.receipt in receipts and row.kind is RowKind.PAYMENT}
    return found


def _proposed(records: Iterable[ReceiptRecord], known: Known, owner: str, day: str) -> Flow[dict[str, Proposal]]:
    """For money that nobody has: the likeliest payment, and why."""
    waiting = [record for record in records if record.standing is Standing.UNMATCHED][:PROPOSED_MAX]
    found = (yield from propose(waiting, owner, MadeBefore(day, known.of(owner)))) if waiting else {}
    return {
        receipt: Proposal(Action.ASSIGN, tuple(str(reason) for reason in best[0].why), best[0].payment_id)
        for receipt, best in found.items()
        if best
    }
