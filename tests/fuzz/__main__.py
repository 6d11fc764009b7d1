"""`make fuzz`: the long run. Bodies at every door, then the API of a local world over HTTP, as every kind of caller.

Prints each failure when it is found, what was tried and what each operation answered; ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.local_world import TOP, LocalWorld
from tests.fuzz.api_callers import RIGHT, WRONG
from tests.fuzz.api_run import Outcome, Target, reach_the_rest, run_all
from tests.fuzz.local_target import over_http

BODIES, BODIES_LONG = 5_000, 20_000
CASES, CASES_LONG = 50, 2_000
CASES_OF_OTHERS, CASES_OF_OTHERS_LONG = 2, 50
OUT_OF_TIME = "Sandbox.Timedout"
"""In a function's log, of each call that lasted too long."""

EVERY_PHASE = ("examples", "coverage", "fuzzing")


def main() -> int:
    """Run both parts. The process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--long", action="store_true", help="two thousand cases an operation, twenty thousand bodies")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what chance puts into calls")
    parser.add_argument("--cases", type=int, help="random cases of an operation; default: 50, in the long run 2,000")
    parser.add_argument("--part", choices=["bodies", "api"], help="only this one")
    chosen = parser.parse_args()
    parts = [chosen.part] if chosen.part else ["bodies", "api"]
    failed = [part for part in parts if not {"bodies": _bodies, "api": _api}[part](chosen)]
    print(f"Failed: {', '.join(failed)}" if failed else "Nothing broke.")
    return int(bool(failed))


def _bodies(chosen: argparse.Namespace) -> bool:
    """The properties of bodies and answers, each with so many examples."""
    examples = BODIES_LONG if chosen.long else BODIES
    print(f"Bodies: {examples} examples for each property", flush=True)
    files = [
        str(path.relative_to(TOP)) for path in sorted((TOP / "tests/fuzz").glob("test_*.py")) if "api" not in path.name
    ]
    as_long_as_it_takes, at_once = ["-o", "faulthandler_timeout=0"], ["-p", "tests.fuzz.at_once"]
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]
    command = [*pytest, *as_long_as_it_takes, *at_once, *files]
    done = subprocess.run(command, cwd=TOP, env={**os.environ, "FUZZ_EXAMPLES": str(examples)}, check=False)
    return done.returncode == 0


def _api(chosen: argparse.Namespace) -> bool:
    """Every operation of a local world as every caller."""
    with tempfile.TemporaryDirectory() as folder:
        world = LocalWorld.start(Path(folder) / "world")
        try:
            target = over_http(dict(world.run), _reader(world.run), chosen.seed)
            print(f"API: {len(target.operations)} operations, seed {chosen.seed}", flush=True)
            entitled = _as(target, RIGHT, chosen.cases or (CASES_LONG if chosen.long else CASES), EVERY_PHASE)
            reach_the_rest(target, entitled)
            others = [_as(target, who, _cases_of_others(chosen), ("fuzzing",)) for who in WRONG]
        finally:
            world.stop()
        died = _died((entitled, *others), world.data / "logs")
    for name in sorted(entitled.statuses):
        print(f"  {name:75s} {dict(sorted(entitled.statuses[name].items()))}")
    never_good = entitled.never_good(target.operations)
    for name in never_good:
        print(f"  {name} never gave a good answer, so its depth was not tried: teach tests/fuzz/api_values.py")
    return not never_good and not died and not any(outcome.failures for outcome in (entitled, *others))


def _died(outcomes: Sequence[Outcome], logs: Path) -> int:
    """Calls that no function answered although none of them ran out of its time; told, with those that did."""
    late, away = (sum((getattr(one, name) for one in outcomes), Counter[str]()) for name in ("late", "away"))
    if away:
        print(f"  {away.total()} calls met a table that a busy machine kept from answering: {dict(away)}")
    out_of_time = sum(
        log.read_text(encoding="utf-8", errors="replace").count(OUT_OF_TIME) for log in logs.glob("*.log")
    )
    if late:
        print(f"  {late.total()} calls were not answered in time, on a machine that is busy otherwise: {dict(late)}")
    died = max(0, late.total() - out_of_time)
    if died:
        print(f"FAILURE {died} of them did not run out of their time: their functions died")
    return died


def _as(target: Target, caller: str, cases: int, phases: tuple[str, ...]) -> Outcome:
    """All operations as one caller."""
    began = time.monotonic()
    outcome = run_all(target, caller, cases, phases, _say)
    took = time.monotonic() - began
    print(f"  as {caller}: {outcome.cases} calls in {took:.0f} s, {len(outcome.failures)} failures", flush=True)
    return outcome


def _say(failure: str) -> None:
    print(f"FAILURE {failure}\n", flush=True)


def _cases_of_others(chosen: argparse.Namespace) -> int:
    return CASES_OF_OTHERS_LONG if chosen.long else CASES_OF_OTHERS


def _reader(running: Any) -> str:
    """A key that may only read payments, made through the API."""
    headers = {"Authorization": f"Bearer {running['secret_key']}", "Idempotency-Key": "fuzz-reader"}
    body = {"name": "reads", "scopes": ["payments:read"]}
    made = httpx.post(f"{running['gateway']}/v1/keys", json=body, headers=headers, timeout=60)
    made.raise_for_status()
    return str(made.json()["secret"])


if __name__ == "__main__":
    sys.exit(main())
