"""From `make run` (installed) to ready, and to the first payment that is paid: a run of its own.

In seconds of a machine that has nothing else to do: on a busy one, those that fall to this run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import Figure, at_most
from benchmarks.lean import TOP
from tests.load.machine_time import Patience, Stopwatch

COMMAND = "python -m benchmarks.ready"
READY_S_MAX, PAID_S_MAX = 10, 60
PATIENCE_S = 120
LOOK_EVERY_S = 0.05
PAYS_BY_ITSELF = "0710000123"
"""A phone of the simulator whose owner always types the PIN."""


@dataclass(frozen=True, slots=True)
class FirstMinute:
    """Seconds since the command: until `run.json` says ready, until a payment is paid."""

    ready_s: float
    paid_s: float


@contextmanager
def local_run(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m local` with data of its own; stopped as by Ctrl-C."""
    ports = dict.fromkeys(("GATEWAY_PORT", "OUTSIDE_PORT", "CALLBACK_PORT"), "0")
    with (folder / "printed").open("wb") as printed:
        command = [sys.executable, "-m", "local", "--folder", str(folder)]
        process = subprocess.Popen(
            command, cwd=TOP, env=os.environ | ports, stdout=printed, stderr=subprocess.STDOUT
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def measured() -> FirstMinute:
    """Start, ask for one payment, see it paid. Raises RuntimeError with what was printed when that does not come."""
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as name, local_run(Path(name)) as process:
        folder = Path(name)
        _wait((folder / "run.json").exists, process, folder, watch)
        ready_s = watch.seconds()
        here = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        payment = _ask(here)
        _wait(lambda: _status(here, payment) == "paid", process, folder, watch)
        return FirstMinute(ready_s, watch.seconds())


def _wait(done: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path, watch: Stopwatch) -> None:
    """watch: looked at on the way."""
    patience = Patience(PATIENCE_S)
    while not done():
        watch.seconds()
        if process.poll() is not None or patience.is_over():
            raise RuntimeError((folder / "printed").read_text(encoding="utf-8", errors="replace")[-2000:])
        time.sleep(LOOK_EVERY_S)


def _ask(here: Mapping[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {here['secret_key']}", "Idempotency-Key": "first"}
    wanted = {"amount": 100, "phone": PAYS_BY_ITSELF}
    answer = httpx.post(f"{here['gateway']}/v1/payments", json=wanted, headers=headers, timeout=30).raise_for_status()
    payment: str = answer.json()["id"]
    return payment


def _status(here: Mapping[str, Any], payment: str) -> str:
    headers = {"Authorization": f"Bearer {here['secret_key']}"}
    answer = httpx.get(f"{here['gateway']}/v1/payments/{payment}", headers=headers, timeout=30).raise_for_status()
    status: str = answer.json()["status"]
    return status


def figures() -> list[Figure]:
    """The figures of the table."""
    first = measured()
    return [
        at_most("`make run`, installed, to ready", first.ready_s, READY_S_MAX, COMMAND, unit=" s", digits=1),
        at_most("… to the first payment paid, by API", first.paid_s, PAID_S_MAX, COMMAND, unit=" s", digits=1),
    ]


def main() -> None:
    """Print both times."""
    first = measured()
    print(f"ready after {first.ready_s:.1f} s, first payment paid after {first.paid_s:.1f} s")


if __name__ == "__main__":
    main()
