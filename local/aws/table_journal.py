"""A table's changes as lines of a file, so that the table is there again after any end of this program.

A line is `{"n": 17, "record": <stream record>}` for a change, or `{"item": <item>}` for what was there before
the oldest change. `n` counts on over restarts and is what sequence numbers of the stream are made of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from local.aws.files import append_line, open_for_appending, read_lines, write_whole

SEQUENCE_START = 100_000_000_000_000_000_000
"""Amazon's sequence numbers have 21 digits and more; only their order means something."""

Item = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A stream record and its number."""

    number: int
    record: Record


@dataclass
class Kept:
    """What a journal holds: the items as they were last, and changes that some reader has not done yet."""

    items: dict[str, Item] = field(default_factory=dict)
    undone: list[Change] = field(default_factory=list)
    last_number: int = 0


def key_of(keys: Item) -> str:
    """An item's key as a text."""
    return json.dumps(keys, sort_keys=True)


class TableJournal:
    """Appends changes to a file."""

    def __init__(self, path: Path, key_names: list[str]) -> None:
        self._path = path
        self._key_names = key_names
        self.last_number = 0
        self._file: BinaryIO | None = None

    def load(self, done: int) -> Kept:
        """Read what is there and open for appending. Changes after number `done` are `undone`."""
        kept = Kept()
        for line in read_lines(self._path):
            self._take(line, kept, done)
        self._compact(kept)
        self.last_number = kept.last_number
        self._file = open_for_appending(self._path)
        return kept

    def append(self, record: Record) -> Change:
        """Number a record, write it down, return it with its place in the stream."""
        assert self._file is not None
        self.last_number += 1
        change = Change(self.last_number, with_sequence(record, self.last_number))
        append_line(self._file, {"n": change.number, "record": change.record})
        return change

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _take(self, line: dict[str, Any], kept: Kept, done: int) -> None:
        if "item" in line:
            kept.items[key_of({name: line["item"][name] for name in self._key_names})] = line["item"]
            kept.last_number = max(kept.last_number, line.get("n", 0))
            return
        change = Change(line["n"], line["record"])
        kept.last_number = change.number
        told = change.record["dynamodb"]
        if "NewImage" in told:
            kept.items[key_of(told["Keys"])] = told["NewImage"]
        else:
            kept.items.pop(key_of(told["Keys"]), None)
        if change.number > done:
            kept.undone.append(change)

    def _compact(self, kept: Kept) -> None:
        """Items first, then what is undone: replaying that over the items ends at the same items."""
        lines = [{"item": item, "n": kept.last_number} for item in kept.items.values()]
        lines += [{"n": change.number, "record": change.record} for change in kept.undone]
        write_whole(self._path, "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def with_sequence(record: Record, number: int) -> Record:
    """The record with a sequence number that grows over restarts, which moto's does not."""
    told = {**record["dynamodb"], "SequenceNumber": str(SEQUENCE_START + number)}
    return {**record, "dynamodb": told}
