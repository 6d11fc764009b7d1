"""L12: each event has one id for ever, nothing that matters goes untold, and late or double delivery harms nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import facts as words
from gateway.domain.events import events_of
from gateway.domain.facts import Fact
from gateway.domain.money_events import money_news
from gateway.domain.payment import PaymentRecord
from gateway.flows.keep import keep
from gateway.flows.publish import PaymentChange, publish_payment
from gateway.ports import BusUnavailable, run
from gateway.web.views import event_view
from tests.laws.alphabets import CASES
from tests.laws.deliveries import (
    AMOUNT_KES,
    R1,
    SETTINGS,
    T0_MS,
    accepted,
    begun,
    bring,
    callback,
    fact_of,
    payment,
    query,
    shown,
    told,
)
from tests.laws.orders import Table, all_orders, beginning
from tests.laws.profiles import QUICK
from tests.laws.random_lives import Life, lives, played
from tests.memory_store import MemoryWorld
from tests.simulation.fold_memory import remembered_folds

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]
OF_ONE_PAYMENT = ("one prompt", "rare news", "two prompts", "every kind")
ENDED = {"paid", "failed", "cancelled", "expired", "unresolved", "refunded", "partially_refunded"}


def ids(record: PaymentRecord) -> dict[str, tuple[str, str]]:
    events = events_of(record.asked, SETTINGS.state(record))
    assert len(events) == len({event.id for event in events})
    return {event.id: (str(event.type), event.discriminator) for event in events}


def view(record: PaymentRecord, state: Any) -> dict[str, Any]:
    return event_view(record, state, SETTINGS.policy)


def learned(world: MemoryWorld, payment_id: str, fact: Fact) -> list[Mapping[str, Any]]:
    """What is told when a payment learns a fact."""
    before = world.store.payments[payment_id]
    run(keep(payment_id, lambda _: (fact,), SETTINGS), world)
    return published(world, before, world.store.payments[payment_id])


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
        new = set(ids(after.record)) - set(ids(before.record))
        untold.extend([case[1][index]["name"]] if (ended or flagged) and not new else [])

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
@given(st.sampled_from(OF_ONE_PAYMENT), st.randoms(use_true_random=False))
def test_law_12_a_consumer_that_keeps_the_highest_version_ends_with_the_truth(case: str, chance: Any) -> None:
    """Any deliveries in any order, events doubled and shuffled: at every step the copy is all that the API shows."""
    start, alphabet = CASES[case]
    world = MemoryWorld()
    record = payment(world.store, *start)
    published(world, None, record)
    for delivery in chance.sample(alphabet, min(9, len(alphabet))):
        before = world.store.payments[record.id]
        run(bring(record.id, delivery), world)
        published(world, before, world.store.payments[record.id])
        heard = [event["data"] for event in world.bus.published] * 2
        chance.shuffle(heard)
        copy = max(heard, key=lambda data: data["version"])
        now = world.store.payments[record.id]
        assert view(now, SETTINGS.state(now)) == copy


def test_law_12_what_changes_after_payment_paid_is_told_too() -> None:
    """A receipt that joins, a flag that a person lifts and that is raised again, money that goes back."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted())
    published(world, None, record)
    paid = [fact_of(query("0", 20)), fact_of(query("0", 31))]
    doubt = fact_of(told("review", 40))
    let_go = words.Corrected(lifts=(doubt.id,), actor="staff", note="seen", said_at_ms=T0_MS, learned_at_ms=T0_MS)
    raised_again = fact_of(told("contested", 60, receipt=R1))
    back = fact_of(told("returned", 70, receipt=R1, under="SGL99ZZ9ZZ", amount=AMOUNT_KES, external=False))
    types = [
        [event["type"].removeprefix("payment.") for event in learned(world, record.id, fact)]
        for fact in (*paid, fact_of(callback("0", 35, "paid")), doubt, let_go, raised_again, back)
    ]
    assert [["updated"], ["paid", "flagged"], ["updated"], ["flagged"], ["updated"]] == types[:5]
    assert [["flagged", "updated"], ["refunded"]] == types[5:]
    ids = [event["id"] for event in world.bus.published]
    assert len(ids) - 1 == len(set(ids)), "only the flag that is raised again is told under its first id"


def test_law_12_what_a_teller_stored_and_could_not_send_is_sent_by_the_next_try() -> None:
    """The bus is away: the event keeps its first time and place, is marked, and loses the mark when it is told."""
    world = MemoryWorld()
    record = payment(world.store, begun())
    world.fail_next["Bus.publish"].append(BusUnavailable("away"))
    with pytest.raises(BusUnavailable):
        published(world, None, record)
    marked = [event.untold for event in world.feed.events.values()]
    first_ms = world.ambient.at_ms
    world.ambient.at_ms += 60_000
    published(world, None, record)
    assert ([True], [first_ms]) == (marked, [event["at_ms"] for event in world.bus.published])
    assert [False] == [event.untold for event in world.feed.events.values()]


@remembered_folds()
@QUICK
@given(lives())
def test_law_12_in_the_end_every_event_was_told_under_one_id(life: Life) -> None:
    """Random lives and faults, the bus and the stream's consumer among what fails."""
    world, _ = played(life)
    names_of: dict[tuple[str, str, str], set[str]] = {}
    for event in world.events:
        subject = event["data"].get("id") or event["data"]["receipt"]
        names_of.setdefault((subject, event["type"], event["discriminator"]), set()).add(event["id"])
    assert all(len(names) == 1 for names in names_of.values())
    due = {event_id for record in world.store.payments.values() for event_id in ids(record)}
    due |= {one.id_for("shop") for record in world.store.receipts.values() for one in money_news(None, record)}
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
