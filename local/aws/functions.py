"""Lambda on this machine: for each function a queue in front of a few worker processes.

Workers speak the Lambda Runtime API. One port serves all of them; the path begins with the worker's id.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from local.aws.function_spec import FunctionSpec, worker_environment
from local.aws.hung_up import no_error_when_hung_up
from local.aws.invocation import Invocation, Outcome, failure
from local.aws.packages import modules_for, site_folders
from local.aws.waits import first_of
from local.aws.worker import CLOCK_HEADER, VERSION
from local.clock import Clock

WORKER = Path(__file__).with_name("worker.py")
HOST = "127.0.0.1"
INIT_S_MAX = 30.0
"""Real seconds that a worker may take to import its handler. Amazon gives 10, on a machine of its own."""
ANSWER_BYTES_MAX = 6 * 1024 * 1024
LOG_BYTES_MAX = 20_000_000


def clock_told(clock: Clock) -> str:
    """The clock's state as workers and the backing services are told it."""
    return f"{clock.offset_s:.6f};{clock.now():.6f}" if clock.frozen else f"{clock.offset_s:.6f}"


class Worker:
    """One process of a function."""

    def __init__(self, function: Function) -> None:
        self.id = uuid.uuid4().hex
        self.function = function
        self.process: asyncio.subprocess.Process | None = None
        self.current: Invocation | None = None
        self.ready = asyncio.Event()
        self.init_error: Outcome | None = None
        self.started_s = time.monotonic()

    async def start(self, command: list[str], environment: dict[str, str], log: BinaryIO) -> None:
        """Start the process; `ready` is set when it asks for work or cannot be used."""
        self.process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )

    @property
    def ending(self) -> str:
        """How the process ended, in Lambda's words."""
        code = self.process.returncode if self.process is not None else None
        if code is None or code == 0:
            return "no reason given"
        return f"error: exit status {code}" if code > 0 else f"error: signal {-code}"

    async def ended(self) -> None:
        """Wait until the process that was started is no more."""
        assert self.process is not None
        await self.process.wait()

    async def end(self) -> None:
        """Kill the process, if it lives, and wait for it."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


class Function:
    """A function's queue and workers."""

    def __init__(self, spec: FunctionSpec, host: FunctionHost) -> None:
        self.spec = spec
        self._host = host
        self._waiting: deque[Invocation] = deque()
        self._arrived = asyncio.Condition()
        self.workers: dict[str, Worker] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._modules = modules_for(spec)
        self._log: BinaryIO | None = None

    async def invoke(self, body: bytes) -> Outcome:
        """Call the function and wait. Never raises for what the function does."""
        invocation = Invocation(body)
        with self._host.clock.busy():
            self._waiting.append(invocation)
            self._spawn_if_needed()
            async with self._arrived:
                self._arrived.notify_all()
            outcome = await self._outcome_in_time(invocation)
        self._host.invoked(self, outcome)
        return outcome

    async def prewarm(self) -> None:
        """Have one worker that has imported its handler."""
        if not self.workers:
            self._spawn()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(INIT_S_MAX):
                await next(iter(self.workers.values())).ready.wait()

    async def stop(self) -> None:
        """End all workers."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        if self._log is not None:
            self._log.close()

    async def next_for(self, worker: Worker) -> Invocation:
        """The next invocation for a worker that asks."""
        worker.current = None
        worker.ready.set()
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self._waiting) > 0)
            worker.current = self._waiting.popleft()
        worker.current.taken.set()
        return worker.current

    def _spawn_if_needed(self) -> None:
        idle = sum(1 for worker in self.workers.values() if worker.current is None)
        if idle < len(self._waiting) and len(self.workers) < self.spec.workers_max:
            self._spawn()

    def _spawn(self) -> None:
        worker = Worker(self)
        self.workers[worker.id] = worker
        watcher = asyncio.create_task(self._run(worker))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def _run(self, worker: Worker) -> None:
        """A worker's life: start, wait for its end, tell whoever waits for it."""
        try:
            await worker.start(self._command(), self._environment(worker), self._open_log())
            async with asyncio.timeout(INIT_S_MAX):
                await first_of(worker.ended(), worker.ready.wait())
            await worker.ended()
        except TimeoutError:
            worker.init_error = failure("Sandbox.Timedout", f"Init did not end within {INIT_S_MAX:g} seconds")
        finally:
            await asyncio.shield(worker.end())
            self.workers.pop(worker.id, None)
            worker.ready.set()
        self._settle_after_end(worker)

    def _settle_after_end(self, worker: Worker) -> None:
        if worker.current is not None:
            message = f"RequestId: {worker.current.request_id} Error: Runtime exited with {worker.ending}"
            worker.current.settle(failure("Runtime.ExitError", message))
        elif worker.init_error is not None and self._waiting:
            self._waiting.popleft().settle(worker.init_error)
        elif self._waiting and not self.workers:
            self._waiting.popleft().settle(failure("Runtime.ExitError", "Error: Runtime exited during its start"))
        if self._waiting:
            self._spawn_if_needed()

    async def _outcome_in_time(self, invocation: Invocation) -> Outcome:
        """Its time counts from when a worker has it. Without one, since none can be started, it has an outcome too."""
        await first_of(invocation.taken.wait(), asyncio.wait([invocation.outcome]))
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(self.spec.timeout_s):
                outcome = await asyncio.shield(invocation.outcome)
        except TimeoutError:
            outcome = await self._stop_late(invocation)
        self._report(invocation, outcome, time.monotonic() - began_s)
        return outcome

    async def _stop_late(self, invocation: Invocation) -> Outcome:
        message = f"RequestId: {invocation.request_id} Error: Task timed out after {self.spec.timeout_s:.2f} seconds"
        outcome = failure("Sandbox.Timedout", message)
        invocation.settle(outcome)
        for worker in [one for one in self.workers.values() if one.current is invocation]:
            await worker.end()
        return outcome

    def _report(self, invocation: Invocation, outcome: Outcome, took_s: float) -> None:
        ending = f"\tError: {outcome.error['errorType']}" if outcome.error else ""
        self._write_log(f"REPORT RequestId: {invocation.request_id}\tDuration: {took_s * 1000:.2f} ms{ending}\n")

    def _write_log(self, line: str) -> None:
        log = self._open_log()
        log.write(line.encode())
        log.flush()

    def _open_log(self) -> BinaryIO:
        if self._log is None:
            path = self._host.log_folder / f"{self.spec.log_name}.log"
            too_long = path.exists() and path.stat().st_size > LOG_BYTES_MAX
            self._log = path.open("wb" if too_long else "ab")
        return self._log

    def _command(self) -> list[str]:
        folders = [str(self.spec.code_folder), *map(str, self.spec.layer_folders)]
        told = {
            "folders": folders,
            "sites": site_folders(),
            "modules": self._modules,
            "clock": clock_told(self._host.clock),
        }
        return [sys.executable, "-I", "-S", "-u", "-X", "utf8", str(WORKER), json.dumps(told)]

    def _environment(self, worker: Worker) -> dict[str, str]:
        return worker_environment(self.spec, f"{self._host.address}/{worker.id}", self._host.endpoint_url)


class FunctionHost:
    """All functions of a stack and the Runtime API that their workers ask."""

    def __init__(self, specs: Iterable[FunctionSpec], clock: Clock, log_folder: Path) -> None:
        self.clock = clock
        self.log_folder = log_folder
        self.address = ""
        self.endpoint_url = ""
        """Where workers find DynamoDB and the others; set before the first call."""
        self.functions = {spec.logical_id: Function(spec, self) for spec in specs}
        self._listeners: list[Callable[[FunctionSpec, Outcome], None]] = []
        self._runner: web.AppRunner | None = None

    def on_invoked(self, listener: Callable[[FunctionSpec, Outcome], None]) -> None:
        """Call `listener` after each invocation."""
        self._listeners.append(listener)

    def invoked(self, function: Function, outcome: Outcome) -> None:
        """Tell the listeners."""
        for listener in self._listeners:
            listener(function.spec, outcome)

    async def start(self) -> None:
        """Open the Runtime API on a free loopback port."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        app = web.Application(client_max_size=ANSWER_BYTES_MAX + 1, middlewares=[no_error_when_hung_up])
        at = f"/{{worker}}/{VERSION}/runtime"
        app.router.add_get(f"{at}/invocation/next", self._next)
        app.router.add_post(f"{at}/invocation/{{request}}/response", self._response)
        app.router.add_post(f"{at}/invocation/{{request}}/error", self._error)
        app.router.add_post(f"{at}/init/error", self._init_error)
        app.router.add_post("/{worker}/local/wait/{seconds}", self._wait)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        self.address = f"{HOST}:{self._runner.addresses[0][1]}"

    async def prewarm(self) -> None:
        """Start one worker of each function, all at once."""
        await asyncio.gather(*(function.prewarm() for function in self.functions.values()))

    async def stop(self) -> None:
        """End all workers, then the Runtime API."""
        await asyncio.gather(*(function.stop() for function in self.functions.values()))
        if self._runner is not None:
            await self._runner.cleanup()

    def _worker(self, request: web.Request) -> Worker:
        wanted = request.match_info["worker"]
        for function in self.functions.values():
            if wanted in function.workers:
                return function.workers[wanted]
        raise web.HTTPGone

    async def _next(self, request: web.Request) -> web.Response:
        worker = self._worker(request)
        invocation = await worker.function.next_for(worker)
        spec = worker.function.spec
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((self.clock.now() + spec.timeout_s) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": spec.arn,
            "Lambda-Runtime-Trace-Id": trace_id(self.clock.now()),
            CLOCK_HEADER: clock_told(self.clock),
        }
        return web.Response(body=invocation.body, content_type="application/json", headers=headers)

    async def _wait(self, request: web.Request) -> web.Response:
        """A handler sleeps: on the shared clock, like everybody here. Answers how the clock stands then."""
        worker, seconds = self._worker(request), float(request.match_info["seconds"])
        with self.clock.resting(worker.current.task if worker.current else None):
            await self.clock.sleep(seconds)
        return web.Response(headers={CLOCK_HEADER: clock_told(self.clock)})

    async def _response(self, request: web.Request) -> web.Response:
        worker, body = self._worker(request), await request.read()
        if len(body) > ANSWER_BYTES_MAX:
            outcome = failure("Function.ResponseSizeTooLarge", "Response payload size exceeded 6 MB.")
        else:
            outcome = Outcome(answer=body)
        return self._settle(worker, outcome)

    async def _error(self, request: web.Request) -> web.Response:
        return self._settle(self._worker(request), Outcome(error=await request.json()))

    async def _init_error(self, request: web.Request) -> web.Response:
        worker = self._worker(request)
        worker.init_error = Outcome(error=await request.json())
        return _accepted()

    @staticmethod
    def _settle(worker: Worker, outcome: Outcome) -> web.Response:
        if worker.current is not None:
            worker.current.settle(outcome)
            worker.current = None
        return _accepted()


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)


def trace_id(now_s: float) -> str:
    """An X-Ray trace header that samples nothing."""
    return f"Root=1-{int(now_s):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
