"""API keys in memory, over those that a store in memory reads."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.shop import ApiKey
from gateway.ports.api_keys import StoredKey


class MemoryApiKeys:
    """The ApiKeys port. keys: by hash, the store's own."""

    def __init__(self, keys: dict[str, ApiKey]) -> None:
        self._keys = keys
        self._made: dict[str, StoredKey] = {}

    def keep_key(self, stored: StoredKey, /) -> None:
        self._made.setdefault(stored.secret_hash, stored)
        self._keys.setdefault(stored.secret_hash, stored.key)

    def list_keys(self, owner: str, /) -> tuple[StoredKey, ...]:
        found = [
            replace(self._made[secret_hash], key=key)
            if secret_hash in self._made
            else StoredKey(key=key, secret_hash=secret_hash, last4=secret_hash[-4:], created_at_ms=0)
            for secret_hash, key in self._keys.items()
            if key.owner == owner
        ]
        return tuple(sorted(found, key=lambda one: one.created_at_ms, reverse=True))

    def end_key(self, stored: StoredKey, /) -> None:
        standing = self._keys.get(stored.secret_hash)
        if standing is not None:
            self._keys[stored.secret_hash] = replace(standing, revoked=True)
