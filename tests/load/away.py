"""Safaricom is away for two hours while thousands of prompts wait for news, and then takes five questions a minute."""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from benchmarks.sweep_cost import IndexedStore
from daraja.errors import NotSent, NotSentReason, TokenRejected
from gateway.aws import items
from gateway.domain.payment import Asks, PaymentRecord
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import sweep
from gateway.ports import Call, FreshToken, Indexed, QueryReply
from tests.gateway_samples import accepted, begun, payment_id, record
from tests.load.virtual import HOUR_MS, MINUTE_MS, START_MS, LoadWorld
from tests.simulation.processes import Environment, Process, Silence

QUERIES_PER_MINUTE = 5
SWEEP_TIMEOUT_MS = 55_000
"""As in the template."""

TOKEN_S = 3_599
CONNECT_TIMEOUT_MS = 3_000
ANSWER_MS = 400
BEFORE_MS = 20 * MINUTE_MS
"""So long before the outage the first of the waiting prompts went out."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that a sweep decided to ask. rank: 0 is who waits longest of all that are due, 1 the newest payer."""

    at_ms: int
    payment_id: str
    rank: float


class WatchedStore(IndexedStore):
    """Notes of each question how long its payer waits, compared with all that are due. Ids are in order of time."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = START_MS
        self.asks: list[Ask] = []

    def lease_payment(self, record: PaymentRecord, due_at_ms: int, asks: Mapping[int, Asks], /) -> bool:
        key = items.PAYMENT + record.id
        due = [one for shard in self.indexed.entries for _, one in shard[: bisect.bisect(shard, (self.now_ms, "~"))]]
        leased = super().lease_payment(record, due_at_ms, asks)
        if leased and dict(record.asks) != dict(asks):
            older = sum(one < key for one in due)
            self.asks.append(Ask(self.now_ms, record.id, older / max(1, len(due) - 1)))
        return leased


class AwayWorld(LoadWorld):
    """Sweeps, one each minute, and a Safaricom that is away from `away_ms[0]` to `away_ms[1]`. Everybody has paid."""

    store: WatchedStore

    def __init__(self, away_ms: tuple[int, int], seed: int = 1) -> None:
        settings = FlowSettings(query_apart_ms=MINUTE_MS // QUERIES_PER_MINUTE)
        super().__init__(seed, WatchedStore(), settings)
        self.away_ms = away_ms
        self.oauth_calls = self.queries = self.too_many = 0
        self._answered: deque[int] = deque()
        self._warm = Environment()
        self._token = ""

    def waits(self, number: int, at_ms: int) -> None:
        """A prompt that went out at a time and whose callback is lost."""
        times: dict[str, Any] = {"said_at_ms": at_ms, "learned_at_ms": at_ms}
        facts = [
            replace(begun(), **times, send_before_ms=at_ms + 8_000),
            replace(accepted(), **times, checkout_request_id=f"ws_CO_{number:08d}"),
        ]
        waiting = record(number, facts, created_at_ms=at_ms, expires_at_ms=at_ms + 24 * HOUR_MS)
        self.store.create_payment(waiting, Indexed(due_at_ms=at_ms + 25_000))

    def sweep_each_minute(self, until_ms: int) -> None:
        """As the schedule does."""
        for at_ms in range(START_MS, until_ms, MINUTE_MS):
            self.agenda.at(at_ms, self._sweep)

    def _sweep(self) -> None:
        self.run("sweep", sweep(self.settings), timeout_ms=SWEEP_TIMEOUT_MS, memory=self._warm)

    def port_store(self, process: Process, call: Call) -> Any:
        """The table."""
        self.store.now_ms = self.agenda.now
        return super().port_store(process, call)

    def port_daraja(self, _: Process, call: Call) -> Any:
        """Safaricom."""
        if self.away_ms[0] <= self.agenda.now < self.away_ms[1]:
            self._count(call)
            raise Silence(CONNECT_TIMEOUT_MS, error=NotSent(NotSentReason.CONNECT_TIMEOUT, retryable=True))
        self._count(call)
        if call.method == "fetch_token":
            self._token = f"token-{self.oauth_calls}"
            raise Silence(ANSWER_MS, FreshToken(self._token, TOKEN_S))
        if call.args[0] != self._token:
            raise Silence(ANSWER_MS, error=TokenRejected())
        raise Silence(ANSWER_MS, **self._query())

    def _count(self, call: Call) -> None:
        self.oauth_calls += call.method == "fetch_token"
        self.queries += call.method == "query"

    def _query(self) -> dict[str, Any]:
        """An answer, or 429 when more than five were asked within a minute."""
        now_ms = self.agenda.now
        while self._answered and self._answered[0] <= now_ms - MINUTE_MS:
            self._answered.popleft()
        if len(self._answered) >= QUERIES_PER_MINUTE:
            self.too_many += 1
            return {"error": NotSent(NotSentReason.RATE_LIMITED, retryable=True)}
        self._answered.append(now_ms)
        return {"answer": QueryReply("answered", "0", "")}


@dataclass
class Outage:
    """What came of it. late: payers who came after the outage, and how long until each was first asked about (ms)."""

    world: AwayWorld
    asks_after: list[Ask] = field(default_factory=list)
    late: dict[str, int] = field(default_factory=dict)

    @property
    def oldest_share(self) -> float:
        """Of the questions after the outage, how many went to the half that waits longest."""
        return sum(ask.rank < 0.5 for ask in self.asks_after) / len(self.asks_after)

    @property
    def daraja_calls(self) -> int:
        """All calls to Safaricom."""
        return self.world.queries + self.world.oauth_calls


def outage(waiting: int, away_h: float, after_h: float, late_every_ms: int = 10 * MINUTE_MS) -> Outage:
    """So many prompts without callback, Safaricom away for so long (0: never), then so many hours of five a minute.

    After the outage a payer comes every ten minutes whose callback is lost as well.
    """
    begins_ms = START_MS + BEFORE_MS
    ends_ms = begins_ms + int(away_h * HOUR_MS)
    world = AwayWorld((begins_ms, ends_ms))
    for number in range(waiting):
        world.waits(number, START_MS + BEFORE_MS * number // waiting - 60_000)
    over_ms = ends_ms + int(after_h * HOUR_MS)
    came = {}
    for number, at_ms in enumerate(range(ends_ms, over_ms - HOUR_MS // 2, late_every_ms), waiting):
        came[payment_id(number)] = at_ms
        world.agenda.at(at_ms, partial(world.waits, number, at_ms))
    world.sweep_each_minute(over_ms)
    world.pass_time(over_ms - START_MS)
    asks_after = [ask for ask in world.store.asks if ask.at_ms >= ends_ms]
    first_asked = {ask.payment_id: ask.at_ms for ask in reversed(asks_after) if ask.payment_id in came}
    late = {name: first_asked.get(name, over_ms) - at_ms for name, at_ms in came.items()}
    return Outage(world, asks_after, late)
