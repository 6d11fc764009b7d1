"""A batch of the table's stream becomes a page of the audit log.

The log is one chain: a page is written under the next number, on condition that there is none. Whoever is too late
reads what the faster one wrote and hangs his page on that. Each page says up to where each shard of the stream is told,
so a batch that comes again, whole or in part, adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.domain.audit.entry import Entry, ItemChange, entries_of
from gateway.domain.audit.page import Head, next_marks, sealed
from gateway.flows.audit.key import read_log_key
from gateway.flows.audit.newest import Newest, newest_page
from gateway.ports import Ambient, Flow, call
from gateway.ports.audit import AuditLog, LogUnavailable

ROUNDS_MAX = 20
"""How often a writer may find that another one was faster."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record of the stream. read: what changed, by the log's key; None for an item that is not audited."""

    sequence: str
    read: Callable[[bytes], ItemChange | None]


def write_log(records: Sequence[Changed], shard: str) -> Flow[int]:
    """How many entries were written. Raises PortError: the batch comes again, as a whole."""
    if not records:
        return 0
    key = yield from read_log_key()
    for _ in range(ROUNDS_MAX):
        newest = yield from newest_page(key)
        head = newest.page.head if newest.page is not None else None
        told = head.told(shard) if head is not None else 0
        new = [record for record in records if int(record.sequence) > told]
        entries = [entry for record in new if (change := record.read(key)) for entry in entries_of(key, change)]
        if not entries:
            return 0
        place = Place(shard, new[0].sequence, new[-1].sequence)
        if (yield from append(key, newest, place, entries)):
            return len(entries)
    raise LogUnavailable("Others are always faster.")


@dataclass(frozen=True, slots=True)
class Place:
    """The part of the stream that a page tells of; empty for one that no stream told."""

    shard: str = ""
    first: str = ""
    last: str = ""


def append(key: bytes, newest: Newest, place: Place, entries: Sequence[Entry]) -> Flow[bool]:
    """Write a page behind the newest one. False: somebody was faster. Raises LogUnavailable."""
    now_ms = yield from call(Ambient.now_ms)
    page, number = newest.page, newest.number + 1
    known = page.head.marks if page is not None and page.head is not None else {}
    head = Head(
        page=number,
        before=page.last if page is not None else "",
        written_at_ms=now_ms,
        shard=place.shard,
        first=place.first,
        last=place.last,
        entries=len(entries),
        marks=next_marks(known, place.shard, place.last, now_ms),
    )
    return (yield from call(AuditLog.append_page, number, sealed(key, head, entries)))


def append_late(key: bytes, entries: Sequence[Entry]) -> Flow[None]:
    """Add what the check found missing. Raises LogUnavailable."""
    for _ in range(ROUNDS_MAX):
        newest = yield from newest_page(key)
        if (yield from append(key, newest, Place(), entries)):
            return
    raise LogUnavailable("Others are always faster.")
