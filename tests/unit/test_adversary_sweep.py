"""Against what could keep a payer waiting: webhooks in front of payments, items that no release can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import Claimed
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.domain.webhooks import Delivery, Endpoint, Endpoints, delivery_id, new_secret
from gateway.flows.sweep import sweep
from gateway.ports import Call, QueryReply, run
from tests import gateway_samples as sample
from tests.laws.deliveries import SETTINGS, T0_MS, accepted, begun, payment, shown
from tests.memory_store import MemoryAmbient, MemoryWorld

SWEEP_MS = 55_000
BACKLOG = 400


class SlowTable(MemoryWorld):
    """Calls of these ports take their time, and the function's time passes with it."""

    def __init__(self, call_ms: Mapping[str, int]) -> None:
        self.ends_ms = T0_MS + 40_000 + SWEEP_MS
        super().__init__(ambient=MemoryAmbient(at_ms=T0_MS + 40_000))
        self._call_ms = call_ms

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        self.ambient.at_ms += self._call_ms.get(call.port, 0)
        self.ambient.left_ms = self.ends_ms - self.ambient.at_ms
        assert self.ambient.left_ms > 0, "the function is stopped in the middle of its work"
        return super().perform(call)


def with_a_payer_who_waits(world: MemoryWorld) -> str:
    """A prompt of 40 seconds ago that M-PESA has something to say about."""
    code = Shortcode(number="174379", kind="paybill", name="Corner Shop")
    world.store.settings["shop"] = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(code,))
    world.daraja.query_answers.append(QueryReply("final", "1032", "Request cancelled by user"))
    return payment(world.store, begun(), accepted()).id


def with_a_backlog(world: MemoryWorld) -> list[Delivery]:
    """Deliveries that are due since yesterday, at an endpoint that takes nothing."""
    endpoint = Endpoint(
        id="whe_1", owner="shop", url="https://x.example/", events=("*",), secret=new_secret(b"s" * 32), created_at_ms=0
    )
    assert world.webhooks.save_endpoints(Endpoints("shop"), Endpoints("shop", (endpoint,)))
    made = [
        Delivery(
            id=delivery_id(f"evt_{number:032x}", "whe_1"),
            owner="shop",
            endpoint="whe_1",
            event_id=f"evt_{number:032x}",
            event_type="payment.paid",
            subject=f"pay_{number:032x}",
            emitted_at_ms=T0_MS,
            created_at_ms=T0_MS,
            tries_made=5,
            due_at_ms=T0_MS - 86_400_000,
        )
        for number in range(BACKLOG)
    ]
    for one in made:
        assert world.webhooks.save_delivery(None, one)
    return made


def test_law_8_a_backlog_of_webhooks_before_a_slow_table_keeps_no_payer_waiting() -> None:
    """Half a second for each call about a delivery: the payment is asked about in this very sweep, and time is left."""
    world = SlowTable({"Webhooks": 500})
    waiting = with_a_payer_who_waits(world)
    with_a_backlog(world)
    run(sweep(SETTINGS), world)
    assert "failed" == shown(world.store.payments[waiting])["status"]
    assert world.webhooks.queue


def test_law_8_looks_for_claimed_codes_before_a_slow_table_take_no_payers_turn() -> None:
    """Hundreds of payments with five codes each that nobody knows: the newest payer is asked about all the same."""
    world = SlowTable({"Store": 100})
    waiting = with_a_payer_who_waits(world)
    for number in range(100, 400):
        codes = [
            Claimed(receipt=f"SGL{number:06d}{code}", actor="payer", said_at_ms=T0_MS + 2_000, learned_at_ms=T0_MS)
            for code in range(5)
        ]
        record = sample.record(number, codes, account_reference=f"ORDER{number}")
        assert world.store.create_payment(record, SETTINGS.indexed(record, SETTINGS.state(record))) is None
    run(sweep(SETTINGS), world)
    assert "failed" == shown(world.store.payments[waiting])["status"]


def test_law_8_a_delivery_that_cannot_be_read_stops_neither_payments_nor_other_deliveries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Written by a newer release, or by a hand: reported, and everything else goes on."""
    world = MemoryWorld(ambient=MemoryAmbient(at_ms=T0_MS + 40_000, left_ms=SWEEP_MS))
    waiting = with_a_payer_who_waits(world)
    broken = {one.id for one in with_a_backlog(world)[:20]}
    read = world.webhooks.read_delivery

    def read_or_break(delivery: str, /) -> Delivery | None:
        found = read(delivery)
        return replace(found, state=_state_of_a_newer_release()) if found and delivery in broken else found

    monkeypatch.setattr(world.webhooks, "read_delivery", read_or_break)
    run(sweep(SETTINGS), world)
    reported = [fields for name, fields in world.ambient.reports if name == "webhooks_not_brought"]
    assert "failed" == shown(world.store.payments[waiting])["status"]
    assert {"ValueError"} == {fields["error"] for fields in reported}
    assert world.webhooks.queue


def _state_of_a_newer_release() -> Any:
    raise ValueError("'held' is not a valid DeliveryState")
