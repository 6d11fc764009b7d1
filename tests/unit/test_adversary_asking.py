"""Whoever makes us ask, or doubt, must not make the truth come later than it would by itself."""

from __future__ import annotations

import pytest

from gateway.flows.check import ask_soon
from gateway.flows.read import read_payment
from tests.simulation.lives import PHONE, shop_asks
from tests.simulation.safaricom import FROM_ELSEWHERE, Payer, callback_body
from tests.simulation.world import World, asked

SECOND_MS = 1_000
A_SWEEP_S = 60
"""The sweep comes once a minute."""


def _prompted(payer: Payer) -> World:
    world = World()
    world.safaricom.payers[PHONE] = [payer]
    shop_asks(world, asked("order"))
    return world


def _seconds_until_paid(world: World, since_ms: int) -> int:
    """How long after the prompt the payment is shown as paid, in steps of ten seconds, within two hours."""
    while world.payments()[0]["status"] != "paid":
        world.pass_time(10 * SECOND_MS)
        assert world.now < since_ms + 2 * 3_600 * SECOND_MS, "not paid within two hours"
    return (world.now - since_ms) // SECOND_MS


def test_a_shop_that_asks_all_the_time_does_not_silence_the_schedule() -> None:
    """Ten checks in a row while the payer looks for the PIN; then the callback is lost."""
    world = _prompted(Payer(after_ms=110 * SECOND_MS, callbacks=()))
    start_ms = world.now
    for _ in range(10):
        world.pass_time(10 * SECOND_MS, sweeps=False)
        found = world.attempt("read", read_payment(asked("order").id))
        assert found is not None
        world.attempt("ask_soon", ask_soon(*found, world.settings, forced=True))
        world.settle()

    assert 10 == world.safaricom.queries
    assert 120 + A_SWEEP_S >= _seconds_until_paid(world, start_ms)


@pytest.mark.parametrize("after_s", [290, 470])
def test_a_payer_who_is_late_is_found_as_fast_as_any_other(after_s: int) -> None:
    """The first answer 0 comes to one of the last questions of the schedule; the second look follows at once."""
    world = _prompted(Payer(after_ms=after_s * SECOND_MS, callbacks=()))

    assert after_s + 10 + 2 * A_SWEEP_S >= _seconds_until_paid(world, world.now)


def test_a_stranger_with_the_tag_does_not_delay_the_truth() -> None:
    """Says "cancelled" once the quick questions are over; the payer pays a minute later, and the callback is lost."""
    world = _prompted(Payer(after_ms=260 * SECOND_MS, callbacks=()))
    start_ms = world.now
    world.pass_time(200 * SECOND_MS)
    push = world.safaricom.pushes[0]
    truth, push.code = push.code, "1032"
    forged = callback_body(push, Payer())
    push.code = truth
    world.deliver("/in/" + push.url.split("/in/")[1], forged, FROM_ELSEWHERE)

    assert 300 + A_SWEEP_S >= _seconds_until_paid(world, start_ms)


def test_a_success_from_an_unlisted_address_is_confirmed_within_the_minute_whenever_it_comes() -> None:
    """Safaricom's new address calls after five minutes: one query confirms it."""
    world = _prompted(Payer(after_ms=305 * SECOND_MS, callbacks=(SECOND_MS,), callback_from=FROM_ELSEWHERE))

    assert 305 + A_SWEEP_S + 10 >= _seconds_until_paid(world, world.now)
