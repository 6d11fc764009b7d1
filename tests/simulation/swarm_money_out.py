"""Payouts and refunds in storms, many of them: `python -m tests.simulation.swarm_money_out [--count N] [--long]`.

Half of the payouts and refunds are of either kind. Each seed is a storm of its own (`storm_money_out.py`,
`storm_refunds.py`): processes die before and after their effects, calls fail, answers get lost, and when all is calm
M-PESA's books are held against what the gateway says. `--long` is 100,000, and fails on a blind spot as well.
"""

from __future__ import annotations

import argparse
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

LONG, QUICK = 100_000, 1_000
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


@dataclass
class Whole:
    """What came of all storms. made: payouts and refunds; met: by name, as storms count."""

    seeds: int = 0
    made: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, kind: str, seed: int) -> None:
        """Play one storm."""
        broken, met = KINDS[kind](seed)
        self.seeds += 1
        self.made[kind] += sum(count for name, count in met.items() if name.startswith(STANDS))
        self.met += met
        self.broken += broken
        for one in broken[:3]:
            _tell(f"BROKEN  --seed {seed} --kind {kind}: {one}")

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


def play(count: int, first: int) -> Whole:
    """Storms of both kinds until so many payouts and refunds were made."""
    whole, began = Whole(), time.perf_counter()
    for kind in KINDS:
        seed = first
        while whole.made[kind] < count // len(KINDS):
            whole.add(kind, seed)
            seed += 1
            if seed % 500 == 0:
                sys.stderr.write(f"{whole.made.total()} payouts and refunds, {time.perf_counter() - began:.0f} s\n")
    return whole


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
        f"payouts {whole.made['payouts']}  refunds {whole.made['refunds']}  seeds {whole.seeds}  "
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
            whole.add(kind, chosen.seed)
    else:
        whole = play(chosen.count or (LONG if chosen.long else QUICK), chosen.first)
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
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
