"""The stream that leads to the audit log: shards that end, batches that come again, a reader that is off."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.aws.audited import audited_change
from gateway.aws.values import Item
from gateway.flows.audit.write import Changed, write_log
from tests.simulation.processes import End, Process

if TYPE_CHECKING:
    from tests.simulation.audit_storm import AuditStorm

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
SHARDS = 2
BATCH = 60
LASTS_MS = 23 * HOUR_MS
"""Older records are not handed out any more: a dead letter tells of them."""

ENDS_MS = 4 * HOUR_MS
"""A shard takes no more records after so long; another one follows it."""

WINDOWS_MS = (60_000, 300_000, 300_000)


@dataclass(frozen=True, slots=True)
class Record:
    """A change. shard: that told of it. changed: as the function reads it, which is worked out once."""

    number: int
    at_ms: int
    shard: str
    changed: Changed


@dataclass(slots=True)
class Queue:
    """What a shard, and those that follow it, are to tell. limit: so many at once, after a process died."""

    name: str
    records: list[Record] = field(default_factory=list)
    reading: bool = False
    limit: int = BATCH


class Shards:
    """Hands records to the log's function: in order in each shard, at least once."""

    def __init__(self, audit: AuditStorm) -> None:
        self._audit = audit
        self.last = 0
        """Number of the last record."""
        self._window_ms = audit.chance.choice(WINDOWS_MS)
        self._queues: list[Queue] = []
        self._streams = 0
        self._off = (0, 0)
        self._begin()

    def _begin(self) -> None:
        self._streams += 1
        self._current = [Queue(f"{self._streams}-{number}") for number in range(SHARDS)]
        self._queues += self._current

    def begin_anew(self, *, read_to_its_end: bool) -> set[int]:
        """Another table, so another stream. Numbers of the records that nobody will read."""
        forgotten: set[int] = set()
        if not read_to_its_end:
            for queue in self._current:
                forgotten |= {record.number for record in queue.records}
                queue.records.clear()
        self._begin()
        return forgotten

    def plan_outage(self) -> None:
        """The reader may be off: minutes, or longer than the stream keeps what it has."""
        audit = self._audit
        if audit.weather.hit("log_off"):
            begins_ms = audit.agenda.now + audit.chance.randrange(5 * HOUR_MS)
            self._off = (begins_ms, begins_ms + int(MINUTE_MS * 1_600 ** audit.chance.random()))

    def untold(self) -> set[int]:
        """Numbers of the records that are still to be told."""
        return {record.number for queue in self._queues for record in queue.records}

    def add(self, pk: str, before: Item | None, after: Item | None) -> int:
        """A record of the stream. Its number."""
        now = self._audit.agenda.now
        self.last += 1
        queue = self._current[sum(pk.encode()) % SHARDS]
        told: dict[str, Any] = {
            "ApproximateCreationDateTime": now // 1000,
            "Keys": {"pk": {"S": pk}},
            "SequenceNumber": f"{self.last:021d}",
        }
        told |= {name: image for name, image in (("OldImage", before), ("NewImage", after)) if image is not None}
        shard = f"shardId-{queue.name}-{now // ENDS_MS}"
        read = cache(partial(audited_change, {"dynamodb": told}))
        queue.records.append(Record(self.last, now, shard, Changed(told["SequenceNumber"], read)))
        if not queue.reading:
            queue.reading = True
            self._read_later(queue, self._window_ms)
        return self.last

    def _read_later(self, queue: Queue, after_ms: int) -> None:
        agenda = self._audit.agenda
        agenda.at(agenda.now + after_ms, lambda: self._read(queue))

    def _read(self, queue: Queue) -> None:
        audit, now = self._audit, self._audit.agenda.now
        on_ms = max(self._on_again_ms(now), audit.storm.outages.away_until_ms(now))
        if on_ms > now:
            self._read_later(queue, on_ms - now)
            return
        while queue.records and queue.records[0].at_ms < now - LASTS_MS:
            audit.judge.lost(queue.records.pop(0).number)
        if not queue.records:
            queue.reading = False
            return
        first = queue.records[0]
        batch = [record for record in queue.records[: queue.limit] if record.shard == first.shard]
        self._hand_out(queue, batch)

    def _on_again_ms(self, now: int) -> int:
        from_ms, until_ms = self._off
        return until_ms if from_ms <= now < until_ms else now

    def _hand_out(self, queue: Queue, batch: list[Record]) -> None:
        audit, records = self._audit, [record.changed for record in batch]
        if audit.weather.hit("log_two_writers"):
            audit.start("audit_log", write_log(records, batch[0].shard), lambda _: None)
        audit.start("audit_log", write_log(records, batch[0].shard), lambda ended: self._told(queue, batch, ended))

    def _told(self, queue: Queue, batch: list[Record], ended: Process) -> None:
        """A batch that did not end comes again, halved if its process died; one that did may come again as well."""
        audit = self._audit
        if ended.end is not End.DONE:
            queue.limit = max(1, len(batch) // 2) if ended.end is End.DEAD else BATCH
            self._read_later(queue, audit.chance.randint(200, 20_000))
            return
        queue.limit = BATCH
        again = audit.weather.hit("log_batch_again")
        audit.deeds["a batch came again that was told"] += again
        told = audit.chance.randrange(len(batch)) if again else len(batch)
        del queue.records[:told]
        self._read_later(queue, 50 if again else self._window_ms)
