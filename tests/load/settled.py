"""Ten million payments that are settled, beside a hundred that are due: what a sweep reads of them.

The settled ones are a range of numbers, each a payment when somebody reads it. The `due` index is the ordered list of
`benchmarks/sweep_cost.py`: it holds what the store's own `due_attributes` put into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from benchmarks.sweep_cost import SETTINGS, CountingWorld, IndexedPayments, IndexedStore, Read
from gateway.domain.payment import PaymentRecord
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import Swept, sweep
from gateway.ports import QueryReply, run
from tests.gateway_samples import AT_MS, accepted, begun, payment_id, record, success

PAID = record(facts=[begun(), accepted(), success()])
WAITING = record(facts=[begun(), accepted()])


class MostlySettled(IndexedPayments):
    """Numbers below `settled` are paid payments, made when they are read; `reads` counts how many were."""

    def __init__(self, settled: int) -> None:
        super().__init__(SETTINGS.due_shards)
        self.settled = settled
        self.reads = 0

    def get(self, name: str, default: Any = None) -> PaymentRecord | Any:
        """A payment by id."""
        number = int(name[4:12], 16)
        if name not in self and number < self.settled:
            self.reads += 1
            return replace(PAID, asked=replace(PAID.asked, id=name))
        return super().get(name, default)

    def settle_by_hand(self, count: int) -> int:
        """Store so many paid payments as the store does; how many of them got into the index."""
        for number in range(count):
            due_ms = FlowSettings().indexed(PAID, FlowSettings.state(PAID)).due_at_ms
            paid = replace(PAID, asked=replace(PAID.asked, id=payment_id(number)), due_at_ms=due_ms)
            self[paid.id] = paid
        self.reads = 0
        return sum(map(len, self.entries))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a sweep did and read. settled_read: of the settled payments."""

    swept: Swept
    read: Read
    settled_read: int
    index_entries_of_settled: int


def sweep_beside(settled: int, due: int) -> Cost:
    """One sweep over `due` payments beside so many settled ones."""
    store = IndexedStore()
    payments = MostlySettled(settled)
    store.payments = store.indexed = payments
    in_index = payments.settle_by_hand(min(settled, 1_000))
    for number in range(settled, settled + due):
        asked = replace(WAITING.asked, id=payment_id(number))
        store.payments[asked.id] = replace(WAITING, asked=asked, due_at_ms=AT_MS + 26_000)
    world = CountingWorld(store)
    world.daraja.query_answers.extend(QueryReply("processing", None, "") for _ in range(due))
    return Cost(run(sweep(SETTINGS), world), world.read, payments.reads, in_index)
