"""The world of one seed: processes, table, queues, Safaricom, and bad weather over all of them; then calm.

The flows that are stepped are the very files that the functions import. Same seed, same world, same trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any
from zlib import crc32

from gateway import security
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import Policy
from gateway.domain.telling import asks_to_be_told
from gateway.flows.messages import Delivery, MessageUnreadable
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import Call, Credentials, Flow, Keys, PortError, StoredToken
from gateway.settings import Settings
from tests.memory_days import MemoryDays
from tests.memory_feed import MemoryFeed
from tests.memory_initiator import MemoryInitiator
from tests.memory_orphans import MemoryOrphans
from tests.memory_received import MemoryReceived
from tests.memory_repairs import MemoryRepairs
from tests.memory_webhooks import MemoryWebhooks
from tests.simulation.audit_storm import audit_of
from tests.simulation.auditor import Auditor, Rest, Words
from tests.simulation.case import Case
from tests.simulation.consumers import Consumers, readable
from tests.simulation.coverage import Coverage
from tests.simulation.faults import SORTS, At, Weather
from tests.simulation.lists import Lists
from tests.simulation.mpesa import TILL, Mpesa, News
from tests.simulation.office import Office
from tests.simulation.outages import Outages
from tests.simulation.port_errors import error_of, program_error
from tests.simulation.processes import Agenda, Crash, End, Environment, Process, Silence
from tests.simulation.safaricom import FROM_SAFARICOM
from tests.simulation.shown import shown_payment
from tests.simulation.weak_table import STALE_MS_MAX, WeakTable
from tests.simulation.world import KEYS as ONE_OF_EACH
from tests.simulation.world import SHOP, START_MS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
STORM_MS = 4 * HOUR_MS
CALM_MS = 2 * DAY_MS
KEYS: Keys = replace(ONE_OF_EACH, tags=(b"new-tag-key" * 3, *ONE_OF_EACH.tags))
"""The tag key was rotated: two are valid."""

TIMEOUT_MS = {
    "start_payment": 28_000,
    "start_attempt": 28_000,
    "c2b": 5_000,
    "sweep": 55_000,
    "check": 55_000,
    "publish": 30_000,
    "repair": 120_000,
    "reconciliation": 28_000,
    "statement": 28_000,
    "day": 28_000,
}
TIMEOUT_ELSE_MS = 10_000
KEYS_FRESH_MS = 5 * 60_000
ENVIRONMENTS_MAX = 3
POLICIES = (
    Policy(),
    Policy(no_answer_pauses_ms=(), equal_amount_pause_ms=0),
    Policy(no_answer_pauses_ms=(), equal_amount_pause_ms=0, answer_deadline_ms=300_000),
)
CONFIRM = ("unknown_source", "unknown_source", "unknown_source", "above:100", "always")


EDGES_MS = {
    "day_edge": (1_795_726_800_000,),
    "month_edge": (1_796_072_400_000, 1_798_750_800_000),
    "leap_day": (1_835_384_400_000, 1_835_470_800_000),
}
"""Midnights in Nairobi: 27 November 2026; 1 December, 1 January; 29 February and 1 March 2028."""


def started_at_ms(weather: Weather, chance: Random) -> int:
    """When the world begins: on a quiet morning, or not long before a midnight that matters."""
    start_ms = START_MS
    for line, midnights in EDGES_MS.items():
        if weather.hit(line):
            which = chance.randrange(len(midnights))
            if line in SORTS:
                weather.sort(line, which)
            start_ms = midnights[which] - chance.randrange(2 * HOUR_MS)
    return start_ms


class Storm:
    """One world. trace: gets a line for each call."""

    def __init__(self, case: Case, trace: list[str] | None = None) -> None:
        drawn = Random(f"{case.seed} settings")
        self.chance = Random(f"{case.seed}.{case.salt} chance")
        self.weather = Weather(str(case.seed), case.salt, case.lines, strong=case.strong)
        self.start_ms = started_at_ms(self.weather, Random(f"{case.seed} calendar"))
        self.end_ms = self.start_ms + STORM_MS
        self.agenda = Agenda(self.start_ms, self.chance)
        self.coverage = Coverage()
        self.settings = FlowSettings(
            policy=drawn.choice(POLICIES), callback_base_url="https://pay.example", due_shards=2
        )
        self.env = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM, "CONFIRM": drawn.choice(CONFIRM)})
        self.consumers = Consumers(self)
        self.table = WeakTable(2, self._now, self._vanishes, self._changed, self.consumers.plan_sweep)
        self.table.settings[SHOP.owner] = SHOP
        tag = security.c2b_tag(KEYS.c2b_tags[0], "174379")
        self.mpesa = Mpesa(self.agenda, self.weather, self.chance, self.deliver, f"/in/c2b/174379/{tag}/confirmation")
        self.mpesa.till_path = f"/in/c2b/{TILL}/{security.c2b_tag(KEYS.c2b_tags[0], TILL)}/confirmation"
        self.words = Words(self.mpesa.false_receipts, self.mpesa.misled)
        self.auditor = Auditor(self.mpesa.books, self.words, self.settings.policy)
        self.events: list[Mapping[str, Any]] = []
        self.feed = MemoryFeed()
        self.days = MemoryDays()
        self.webhooks = MemoryWebhooks(self._now, 2)
        self.repairs = MemoryRepairs(self.table)
        self.initiator = MemoryInitiator()
        self.lists = Lists(self)
        self.office = Office(self)
        self.news: list[News] = []
        self.reports: Counter[str] = Counter()
        self.ssm_token: StoredToken | None = None
        self.steps = 0
        self.lost_deliveries = 0
        self.trace_hash = 0
        self.trace = trace
        self.keys = KEYS
        self.outages = Outages(self)
        self.audit = audit_of(self, case)
        self._environments: dict[str, list[Environment]] = {}
        self._pushes_seen = 0
        self._last_delivery_ms = 0

    # --- processes --------------------------------------------------------------------------------------------

    def run(self, name: str, flow: Flow[Any], on_end: Callable[[Process], None] | None = None) -> Process:
        """Start a process of this function, in an environment of its own or a warm one."""
        process = Process(
            self,
            name,
            flow,
            self._environment(name),
            timeout_ms=TIMEOUT_MS.get(name, TIMEOUT_ELSE_MS),
            clock_ms=self.chance.randint(-3_000, 3_000) if self.weather.hit("clock_step") else 0,
            on_end=on_end,
        )
        process.older = self.outages.runs_older_release(name)
        away = self.outages.away_until_ms(self.agenda.now) > self.agenda.now
        self.agenda.at(self.agenda.now, process.refuse if away else process.step)
        return process

    def away_until_ms(self) -> int:
        """Until when nothing runs at all; now, unless the region is away."""
        return self.outages.away_until_ms(self.agenda.now)

    def _environment(self, name: str) -> Environment:
        warm = self._environments.setdefault(name, [])
        place = int(self.chance.random() * (ENVIRONMENTS_MAX + 0.2))
        if place >= len(warm):
            warm.insert(0, Environment())
            del warm[ENVIRONMENTS_MAX:]
            return warm[0]
        return warm[place]

    def fault_at(self, process: Process, call: Call) -> At | None:
        """What goes wrong at this call."""
        if self.outages.away_until_ms(self.agenda.now) > self.agenda.now:
            return At.BEFORE
        return self.weather.at_call(process.name, call)

    def perform(self, process: Process, call: Call, fault: At | None) -> Any:
        """Carry out a call. Raises what the port raises, Crash, or Silence."""
        self._note(process, call, fault)
        if fault is At.BEFORE:
            raise Crash
        if fault in (At.ERROR, At.LATE):
            if fault is At.LATE:
                after_ms = self.chance.randint(1, 4_000)
                self.agenda.at(self.agenda.now + after_ms, lambda: self._late_effect(process, call))
            raise error_of(call)
        if fault is At.RIVAL:
            self.table.outrun(call.method, call.args[1] if call.method == "save_pace" else call.args[0])
        try:
            answer = self._effect(process, call)
        except Silence:
            if fault is At.AFTER:
                raise Crash from None
            raise
        if fault is At.AFTER:
            raise Crash
        if fault is At.ANSWER_LOST:
            raise error_of(call)
        return self._as_conflict(call, answer) if fault is At.OWN_CONFLICT else answer

    def _late_effect(self, process: Process, call: Call) -> None:
        """The caller has given up: whatever comes of it, nobody is told."""
        with suppress(PortError):
            self._effect(process, call)

    def _effect(self, process: Process, call: Call) -> Any:
        return getattr(self, _method_for(call.port))(process, call)

    def _as_conflict(self, call: Call, answer: Any) -> Any:
        """What the repetition of a write is told that its first try has done."""
        if call.method == "create_payment":
            return answer or self.table.payments[call.args[0].id]
        if call.method == "create_receipt":
            return answer or self.table.receipts[call.args[0].receipt]
        return False

    def broken_program(self, process: Process, error: Exception) -> None:
        """A flow raised what nobody expects. A message that nobody can read is expected to be refused."""
        if isinstance(error, MessageUnreadable):
            return
        self.auditor.broken.append(f"P {process.name} raised {type(error).__name__}: {error}")

    def _note(self, process: Process, call: Call, fault: At | None) -> None:
        self.coverage.calls[process.name, call.boundary] += 1
        line = f"{self.agenda.now - self.start_ms} {process.name} {call.port}.{call.method} {fault or ''}"
        self.trace_hash = crc32(line.encode(), self.trace_hash)
        if self.trace is not None:
            self.trace.append(line)

    # --- ports ------------------------------------------------------------------------------------------------

    def port_store(self, process: Process, call: Call) -> Any:
        """The table; its indexes as of some seconds ago, and its items as this process's release reads them."""
        answer = self._asked_of_table(call)
        return self.outages.as_read_by_an_older_release(answer) if process.older else answer

    def _asked_of_table(self, call: Call) -> Any:
        if call.method in ("payments_by_reference", "due_items"):
            self.table.index_age_ms = self.index_age_ms()
        return getattr(self.table, call.method)(*call.args)

    def index_age_ms(self) -> int:
        """How far behind the table an index is that is asked now."""
        if not self.weather.hit("store_stale_index"):
            return 0
        return int(STALE_MS_MAX * self.chance.random() ** 2)

    def port_queues(self, _: Process, call: Call) -> None:
        """The queues."""
        if call.method == "send_retry":
            self.consumers.send_retry(call.args[0])
        else:
            self.consumers.send_check(*call.args)

    def port_daraja(self, process: Process, call: Call) -> Any:
        """Safaricom."""
        if call.method == "push":
            try:
                return self.mpesa.push(process, *call.args)
            finally:
                for push in self.mpesa.pushes[self._pushes_seen :]:
                    self.auditor.prompted(push)
                self._pushes_seen = len(self.mpesa.pushes)
        if call.method == "query":
            return self.mpesa.query(process, call.args[0], call.args[3])
        return self.mpesa.fetch_token(process)

    def port_bus(self, _: Process, call: Call) -> None:
        """The event bus."""
        self.events += call.args[0]

    def port_orphans(self, _: Process, call: Call) -> Any:
        """What was kept apart."""
        answer = getattr(MemoryOrphans(self.table), call.method)(*call.args)
        if call.method == "save_orphan":
            self.table.orphan_changed(call.args[0].key)
        return answer

    def port_repairs(self, _: Process, call: Call) -> Any:
        """What the nightly repair goes through."""
        return getattr(self.repairs, call.method)(*call.args)

    def port_received(self, _: Process, call: Call) -> Any:
        """Lists of money by receipt."""
        return getattr(MemoryReceived(self.table), call.method)(*call.args)

    def port_outgoings(self, _: Process, call: Call) -> Any:
        """Payouts; there are none here. They have a storm of their own (`storm_money_out.py`)."""
        return getattr(self.table.money_out, call.method)(*call.args)

    def port_pull(self, process: Process, call: Call) -> Any:
        """M-Pesa's own list."""
        return self.lists.rows(process, call)

    def port_books(self, _: Process, call: Call) -> Any:
        """What of it we keep."""
        return getattr(self.lists.books, call.method)(*call.args)

    def port_statements(self, _: Process, call: Call) -> Any:
        """How far statements are taken in."""
        return getattr(self.lists.statements, call.method)(*call.args)

    def port_statementfiles(self, _: Process, call: Call) -> Any:
        """Their files."""
        return getattr(self.lists.files, call.method)(*call.args)

    def port_initiator(self, _: Process, call: Call) -> Any:
        """The operators: none is ever stopped here."""
        return getattr(self.initiator, call.method)(*call.args)

    def port_reconciliations(self, _: Process, call: Call) -> Any:
        """Days compared with it."""
        return getattr(self.lists.days, call.method)(*call.args)

    def port_days(self, _: Process, call: Call) -> Any:
        """The sums of days."""
        return getattr(self.days, call.method)(*call.args)

    def port_webhooks(self, _: Process, call: Call) -> Any:
        """Endpoints of shops; there are none here."""
        return getattr(self.webhooks, call.method)(*call.args)

    def port_feed(self, _: Process, call: Call) -> Any:
        """The records of emission."""
        return getattr(self.feed, call.method)(*call.args)

    def port_secrets(self, process: Process, call: Call) -> Any:
        """SSM. A process remembers our keys for minutes."""
        if call.method == "read_keys":
            memory = process.memory
            if memory.keys is None or memory.keys_until_ms <= self.agenda.now:
                memory.keys, memory.keys_until_ms = self.keys, self.agenda.now + KEYS_FRESH_MS
            return memory.keys
        if call.method == "read_credentials":
            return _CREDENTIALS
        if call.method == "read_token":
            return self.ssm_token
        self.ssm_token = call.args[0]
        return None

    def ambient(self, process: Process, call: Call) -> Any:
        """A call that does not leave the process."""
        if call.method in {"now_ms", "outside_ms"}:
            return self.agenda.now + process.clock_ms
        if call.method == "draw":
            return self.chance.randbytes(call.args[0])
        if call.method == "time_left_ms":
            return process.killed_at_ms - self.agenda.now
        if call.method == "remembered_token":
            return process.memory.token
        if call.method == "remember_token":
            process.memory.token = call.args[0]
            return None
        return self._reported(*call.args)

    def _reported(self, name: str, fields: Mapping[str, Any]) -> None:
        self.reports[name] += 1
        error = program_error(fields)
        if error is not None:
            self.auditor.broken.append(f"P {name}: {error} at {fields.get('item', 'no item')}")

    def _now(self) -> int:
        return self.agenda.now

    def _vanishes(self) -> bool:
        return not self.weather.rates or self.weather.hit("store_late_ttl")

    def _changed(self, change: Change) -> None:
        """The table changed: the judge looks, the coverage counts, the stream will tell."""
        if self.audit is not None:
            self.audit.changed(change)
        if not isinstance(change, PaymentChange):
            if not isinstance(change, ReceiptChange) or _has_a_new_owner(change):
                self.consumers.changed(change)
            return
        before, after = change.before, change.after
        if before is not None and len(before.facts) == len(after.facts):
            if before.version != after.version:
                self.auditor.look(shown_payment(after))
            if before.version != after.version or asks_to_be_told(before, after):
                self.consumers.changed(change)
            return
        stood = self.auditor.payments.get(after.id)
        new = [fact for fact_id, fact in after.facts.items() if before is None or fact_id not in before.facts]
        self.coverage.learned(stood, new)
        self.outages.payment_changed(before, after)
        self.auditor.look(shown_payment(after))
        self.consumers.changed(change)

    # --- deliveries -------------------------------------------------------------------------------------------

    def deliver(self, at_ms: int, news: News) -> None:
        """Something arrives at a callback address."""
        self._last_delivery_ms = max(self._last_delivery_ms, at_ms)
        self.agenda.at(at_ms, lambda: self._arrives(news))

    def _arrives(self, news: News) -> None:
        if news.source == FROM_SAFARICOM:
            self.news.append(news)
        parts = news.path.strip("/").split("/")
        stk = parts[1] == "stk"
        delivery = Delivery(
            kind="stk" if stk else "c2b_confirmation",
            target=parts[2],
            number=int(parts[3]) if stk else 0,
            tag=parts[4] if stk else parts[3],
            source_address=news.source,
            body=news.body,
            learned_at_ms=self.agenda.now,
        )
        take = take_stk_callback if stk else take_c2b_confirmation
        flow = take(delivery, self.env, self.settings)
        self.run("callback" if stk else "c2b", flow, lambda ended: self._taken(news, ended))

    def _taken(self, news: News, ended: Process) -> None:
        if ended.end is not End.DONE:
            self.lost_deliveries += 1
        elif news.tells is not None and ended.value is not Taken.STRANGER:
            self.mpesa.books[news.tells]["told"] = True
            self.mpesa.books[news.tells]["told_at_ms"] = self.agenda.now

    # --- time -------------------------------------------------------------------------------------------------

    def blow(self, steps_max: int | None = None) -> None:
        """The storm: until its time is over, or so many steps were done."""
        while self.agenda.next(self.end_ms):
            if steps_max is not None and self.steps >= steps_max:
                break

    def calm(self) -> Rest:
        """No more faults; time passes until everything has come to rest."""
        if self.audit is not None:
            self.audit.calm()
        self.weather.calm()
        self.outages.calm()
        self.table.learn_unknown()
        self.consumers.plan_sweep()
        end_ms = max(self.agenda.now + CALM_MS, self._last_delivery_ms + HOUR_MS)
        while self.agenda.next(end_ms):
            pass
        self.agenda.now = end_ms
        self.lists.told()
        while any(self.consumers.waiting().values()) and self.agenda.next(end_ms + HOUR_MS):
            pass
        for record in self.table.payments.values():
            self.auditor.look(shown_payment(record))
            self.coverage.lived(record.facts.values())
            self._judge_order(record)
        self.auditor.broken += self.office.broken()
        if self.audit is not None:
            self.auditor.broken += self.audit.broken()
        return self._rest()

    def _judge_order(self, record: PaymentRecord) -> None:
        """L6: the same facts in another order say the same."""
        if state_of(record.asked, dict(reversed(list(record.facts.items())))) != self.settings.state(record):
            self.auditor.broken.append(f"L6 {record.id} depends on the order of its facts")

    def confirm(self, setting: str) -> None:
        """From now on callbacks are believed by this rule."""
        self.env = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM, "CONFIRM": setting})

    def shown_payments(self) -> list[dict[str, Any]]:
        """Every payment of the table, as the judge sees it."""
        return [shown_payment(record) for record in self.table.payments.values()]

    def _rest(self) -> Rest:
        apart = [orphan.body for orphan in self.table.orphans.values()]
        return Rest(
            claims={receipt: record.owner for receipt, record in self.table.receipts.items()},
            days={receipt: record.day for receipt, record in self.table.receipts.items()},
            apart=b"\n".join(apart).decode("utf-8", "replace") + "\n".join(map(readable, self.consumers.dead)),
            waiting=self.consumers.waiting(),
            events=self.events,
            now_ms=self.agenda.now,
        )


_CREDENTIALS = Credentials("key", "secret", {"174379": "passkey"})


@cache
def _method_for(port: str) -> str:
    """The storm's method that carries out a port's calls."""
    return f"port_{port.lower()}"


def _has_a_new_owner(change: ReceiptChange) -> bool:
    return change.after.owner is not None and (change.before is None or change.before.owner is None)
