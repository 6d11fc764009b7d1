"""Runs a warm `callback_intake` many times in this process and tells CPU times as JSON. For `callback_cpu.py`.

A clock around the SDK's own entry parts each callback's time into the SDK's and ours. Answers come from botocore's hook
before sending, so no socket is touched.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import io
import json
import os
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import botocore.client
import botocore.handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks.first_calls import cloud, stk_callback

CLOUD = cloud()


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
    return AWSResponse(request.url, 200, HTTPHeaders(), Raw(body))


BODIES: dict[str, bytes] = {}
"""Answers made beforehand, so that making them is not measured."""


class SdkClock:
    """Adds up the CPU time between the SDK's entry and its return, and names the calls."""

    def __init__(self) -> None:
        self.spent_ns = 0
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.naming = False
        self._make_call: Any = botocore.client.BaseClient.__dict__["_make_api_call"]

    def start(self) -> None:
        """Stand before every client of this process."""
        clock = self

        def timed(client: Any, operation: str, params: dict[str, Any]) -> Any:
            if clock.naming:
                clock.calls.append((operation, dict(params)))
            began_ns = time.process_time_ns()
            try:
                return clock._make_call(client, operation, params)
            finally:
                clock.spent_ns += time.process_time_ns() - began_ns

        setattr(botocore.client.BaseClient, "_make_api_call", timed)  # noqa: B010  mypy knows no such method
        botocore.handlers.BUILTIN_HANDLERS.append(("before-send", answer_at_once))


def callback(app: Any, event: dict[str, Any]) -> Callable[[], None]:
    """Takes the callback once. Raises RuntimeError when it was not taken."""
    context = Context()

    def take() -> None:
        answer = app.handler(event, context)
        if answer["statusCode"] != 200:  # noqa: PLR2004  HTTP's OK
            raise RuntimeError(answer["body"])

    return take


def block_us(take: Callable[[], None], times: int, clock: SdkClock) -> tuple[float, float]:
    """CPU microseconds of one callback: all of it, and the SDK's part."""
    clock.spent_ns, began_ns = 0, time.process_time_ns()
    for _ in range(times):
        take()
    whole_ns = time.process_time_ns() - began_ns
    return whole_ns / 1000 / times, clock.spent_ns / 1000 / times


def named_calls(take: Callable[[], None], clock: SdkClock) -> list[str]:
    """The calls of one warm callback. Their answers are made now."""
    clock.naming = True
    take()
    clock.naming = False
    BODIES.update({name: json.dumps(CLOUD.answer(name, params)).encode() for name, params in clock.calls})
    return [name for name, _ in clock.calls]


def main() -> None:
    """Measure, or profile."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--blocks", type=int, default=30)
    arguments.add_argument("--times", type=int, default=40)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    told, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for the logger
    clock = SdkClock()
    clock.start()
    app = importlib.import_module("app")  # after the hook, as its clients copy it

    take = callback(app, stk_callback())
    take()
    calls = named_calls(take, clock)
    if given.profile:
        told.write(profile_of(take, given.blocks * given.times))
        return
    block_us(take, given.times, clock)
    blocks = [block_us(take, given.times, clock) for _ in range(given.blocks)]
    told.write(json.dumps({"calls": calls, "blocks_us": blocks}))


def profile_of(take: Callable[[], None], times: int) -> str:
    """Where our own time goes, function by function."""
    profile = cProfile.Profile()
    with profile:
        for _ in range(times):
            take()
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats("gateway|daraja|app|powertools", 40)
    return text.getvalue()


if __name__ == "__main__":
    main()
