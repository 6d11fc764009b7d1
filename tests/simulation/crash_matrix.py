"""Every boundary of every flow, with each fault, on every life; then recovery, and all laws.

The list of boundaries is what a run without faults goes through, so a new call to a port is in it at once.
`python -m tests.simulation.crash_matrix` prints the table; `--pairs` also tries ordered pairs of faults.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from tests.simulation import judge
from tests.simulation.lives import LIVES
from tests.simulation.world import Boundary, Fault, World

LIFE_MS = 3 * 60_000


@dataclass(frozen=True)
class Verdict:
    """One run: what was tried, and the laws that broke."""

    life: str
    faults: tuple[tuple[Boundary, Fault], ...]
    broken: tuple[str, ...]


def boundaries_of(life: str) -> list[Boundary]:
    """The port calls of a life without faults, up to its rest."""
    world = World()
    LIVES[life](world)
    world.pass_time(LIFE_MS)
    return world.boundaries


def judged(life: str, faults: Mapping[int, Fault]) -> tuple[World, list[str]]:
    """Play a life with faults, let it recover, and say which laws broke."""
    world = World(faults=faults)
    LIVES[life](world)
    world.pass_time(LIFE_MS)
    broken = _now(world)
    before = world.payments()
    world.calm()
    return world, [*broken, *_now(world), *judge.shrunk(before, world.payments()), *_finally(world)]


def single_faults(life: str) -> Iterator[Verdict]:
    """Each boundary of a life × each fault."""
    for boundary in boundaries_of(life):
        for fault in Fault:
            _, broken = judged(life, {boundary.index: fault})
            yield Verdict(life, ((boundary, fault),), tuple(broken))


def paired_faults(life: str) -> Iterator[Verdict]:
    """Each ordered pair of boundaries of a life × each pair of faults. Long."""
    for first, second in combinations(boundaries_of(life), 2):
        for one in Fault:
            for other in Fault:
                _, broken = judged(life, {first.index: one, second.index: other})
                yield Verdict(life, ((first, one), (second, other)), tuple(broken))


def _now(world: World) -> list[str]:
    told = {push.checkout_request_id for push in world.safaricom.pushes if push.code != "0"}
    told |= {push.checkout_request_id for push in world.safaricom.pushes if world.failure_told(push)}
    return judge.broken_at_any_time(world.payments(), world.safaricom.books, world.safaricom.pushes, told)


def _finally(world: World) -> list[str]:
    # A delivery that neither table nor queue took is gone; only Pull or a statement can still tell of it.
    apart = world.set_apart() + world.lost_deliveries
    return judge.broken_in_the_end(
        world.payments(), world.safaricom.books, world.claims(), world.unmatched(), apart, world.now
    )


def _report(verdicts: Iterable[Verdict]) -> int:
    tried: Counter[str] = Counter()
    broken: list[Verdict] = []
    for verdict in verdicts:
        tried.update(f"{boundary.flow}: {boundary.name}" for boundary, _ in verdict.faults)
        broken += [verdict] if verdict.broken else []
    for name, times in sorted(tried.items()):
        print(f"{times:6d}  {name}")
    for verdict in broken:
        where = ", ".join(f"{fault} {b.flow}#{b.index} {b.name}" for b, fault in verdict.faults)
        print(f"BROKEN  {verdict.life} with {where}: {'; '.join(verdict.broken)}")
    print(f"{sum(tried.values())} faults at {len(tried)} boundaries, {len(broken)} runs with broken laws")
    return 1 if broken else 0


def main() -> int:
    """Print the matrix; exit 1 when a law broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", action="store_true", help="ordered pairs of faults, on the ordinary life")
    parser.add_argument("--life", choices=sorted(LIVES), action="append", help="only these lives")
    chosen = parser.parse_args()
    lives = chosen.life or sorted(LIVES)
    tried = paired_faults if chosen.pairs else single_faults
    return _report(verdict for life in lives for verdict in tried(life))


if __name__ == "__main__":
    sys.exit(main())
