"""Payouts and refunds in storms, many of them: `python -m tests.simulation.swarm_money_out [--count N] [--long]`.

Half of the payouts and refunds are of either kind. Each seed is a storm of its own (`storm_money_out.py`,
`storm_refunds.py`): processes die before and after their effects, calls fail, answers get lost, and when all is calm
M-PESA's books are held against what the gateway says. `--long` is 100,000, and fails on a blind spot as well.

They are played on all processors, in waves of seeds: which seeds are played, and what is told in which order, is the
same on any number of them.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.domain.money_out.outgoing import OutgoingStatus
from tests.simulation import storm_money_out, storm_refunds
from tests.simulation.every_processor import everywhere
from tests.simulation.fold_memory import remembered_folds

LONG, QUICK = 100_000, 1_000
SEEDS_AT_ONCE = 10
MADE_A_SEED = 12
"""How many payouts or refunds a seed is taken to make while none is played yet."""

KINDS: dict[str, Callable[[int], tuple[list[str], Counter[str]]]] = {
    "payouts": storm_money_out.played,
    "refunds": storm_refunds.played,
}
FAULTS = ("before", "after", "error", "lost")
STANDS, FAULT = "stands ", "fault "
ENDS = frozenset(OutgoingStatus) - {
    OutgoingStatus.APPROVED,
    OutgoingStatus.SENDING,
    OutgoingStatus.ACCEPTED,
    OutgoingStatus.UNKNOWN,
}
"""How one may stand when all is over: of a long run each must be met. The others are on their way, which L8 forbids."""

DOUBLED = re.compile(r"was paid \d+ times|money left \d+ times|gave \d+ back$|holds or gave back|was paid and stands")
FORGOTTEN = re.compile(r"^L8 ")
SEEDS = Path(__file__).with_name("seeds_money_out.txt")


@dataclass(frozen=True)
class Played:
    """What came of one storm."""

    kind: str
    seed: int
    broken: list[str]
    met: Counter[str]

    @property
    def made(self) -> int:
        """How many payouts or refunds there were in the end."""
        return sum(count for name, count in self.met.items() if name.startswith(STANDS))


def played(kind: str, seed: int) -> Played:
    """One storm."""
    with remembered_folds():
        return Played(kind, seed, *KINDS[kind](seed))


def played_some(storms: Sequence[tuple[str, int]]) -> list[Played]:
    """Some storms, one after the other."""
    return [played(*storm) for storm in storms]


@dataclass
class Whole:
    """What came of all storms. made: payouts and refunds; met: by name, as storms count."""

    seeds: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, one: Played) -> None:
        """Count a storm; a broken law is told at once."""
        self.seeds[one.kind] += 1
        self.made[one.kind] += one.made
        self.met += one.met
        self.broken += one.broken
        for sentence in one.broken[:3]:
            _tell(f"BROKEN  --seed {one.seed} --kind {one.kind}: {sentence}")

    @property
    def faults(self) -> Counter[str]:
        """By what went wrong."""
        faults = Counter[str]()
        for name, count in self.met.items():
            if name.startswith(FAULT):
                faults[name.split()[1]] += count
        return faults

    @property
    def blind_spots(self) -> list[str]:
        """Calls that never met one of the faults, and ends that never came."""
        boundaries = {name.split()[2] for name in self.met if name.startswith(FAULT)}
        calls = (f"{FAULT}{wrong} {boundary}" for boundary in sorted(boundaries) for wrong in FAULTS)
        return [name for name in (*calls, *(f"{STANDS}{one}" for one in sorted(ENDS))) if not self.met[name]]


def play(count: int, first: int, processes: int) -> Whole:
    """Storms of both kinds until so many payouts and refunds were made."""
    whole, began = Whole(), time.perf_counter()
    for kind in KINDS:
        while whole.made[kind] < count // len(KINDS):
            for batch in everywhere(played_some, _wave(whole, kind, count, first), processes, 50, in_order=True):
                for one in batch:
                    whole.add(one)
                sys.stderr.write(f"{whole.made.total()} payouts and refunds, {time.perf_counter() - began:.0f} s\n")
    return whole


def _wave(whole: Whole, kind: str, count: int, first: int) -> list[list[tuple[str, int]]]:
    """As many of the next seeds as what lacks should need, by what a seed made so far; in batches."""
    lacking = count // len(KINDS) - whole.made[kind]
    done = whole.seeds[kind]
    seeds = -(-lacking * max(1, done) // max(1, whole.made[kind] if done else MADE_A_SEED))
    storms = [(kind, seed) for seed in range(first + done, first + done + seeds)]
    return [storms[start : start + SEEDS_AT_ONCE] for start in range(0, len(storms), SEEDS_AT_ONCE)]


def told(whole: Whole, *, long: bool) -> Iterator[str]:
    """What was met, and in the last line what it comes to."""
    plain = {name: count for name, count in whole.met.items() if not name.startswith(FAULT)}
    yield from (f"{count:9d}  {name}" for name, count in sorted(plain.items()))
    yield from (f"{count:9d}  faults: {wrong}" for wrong, count in sorted(whole.faults.items()))
    if long:
        yield from (f"BLIND SPOT  {name}" for name in whole.blind_spots)
    doubled = sum(bool(DOUBLED.search(one)) for one in whole.broken)
    forgotten = sum(bool(FORGOTTEN.search(one)) for one in whole.broken)
    yield (
        f"payouts {whole.made['payouts']}  refunds {whole.made['refunds']}  seeds {whole.seeds.total()}  "
        f"faults hit {whole.faults.total()}  doubled {doubled}  forgotten {forgotten}  laws broken {len(whole.broken)}"
    )


def kept_seeds() -> list[tuple[str, int]]:
    """Kind and seed of every storm that ever broke a law, by `seeds_money_out.txt`."""
    lines = (shlex.split(line, comments=True) for line in SEEDS.read_text(encoding="utf-8").splitlines())
    chosen = [_parser().parse_args(words) for words in lines if words]
    return [(one.kind, one.seed) for one in chosen]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; exit 1 when a law broke or a long run has a blind spot."""
    chosen = _parser().parse_args(arguments)
    if chosen.seed is not None:
        whole = Whole()
        for kind in [chosen.kind] if chosen.kind else KINDS:
            whole.add(played(kind, chosen.seed))
    else:
        whole = play(chosen.count or (LONG if chosen.long else QUICK), chosen.first, chosen.processes)
    for line in told(whole, long=chosen.long):
        _tell(line)
    return 1 if whole.broken or (chosen.long and whole.blind_spots) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, help=f"payouts and refunds together; {QUICK} unless said otherwise")
    parser.add_argument("--long", action="store_true", help=f"{LONG} of them; blind spots fail")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--kind", choices=sorted(KINDS), help="with --seed: only of this kind")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
