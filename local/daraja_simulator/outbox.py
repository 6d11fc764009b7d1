"""Calls to the organisation's addresses: from which address, with which faults, and what came back.

Only this machine is ever called. Safaricom does not repeat a callback, whatever the answer: nor does this.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from local.daraja_simulator.times import iso

if TYPE_CHECKING:
    from local.clock import Clock
    from local.daraja_simulator.faults import Fault, Faults
    from local.daraja_simulator.options import SimulatorOptions
    from local.daraja_simulator.traffic import Entry, Traffic

Body = Mapping[str, object]

TIMEOUT_S = 30.0
"""Real seconds that M-Pesa waits for our answer."""
VALIDATION_WINDOW_S = 8.0


@dataclass(frozen=True, slots=True)
class Message:
    """A POST to come. call: one of `FAULTS_OF` that goes out.

    distort: what each fault does to the body, where it does something to it.
    """

    call: str
    url: str
    body: Body
    phone: str
    distort: Mapping[str, Callable[[Body], Body]]
    strange: bool = False
    """From an address that is not Safaricom's."""
    raw: str | None = None
    """Sent instead of the body."""

    @property
    def text(self) -> str:
        """What goes over the wire."""
        return json.dumps(self.body) if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered."""

    status: int
    text: str


class Outbox:
    """Sends messages and logs them."""

    def __init__(self, clock: Clock, options: SimulatorOptions, traffic: Traffic, faults: Faults) -> None:
        self._clock = clock
        self._options = options
        self._traffic = traffic
        self._faults = faults
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._held: list[Message] = []

    async def close(self) -> None:
        """Close connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def send(self, message: Message) -> Reply | None:
        """Send, unless a fault says otherwise. None: it was not sent now, or no answer came."""
        fault = self._faults.fire(message.call, message.phone)
        reply = await (self.send_with(fault, message) if fault else self.post(message))
        await self._release_held(message)
        return reply

    async def post(self, message: Message, note: str = "") -> Reply | None:
        """Send exactly this, once."""
        source = self._options.stranger_source if message.strange else self._options.callback_source
        entry = self._log(message, note, source)
        if not is_local(message.url):
            entry.note = f"{note} not called: not on this machine".strip()
            return None
        with self._clock.busy():
            return await self._transmit(message, entry, source)

    async def _transmit(self, message: Message, entry: Entry, source: str) -> Reply | None:
        seconds = VALIDATION_WINDOW_S if message.call == "c2b_validation" else TIMEOUT_S
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session(source).post(
                message.url,
                data=message.text.encode(),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                reply = Reply(response.status, await response.text(errors="replace"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            entry.note = f"{entry.note} no answer: {type(error).__name__}".strip()
            return None
        entry.status, entry.answer = reply.status, reply.text
        return reply

    async def send_with(self, fault: Fault, message: Message) -> Reply | None:
        """Send as the fault says."""
        note = f"fault {fault.id} {fault.fault}"
        match fault.fault:
            case "lost":
                self._log(message, f"{note}: not sent", "")
                return None
            case "late":
                return await self._after(fault.delay_s, lambda: self.post(message, note))
            case "twice":
                await self.post(message, note)
                return await self._after(fault.delay_s, lambda: self.post(message, note))
            case "reorder":
                self._held.append(message)
                return await self._after(fault.delay_s, lambda: self._post_held(message, note))
            case _:
                return await self.post(distorted(message, fault.fault), note)

    async def _after(self, seconds: float, then: Callable[[], Awaitable[Reply | None]]) -> Reply | None:
        await self._clock.sleep(seconds)
        return await then()

    async def _post_held(self, message: Message, note: str) -> Reply | None:
        if not any(held is message for held in self._held):
            return None
        self._held = [held for held in self._held if held is not message]
        return await self.post(message, note)

    async def _release_held(self, sent: Message) -> None:
        for held in [message for message in self._held if message is not sent]:
            await self._post_held(held, "reordered: sent after a later one")

    def _session(self, source: str) -> aiohttp.ClientSession:
        if source not in self._sessions:
            connector = aiohttp.TCPConnector(family=socket.AF_INET, local_addr=(source, 0), force_close=True, limit=50)
            self._sessions[source] = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self._sessions[source]

    def _log(self, message: Message, note: str, source: str) -> Entry:
        entry = self._traffic.add(
            at=iso(self._clock.now()),
            direction="out",
            call=message.call,
            method="POST",
            url=message.url,
            phone=message.phone,
            request=message.text,
        )
        entry.note, entry.source = note, source
        return entry


def distorted(message: Message, fault: str) -> Message:
    """The message as the fault leaves it."""
    if fault == "wrong_source":
        return replace(message, strange=True)
    if fault == "malformed":
        return replace(message, raw="<callback>" + message.text.replace('"', "'"))
    if fault == "truncated":
        return replace(message, raw=message.text[: len(message.text) // 2])
    return replace(message, body=message.distort[fault](message.body))


def is_local(url: str) -> bool:
    """Whether the URL leads to this machine, by name or by loopback address."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
