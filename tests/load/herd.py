"""A thousand cold processes want a token at the moment when it has run out, and one of them may die over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daraja.errors import NotSent
from gateway.flows.settings import FlowSettings
from gateway.flows.token import LEASE_MS, REFRESH_EARLY_MS, access_token, keep_token_fresh
from gateway.ports import Call, Flow, FreshToken, StoredToken, TokenLease
from tests.load.virtual import HOUR_MS, MINUTE_MS, START_MS, LoadWorld
from tests.memory_store import MemoryStore
from tests.simulation.processes import Crash, Process, Silence

OAUTH_MS = 700
CALLER_TIMEOUT_MS, SWEEP_TIMEOUT_MS = 28_000, 55_000
SPREAD_MS = 400
"""All callers come within this time."""

TOKEN_S = 3_599


class TokenWorld(LoadWorld):
    """Safaricom gives tokens. dies: so many holders of the lease die while Safaricom answers them."""

    def __init__(self, dies: int = 0, seed: int = 1) -> None:
        super().__init__(seed, MemoryStore(), FlowSettings())
        self.oauth_calls = 0
        self.dies = dies

    def port_daraja(self, _: Process, call: Call) -> Any:
        """OAuth, and nothing else."""
        self.oauth_calls += 1
        if self.dies >= self.oauth_calls:
            raise Crash
        raise Silence(OAUTH_MS, FreshToken(f"token-{self.oauth_calls}", TOKEN_S))

    def had_token(self, until_ms: int) -> None:
        """A token of generation 1, good until then."""
        self.ssm_token = StoredToken("token-0", 1, until_ms - TOKEN_S * 1_000, until_ms)
        self.store.token_lease = TokenLease(holder="before", until_ms=START_MS - HOUR_MS, generation=1)

    def refresh_early(self) -> None:
        """As each sweep does."""
        self.run("sweep", keep_token_fresh(), timeout_ms=SWEEP_TIMEOUT_MS)

    def callers(self, count: int) -> list[Process]:
        """Cold processes, all within a moment."""
        made: list[Process] = []

        def begins() -> None:
            made.append(self.run("caller", _wants_token(), timeout_ms=CALLER_TIMEOUT_MS))

        for _ in range(count):
            self.agenda.at(self.agenda.now + self.chance.randrange(SPREAD_MS), begins)
        return made


@dataclass(frozen=True, slots=True)
class Herd:
    """What came of the callers. served: got a token. not_sent: were told that nothing was sent, and may try again."""

    oauth_calls: int
    served: int
    not_sent: int
    parameter_reads: int


def expiry(callers: int) -> Herd:
    """The token has run out, nobody had fetched another ahead of time, and all come at once."""
    world = TokenWorld()
    world.had_token(START_MS - MINUTE_MS)
    return _outcome(world, world.callers(callers), MINUTE_MS)


def expiry_with_a_death(callers: int) -> tuple[Herd, Herd]:
    """The same, and the one that fetches dies over it: those who came with it, and those who come after its lease."""
    world = TokenWorld(dies=1)
    world.had_token(START_MS - MINUTE_MS)
    at_once = _outcome(world, world.callers(callers), LEASE_MS)
    return at_once, _outcome(world, world.callers(callers), MINUTE_MS)


def early_refresh_with_a_death(callers: int) -> Herd:
    """Ordinary life: the sweep fetches the next token five minutes early, and dies over it."""
    world = TokenWorld(dies=1)
    world.had_token(START_MS + REFRESH_EARLY_MS - 1)
    for minute in range(4):
        world.agenda.at(START_MS + minute * MINUTE_MS, world.refresh_early)
    return _outcome(world, world.callers(callers), 4 * MINUTE_MS)


def _wants_token() -> Flow[bool]:
    try:
        yield from access_token()
    except NotSent:
        return False
    return True


def _outcome(world: TokenWorld, callers: list[Process], within_ms: int) -> Herd:
    world.pass_time(within_ms)
    served = sum(one.value is True for one in callers)
    reads = world.calls["caller", "Secrets.read_token"]
    return Herd(world.oauth_calls, served, sum(one.value is False for one in callers), reads)
