"""What a statement does not show was not paid: attempts that nobody answered for end, where that is proven.

Each time a day is compared. What proves it, and what stands against it, is in `domain/reconciliation/silence.py`.
"""

from __future__ import annotations

from gateway import security
from gateway.domain.days import day_of
from gateway.domain.facts import NotOnStatement
from gateway.domain.fold import state_of
from gateway.domain.payment import Attempt, PaymentRecord
from gateway.domain.reconciliation.pairing import Candidate
from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.rows import RowKind
from gateway.domain.reconciliation.silence import Known as KnownMoney
from gateway.domain.reconciliation.silence import is_open, lacks_known_money, time_of, was_not_paid
from gateway.domain.shop import Shortcode
from gateway.flows.keep import keep
from gateway.flows.reconciliation.book_rows import numbers_of, rows_of
from gateway.flows.reconciliation.gather import Changed, Known, came_here, concerned, read_receipts
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Secrets, Store, call


def judge_silence(known: Known, owner: str, code: Shortcode, day: str, settings: FlowSettings) -> Flow[Changed]:
    """The payments whose attempts of this day were not paid. Raises StoreUnavailable, DayTooBig."""
    open_ones = [
        (record, attempt)
        for record, state in known.of(owner)
        for attempt in state.attempts
        if is_open(attempt)
        and day_of(attempt.begun_at_ms) == day
        and record.asked.shortcode in numbers_of(code)
        and known.proven.covers(attempt.begun_at_ms)
    ]
    if not open_ones:
        return Changed()
    here = [one for one in concerned(known, owner, day) if came_here(one, known, code)]
    if lacks_known_money(here, known.rows, known.proven):
        yield from call(Ambient.report, "statement_doubted", {"shortcode": code.business_number, "day": day})
        return Changed()
    keys = yield from call(Secrets.read_keys)
    ended: set[str] = set()
    for record, attempt in open_ones:
        money, proven = yield from _of_its_time(known, owner, code, day, attempt)
        payer_keys = {attempt.phone: security.payer_key(keys.phone, attempt.phone)}
        candidate = Candidate(record, known.states[record.id], payer_keys)
        if was_not_paid(candidate, attempt, money, proven) and (yield from _end(record, attempt, proven, settings)):
            ended.add(record.id)
    return Changed(frozenset(ended))


def _of_its_time(
    known: Known, owner: str, code: Shortcode, day: str, attempt: Attempt
) -> Flow[tuple[KnownMoney, Proven]]:
    """M-Pesa's rows of the time in which it may have been paid, also of the day beside, and whose they are."""
    rows, proven = known.rows, known.proven
    for beside in sorted({day_of(at_ms) for at_ms in time_of(attempt)} - {day}):
        more = yield from rows_of(owner, code, beside)
        rows, proven = (*rows, *more), proven.seen(beside, more)
    from_ms, until_ms = time_of(attempt)
    receipts = {
        row.receipt for row in rows if row.kind is RowKind.PAYMENT and from_ms <= row.completed_at_ms <= until_ms
    }
    yield from read_receipts(receipts - set(known.receipts), known)
    owners = {known.receipts[one].owner for one in receipts if one in known.receipts}
    missing = tuple(sorted(one for one in owners if one is not None and one not in known.payments))
    if missing:
        known.learn((yield from call(Store.read_payments, missing)))
    return KnownMoney(rows, known.receipts, known.payments, known.states), proven


def _end(record: PaymentRecord, attempt: Attempt, proven: Proven, settings: FlowSettings) -> Flow[bool]:
    """Told to the payment, unless news came meanwhile."""
    now_ms = yield from call(Ambient.now_ms)
    covering = next(one for one in proven.stretches if one.from_ms <= attempt.begun_at_ms <= one.until_ms)
    fact = NotOnStatement(
        number=attempt.number, statement=covering.statement, said_at_ms=covering.read_at_ms, learned_at_ms=now_ms
    )

    def unless_answered(stored: PaymentRecord) -> tuple[NotOnStatement, ...]:
        attempts = state_of(stored.asked, stored.facts).attempts
        return (fact,) if any(one.number == attempt.number and is_open(one) for one in attempts) else ()

    kept = yield from keep(record.id, unless_answered, settings)
    if kept is None or not kept.changed:
        return False
    yield from call(Ambient.report, "attempt_not_on_statement", {"payment": record.id, "attempt": attempt.number})
    return True
