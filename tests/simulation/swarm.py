"""Payments in bad weather, many worlds of them: `python -m tests.simulation.swarm [--seed N] [--payments N] [--long]`.

Each seed is a world: shops, payers and attackers act in a storm of faults that the seed draws, then everything is
calm, and every receipt is held against M-PESA's books. A world that breaks a law is made small, prints the one line
that replays it, and is kept in `seeds.txt`. `--long` is a million payments, and fails on a blind spot as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.simulation.actors import actors
from tests.simulation.audit_memory import remembered_marks
from tests.simulation.case import PAYMENTS, Case, add_arguments, case_of, keep_case
from tests.simulation.coverage import Coverage, in_conflict, too_seldom
from tests.simulation.every_processor import everywhere
from tests.simulation.faults import At
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.minimise import Minimiser, law_of
from tests.simulation.report import limits, tables
from tests.simulation.storm import Storm

LONG_PAYMENTS = 1_000_000
QUICK_PAYMENTS = 20_000
WORLDS_AT_ONCE = 20


@dataclass
class Outcome:
    """What came of one world, or of many. places: where the receipts of M-PESA's books are shown in the end."""

    payments: int = 0
    worlds: int = 0
    conflicts: int = 0
    steps: int = 0
    sweeps: int = 0
    queries: int = 0
    trace_hash: int = 0
    broken: list[tuple[Case, tuple[str, ...]]] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    hits: Counter[str] = field(default_factory=Counter)
    at_calls: Counter[tuple[str, str, At]] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)
    sorts: Counter[tuple[str, str]] = field(default_factory=Counter)
    prompts_a_day_max: int = 0

    def add(self, other: Outcome) -> None:
        """Add another's counts."""
        for name in ("payments", "worlds", "conflicts", "steps", "sweeps", "queries"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.broken += other.broken
        self.hits.update(other.hits)
        self.at_calls.update(other.at_calls)
        self.places.update(other.places)
        self.coverage.add(other.coverage)
        self.sorts.update(other.sorts)
        self.prompts_a_day_max = max(self.prompts_a_day_max, other.prompts_a_day_max)

    @property
    def faults(self) -> int:
        """How many faults hit."""
        return self.hits.total()


def play(case: Case, trace: list[str] | None = None) -> Outcome:
    """One world, from its first request to rest."""
    storm = Storm(case, trace)
    lines = tuple(storm.weather.rates)
    with remembered_folds(), remembered_marks():
        actors(storm, case)
        storm.blow(case.steps)
        broken = tuple(dict.fromkeys(storm.auditor.close(storm.calm())))
    records = storm.table.payments.values()
    return Outcome(
        payments=len(records),
        worlds=1,
        conflicts=sum(in_conflict(record.facts.values()) for record in records),
        steps=storm.steps,
        sweeps=storm.consumers.sweeps,
        queries=storm.mpesa.queries,
        trace_hash=storm.trace_hash,
        broken=[(case, broken)] if broken else [],
        lines=lines,
        hits=storm.weather.hits,
        at_calls=storm.weather.at_calls,
        places=storm.auditor.places,
        coverage=storm.coverage,
        sorts=storm.weather.sorts,
        prompts_a_day_max=storm.auditor.prompts_a_day_max,
    )


def play_many(cases: Sequence[Case]) -> Outcome:
    """Some worlds, one after the other."""
    whole = Outcome()
    for case in cases:
        whole.add(play(case))
    return whole


def play_everywhere(cases: Sequence[Case], processes: int) -> Iterable[Outcome]:
    """All worlds, on so many processors, in their order: where a run stops does not depend on the machine."""
    batches = [cases[start : start + WORLDS_AT_ONCE] for start in range(0, len(cases), WORLDS_AT_ONCE)]
    yield from everywhere(play_many, batches, processes, tasks_a_process=50, in_order=True)


def first_law_broken(case: Case) -> str | None:
    """The law, like L1."""
    broken = play(case).broken
    return law_of(broken[0][1][0]) if broken else None


def minimised(case: Case) -> Case:
    """A smaller world that breaks the same law."""
    law = first_law_broken(case)
    assert law is not None, "this world breaks no law"
    return Minimiser(first_law_broken, law).smallest(case, play(case).lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print what hit and what was met, and exit with 1 when a law broke or a long run has a blind spot."""
    chosen = _chosen(arguments)
    if chosen.seed is not None:
        return _replay(case_of(chosen), traced=chosen.trace)
    payments = chosen.payments or (LONG_PAYMENTS if chosen.long else QUICK_PAYMENTS)
    worlds = chosen.seeds or -(-payments // PAYMENTS)
    cases = [Case(seed) for seed in range(chosen.first, chosen.first + worlds)]
    began = time.perf_counter()
    whole = Outcome()
    for number, outcome in enumerate(play_everywhere(cases, chosen.processes), 1):
        whole.add(outcome)
        for case, sentences in outcome.broken:
            sys.stderr.write(f"BROKEN seed {case.seed}: {sentences[0]}\n")
        if number % 50 == 0:
            sys.stderr.write(f"{whole.payments} payments, {whole.faults} faults, {len(whole.broken)} worlds broken\n")
        if chosen.seeds is None and whole.payments >= payments:
            break  # worlds have more payments than actors who were asked for
    seconds = time.perf_counter() - began
    blind = blind_spots(whole, payments) if chosen.long else []
    for line in tables(whole, blind, seconds, chosen.processes):
        _tell(line)
    for line in limits(whole) if chosen.long else ():
        _tell(line)
    for case, sentences in whole.broken[: chosen.minimise]:
        _keep(case, sentences)
    _tell(_last_line(whole))
    return 1 if whole.broken or blind else 0


def blind_spots(whole: Outcome, payments: int) -> list[str]:
    """What a long run must have met, and this one has not."""
    found = whole.coverage.blind_spots(whole.at_calls, whole.hits) + whole.coverage.surprises()
    if payments >= LONG_PAYMENTS:
        found += too_seldom(whole.hits, whole.sorts)
    if 2 * whole.conflicts <= whole.payments:
        found.append(f"only {whole.conflicts} of {whole.payments} lives hold facts in conflict")
    return found


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--seeds", type=int, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--long", action="store_true", help=f"{LONG_PAYMENTS} payments; blind spots fail")
    parser.add_argument("--trace", action="store_true", help="with --seed: print every call")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minimise", type=int, default=3, help="so many failing worlds are made small and kept")
    return parser.parse_args(arguments)


def _replay(case: Case, *, traced: bool) -> int:
    trace: list[str] | None = [] if traced else None
    outcome = play(case, trace)
    for line in trace or ():
        _tell(line)
    for _, sentences in outcome.broken:
        for sentence in sentences:
            _tell(f"BROKEN {sentence}")
    _tell(f"trace {outcome.trace_hash:08x} over {outcome.steps} steps")
    _tell(_last_line(outcome))
    return 1 if outcome.broken else 0


def _keep(case: Case, sentences: Sequence[str]) -> None:
    small = minimised(case)
    why = play(small).broken[0][1][0]
    keep_case(small, why)
    _tell(f"BROKEN seed {case.seed}: {'; '.join(sentences[:3])}")
    _tell(f"  replay: python -m tests.simulation.swarm {small.words()}")


def _last_line(whole: Outcome) -> str:
    laws = sum(len(sentences) for _, sentences in whole.broken)
    return f"payments {whole.payments}  seeds {whole.worlds}  faults hit {whole.faults}  laws broken {laws}"


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
