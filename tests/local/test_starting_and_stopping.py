"""`python -m local` as a person meets it: ports, a second start, Ctrl-C, a killed process, and what is left."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from local.aws.errors import StartError
from local.aws.files import read_json
from local.ports import DOORS, holder_of, take_ports
from local.run_file import lock_folder

TOP = Path(__file__).parents[2]
ANY_PORT = {door.variable: "0" for door in DOORS}
READY_S_MAX = 90.0
GONE_S_MAX = 20.0


@contextlib.contextmanager
def in_use() -> Iterator[int]:
    """A port that this very process holds."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_in_use_is_an_error_that_names_its_holder() -> None:
    with in_use() as port, pytest.raises(StartError) as told:
        take_ports(ANY_PORT | {"CALLBACK_PORT": str(port)})

    assert f"CALLBACK_PORT={port}" in str(told.value)
    assert f"(process {os.getpid()})" in str(told.value)


def test_a_usual_port_that_is_in_use_moves_to_the_next_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with in_use() as port:
        moved = [type(door)(door.name, door.variable, port) for door in DOORS[:1]]
        monkeypatch.setattr("local.ports.DOORS", tuple(moved))
        taken = take_ports({})["gateway"]
        with taken.socket:
            assert port < taken.port
    assert str(os.getpid()) in taken.moved


@pytest.mark.parametrize("given", ["seven", "70707", "-1"])
def test_a_port_that_is_no_port_is_said(given: str) -> None:
    with pytest.raises(StartError, match="GATEWAY_PORT"):
        take_ports({"GATEWAY_PORT": given})


def test_a_free_port_has_no_holder() -> None:
    with in_use() as port:
        pass

    assert "another program" == holder_of(port)


def test_a_second_start_in_one_folder_is_told_of_the_first(tmp_path: Path) -> None:
    with lock_folder(tmp_path):
        (tmp_path / "run.json").write_text('{"pid": 7, "gateway": "http://g", "outside": "http://o"}')
        with pytest.raises(StartError, match=r"runs already \(process 7\): gateway http://g"):
            lock_folder(tmp_path)


class World:
    """`python -m local` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_name(folder.name + ".out")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", "--folder", str(folder)],
                cwd=TOP, env={**os.environ, **ANY_PORT}, stdout=log, stderr=log,
            )  # fmt: skip

    def ready(self) -> dict[str, Any]:
        """`run.json`, once it is there and its own: a killed world leaves its file behind."""
        deadline_s = time.monotonic() + READY_S_MAX
        while self._told().get("pid") != self.process.pid:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline_s
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
        return self._told()

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = read_json(self.folder / "run.json", {})
        return told

    def children(self) -> list[int]:
        """Processes that it started and that live."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        )  # fmt: skip
        return [int(line) for line in found.stdout.split()]

    def end(self, how: signal.Signals) -> int:
        """Send a signal and wait."""
        self.process.send_signal(how)
        return self.process.wait(30)


def alive(processes: list[int]) -> list[int]:
    """Those that are still there after a moment given to go."""
    deadline_s = time.monotonic() + GONE_S_MAX
    left = processes
    while left and time.monotonic() < deadline_s:
        Event().wait(0.05)
        left = [one for one in left if _runs(one)]
    return left


def _runs(process: int) -> bool:
    """Whether it has not ended. What has ended stays in the list until the system's first process asks for it."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def pay(run: dict[str, Any], key: str) -> dict[str, Any]:
    """A payment by a number that pays by itself."""
    headers = {"Authorization": f"Bearer {run['secret_key']}", "Idempotency-Key": key}
    body = {"amount": 100, "phone": "0700000000"}
    answer = httpx.post(f"{run['gateway']}/v1/payments", headers=headers, json=body, timeout=30, trust_env=False)
    assert answer.is_success, answer.text
    payment: dict[str, Any] = answer.json()
    return payment


def status_of(run: dict[str, Any], payment: str) -> str:
    headers = {"Authorization": f"Bearer {run['secret_key']}"}
    url = f"{run['gateway']}/v1/payments/{payment}"
    return str(httpx.get(url, headers=headers, timeout=30, trust_env=False).json()["status"])


def move(run: dict[str, Any], seconds: int) -> None:
    httpx.post(f"{run['control']}/clock", json={"advance_s": seconds}, timeout=90, trust_env=False).raise_for_status()


def test_a_killed_world_leaves_no_process_and_its_payments_are_there_again(tmp_path: Path) -> None:
    """kill -9: workers and services end by themselves; the next start finds keys and payments, and ends cleanly."""
    folder = tmp_path / "local"
    first = World(folder)
    before = first.ready()
    payment = pay(before, "order-1")
    move(before, 5)
    children = first.children()
    first.end(signal.SIGKILL)

    assert len(children) > 5
    assert [] == alive(children)

    second = World(folder)
    after = second.ready()
    statuses = (status_of(after, payment["id"]), pay(after, "order-1")["id"])
    children = second.children()

    assert ("paid", payment["id"]) == statuses
    assert before["secret_key"] == after["secret_key"]
    assert 0o600 == (folder / "run.json").stat().st_mode & 0o777
    assert {"gateway", "outside", "callback", "control", "publishable_key", "webhook_secret", "pid"} <= set(after)
    assert 0 == second.end(signal.SIGTERM)
    assert not (folder / "run.json").exists()
    assert [] == alive(children)
    assert "Traceback" not in second.log.read_text(encoding="utf-8")
