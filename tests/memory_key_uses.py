"""The KeyUses port in memory. It passes the same contract as the one over DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping


class MemoryKeyUses:
    """days: the last one of each key. written: how often anything was."""

    def __init__(self) -> None:
        self.days: dict[str, str] = {}
        self.written = 0

    def note_use(self, key_id: str, day: str, /) -> None:
        if self.days.get(key_id, "") < day:
            self.days[key_id] = day
            self.written += 1

    def read_uses(self, key_ids: tuple[str, ...], /) -> Mapping[str, str]:
        return {key_id: self.days[key_id] for key_id in key_ids if key_id in self.days}
