"""Lives in which only M-Pesa's own list tells of money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from gateway.domain.days import day_of
from gateway.domain.facts import Source
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.reconciliation.day import DayRecord, Plan
from gateway.domain.reconciliation.decisions import Decision, DecisionKind, line_id, named
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.decide import Wish, close_day, decide, read_book
from gateway.flows.reconciliation.pull import catch_up, pull_due
from gateway.flows.reconciliation.run import reconcile_day, reconcile_now, run_due
from gateway.ports.reconciliation import BookPage
from tests.simulation.lives_events import somebody_reads
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHOP, World, asked

PHONE = "254712345678"
HOUR_MS = 3_600_000
UNTOLD = Payer(callbacks=(), query_tells=False)

Asks = Callable[..., Any]


def registered(world: World) -> None:
    """The shop's shortcode is registered for Pull, and its list is asked for from now on."""
    codes = tuple(replace(code, pull=True) for code in SHOP.shortcodes)
    world.store.settings[SHOP.owner] = replace(SHOP, shortcodes=codes)
    world.pulls = True


def told_by_pull_alone(world: World, shop_asks: Asks) -> None:
    """Neither callback nor query tells."""
    registered(world)
    world.safaricom.payers[PHONE] = [UNTOLD]
    shop_asks(world, asked("order-1"))
    world.pass_time(2 * HOUR_MS)


def typed_and_told_by_pull_alone(world: World, shop_asks: Asks) -> None:
    """Two parts by hand, no confirmation of either; and money that nobody expects."""
    registered(world)
    request = asked("order-1", 150)
    shop_asks(world, request, phone=None)
    world.safaricom.menu_payment(PHONE, 100, request.account_reference, confirmation_after_ms=None)
    world.safaricom.menu_payment(PHONE, 50, request.account_reference, confirmation_after_ms=None)
    world.safaricom.menu_payment(PHONE, 30, "no such order", confirmation_after_ms=None)
    world.pass_time(2 * HOUR_MS)


def reversed_by_pull(world: World, shop_asks: Asks) -> None:
    """Paid and told, then taken back on Safaricom's side: an hour later, and once for nothing that we know."""
    registered(world)
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(HOUR_MS)
    paid = next(iter(world.safaricom.books), "UKP0000001")
    for receipt, taken_back in (("UKR0000001", paid), ("UKR0000002", "UKP9999999")):
        world.safaricom.books[receipt] = {
            "phone": PHONE, "amount": 100, "reference": taken_back, "at_ms": world.now, "word": "c2b-reversal-credit"
        }  # fmt: skip
    world.pass_time(2 * HOUR_MS)
    for receipt in ("UKR0000001", "UKR0000002"):
        del world.safaricom.books[receipt]  # what went out is no money that came in


def pulled_with_a_dead_token(world: World, shop_asks: Asks) -> None:
    """Somebody else fetched a token a moment before the list is asked for."""
    registered(world)
    world.safaricom.payers[PHONE] = [UNTOLD]
    shop_asks(world, asked("order-1"))
    world.pass_time(HOUR_MS, sweeps=False)
    world.safaricom.tokens = []
    world.attempt("pull", pull_due(world.settings))
    world.pass_time(HOUR_MS)


def compared_with_the_list(world: World, shop_asks: Asks) -> None:
    """A day with a payment that M-Pesa's list has, one that it lost, and money of nobody; then a morning's run."""
    registered(world)
    world.reconciliations.plan = Plan(began_ms=world.now - 2 * DAY_MS, version=1)
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.safaricom.menu_payment(PHONE, 30, "no such order")
    world.pass_time(HOUR_MS)
    shop = world.store.settings[SHOP.owner]
    world.attempt("catch_up", catch_up(shop.shortcodes[0], world.settings))
    for _ in range(2):
        world.attempt("reconcile", reconcile_now(SHOP.owner, shop.shortcodes[0], day_of(world.now), world.settings))
    world.time_left_ms, enough_ms = 3_000, world.time_left_ms
    world.attempt("reconcile", reconcile_now(SHOP.owner, shop.shortcodes[0], day_of(world.now), world.settings))
    world.time_left_ms = enough_ms
    for _ in range(2):
        world.attempt("run", run_due(world.settings))
    world.settle()
    world.pass_time(MINUTE_MS)
    somebody_reads(world)


def closed_and_told_of_later(world: World, shop_asks: Asks) -> None:
    """Yesterday is explained by two and closed; then its list tells of a payment's money and of nobody's; it opens."""
    registered(world)
    code = world.store.settings[SHOP.owner].shortcodes[0]
    noon_ms = world.now - DAY_MS
    yesterday = day_of(noon_ms)
    world.books.marks[code.number] = PullMark(
        shortcode=code.number, since_ms=0, complete_until_ms=noon_ms - HOUR_MS, version=1
    )
    row = MpesaRow(receipt="UKL0000001", kind=RowKind.FEE, amount_kes=30, completed_at_ms=noon_ms)
    page = BookPage(
        shortcode=code.number,
        day=yesterday,
        source=Source.PULL,
        part="1",
        rows=(row, replace(row, kind=RowKind.OTHER, word="odd")),
        learned_at_ms=world.now,
    )
    world.books.keep_page(page)
    request = asked("order-1")
    shop_asks(world, request, phone=None)
    world.attempt("reconcile", reconcile_day(SHOP.owner, code, yesterday, world.settings))
    _people_settle(world, code, yesterday)
    for receipt, reference in (("UKL0000002", request.account_reference), ("UKL0000003", "nobodys")):
        world.safaricom.books[receipt] = {"phone": PHONE, "amount": 100, "reference": reference, "at_ms": noon_ms}
    world.attempt("pull", pull_due(world.settings))
    world.settle()
    world.attempt("run", run_due(world.settings))
    world.settle()
    world.attempt("read", read_book(SHOP.owner, code.business_number, yesterday))
    opened = Wish(kind=DecisionKind.REOPENED, by="person_1", note="money came late")
    world.attempt("decide", decide(SHOP.owner, code, yesterday, opened))
    world.settle()
    somebody_reads(world)


def _people_settle(world: World, code: Shortcode, day: str) -> None:
    """Each line is explained, once over what somebody else decided and no day counted; then the day is closed."""
    record = world.reconciliations.read_day(SHOP.owner, code.business_number, day)
    lines = world.reconciliations.read_lines(record) if record else ()
    for line in lines:
        said = Decision(
            number=1, kind=DecisionKind.EXPLAINED, by="person_2", at_ms=world.now, note="of the owner", line=named(line)
        )
        world.reconciliations.keep_decision(cast("DayRecord", record), said)
        explained = Wish(kind=DecisionKind.EXPLAINED, by="person_1", note="the owner's money", line=line_id(line))
        world.attempt("decide", decide(SHOP.owner, code, day, explained))
    closed = Wish(kind=DecisionKind.CLOSED, by="person_1", note="as the bank", accepts_incomplete=True)
    world.attempt("close_day", close_day(SHOP.owner, code, day, closed, world.settings))
    world.settle()
