"""L12 for payments that change after the nights have gone by: what the stream forgot of them is told all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.due import StepKind, next_step
from gateway.domain.events import KEPT_DAYS, EventType, event_id
from gateway.domain.facts import UnknownFact
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.telling import LOOK_AFTER_MS, telling_look_ms, to_be_told
from gateway.flows.publish import PaymentChange, publish_payment
from gateway.flows.sweep import sweep
from gateway.ports import BusUnavailable, StoreUnavailable, run
from gateway.web.views import event_view
from tests.laws.deliveries import R2, SETTINGS, T0_MS, accepted, begun, bring, callback, payment, told
from tests.memory_store import MemoryWorld

PAID = (begun(), accepted(), callback("0", 12, "paid"))
LATE_MS = 5 * DAY_MS
REVIEW = told("review", LATE_MS / 1000)
FLAGGED, UPDATED, PAID_TYPE = "payment.flagged", "payment.updated", "payment.paid"


def view(record: PaymentRecord, state: Any) -> dict[str, Any]:
    return event_view(record, state, SETTINGS.policy)


def streamed(world: MemoryWorld, before: PaymentRecord | None, after: PaymentRecord) -> list[str]:
    """Types of what the stream's record of this change puts on the bus."""
    already = len(world.bus.published)
    run(publish_payment(PaymentChange(before, after), view), world)
    return [event["type"] for event in world.bus.published[already:]]


def changed_late() -> tuple[MemoryWorld, PaymentRecord]:
    """A payment that was told when it was paid; five days later a review is asked for, and the stream forgets that."""
    world = MemoryWorld()
    record = payment(world.store, *PAID)
    streamed(world, None, record)
    world.ambient.at_ms = T0_MS + LATE_MS
    run(bring(record.id, REVIEW), world)
    return world, world.store.payments[record.id]


def looked(world: MemoryWorld, record: PaymentRecord, after_ms: int) -> PaymentRecord:
    """The payment after a sweep so long from now."""
    world.ambient.at_ms += after_ms
    run(sweep(SETTINGS), world)
    return world.store.payments[record.id]


def test_law_12_what_the_stream_forgot_of_a_late_change_is_told_after_a_look() -> None:
    """The sweep finds it untold and notes so in the item: the stream's record of that tells it, once."""
    world, forgotten = changed_late()
    found = looked(world, forgotten, LOOK_AFTER_MS)
    assert [FLAGGED] == streamed(world, forgotten, found)
    again = looked(world, forgotten, HOUR_MS)
    assert [] == streamed(world, found, again)
    assert again.due_at_ms is None


def test_law_12_what_was_recorded_and_not_told_when_the_teller_died_is_told_after_a_look() -> None:
    """It died between two records of emission, and the stream forgot the rest: the first record proves nothing."""
    world, changed = changed_late()
    run(bring(changed.id, callback("0", 500_000, "paid by another receipt", receipt=R2)), world)
    flagged_twice = world.store.payments[changed.id]
    before = payment(MemoryWorld().store, *PAID)
    world.after["Feed.emit"] = lambda: world.fail_next["Feed.emit"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        streamed(world, before, flagged_twice)
    world.after.clear()
    world.fail_next.clear()
    found = looked(world, flagged_twice, LOOK_AFTER_MS)
    assert [FLAGGED, FLAGGED] == [name for name in streamed(world, flagged_twice, found) if name == FLAGGED]


def test_law_12_a_look_that_nobody_heard_of_is_followed_by_another() -> None:
    """The stream forgot that one too."""
    world, forgotten = changed_late()
    first = looked(world, forgotten, LOOK_AFTER_MS)
    second = looked(world, forgotten, HOUR_MS)
    assert [FLAGGED] == streamed(world, first, second)


def test_law_12_what_the_bus_did_not_take_of_a_late_change_is_told_after_a_look() -> None:
    world, changed = changed_late()
    before = replace(changed, facts={}, version=changed.version - 1)
    world.fail_next["Bus.publish"].append(BusUnavailable("away"))
    with pytest.raises(BusUnavailable):
        streamed(world, before, changed)
    found = looked(world, changed, LOOK_AFTER_MS)
    assert FLAGGED in streamed(world, changed, found)


def test_law_12_a_late_change_that_was_told_is_looked_at_once_and_told_by_nobody_again() -> None:
    world, changed = changed_late()
    before = payment(MemoryWorld().store, *PAID)
    assert [FLAGGED] == streamed(world, before, changed)
    found = looked(world, changed, LOOK_AFTER_MS)
    assert ([], None) == (streamed(world, changed, found), found.due_at_ms)


def test_law_12_a_change_after_the_look_is_looked_at_anew() -> None:
    world, changed = changed_late()
    streamed(world, payment(MemoryWorld().store, *PAID), changed)
    looked(world, changed, LOOK_AFTER_MS)
    world.ambient.at_ms += DAY_MS
    run(bring(changed.id, told("returned", 500_000, receipt="SGL11AA1AA", under="R", amount=1, external=True)), world)
    newer = world.store.payments[changed.id]
    found = looked(world, changed, LOOK_AFTER_MS)
    assert [UPDATED] == streamed(world, newer, found)


@pytest.mark.parametrize(("days", "is_looked_at"), [(0, False), (1, False), (2, True), (400, True)])
def test_law_12_what_no_night_meets_is_looked_at(days: int, is_looked_at: bool) -> None:
    """A night goes through the payments of yesterday and of the day before: from the last moment of a day on."""
    record = payment(MemoryWorld().store, *PAID)
    last_ms = day_begins_ms(day_of(record.asked.created_at_ms)) + (days + 1) * DAY_MS - 1
    changed = replace(record, updated_at_ms=last_ms)
    assert is_looked_at == (telling_look_ms(changed) is not None)


def test_law_18_a_payment_of_the_day_is_never_looked_at_for_its_events() -> None:
    """So that what payments mostly cost stays what it is."""
    record = payment(MemoryWorld().store, *PAID)
    assert next_step(record, SETTINGS.state(record), SETTINGS.policy) is None


def test_law_12_a_release_that_does_not_know_a_fact_leaves_the_look_to_the_newer_one() -> None:
    """All that it understands was told; it would take for told what it cannot read."""
    world, changed = changed_late()
    streamed(world, payment(MemoryWorld().store, *PAID), changed)
    newer = UnknownFact(said_at_ms=T0_MS, learned_at_ms=T0_MS, known_id="newer:1", raw='{"kind":"newer"}')
    world.store.payments[changed.id] = changed.with_facts([newer])
    left = looked(world, changed, LOOK_AFTER_MS)
    step = next_step(left, SETTINGS.state(left), SETTINGS.policy)
    assert (StepKind.SEE_IT_TOLD, True) == (step and step.kind, left.due_at_ms is not None)


def test_law_12_what_was_told_longer_ago_than_records_are_kept_is_not_told_again() -> None:
    """Its record of emission is gone: that proves nothing."""
    record = payment(MemoryWorld().store, *PAID, REVIEW)
    later_ms = T0_MS + LATE_MS + KEPT_DAYS * DAY_MS
    between_ms = later_ms - DAY_MS
    wanted = [
        {event.id for event in to_be_told(replace(record, updated_at_ms=T0_MS), at)} for at in (between_ms, later_ms)
    ]
    flagged = event_id(record.id, EventType.FLAGGED, "needs_review")
    assert [{flagged}, set()] == wanted
