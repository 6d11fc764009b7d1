"""What AWS does between the functions: queues, the table's stream, the minute schedule; at least once, and late."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.domain.payment import PaymentRecord, PaymentState
from gateway.domain.receipts import ReceiptRecord
from gateway.flows.drain import drain
from gateway.flows.publish import Change, PaymentChange, publish_change
from gateway.flows.repair import repair
from gateway.flows.sweep import check_payment, sweep
from gateway.ports import Flow
from tests.simulation.processes import End, Process

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
VISIBLE_AGAIN_MS = 60_000
RECEIVES_MAX = 10
LATE_S_MAX = 3 * 3_600
CHECK_RECEIVES_MAX = 3
CHECKS_LAST_MS = 300_000
"""A check that nobody took is forgotten; its deduplication id as well."""
BATCH = 25
STREAM_SHARDS = 2
STREAM_TRIES_MAX = 10
TICK_MS, TICKS = 15 * MINUTE_MS, 3
DAY_MS = 24 * HOUR_MS
STREAM_LASTS_MS = 24 * HOUR_MS
POISON = '{"v":99,"what":"of another world"}'
IDLE_SWEEP_MS = 30 * MINUTE_MS
PUSH_ANSWERS = ('"kind":"push_', '"kind":"not_sent"')
RETRY, CHECKS, STREAM, SCHEDULE = "retry queue", "checks queue", "stream", "schedule"


@dataclass
class Message:
    """A message in a queue. receives: how often it was handed out."""

    text: str
    sent_at_ms: int
    receives: int = 0


@dataclass
class Shard:
    """A part of the stream: records in order, and how often its first one failed."""

    records: list[Change] = field(default_factory=list)
    since_ms: list[int] = field(default_factory=list)
    telling: bool = False
    tries: int = 0


class Consumers:
    """Starts the processes that read queues, stream and schedule of a storm."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self.retries = 0
        self.checks = 0
        self.dead: list[str] = []
        self.stream_lost: set[str] = set()
        self.sweeps = 0
        self.shards = [Shard() for _ in range(STREAM_SHARDS)]
        self._off_until: dict[str, int] = {}
        self._off_from: dict[str, int] = {}
        self._check_ids: dict[tuple[str, int], int] = {}
        self._next_sweep_ms = 0
        self._missed_until_ms = 0

    def plan_outages(self, within_ms: int) -> None:
        """Each consumer may be off for a while: minutes, or hours."""
        storm = self._storm
        for name in (RETRY, CHECKS, STREAM, SCHEDULE):
            if storm.weather.hit("consumer_off"):
                begins_ms = int(within_ms * storm.chance.random())
                lasts_ms = int(MINUTE_MS * (within_ms / MINUTE_MS) ** storm.chance.random())
                self._off_from[name] = storm.agenda.now + begins_ms
                self._off_until[name] = storm.agenda.now + min(within_ms, begins_ms + lasts_ms)

    def plan_long_outage(self) -> int:
        """One consumer is off for longer than the stream remembers. When it is on again."""
        chance = self._storm.chance
        return self.switch_off(chance.choice((RETRY, CHECKS, STREAM, SCHEDULE)), chance.randrange(HOUR_MS))

    def switch_off(self, name: str, after_ms: int) -> int:
        """This consumer is off for 26 hours. When it is on again."""
        self._off_from[name] = self._storm.agenda.now + after_ms
        self._off_until[name] = self._off_from[name] + 26 * HOUR_MS
        return self._off_until[name]

    def _on_again_ms(self, name: str) -> int:
        """From when this consumer runs; now, unless it is off, or all of the region is."""
        now = self._storm.agenda.now
        off = self._off_from.get(name, now + 1) <= now < self._off_until.get(name, 0)
        return max(self._off_until[name] if off else now, self._storm.away_until_ms())

    def poison(self) -> None:
        """Somebody puts a message on the retry queue that nobody can read, and the stream carries a broken record."""
        if self._storm.weather.hit("queue_poison"):
            self.send_retry(POISON)
        if self._storm.weather.hit("stream_poison"):
            self.changed(PaymentChange(None, _Broken()))  # type: ignore[arg-type]  # that is what is wrong with it

    def waiting(self) -> dict[str, int]:
        """What is still to be done."""
        return {
            RETRY: self.retries,
            CHECKS: self.checks,
            STREAM: sum(len(shard.records) for shard in self.shards),
        }

    # --- the retry queue --------------------------------------------------------------------------------------

    def send_retry(self, text: str) -> None:
        """A message for the drain."""
        self.retries += 1
        storm = self._storm
        delay_ms = 20
        if any(kind in text for kind in PUSH_ANSWERS) and storm.weather.hit("queue_late_with_push_answer"):
            delay_ms = int(10 * MINUTE_MS * 30 ** storm.chance.random())
        elif storm.weather.hit("queue_late"):
            delay_ms = int(1_000 * LATE_S_MAX ** storm.chance.random())
        self._receive_later(Message(text, storm.agenda.now), delay_ms)

    def _receive_later(self, message: Message, delay_ms: int) -> None:
        agenda = self._storm.agenda
        agenda.at(agenda.now + delay_ms, lambda: self._receive(message))

    def _receive(self, message: Message) -> None:
        storm = self._storm
        on_ms = self._on_again_ms(RETRY)
        if on_ms > storm.agenda.now:
            self._receive_later(message, on_ms - storm.agenda.now)
            return
        message.receives += 1
        if message.receives > RECEIVES_MAX:
            self.dead.append(message.text)
            self.retries -= 1
            return
        if storm.weather.hit("queue_twice"):
            storm.run("drain", drain(message.text, storm.env, storm.settings))
        storm.run("drain", drain(message.text, storm.env, storm.settings), lambda ended: self._received(message, ended))

    def _received(self, message: Message, ended: Process) -> None:
        if ended.end is End.DONE:
            self.retries -= 1
        else:
            self._receive_later(message, VISIBLE_AGAIN_MS)

    # --- the checks queue -------------------------------------------------------------------------------------

    def send_check(self, payment_id: str, bucket: int) -> None:
        """A check for the sweep function; one for each deduplication id."""
        now = self._storm.agenda.now
        if self._check_ids.get((payment_id, bucket), -CHECKS_LAST_MS) > now - CHECKS_LAST_MS:
            return
        self._check_ids[payment_id, bucket] = now
        self.checks += 1
        self._check_later(Message(payment_id, now), 20)

    def _check_later(self, message: Message, delay_ms: int) -> None:
        agenda = self._storm.agenda
        agenda.at(agenda.now + delay_ms, lambda: self._check(message))

    def _check(self, message: Message) -> None:
        storm, now = self._storm, self._storm.agenda.now
        on_ms = self._on_again_ms(CHECKS)
        if on_ms > now:
            self._check_later(message, on_ms - now)
            return
        message.receives += 1
        if now - message.sent_at_ms > CHECKS_LAST_MS or message.receives > CHECK_RECEIVES_MAX:
            self.checks -= 1
            return
        flow = check_payment(message.text, storm.settings, asked_for=True)
        storm.run("check", flow, lambda ended: self._checked(message, ended))

    def _checked(self, message: Message, ended: Process) -> None:
        if ended.end is End.DONE:
            self.checks -= 1
        else:
            self._check_later(message, VISIBLE_AGAIN_MS)

    # --- the stream -------------------------------------------------------------------------------------------

    def changed(self, change: Change) -> None:
        """A record of the stream."""
        number = sum(_key_of(change).encode()) % STREAM_SHARDS
        shard = self.shards[number]
        shard.records.append(change)
        shard.since_ms.append(self._storm.agenda.now)
        if not shard.telling:
            shard.telling = True
            self._tell_later(shard, 150)

    def _tell_later(self, shard: Shard, delay_ms: int) -> None:
        agenda = self._storm.agenda
        agenda.at(agenda.now + delay_ms, lambda: self._tell(shard))

    def _tell(self, shard: Shard) -> None:
        storm = self._storm
        on_ms = self._on_again_ms(STREAM)
        if on_ms > storm.agenda.now:
            self._tell_later(shard, on_ms - storm.agenda.now)
            return
        self._forget_what_is_old(shard)
        if not shard.records:
            shard.telling = False
            return
        batch = shard.records[:BATCH] if shard.tries < 3 else shard.records[:1]
        storm.run("publish", tell(batch), lambda ended: self._told(shard, len(batch), ended))

    def _forget_what_is_old(self, shard: Shard) -> None:
        """The stream keeps a record for a day."""
        oldest_ms = self._storm.agenda.now - STREAM_LASTS_MS
        while shard.since_ms and shard.since_ms[0] < oldest_ms:
            self.stream_lost.add(_key_of(shard.records.pop(0)))
            del shard.since_ms[0]

    def _told(self, shard: Shard, count: int, ended: Process) -> None:
        """A batch that did not end comes again as a whole; else it goes on behind what was told."""
        if ended.end is End.DONE and self._storm.weather.hit("stream_batch_again"):
            self._tell_later(shard, 50)
            return
        told = ended.value if ended.end is End.DONE else 0
        del shard.records[:told], shard.since_ms[:told]
        shard.tries = 0 if told == count or told > 0 else shard.tries + 1
        if shard.tries > STREAM_TRIES_MAX:
            self.stream_lost.add(_key_of(shard.records.pop(0)))
            del shard.since_ms[0]
            shard.tries = 0
        self._tell_later(shard, 30 if told else 500)

    # --- the night --------------------------------------------------------------------------------------------

    def plan_nights(self) -> None:
        """The repair's ticks: three each night, from three o'clock on in Nairobi (midnight in UTC)."""
        now = self._storm.agenda.now
        self._night_at((now // DAY_MS + 1) * DAY_MS, 0)

    def _night_at(self, at_ms: int, tick: int) -> None:
        self._storm.agenda.at(at_ms, lambda: self._repair(at_ms, tick))

    def _repair(self, at_ms: int, tick: int) -> None:
        self._storm.run("repair", repair(described))
        later_ms, following = (TICK_MS, tick + 1) if tick < TICKS - 1 else (DAY_MS - tick * TICK_MS, 0)
        self._night_at(at_ms + later_ms, following)

    # --- the schedule -----------------------------------------------------------------------------------------

    def plan_sweep(self) -> None:
        """A sweep in the minute in which the next item comes due; an empty sweep would change nothing."""
        storm = self._storm
        due_ms = storm.table.next_due_ms()
        if due_ms is None:
            return
        at_ms = (max(due_ms, storm.agenda.now) // MINUTE_MS + 1) * MINUTE_MS
        if self._next_sweep_ms <= storm.agenda.now or at_ms < self._next_sweep_ms:
            self._next_sweep_ms = at_ms
            storm.agenda.at(at_ms, lambda: self._tick(at_ms))

    def _tick(self, at_ms: int) -> None:
        storm = self._storm
        if self._next_sweep_ms == at_ms:
            self._next_sweep_ms = 0
        on_ms = max(self._on_again_ms(SCHEDULE), self._missed_until_ms)
        if on_ms > storm.agenda.now:
            storm.agenda.at(on_ms, self.plan_sweep)
        elif storm.weather.hit("sweep_missed"):
            self._missed_until_ms = storm.agenda.now + storm.chance.randint(1, 30) * MINUTE_MS
        else:
            self._sweep()
            if storm.weather.hit("sweep_twice"):
                self._sweep()
            if storm.weather.hit("sweep_overlaps"):
                storm.agenda.at(storm.agenda.now + storm.chance.randint(200, 50_000), self._sweep)
        self.plan_sweep()

    def _sweep(self) -> None:
        self.sweeps += 1
        self._storm.run("sweep", sweep(self._storm.settings), lambda _: self.plan_sweep())


def tell(records: Sequence[Change]) -> Flow[int]:
    """As the function does with a batch: in order; how many were told before one failed."""
    for told, change in enumerate(records):
        try:
            yield from publish_change(change, described)
        except Exception:  # noqa: BLE001  as the function: from the first that fails on, all come again
            return told
    return len(records)


def readable(message: str) -> str:
    """A dead letter with the body that it carries."""
    if message == POISON:
        return ""
    body = json.loads(message).get("body", "")
    return message + b64decode(body).decode("utf-8", "replace")


class _Broken:
    """A record of the stream that cannot be told of."""

    id = "broken"


def described(record: PaymentRecord, state: PaymentState) -> dict[str, Any]:
    """What an event carries here."""
    return {"id": record.id, "version": record.version, "status": str(state.status)}


def _key_of(change: Change) -> str:
    after = change.after
    return after.receipt if isinstance(after, ReceiptRecord) else str(getattr(after, "id", type(after).__name__))
