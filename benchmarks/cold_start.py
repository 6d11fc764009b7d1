"""Cold start of each function: a fresh process that imports the handler and answers its first event.

CPU time of whole processes as a ratio to one that runs `import boto3; boto3.client("dynamodb")`, turn by turn in the
same minutes. AWS and Safaricom are a server in this process, so waiting costs nothing.
"""

from __future__ import annotations

import json
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
BUDGETS = {"callback_intake": 1.3, "c2b_intake": 1.3, "stk_initiation": 2.0}
HEAVIEST = 6
BASE = 'import boto3; boto3.client("dynamodb")'
LEAVE = "; import os; os._exit(0)"
"""Without taking everything down again, which costs a third as much and which Lambda never does."""

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
    """ratio: median, to the base. loads: milliseconds of import time by package, heaviest first. logged: bytes."""

    function: str
    ratio: float
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
        known = [name for name in functions() if name in FIRST_CALLS]
        looks = {name: _look(starter, name) for name in known}
        ratios: dict[str, list[float]] = {name: [] for name in known}
        for _ in range(rounds):
            base_s = starter.base_s()
            for name in known:
                ratios[name].append(starter.first_call_s(name) / base_s)
    starts = [
        Start(name, statistics.median(ratios[name]), _heaviest(times), times.count("\n"), len(lines.encode()))
        for name, (lines, times) in looks.items()
    ]
    return place.version, starts


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
    found = []
    for start in starts:
        what = f"cold start of {start.function}, Python {version}"
        if start.function in BUDGETS:
            found.append(at_most(what, start.ratio, BUDGETS[start.function], COMMAND, unit=" × boto3"))
        else:
            found.append(told(what, f"{start.ratio:.2f} × boto3", COMMAND))
    return found


def main() -> None:
    """Print each function with the packages whose import costs most."""
    version, starts = measured()
    print(f"Python {version}; CPU of a first call / CPU of `{BASE}`; import time of the heaviest packages in ms")
    for start in starts:
        loads = ", ".join(f"{package} {ms:.0f}" for package, ms in start.loads)
        print(
            f"  {start.function:16} {start.ratio:5.2f} ×  {start.modules} modules: {loads}; {start.logged} bytes logged"
        )


if __name__ == "__main__":
    main()
