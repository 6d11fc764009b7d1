"""L13: one key names one payment for ever, and no repetition of a request prompts again."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import security
from gateway.flows.close import cancel
from gateway.flows.start_payment import start_payment
from gateway.ports import run
from tests.laws.deliveries import Process, run_together
from tests.laws.profiles import QUICK
from tests.laws.test_law_5_prompts import SETTINGS
from tests.memory_store import MemoryWorld
from tests.simulation.lives import PHONE, payer_tries_again, shop_asks
from tests.simulation.safaricom import Payer
from tests.simulation.world import KEYS, SHORTCODE, Fault, World, asked

COPIES = 50


def starts(key: str = "order-1") -> Any:
    return start_payment(asked(key), PHONE, SHORTCODE, "key_test", SETTINGS)


@pytest.mark.parametrize("seed", range(4))
def test_law_13_fifty_requests_with_one_key_at_once_are_one_payment_and_one_push(seed: int) -> None:
    """Fifty processes whose calls are mixed at random; all are answered with the same payment, one created it."""
    world = MemoryWorld()
    copies = [Process(world, [starts()]) for _ in range(COPIES)]
    schedule = [index for index in range(COPIES) for _ in range(12)]
    random.Random(seed).shuffle(schedule)
    run_together(copies, schedule)
    answers = [copy.results[0] for copy in copies]
    assert ({asked("order-1").id}, 1) == ({answer.record.id for answer in answers}, len(world.daraja.pushes))
    assert 1 == sum(answer.created for answer in answers)
    assert 1 == len(world.store.payments)


@QUICK
@given(st.lists(st.integers(0, 2), max_size=60))
def test_law_13_three_requests_with_one_key_at_any_overlap(schedule: list[int]) -> None:
    """Three processes, stepped as hypothesis likes."""
    world = MemoryWorld()
    run_together([Process(world, [starts()]) for _ in range(3)], schedule)
    assert (1, 1) == (len(world.store.payments), len(world.daraja.pushes))


def test_law_13_a_repetition_after_any_fault_prompts_no_second_time() -> None:
    """Whatever failed at whichever call of the first request, the shop repeats it: at most one prompt."""
    first = World()
    shop_asks(first, asked("order-1"))
    for boundary in first.boundaries:
        for fault in Fault:
            world = World(faults={boundary.index: fault})
            shop_asks(world, asked("order-1"))
            world.pass_time(60_000)
            shop_asks(world, asked("order-1"))
            assert len(world.safaricom.pushes) <= 1, (boundary, fault)


def test_law_13_a_repetition_answers_with_the_payment_as_it_stands() -> None:
    """Paid meanwhile: the same request shows it paid."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(20_000)
    again = shop_asks(world, asked("order-1"))
    assert again is not None
    assert (False, "paid") == (again.created, str(again.state.status))


def test_law_13_the_same_wish_for_attempt_two_is_one_attempt() -> None:
    """The page and the shop repeat themselves: attempt 2 stays what it is."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="1032"), Payer(code="never")]
    shop_asks(world, asked("order-1"))
    world.pass_time(20_000)
    first = payer_tries_again(world, asked("order-1"), 2)
    again = payer_tries_again(world, asked("order-1"), 2)
    assert (True, False) == (first.created, again.created)
    assert (2, 2) == (len(world.payments()[0]["attempts"]), len(world.safaricom.pushes))


def test_law_13_cancelling_twice_is_cancelling_once() -> None:
    """The second time nothing is written."""
    world = MemoryWorld()
    run(start_payment(asked("order-1"), None, SHORTCODE, "key_test", SETTINGS), world)
    closed = [run(cancel(asked("order-1").id, who, SETTINGS), world) for who in ("key_test", "key_other")]
    assert [None, None] == [one.hindrance for one in closed]
    assert 1 == len({one.record.version for one in closed if one.record})


def test_law_13_ids_are_apart_by_owner_namespace_and_key() -> None:
    """A browser cannot squat a shop's key, nor one shop another's; parts cannot run together."""
    parts = [
        ("shop", "api", "1"),
        ("shop", "link:a", "1"),
        ("other", "api", "1"),
        ("shop", "api", "2"),
        ("sho", "papi", "1"),
    ]
    assert len(parts) == len({security.payment_id(KEYS.id, *one) for one in parts})
    assert security.payment_id(KEYS.id, *parts[0]) == security.payment_id(KEYS.id, *parts[0])
