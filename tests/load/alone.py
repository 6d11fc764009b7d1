"""The load tests of single functions: fresh processes, a table that hangs, forgeries counted at the door of AWS."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.first_calls import C2B_TAG_KEY, FIRST_CALLS, SHORTCODE, cloud, environment, http_event
from benchmarks.stub_cloud import StubCloud, StubServer
from gateway import security
from tests.load.verdict import Verdict

TOP = Path(__file__).resolve().parents[2]
FORGED = 2_000
VALIDATION_S_MAX, INTAKE_S_MAX = 2.0, 3.0
WARM_CALLS = 40
STRANGER = "203.0.113.9"

CALLS = """
import json, os, sys, time
def seconds():
    try:
        with open("/proc/self/schedstat") as told:
            stood_s = int(told.read().split()[1]) / 1e9
    except OSError:
        stood_s = 0
    return time.monotonic() - stood_s
began = seconds()
import app
class Context:
    aws_request_id = "load"
    def get_remaining_time_in_millis(self):
        return int(10_000 - 1_000 * (seconds() - sent))
took = []
for line in sys.stdin:
    sent = seconds()
    answer = app.handler(json.loads(line), Context())
    took.append((answer["statusCode"], seconds() - (began if not took else sent)))
print(json.dumps(took), flush=True)
os._exit(0)
"""
"""Answers each line of standard input. The first time includes the import, as a cold function's first call does.

Seconds are those of a machine that nobody else uses, where the system tells how long a process that was ready stood
waiting for a processor (Linux); elsewhere those of the clock.
"""


class CountingCloud:
    """A cloud that counts what is asked of it, by operation."""

    def __init__(self, inner: StubCloud) -> None:
        self._inner = inner
        self.asked: Counter[str] = Counter()

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """As the inner one."""
        self.asked[operation] += 1
        return self._inner.answer(operation, asked)


@contextmanager
def never_answering() -> Iterator[str]:
    """An address that takes every connection and never says a word."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                taken.append(listening.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        for one in taken:
            one.close()


def answered(function: str, events: list[dict[str, Any]], address: str, **more: str) -> list[tuple[int, float]]:
    """Status and seconds of each event, in a process of its own that has seen nothing yet.

    more: variables beside those of the function. Raises CalledProcessError when it died.
    """
    path = os.pathsep.join(map(str, (TOP / "functions" / function, TOP / "layers/daraja", TOP / "layers/gateway")))
    done = subprocess.run(
        [sys.executable, "-c", CALLS],
        input="\n".join(map(json.dumps, events)),
        env={**environment(function, address), "PYTHONPATH": path, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    return [(int(status), float(seconds)) for status, seconds in json.loads(done.stdout.splitlines()[-1])]


def validation() -> dict[str, Any]:
    """M-PESA asks whether it may take a payment."""
    path = {"shortcode": SHORTCODE.number, "tag": "0" * 32}
    return http_event("POST /in/c2b/{shortcode}/{tag}/validation", path, {"TransAmount": "100"})


def validation_by_policy() -> dict[str, Any]:
    """The same at the right address, with a reference that is to be looked up."""
    path = {"shortcode": SHORTCODE.number, "tag": security.c2b_tag(C2B_TAG_KEY, SHORTCODE.number)}
    told = {"TransID": "UCF4AB12CE", "TransAmount": "100.00", "BillRefNumber": "INV1042"}
    return http_event("POST /in/c2b/{shortcode}/{tag}/validation", path, told)


def hanging_table() -> list[Verdict]:
    """DynamoDB takes connections and never answers: validation, callback, confirmation; cold, and again when warm."""
    told = []
    for function, event, name, s_max in (
        ("c2b_intake", validation(), "C2B validation", VALIDATION_S_MAX),
        ("c2b_intake", validation_by_policy(), "C2B validation by policy", VALIDATION_S_MAX),
        ("callback_intake", FIRST_CALLS["callback_intake"].event(), "callback", INTAKE_S_MAX),
        ("c2b_intake", FIRST_CALLS["c2b_intake"].event(), "C2B confirmation", INTAKE_S_MAX),
    ):
        with StubServer(cloud()) as server, never_answering() as hanging:
            more = {"C2B_VALIDATION": "known", "AWS_ENDPOINT_URL_DYNAMODB": hanging}
            calls = answered(function, [event] * 4, server.address, **more)
        (first_status, cold_s), *warm = calls
        slowest_s = max(seconds for _, seconds in warm)
        fine = all(status == 200 for status, _ in calls) and max(slowest_s, cold_s) <= s_max
        found = f"{first_status}; warm {slowest_s:.2f} s at most, cold {cold_s:.2f} s with import"
        told.append(Verdict(f"{name}, DynamoDB hanging", f"200 within {s_max:g} s", found, fine))
    return told


def forgeries_at_the_door() -> list[Verdict]:
    """What two thousand forgeries ask of AWS."""
    counting = CountingCloud(cloud())
    events = []
    for number in range(1, FORGED + 1):
        path = {"payment": f"{number:032x}", "number": "1", "tag": security.stk_tag(b"x" * 32, f"pay_{number:032x}", 1)}
        event = http_event("POST /in/stk/{payment}/{number}/{tag}", path, {"Body": {}})
        event["requestContext"]["http"]["sourceIp"] = STRANGER
        events.append(event)
    with StubServer(counting) as server:  # type: ignore[arg-type]  # answers as a StubCloud does
        calls = answered("callback_intake", events, server.address)
    asked = dict(counting.asked)
    fine = {status for status, _ in calls} == {404} and asked == {"GetParameters": 1}
    return [Verdict("forged callbacks", "404, no table read", f"{FORGED}: asked of AWS in all {asked}", fine)]


def warm_callbacks() -> list[Verdict]:
    """The same callback again and again: how the slowest of a hundred compares with the middle one. It only tells."""
    with StubServer(cloud()) as server:
        calls = answered("callback_intake", [FIRST_CALLS["callback_intake"].event()] * WARM_CALLS, server.address)
    warm = sorted(seconds for _, seconds in calls[1:])
    slowest = warm[-1]
    found = f"slowest of {len(warm)} is {slowest / warm[len(warm) // 2]:.1f} × the middle one"
    return [Verdict("warm callback", "200 within 1 s", found, slowest <= 1.0)]


def main() -> None:
    """Print what was found, test by test."""
    for test in (hanging_table, forgeries_at_the_door, warm_callbacks):
        began_s = time.monotonic()
        for verdict in test():
            sys.stdout.write(f"{verdict}\n")
        sys.stdout.write(f"{test.__name__}: {time.monotonic() - began_s:.1f} s\n")


if __name__ == "__main__":
    main()
