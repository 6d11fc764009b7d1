"""The audit log in a storm: written from the stream of what the table's items became, and checked each night.

It stands beside its storm and only looks on: chances, weather, agenda and processes are its own, so a world that has a
log goes exactly as it would without one. Before each change of the table, all is done that was to happen before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

from gateway import security
from gateway.aws.values import Item
from gateway.flows.audit.verify import verify, verify_due
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.ports import Call, PortError, run
from tests.simulation.audit_images import Images, changed_parts
from tests.simulation.audit_shards import Shards
from tests.simulation.case import Case
from tests.simulation.faults import At, Weather
from tests.simulation.judge_audit import LogJudge
from tests.simulation.locked_bucket import LockedBucket, LogEnvironment
from tests.simulation.port_errors import error_of, program_error
from tests.simulation.processes import Agenda, Crash, End, Process
from tests.simulation.tampering import Tamperer
from tests.simulation.weak_table import STALE_MS_MAX
from tests.simulation.world import SHORTCODE

if TYPE_CHECKING:
    from tests.simulation.storm import Storm

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
TIMEOUT_MS = 55_000
TICK_MS = 15 * MINUTE_MS
ENVIRONMENTS = 3
FIRST_NIGHT_MS = 30 * HOUR_MS
WORDS = ("audit_broken", "audit_entry_late", "audit_checked")


class AuditStorm:
    """The log of one world. Surroundings of its processes."""

    def __init__(self, storm: Storm, weather: Weather) -> None:
        self.storm = storm
        self.weather = weather
        self.chance = Random(f"{weather.seed} audit")
        self.agenda = Agenda(storm.start_ms, self.chance)
        self.steps = 0
        self.trace_hash = 0
        self.calls: Counter[tuple[str, str]] = Counter()
        self.deeds: Counter[str] = Counter()
        self.key = security.audit_key(storm.keys.id)
        self.images = Images(self.key, SHORTCODE.number, lambda: self.agenda.now)
        self.bucket = LockedBucket(lambda: self.agenda.now, self._seconds_later)
        self.judge = LogJudge()
        self.shards = Shards(self)
        self._environments = [LogEnvironment(self.bucket) for _ in range(ENVIRONMENTS)]
        storm_ms = self.chance.choice((storm.end_ms - storm.start_ms, FIRST_NIGHT_MS))
        self.agenda.at(storm.start_ms + storm_ms, weather.calm)
        self.agenda.at(storm.start_ms + TICK_MS, self._tick)
        self.shards.plan_outage()
        Tamperer(self).plan()

    # --- what the table tells ---------------------------------------------------------------------------------

    def changed(self, change: Change) -> None:
        """An item of the storm's table was written."""
        self.catch_up(self.storm.agenda.now)
        if isinstance(change, PaymentChange):
            self.put(self.images.payment(change.after))
        elif isinstance(change, ReceiptChange):
            self.put(self.images.receipt(change.after))

    def put(self, item: Item) -> None:
        """An item is written."""
        written = self.images.write(item)
        if written is not None:
            self.tell(*written)

    def tell(self, before: Item | None, after: Item | None, *, ours: bool = True) -> None:
        """The stream tells of it. ours: the gateway wrote it."""
        item = before if after is None else after
        assert item is not None
        pk = item["pk"]["S"]
        number = self.shards.add(pk, before, after)
        self.judge.changed(number, self.images.names[pk], self.agenda.now, changed_parts(before, after), ours=ours)

    def calm(self) -> None:
        """The storm is over; the log's own weather may last until after the first night."""
        self.catch_up(self.storm.agenda.now)
        self.images.keep_unknown(self.storm.table.payments.values())

    def catch_up(self, until_ms: int) -> None:
        """Everything that was to happen up to then."""
        while self.agenda.next(until_ms):
            pass
        self.agenda.now = max(self.agenda.now, until_ms)

    # --- the table is restored --------------------------------------------------------------------------------

    def picture(self) -> Any:
        """What a restore to this moment brings back."""
        self.catch_up(self.storm.agenda.now)
        return self.shards.last, dict(self.images.standing), self.images.progress

    def restore(self, picture: Any) -> None:
        """The table is what it was then; another stream tells of it, and the old one may be read to its end or not."""
        self.catch_up(self.storm.agenda.now)
        last, standing, progress = picture
        lost = self.images.put_back(standing, progress)
        forgotten = self.shards.begin_anew(read_to_its_end=self.chance.random() < 0.5)
        touched = {self.images.names[pk] for pk, (before, after) in lost.items() if changed_parts(before, after)}
        self.judge.restored(touched, last, forgotten, self.shards.untold())

    # --- the check --------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """An empty tick changes nothing, so only one that has something to do is run."""
        if self._on_again_ms() <= self.agenda.now and self.images.progress.is_due(self.agenda.now):
            self._check()
            if self.weather.hit("log_check_twice"):
                self.agenda.at(self.agenda.now + self.chance.randrange(20_000), self._check)
        self.agenda.at(self.agenda.now + TICK_MS, self._tick)

    def _check(self) -> None:
        """A tick that fails is made up for by the next one."""
        self.start("audit_check", verify_due(), lambda _: None)

    def _on_again_ms(self) -> int:
        """From when functions run; now, unless the region is away."""
        return self.storm.outages.away_until_ms(self.agenda.now)

    # --- processes --------------------------------------------------------------------------------------------

    def start(self, name: str, flow: Any, on_end: Callable[[Process], None]) -> Process:
        """Start a process of the log's function in some environment."""
        environment = self.chance.choice(self._environments)
        clock_ms = self.chance.randint(-3_000, 3_000) if self.weather.hit("clock_step") else 0

        def ended(process: Process) -> None:
            if process.end is End.DEAD:
                environment.forget()
            on_end(process)

        process = Process(self, name, flow, environment, timeout_ms=TIMEOUT_MS, clock_ms=clock_ms, on_end=ended)
        self.agenda.at(self.agenda.now, process.step)
        return process

    def fault_at(self, process: Process, call: Call) -> At | None:
        """What goes wrong at this call."""
        if self._on_again_ms() > self.agenda.now:
            return At.BEFORE
        return self.weather.at_call(process.name, call)

    def perform(self, process: Process, call: Call, fault: At | None) -> Any:
        """Carry out a call. Raises what the port raises, or Crash."""
        self._note(process, call, fault)
        if fault is At.BEFORE:
            raise Crash
        if call.boundary == "AuditLog.append_page":
            self.bucket.fault = fault
            answer = self._effect(process, call)
        else:
            answer = self._performed(process, call, fault)
        if fault is At.AFTER:
            raise Crash
        return answer

    def _performed(self, process: Process, call: Call, fault: At | None) -> Any:
        if fault is At.LATE:
            self._seconds_later(lambda: self._effect(process, call))
        if fault in (At.ERROR, At.LATE):
            raise error_of(call)
        answer = self._effect(process, call)
        if fault is At.ANSWER_LOST:
            raise error_of(call)
        return False if fault is At.OWN_CONFLICT else answer

    def _seconds_later(self, act: Callable[[], Any]) -> None:
        """The caller has given up: whatever comes of it, nobody is told."""

        def done() -> None:
            with suppress(PortError):
                act()

        self.agenda.at(self.agenda.now + self.chance.randint(1, 4_000), done)

    def _effect(self, process: Process, call: Call) -> Any:
        if call.port == "Secrets":
            return self.storm.keys
        if call.port == "Audited":
            if call.method == "list_day":
                self.images.index_age_ms = int(STALE_MS_MAX * self.chance.random() ** 2)
            return getattr(self.images, call.method)(*call.args)
        assert isinstance(process.memory, LogEnvironment)
        return getattr(process.memory.log, call.method)(*call.args)

    def ambient(self, process: Process, call: Call) -> Any:
        """A call that does not leave the process."""
        if call.method == "now_ms":
            return self.agenda.now + process.clock_ms
        if call.method == "time_left_ms":
            return process.killed_at_ms - self.agenda.now
        assert call.method == "report", call.method
        return self._reported(*call.args)

    def _reported(self, name: str, fields: Mapping[str, Any]) -> None:
        error = program_error(fields)
        if error is not None:
            self.judge.broken.append(f"P {name}: {error}")
        if name in WORDS:
            self.judge.told(self.agenda.now, name, fields)

    def broken_program(self, process: Process, error: Exception) -> None:
        """A flow raised what nobody expects."""
        self.judge.broken.append(f"P {process.name} raised {type(error).__name__}: {error}")

    def _note(self, process: Process, call: Call, fault: At | None) -> None:
        self.calls[process.name, call.boundary] += 1
        line = f"{self.agenda.now - self.storm.start_ms} {process.name} {call.boundary} {fault or ''}"
        self.trace_hash = crc32(line.encode(), self.trace_hash)
        if self.storm.trace is not None:
            self.storm.trace.append(line)

    # --- in the end -------------------------------------------------------------------------------------------

    def broken(self) -> list[str]:
        """What the judge says when everything has come to rest."""
        self.catch_up(self.storm.agenda.now + HOUR_MS)
        verified = run(verify(None, None, 0), AtRest(self))
        findings = [_plain(one) for one in verified.findings]
        broken = self.judge.close(self.bucket.written, findings, len(self.shards.untold()), self.agenda.now)
        self.deeds += self.judge.deeds
        self.deeds["a page was hung behind another writer's"] += self.bucket.refused
        self._count()
        return broken

    def _count(self) -> None:
        """What was met here counts for the whole world."""
        whole = self.storm.coverage
        whole.calls += self.calls
        whole.log += self.deeds
        self.storm.weather.hits += self.weather.hits
        self.storm.weather.sorts += self.weather.sorts
        self.storm.weather.at_calls += self.weather.at_calls


def _plain(finding: Any) -> dict[str, Any]:
    return {"what": str(finding.what), "page": finding.page, "item": finding.item, "part": finding.part}


class AtRest:
    """Performs calls when nothing goes wrong any more."""

    def __init__(self, audit: AuditStorm) -> None:
        self._audit = audit
        self._log = LogEnvironment(audit.bucket).log

    def perform(self, call: Call, /) -> Any:
        """At once."""
        if call.port == "Ambient":
            return self._audit.agenda.now
        if call.port == "Secrets":
            return self._audit.storm.keys
        behind = self._audit.images if call.port == "Audited" else self._log
        return getattr(behind, call.method)(*call.args)


def audit_of(storm: Storm, case: Case) -> AuditStorm | None:
    """In some worlds. The weather is the storm's own, but for where and when it hits."""
    seed = storm.weather.seed
    if Random(f"{seed} audit comes").random() >= storm.weather.rates.get("audit_log", 0):
        return None
    weather = Weather(seed, case.salt, case.lines, strong=case.strong)
    weather.chance = Random(f"{seed}.{case.salt} audit hits")
    weather.hits["audit_log"] += 1
    return AuditStorm(storm, weather)
