"""L12: each event has one id for ever, nothing that matters goes untold, and late or double delivery harms nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.events import events_of
from gateway.domain.payment import PaymentRecord
from gateway.flows.publish import PaymentChange, publish_payment
from gateway.ports import run
from gateway.web.views import event_view
from tests.laws.alphabets import CASES
from tests.laws.deliveries import SETTINGS, bring, payment, shown
from tests.laws.orders import Table, all_orders, beginning
from tests.laws.profiles import QUICK
from tests.laws.random_lives import Life, lives, played
from tests.memory_store import MemoryWorld

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]
ENDED = {"paid", "failed", "cancelled", "expired", "unresolved", "refunded", "partially_refunded"}


def ids(record: PaymentRecord) -> dict[str, tuple[str, str]]:
    events = events_of(record.asked, SETTINGS.state(record))
    assert len(events) == len({event.id for event in events})
    return {event.id: (str(event.type), event.discriminator) for event in events}


def view(record: PaymentRecord, state: Any) -> dict[str, Any]:
    return event_view(record, state, SETTINGS.policy)


def published(world: MemoryWorld, before: PaymentRecord | None, after: PaymentRecord) -> list[Mapping[str, Any]]:
    """What the stream's record of this change puts on the bus."""
    already = len(world.bus.published)
    run(publish_payment(PaymentChange(before, after), view), world)
    return world.bus.published[already:]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_12_an_id_follows_from_payment_type_and_discriminator_alone(case: Case) -> None:
    """Whoever tells of it, in whatever state: worked out a second time here."""
    for table in all_orders(beginning(*case[0]), case[1], 2):
        for event_id, (type_, which) in ids(table.record).items():
            digest = hashlib.sha256(f"{table.record.id}|{type_}|{which}".encode()).hexdigest()
            assert f"evt_{digest[:32]}" == event_id


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_12_no_end_and_no_flag_goes_untold(case: Case) -> None:
    """At every step: a payment that comes to an end, or gets a flag, has an event that it had not before."""
    untold: list[str] = []

    def look(before: Table, after: Table, index: int) -> None:
        was, is_now = shown(before.record), shown(after.record)
        ended = is_now["status"] in ENDED and is_now["status"] != was["status"]
        flagged = set(is_now["flags"]) - set(was["flags"])
        told = set(ids(after.record)) - set(ids(before.record))
        untold.extend([case[1][index]["name"]] if (ended or flagged) and not told else [])

    for _ in all_orders(beginning(*case[0]), case[1], 2, look):
        pass
    assert [] == untold


def test_law_12_a_record_of_the_stream_that_comes_twice_tells_the_same() -> None:
    """The same ids, types and data."""
    start, alphabet = CASES["one prompt"]
    world = MemoryWorld()
    before = payment(world.store, *start)
    for index in (0, 3):
        run(bring(before.id, alphabet[index]), world)
    after = world.store.payments[before.id]
    assert published(world, before, after) == published(world, before, after) != []


@QUICK
@given(st.permutations(range(len(CASES["one prompt"][1]))), st.integers(1, 9), st.randoms(use_true_random=False))
def test_law_12_a_consumer_that_keeps_the_highest_version_ends_with_the_truth(
    order: list[int], size: int, chance: Any
) -> None:
    """Events doubled and shuffled: whenever the payment has ended, the consumer's copy says the same as the API."""
    start, alphabet = CASES["one prompt"]
    world = MemoryWorld()
    record = payment(world.store, *start)
    published(world, None, record)
    for index in order[:size]:
        before = world.store.payments[record.id]
        run(bring(record.id, alphabet[index]), world)
        published(world, before, world.store.payments[record.id])
    told = list(world.bus.published) * 2
    chance.shuffle(told)
    copy = max((event["data"] for event in told), key=lambda data: data["version"])
    truth = view(record := world.store.payments[record.id], SETTINGS.state(record))
    said = {name: copy[name] for name in ("status", "safe_to_fulfil", "amount_received")}
    assert truth["status"] not in ENDED or said == {name: truth[name] for name in said}


@QUICK
@given(lives())
def test_law_12_in_the_end_every_event_was_told_under_one_id(life: Life) -> None:
    """Random lives and faults, the bus and the stream's consumer among what fails."""
    world, _ = played(life)
    told: dict[tuple[str, str, str], set[str]] = {}
    for event in world.events:
        told.setdefault((event["data"]["id"], event["type"], event["discriminator"]), set()).add(event["id"])
    assert all(len(names) == 1 for names in told.values())
    due = {event_id for record in world.store.payments.values() for event_id in ids(record)}
    assert due <= {event["id"] for event in world.events}


def test_law_12_payment_paid_is_told_once_with_its_reason() -> None:
    """Callback and echo: one `payment.paid`, with receipt and the sources behind it."""
    start, alphabet = CASES["one prompt"]
    world = MemoryWorld()
    record = payment(world.store, *start)
    for index in (0, 3, 14):
        before = world.store.payments[record.id]
        run(bring(record.id, alphabet[index]), world)
        published(world, before, world.store.payments[record.id])
    (paid,) = (event for event in world.bus.published if event["type"] == "payment.paid")
    assert alphabet[3]["receipt"] == paid["data"]["receipt"]
    assert ["callback"] == [line["source"] for line in paid["data"]["evidence"]]
