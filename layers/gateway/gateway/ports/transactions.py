"""What was asked about M-PESA's codes, as a port."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.transactions import Transaction


class Transactions(Protocol):
    """DynamoDB. Raise StoreUnavailable."""

    def read_transaction(self, transaction_id: str, /) -> Transaction | None:
        """One consistent read."""

    def save_transaction(self, before: Transaction | None, after: Transaction, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version. False: somebody was faster."""
