"""Every boundary of every flow, with each fault, on every life; then recovery, and all laws.

The list of boundaries is what a run without faults goes through, so a new call to a port is in it at once.
`python -m tests.simulation.crash_matrix` prints the table. `--pairs` tries every ordered pair of faults of a life: the
second one at each call that is made after the first one hit, those of the recovery among them. `--interleavings` runs
any two flows at once (`interleavings.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from tests.simulation import interleavings
from tests.simulation.every_processor import everywhere
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.known_worlds import KnownWorlds
from tests.simulation.lives import LIVES
from tests.simulation.verdicts import LIFE_MS, lived
from tests.simulation.world import Boundary, Fault, World

ALIKE_MAX = 2
"""Of calls that a life makes again and again, pairs of faults meet the first ones and the last."""


@dataclass(frozen=True)
class Verdict:
    """One run: what was tried, and the laws that broke."""

    life: str
    faults: tuple[tuple[Boundary, Fault], ...]
    broken: tuple[str, ...]


def boundaries_of(life: str, faults: Mapping[int, Fault] | None = None) -> list[Boundary]:
    """The port calls of a life with these faults, up to its rest."""
    world = World(faults=faults or {})
    LIVES[life](world)
    world.pass_time(LIFE_MS)
    return world.boundaries


def judged(life: str, faults: Mapping[int, Fault]) -> tuple[World, list[str]]:
    """Play a life with faults, let it recover, and say which laws broke."""
    world = World(faults=faults)
    return world, lived(LIVES[life], world)


def single_faults(life: str) -> list[Verdict]:
    """Each boundary of a life × each fault."""
    with remembered_folds():
        return [_verdict(life, (boundary, fault)) for boundary in boundaries_of(life) for fault in Fault]


def faults_that_differ(life: str, first: int = 0) -> list[Verdict]:
    """From this boundary on: of calls that are alike the first and the last, with faults that leave other worlds."""
    chosen = [boundary for boundary in few_alike(boundaries_of(life), 1) if boundary.index >= first]
    with remembered_folds():
        return [_verdict(life, one) for one in differing(chosen)]


def differing(chosen: Sequence[Boundary]) -> list[tuple[Boundary, Fault]]:
    """The faults at these calls that leave other worlds.

    Whether a process dies before or after a call that only reads nobody can see, nor whether the error came before or
    after it; and who dies before a call died after the one before it.
    """
    tried = {boundary.index: boundary for boundary in chosen}
    return [(boundary, fault) for boundary in chosen for fault in _faults_at(boundary, tried.get(boundary.index - 1))]


def _faults_at(boundary: Boundary, before_it: Boundary | None) -> list[Fault]:
    """before_it: the call before it, if that one is tried too."""
    continues = before_it is not None and before_it.process == boundary.process
    left_out = {Fault.BEFORE} if continues else set()
    left_out |= {Fault.AFTER, Fault.ANSWER_LOST} if boundary.only_reads else set()
    return [fault for fault in Fault if fault not in left_out]


def _verdict(life: str, *faults: tuple[Boundary, Fault]) -> Verdict:
    _, broken = judged(life, {boundary.index: fault for boundary, fault in faults})
    return Verdict(life, faults, tuple(broken))


def paired_faults(life: str, *, most: int | None = None) -> list[Verdict]:
    """Each fault at each boundary of a life × each fault at each call that comes after it. Long. most: only so many.

    Left out are faults that leave the world of another one, pairs within a beginning that a shorter life has as well,
    and what follows once a world stands as one did before (`known_worlds.py`). A first fault that left no trace leads
    to the world without faults, so that and each single fault are tried as well.
    """
    begun = begun_alike().get(life, 0)
    with remembered_folds():
        return list(islice(_pairs(life, begun), most))


def _pairs(life: str, begun: int) -> Iterator[Verdict]:
    """begun: how many of its first calls a shorter life has as well."""
    known = KnownWorlds(LIVES[life])
    yield Verdict(life, (), known.play(()).broken)
    for first in differing(few_alike(boundaries_of(life))):
        alone = known.play((first,))
        yield Verdict(life, (first,), alone.broken)
        shared = begun if first[0].index < begun else 0
        for second in differing(few_alike(alone.later, 1)):
            if second[0].index >= shared:
                yield Verdict(life, (first, second), known.play((first, second)).broken)


@cache
def calls_of_lives() -> dict[str, list[tuple[str, str]]]:
    """Which flow calls which port, in the order of each life; short lives first."""
    calls = {life: [(boundary.flow, boundary.name) for boundary in boundaries_of(life)] for life in LIVES}
    return dict(sorted(calls.items(), key=lambda entry: (len(entry[1]), entry[0])))


@cache
def begun_alike() -> dict[str, int]:
    """How many of its first calls each life has in common with a shorter one: a refund begins as a paid payment."""
    ways = list(calls_of_lives().items())
    return {
        life: max((_alike_up_to(way, shorter) for _, shorter in ways[:place]), default=0)
        for place, (life, way) in enumerate(ways)
    }


def _alike_up_to(calls: Sequence[Any], others: Sequence[Any]) -> int:
    return next((at for at, (one, other) in enumerate(zip(calls, others, strict=False)) if one != other), len(others))


def few_alike(boundaries: Sequence[Boundary], alike_max: int = ALIKE_MAX) -> list[Boundary]:
    """Without the many repetitions of one call by one flow: its first ones, and the last."""
    made = Counter((boundary.flow, boundary.name) for boundary in boundaries)
    met: Counter[tuple[str, str]] = Counter()
    kept = []
    for boundary in boundaries:
        what = (boundary.flow, boundary.name)
        met[what] += 1
        if met[what] <= alike_max or met[what] == made[what]:
            kept.append(boundary)
    return kept


# --- the command ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Timed:
    """Work, and how many seconds a processor was busy with it."""

    work: Callable[[str], list[Verdict]]

    def __call__(self, life: str) -> tuple[list[Verdict], float]:
        began = time.process_time()
        return self.work(life), time.process_time() - began


def _report(work: Callable[[str], list[Verdict]], lives: Sequence[str], processes: int, what: str) -> int:
    """Play all lives and tell of each at once; 1 where a law broke."""
    tried: Counter[str] = Counter()
    runs = broken = 0
    busy_s = 0.0
    for verdicts, seconds in everywhere(_Timed(work), lives, processes):
        runs, busy_s = runs + len(verdicts), busy_s + seconds
        tried.update(f"{boundary.flow}: {boundary.name}" for verdict in verdicts for boundary, _ in verdict.faults)
        for verdict in verdicts:
            broken += bool(verdict.broken)
            for line in _broken(verdict):
                _tell(line)
        sys.stderr.write(f"{verdicts[0].life}: {len(verdicts)} runs, {seconds:.0f} s\n")
    for name, times in sorted(tried.items()):
        _tell(f"{times:8d}  {name}")
    _tell(f"{runs} {what} at {len(tried)} boundaries of {len(lives)} lives, {broken} runs with broken laws")
    _tell(f"{busy_s:.0f} seconds of a processor")
    return 1 if broken or not runs else 0


def _broken(verdict: Verdict) -> list[str]:
    where = ", ".join(f"{fault} {b.flow}#{b.index} {b.name}" for b, fault in verdict.faults) or "no fault"
    return [f"BROKEN  {verdict.life} with {where}: {'; '.join(verdict.broken)}"] if verdict.broken else []


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix; exit 1 when a law broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", action="store_true", help="every ordered pair of faults")
    parser.add_argument("--interleavings", action="store_true", help="any two flows at once, at most two pre-emptions")
    parser.add_argument("--life", choices=sorted(LIVES), action="append", help="only these lives")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    longest_first = list(reversed(calls_of_lives()))
    lives = chosen.life or longest_first
    began = time.perf_counter()
    if chosen.interleavings:
        lines, held = interleavings.report(chosen.processes)
        _tell("\n".join(lines))
        ended = 0 if held else 1
    elif chosen.pairs:
        ended = _report(paired_faults, lives, chosen.processes, "ordered pairs of faults")
    else:
        ended = _report(single_faults, lives, chosen.processes, "faults")
    _tell(f"{time.perf_counter() - began:.0f} seconds on {chosen.processes} processors")
    return ended


if __name__ == "__main__":
    sys.exit(main())
