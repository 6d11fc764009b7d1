"""A storm over payouts: shops, persons, sweeps and M-Pesa at once, in one thread, with crashes and lost answers.

Each process is a flow; chance says who makes the next call to a port, how long it takes, and whether it fails, dies
before or after its effect, or its answer is lost. M-Pesa answers in every way that it is known for. Then the faults
stop and some days pass, and M-Pesa's own books are held against what the gateway says (`judge_money_out.py`).

`python -m tests.simulation.swarm_money_out` plays many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from random import Random
from typing import Any

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.policy import LAPSES_AFTER_MS, OutPolicy
from gateway.flows.drain import drain
from gateway.flows.messages import Delivery
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.money_out.decide import Approver, DecisionRefused, approve, reject
from gateway.flows.money_out.keep import KeptOutgoing
from gateway.flows.sweep import check_payment, sweep
from gateway.flows.take_result import take_result
from gateway.ports import Call, Flow, PortError
from tests.simulation.lives_money_out import BRENDA, broken_at_rest, broken_now, shown, wanted
from tests.simulation.organisation import Story
from tests.simulation.payouts import PayoutStory, result_body
from tests.simulation.port_errors import error_of, program_error
from tests.simulation.safaricom import FROM_ELSEWHERE
from tests.simulation.world import START_MS, World

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PAYOUTS = 12
STORM_MS = 3 * HOUR_MS
CALM_MS = 50 * HOUR_MS
LAPSES_IN = 4
"""One storm in so many is looked at until what nobody approved has lapsed; the others while it still waits."""

PHONES = ("254722000111", "254722000112", "254722000113")
DAY_KES = 2_000
SLOW_MS = 30_000
"""As long as a call may hang in the storm."""


@dataclass
class Process:
    """A flow on its way. answer, error: of its last call."""

    name: str
    flow: Flow[Any]
    answer: Any = None
    error: BaseException | None = None


@dataclass
class MoneyOutStorm:
    """One seed. rate: share of calls to ports that suffer a fault while the storm blows."""

    seed: int
    broken: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.world = World()
        self.world.settings = replace(
            self.world.settings,
            out=OutPolicy(day_kes=DAY_KES, recipient_kes=1_500, approve_above_kes=self.chance.choice((0, 200))),
        )
        self.world.payouts.deliver = self._deliver_later
        self.world.organisation.deliver = self._deliver_later
        self.world.payouts.at_once = self._deliver_now
        self.rate = self.chance.choice((0.0, 0.01, 0.05, 0.15))
        self.blows = True
        self.ids: list[str] = []
        self._serial = 0
        self._planned: list[tuple[int, float, int, Callable[[], None]]] = []

    # --- time and processes -----------------------------------------------------------------------------------

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        """Plan an act; of two at one moment chance says which is first."""
        self._serial += 1
        heappush(self._planned, (at_ms, self.chance.random(), self._serial, act))

    def spawn(self, name: str, flow: Flow[Any]) -> None:
        """A process begins."""
        self._go_on(Process(name, flow))

    def _go_on(self, process: Process) -> None:
        """Up to its next call, which is carried out at once, and answered after a while."""
        try:
            if process.error is not None:
                asked = process.flow.throw(process.error)
            else:
                asked = process.flow.send(process.answer)
        except StopIteration:
            return
        except PortError:
            self.met["ended: port away"] += 1
            return
        except Exception as error:  # noqa: BLE001  what no caller expects is a broken law
            self.broken.append(f"P {process.name}: {type(error).__name__} {error}")
            return
        self._carry_out(process, asked)

    def _carry_out(self, process: Process, asked: Call) -> None:
        """Answer it after a while; some processes die here."""
        process.answer, process.error = None, None
        after_ms = self.chance.choice((1, 2, 5, 20))
        if asked.port == "Ambient":
            after_ms = asked.args[0] if asked.method == "pause" else 0
            process.answer = None if asked.method == "pause" else self.world.perform(asked)
        elif not self._suffers(process, asked):
            return
        if self.blows and asked.port != "Ambient" and self.chance.random() < self.rate / 2:
            after_ms += self.chance.randrange(SLOW_MS)
            self.met["slow"] += 1
        if after_ms == 0:
            self._go_on(process)
        else:
            self.at(self.world.now + after_ms, lambda: self._go_on(process))

    def _suffers(self, process: Process, asked: Call) -> bool:
        """Carry out the call with whatever goes wrong. False: the process is dead."""
        wrong = self.chance.choice(("before", "after", "error", "lost")) if self._hit() else ""
        self.met[f"fault {wrong} {asked.boundary}" if wrong else "fine"] += 1
        if wrong == "before":
            return False
        if wrong == "error":
            process.error = error_of(asked)
            return True
        try:
            process.answer = self.world.perform(asked)
        except Exception as error:  # noqa: BLE001  the flow decides what each error means
            process.error = error
        if wrong == "lost":
            process.answer, process.error = None, error_of(asked)
        return wrong != "after"

    def _hit(self) -> bool:
        return self.blows and self.chance.random() < self.rate

    def _run_until(self, end_ms: int) -> None:
        while self._planned and self._planned[0][0] <= end_ms:
            at_ms, _, _, act = heappop(self._planned)
            self.world.now = max(self.world.now, at_ms)
            act()
            self._queues()
        self.world.now = max(self.world.now, end_ms)

    def _queues(self) -> None:
        """What was queued is handled by processes of its own; a message whose process ended badly comes again."""
        world = self.world
        messages, world.retry_queue = world.retry_queue, []
        for message in messages:
            self.at(world.now + 500, lambda text=message: self._drain(text))  # type: ignore[misc]  # a default binds it
        checks, world.checks = world.checks, []
        for out_id in dict.fromkeys(checks):
            self.spawn("check", check_payment(out_id, world.settings))

    def _drain(self, message: str) -> None:
        self.spawn("drain", self._again_unless_done(message))

    def _again_unless_done(self, message: str) -> Flow[None]:
        """SQS brings a message again until its process ends well; also one that died, which chance has here end so."""
        done = False
        try:
            yield from drain(message, self.world.env, self.world.settings)
            done = True
        finally:
            if not done:
                self.at(self.world.now + MINUTE_MS, lambda: self._drain(message))

    # --- deliveries -------------------------------------------------------------------------------------------

    def _deliver_later(self, at_ms: int, path: str, body: bytes, source: str) -> None:
        self.at(at_ms, lambda: self._deliver_now(path, body, source))

    def _deliver_now(self, path: str, body: bytes, source: str) -> None:
        parts = path.strip("/").split("/")
        delivery = Delivery(
            kind=parts[1],
            target="/".join(parts[2:6]),
            number=0,
            tag=parts[6],
            source_address=source,
            body=body,
            learned_at_ms=self.world.now,
        )
        self.spawn("result", take_result(delivery, self.world.env, self.world.settings))

    # --- who acts ---------------------------------------------------------------------------------------------

    def play(self) -> list[str]:
        """The storm, the calm, and every law that broke."""
        for number in range(PAYOUTS):
            self.at(START_MS + self.chance.randrange(STORM_MS // 2), lambda key=f"p-{number}": self._shop(key))  # type: ignore[misc]  # as above
        for _ in range(PAYOUTS):
            self.at(START_MS + self.chance.randrange(STORM_MS), self._forger)
        self._minutes(START_MS, START_MS + STORM_MS)
        self._run_until(START_MS + STORM_MS)
        self.broken += broken_now(self.world)
        self.calm()
        self.broken += [*broken_now(self.world), *broken_at_rest(self.world)]
        self.broken += [f"P {name}: {error}" for name, fields in self.world.reports if (error := program_error(fields))]
        return self.broken

    def calm(self) -> None:
        """No more faults. What was under way may still tell of a wrong password: each hour a person mends that."""
        self.blows = False
        start_ms, end_ms = self.world.now, self.world.now + CALM_MS
        self.world.initiator.circuits.clear()
        for at_ms in range(start_ms + HOUR_MS, end_ms, HOUR_MS):
            self.at(at_ms, self.world.initiator.circuits.clear)
        self._minutes(start_ms, end_ms, step_ms=5 * MINUTE_MS)
        self._run_until(end_ms)
        if self.seed % LAPSES_IN == 0:
            self._minutes(end_ms, end_ms + LAPSES_AFTER_MS, step_ms=HOUR_MS)
            self._run_until(end_ms + LAPSES_AFTER_MS)

    def _minutes(self, start_ms: int, end_ms: int, step_ms: int = MINUTE_MS) -> None:
        for at_ms in range(start_ms, end_ms, step_ms):
            self.at(at_ms, self._sweep)

    def _sweep(self) -> None:
        """In the calm an empty sweep changes nothing: one runs each half hour all the same."""
        if self.blows or self.world.now % (HOUR_MS // 2) == 0 or self._anything_is_due():
            self.spawn("sweep", sweep(self.world.settings))

    def _anything_is_due(self) -> bool:
        newest_first = True
        shards = range(self.world.settings.due_shards)
        return any(self.world.store.due_items(shard, self.world.now, 1, newest_first) for shard in shards)

    def _shop(self, key: str) -> None:
        """Asks, and asks again with the same key; then persons look at it, perhaps two at once."""
        chance = self.chance
        asked = wanted(self.world, key, 50 * chance.randrange(1, 10), phone=chance.choice(PHONES))
        asked = replace(asked, maker=chance.choice(("", "", BRENDA, "google|otieno")))
        self.ids.append(asked.id)
        self.world.payouts.stories.append(self._story())
        self.world.organisation.stories.append(
            chance.choice((Story(), Story(times=2), Story(times=0), Story(code="17")))
        )
        for again in range(chance.randrange(1, 4)):
            self.at(
                self.world.now + again * chance.randrange(5_000),
                lambda: self.spawn("begin", begin_payout(asked, self.world.settings)),
            )
        for _ in range(chance.randrange(1, 5)):
            decide = reject if chance.random() < 0.1 else approve
            later_ms = chance.choice((2_000, 10_000, 10_000, 90_000, HOUR_MS))
            self.at(self.world.now + later_ms, lambda d=decide: self._person(asked.id, d))  # type: ignore[misc]  # as above

    def _person(self, out_id: str, decide: Callable[..., Flow[KeptOutgoing]]) -> None:
        record = self.world.store.money_out.outgoings.get(out_id)
        if record is not None:
            state = outgoing_state(record)
            subject = self.chance.choice((BRENDA, BRENDA, "google|otieno"))
            person = Approver(subject, subject, self.world.now)
            terms = state.terms or state.approved_terms or self.chance.choice(("", "0" * 16))
            self.spawn("decide", _decided(decide(out_id, "shop", person, terms, "", self.world.settings)))

    def _forger(self) -> None:
        """Somebody who has seen an address says from elsewhere that a transfer went."""
        if self.world.payouts.handed_over:
            transfer = self.chance.choice(self.world.payouts.handed_over)
            own_id = transfer.originator_conversation_id
            body = result_body("0", own_id, "AG_FORGED", "UKPFORGED1", transfer, self.world.now)
            self._deliver_now("/in/" + transfer.result_url.split("/in/")[1], body, FROM_ELSEWHERE)

    def _story(self) -> PayoutStory:
        """How M-Pesa answers the next transfer."""
        chance = self.chance
        errors = (
            NotSent(NotSentReason.UNREACHABLE, retryable=True),
            NotSent(NotSentReason.RATE_LIMITED, retryable=False),
            MaybeSent(MaybeSentReason.CONNECTION_CUT),
            Refused("400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD),
        )
        return PayoutStory(
            code=chance.choice(
                ("0", "0", "0", "0", "1", "2040", "17", "4711", "2001" if chance.random() < 0.2 else "0")
            ),
            after_ms=chance.choice((500, 2_000, 60_000, HOUR_MS)),
            times=chance.choice((0, 1, 1, 1, 2, 3)),
            turned_away=chance.choice(errors) if chance.random() < 0.2 else None,
            answer_lost=chance.random() < 0.2,
            before_answer=chance.random() < 0.2,
            notice=chance.random() < 0.2,
            source=FROM_ELSEWHERE if chance.random() < 0.1 else PayoutStory().source,
        )


def _decided(flow: Flow[KeptOutgoing]) -> Flow[None]:
    try:
        yield from flow
    except DecisionRefused:
        return


def played(seed: int) -> tuple[list[str], Counter[str]]:
    """The laws that broke in this storm, and what it met: faults, and how the payouts stand."""
    storm = MoneyOutStorm(seed)
    broken = storm.play()
    statuses = Counter(shown(record)["status"] for record in storm.world.store.money_out.outgoings.values())
    return broken, storm.met + Counter({f"stands {name}": count for name, count in statuses.items()})
