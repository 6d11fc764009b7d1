"""The night tells of compared days and stopped operators what the stream never told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.circuit import Circuit, Opening
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.day import DayRecord
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.domain.telling import QUIET_MS
from gateway.flows.publish import publish_change
from gateway.flows.reconciliation.run import reconcile_day
from gateway.flows.reconciliation.tell import DayChange
from gateway.flows.untold_accounts import tell_untold_accounts
from gateway.ports import BusUnavailable, run
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, covered_world, listed, theirs
from tests.unit.reconciliation.pull_world import PAYBILL, SETTINGS

SINCE_MS = MORNING_MS - HOUR_MS
OPEN = Circuit(shortcode="600998", owners=("shop", "other"), openings={"*": Opening("2001", "pay_out", SINCE_MS)})


@pytest.fixture
def world() -> MemoryWorld:
    """A shop whose list is read and who pays out; an hour after the morning."""
    world = covered_world()
    world.store.settings["shop"] = ShopSettings(
        owner="shop", name="Shop", shortcodes=(replace(PAYBILL, pull=True),), payout_shortcode="600998"
    )
    world.ambient.at_ms = MORNING_MS
    return world


def compared(world: MemoryWorld) -> DayRecord:
    """A day with a difference, compared this morning."""
    listed(world, theirs())
    record, _ = run(reconcile_day("shop", PAYBILL, DAY, SETTINGS), world)
    return record


def night(world: MemoryWorld, after_ms: int = HOUR_MS) -> int:
    """How many events a repair tells so long afterwards."""
    world.ambient.at_ms += after_ms
    return run(tell_untold_accounts("shop", world.ambient.at_ms), world)


def types(world: MemoryWorld) -> list[str]:
    return [str(event.type) for event in world.feed.events.values()]


def test_a_compared_day_that_nobody_told_of_is_told_once(world: MemoryWorld) -> None:
    compared(world)
    assert [2, 0] == [night(world), night(world)]
    assert ["reconciliation.finished", "reconciliation.difference"] == types(world)
    assert [DAY, DAY] == [entry["data"]["day"] for entry in world.bus.published]


def test_what_the_stream_told_is_not_told_again(world: MemoryWorld) -> None:
    run(publish_change(DayChange(None, compared(world)), lambda *_: {}), world)
    assert (0, 2) == (night(world), len(world.bus.published))


def test_what_is_the_streams_still_is_left_to_it(world: MemoryWorld) -> None:
    compared(world)
    assert 0 == night(world, QUIET_MS - 1)


def test_a_day_of_weeks_ago_is_old_news(world: MemoryWorld) -> None:
    compared(world)
    assert 0 == night(world, 7 * DAY_MS)


def test_a_stopped_operator_is_told_to_each_shop_with_its_own_night(world: MemoryWorld) -> None:
    world.initiator.circuits["600998"] = OPEN
    other = ShopSettings(owner="other", name="Other", shortcodes=(), payout_shortcode="600998")
    world.store.settings["other"] = other
    told = [night(world), run(tell_untold_accounts("other", world.ambient.at_ms), world)]
    assert ([1, 1], ["gateway.alert", "gateway.alert"]) == (told, types(world))
    assert {"shop", "other"} == {event.owner for event in world.feed.events.values()}


@pytest.mark.parametrize("owners", [(), ("other",)])
def test_an_operator_of_another_shop_is_none_of_this_ones_business(world: MemoryWorld, owners: tuple[str, ...]) -> None:
    world.initiator.circuits["600998"] = replace(OPEN, owners=owners)
    assert (0, []) == (night(world), types(world))


def test_what_the_bus_did_not_take_is_told_by_the_next_night(world: MemoryWorld) -> None:
    """Its record of emission says that it was not told."""
    compared(world)
    world.fail_next["Bus.publish"].append(BusUnavailable("away"))
    with pytest.raises(BusUnavailable):
        night(world)
    assert 2 == night(world)
    assert [False, False] == [event.untold for event in world.feed.events.values()]


def test_a_shop_without_settings_or_lists_is_told_nothing(world: MemoryWorld) -> None:
    compared(world)
    plain = Shortcode(number="174379", kind="paybill", name="Shop")
    world.store.settings["shop"] = ShopSettings(owner="shop", name="Shop", shortcodes=(plain,))
    assert (0, 0) == (night(world), run(tell_untold_accounts("nobody", MORNING_MS), world))
