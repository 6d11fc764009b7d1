"""Fifty copies of one callback at once: what each copy that changes nothing costs in capacity units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks import capacity_units as rules
from gateway.aws import items
from gateway.aws.values import item_size
from gateway.domain.statuses import PaymentStatus
from gateway.flows.settings import FlowSettings
from gateway.ports import Call
from tests.load.peak import arrives, prompted
from tests.load.virtual import MINUTE_MS, START_MS, LoadWorld
from tests.memory_store import MemoryStore
from tests.simulation.processes import Process

COPIES = 50
WITHIN_MS = 20


class MeteredWorld(LoadWorld):
    """Counts the units of the table's own calls, of a payment's item as it stands. A refused write costs as much."""

    units = 0.0

    def port_store(self, process: Process, call: Call) -> object:
        """The table."""
        self.units += self._cost(call)
        return super().port_store(process, call)

    def _cost(self, call: Call) -> float:
        if call.method == "read_payment":
            return rules.read_units(self._size(call.args[0]), consistent=True)
        if call.method == "save_payment":
            return rules.units(self._size(call.args[0].id), rules.WRITE_UNIT_BYTES)
        return 1.0

    def _size(self, payment: str) -> int:
        record = self.store.payments[payment]
        indexed = FlowSettings().indexed(record, FlowSettings.state(record))
        return item_size(items.packed(items.payment_to_values(record, indexed, 4)))


@dataclass(frozen=True, slots=True)
class Waste:
    """credits: of the payment. wasted: units that each copy beyond the first cost on average."""

    paid: bool
    credits: int
    wasted: float


def copies_at_once(copies: int = COPIES, seed: int = 1) -> Waste:
    """So many copies within twenty milliseconds, each in a process of its own."""
    alone, world = _after(1, seed), _after(copies, seed)
    (record,) = world.store.payments.values()
    state = FlowSettings.state(record)
    paid = state.status is PaymentStatus.PAID
    return Waste(paid, len(state.credits), (world.units - alone.units) / (copies - 1))


def _after(copies: int, seed: int) -> MeteredWorld:
    world = MeteredWorld(seed, MemoryStore(), FlowSettings())
    push = prompted(world, 1)
    for _ in range(copies):
        world.agenda.at(START_MS + world.chance.randrange(WITHIN_MS), partial(arrives, world, push))
    world.pass_time(MINUTE_MS)
    return world
