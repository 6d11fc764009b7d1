"""A world in memory with a shortcode that is registered for Pull, and rows as M-Pesa lists them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.domain.facts import Fact
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import MINUTE_MS
from gateway.domain.reconciliation.rows import PulledRow
from gateway.domain.reconciliation.windows import PullMark
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.reconciliation.pull import Pulled, pull_due
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld

SETTINGS = FlowSettings()
PAYBILL = Shortcode(number="174379", kind="paybill", name="CORNER SHOP", pull=True)
SHOP = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(PAYBILL,))
AT_MS = sample.AT_MS
RECEIPT = "SGL31QW9XY"


def pulled_world(*codes: Shortcode) -> MemoryWorld:
    """At the time of the samples, its list complete until fifty minutes before."""
    world = MemoryWorld()
    world.ambient.at_ms = AT_MS + 45 * MINUTE_MS
    world.store.settings[SHOP.owner] = replace(SHOP, shortcodes=codes or SHOP.shortcodes)
    world.books.marks["174379"] = PullMark(
        shortcode="174379", since_ms=0, complete_until_ms=AT_MS - 5 * MINUTE_MS, version=1
    )
    return world


def row(receipt: str = RECEIPT, after_s: int = 10, **changes: Any) -> PulledRow:
    """100 shillings with the sample's reference, so many seconds after it was asked for."""
    usual: dict[str, Any] = {
        "receipt": receipt,
        "amount_kes": 100,
        "nairobi_ms": AT_MS + after_s * 1_000,
        "word": "c2b-pay-bill-debit",
        "reference": "INV1042",
        "payer_phone": "254712345678",
        "payer_name": "Amina W.",
    }
    return PulledRow(**(usual | changes))


def payment(world: MemoryWorld, *facts: Fact, number: int = 1, **asked: Any) -> str:
    """A stored payment with these facts: its id."""
    record = sample.record(number, facts, **asked)
    world.store.create_payment(record, SETTINGS.indexed(record, SETTINGS.state(record)))
    return record.id


def pull(world: MemoryWorld) -> Pulled:
    """A tick of the schedule."""
    return run(pull_due(SETTINGS), world)


def stored(world: MemoryWorld, payment_id: str) -> PaymentRecord:
    """The payment as it stands."""
    record = world.store.read_payment(payment_id)
    assert record is not None
    return record


def credits_of(world: MemoryWorld, payment_id: str) -> list[tuple[str | None, int, str]]:
    """Receipt, amount and source of what was credited."""
    state = SETTINGS.state(stored(world, payment_id))
    return [(credit.receipt, credit.amount_kes, str(credit.source)) for credit in state.credits]


def reported(world: MemoryWorld) -> list[str]:
    """Names of what was reported."""
    return [name for name, _ in world.ambient.reports]
