"""Days of which the samples in events/reconciliation speak: one with a difference, the one before it closed."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.days import day_begins_ms
from gateway.domain.facts import Source
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.decisions import DecisionKind
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.statement_record import StatementRecord, book_of
from gateway.domain.reconciliation.windows import PullMark
from gateway.flows.reconciliation.decide import Wish, close_day
from gateway.flows.reconciliation.run import reconcile_day
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from gateway.ports.reconciliation import BookPage
from tests.memory_store import START_MS
from tests.statement_files import Entry, portal_file
from tests.unit.web.shop import Gateway

DAY, CLOSED_DAY = "2026-03-02", "2026-03-01"
DAY_BEFORE = (day_begins_ms("2026-02-28"), day_begins_ms("2026-02-28") + DAY_MS - 1_000)
PAID, NOBODYS = "SGL31QW9XY", "SGK77PQ1AB"
PAYS_OUT = "600998"

STATEMENT = f"stm_{'1' * 32}"
"""A statement whose file lies there, and is not read."""


def store(gateway: Gateway) -> None:
    """`paid` in both books; M-Pesa alone has 500 under another code. Compared; the till is not registered.

    Three statements: one that adds up, one that does not, one whose file was not sent.
    """
    world = gateway.world
    shop = world.store.settings["shop"]
    codes = tuple(replace(code, pull=code.number == "174379") for code in shop.shortcodes)
    world.store.settings["shop"] = replace(shop, shortcodes=codes)
    world.books.marks["174379"] = PullMark(shortcode="174379", since_ms=0, complete_until_ms=START_MS, version=1)
    paid = gateway.pay("paid", phone="0733000222", account_reference="PAID1", order="1002").json["id"]
    gateway.callback(paid, receipt=PAID)
    rows = tuple(
        MpesaRow(receipt=receipt, kind=RowKind.PAYMENT, amount_kes=amount, completed_at_ms=START_MS)
        for receipt, amount in ((PAID, 1500), (NOBODYS, 500))
    )
    world.books.keep_page(
        BookPage(shortcode="174379", day=DAY, source=Source.PULL, part="1", rows=rows, learned_at_ms=START_MS)
    )
    run(reconcile_day("shop", codes[0], DAY, FlowSettings()), world)
    wish = Wish(kind=DecisionKind.CLOSED, by="key_0", note="The bank agrees")
    run(reconcile_day("shop", codes[0], CLOSED_DAY, FlowSettings()), world)
    run(close_day("shop", codes[0], CLOSED_DAY, wish, FlowSettings()), world)
    file = portal_file([Entry(PAID, START_MS - 2 * DAY_MS, "1,500.00", reference="PAID1")], *DAY_BEFORE)
    for number, content in ((1, file), (2, file.replace(b'"2,500.00"', b'"2,600.00"')), (3, None)):
        record = StatementRecord(
            owner="shop", id=f"stm_{f'{number}' * 32}", actor="key_test", made_at_ms=START_MS, version=1
        )
        world.statements.save_statement(None, record)
        world.statementfiles.files |= {} if content is None else {("shop", record.id): content}


def store_paid_out(gateway: Gateway) -> None:
    """A statement of the shortcode that pays out has 900 shillings that nobody here sent. Compared."""
    store_many_paid_out(gateway, 1)


def store_many_paid_out(gateway: Gateway, count: int) -> None:
    """The same of so many rows."""
    world = gateway.world
    shop = replace(world.store.settings["shop"], payout_shortcode=PAYS_OUT)
    world.store.settings["shop"] = shop
    rows = tuple(
        MpesaRow(
            receipt=f"SGKPORTA{number:02}",
            kind=RowKind.WITHDRAWAL,
            amount_kes=900,
            completed_at_ms=START_MS,
            word="Business Payment to Customer",
            told_by=Source.STATEMENT,
        )
        for number in range(count)
    )
    book = book_of("shop", PAYS_OUT)
    world.books.keep_page(
        BookPage(shortcode=book, day=DAY, source=Source.STATEMENT, part="1", rows=rows, learned_at_ms=START_MS)
    )
    run(reconcile_day("shop", shop.accounts[-1], DAY, FlowSettings()), world)
