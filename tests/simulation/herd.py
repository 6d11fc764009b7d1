"""A thousand processes find the access token dead at once; how often Safaricom is then asked for a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from gateway.flows.start_payment import start_payment
from gateway.ports import StoredToken, TokenLease
from tests.simulation.case import Case
from tests.simulation.processes import End, Environment, Process
from tests.simulation.storm import Storm
from tests.simulation.world import SHORTCODE, asked

CALLERS = 1_000
APART_MS = 200
HOUR_MS = 3_600_000


class Herd(NamedTuple):
    """seconds: until the last one was answered. Who did not prompt was told that nothing was sent."""

    oauth_calls: int
    prompts: int
    seconds: float


def callers_at_a_dead_token(callers: int = CALLERS, seed: int = 1) -> Herd:
    """Each begins a payment within a fifth of a second, and none fails.

    Half of the processes remember the token that another system has just killed, the others are cold and find it in
    SSM.
    """
    storm = Storm(Case(seed, lines=()))
    storm.weather.calm()
    dead = StoredToken("killed", 1, storm.agenda.now - HOUR_MS // 2, storm.agenda.now + HOUR_MS // 2)
    storm.ssm_token = dead
    storm.table.token_lease = TokenLease(holder="before", until_ms=0, generation=1)
    began_ms = storm.agenda.now
    ended: list[int] = []
    processes = []
    for number in range(callers):
        request = replace(asked(f"herd-{number}"), created_at_ms=began_ms, expires_at_ms=began_ms + HOUR_MS)
        memory = Environment()
        memory.token = dead if number % 2 else None
        flow = start_payment(request, f"2547{40_000_000 + number}", SHORTCODE, "key", storm.settings)
        process = Process(
            storm, "start_payment", flow, memory, timeout_ms=28_000, on_end=lambda _: ended.append(storm.agenda.now)
        )
        storm.agenda.at(began_ms + storm.chance.randrange(APART_MS), process.step)
        processes.append(process)
    while storm.agenda.next(began_ms + HOUR_MS) and len(ended) < callers:
        pass
    assert all(process.end is End.DONE for process in processes), "a caller failed"
    return Herd(storm.mpesa.oauth_calls, len(storm.mpesa.pushes), (max(ended) - began_ms) / 1_000)
