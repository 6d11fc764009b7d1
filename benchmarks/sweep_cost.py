"""What a sweep reads and computes beside 10 and beside 100,000 settled payments. The same 50 payments are due.

The `due` index is modelled as DynamoDB keeps it: an ordered list that holds what is due and nothing else. (An emulator
scans its table for each query, so it would be what is measured.) Units are those of `capacity_units`.
"""

from __future__ import annotations

import bisect
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from benchmarks import capacity_units as rules
from benchmarks.figures import Figure, at_most, told
from gateway.aws import items
from gateway.aws.values import item_size
from gateway.domain.payment import PaymentRecord
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import Swept, sweep
from gateway.ports import Call, DueItem, Indexed, QueryReply, run
from tests.gateway_samples import AT_MS, accepted, begun, record, success
from tests.memory_store import MemoryAmbient, MemoryStore, MemoryWorld

COMMAND = "python -m benchmarks.sweep_cost"
DUE, FEW, MANY = 50, 10, 100_000
ROUNDS = 5
SETTINGS = FlowSettings(query_apart_ms=0)
RATIO_MAX = 1.5
"""Allowed between two medians of the same work on a noisy machine."""


class IndexedPayments(dict[str, PaymentRecord]):
    """Payments by id, with the sparse index kept in order beside them."""

    def __init__(self, shards: int) -> None:
        super().__init__()
        self.entries: list[list[tuple[int, str]]] = [[] for _ in range(shards)]

    def shard_of(self, key: str) -> int:
        """As the store spreads keys."""
        return int(items.due_shard(key, len(self.entries)))

    def __setitem__(self, name: str, after: PaymentRecord) -> None:
        key = items.PAYMENT + name
        before = self.get(name)
        entries = self.entries[self.shard_of(key)]
        if before is not None and before.due_at_ms is not None:
            entries.remove((before.due_at_ms, key))
        if after.due_at_ms is not None:
            bisect.insort(entries, (after.due_at_ms, key))
        super().__setitem__(name, after)


class IndexedStore(MemoryStore):
    """The store in memory with such an index."""

    def __init__(self) -> None:
        super().__init__(SETTINGS.due_shards)
        self.indexed = IndexedPayments(SETTINGS.due_shards)
        self.payments = self.indexed

    def due_items(self, shard: int, now_ms: int, limit: int, newest_first: bool, /) -> tuple[DueItem, ...]:  # noqa: FBT001  the port's form
        """What the index holds up to now."""
        entries = self.indexed.entries[shard]
        end = bisect.bisect_right(entries, now_ms, key=lambda entry: entry[0])
        found = entries[max(0, end - limit) : end][::-1] if newest_first else entries[: min(limit, end)]
        return tuple(DueItem(key, at_ms) for at_ms, key in found)


@dataclass(slots=True)
class Read:
    """What was read through the port. entries: of the index."""

    entries: int = 0
    payments: int = 0
    units: float = 0.0


class CountingWorld(MemoryWorld):
    """Performs calls, counts what the table reads, and adds up the time spent behind the ports."""

    def __init__(self, store: IndexedStore) -> None:
        super().__init__(store, MemoryAmbient(at_ms=AT_MS + 30_000, left_ms=50_000))
        self.read = Read()
        self.elsewhere_ns = 0

    def perform(self, call: Call, /) -> Any:
        """Carry out one call; its time is not our own."""
        with self._not_ours():
            answer = super().perform(call)
            if call.method == "due_items":
                self._count_entries(answer)
            elif call.method == "read_payment":
                self._count_payment(answer)
            return answer

    @contextmanager
    def _not_ours(self) -> Iterator[None]:
        began_ns = time.process_time_ns()
        yield
        self.elsewhere_ns += time.process_time_ns() - began_ns

    def _count_entries(self, found: tuple[DueItem, ...]) -> None:
        sizes = [
            item_size(items.packed({"pk": item.key, **items.due_attributes(item.key, item.due_at_ms, 4)}))
            for item in found
        ]
        self.read.entries += len(found)
        self.read.units += rules.read_units(sum(sizes), consistent=False)

    def _count_payment(self, found: PaymentRecord) -> None:
        values = items.payment_to_values(found, Indexed(due_at_ms=found.due_at_ms), 4)
        self.read.payments += 1
        self.read.units += rules.read_units(item_size(items.packed(values)), consistent=True)


def store_with(settled: int) -> IndexedStore:
    """A store with so many settled payments and 50 prompts that wait for news."""
    store = IndexedStore()
    paid = record(facts=[begun(), accepted(), success()])
    for number in range(DUE, DUE + settled):
        one = replace(paid, asked=replace(paid.asked, id=f"pay_{number:032x}"))
        store.payments[one.id] = one
    waiting = record(facts=[begun(), accepted()])
    for number in range(DUE):
        asked = replace(waiting.asked, id=f"pay_{number:032x}")
        store.payments[asked.id] = replace(waiting, asked=asked, due_at_ms=AT_MS + 26_000)
    return store


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one sweep. own_ms: CPU milliseconds outside the ports."""

    swept: Swept
    read: Read
    own_ms: float


def cost_of(store: IndexedStore) -> Cost:
    """One sweep, after which the store stands as before."""
    before = {name: store.payments[name] for name in list(store.payments)[-DUE:]}
    world = CountingWorld(store)
    world.daraja.query_answers.extend(QueryReply("processing", None, "") for _ in range(DUE))
    began_ns = time.process_time_ns()
    swept = run(sweep(SETTINGS), world)
    own_ns = time.process_time_ns() - began_ns - world.elsewhere_ns
    for name, kept in before.items():
        store.payments[name] = kept
    return Cost(swept, world.read, own_ns / 1e6)


def measured() -> tuple[Cost, Cost]:
    """The cheapest of some alternating sweeps beside few and beside many settled payments."""
    stores = (store_with(FEW), store_with(MANY))
    gc.collect()
    gc.freeze()
    rounds = [[cost_of(store) for store in stores] for _ in range(ROUNDS)]
    gc.unfreeze()
    few, many = ([one[place] for one in rounds] for place in (0, 1))
    return min(few, key=lambda cost: cost.own_ms), min(many, key=lambda cost: cost.own_ms)


def figures() -> list[Figure]:
    """The figures of the table."""
    few, many = measured()
    beside = f"beside {FEW} settled: {few.read.entries} entries, {few.read.payments} items, {few.read.units:g} units"
    return [
        told(f"sweep of {DUE} due payments", beside, COMMAND),
        Figure(
            what=f"… beside {MANY:,} settled",
            measured=f"{many.read.entries} entries, {many.read.payments} items, {many.read.units:g} units",
            budget="the same",
            ok=few.read == many.read and few.swept == many.swept == Swept(DUE, DUE, 0),
            command=COMMAND,
        ),
        at_most(
            f"… own CPU, {MANY:,} / {FEW} ({few.own_ms:.1f} ms)",
            many.own_ms / few.own_ms,
            RATIO_MAX,
            COMMAND,
            unit=" ×",
        ),
    ]


def main() -> None:
    """Print both costs."""
    for settled, cost in zip((FEW, MANY), measured(), strict=True):
        print(f"{settled:>7} settled: {cost.swept}, {cost.read}, own {cost.own_ms:.2f} ms")


if __name__ == "__main__":
    main()
