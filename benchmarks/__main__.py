"""`make bench`: all programs, then one table. Exit status 1 when a budget is exceeded or a program failed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks import callback_cpu, capacity, cold_start, cost, layer_sizes, payer_page, ready, sweep_cost
from benchmarks.figures import Figure, table

PROGRAMS: tuple[tuple[str, Callable[[], list[Figure]]], ...] = (
    (capacity.COMMAND, capacity.figures),
    (cost.COMMAND, cost.figures),
    (sweep_cost.COMMAND, sweep_cost.figures),
    (cold_start.COMMAND, cold_start.figures),
    (callback_cpu.COMMAND, callback_cpu.figures),
    (layer_sizes.COMMAND, layer_sizes.figures),
    (ready.COMMAND, ready.figures),
    (payer_page.COMMAND, payer_page.figures),
)


def main() -> int:
    """Run them one after the other."""
    found: list[Figure] = []
    for command, figures in PROGRAMS:
        began_s = time.monotonic()
        found += _measured(command, figures)
        print(f"benchmarks: {command} took {time.monotonic() - began_s:.0f} s", file=sys.stderr)
    print(table(found))
    over = [figure for figure in found if figure.ok is False]
    if over:
        print(f"\n{len(over)} of {len(found)} figures do not hold.")
    return 1 if over else 0


def _measured(command: str, figures: Callable[[], list[Figure]]) -> list[Figure]:
    """A program's figures, or one that tells why there are none: the others are still to be seen."""
    try:
        return figures()
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        why = (getattr(error, "stderr", None) or str(error)).strip()
        print(why, file=sys.stderr)
        first = why.splitlines()[0][:80] if why else type(error).__name__
        return [Figure(what="not measured", measured=first, ok=False, command=command)]


if __name__ == "__main__":
    sys.exit(main())
