"""The Balances port in memory."""

from __future__ import annotations

from gateway.domain.balances import Balance


class MemoryBalances:
    """By id."""

    def __init__(self) -> None:
        self.all: dict[str, Balance] = {}

    def read_balance(self, balance_id: str, /) -> Balance | None:
        return self.all.get(balance_id)

    def save_balance(self, before: Balance | None, after: Balance, /) -> bool:
        stored = self.all.get(after.id)
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.all[after.id] = after
        return True
