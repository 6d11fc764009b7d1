"""Our own CPU in a warm callback, logging and metrics included, beside the SDK's for the same AWS calls.

Runs in the lean place (`lean.py`), because a developer's environment adds packages that hook into everything.
`--profile` shows where the time goes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.figures import Figure, at_most
from benchmarks.first_calls import environment
from benchmarks.lean import TOP, lean

COMMAND = "python -m benchmarks.callback_cpu"
FUNCTION = "callback_intake"
NOWHERE = "http://127.0.0.1:9"
RATIO_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Warm:
    """Medians, in microseconds. ratio: own / SDK, the median over blocks."""

    own_us: float
    sdk_us: float
    ratio: float
    calls: tuple[str, ...]


def loop(*arguments: str) -> str:
    """What `callback_loop` tells. Raises RuntimeError with its errors."""
    place = lean()
    path = os.pathsep.join([place.path_of(FUNCTION), str(TOP)])
    done = subprocess.run(
        [str(place.python), "-m", "benchmarks.callback_loop", *arguments],
        env=environment(FUNCTION, NOWHERE) | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def measured() -> Warm:
    """The figures of one run."""
    told = json.loads(loop())
    blocks: list[tuple[float, float]] = [(whole, sdk) for whole, sdk in told["blocks_us"]]
    return Warm(
        own_us=statistics.median(whole - sdk for whole, sdk in blocks),
        sdk_us=statistics.median(sdk for _, sdk in blocks),
        ratio=statistics.median((whole - sdk) / sdk for whole, sdk in blocks),
        calls=tuple(told["calls"]),
    )


def figures() -> list[Figure]:
    """The figure of the table."""
    warm = measured()
    what = f"own CPU of a warm callback ({warm.own_us:.0f} µs, SDK {warm.sdk_us:.0f} µs)"
    return [at_most(what, warm.ratio, RATIO_MAX, COMMAND, unit=" × SDK")]


def main() -> None:
    """Print the medians, or a profile."""
    if "--profile" in sys.argv:
        print(loop("--profile"))
        return
    warm = measured()
    print(f"{', '.join(warm.calls)}\nown {warm.own_us:.0f} µs, SDK {warm.sdk_us:.0f} µs, ratio {warm.ratio:.2f}")


if __name__ == "__main__":
    main()
