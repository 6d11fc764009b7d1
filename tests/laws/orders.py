"""Every order of deliveries, without running each one: orders that reach the same table go on as one.

A table reached by two orders is the same table (facts, receipts, what is due), so whatever follows is the same too.
Walking from table to table by one delivery at a time therefore covers all orders; where two orders of the same
deliveries end in different tables, both are walked, and both are held against the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.ports import run
from tests.laws.deliveries import Plain, bring, payment
from tests.memory_store import MemoryStore, MemoryWorld


@dataclass(frozen=True)
class Table:
    """What is stored after some deliveries; `came` names them by their place in the alphabet."""

    came: frozenset[int]
    payments: dict[str, PaymentRecord]
    receipts: dict[str, ReceiptRecord]

    @property
    def record(self) -> PaymentRecord:
        """The payment that everything is delivered to: the first one."""
        return self.payments[min(self.payments)]

    def world(self) -> MemoryWorld:
        """A world that stands at this table."""
        store = MemoryStore()
        store.payments, store.receipts = dict(self.payments), dict(self.receipts)
        return MemoryWorld(store)

    def after(self, world: MemoryWorld, came: frozenset[int]) -> Table:
        """What stands there now."""
        return Table(came, dict(world.store.payments), dict(world.store.receipts))

    @property
    def content(self) -> Hashable:
        """All that can matter later; versions and index times count what happened, not what is known."""
        return (
            self.came,
            tuple((key, frozenset(record.facts)) for key, record in sorted(self.payments.items())),
            tuple((key, r.owner, frozenset(r.facts)) for key, r in sorted(self.receipts.items())),
        )


def beginning(*known: Plain) -> Table:
    """A table with one payment that holds these deliveries."""
    world = MemoryWorld()
    payment(world.store, *known)
    return Table(frozenset(), dict(world.store.payments), dict(world.store.receipts))


def delivered(table: Table, alphabet: Sequence[Plain], *which: int) -> Table:
    """The table after these deliveries, one after the other."""
    world = table.world()
    for index in which:
        run(bring(table.record.id, alphabet[index]), world)
    return table.after(world, table.came | set(which))


def all_orders(
    start: Table, alphabet: Sequence[Plain], most: int, look: Callable[[Table, Table, int], None] | None = None
) -> Iterator[Table]:
    """Each table that some order of at most `most` deliveries reaches, once. look: at every single step."""
    frontier = {start.content: start}
    yield start
    for _ in range(most):
        reached: dict[Hashable, Table] = {}
        for table in frontier.values():
            for index in set(range(len(alphabet))) - table.came:
                following = delivered(table, alphabet, index)
                if look is not None:
                    look(table, following, index)
                reached.setdefault(following.content, following)
        yield from reached.values()
        frontier = reached
