"""The process that runs one function's handler: Lambda's runtime loop, in plain Python.

Started as `python -I -S worker.py <JSON>`, with Lambda's environment and nothing of ours: this file imports
only the standard library, and what the handler can import is what its layers and Lambda's own image have.
JSON: {"folders": [function, layers…], "sites": […], "modules": […], "clock": "<offset>[;<frozen at>]"}.
"""

from __future__ import annotations

import http.client
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

VERSION = "2018-06-01"
CLOCK_HEADER = "Local-Clock"
WAITS_ON_THE_CLOCK_S = 5.0
"""A handler's sleep from this length on follows the shared clock. A shorter one (between two tries of a call) passes
also while that clock stands still.
"""
NOTHING_TO_SAY = b""

Handler = Callable[[Any, Any], Any]


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        left_ms = int(headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
        self._ends_s = time.monotonic() + left_ms / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped. They pass also while the local clock stands still."""
        return max(0, int((self._ends_s - time.monotonic()) * 1000))


class LambdaPackages(importlib.abc.MetaPathFinder):
    """Finds third parties in this environment, but only those that Lambda would have."""

    def __init__(self, sites: Sequence[str], modules: Iterable[str]) -> None:
        self._sites = list(sites)
        self._modules = frozenset(modules)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's place, or None for what no layer has."""
        if path is not None or fullname not in self._modules:
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, self._sites, target)

    def find_distributions(self, context: Any) -> Any:
        """Metadata of packages, e.g. for a library that asks for its own version."""
        from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415  # few handlers ask

        where = DistributionFinder.Context(name=context.name, path=self._sites)
        return MetadataPathFinder.find_distributions(where)


class ProcessClock:
    """Moves what this process takes for the time of day. Monotonic clocks go on as they are."""

    def __init__(self, sites: Sequence[str]) -> None:
        self._sites = sites
        self._traveller: Any = None

    def follow(self, told: str) -> None:
        """`<offset in seconds>[;<seconds since the epoch at which time stands still>]`. Handlers read CLOCK_AHEAD_S."""
        offset, _, frozen_at = told.partition(";")
        if self._traveller is None and not frozen_at and abs(float(offset)) < 0.001:  # noqa: PLR2004  # a millisecond
            return
        library = self._library()
        real_time = time.time if self._traveller is None else library.escape_hatch.time.time
        to_s = float(frozen_at) if frozen_at else real_time() + float(offset)
        os.environ["CLOCK_AHEAD_S"] = str(round(to_s - real_time()))
        if self._traveller is None:
            self._traveller = library.travel(to_s, tick=not frozen_at).start()
        else:
            self._traveller.move_to(to_s, tick=not frozen_at)
        time.time()

    def _library(self) -> Any:
        if "time_machine" in sys.modules:
            return sys.modules["time_machine"]
        sys.modules["pytest"] = None  # type: ignore[assignment]  # time_machine would load all of it
        sys.path[:0] = self._sites
        try:
            return importlib.import_module("time_machine")
        finally:
            del sys.path[: len(self._sites)]
            del sys.modules["pytest"]


class RuntimeApi:
    """Lambda's Runtime API, at which a worker asks for work and answers it."""

    def __init__(self, address: str) -> None:
        host, _, prefix = address.partition("/")
        self._worker = f"/{prefix}" if prefix else ""
        self._connection = http.client.HTTPConnection(host)
        self._prefix = f"/{prefix}/{VERSION}/runtime" if prefix else f"/{VERSION}/runtime"

    def wait(self, seconds: float) -> str:
        """Sleep on the shared clock; how it stands then."""
        self._connection.request("POST", f"{self._worker}/local/wait/{seconds:.3f}")
        answer = self._connection.getresponse()
        answer.read()
        return answer.headers[CLOCK_HEADER] or "0"

    def next(self) -> tuple[http.client.HTTPMessage, bytes]:
        """Wait for the next invocation."""
        return self._call("GET", "/invocation/next", NOTHING_TO_SAY, {})

    def answer(self, request_id: str, body: bytes) -> None:
        """What the handler returned."""
        self._call("POST", f"/invocation/{request_id}/response", body, {})

    def fail(self, request_id: str, error: dict[str, Any]) -> None:
        """What the handler raised."""
        self._error(f"/invocation/{request_id}/error", error)

    def fail_to_start(self, error: dict[str, Any]) -> None:
        """The handler cannot be imported."""
        self._error("/init/error", error)

    def _error(self, path: str, error: dict[str, Any]) -> None:
        headers = {"Lambda-Runtime-Function-Error-Type": error["errorType"]}
        self._call("POST", path, json.dumps(error).encode(), headers)

    def _call(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPMessage, bytes]:
        self._connection.request(method, self._prefix + path, body, headers)
        answer = self._connection.getresponse()
        return answer.headers, answer.read()


def told_error(error: BaseException) -> dict[str, Any]:
    """An exception as Lambda reports it."""
    lines = traceback.format_exception(error)
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": "",
        "stackTrace": [line.rstrip("\n") for line in lines[1:-1]],
    }


def log_error(error: BaseException) -> None:
    """The same into the function's log."""
    sys.stderr.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}")
    sys.stderr.flush()


def sleep_on_the_shared_clock(api: RuntimeApi, clock: ProcessClock) -> None:
    """Replace this process's `time.sleep`: whoever waits here waits with everybody else."""
    real_sleep = time.sleep

    def sleep(seconds: float) -> None:
        if seconds < WAITS_ON_THE_CLOCK_S:
            real_sleep(seconds)
        else:
            clock.follow(api.wait(seconds))

    setattr(time, "sleep", sleep)  # noqa: B010  # an assignment would have to have sleep's own, wider type


def load_handler(name: str) -> Handler:
    """`app.handler` → the function `handler` of the module `app`."""
    module_name, _, function_name = name.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    handler: Handler = getattr(module, function_name)
    return handler


def run_once(api: RuntimeApi, handler: Handler, clock: ProcessClock) -> None:
    """One invocation: ask, set the clock, call, answer."""
    headers, body = api.next()
    clock.follow(headers[CLOCK_HEADER] or "0")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
    try:
        answer = json.dumps(handler(json.loads(body), Context(headers)), ensure_ascii=False).encode()
    except Exception as error:  # noqa: BLE001  # whatever a handler raises is told to the caller
        log_error(error)
        api.fail(request_id, {**told_error(error), "requestId": request_id})
    else:
        sys.stdout.flush()
        api.answer(request_id, answer)


def die_with_parent() -> None:
    """End when the process that started this one is gone: then standard input ends."""
    os.read(0, 1)
    os._exit(0)


def main() -> int:
    """Run until the parent ends this process."""
    told = json.loads(sys.argv[1])
    threading.Thread(target=die_with_parent, daemon=True).start()
    sys.path[:0] = told["folders"]
    sys.meta_path.append(LambdaPackages(told["sites"], told["modules"]))
    clock = ProcessClock(told["sites"])
    clock.follow(told["clock"])
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sleep_on_the_shared_clock(api, clock)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001  # whatever the import raises is told to the caller
        log_error(error)
        api.fail_to_start(told_error(error))
        return 1
    while True:
        run_once(api, handler, clock)


if __name__ == "__main__":
    sys.exit(main())
