"""A table weaker than DynamoDB: stale indexes, expiry that comes days late, and a stream of what changed.

A wrapper around the contract's memory store. Items are as consistent as there; what is weaker is what DynamoDB does
not promise either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.domain.facts import UnknownFact
from gateway.domain.guard import Guard
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.references import normalised
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.ports import DueItem, Indexed
from tests.memory_store import MemoryStore

DAY_MS = 24 * 3_600_000
STALE_MS_MAX = 60_000

Changed = Callable[[Change], None]


class WeakTable(MemoryStore):
    """`index_age_ms`: how old the indexes are for the next query. `vanishes`: whether an expired item goes now."""

    def __init__(
        self,
        shards: int,
        now_ms: Callable[[], int],
        vanishes: Callable[[], bool],
        changed: Changed,
        due: Callable[[], None],
    ) -> None:
        super().__init__(shards)
        self.index_age_ms = 0
        self._now_ms = now_ms
        self._vanishes = vanishes
        self._changed = changed
        self._due_changed = due
        self._by_reference: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._due: dict[str, list[tuple[int, int | None]]] = {}

    # --- payments ---------------------------------------------------------------------------------------------

    def create_payment(self, record: PaymentRecord, indexed: Indexed, /) -> PaymentRecord | None:
        existing = super().create_payment(record, indexed)
        if existing is None:
            key = (record.asked.shortcode, normalised(record.asked.account_reference))
            self._by_reference.setdefault(key, []).append((self._now_ms(), record.id))
            self._payment_changed(None, record.id)
        return existing

    def save_payment(self, before: PaymentRecord, after: PaymentRecord, indexed: Indexed, /) -> bool:
        stood = self.payments.get(before.id)
        saved = super().save_payment(before, after, indexed)
        if saved:
            self._payment_changed(stood, before.id)
        return saved

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        leased = super().lease_payment(record, due_at_ms, asks)
        if leased:
            self._note_due(f"PAY#{record.id}", due_at_ms)
        return leased

    def _payment_changed(self, before: PaymentRecord | None, payment_id: str) -> None:
        after = self.payments[payment_id]
        self._note_due(f"PAY#{payment_id}", after.due_at_ms)
        self._changed(PaymentChange(before, after))

    def add_unknown(self, payment_id: str, fact: UnknownFact) -> None:
        """A newer release writes a fact of its own, and draws all its conclusions."""
        stood = self.payments[payment_id]
        self.payments[payment_id] = replace(stood, facts={**stood.facts, fact.id: fact}, version=stood.version + 1)
        self._payment_changed(stood, payment_id)

    def add_stranger(self, name: str) -> None:
        """A newer release makes an item due whose kind ours does not know."""
        self.strangers_due[name] = self._now_ms()
        self._note_due(name, self._now_ms())

    def learn_unknown(self) -> int:
        """The newer release is everywhere: its facts are known, and mean nothing to this world. How many they were."""
        learned = 0
        for payment_id, record in self.payments.items():
            known = {key: fact for key, fact in record.facts.items() if not isinstance(fact, UnknownFact)}
            learned += len(record.facts) - len(known)
            if len(known) < len(record.facts):
                self.payments[payment_id] = replace(record, facts=known)
        return learned

    # --- receipts ---------------------------------------------------------------------------------------------

    def create_receipt(self, record: ReceiptRecord, /) -> ReceiptRecord | None:
        existing = super().create_receipt(record)
        if existing is None:
            self._receipt_changed(None, record.receipt)
        return existing

    def save_receipt(self, before: ReceiptRecord, after: ReceiptRecord, /) -> bool:
        stood = self.receipts.get(before.receipt)
        saved = super().save_receipt(before, after)
        if saved:
            self._receipt_changed(stood, before.receipt)
        return saved

    def _receipt_changed(self, before: ReceiptRecord | None, receipt: str) -> None:
        after = self.receipts[receipt]
        self._note_due(f"RCPT#{receipt}", after.due_at_ms)
        self._changed(ReceiptChange(before, after))

    # --- what expires -----------------------------------------------------------------------------------------

    def read_guard(self, phone_key: str, /) -> Guard | None:
        guard = self.guards.get(phone_key)
        if guard is not None and self._expires_at_ms(guard) <= self._now_ms() and self._vanishes():
            del self.guards[phone_key]
            return None
        return guard

    @staticmethod
    def _expires_at_ms(guard: Guard) -> int:
        """As the item's TTL: two days after the last moment that counts."""
        return max([guard.until_ms, *(at for times in guard.prompted_ms.values() for at in times)]) + 2 * DAY_MS

    # --- indexes ----------------------------------------------------------------------------------------------

    def payments_by_reference(self, shortcode: str, reference: str, limit: int, /) -> tuple[str, ...]:
        seen_at_ms = self._now_ms() - self.index_age_ms
        found = self._by_reference.get((shortcode, normalised(reference)), [])
        return tuple(payment_id for at_ms, payment_id in reversed(found) if at_ms <= seen_at_ms)[:limit]

    def due_items(self, shard: int, now_ms: int, limit: int, newest_first: bool, /) -> tuple[DueItem, ...]:
        seen_at_ms = self._now_ms() - self.index_age_ms
        found = []
        for key, history in self._due.items():
            due_ms = _as_of(history, seen_at_ms)
            if due_ms is not None and due_ms <= now_ms and self._shard(key) == shard:
                found.append(DueItem(key, due_ms))
        return tuple(sorted(found, key=lambda item: item.due_at_ms, reverse=newest_first)[:limit])

    def clear_due(self, item: DueItem, due_at_ms: int | None, /) -> bool:
        cleared = super().clear_due(item, due_at_ms)
        if cleared:
            self._note_due(item.key, due_at_ms)
        return cleared

    def overdue(self) -> list[str]:
        """Keys that are due now, as the table itself has it."""
        now_ms = self._now_ms()
        return [key for key, history in self._due.items() if history[-1][1] is not None and history[-1][1] <= now_ms]

    def next_due_ms(self) -> int | None:
        """When the earliest item comes due, as the table itself has it."""
        return min((history[-1][1] for history in self._due.values() if history[-1][1] is not None), default=None)

    def _note_due(self, key: str, due_at_ms: int | None) -> None:
        history = self._due.get(key)
        if history is None:
            if due_at_ms is None:
                return
            history = self._due[key] = []
        elif history[-1][1] == due_at_ms:
            return
        now_ms = self._now_ms()
        while len(history) > 1 and history[1][0] < now_ms - STALE_MS_MAX:
            del history[0]
        history.append((now_ms, due_at_ms))
        self._due_changed()


def _as_of(history: list[tuple[int, int | None]], seen_at_ms: int) -> int | None:
    """What an index of that age shows; nothing, when the item is younger."""
    shown: int | None = None
    for at_ms, due_ms in history:
        if at_ms > seen_at_ms:
            break
        shown = due_ms
    return shown
