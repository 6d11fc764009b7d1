"""How far each reader of a stream has come, in a file."""

from __future__ import annotations

import json
from pathlib import Path

from local.aws.files import read_json, write_whole


class Checkpoints:
    """Reader's name → number of the last change it is done with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reached: dict[str, int] = read_json(path, {})

    def of(self, reader: str) -> int:
        """0 for a reader that has not begun."""
        return self._reached.get(reader, 0)

    def reach(self, reader: str, number: int) -> None:
        """The reader is done with everything up to this change."""
        self._reached[reader] = number
        write_whole(self._path, json.dumps(self._reached))
