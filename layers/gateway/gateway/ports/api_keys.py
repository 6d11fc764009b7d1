"""What the API asks of its stored keys beside reading one: all of an owner's, a new one, the end of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.shop import ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it lies in the table. secret_hash: SHA-256 of the secret, which itself is nowhere.

    changed_by: id of the key or person who made or ended it.
    """

    key: ApiKey
    secret_hash: str
    last4: str
    created_at_ms: int
    changed_by: str = ""


class ApiKeys(Protocol):
    """DynamoDB. Raise StoreUnavailable."""

    def keep_key(self, stored: StoredKey, /) -> None:
        """Put if absent. The same key twice is one."""

    def list_keys(self, owner: str, /) -> tuple[StoredKey, ...]:
        """All of an owner's keys, newest first, revoked ones too. An index: may be a moment behind."""

    def end_key(self, stored: StoredKey, /) -> None:
        """Revoke it. Twice is once."""
