"""A statement is taken in: kept in M-Pesa's book and told to payments, row by row, once it is known to add up.

It may take several invocations: what is taken in is remembered, and any part of it may be repeated. Only when all rows
are kept do they prove something (`Proven`), and then the days that they tell of are compared.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from daraja.reading import short_name
from gateway import security
from gateway.domain.facts import MoneyReceived, Source
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.statement import Statement, StatementRow, read_statement
from gateway.domain.reconciliation.statement_record import StatementRecord, StatementState, book_of, stretch_of
from gateway.domain.reconciliation.statement_table import BYTES_MAX, StatementUnreadable, too_many_bytes
from gateway.domain.references import normalised
from gateway.domain.shop import PAYOUTS, Shortcode
from gateway.flows.reconciliation.book_rows import numbers_of
from gateway.flows.reconciliation.plan import plan_statement
from gateway.flows.reconciliation.pull import keep_in_book, take_rows
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Keys, Secrets, Store, StoreUnavailable, call
from gateway.ports.reconciliation import Books
from gateway.ports.repairs import Repairs
from gateway.ports.statements import StatementFiles, Statements, StoredFile

UPLOAD_S = 15 * 60
TIME_RESERVE_MS = 8_000
"""No part is begun with less than this left."""

ROWS_A_PART = 40
ROUNDS_MAX = 4


class NoFile(Exception):
    """Nothing was put where the statement was to be put."""


@dataclass(frozen=True, slots=True)
class _Whose:
    """The shortcode that a file is of. is_shared: it is in another shop's settings as well."""

    code: Shortcode
    is_shared: bool


@dataclass(frozen=True, slots=True)
class _Taking:
    """One statement that is being taken in."""

    owner: str
    statement: Statement
    whose: _Whose
    keys: Keys
    settings: FlowSettings


def begin_statement(owner: str, actor: str) -> Flow[StatementRecord]:
    """A place for a file. Raises StoreUnavailable."""
    drawn = yield from call(Ambient.draw, 16)
    now_ms = yield from call(Ambient.now_ms)
    record = StatementRecord(owner=owner, id=f"stm_{drawn.hex()}", actor=actor, made_at_ms=now_ms, version=1)
    if not (yield from call(Statements.save_statement, None, record)):
        raise StoreUnavailable("a statement's id was drawn twice")
    return record


def take_in(owner: str, statement: str, settings: FlowSettings) -> Flow[StatementRecord | None]:
    """Go on with a statement as far as this invocation's time goes. None: there is none. Raises NoFile, PortError.

    First it is planned, so that nothing is lost if this ends early.
    """
    for _ in range(ROUNDS_MAX):
        record = yield from call(Statements.read_statement, owner, statement)
        if record is None or record.state in (StatementState.READ, StatementState.REFUSED):
            return record
        after = yield from _go_on(record, settings)
        if after is not None:
            return after
    raise StoreUnavailable("a statement is taken in by several at once")


def _go_on(record: StatementRecord, settings: FlowSettings) -> Flow[StatementRecord | None]:
    """None: somebody else is at work on it, read again."""
    now_ms = yield from call(Ambient.now_ms)
    file = yield from call(StatementFiles.read_file, record.owner, record.id, BYTES_MAX)
    if file is None and record.state is StatementState.WAITING:
        raise NoFile
    try:
        statement = _read(record, file, now_ms)
        whose = yield from _code_of(record, statement)
    except StatementUnreadable as refused:
        return (yield from _turn_down(record, refused, now_ms))
    begun = record
    if record.state is StatementState.WAITING:
        yield from plan_statement(record)
        begun = record.begun(statement, whose.code.business_number)
        if not (yield from call(Statements.save_statement, record, begun)):
            return None
    taking = _Taking(record.owner, statement, whose, (yield from call(Secrets.read_keys)), settings)
    return (yield from _take_parts(begun, taking))


def _read(record: StatementRecord, file: StoredFile | None, now_ms: int) -> Statement:
    """The file, if it is the one that was begun with. Raises StatementUnreadable."""
    if file is None:
        raise StatementUnreadable("The file is gone, and not all of it was taken in. Send it once more.")
    if file.content is None:
        raise too_many_bytes(file.size)
    statement = read_statement(file.content, now_ms)
    if record.digest and not hmac.compare_digest(record.digest, statement.digest):
        raise StatementUnreadable("Another file was put in its place while it was taken in. Send each by itself.")
    return statement


def _turn_down(record: StatementRecord, problem: StatementUnreadable, now_ms: int) -> Flow[StatementRecord | None]:
    refused = record.turned_down(str(problem), now_ms, too_large=problem.too_large)
    saved = yield from call(Statements.save_statement, record, refused)
    if saved:
        yield from call(Ambient.report, "statement_refused", {"statement": record.id, "owner": record.owner})
    return refused if saved else None


def _code_of(record: StatementRecord, statement: Statement) -> Flow[_Whose]:
    """The owner's shortcode that the file is of. Raises StatementUnreadable: another's money is nobody's proof."""
    shops = yield from call(Repairs.shops)
    named = [shop.owner for shop in shops if shop.account(statement.shortcode) is not None]
    mine = next((shop for shop in shops if shop.owner == record.owner), None)
    code = mine.account(statement.shortcode) if mine else None
    if not statement.shortcode:
        raise StatementUnreadable(
            "Its head names no Short Code. Export the statement again as the portal makes it, with the lines above the "
            "table."
        )
    if code is None:
        raise StatementUnreadable(
            f"It is of short code {statement.shortcode[:10]}, which the settings do not name. Export the statement of "
            "your own Paybill, Till or payouts' number."
        )
    return _Whose(code, is_shared=len(named) > 1)


def _take_parts(record: StatementRecord, taking: _Taking) -> Flow[StatementRecord | None]:
    """Part after part while there is time; at the end, what it proves. None: somebody else is at work on it."""
    rows = taking.statement.rows
    while record.done < len(rows):
        if (yield from call(Ambient.time_left_ms)) < TIME_RESERVE_MS:
            return record
        part = rows[record.done : record.done + ROWS_A_PART]
        yield from _keep(part, record.done, taking)
        further = record.further(record.done + len(part))
        if not (yield from call(Statements.save_statement, record, further)):
            return None
        record = further
    now_ms = yield from call(Ambient.now_ms)
    if record.proves:
        yield from _prove(record, taking.statement, now_ms)
    ended = record.ended(now_ms)
    if not (yield from call(Statements.save_statement, record, ended)):
        return None
    told = {"statement": record.id, "owner": record.owner, "rows": record.rows, "refused_rows": record.refused_count}
    yield from call(Ambient.report, "statement_read", told)
    return ended


def _keep(part: Sequence[StatementRow], place: int, taking: _Taking) -> Flow[None]:
    """First M-Pesa's book, as it was told; then what follows for payments."""
    now_ms = yield from call(Ambient.now_ms)
    rows = [row.as_row(taking.statement.name) for row in part]
    book = book_of(taking.owner, taking.whose.code.business_number)
    yield from keep_in_book(book, Source.STATEMENT, f"{taking.statement.name}.{place:06d}", rows, now_ms)
    facts = [fact for row in part if (fact := money_fact(row, taking.whose.code, taking.keys, now_ms))]
    facts, rows = yield from _of_the_shop(taking, facts, rows)
    yield from take_rows(rows, facts, taking.settings)


def _of_the_shop(
    taking: _Taking, facts: list[MoneyReceived], rows: list[MpesaRow]
) -> Flow[tuple[list[MoneyReceived], list[MpesaRow]]]:
    """What concerns the shop alone: its file says nothing about another shop's payment, nor about money elsewhere.

    Of a shared shortcode only what is of its own payments; else also what nobody has yet.
    """
    named = {fact.receipt for fact in facts} | {row.linked for row in rows if row.linked}
    records = (yield from call(Books.read_receipts, tuple(sorted(named)))) if named else ()
    meant = {record.receipt: record.owner for record in records if record.owner is not None}
    for fact in facts if taking.whose.is_shared else ():
        reference = normalised(fact.reference)
        if fact.receipt not in meant and reference:
            ids = yield from call(Store.payments_by_reference, fact.shortcode, reference, 2)
            meant |= {fact.receipt: ids[0]} if len(ids) == 1 else {}
    ids = tuple(sorted(set(meant.values())))
    payments = (yield from call(Store.read_payments, ids)) if ids else ()
    mine = {payment.id for payment in payments if payment.asked.owner == taking.owner}
    theirs = {payment.id for payment in payments} - mine
    here = numbers_of(taking.whose.code)
    barred = {receipt for receipt, payment in meant.items() if payment in theirs}
    barred |= {record.receipt for record in records if record.owner is None and record.shortcode not in here}
    if taking.whose.is_shared:
        barred = named - {receipt for receipt, payment in meant.items() if payment in mine}
    elif barred:
        yield from call(Ambient.report, "statement_names_others_money", {"owner": taking.owner, "rows": len(barred)})
    return (
        [fact for fact in facts if fact.receipt not in barred],
        [row for row in rows if row.linked not in barred],
    )


def money_fact(row: StatementRow, code: Shortcode, keys: Keys, now_ms: int) -> MoneyReceived | None:
    """The row as a fact; None when it is no customer's payment to a shortcode of theirs, or not in whole shillings."""
    if row.kind is not RowKind.PAYMENT or not row.amount_kes or code.kind == PAYOUTS:
        return None
    return MoneyReceived(
        told_by=Source.STATEMENT,
        receipt=row.receipt,
        amount_kes=row.amount_kes,
        shortcode=code.number,
        reference=row.reference,
        completed_at_ms=row.completed_at_ms,
        payer_name=short_name(row.payer_name) or "",
        payer_key=security.payer_key(keys.phone, row.payer_phone or ""),
        phone_ending=row.phone_ending,
        said_at_ms=now_ms,
        learned_at_ms=now_ms,
    )


def _prove(record: StatementRecord, statement: Statement, now_ms: int) -> Flow[None]:
    """All rows of its time are in the book: from now on its silence says something."""
    for _ in range(ROUNDS_MAX):
        before = yield from call(Statements.read_proven, record.owner, record.shortcode)
        known = next((one for one in before.stretches if one.statement == statement.name), None)
        after = before.also(stretch_of(record, statement, known.read_at_ms if known else now_ms))
        if after is before or (yield from call(Statements.save_proven, before, after)):
            return
    raise StoreUnavailable("what statements prove changes faster than one can be added")
