"""The simulated world: clock, table, queues, stream, Safaricom; one thread; every port call may be made to fail.

The flows are the very files that the functions import. A call to a port is a boundary; the list of boundaries is
collected by running, so that a new call is in it by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway import security
from gateway.domain.circuit import Circuit
from gateway.domain.payment import Asked
from gateway.domain.policy import Policy
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.drain import drain
from gateway.flows.messages import Delivery
from gateway.flows.publish_batch import publish_batch
from gateway.flows.reconciliation.pull import pull_due
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import check_payment, sweep
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.flows.take_result import take_result
from gateway.ports import (
    BusUnavailable,
    Call,
    Credentials,
    Flow,
    Keys,
    QueueUnavailable,
    SecretsUnavailable,
    StoredToken,
    StoreUnavailable,
    T,
    run,
)
from gateway.ports.statements import FilesUnavailable
from gateway.settings import Settings
from tests.memory_api_keys import MemoryApiKeys
from tests.memory_books import MemoryBooks
from tests.memory_days import MemoryDays
from tests.memory_feed import MemoryFeed
from tests.memory_initiator import MemoryInitiator, ScriptedQr
from tests.memory_key_uses import MemoryKeyUses
from tests.memory_links import MemoryCounts, MemoryLinks
from tests.memory_orphans import MemoryOrphans
from tests.memory_received import MemoryReceived
from tests.memory_reconciliations import MemoryReconciliations
from tests.memory_registration import MemoryRegistrations, ScriptedRegistrar
from tests.memory_repairs import MemoryRepairs
from tests.memory_staff import MemoryIdentity, MemoryStaff
from tests.memory_statements import MemoryStatementFiles, MemoryStatements
from tests.memory_store import MemoryStore
from tests.memory_webhooks import MemoryNames, MemorySender, MemoryWebhooks
from tests.simulation.organisation import Organisation
from tests.simulation.own_address import answered_by_ourselves
from tests.simulation.payouts import Payouts
from tests.simulation.port_errors import BEHIND, OF_PORTS, error_of
from tests.simulation.safaricom import FROM_SAFARICOM, Push, Safaricom
from tests.simulation.shops_told import hand_out
from tests.simulation.shown import described, shown_payment
from tests.simulation.table_stream import SHARD, TableStream

IN_MEMORY = frozenset({"remembered_token", "remember_token"})
"""Calls that do not leave the process, so nothing can happen to them."""

READS = ("read_", "list_", "due_", "payments_by_")
"""What the names of calls begin with that change nothing in the table."""

STALL_MS = 45_000
PULL_TICK_MS = 900_000
IDLE_SWEEP_MS = 3_600_000
START_MS = 1_795_600_800_000
KEYS = Keys(
    tags=(b"tag-key" * 5,),
    c2b_tags=(b"c2b-key" * 5,),
    id=b"id-key" * 6,
    phone=b"phone-key" * 4,
    client_token=b"client-key" * 4,
    cursor=b"cursor-key" * 4,
)
SHORTCODE = Shortcode(number="174379", kind="paybill", name="CORNER SHOP")
SHOP = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(SHORTCODE,))


class Fault(StrEnum):
    """What goes wrong at a boundary.

    The process dies before or after the effect, the call fails with or without effect, or the process stalls for so
    long that everybody else goes on without it.
    """

    BEFORE = "before"
    AFTER = "after"
    ERROR = "error"
    ANSWER_LOST = "answer_lost"
    STALL = "stall"


class Crash(BaseException):
    """The process died here."""


@dataclass(slots=True, unsafe_hash=True)  # frozen would make each call of a flow dearer
class Boundary:
    """The n-th port call of a life, made by this flow in its process. Never changed."""

    index: int
    flow: str
    name: str
    process: int = 0

    @property
    def only_reads(self) -> bool:
        """Whether nothing outside the process is changed by it."""
        return self.name.partition(".")[2].startswith(READS)


@dataclass
class World:
    """Everything outside the flows. `faults`: by the index of the call."""

    faults: Mapping[int, Fault] = field(default_factory=dict)
    settings: FlowSettings = field(
        default_factory=lambda: FlowSettings(
            policy=Policy(no_answer_pauses_ms=(), equal_amount_pause_ms=0),
            callback_base_url="https://pay.example",
            due_shards=2,
        )
    )
    now: int = START_MS
    boundaries: list[Boundary] = field(default_factory=list)
    faults_hit: list[Boundary] = field(default_factory=list)
    reports: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    retry_queue: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    events: list[Mapping[str, Any]] = field(default_factory=list)
    lost_deliveries: int = 0
    pulls: bool = False
    """Whether the schedule asks for M-Pesa's list: for lives with a shortcode that is registered for it."""

    time_left_ms: int = 50_000
    """Of each invocation."""

    failures_told: set[str] = field(default_factory=set)
    crashes: int = 0

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.settings.due_shards)
        self.feed = MemoryFeed()
        self.links, self.counts = MemoryLinks(), MemoryCounts()
        self.api_keys = MemoryApiKeys(self.store.keys)
        self.key_uses = MemoryKeyUses()
        self.staff, self.identity = MemoryStaff(self.store.settings), MemoryIdentity()
        self.balances, self.initiator = self.store.balances, MemoryInitiator(SHORTCODE.number)
        self.transactions, self.initiator.circuits = self.store.transactions, self.store.circuits
        self.store.circuits[SHORTCODE.number] = Circuit(shortcode=SHORTCODE.number, owners=(SHOP.owner,), set_at_ms=1)
        self.qr = ScriptedQr()
        self.organisation = Organisation(self._schedule_delivery, lambda: self.now)
        self.payouts = Payouts(self._schedule_delivery, lambda: self.now, self.organisation)
        self.webhooks = MemoryWebhooks(lambda: self.now, self.settings.due_shards)
        self.names, self.sender = MemoryNames(), MemorySender()
        self.safaricom = Safaricom(lambda: self.now, self._schedule_delivery)
        self.safaricom.c2b_path = f"/in/c2b/174379/{security.c2b_tag(KEYS.c2b_tags[0], '174379')}/confirmation"
        self.env = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM, "CONFIRM": "unknown_source"})
        self.ssm_token: StoredToken | None = None
        self.memory_token: StoredToken | None = None
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self.days = MemoryDays()
        self.repairs, self.orphans = MemoryRepairs(self.store), MemoryOrphans(self.store)
        self.received = MemoryReceived(self.store)
        self.registrations, self.registrar = MemoryRegistrations(), ScriptedRegistrar()
        self.books = MemoryBooks(self.store)
        self.statements, self.statement_files = MemoryStatements(), MemoryStatementFiles()
        self.reconciliations = MemoryReconciliations()
        self.stream = TableStream(self.store, self.reconciliations.days)
        self._flow = ""
        self._process = self._processes = 0
        self._drawn = 0
        self.store.settings[SHOP.owner] = SHOP

    # --- running flows ----------------------------------------------------------------------------------------

    def run(self, name: str, flow: Flow[T]) -> T:
        """Run a flow in a process of its own; a crash ends it, and is raised as Crash."""
        self._flow = name
        self._processes += 1
        self._process = self._processes
        self.memory_token = None
        return run(flow, self)

    def attempt(self, name: str, flow: Flow[T]) -> T | None:
        """Run a flow; None when its process died or its ports were away."""
        try:
            return self.run(name, flow)
        except Crash:
            self.crashes += 1
        except (StoreUnavailable, QueueUnavailable, SecretsUnavailable, BusUnavailable, FilesUnavailable):
            pass
        return None

    def perform(self, call: Call, /) -> Any:
        """Carry out one call, with the fault that is planned for it."""
        if call.port == "Ambient" or call.method in IN_MEMORY:
            return getattr(self, f"ambient_{call.method}")(*call.args)
        boundary = Boundary(len(self.boundaries), self._flow, call.boundary, self._process)
        self.boundaries.append(boundary)
        fault = self.faults.get(boundary.index)
        if fault is not None:
            self.faults_hit.append(boundary)
        if fault is Fault.BEFORE:
            raise Crash
        if fault is Fault.ERROR:
            raise error_of(call)
        if fault is Fault.STALL:
            self._stall()
        answer = self._carried_out(call)
        if fault is Fault.AFTER:
            raise Crash
        if fault is Fault.ANSWER_LOST:
            raise error_of(call)
        return answer

    def _stall(self) -> None:
        """The process stands still while the world goes on."""
        process = self._flow, self._process, self.memory_token
        self.pass_time(STALL_MS)
        self._flow, self._process, self.memory_token = process

    # --- ports ------------------------------------------------------------------------------------------------

    def _carried_out(self, call: Call) -> Any:
        """By the port's own method below, else by what stands behind the port."""
        own = OWN_METHODS.get(call.port)
        if own is not None:
            return getattr(self, own)(call)
        return getattr(getattr(self, BEHIND[call.port]), call.method)(*call.args)

    def port_store(self, call: Call) -> Any:
        """The table."""
        answer = getattr(self.store, call.method)(*call.args)
        if not call.method.startswith(READS):
            self.stream.look()
        return answer

    def port_queues(self, call: Call) -> None:
        """The queues."""
        if call.method == "send_retry":
            self.retry_queue.append(call.args[0])
        else:
            self.checks.append(call.args[0])

    def port_pull(self, call: Call) -> Any:
        """M-Pesa's list of payments."""
        return self.safaricom.rows(*call.args)

    def port_bus(self, call: Call) -> None:
        """The event bus."""
        self.events += call.args[0]

    def port_outgoings(self, call: Call) -> Any:
        """Payouts and their limits: items of the same table."""
        answer = getattr(self.store.money_out, call.method)(*call.args)
        if not call.method.startswith(READS):
            self.stream.look()
        return answer

    def port_publicaddress(self, call: Call) -> Any:
        """Our own callback API, called from outside while the caller waits."""
        process = self._flow, self._process, self.memory_token
        answer = answered_by_ourselves(self, *call.args)
        self._flow, self._process, self.memory_token = process
        return answer

    def port_sender(self, call: Call) -> Any:
        """A shop's server is called, and takes its time."""
        posted = getattr(self.sender, call.method)(*call.args)
        self.now += posted.ms
        return posted

    def port_secrets(self, call: Call) -> Any:
        """SSM, and what the process remembers."""
        if call.method == "read_keys":
            return KEYS
        if call.method == "read_credentials":
            return Credentials("key", "secret", {"174379": "passkey"})
        if call.method == "read_token":
            return self.ssm_token
        self.ssm_token = call.args[0]
        return None

    def ambient_remembered_token(self) -> StoredToken | None:
        """What this process remembers."""
        return self.memory_token

    def ambient_remember_token(self, token: StoredToken | None) -> None:
        """Remember, or forget."""
        self.memory_token = token

    def ambient_now_ms(self) -> int:
        """Now."""
        return self.now

    def ambient_outside_ms(self) -> int:
        """The clocks of others go right as well."""
        return self.now

    def ambient_draw(self, size: int) -> bytes:
        """Chance, the same in every run."""
        self._drawn += 1
        return hashlib.sha256(str(self._drawn).encode()).digest()[:size]

    def ambient_pause(self, milliseconds: int) -> None:
        """Waiting takes time."""
        self.now += milliseconds

    def ambient_time_left_ms(self) -> int:
        """Plenty, unless a life says otherwise."""
        return self.time_left_ms

    def ambient_report(self, name: str, fields: Mapping[str, Any]) -> None:
        """Keep what was reported."""
        self.reports.append((name, fields))

    # --- time and deliveries ----------------------------------------------------------------------------------

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Do something at a time."""
        self._agenda.append((at_ms, len(self._agenda), act))

    def _schedule_delivery(self, at_ms: int, path: str, body: bytes, source: str) -> None:
        self.at(at_ms, lambda: self.deliver(path, body, source))

    def deliver(self, path: str, body: bytes, source: str) -> Any:
        """A callback arrives. Safaricom does not repeat one that was not taken."""
        parts = path.strip("/").split("/")
        if parts[1] == "stk":
            self._note_failure(body)
            delivery = Delivery(
                kind="stk", target=parts[2], number=int(parts[3]), tag=parts[4],
                source_address=source, body=body, learned_at_ms=self.now,
            )  # fmt: skip
            taken = self.attempt("callback", take_stk_callback(delivery, self.env, self.settings))
        elif parts[1] in ("result", "timeout"):
            delivery = Delivery(
                kind=parts[1], target="/".join(parts[2:6]), number=0, tag=parts[6],
                source_address=source, body=body, learned_at_ms=self.now,
            )  # fmt: skip
            taken = self.attempt("result", take_result(delivery, self.env, self.settings))
        else:
            delivery = Delivery(
                kind="c2b_confirmation", target=parts[2], number=0, tag=parts[3],
                source_address=source, body=body, learned_at_ms=self.now,
            )  # fmt: skip
            taken = self.attempt("c2b", take_c2b_confirmation(delivery, self.env, self.settings))
        self.lost_deliveries += taken is None
        return taken

    def _note_failure(self, body: bytes) -> None:
        try:
            said = json.loads(body)["Body"]["stkCallback"]
        except ValueError:
            return
        if str(said["ResultCode"]) != "0":
            self.failures_told.add(said["CheckoutRequestID"])

    def pass_time(self, milliseconds: int, *, sweeps: bool = True) -> None:
        """Let the world go on: deliveries at their time, the stream and the queues all along, a sweep each minute."""
        end = self.now + milliseconds
        while True:
            upcoming = min((at for at, _, _ in self._agenda), default=end + 1)
            moment = min(upcoming, self._next_minute() if sweeps else end + 1, end)
            self.now = max(self.now, moment)
            self._do_agenda()
            if sweeps and self.now % 60_000 == 0 and self._worth_a_sweep():
                self.attempt("sweep", sweep(self.settings))
            if sweeps and self.pulls and self.now % PULL_TICK_MS == 0:
                self.attempt("pull", pull_due(self.settings))
            self.settle()
            if self.now >= end:
                return

    def settle(self) -> None:
        """Empty the stream and the queues, as far as they can be emptied now."""
        for _ in range(6):
            self._publish()
            messages, self.retry_queue = self.retry_queue, []
            for message in messages:
                if self.attempt("drain", _true(drain(message, self.env, self.settings))) is None:
                    self.retry_queue.append(message)
            checks, self.checks = self.checks, []
            for payment_id in checks:
                self.attempt("check", check_payment(payment_id, self.settings, asked_for=True))
            if not hand_out(self) and not messages and not checks:
                return

    def calm(self, hours: int = 3) -> None:
        """No more faults: time passes until everything has come to rest."""
        self.faults = {}
        self.pass_time(hours * 3_600_000)

    def _next_minute(self) -> int:
        """The next minute in which something may happen: while anything waits to be taken, the very next one."""
        minute = (self.now // 60_000 + 1) * 60_000
        told = self.stream.telling or not self.stream.waiting
        if self.retry_queue or self.checks or self.webhooks.queue or self.webhooks.later or not told:
            return minute
        tick_ms = PULL_TICK_MS if self.pulls else IDLE_SWEEP_MS
        tick = (self.now // tick_ms + 1) * tick_ms
        due_ms = min(self._due_times(), default=tick)
        return min(tick, max(minute, -(-due_ms // 60_000) * 60_000))

    def _worth_a_sweep(self) -> bool:
        """An empty sweep changes nothing; now and then one runs all the same."""
        return self.now % IDLE_SWEEP_MS == 0 or any(at <= self.now for at in self._due_times())

    def _due_times(self) -> list[int]:
        """When what is due comes due."""
        due = [record.due_at_ms for record in self.store.payments.values()]
        due += [record.due_at_ms for record in self.store.receipts.values()]
        due += [orphan.due_at_ms for orphan in self.store.orphans.values()]
        due += [delivery.due_at_ms for delivery in self.webhooks.deliveries.values()]
        due += [record.due_at_ms for record in self.store.money_out.outgoings.values()]
        due += [file.due_at_ms for file in self.store.money_out.files.values()]
        due += [balance.due_at_ms for balance in self.balances.all.values()]
        return [at for at in due if at is not None]

    def _do_agenda(self) -> None:
        due = sorted((entry for entry in self._agenda if entry[0] <= self.now), key=lambda entry: entry[:2])
        self._agenda = [entry for entry in self._agenda if entry[0] > self.now]
        for _, _, act in due:
            act()

    def _publish(self) -> None:
        """What changed since the last time, as the stream tells it: again and again until it was taken."""
        self.stream.look()
        while (batch := self.stream.batch()) and not self.stream.telling:
            self.stream.telling = True
            again = self.attempt("publish", publish_batch(batch, SHARD, described))
            self.stream.telling = False
            if again is None or again == batch[0].sequence:
                return
            self.stream.told(batch, again)

    # --- what the judge may see -------------------------------------------------------------------------------

    def payments(self) -> list[dict[str, Any]]:
        """Each payment as the API would show it, in plain values."""
        return [shown_payment(record) for record in self.store.payments.values()]

    def failure_told(self, push: Push) -> bool:
        """Whether a callback of this prompt said that it failed."""
        return push.checkout_request_id in self.failures_told

    def claims(self) -> dict[str, str]:
        """Which payment owns which receipt."""
        return {record.receipt: record.owner for record in self.store.receipts.values() if record.owner}

    def unmatched(self) -> set[str]:
        """Receipts that lie on the operator's list."""
        return {record.receipt for record in self.store.receipts.values() if record.owner is None}

    def set_apart(self) -> int:
        """Deliveries that were kept without a payment, and have found none since."""
        return sum(orphan.matched_at_ms is None for orphan in self.store.orphans.values())


OWN_METHODS = {port: own for port in OF_PORTS if hasattr(World, own := f"port_{port.lower()}")}
"""By which method of its own the world carries out a port's calls, where it has one."""


def asked(key: str, amount: int = 100, *, reference: str = "", hours: int = 24) -> Asked:
    """A request as the API hands it to the flow."""
    payment_id = security.payment_id(KEYS.id, "shop", "api", key)
    return Asked(
        id=payment_id,
        owner="shop",
        livemode=False,
        shortcode="174379",
        shortcode_kind="paybill",
        shop_name="Corner Shop",
        amount_kes=amount,
        account_reference=reference or payment_id[4:12].upper(),
        description="Payment",
        created_at_ms=START_MS,
        expires_at_ms=START_MS + hours * 3_600_000,
        fingerprint=f"1:{key}:{amount}",
        created_by="key_test",
    )


def _true(flow: Flow[Any]) -> Flow[bool]:
    yield from flow
    return True
