"""The Transactions port in memory."""

from __future__ import annotations

from gateway.domain.transactions import Transaction


class MemoryTransactions:
    """By id."""

    def __init__(self) -> None:
        self.all: dict[str, Transaction] = {}

    def read_transaction(self, transaction_id: str, /) -> Transaction | None:
        return self.all.get(transaction_id)

    def save_transaction(self, before: Transaction | None, after: Transaction, /) -> bool:
        stored = self.all.get(after.id)
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.all[after.id] = after
        return True
