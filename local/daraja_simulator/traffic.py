"""The last calls in and out, raw and decoded. The simulator is the outside world: it may show numbers."""

from __future__ import annotations

import itertools
import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import Literal

KEPT = 500


@dataclass(slots=True)
class Entry:
    """One call. status None: no answer. note: what the simulator did to it, in words."""

    id: int
    at: str
    direction: Literal["in", "out"]
    call: str
    method: str
    url: str
    phone: str | None
    request: str
    status: int | None = None
    answer: str = ""
    note: str = ""
    source: str = ""
    """Address that an outgoing call came from."""
    app_key: str = ""
    """The key of Bill Manager that an incoming call carried, to repeat it with."""

    def as_json(self) -> dict[str, object]:
        """With both bodies decoded, where they are JSON."""
        decoded = {"request_json": decode(self.request), "answer_json": decode(self.answer)}
        return {**asdict(self), **decoded}


def decode(text: str) -> object:
    """The JSON value, or None."""
    try:
        return json.loads(text)
    except ValueError:
        return None


class Traffic:
    """A log with room for 500 calls."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)

    def add(
        self,
        *,
        at: str,
        direction: Literal["in", "out"],
        call: str,
        method: str,
        url: str,
        phone: str | None,
        request: str,
        app_key: str = "",
    ) -> Entry:
        """Log a call as it starts; the answer is filled in when it is known."""
        entry = Entry(next(self._ids), at, direction, call, method, url, phone, request, app_key=app_key)
        self._entries.append(entry)
        return entry

    def after(self, last_seen: int) -> list[Entry]:
        """Calls logged after this id, oldest first."""
        return [entry for entry in self._entries if entry.id > last_seen]

    def find(self, entry_id: int) -> Entry | None:
        """The call with this id, if it is still kept."""
        return next((entry for entry in self._entries if entry.id == entry_id), None)
