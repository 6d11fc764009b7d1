"""A fact or an item of a newer release: this one adds, and concludes nothing."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.facts import UnknownFact
from gateway.domain.payment import FOLD_VERSION
from gateway.flows.keep import keep
from gateway.ports import run
from tests.laws.deliveries import SETTINGS, T0_MS, accepted, begun, bring, callback, payment
from tests.memory_store import MemoryWorld

FROM_THE_FUTURE = UnknownFact(said_at_ms=T0_MS, learned_at_ms=T0_MS, known_id="future:1", raw='{"kind":"future"}')


def test_a_fact_of_an_unknown_kind_is_kept_and_the_newer_release_is_called() -> None:
    """No receipt is claimed, the shown state stays, the payment is due at once."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    before = world.store.summaries[record.id]
    run(keep(record.id, lambda _: (FROM_THE_FUTURE,), SETTINGS), world)
    run(bring(record.id, callback("0", 12, "paid")), world)
    stored = world.store.payments[record.id]
    assert 4 == len(stored.facts)
    assert (before, {}) == (world.store.summaries[record.id], world.store.receipts)
    assert world.ambient.at_ms == stored.due_at_ms


def test_an_item_folded_by_a_newer_release_is_left_as_it_is_concluded() -> None:
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    world.store.payments[record.id] = replace(record, fold_version=FOLD_VERSION + 1)
    run(bring(record.id, callback("0", 12, "paid")), world)
    stored = world.store.payments[record.id]
    assert (FOLD_VERSION + 1, 3, {}) == (stored.fold_version, len(stored.facts), world.store.receipts)
