"""DynamoDB, streams, SSM, SQS, S3 and EventBridge of the local stack: moto in a process of its own.

Everything that functions and the command line do there passes through `Backing.forward`, and so does what
the triggers do, so that whoever must know of a write (journals, queues, streams) is told of each.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp

from local.aws.errors import StartError
from local.aws.files import open_for_appending
from local.aws.functions import clock_told
from local.aws.names import REGION, TARGETS
from local.aws.worker import CLOCK_HEADER
from local.clock import Clock

START_S_MAX = 60.0
SIGNING_NAMES = {"dynamodbstreams": "dynamodb"}
SERVICES = {target: service for service, target in TARGETS.items()}
OPERATOR = "AKIALOCALOPERATOR"
"""Access key id of this machine's user: may do everything."""


class BackingError(Exception):
    """A backing service refused; `kind` is its exception's name."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


@dataclass(frozen=True)
class Call:
    """A call of a backing service."""

    service: str
    operation: str
    request: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """Its answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the service did it."""
        return self.status < 400  # noqa: PLR2004  # the first status of an error


Listener = Callable[[Call, dict[str, Any]], Awaitable[None]]


class Backing:
    """The services' process and the one way to it."""

    def __init__(self, clock: Clock, log_path: Path) -> None:
        self._clock = clock
        self._log_path = log_path
        self._log: BinaryIO | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._url = ""
        self._listeners: list[Listener] = []

    def on_done(self, listener: Listener) -> None:
        """Await `listener` after each call that succeeded, before its caller is answered."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Start the process and wait until it listens. Raises StartError."""
        self._log = open_for_appending(self._log_path)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local.aws.moto_process",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=self._log,
            start_new_session=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert self._process.stdout is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S_MAX):
                line = await self._process.stdout.readline()
            if line.strip().isdigit():
                self._url = f"http://127.0.0.1:{int(line)}/"
        if not self._url:
            raise StartError("The table's and queues' process did not start; see .local/logs/backing.log.")
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def stop(self) -> None:
        """End the process."""
        if self._session is not None:
            await self._session.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
        if self._log is not None:
            self._log.close()

    async def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call as the machine's user. Raises BackingError."""
        headers = {
            "X-Amz-Target": f"{TARGETS[service]}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": authorization(OPERATOR, SIGNING_NAMES.get(service, service)),
        }
        reply = await self.forward(Call(service, operation, request), headers, json.dumps(request).encode())
        value: dict[str, Any] = json.loads(reply.body or b"{}")
        if reply.status >= 400:  # noqa: PLR2004  # the first status of an error
            kind = str(value.get("__type", reply.status)).rpartition("#")[2]
            raise BackingError(kind, str(value.get("message", value.get("Message", ""))))
        return value

    async def forward(self, call: Call, headers: Mapping[str, str], body: bytes) -> Reply:
        """Hand a call on as it came, and tell the listeners if it succeeded."""
        reply = await self.send("POST", "", headers, body)
        if reply.status < 400 and self._listeners:  # noqa: PLR2004
            answer = json.loads(reply.body or b"{}")
            for listener in self._listeners:
                await listener(call, answer)
        return reply

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One request to the process, with the clock's state."""
        assert self._session is not None
        with_clock = {**headers, CLOCK_HEADER: clock_told(self._clock)}
        async with self._session.request(method, self._url + path, headers=with_clock, data=body) as answer:
            return Reply(answer.status, answer.headers, await answer.read())


def authorization(access_key: str, service: str) -> str:
    """A header that names the caller; the emulator does not look at signatures."""
    scope = f"{access_key}/20260101/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
