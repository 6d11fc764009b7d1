"""Break each line of `mutants_of_*.py` in a copy of the layers and see the named test fail: a law has teeth.

`python -m tests.laws.mutants [--law L7] [--jobs 2]` prints law, what was broken, the test, and killed or SURVIVED.
Exits 1 when a mutant survived, or a test fails without any mutant.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.laws.mutant import Mutant
from tests.laws.mutants_of_api import API_MUTANTS
from tests.laws.mutants_of_audit import AUDIT_MUTANTS
from tests.laws.mutants_of_c2b import C2B_MUTANTS
from tests.laws.mutants_of_claims import CLAIMS_MUTANTS
from tests.laws.mutants_of_closing import CLOSING_MUTANTS
from tests.laws.mutants_of_console import CONSOLE_MUTANTS
from tests.laws.mutants_of_daraja import DARAJA_MUTANTS
from tests.laws.mutants_of_domain import DOMAIN_MUTANTS
from tests.laws.mutants_of_events import EVENTS_MUTANTS
from tests.laws.mutants_of_flows import FLOWS_MUTANTS
from tests.laws.mutants_of_insiders import INSIDER_MUTANTS
from tests.laws.mutants_of_load import LOAD_MUTANTS
from tests.laws.mutants_of_money_out import MONEY_OUT_MUTANTS
from tests.laws.mutants_of_operating import OPERATING_MUTANTS
from tests.laws.mutants_of_outsiders import OUTSIDER_MUTANTS
from tests.laws.mutants_of_people import PEOPLE_MUTANTS
from tests.laws.mutants_of_questions import QUESTIONS_MUTANTS
from tests.laws.mutants_of_reconciliation import RECONCILIATION_MUTANTS
from tests.laws.mutants_of_refunds import REFUND_MUTANTS
from tests.laws.mutants_of_statement import STATEMENT_MUTANTS
from tests.laws.mutants_of_storms import STORM_MUTANTS
from tests.laws.mutants_of_webhooks import WEBHOOK_MUTANTS

MUTANTS = (
    *DOMAIN_MUTANTS,
    *FLOWS_MUTANTS,
    *CLAIMS_MUTANTS,
    *C2B_MUTANTS,
    *API_MUTANTS,
    *WEBHOOK_MUTANTS,
    *EVENTS_MUTANTS,
    *STORM_MUTANTS,
    *LOAD_MUTANTS,
    *QUESTIONS_MUTANTS,
    *MONEY_OUT_MUTANTS,
    *REFUND_MUTANTS,
    *INSIDER_MUTANTS,
    *OUTSIDER_MUTANTS,
    *PEOPLE_MUTANTS,
    *RECONCILIATION_MUTANTS,
    *CLOSING_MUTANTS,
    *STATEMENT_MUTANTS,
    *DARAJA_MUTANTS,
    *CONSOLE_MUTANTS,
    *OPERATING_MUTANTS,
    *AUDIT_MUTANTS,
)
TOP = Path(__file__).resolve().parents[2]
TIME_MAX_S = 240
FAILED, PASSED = 1, 0
"""pytest's exit codes: a test failed; all passed. Any other one means that nothing was tried."""


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant; None: the mutant could not be tried, and why."""

    mutant: Mutant
    killed: bool | None
    why: str = ""


def broken(source: str, mutant: Mutant) -> str:
    """The file with the mutant in it. Raises ValueError where its line does not stand exactly once."""
    times = source.count(mutant.old)
    if times != 1:
        raise ValueError(f"stands {times} times in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def run_tests(layers: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """pytest on these tests, with the packages of these layers."""
    paths = [str(layers / "daraja"), str(layers / "gateway"), str(TOP)]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-o", f"pythonpath={' '.join(paths)}", *tests],
        cwd=TOP,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TIME_MAX_S,
        check=False,
    )


def tried(mutant: Mutant) -> Outcome:
    """The mutant in a copy of its own, and its test on it."""
    with TemporaryDirectory() as folder:
        layers = Path(folder) / "layers"
        shutil.copytree(TOP / "layers", layers, ignore=shutil.ignore_patterns("__pycache__"))
        file = layers / "gateway" / "gateway" / mutant.file
        try:
            file.write_text(broken(file.read_text(encoding="utf-8"), mutant), encoding="utf-8")
            done = run_tests(layers, [mutant.test])
        except ValueError as error:
            return Outcome(mutant, None, str(error))
        except subprocess.TimeoutExpired:
            return Outcome(mutant, killed=True, why="the test did not end")
    if done.returncode in (FAILED, PASSED):
        return Outcome(mutant, killed=done.returncode == FAILED)
    return Outcome(mutant, None, f"pytest ended with {done.returncode}: {done.stdout[-300:]}")


def _row(outcome: Outcome) -> str:
    word = {True: "killed", False: "SURVIVED", None: "NOT TRIED"}[outcome.killed]
    test = outcome.mutant.test.rpartition("::")[2]
    return (
        f"{outcome.mutant.law:4} {word:9} {outcome.mutant.what} · {outcome.mutant.file} · {test} {outcome.why}".rstrip()
    )


def _say(text: str) -> None:
    """To whoever runs the command, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Print the table; exit 1 when a mutant survived or could not be tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--law", action="append", help="only mutants of this law, like L7")
    parser.add_argument("--jobs", type=int, default=2, help="so many at once")
    chosen = parser.parse_args()
    mutants = sorted(
        (one for one in MUTANTS if not chosen.law or one.law in chosen.law), key=lambda one: int(one.law[1:])
    )
    healthy = run_tests(TOP / "layers", sorted({mutant.test for mutant in mutants}))
    if healthy.returncode != PASSED:
        _say(f"The tests fail without any mutant:\n{healthy.stdout[-2_000:]}")
        return 1
    with ThreadPoolExecutor(chosen.jobs) as pool:
        outcomes = []
        for outcome in pool.map(tried, mutants):
            outcomes.append(outcome)
            _say(_row(outcome))
    killed = sum(outcome.killed is True for outcome in outcomes)
    _say(f"{killed} of {len(outcomes)} mutants killed, {len({mutant.law for mutant in mutants})} laws")
    return 0 if killed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
