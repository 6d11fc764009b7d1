"""The world of one seed: processes, table, queues, Safaricom, and bad weather over all of them; then calm.

The flows that are stepped are the very files that the functions import. Same seed, same world, same trace.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any
from zlib import crc32

from gateway import security
from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import Policy
from gateway.flows.messages import Delivery
from gateway.flows.publish import Change, PaymentChange
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import Call, Credentials, Flow, Keys, StoredToken
from gateway.settings import Settings
from tests.simulation.auditor import Auditor, Rest, Words
from tests.simulation.case import Case
from tests.simulation.consumers import Consumers
from tests.simulation.coverage import Coverage
from tests.simulation.faults import At, Weather
from tests.simulation.mpesa import Mpesa, News
from tests.simulation.processes import Agenda, Crash, End, Environment, Process, Silence
from tests.simulation.safaricom import FROM_SAFARICOM
from tests.simulation.weak_table import STALE_MS_MAX, WeakTable
from tests.simulation.world import KEYS as ONE_OF_EACH
from tests.simulation.world import SHOP, START_MS, error_of, shown_payment

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
}
TIMEOUT_ELSE_MS = 10_000
ENVIRONMENTS_MAX = 3
POLICIES = (
    Policy(),
    Policy(no_answer_pauses_ms=(), equal_amount_pause_ms=0),
    Policy(no_answer_pauses_ms=(), equal_amount_pause_ms=0, answer_deadline_ms=300_000),
)
CONFIRM = ("unknown_source", "unknown_source", "unknown_source", "above:100", "always")


class Storm:
    """One world. trace: gets a line for each call."""

    def __init__(self, case: Case, trace: list[str] | None = None) -> None:
        drawn = Random(f"{case.seed} settings")
        self.chance = Random(f"{case.seed}.{case.salt} chance")
        self.agenda = Agenda(START_MS, self.chance)
        self.weather = Weather(str(case.seed), case.salt, case.lines, strong=case.strong)
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
        self.words = Words(self.mpesa.false_receipts, self.mpesa.misled)
        self.auditor = Auditor(self.mpesa.books, self.words, self.settings.policy.prompts_per_10_minutes)
        self.events: list[Mapping[str, Any]] = []
        self.news: list[News] = []
        self.reports: Counter[str] = Counter()
        self.ssm_token: StoredToken | None = None
        self.steps = 0
        self.lost_deliveries = 0
        self.trace_hash = 0
        self.trace = trace
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
        self.agenda.at(self.agenda.now, process.step)
        return process

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
        return self.weather.at_call(process.name, call)

    def perform(self, process: Process, call: Call, fault: At | None) -> Any:
        """Carry out a call. Raises what the port raises, Crash, or Silence."""
        self._note(process, call, fault)
        if fault is At.BEFORE:
            raise Crash
        if fault in (At.ERROR, At.LATE):
            if fault is At.LATE:
                after_ms = self.chance.randint(1, 4_000)
                self.agenda.at(self.agenda.now + after_ms, lambda: self._effect(process, call))
            raise error_of(call)
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

    def _effect(self, process: Process, call: Call) -> Any:
        return getattr(self, f"port_{call.port.lower()}")(process, call)

    def _as_conflict(self, call: Call, answer: Any) -> Any:
        """What the repetition of a write is told that its first try has done."""
        if call.method == "create_payment":
            return answer or self.table.payments[call.args[0].id]
        if call.method == "create_receipt":
            return answer or self.table.receipts[call.args[0].receipt]
        return False

    def broken_program(self, process: Process, error: Exception) -> None:
        """A flow raised what nobody expects."""
        self.auditor.broken.append(f"P {process.name} raised {type(error).__name__}: {error}")

    def _note(self, process: Process, call: Call, fault: At | None) -> None:
        self.coverage.calls[process.name, call.boundary] += 1
        line = f"{self.agenda.now - START_MS} {process.name} {call.port}.{call.method} {fault or ''}"
        self.trace_hash = crc32(line.encode(), self.trace_hash)
        if self.trace is not None:
            self.trace.append(line)

    # --- ports ------------------------------------------------------------------------------------------------

    def port_store(self, _: Process, call: Call) -> Any:
        """The table; its indexes as of some seconds ago."""
        if call.method in ("payments_by_reference", "due_items"):
            self.table.index_age_ms = self._index_age_ms()
        return getattr(self.table, call.method)(*call.args)

    def _index_age_ms(self) -> int:
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

    def port_secrets(self, _: Process, call: Call) -> Any:
        """SSM."""
        if call.method == "read_keys":
            return KEYS
        if call.method == "read_credentials":
            return _CREDENTIALS
        if call.method == "read_token":
            return self.ssm_token
        self.ssm_token = call.args[0]
        return None

    def ambient(self, process: Process, call: Call) -> Any:
        """A call that does not leave the process."""
        if call.method == "now_ms":
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
        if name == "sweep_item_broken":
            self.auditor.broken.append(f"P the sweep met {fields['error']} at {fields['item']}")

    def _now(self) -> int:
        return self.agenda.now

    def _vanishes(self) -> bool:
        return not self.weather.rates or self.weather.hit("store_late_ttl")

    def _changed(self, change: Change) -> None:
        """The table changed: the judge looks, the coverage counts, the stream will tell."""
        if not isinstance(change, PaymentChange):
            if change.after.owner is not None and (change.before is None or change.before.owner is None):
                self.consumers.changed(change)
            return
        before, after = change.before, change.after
        if before is not None and len(before.facts) == len(after.facts):
            return
        stood = self.auditor.payments.get(after.id)
        new = [fact for fact_id, fact in after.facts.items() if before is None or fact_id not in before.facts]
        self.coverage.learned(stood, new)
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

    # --- time -------------------------------------------------------------------------------------------------

    def blow(self, steps_max: int | None = None) -> None:
        """The storm: until its time is over, or so many steps were done."""
        end_ms = START_MS + STORM_MS
        while self.agenda.next(end_ms):
            if steps_max is not None and self.steps >= steps_max:
                break

    def calm(self) -> Rest:
        """No more faults; time passes until everything has come to rest."""
        self.weather.calm()
        self.table.learn_unknown()
        self.consumers.plan_sweep()
        end_ms = max(self.agenda.now + CALM_MS, self._last_delivery_ms + HOUR_MS)
        while self.agenda.next(end_ms):
            pass
        self.agenda.now = end_ms
        while any(self.consumers.waiting().values()) and self.agenda.next(end_ms + HOUR_MS):
            pass
        for record in self.table.payments.values():
            self.auditor.look(shown_payment(record))
            self._judge_order(record)
        return self._rest()

    def _judge_order(self, record: PaymentRecord) -> None:
        """L6: the same facts in another order say the same."""
        if state_of(record.asked, dict(reversed(list(record.facts.items())))) != self.settings.state(record):
            self.auditor.broken.append(f"L6 {record.id} depends on the order of its facts")

    def _rest(self) -> Rest:
        apart = [orphan.body for orphan in self.table.orphans.values()]
        return Rest(
            claims={receipt: record.owner for receipt, record in self.table.receipts.items()},
            apart=b"\n".join(apart).decode("utf-8", "replace") + "\n".join(map(_readable, self.consumers.dead)),
            waiting=self.consumers.waiting(),
            events=self.events,
            stream_lost=self.consumers.stream_lost,
            now_ms=self.agenda.now,
        )


_CREDENTIALS = Credentials("key", "secret", {"174379": "passkey"})


def _readable(message: str) -> str:
    """A dead letter with the body that it carries."""
    body = json.loads(message).get("body", "")
    return message + b64decode(body).decode("utf-8", "replace")
