"""Lives in which money lies unmatched, and a cashier says whose it is, or that it is nobody's here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.domain.days import day_of
from gateway.domain.receipts import Standing
from gateway.flows.assign import Person, assign, assign_to_new, set_aside
from gateway.flows.propose import propose, propose_thoroughly
from gateway.flows.register_urls import Wanted, register_urls
from gateway.flows.waiting import what_waits
from gateway.ports import Flow, T, call
from gateway.ports.received import Received, WaitingQuery
from tests.simulation.lives_events import somebody_reads
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHORTCODE, World, asked

PHONE, OTHER_PHONE = "254712345678", "254712345679"
AMINA, BRIAN = Person("key_amina"), Person("key_brian")
NUMBERS = ("174379",)
MINUTE_MS = 60_000
Asks = Callable[..., Any]


def patiently(world: World, name: str, flow: Callable[[], Flow[T]]) -> T | None:
    """A cashier whose click was not answered clicks again."""
    for _ in range(3):
        done = world.attempt(name, flow())
        if done is not None:
            return done
        world.pass_time(1_000, sweeps=False)
    return None


def cashier_looks(world: World) -> None:
    """The list, what it proposes, one receipt closely, and the sums."""
    page = world.attempt("list_money", call(Received.waiting, WaitingQuery(numbers=NUMBERS), 25, None))
    for record in page.records[:1] if page else ():
        world.attempt("propose", propose((record,), "shop"))
        world.attempt("propose_thoroughly", propose_thoroughly(record, "shop"))
    world.attempt("what_waits", what_waits(NUMBERS, Standing.UNMATCHED))
    world.attempt("list_day", call(Received.receipts_of_day, NUMBERS, day_of(world.now), 25, None))


def mistyped_and_assigned(world: World, shop_asks: Asks) -> None:
    """The reference has one slip; the cashier looks and gives the money to its payment."""
    request = asked("order-1", reference="INV1042")
    shop_asks(world, request, phone=None)
    receipt = world.safaricom.menu_payment(PHONE, request.amount_kes, "INV1O42")
    world.pass_time(10_000)
    cashier_looks(world)
    patiently(world, "assign", lambda: assign(receipt, request.id, AMINA, world.settings))


def assigned_and_looked_after(world: World, shop_asks: Asks) -> None:
    """Given once; no stream tells of it, so the sweep looks whether its payment has it. Then a shop reads all that."""
    request = asked("order-1")
    shop_asks(world, request, phone=None)
    receipt = world.safaricom.menu_payment(PHONE, request.amount_kes, "no such order")
    world.pass_time(10_000)
    world.stream.telling = True
    world.attempt("assign", assign(receipt, request.id, AMINA, world.settings))
    world.pass_time(15 * MINUTE_MS)
    world.stream.telling = False
    world.settle()
    world.pass_time(MINUTE_MS)
    somebody_reads(world)


def assigned_by_two(world: World, shop_asks: Asks) -> None:
    """Two cashiers give the same money to two payments; the first one stands."""
    first, second = asked("order-1"), asked("order-2")
    for request in (first, second):
        shop_asks(world, request, phone=None)
    receipt = world.safaricom.menu_payment(PHONE, first.amount_kes, "no such order")
    world.pass_time(10_000)
    for request, person in ((first, AMINA), (second, BRIAN)):
        payment = request.id
        patiently(world, "assign", lambda: assign(receipt, payment, person, world.settings))  # noqa: B023  run at once


def assigned_past_a_prompt(world: World, shop_asks: Asks) -> None:
    """A prompt of another payment may have brought the money: refused, and given all the same by who knows better."""
    world.safaricom.payers[OTHER_PHONE] = [Payer(callbacks=(), query_tells=False)]
    shop_asks(world, asked("order-2"), OTHER_PHONE)
    request = asked("order-1")
    shop_asks(world, request, phone=None)
    receipt = world.safaricom.menu_payment(PHONE, request.amount_kes, "no such order")
    world.pass_time(10_000)
    done = patiently(world, "assign", lambda: assign(receipt, request.id, AMINA, world.settings))
    others = done.others if done else ()
    patiently(world, "assign", lambda: assign(receipt, request.id, AMINA, world.settings, not_of=others))


def assigned_to_a_new_payment(world: World, shop_asks: Asks) -> None:
    """Nobody asked for this money; a payment is made for it."""
    receipt = world.safaricom.menu_payment(PHONE, 80, "walk-in")
    world.pass_time(10_000)
    request = asked(f"c2b:{receipt}", 80)
    patiently(world, "assign_to_new", lambda: assign_to_new(receipt, request, AMINA, world.settings))
    late = asked("order-2", 80)
    shop_asks(world, late, phone=None)
    patiently(world, "assign_to_new", lambda: assign_to_new(receipt, late, BRIAN, world.settings))


def set_aside_and_taken_back(world: World, shop_asks: Asks) -> None:
    """Not ours, says the one; it is, says the other, and its payment finds it."""
    receipt = world.safaricom.menu_payment(PHONE, 100, "INV1042")
    world.pass_time(10_000)
    patiently(world, "set_aside", lambda: set_aside(receipt, "not ours", AMINA, aside=True))
    shop_asks(world, asked("order-1", reference="INV1042"), phone=None)
    world.pass_time(2 * MINUTE_MS)
    patiently(world, "set_aside", lambda: set_aside(receipt, "", BRIAN, aside=False))
    world.pass_time(2 * MINUTE_MS)


def set_aside_then_proven(world: World, shop_asks: Asks) -> None:
    """Two payments share a reference, so the echo waits; it is set aside, and then the callback says whose it was."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(40_000,), echo_after_ms=500)]
    shop_asks(world, asked("order-1", reference="SHARED"), phone=None)
    shop_asks(world, asked("order-2", reference="SHARED"))
    world.pass_time(30_000)
    for receipt in list(world.unmatched()):
        patiently(world, "set_aside", lambda: set_aside(receipt, "not ours", AMINA, aside=True))  # noqa: B023  at once


def addresses_registered(world: World, shop_asks: Asks) -> None:
    """The operator registers, and once more if no answer came; then money by hand comes by those addresses."""
    wanted = Wanted("https://pay.example", livemode=False, by="operator")
    patiently(world, "register_urls", lambda: register_urls(SHORTCODE, wanted))
    request = asked("order-1", reference="INV1042")
    shop_asks(world, request, phone=None)
    world.safaricom.menu_payment(PHONE, request.amount_kes, "INV1042")


LIVES = (
    addresses_registered,
    mistyped_and_assigned,
    assigned_and_looked_after,
    assigned_by_two,
    assigned_past_a_prompt,
    assigned_to_a_new_payment,
    set_aside_and_taken_back,
    set_aside_then_proven,
)
