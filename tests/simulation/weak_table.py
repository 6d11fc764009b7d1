"""A table weaker than DynamoDB: stale indexes, expiry that comes days late, and a stream of what changed.

A wrapper around the contract's memory store. Items are as consistent as there; what is weaker is what DynamoDB does
not promise either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.aws.room import admitted, earliest
from gateway.domain.facts import UnknownFact
from gateway.domain.guard import Guard
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.references import normalised
from gateway.domain.telling import telling_look_ms
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.ports import DueItem, Indexed, Orphan
from tests.memory_store import MemoryStore

DAY_MS = 24 * 3_600_000
STALE_MS_MAX = 60_000

FACT_BYTES = 250
"""What a fact takes in its item, about."""

RESTORED = (
    "payments",
    "summaries",
    "receipts",
    "guards",
    "orphans",
    "paces",
    "strangers_due",
    "_due_now",
    "_due_shard",
)
RESTORED_LISTS = ("_by_reference", "_due")

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
        self._due_now: dict[str, int] = {}
        """What is or comes due, as the table itself has it."""
        self._due_shard: dict[str, int] = {}
        """In which part of the index an item lies: of as many as there were when it was written."""
        self.padded: dict[str, int] = {}
        """Payments whose items are so many bytes long beside their facts."""

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
        stored = self._as_far_as_there_is_room(before, after)
        if len(stored.facts) < len(after.facts):
            indexed = replace(indexed, due_at_ms=earliest(before.due_at_ms, indexed.due_at_ms))
        saved = super().save_payment(before, stored, indexed)
        if saved:
            self._payment_changed(stood, before.id)
        return saved

    def pad(self, payment_id: str, size: int) -> None:
        """The item is so large that little room is left."""
        self.padded[payment_id] = size

    def _as_far_as_there_is_room(self, before: PaymentRecord, after: PaymentRecord) -> PaymentRecord:
        """What the table's adapter stores of it. Raises StoreUnavailable for an attempt that finds no room."""
        padded = self.padded.get(before.id)
        if padded is None:
            return after
        size = padded + FACT_BYTES * len(before.facts)
        new = [fact for fact_id, fact in after.facts.items() if fact_id not in before.facts]
        kept = admitted(size, new).facts
        return replace(after, facts={**before.facts, **{fact.id: fact for fact in kept}})

    def outrun(self, method: str, before: Any) -> None:
        """Somebody else writes the same item first, and says nothing new: only its version moves on."""
        if method == "save_payment" and before.id in self.payments:
            stood = self.payments[before.id]
            self.payments[before.id] = _moved_on(stood)
            self._payment_changed(stood, before.id)
        elif method == "save_receipt" and before.receipt in self.receipts:
            self.receipts[before.receipt] = _moved_on(self.receipts[before.receipt])
        elif method == "save_guard" and before is not None and before.phone_key in self.guards:
            self.guards[before.phone_key] = _moved_on(self.guards[before.phone_key])
        elif method == "save_token_lease" and self.token_lease is not None:
            self.token_lease = _moved_on(self.token_lease)
        elif method == "save_pace":
            self.paces = {name: _moved_on(pace) for name, pace in self.paces.items()}

    def picture(self) -> dict[str, Any]:
        """What a restore to this moment brings back."""
        whole = {name: dict(getattr(self, name)) for name in RESTORED}
        lists = {name: {key: list(value) for key, value in getattr(self, name).items()} for name in RESTORED_LISTS}
        return {**whole, **lists, "token_lease": self.token_lease}

    def known(self) -> set[str]:
        """Everything that was told to us and is stored, a line each."""
        facts = {f"{place} {fact!r}" for place, one in self.payments.items() for fact in one.facts.values()}
        money = {f"{place} {fact!r}" for place, one in self.receipts.items() for fact in one.facts.values()}
        return facts | money | {repr(orphan) for orphan in self.orphans.values()}

    def restore(self, picture: Mapping[str, Any]) -> None:
        """The table is what it was then."""
        for name, stood in picture.items():
            setattr(self, name, stood)
        self._due_changed()

    def grow(self, shards: int) -> None:
        """From now on items are spread over more parts of the index."""
        self._shards = shards

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        stood = self.payments.get(record.id)
        leased = super().lease_payment(record, due_at_ms, asks)
        if leased:
            self._note_due(f"PAY#{record.id}", due_at_ms)
        if leased and stood is not None:
            self._changed(PaymentChange(stood, self.payments[record.id]))
        return leased

    def _payment_changed(self, before: PaymentRecord | None, payment_id: str) -> None:
        after = self.payments[payment_id]
        self._note_due(f"PAY#{payment_id}", after.due_at_ms)
        self._changed(PaymentChange(before, after))

    def add_unknown(self, payment_id: str, fact: UnknownFact) -> None:
        """A newer release writes a fact of its own, and draws all its conclusions."""
        stood = self.payments[payment_id]
        facts = {**stood.facts, fact.id: fact}
        changed = replace(stood, facts=facts, version=stood.version + 1, updated_at_ms=fact.learned_at_ms)
        due = [at_ms for at_ms in (stood.due_at_ms, telling_look_ms(changed)) if at_ms is not None]
        self.payments[payment_id] = replace(changed, due_at_ms=min(due, default=None))
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

    # --- what was kept apart ------------------------------------------------------------------------------------

    def keep_orphan(self, orphan: Orphan, /) -> None:
        super().keep_orphan(orphan)
        self.orphan_changed(orphan.key)

    def orphan_changed(self, key: str) -> None:
        """Kept, or tried again."""
        if key in self.orphans:
            self._note_due(f"ORPHAN#{key}", self.orphans[key].due_at_ms)

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
        shards = self._due_shard
        for key, history in self._due.items():
            if shards[key] == shard:
                written_ms, due_ms = history[-1]
                if written_ms > seen_at_ms:
                    due_ms = _as_of(history, seen_at_ms)
                if due_ms is not None and due_ms <= now_ms:
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
        return [key for key, due_ms in self._due_now.items() if due_ms <= now_ms]

    def next_due_ms(self) -> int | None:
        """When the earliest item comes due, as the table itself has it."""
        return min(self._due_now.values(), default=None)

    def _note_due(self, key: str, due_at_ms: int | None) -> None:
        if due_at_ms is not None:
            self._due_shard[key] = self._shard(key)
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
        if due_at_ms is None:
            del self._due_now[key]
        else:
            self._due_now[key] = due_at_ms
        self._due_changed()


def _as_of(history: list[tuple[int, int | None]], seen_at_ms: int) -> int | None:
    """What an index of that age shows; nothing, when the item is younger."""
    shown: int | None = None
    for at_ms, due_ms in history:
        if at_ms > seen_at_ms:
            break
        shown = due_ms
    return shown


def _moved_on(item: Any) -> Any:
    return replace(item, version=item.version + 1)
