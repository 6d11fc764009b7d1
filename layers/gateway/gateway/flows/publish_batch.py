"""A batch of the table's stream: tell of each change in order, then count them all, once for each day.

A batch may come again, whole or from some record on, and what was told is told again under the same ids. Counting is
another matter: each day remembers of each shard up to where it was counted, so a record counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.domain.day_sums import DaySums, day_of_payment, difference
from gateway.flows.keep import ROUNDS_MAX
from gateway.flows.publish import Change, Describe, PaymentChange, publish_change
from gateway.ports import Ambient, Flow, PortError, StoreUnavailable, call
from gateway.ports.days import Counting, Days


@dataclass(frozen=True, slots=True)
class Streamed:
    """A record of the stream. read: the change in it; raises for what cannot be read."""

    sequence: str
    read: Callable[[], Change | None]


@dataclass(frozen=True, slots=True)
class Counted:
    """A payment's change, told of and to be counted."""

    sequence: str
    change: PaymentChange


def publish_batch(records: Sequence[Streamed], shard: str, describe: Describe) -> Flow[str]:
    """Tell and count; the sequence number from which on all must come again, or nothing: order is kept in a shard."""
    told: list[Counted] = []
    again = ""
    for record in records:
        try:
            change = record.read()
            yield from publish_change(change, describe)
        except Exception as error:  # noqa: BLE001  Lambda brings the record again, alone at last
            yield from call(Ambient.report, "change_not_told", {"error": type(error).__name__})
            again = record.sequence
            break
        if isinstance(change, PaymentChange):
            told.append(Counted(record.sequence, change))
    try:
        yield from count(told, shard)
    except PortError as error:
        yield from call(Ambient.report, "change_not_counted", {"error": type(error).__name__})
        return told[0].sequence
    return again


def count(told: Sequence[Counted], shard: str) -> Flow[None]:
    """Add the changes to their days: one write for each day. Raises StoreUnavailable."""
    days: dict[tuple[str, str], list[Counted]] = {}
    for counted in told:
        after = counted.change.after
        if difference(counted.change.before, after):
            days.setdefault((after.asked.owner, day_of_payment(after)), []).append(counted)
    for (owner, day), changes in days.items():
        yield from _count_day(owner, day, changes, shard)


def _count_day(owner: str, day: str, changes: list[Counted], shard: str) -> Flow[None]:
    """Without a look at the day first: only where something of it may be counted, what is left is counted."""
    seen: DaySums | None = None
    for _ in range(ROUNDS_MAX):
        now_ms = yield from call(Ambient.now_ms)
        seen = yield from call(Days.count, replace(_counting(owner, day, changes, shard, now_ms), seen=seen))
        if seen is None:
            return
        changes = [one for one in changes if not seen.counted(shard, one.sequence, one.change.after.updated_at_ms)]
        if not changes:
            return
    raise StoreUnavailable(f"{owner}'s {day} changes faster than it can be counted")


def _counting(owner: str, day: str, changes: list[Counted], shard: str, now_ms: int) -> Counting:
    sums: Counter[str] = Counter()
    for one in changes:
        sums.update(difference(one.change.before, one.change.after))
    return Counting(
        owner=owner,
        day=day,
        shard=shard,
        first=changes[0].sequence,
        last=changes[-1].sequence,
        oldest_ms=min(one.change.after.updated_at_ms for one in changes),
        change={name: value for name, value in sums.items() if value},
        now_ms=now_ms,
    )
