"""Lives in which the organisation's statement tells what nobody else told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.day import Plan
from gateway.flows.reconciliation.plan import plan_days
from gateway.flows.reconciliation.run import reconcile_now, run_due
from gateway.flows.reconciliation.statement import NoFile, begin_statement, take_in
from gateway.ports import Flow, call
from gateway.ports.statements import StatementFiles
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHOP, World, asked
from tests.statement_files import Entry, portal_file

PHONE, OTHER_PHONE = "254712345678", "254712345679"
HOUR_MS = 3_600_000
TRIES = 4

Asks = Callable[..., Any]


def told_by_the_statement_alone(world: World, shop_asks: Asks) -> None:
    """A prompt that was paid and one that was not, nobody tells of either; money of nobody; money taken back.

    The statement is put twice into the same hands, and a tick goes on with what was begun.
    """
    world.reconciliations.plan = Plan(began_ms=world.now, version=1)
    world.safaricom.payers[PHONE] = [Payer(callbacks=(), query_tells=False)]
    world.safaricom.payers[OTHER_PHONE] = [Payer(code="never", callbacks=(), query_tells=False)]
    shop_asks(world, asked("order-1"))
    shop_asks(world, asked("order-2", 70), OTHER_PHONE)
    world.safaricom.menu_payment(PHONE, 30, "no such order", confirmation_after_ms=None)
    world.pass_time(2 * HOUR_MS)
    file = statement_of(world)
    world.pass_time(DAY_MS, sweeps=False)
    for _ in range(2):
        send(world, file, day_of(world.now - DAY_MS))
    for _ in range(TRIES):
        world.attempt("run", run_due(world.settings))
    world.settle()


def statement_of(world: World) -> bytes:
    """The portal's file of the day, with a reversal at its end, a charge, and what somebody paid out on the portal."""
    booked = sorted(world.safaricom.books.items(), key=lambda one: one[1]["at_ms"])
    rows = [
        Entry(receipt, one["at_ms"], f"{one['amount']}.00", reference=one["reference"], party=f"{one['phone']} - AMINA")
        for receipt, one in booked
    ]
    last_ms = rows[-1].at_ms
    taken_back = Entry("UKR9999999", last_ms + 60_000, "-30.00", "Online Transaction Reversal", rows[-1].receipt)
    begins_ms = day_begins_ms(day_of(last_ms))
    charge = Entry("UKC9999999", last_ms + 120_000, "-2.50", "Pay Bill Charge")
    paid_out = Entry(
        "UKB9999999", last_ms + 180_000, "-20.00", "Business Payment to Customer", party="254700000001 - X"
    )
    return portal_file([*rows, taken_back, charge, paid_out], begins_ms, begins_ms + DAY_MS - 1_000)


def send(world: World, file: bytes, day: str) -> None:
    """As the command does, until all of it is taken in; then the day is compared."""
    tries = (world.attempt("send", begin_statement(SHOP.owner, "key_1")) for _ in range(TRIES))
    made = next((one for one in tries if one is not None), None)
    if made is None:
        return
    world.attempt("address", _address(made.id))
    for _ in range(2):
        world.attempt("put", _put(made.id, file))
    for _ in range(TRIES):
        try:
            record = world.attempt("take_in", take_in(SHOP.owner, made.id, world.settings))
        except NoFile:
            world.attempt("put", _put(made.id, file))
            continue
        if record is not None:
            world.attempt("plan", plan_days(record))
    for _ in range(2):
        world.attempt("reconcile", reconcile_now(SHOP.owner, SHOP.shortcodes[0], day, world.settings))


def _address(statement: str) -> Flow[str]:
    return (yield from call(StatementFiles.upload_address, SHOP.owner, statement, 100, 900))


def _put(statement: str, file: bytes) -> Flow[None]:
    yield from call(StatementFiles.put_file, SHOP.owner, statement, file)


LIVES = (told_by_the_statement_alone,)
