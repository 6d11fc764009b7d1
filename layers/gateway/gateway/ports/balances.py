"""What M-PESA said last of each shortcode's accounts, as a port."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.balances import Balance


class Balances(Protocol):
    """DynamoDB. Raise StoreUnavailable."""

    def read_balance(self, balance_id: str, /) -> Balance | None:
        """One consistent read."""

    def save_balance(self, before: Balance | None, after: Balance, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version. False: somebody was faster."""
