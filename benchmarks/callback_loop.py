"""Runs a warm `callback_intake` many times in this process and tells CPU times as JSON. For `callback_cpu.py`.

Each block takes some callbacks, then makes the same AWS calls by the client alone. Answers come from botocore's own
hook before sending, so no socket is touched and both halves get them at the same price.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import os
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import botocore.handlers
from botocore import xform_name
from botocore.awsrequest import AWSResponse

from benchmarks.first_calls import cloud, stk_callback

CLOUD = cloud()
Recorded = list[tuple[str, str, dict[str, Any]]]
"""Service, operation, parameters."""


class Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it at once."""
        yield self.read()


class Context:
    """Lambda's, as far as handlers look at it."""

    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Plenty."""
        return 9_000


def answer_at_once(request: Any, **_: Any) -> AWSResponse:
    """The stub's answer in place of sending."""
    operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    body = BODIES.get(operation) or json.dumps(CLOUD.answer(operation, json.loads(request.body))).encode()
    return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, Raw(body))


BODIES: dict[str, bytes] = {}
"""Answers made beforehand, so that making them is not measured."""

CALLS: Recorded = []


def record(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Note a call with its parameters."""
    CALLS.append((model.service_model.service_name, model.name, dict(params)))


def hook() -> None:
    """Put both in every client to come."""
    botocore.handlers.BUILTIN_HANDLERS += [
        ("before-send", answer_at_once),
        ("before-parameter-build", record),
    ]


def callback(app: Any, event: dict[str, Any]) -> Callable[[], None]:
    """Takes the callback once. Raises RuntimeError when it was not taken."""
    context = Context()

    def take() -> None:
        answer = app.handler(event, context)
        if answer["statusCode"] != 200:  # noqa: PLR2004  HTTP's OK
            raise RuntimeError(answer["body"])

    return take


def the_same_calls(calls: Recorded) -> Callable[[], None]:
    """Makes these calls by a client of the same limits."""
    from gateway.aws.clients import INTAKE, table_client  # noqa: PLC0415  after the hooks

    client = table_client(INTAKE.table)
    bound = [(getattr(client, xform_name(operation)), params) for _, operation, params in calls]

    def make() -> None:
        for method, params in bound:
            method(**params)

    return make


def cpu_us(work: Callable[[], None], times: int) -> float:
    """CPU microseconds of one."""
    began_ns = time.process_time_ns()
    for _ in range(times):
        work()
    return (time.process_time_ns() - began_ns) / 1000 / times


def main() -> None:
    """Measure, or profile."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--blocks", type=int, default=30)
    arguments.add_argument("--times", type=int, default=40)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    told, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for the logger
    hook()
    import app  # noqa: PLC0415  after the hooks, as its clients copy them

    take = callback(app, stk_callback())
    take()
    CALLS.clear()
    take()
    calls = list(CALLS)
    BODIES.update({name: json.dumps(CLOUD.answer(name, params)).encode() for _, name, params in calls})
    make = the_same_calls(calls)
    if given.profile:
        told.write(profile_of(take, given.blocks * given.times))
        return
    cpu_us(take, given.times)
    blocks = [(cpu_us(take, given.times), cpu_us(make, given.times)) for _ in range(given.blocks)]
    told.write(json.dumps({"calls": [f"{service} {name}" for service, name, _ in calls], "blocks_us": blocks}))


def profile_of(take: Callable[[], None], times: int) -> str:
    """Where the time goes, botocore's own functions left in."""
    profile = cProfile.Profile()
    profile.runcall(lambda: [take() for _ in range(times)])
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("cumtime").print_stats("(gateway|daraja|app|powertools|logging|hmac)", 70)
    return text.getvalue()


if __name__ == "__main__":
    main()
