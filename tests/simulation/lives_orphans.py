"""Lives after a restore of the table: what was told meanwhile has no payment, until the payment is there again."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.safaricom import Payer
from tests.simulation.world import World, asked

PHONE = "254712345678"


def restored_with_its_payment(world: World, ask: Callable[..., object]) -> None:
    """The callback comes while the payment is away; the sweep brings it later, and a query agrees."""
    world.safaricom.payers[PHONE] = [Payer(callbacks=(9_000,))]
    ask(world, asked("order-1"))
    world.pass_time(3_000)
    away = dict(world.store.payments)
    world.store.payments.clear()
    world.pass_time(12_000)
    world.store.payments |= away
    world.pass_time(120_000)


def restored_without_its_payment(world: World, ask: Callable[..., object]) -> None:
    """Money typed by hand belongs to a payment that never comes back: tried for a day, then left on the list."""
    request = asked("order-1")
    ask(world, request, None)
    world.safaricom.menu_payment(PHONE, request.amount_kes, request.account_reference, confirmation_after_ms=None)
    receipt = next(iter(world.safaricom.books))
    world.at(world.now + 4_000, world.store.payments.clear)
    world.safaricom._confirm(receipt, world.now + 2_000)
    world.safaricom._confirm(receipt, world.now + 6_000)
    world.pass_time(60_000)
