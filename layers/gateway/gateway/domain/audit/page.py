"""A page of the audit log: lines of JSON, each with a mark that hangs on the line before it.

The first line is the page's head. It carries the last mark of the page before, so a page that is altered, left out or
written anew fits no longer between its neighbours. Whoever lacks the key cannot make a line that fits at all.

  {"page":2,"before":"9f3a…","written_at_ms":1772442965000,"shard":"shardId-…","first":"300…","last":"300…",
   "entries":1,"marks":{"shardId-…":["300…",1772442965000]},"rules":1,"mark":"77ab…"}
  {"item":"PAY#pay_5f0c…","part":"callback:3d1b…","kind":"callback","now":"…","item_was":"…","item_now":"…",
   "changed_at_ms":1772442924000,"source":"callback","at_ms":1772442924000,"actor":"mpesa","sequence":"300…",
   "receipt":"SGL31QW9XY","amount_kes":100,"lasting":true,"mark":"1c4c…"}
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from gateway.domain.audit.entry import Entry, entry_from_plain, entry_to_plain, mark

RULES = 2
"""Grows when what is audited of an item changes, so that marks of an older release are not held against the table."""

MARKS_LAST_MS = 26 * 3_600_000
"""How long a shard's mark is carried on: longer than the stream keeps a record, so than a batch can come again."""

_ENDING = re.compile(rb',"mark":"([0-9a-f]{32})"\}')
_ENDING_BYTES = len(',"mark":""}') + 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A page's first line. before: last mark of the page before, empty for the first. entries: how many lines follow.

    shard, first, last: the part of the stream that it tells of. marks: up to where each shard is told, and since when.
    """

    page: int
    before: str
    written_at_ms: int
    shard: str
    first: str
    last: str
    entries: int
    marks: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    rules: int = RULES

    def told(self, shard: str) -> int:
        """The last record of a shard that is in the log; 0 for a shard of which nothing is."""
        return int(self.marks[shard][0]) if shard in self.marks else 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A page as it was read. Only lines that fit are told: entries by line number, the head if its own line fits.

    broken: numbers of lines that do not fit, the head's being 1. last: the mark on which the next page hangs.
    """

    head: Head | None
    entries: Mapping[int, Entry]
    broken: tuple[int, ...]
    last: str


def next_marks(marks: Mapping[str, tuple[str, int]], shard: str, last: str, now_ms: int) -> dict[str, tuple[str, int]]:
    """The marks of the page before, with this shard's; without those that are too old to matter."""
    kept = {name: one for name, one in marks.items() if one[1] > now_ms - MARKS_LAST_MS}
    return {**kept, shard: (last, now_ms)} if last else kept


def sealed(key: bytes, head: Head, entries: Sequence[Entry]) -> bytes:
    """The page's bytes."""
    lines, previous = [], ""
    for values in (_head_to_plain(head), *map(entry_to_plain, entries)):
        text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
        previous = mark(key, "line", previous, text)
        lines.append(f'{text[:-1]},"mark":"{previous}"}}\n')
    return "".join(lines).encode()


def opened(key: bytes, data: bytes) -> Opened:
    """Read a page, whatever became of it."""
    *lines, rest = data.split(b"\n")
    broken, entries, previous, head = [], dict[int, Entry](), "", None
    for number, line in enumerate(lines, 1):
        fits, stored = _fits(key, previous, line)
        previous = stored
        try:
            if not fits:
                broken.append(number)
            elif number == 1:
                head = _head_from_plain(json.loads(line))
            else:
                entries[number] = entry_from_plain(json.loads(line))
        except (KeyError, TypeError, ValueError):  # made by somebody who has the key, and not by this release
            broken.append(number)
    whole = head is None or len(lines) == head.entries + 1
    if rest or not whole or not lines:
        broken.append(len(lines) + 1)
    return Opened(head, entries, tuple(broken), previous)


def _fits(key: bytes, previous: str, line: bytes) -> tuple[bool, str]:
    """Whether the line's mark is its own; and the mark that it carries, on which the next line hangs."""
    ending = _ENDING.fullmatch(line[-_ENDING_BYTES:])
    if ending is None:
        return False, ""
    stored = ending[1].decode()
    try:
        text = line[:-_ENDING_BYTES].decode() + "}"
    except UnicodeDecodeError:
        return False, stored
    return hmac.compare_digest(stored, mark(key, "line", previous, text)), stored


def _head_to_plain(head: Head) -> dict[str, Any]:
    values = {one.name: getattr(head, one.name) for one in fields(head)}
    return {**values, "marks": {shard: list(told) for shard, told in head.marks.items()}}


def _head_from_plain(plain: Mapping[str, Any]) -> Head:
    known = {one.name for one in fields(Head)}
    values = {name: value for name, value in plain.items() if name in known}
    return Head(**{**values, "marks": {shard: (told[0], told[1]) for shard, told in plain["marks"].items()}})
