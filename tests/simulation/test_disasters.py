"""Two interleavings that need a world of their own: a release that goes out, and a table that is restored."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import UnknownFact
from gateway.domain.payment import PaymentRecord
from gateway.flows.sweep import sweep
from gateway.ports import Call, run
from tests.laws.deliveries import R1, SETTINGS, Process, accepted, begun, bring, callback, money, payment, run_together
from tests.laws.deliveries import shown as shown_record
from tests.laws.deliveries import told as delivery
from tests.memory_store import MemoryStore, MemoryWorld
from tests.simulation.lives import PHONE, shop_asks
from tests.simulation.safaricom import Payer
from tests.simulation.verdicts import broken_at_rest, broken_now
from tests.simulation.world import World, asked

PAID = callback("0", 12, "paid")
BURST = [PAID] * 6 + [money(R1, 13, "echo")] * 3 + [callback("1037", 61, "no answer")] * 3


class OlderRelease(MemoryWorld):
    """Processes that do not know what a review is."""

    def perform(self, call: Call, /) -> Any:
        """As the newer ones, but for what is read."""
        answer = super().perform(call)
        return self._as_read(answer) if isinstance(answer, PaymentRecord) else answer

    @staticmethod
    def _as_read(record: PaymentRecord) -> PaymentRecord:
        unknown = {
            key: UnknownFact(known_id=key, raw="{}", said_at_ms=fact.said_at_ms, learned_at_ms=fact.learned_at_ms)
            for key, fact in record.facts.items()
            if fact.KIND == "review_asked"
        }
        return replace(record, facts={**record.facts, **unknown})


@pytest.mark.parametrize("seed", range(8))
def test_a_burst_of_callbacks_while_a_release_goes_out_is_kept_by_both_releases(seed: int) -> None:
    """Twelve deliveries at once, half of them by functions that do not understand the item; in the end one credit."""
    store = MemoryStore()
    newer, older = MemoryWorld(store), OlderRelease(store)
    record = payment(store, begun(), accepted(), delivery("review", 5))
    processes = [Process(older if number % 2 else newer, [bring(record.id, news)]) for number, news in enumerate(BURST)]
    schedule = [number for number in range(len(BURST)) for _ in range(20)]
    random.Random(seed).shuffle(schedule)
    run_together(processes, schedule)
    newer.ambient.at_ms += 60_000
    run(sweep(SETTINGS), newer)
    stored = store.payments[record.id]
    state = shown_record(stored)
    assert ("paid", [(R1, 100)], False) == (state["status"], state["credits"], stored.unconcluded)
    assert record.id == store.receipts[R1].owner


@pytest.mark.parametrize("lost_ms", [1, 4_000, 9_000, 60_000])
def test_callbacks_on_both_sides_of_a_restore_give_one_credit_or_are_kept_apart(lost_ms: int) -> None:
    """The table forgets its last seconds: all of it, the push's answer, or only the callback, which comes again."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(callbacks=(1_000, 3_600_000))]
    pictures = {}

    def take_a_picture() -> None:
        pictures["then"] = (dict(world.store.payments), dict(world.store.receipts), dict(world.store.guards))

    began_ms = world.now
    world.at(began_ms + 10_000 - min(lost_ms, 10_000), take_a_picture)
    world.pass_time(0, sweeps=False)
    shop_asks(world, asked("order-1"))
    world.pass_time(10_000, sweeps=False)
    world.store.payments, world.store.receipts, world.store.guards = pictures["then"]
    world.calm()
    shown = [payment for payment in world.payments() if payment["credits"]]
    assert [] == broken_now(world)
    assert [] == broken_at_rest(world)
    assert 1 == len(shown) + world.set_apart()
