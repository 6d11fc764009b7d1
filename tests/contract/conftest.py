"""A simulator with its time standing still, and an inbox that takes what it posts."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from aiohttp import web

from local.clock import Clock
from local.daraja_simulator.app import create_app
from local.daraja_simulator.options import SimulatorOptions
from local.daraja_simulator.traffic import decode

PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
STAMP = "20260315101530"
BEGINS_AT = datetime.fromisoformat("2026-03-16T10:00:00+03:00")
"""Where a simulator's time stands first, so that no test depends on the hour at which it is run."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never used: a client that is given none reads all certificates of the system, for each test anew."""


@dataclass
class Received:
    """One POST that reached the inbox."""

    path: str
    source: str
    text: str
    json: Any


@dataclass
class Simulator:
    """Speaks HTTP to the simulator. Time moves only by `advance`."""

    address: str
    inbox_address: str
    http: httpx.Client
    received: list[Received] = field(default_factory=list)
    replies: dict[str, Any] = field(default_factory=dict)
    """What the inbox answers, by path; 200 Accepted where nothing is said."""

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A call of the control API that must succeed."""
        answer = self.http.request(method, f"/control/api/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        """Let virtual time pass; all that falls due has happened on return."""
        self.control("POST", "clock", {"advance_s": seconds})

    def token(self) -> str:
        """A fresh token."""
        query = {"grant_type": "client_credentials"}
        answer = self.http.get("/oauth/v1/generate", params=query, auth=("local-key", "local-secret"))
        return str(answer.json()["access_token"])

    def post(self, path: str, body: object, token: str | None = None) -> httpx.Response:
        """A call of Daraja with a token."""
        headers = {"Authorization": f"Bearer {token or self.token()}", "Content-Type": "application/json"}
        return self.http.post(path, content=json.dumps(body), headers=headers)

    def push_body(self, phone: str = "254700000000", **changed: object) -> dict[str, object]:
        """A push that is right in every field, with some changed."""
        body: dict[str, object] = {
            "BusinessShortCode": "174379",
            "Password": password("174379"),
            "Timestamp": STAMP,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 250,
            "PartyA": phone,
            "PartyB": "174379",
            "PhoneNumber": phone,
            "CallBackURL": f"{self.inbox_address}/stk/tag",
            "AccountReference": "INV1042",
            "TransactionDesc": "Order 1042",
        }
        return {**body, **changed}

    def push(self, phone: str = "254700000000", **changed: object) -> httpx.Response:
        """Send a push."""
        return self.post("/mpesa/stkpush/v1/processrequest", self.push_body(phone, **changed))

    def query(self, checkout_request_id: str, **changed: object) -> httpx.Response:
        """Ask about a push."""
        body = {
            "BusinessShortCode": "174379",
            "Password": password("174379"),
            "Timestamp": STAMP,
            "CheckoutRequestID": checkout_request_id,
        }
        return self.post("/mpesa/stkpushquery/v1/query", {**body, **changed})

    def register(self, shortcode: str = "174379", response_type: str = "Completed") -> None:
        """Register C2B addresses of the inbox."""
        body = {
            "ShortCode": shortcode,
            "ResponseType": response_type,
            "ConfirmationURL": f"{self.inbox_address}/c2b/confirmation",
            "ValidationURL": f"{self.inbox_address}/c2b/validation",
        }
        answer = self.post("/mpesa/c2b/v2/registerurl", body)
        assert answer.json()["ResponseCode"] == "0", answer.text

    def callbacks(self) -> list[dict[str, Any]]:
        """The stkCallback of each readable callback, in order."""
        bodies = [one.json for one in self.received if one.path.startswith("/stk/") and one.json]
        return [body["Body"]["stkCallback"] for body in bodies]

    def confirmations(self) -> list[dict[str, Any]]:
        """C2B confirmations, in order."""
        return [one.json for one in self.received if one.path == "/c2b/confirmation"]


def password(shortcode: str, passkey: str = PASSKEY, stamp: str = STAMP) -> str:
    """`base64(shortcode + passkey + timestamp)`."""
    return base64.b64encode(f"{shortcode}{passkey}{stamp}".encode()).decode()


class Background:
    """An event loop in a thread, serving applications on ports of the system's choice."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runners: list[web.AppRunner] = []
        self._clocks: list[asyncio.Task[None]] = []
        self._thread.start()

    def serve(self, app: web.Application, port: int = 0) -> str:
        """Serve; gives the address. port 0: one that is free."""
        return str(self._wait(asyncio.run_coroutine_threadsafe(self._serve(app, port), self._loop)))

    def run_clock(self, clock: Clock) -> None:
        """Let the clock wake its sleepers."""
        self._loop.call_soon_threadsafe(lambda: self._clocks.append(self._loop.create_task(clock.run())))

    def stop(self) -> None:
        """Stop all and wait."""
        self._wait(asyncio.run_coroutine_threadsafe(self._stop(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _stop(self) -> None:
        for task in self._clocks:
            task.cancel()
        await asyncio.gather(*self._clocks, return_exceptions=True)
        for runner in self._runners:
            await runner.cleanup()

    @staticmethod
    def _wait(future: Future[Any]) -> Any:
        return future.result(timeout=30)


def inbox(received: list[Received], replies: dict[str, Any]) -> web.Application:
    """Takes whatever is posted to it, and answers 200 Accepted where `replies` say nothing else."""

    async def take(request: web.Request) -> web.Response:
        text = await request.text()
        received.append(Received(request.path, str(request.remote), text, decode(text)))
        accepted = {"ResultCode": 0, "ResultDesc": "Accepted"}
        return web.json_response(replies.get(request.path, accepted))

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    return app


@pytest.fixture
def options() -> SimulatorOptions:
    """Overridden by tests that want others."""
    return SimulatorOptions()


@pytest.fixture
def simulator(options: SimulatorOptions) -> Iterator[Simulator]:
    """A simulator of its own for each test, frozen."""
    background = Background()
    clock = Clock(BEGINS_AT.timestamp() - time.time())
    try:
        address = background.serve(create_app(clock, options))
        background.run_clock(clock)
        with httpx.Client(base_url=address, timeout=20, verify=NO_TLS) as http:
            simulator = Simulator(address, "", http)
            simulator.inbox_address = background.serve(inbox(simulator.received, simulator.replies))
            simulator.control("POST", "clock", {"frozen": True})
            yield simulator
    finally:
        background.stop()
