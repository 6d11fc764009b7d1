"""When API keys were last used, to the day: kept apart from the keys, so that who notes it can change no key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class KeyUses(Protocol):
    """DynamoDB, one small item for each key. Raise StoreUnavailable."""

    def note_use(self, key_id: str, day: str, /) -> None:
        """It was used on this day (2026-03-02). Written once a day: afterwards this process knows, and does nothing."""

    def read_uses(self, key_ids: tuple[str, ...], /) -> Mapping[str, str]:
        """The last day of each key that was ever used."""
