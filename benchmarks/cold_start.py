"""Cold start of each function, in fresh processes: awake (imported, clients made), and first event answered.

CPU time as a ratio to a process that runs `import boto3; boto3.client("dynamodb")`, turn by turn in the same minutes.
AWS and Safaricom are a server in this process, so waiting costs nothing. The intake functions' budget is for being
awake, like the base, which calls nobody either; stk_initiation's includes its first call, because Safaricom's client is
made in it.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_most, told
from benchmarks.first_calls import FIRST_CALLS, cloud, environment
from benchmarks.lean import Lean, functions, lean
from benchmarks.stub_cloud import StubServer

COMMAND = "python -m benchmarks.cold_start"
ROUNDS = 9
AWAKE_MAX = {"callback_intake": 1.4, "c2b_intake": 1.4}
FIRST_CALL_MAX = {"stk_initiation": 2.2}
HEAVIEST = 6
BASE = 'import boto3; boto3.client("dynamodb")'
LEAVE = "\nimport os; os._exit(0)"
"""Without taking everything down again, which costs a third as much and which Lambda never does."""

AWAKE = """
import app
from gateway.aws import clients
clients.table_client(clients.INTAKE.table)
clients.parameter_client(clients.INTAKE.parameters)
"""
"""The clients of whoever checks a tag and keeps a fact."""

FIRST_CALL = """
import json, os, sys
import app
class Context:
    aws_request_id = "bench"
    def get_remaining_time_in_millis(self):
        return 20_000
answer = app.handler(json.load(sys.stdin), Context())
print(json.dumps(answer), flush=True)
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Start:
    """awake, answered: medians, as ratios to the base. loads: import time by package in ms. logged: bytes."""

    function: str
    awake: float
    answered: float
    loads: tuple[tuple[str, float], ...]
    modules: int
    logged: int


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts fresh processes in the lean place."""

    place: Lean
    address: str
    folder: Path

    def base_s(self) -> float:
        """CPU seconds of the base."""
        return self._cpu_s([str(self.place.python), "-c", BASE + LEAVE], "callback_intake")

    def awake_s(self, function: str) -> float:
        """CPU seconds until a function has its handler and the clients of table and parameters."""
        return self._cpu_s([str(self.place.python), "-c", AWAKE + LEAVE], function)

    def first_call_s(self, function: str) -> float:
        """CPU seconds of a function's first call."""
        return self._cpu_s([str(self.place.python), "-c", FIRST_CALL], function)

    def seen(self, function: str) -> tuple[Any, str, str]:
        """Answer, log lines and import times of a first call. Raises RuntimeError when it failed."""
        command = [str(self.place.python), "-X", "importtime", "-c", FIRST_CALL]
        with self._event(function).open("rb") as event:
            done = subprocess.run(
                command, stdin=event, capture_output=True, text=True, env=self._environment(function), check=False
            )
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
            raise RuntimeError(f"{function} failed:\n" + "\n".join(errors))
        *lines, answer = done.stdout.splitlines()
        return json.loads(answer), "\n".join(lines), done.stderr

    def _cpu_s(self, command: list[str], function: str) -> float:
        with self._event(function).open("rb") as event:
            process = subprocess.Popen(
                command, stdin=event, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=self._environment(function),
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{function} ended with {process.returncode}")
        return usage.ru_utime + usage.ru_stime

    def _event(self, function: str) -> Path:
        path = self.folder / f"{function}.json"
        if not path.exists():
            path.write_text(json.dumps(FIRST_CALLS[function].event()), encoding="utf-8")
        return path

    def _environment(self, function: str) -> dict[str, str]:
        return environment(function, self.address) | {"PYTHONPATH": self.place.path_of(function)}


def measured(rounds: int = ROUNDS) -> tuple[str, list[Start]]:
    """The Python that was measured, and each function's start. Raises RuntimeError when one does not do its work."""
    place = lean()
    with StubServer(cloud()) as server, tempfile.TemporaryDirectory() as folder:
        starter = Starter(place, server.address, Path(folder))
        looks = {name: _look(starter, name) for name in functions()}
        rounds_of = [_round(starter, list(looks)) for _ in range(rounds)]
    return place.version, [_start(name, look, rounds_of) for name, look in looks.items()]


Round = dict[str, tuple[float, float]]
"""Of each function the ratios awake and answered, in one round."""


def _round(starter: Starter, names: list[str]) -> Round:
    base_s = starter.base_s()
    return {name: (_awake_s(starter, name) / base_s, starter.first_call_s(name) / base_s) for name in names}


def _awake_s(starter: Starter, name: str) -> float:
    """Only where it is a figure."""
    return starter.awake_s(name) if name in AWAKE_MAX else math.nan


def _start(name: str, look: tuple[str, str], rounds: list[Round]) -> Start:
    lines, times = look
    return Start(
        function=name,
        awake=statistics.median(one[name][0] for one in rounds),
        answered=statistics.median(one[name][1] for one in rounds),
        loads=_heaviest(times),
        modules=times.count("\n"),
        logged=len(lines.encode()),
    )


def _look(starter: Starter, name: str) -> tuple[str, str]:
    """Log lines and import times of a call that did its work; also compiles what is not compiled yet."""
    answer, lines, times = starter.seen(name)
    if not FIRST_CALLS[name].ends(answer):
        raise RuntimeError(f"{name} answered {answer}\n{lines}")
    return lines, times


def _heaviest(import_times: str) -> tuple[tuple[str, float], ...]:
    """Packages by the time that their own modules took, out of `-X importtime`."""
    spent: Counter[str] = Counter()
    for line in import_times.splitlines():
        own_us, _, module = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")  # noqa: PLR2004  columns
        if own_us.strip().isdigit():
            spent[module.strip().partition(".")[0]] += int(own_us)
    return tuple((package, us / 1000) for package, us in spent.most_common(HEAVIEST))


def figures() -> list[Figure]:
    """The figures of the table."""
    version, starts = measured()
    return [figure for start in starts for figure in _figures_of(start, version)]


def _figures_of(start: Start, version: str) -> list[Figure]:
    name, unit = start.function, " × boto3"
    answered = f"cold start of {name}, first call answered (Python {version})"
    if name in AWAKE_MAX:
        awake = at_most(f"cold start of {name}, awake", start.awake, AWAKE_MAX[name], COMMAND, unit=unit)
        return [awake, told(answered, f"{start.answered:.2f}{unit}", COMMAND)]
    if name in FIRST_CALL_MAX:
        return [at_most(answered, start.answered, FIRST_CALL_MAX[name], COMMAND, unit=unit)]
    return [told(answered, f"{start.answered:.2f}{unit}", COMMAND)]


def main() -> None:
    """Print each function with the packages whose import costs most."""
    version, starts = measured()
    print(f"Python {version}; CPU awake and after a first call / CPU of `{BASE}`; import time of packages in ms")
    for start in starts:
        loads = ", ".join(f"{package} {ms:.0f}" for package, ms in start.loads)
        ratios = f"{start.awake:5.2f} {start.answered:5.2f} ×"
        print(f"  {start.function:16} {ratios}  {start.modules} modules: {loads}; {start.logged} bytes logged")


if __name__ == "__main__":
    main()
