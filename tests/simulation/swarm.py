"""Payments in bad weather, many worlds of them: `python -m tests.simulation.swarm [--seed N] [--payments N] …`.

Each seed is a world: shops, payers and attackers act in a storm of faults that the seed draws, then everything is
calm, and every receipt is held against M-PESA's books. A seed that breaks a law prints the one line that replays it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.actors import actors
from tests.simulation.coverage import Coverage
from tests.simulation.faults import At
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.storm import Storm

PAYMENTS = 50


@dataclass(frozen=True)
class Case:
    """What replays one world. only: numbers of its actors; lines: fault lines that may be on; steps: of the storm."""

    seed: int
    payments: int = PAYMENTS
    only: tuple[int, ...] | None = None
    lines: tuple[str, ...] | None = None
    steps: int | None = None
    salt: int = 0


@dataclass
class Outcome:
    """What came of one world, or of many. places: where the receipts of M-PESA's books are shown in the end."""

    payments: int = 0
    conflicts: int = 0
    broken: tuple[str, ...] = ()
    trace_hash: int = 0
    steps: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    at_calls: Counter[tuple[str, str, At]] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)


def play(case: Case, trace: list[str] | None = None) -> Outcome:
    """One world, from its first request to rest."""
    storm = Storm(case.seed, lines=case.lines, salt=case.salt, trace=trace)
    with remembered_folds():
        actors(storm, case.seed, case.payments, case.only)
        storm.blow(case.steps)
        broken = storm.auditor.close(storm.calm())
    return Outcome(
        payments=len(storm.table.payments),
        broken=tuple(dict.fromkeys(broken)),
        trace_hash=storm.trace_hash,
        steps=storm.steps,
        hits=storm.weather.hits,
        at_calls=storm.weather.at_calls,
        places=storm.auditor.places,
        coverage=storm.coverage,
    )
