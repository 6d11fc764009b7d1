"""What a night's repair mends and counts: receipts whose payment lacks their facts, and days that are quiet by then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.day_sums import DaySums
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.drain import drain
from gateway.flows.keep import claim_record
from gateway.flows.repair import PAGE, SETTLED_MS, repair
from gateway.ports import run
from gateway.settings import Settings
from tests.laws.deliveries import R1, R2, SETTINGS, T0_MS, Plain, fact_of, money, payment, shown
from tests.memory_store import MemoryWorld
from tests.simulation.shown import described

NIGHT_MS = T0_MS + 24 * 3_600_000
"""When the night after the payments has begun."""

COUNTED_WRONG = DaySums("shop", "2026-03-02", {"kes_received": 7})


@pytest.fixture
def world() -> MemoryWorld:
    """One shop, in the night after the day of its payments; that day was counted wrong."""
    made = MemoryWorld()
    code = Shortcode(number="174379", kind="paybill", name="Corner Shop")
    made.store.settings["shop"] = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(code,))
    made.days.days["shop", "2026-03-02"] = COUNTED_WRONG
    made.ambient.at_ms = NIGHT_MS
    made.ambient.left_ms = 600_000
    return made


def typed(receipt: str, number: int) -> Plain:
    """Money typed with the reference of payment `number`."""
    return money(receipt, 60, "typed", reference=f"INV{number}")


def owner_of(world: MemoryWorld, receipt: str, number: int, *known: Plain) -> str:
    """A payment that owns this receipt, and knows these facts; its id."""
    record = payment(world.store, *known, number=number, account_reference=f"INV{number}")
    told = fact_of(typed(receipt, number))
    world.store.receipts[receipt] = claim_record(receipt, record.id, "174379", (told,))
    return record.id


def test_law_1_the_night_mends_the_claim_that_a_crash_left_half_done_and_no_other(world: MemoryWorld) -> None:
    """The receipt has its owner, the payment not the money. Beside it one that has all, and money of nobody."""
    half = owner_of(world, R1, 1)
    owner_of(world, R2, 2, typed(R2, 2))
    world.store.receipts["SGL0000003"] = claim_record("SGL0000003", None, "174379", (fact_of(typed("SGL0000003", 3)),))
    repaired = run(repair(described), world)
    for text in world.queues.retries:
        run(drain(text, Settings({}), SETTINGS), world)
    assert (1, "paid") == (repaired.mended, shown(world.store.payments[half])["status"])


@pytest.mark.parametrize(("as_before", "quiet_ms"), [(False, SETTLED_MS), (True, SETTLED_MS - 1)])
def test_a_day_is_counted_anew_only_once_it_is_quiet(world: MemoryWorld, as_before: bool, quiet_ms: int) -> None:
    """What the stream tells meanwhile would be counted twice, or not at all."""
    record = payment(world.store, typed(R1, 1), account_reference="INV1")
    world.store.payments[record.id] = replace(record, updated_at_ms=NIGHT_MS - quiet_ms)
    run(repair(described), world)
    assert as_before == (COUNTED_WRONG == world.days.read_day("shop", "2026-03-02"))


def test_a_day_of_more_than_a_page_is_counted_whole(world: MemoryWorld) -> None:
    for number in range(1, PAGE + 3):
        payment(world.store, number=number, account_reference=f"INV{number}")
    run(repair(described), world)
    counted = world.days.read_day("shop", "2026-03-02")
    assert counted is not None
    assert PAGE + 2 == counted.sums["status.open.count"]
