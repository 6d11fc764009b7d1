"""The stream of a table in memory: each change of a payment or receipt once, in order, with a sequence number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from gateway.domain.account_events import AccountItem
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.domain.payment import PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.day import DayRecord
from gateway.flows.emit_account import AccountChange
from gateway.flows.emit_outgoing import OutgoingChange
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.flows.publish_batch import Streamed
from gateway.flows.reconciliation.tell import DayChange
from tests.memory_store import MemoryStore

Image = PaymentRecord | ReceiptRecord | OutgoingRecord | AccountItem | DayRecord
BATCH = 25
SHARD = "shardId-1"


@dataclass
class TableStream:
    """What was written and is not told yet. Look at the table after each write. telling: one batch at a time.

    compared: days that were compared with M-Pesa's list.
    """

    store: MemoryStore
    compared: Mapping[Any, DayRecord] = field(default_factory=dict)
    waiting: list[tuple[int, Change]] = field(default_factory=list)
    telling: bool = False
    _seen: dict[str, Any] = field(default_factory=dict)
    _last: int = 0

    def look(self) -> None:
        """Note what changed since the last look."""
        images: tuple[Mapping[str, Image], ...] = (
            self.store.payments,
            self.store.receipts,
            self.store.money_out.outgoings,
            self.store.balances.all,
            self.store.transactions.all,
            {f"circuit {key}": one for key, one in self.store.circuits.items()},
            {f"day {key}": one for key, one in self.compared.items()},
        )
        seen = self._seen
        new = [(key, image) for some in images for key, image in some.items() if seen.get(key) is not image]
        for key, after in sorted(new, key=itemgetter(0)):
            before = seen.get(key)
            if before != after:
                self._last += 1
                self.waiting.append((self._last, _change(before, after)))
                seen[key] = after

    def batch(self) -> list[Streamed]:
        """The next records."""
        return streamed(self.waiting[:BATCH])

    def told(self, batch: Sequence[Streamed], again: str) -> None:
        """A batch was told, up to the record that must come again."""
        sequences = [record.sequence for record in batch]
        del self.waiting[: sequences.index(again) if again else len(batch)]


def _change(before: Any, after: Image) -> Change:
    if isinstance(after, OutgoingRecord):
        return OutgoingChange(before, after)
    if isinstance(after, DayRecord):
        return DayChange(before, after)
    if isinstance(after, AccountItem):
        return AccountChange(before, after)
    return PaymentChange(before, after) if isinstance(after, PaymentRecord) else ReceiptChange(before, after)


def streamed(changes: Sequence[tuple[int, Change]]) -> list[Streamed]:
    """Changes with their numbers as the function gets them."""
    return [Streamed(str(number), lambda change=change: change) for number, change in changes]  # type: ignore[misc]  # a default binds it
