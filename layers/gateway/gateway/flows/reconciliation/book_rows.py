"""M-Pesa's book of a shortcode, day by day."""

from __future__ import annotations

from gateway.domain.reconciliation.rows import MpesaRow
from gateway.domain.reconciliation.statement_record import book_of
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.time_left import time_is_left
from gateway.ports import Flow, call
from gateway.ports.reconciliation import Books

PAGES_OF_ROWS = 50


def rows_of(owner: str, code: Shortcode, day: str) -> Flow[tuple[MpesaRow, ...]]:
    """M-Pesa's book of a day: what Pull told, and what the shop's own statements say."""
    rows: list[MpesaRow] = []
    for book in (code.business_number, book_of(owner, code.business_number)):
        cursor: str | None = None
        while True:
            yield from time_is_left()
            page = yield from call(Books.rows_of_day, book, day, PAGES_OF_ROWS, cursor)
            rows += page.rows
            cursor = page.cursor
            if cursor is None:
                break
    return tuple(rows)


def numbers_of(code: Shortcode) -> tuple[str, ...]:
    """The numbers under which its receipts may lie: a confirmation may name a till or its store."""
    return (code.number, code.store_number) if code.store_number else (code.number,)
