"""A batch of the stream that comes again, breaks off, or holds what nobody can read: told again, counted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.day_sums import sums_of
from gateway.domain.payment import PaymentRecord
from gateway.flows.publish import Change, PaymentChange
from gateway.flows.publish_batch import Streamed, publish_batch
from gateway.ports import BusUnavailable, StoreUnavailable, run
from tests.gateway_samples import accepted, begun, record, success
from tests.memory_store import MemoryWorld

DAY = ("shop", "2026-03-02")
SHARD = "shardId-1"


def described(record: PaymentRecord, _: object) -> Mapping[str, Any]:
    return {"id": record.id, "version": record.version}


def versions(number: int) -> list[PaymentRecord]:
    """A payment that is begun, prompted and paid."""
    facts = [begun(), accepted(), success()]
    new = record(number, facts[:1])
    return [new, *(_with(new, facts[: count + 1], count + 1) for count in (1, 2))]


def _with(new: PaymentRecord, facts: list[Any], version: int) -> PaymentRecord:
    known = {fact.id: fact for fact in facts}
    return replace(new, facts=known, version=version, updated_at_ms=new.updated_at_ms + version)


def records_of(*numbers: int) -> list[Streamed]:
    """All changes of these payments, payment by payment."""
    changes: list[Change] = []
    for number in numbers:
        before: PaymentRecord | None = None
        for after in versions(number):
            changes.append(PaymentChange(before, after))
            before = after
    return [Streamed(str(at), _read(change)) for at, change in enumerate(changes, 9)]


def _read(change: Change) -> Callable[[], Change]:
    return lambda: change


def unreadable() -> Change:
    raise KeyError("asked")


def sums(world: MemoryWorld) -> dict[str, int]:
    return {name: value for name, value in world.days.days[DAY].sums.items() if value}


def as_they_stand(*numbers: int) -> dict[str, int]:
    """The sums of these payments, paid."""
    total: dict[str, int] = {}
    for number in numbers:
        for name, value in sums_of(versions(number)[-1]).items():
            total[name] = total.get(name, 0) + value
    return total


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


def test_the_sums_of_changes_are_the_sums_of_the_payments(world: MemoryWorld) -> None:
    """One write for the whole batch."""
    again = run(publish_batch(records_of(1, 2), SHARD, described), world)

    assert ("", as_they_stand(1, 2), 1) == (again, sums(world), world.boundaries.count("Days.count"))


def test_a_batch_that_comes_again_in_other_pieces_counts_once(world: MemoryWorld) -> None:
    """Whole, from its middle on, and its end beside something new."""
    records = records_of(1, 2, 3)
    for piece in (records[:4], records[:4], records[2:6], records[5:]):
        assert "" == run(publish_batch(piece, SHARD, described), world)

    assert as_they_stand(1, 2, 3) == sums(world)


def test_what_was_told_before_a_poison_record_is_counted_and_the_rest_comes_again(world: MemoryWorld) -> None:
    """Then the record is given up, and what lies behind it is counted."""
    records = records_of(1, 2)
    poison = Streamed(records[2].sequence, unreadable)
    batch = [*records[:2], poison, *records[3:]]

    assert poison.sequence == run(publish_batch(batch, SHARD, described), world)
    assert {"status.pending.count": 1, "status.pending.amount": 100} == {
        name: value for name, value in sums(world).items() if name.startswith("status.")
    }
    assert "" == run(publish_batch(batch[3:], SHARD, described), world)
    assert 1 == sums(world)["status.paid.count"]


def test_a_batch_that_could_not_be_counted_is_told_and_counted_again(world: MemoryWorld) -> None:
    """Under the same ids, and once."""
    records = records_of(1)
    world.fail_next["Days.count"].append(StoreUnavailable("away"))

    assert records[0].sequence == run(publish_batch(records, SHARD, described), world)
    assert "" == run(publish_batch(records, SHARD, described), world)
    ids = [event["id"] for event in world.bus.published]
    assert (2 * len(set(ids)), as_they_stand(1)) == (len(ids), sums(world))


def test_the_bus_takes_some_and_the_others_come_again(world: MemoryWorld) -> None:
    """The first record that was not told, and all behind it."""
    records = records_of(1)
    world.fail_next["Bus.publish"].extend([BusUnavailable("away")])
    first = run(publish_batch(records[:1], SHARD, described), world)

    assert (records[0].sequence, DAY in world.days.days) == (first, False)
    assert "" == run(publish_batch(records, SHARD, described), world)
    assert as_they_stand(1) == sums(world)
