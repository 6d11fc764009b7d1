"""L12 for money by hand: each event has one id for ever, and none that matters goes untold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.event_types import MoneyEvent
from gateway.domain.money_events import money_news
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.assign import Person, assign, set_aside
from gateway.flows.emit_money import tell_of_money, tell_untold_money
from gateway.flows.feed import SETTLES_MS, read_feed
from gateway.flows.publish import ReceiptChange, publish_change
from gateway.flows.take_money import match_again, receive_money
from gateway.ports import BusUnavailable, run
from tests import gateway_samples as sample
from tests.laws.deliveries import R1, SETTINGS, accepted, begun, bring, callback, fact_of, money, payment
from tests.memory_store import MemoryWorld
from tests.webhook_world import OWNER, WebhookWorld

PAYBILL = Shortcode(number="174379", kind="paybill", name="Corner Shop")
SHOP = ShopSettings(owner=OWNER, name="Corner Shop", shortcodes=(PAYBILL,))
AMINA = Person("key_amina")
RECEIVED, UNMATCHED, ASSIGNED = MoneyEvent.RECEIVED, MoneyEvent.UNMATCHED, MoneyEvent.ASSIGNED


def stage(reference: str = "WHO") -> tuple[WebhookWorld, ReceiptRecord]:
    """A shop with a payment under INV1042, and money under this reference."""
    world = WebhookWorld()
    world.store.settings[OWNER] = SHOP
    payment(world.store)
    fact: Any = fact_of(money(R1, 20, "by hand", reference=reference))
    run(receive_money(fact, SETTINGS), world)
    return world, world.store.receipts[R1]


def told(world: MemoryWorld, before: ReceiptRecord | None) -> list[tuple[str, str]]:
    """The stream tells of the receipt as it stands now: types and discriminators of what is published."""
    known = len(world.bus.published)
    run(publish_change(ReceiptChange(before, world.store.receipts[R1]), lambda *_: {}), world)
    return [(event["type"], event["discriminator"]) for event in world.bus.published[known:]]


def test_law_12_money_that_waits_is_told_as_received_and_unmatched() -> None:
    world, _ = stage()
    assert [(RECEIVED, ""), (UNMATCHED, "0")] == told(world, None)


def test_law_12_money_that_finds_its_payment_at_once_is_received_and_no_more() -> None:
    """Its payment's events say the rest."""
    world, _ = stage("inv1042")
    assert [(RECEIVED, "")] == told(world, None)


def test_law_12_money_that_a_person_gives_is_told_with_its_payment() -> None:
    world, before = stage()
    run(assign(R1, sample.payment_id(1), AMINA, SETTINGS), world)
    assert [(ASSIGNED, sample.payment_id(1))] == told(world, before)


def test_law_12_money_that_waited_and_is_matched_by_itself_is_told_too() -> None:
    """Else who keeps a list of what waits would keep it for ever."""
    world, before = stage("LATER")
    payment(world.store, number=2, account_reference="LATER")
    run(match_again(before, SETTINGS), world)
    assert [(ASSIGNED, sample.payment_id(2))] == told(world, before)


def test_law_12_money_taken_back_waits_again_under_another_id() -> None:
    world, before = stage()
    run(set_aside(R1, "no", AMINA, aside=True), world)
    aside = world.store.receipts[R1]
    assert [] == told(world, before)
    run(set_aside(R1, "", AMINA, aside=False), world)
    assert [(UNMATCHED, "2")] == told(world, aside)


def test_law_12_a_prompts_own_receipt_tells_nothing_of_money_by_hand() -> None:
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    run(bring(record.id, callback("0", 12, "paid")), world)
    assert () == money_news(None, world.store.receipts[R1])


def test_law_12_money_at_a_shortcode_of_nobody_is_told_to_nobody() -> None:
    world, before = stage()
    world.store.settings[OWNER] = replace(SHOP, shortcodes=(replace(PAYBILL, number="999999"),))
    assert 0 == run(tell_of_money(None, before), world)


def test_law_12_of_two_shops_with_one_shortcode_both_hear_of_what_waits_and_one_of_what_is_its_own() -> None:
    """Each under ids of its own; a payment of the one is nothing for the other."""
    world, before = stage()
    world.store.settings["other"] = replace(SHOP, owner="other")
    told(world, None)
    assert {("other", 2), (OWNER, 2)} == set(Counter(event.owner for event in world.feed.events.values()).items())
    run(assign(R1, sample.payment_id(1), AMINA, SETTINGS), world)
    assert [(ASSIGNED, sample.payment_id(1))] == told(world, before)


def test_law_12_an_event_of_money_has_one_id_however_often_it_is_told() -> None:
    world, _ = stage()
    told(world, None)
    told(world, None)
    assert 2 == len({event["id"] for event in world.bus.published}) == len(world.feed.events)


def test_law_12_what_the_stream_could_not_tell_the_night_tells() -> None:
    """The bus was away until the stream gave up; and what was told is not told again."""
    world, record = stage()
    world.fail_next["Bus.publish"].append(BusUnavailable("away"))
    with pytest.raises(BusUnavailable):
        told(world, None)
    assert [2, 0] == [run(tell_untold_money((record,)), world) for _ in range(2)]
    assert [RECEIVED, UNMATCHED] == [event["type"] for event in world.bus.published]


def test_law_12_an_endpoint_and_the_feed_are_told_of_the_money_as_it_stands() -> None:
    """By a signed message, as the API shows it; without a whole name or number."""
    world, _ = stage()
    world.endpoint(events=("c2b.*",))
    told(world, None)
    run(assign(R1, sample.payment_id(1), AMINA, SETTINGS), world)
    world.settle()
    bodies = [json.loads(post.body) for post in world.sender.posts]
    assert [RECEIVED, UNMATCHED] == [body["type"] for body in bodies]
    assert {(R1, "matched", sample.payment_id(1))} == {
        (body["data"]["receipt"], body["data"]["match"]["state"], body["data"]["match"]["payment"]) for body in bodies
    }
    world.ambient.at_ms += SETTLES_MS + 10
    shown = [one.money for one in run(read_feed(OWNER, None, None, 10), world).told]
    assert [R1, R1] == [one["receipt"] for one in shown if one is not None]
