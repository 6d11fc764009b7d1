"""L18: a payment costs what it costs, and faults do not make a storm of it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pytest

from daraja.errors import NotSent, NotSentReason, TokenRejected
from gateway.flows.start_payment import start_payment
from gateway.flows.sweep import check_payment
from gateway.ports import Prompt, PushAnswer, QueryReply, StoredToken, run
from tests.laws.deliveries import Process, run_together
from tests.laws.test_law_5_prompts import SETTINGS
from tests.memory_store import MemoryAmbient, MemorySecrets, MemoryStore, MemoryWorld, ScriptedDaraja
from tests.simulation.crash_matrix import begun_alike, few_alike
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import LIVES, PHONE, page_polls, shop_asks
from tests.simulation.safaricom import Payer
from tests.simulation.world import SHORTCODE, Fault, World, asked

LIFE_MS = 3 * 60_000
FAULTS = list(Fault)
TIMES_MAX = 3
CALLS = 30
"""Of a life's own."""

WRITES = {"create_payment", "save_payment", "create_receipt", "save_receipt", "save_guard", "lease_payment"}
READS = {"read_payment", "read_receipt", "read_guard", "read_token_lease", "read_settings"}


def calls(life: str, faults: dict[int, Fault]) -> tuple[World, int]:
    """What a life cost up to its rest, but for the minute sweep's look at an empty index."""
    world = World(faults=faults)
    LIVES[life](world)
    world.pass_time(LIFE_MS)
    world.calm()
    return world, sum(boundary.name != "Store.due_items" for boundary in world.boundaries)


@pytest.mark.parametrize("life", LIVES)
def test_law_18_one_fault_makes_a_life_cost_at_most_three_times_as_much(life: str) -> None:
    """A fault at each call of it, of each kind in turn; of calls that are alike, at the first and the last one.

    Calls with which several lives begin are tried in the shortest of them.
    """
    with remembered_folds():
        world, usual = calls(life, {})
        costs = {
            boundary: calls(life, {boundary.index: FAULTS[boundary.index % len(FAULTS)]})[1]
            for boundary in few_alike(world.boundaries[begun_alike()[life] :][:CALLS], 1)
        }
    dear = [(boundary, cost) for boundary, cost in costs.items() if cost > TIMES_MAX * usual]
    assert [] == dear


def test_law_18_a_paid_payment_is_five_writes_and_three_reads() -> None:
    """Payment, guard, push's answer, receipt, callback; with a token in memory."""
    world = World()
    world.safaricom.tokens = [("warm", world.now + 3_600_000)]
    warm = StoredToken("warm", 1, world.now, world.now + 3_600_000)
    world.ambient_remembered_token = lambda: warm  # type: ignore[method-assign]  # a process that is warm
    world.safaricom.payers[PHONE] = [Payer()]
    shop_asks(world, asked("order-1"))
    world.pass_time(10_000, sweeps=False)
    assert ["paid"] == [payment["status"] for payment in world.payments()]
    names = [b.name.removeprefix("Store.") for b in world.boundaries if b.flow in ("start_payment", "callback")]
    done = Counter("write" if name in WRITES else "read" if name in READS else "other" for name in names)
    assert (5, 3) >= (done["write"], done["read"])
    assert done["write"] == 5


def test_law_18_silence_is_asked_about_less_and_less_and_then_no_more() -> None:
    """Nobody ever answers: eight questions in a quarter of an hour, then one each hour for a day, then none."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="never", callbacks=())]
    shop_asks(world, asked("order-1", hours=96))
    asked_by: list[int] = []
    for hours in (1, 23, 48):
        world.pass_time(hours * 3_600_000)
        asked_by.append(world.safaricom.queries)
    first_hour, first_day, in_the_end = asked_by
    assert first_hour <= 9
    assert first_day <= 9 + 24
    assert in_the_end <= first_day + 1


def test_law_18_a_page_that_polls_every_second_asks_mpesa_every_ten_at_most() -> None:
    """Twelve polls a minute or sixty: the questions keep their distance."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="never", callbacks=())]
    shop_asks(world, asked("order-1"))
    page_polls(world, asked("order-1"), 5)
    assert world.safaricom.queries <= 7


@dataclass
class WaitsTogether(MemoryAmbient):
    """Processes wait side by side, so waiting does not add up; draws never end."""

    def pause(self, milliseconds: int, /) -> None:
        """Costs a turn."""

    def draw(self, size: int, /) -> bytes:
        self.drawn += 1
        return hashlib.sha256(str(self.drawn).encode()).digest()[:size]


class OwnMemory(MemorySecrets):
    """A process of its own: remembers its own token, and shares SSM with the others."""

    def __init__(self, ssm: MemorySecrets) -> None:
        super().__init__()
        self._ssm = ssm

    def read_token(self) -> StoredToken | None:
        return self._ssm.read_token()

    def write_token(self, token: StoredToken, /) -> None:
        self._ssm.write_token(token)


def cold_processes(count: int, daraja: ScriptedDaraja) -> list[Process]:
    """Each wants to prompt a phone of its own; table, SSM and Safaricom are shared, memory is not."""
    store, ambient, ssm = MemoryStore(), WaitsTogether(), MemorySecrets()
    processes = []
    for number in range(count):
        world = MemoryWorld(store, ambient)
        world.daraja, world.secrets = daraja, OwnMemory(ssm)
        phone = f"2547123{number:05d}"
        flow = start_payment(asked(f"order-{number}"), phone, SHORTCODE, "key_test", SETTINGS)
        processes.append(Process(world, [flow]))
    return processes


class KillsOldTokens(ScriptedDaraja):
    """Each new token ends the life of the one before."""

    def push(self, token: str, prompt: Prompt, /) -> PushAnswer:
        if token != f"token-{self.tokens}":
            raise TokenRejected
        return super().push(token, prompt)


@pytest.mark.parametrize("seed", range(3))
def test_law_18_a_hundred_cold_processes_make_one_oauth_call_and_all_prompt(seed: int) -> None:
    """All at once, whoever is overtaken, and a new token kills the old one: nobody fails, no prompt is lost."""
    daraja = KillsOldTokens()
    schedule = [index for index in range(100) for _ in range(10)]
    random.Random(seed).shuffle(schedule)
    run_together(cold_processes(100, daraja), schedule)
    assert 100 == len(daraja.pushes)
    assert 1 == daraja.tokens


def test_law_18_safaricoms_wish_for_less_slows_all_questions_down() -> None:
    """Spike arrest on every query for an hour: fewer questions than minutes, for ten waiting payments."""
    world = World()
    questions: list[int] = []

    def too_many(*_: object) -> QueryReply:
        questions.append(world.now)
        raise NotSent(NotSentReason.RATE_LIMITED, retryable=True)

    world.safaricom.query = too_many  # type: ignore[method-assign]  # this Safaricom wants less
    for number in range(10):
        phone = f"25471234500{number}"
        world.safaricom.payers[phone] = [Payer(code="never", callbacks=())]
        shop_asks(world, asked(f"order-{number}"), phone)
    world.pass_time(3_600_000)
    assert 10 <= len(questions) <= 80
    last_ten = questions[-10:]
    assert min(later - earlier for earlier, later in pairwise(last_ten)) >= 10_000


def test_law_18_a_refused_oauth_call_is_not_repeated_by_everybody() -> None:
    """The consumer secret is wrong: one call, however many processes want a token within its five seconds."""
    daraja = ScriptedDaraja()
    daraja.token_answers.extend([NotSent(NotSentReason.CREDENTIALS_REJECTED, retryable=False)] * 50)
    run_together(cold_processes(10, daraja), ())
    assert (1, []) == (daraja.tokens, daraja.pushes)


@pytest.mark.parametrize("lead", range(8))
def test_law_18_two_sweeps_that_meet_on_one_payment_ask_once(lead: int) -> None:
    """The conditional move of `due_at` is the lease: who lost it does not ask."""
    world = MemoryWorld()
    start = start_payment(asked("order-1"), PHONE, SHORTCODE, "key_test", SETTINGS)
    run(start, world)
    world.ambient.at_ms += 26_000
    checks = [Process(world, [check_payment(asked("order-1").id, SETTINGS)]) for _ in range(2)]
    run_together(checks, (*[0] * lead, *[1] * 20))
    assert 1 == len(world.daraja.queries)


def test_law_18_settled_payments_cost_the_sweep_nothing() -> None:
    """Five hundred paid payments beside one due: the sweep reads that one."""
    world = World()
    for number in range(500):
        phone = f"2547124{number:05d}"
        world.safaricom.payers[phone] = [Payer()]
        shop_asks(world, asked(f"order-{number}"), phone)
    world.pass_time(20_000, sweeps=False)
    shop_asks(world, asked("open", hours=0), phone=None)
    before = len(world.boundaries)
    world.pass_time(60_000)
    swept = Counter(boundary.name for boundary in world.boundaries[before:] if boundary.flow == "sweep")
    assert 1 == swept["Store.read_payment"]
