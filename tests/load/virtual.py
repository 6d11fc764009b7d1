"""Many processes on one virtual clock, and nothing measured but calls: what a peak or an outage would cost.

The flows are the very files that the functions import. Each port call takes a few milliseconds of virtual time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from gateway.domain.shop import ShopSettings, Shortcode
from gateway.domain.statuses import PaymentStatus
from gateway.flows.drain import drain
from gateway.flows.settings import FlowSettings
from gateway.ports import Call, Credentials, Flow, StoredToken
from gateway.settings import Settings
from tests.memory_store import KEYS, MemoryStore, MemoryWorld
from tests.simulation.faults import At
from tests.simulation.processes import Agenda, End, Environment, Process
from tests.simulation.safaricom import FROM_SAFARICOM

START_MS = 1_795_600_800_000
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
CREDENTIALS = Credentials("key", "secret", {"174379": "passkey"})
SHORTCODE = Shortcode(number="174379", kind="paybill", name="CORNER SHOP")
SHOP = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(SHORTCODE,))
VISIBLE_AGAIN_MS = 60_000
RECEIVES_MAX = 10


class LoadWorld:
    """Table, queue, SSM and bus of many processes. Safaricom is the test's: `port_daraja`.

    What is not modelled here for its load is `others`, in memory.
    """

    def __init__(self, seed: int, store: MemoryStore, settings: FlowSettings) -> None:
        self.chance = Random(seed)
        self.agenda = Agenda(START_MS, self.chance)
        self.steps = 0
        self.store = store
        self.store.settings[SHOP.owner] = SHOP
        self.settings = settings
        self.env = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM})
        self.ssm_token: StoredToken | None = None
        self.calls: Counter[tuple[str, str]] = Counter()
        self.reports: Counter[str] = Counter()
        self.ends: Counter[tuple[str, End]] = Counter()
        self.events: list[Mapping[str, Any]] = []
        self.others = MemoryWorld(store)
        self.running = self.running_most = 0
        self.waiting = 0
        self.dead_letters: list[str] = []
        self.queue_empty_at_ms = START_MS

    def run(
        self,
        name: str,
        flow: Flow[Any],
        *,
        timeout_ms: int,
        memory: Environment | None = None,
        on_end: Callable[[Process], None] | None = None,
    ) -> Process:
        """Start a process now. memory: of a warm environment; a cold one when absent."""

        def ended(process: Process) -> None:
            self.running -= 1
            self.ends[name, process.end or End.DEAD] += 1
            if on_end is not None:
                on_end(process)

        process = Process(self, name, flow, memory or Environment(), timeout_ms=timeout_ms, on_end=ended)
        self.running += 1
        self.running_most = max(self.running, self.running_most)
        self.agenda.at(self.agenda.now, process.step)
        return process

    def pass_time(self, milliseconds: int) -> None:
        """Let what is planned happen."""
        end_ms = self.agenda.now + milliseconds
        while self.agenda.next(end_ms):
            pass
        self.agenda.now = end_ms

    def calls_to(self, port: str) -> int:
        """How many calls there were to a port, like Store."""
        return sum(count for (_, boundary), count in self.calls.items() if boundary.startswith(f"{port}."))

    def statuses(self) -> dict[PaymentStatus, int]:
        """How many payments stand so."""
        return dict(Counter(self.settings.state(one).status for one in self.store.payments.values()))

    # --- what processes meet ----------------------------------------------------------------------------------

    def fault_at(self, process: Process, call: Call) -> At | None:
        """Nothing but what the ports themselves do."""

    def broken_program(self, process: Process, error: Exception) -> None:
        """A flow raised what nobody expects."""
        raise error

    def perform(self, process: Process, call: Call, fault: At | None) -> Any:
        """Carry out a call."""
        self.calls[process.name, call.boundary] += 1
        port = call.port.lower()
        if hasattr(self, f"port_{port}"):
            return getattr(self, f"port_{port}")(process, call)
        self.others.ambient.at_ms = self.agenda.now
        return getattr(getattr(self.others, port), call.method)(*call.args)

    def port_store(self, _: Process, call: Call) -> Any:
        """The table."""
        return getattr(self.store, call.method)(*call.args)

    def port_secrets(self, _: Process, call: Call) -> Any:
        """SSM."""
        if call.method == "read_keys":
            return KEYS
        if call.method == "read_credentials":
            return CREDENTIALS
        if call.method == "read_token":
            return self.ssm_token
        self.ssm_token = call.args[0]
        return None

    def port_bus(self, _: Process, call: Call) -> None:
        """The event bus."""
        self.events += call.args[0]

    def port_queues(self, _: Process, call: Call) -> None:
        """The retry queue. Checks are of no interest here."""
        if call.method == "send_retry":
            self._queue(*call.args)

    def ambient(self, process: Process, call: Call) -> Any:
        """A call that does not leave the process."""
        if call.method == "now_ms":
            return self.agenda.now
        if call.method == "draw":
            return self.chance.randbytes(call.args[0])
        if call.method == "time_left_ms":
            return process.killed_at_ms - self.agenda.now
        if call.method == "remembered_token":
            return process.memory.token
        if call.method == "remember_token":
            process.memory.token = call.args[0]
            return None
        self.reports[call.args[0]] += 1
        return None

    # --- the retry queue --------------------------------------------------------------------------------------

    def _queue(self, text: str, delay_s: int = 0) -> None:
        self.waiting += 1
        self.agenda.at(self.agenda.now + 20 + delay_s * 1_000, lambda: self._receive(text, 1))

    def _receive(self, text: str, receives: int) -> None:
        def received(process: Process) -> None:
            if process.end is End.DONE:
                self._leaves()
            elif receives == RECEIVES_MAX:
                self.dead_letters.append(text)
                self._leaves()
            else:
                again_ms = self.agenda.now + VISIBLE_AGAIN_MS
                self.agenda.at(again_ms, lambda: self._receive(text, receives + 1))

        self.run("drain", drain(text, self.env, self.settings), timeout_ms=10_000, on_end=received)

    def _leaves(self) -> None:
        self.waiting -= 1
        self.queue_empty_at_ms = self.agenda.now
