"""The whole local world, started as `make run` starts it, on free ports and with data of its own."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.person import leaves
from tests.openapi_check import check_answer

TOP = Path(__file__).resolve().parents[2]
READY_S_MAX = 60
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx at addresses on this machine: to read the certificates of all authorities costs more than a call."""


class NotReady(Exception):
    """The local world did not start; the text is what it printed."""


@dataclass
class LocalWorld:
    """A running world. Answers of the API are held against the OpenAPI."""

    data: Path
    process: subprocess.Popen[bytes]
    run: Mapping[str, Any]

    @classmethod
    def start(cls, data: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> LocalWorld:
        """Start it and wait until it is ready. Raises NotReady."""
        ports = dict(zip(("GATEWAY_PORT", "OUTSIDE_PORT", "CALLBACK_PORT"), map(str, free_ports(3)), strict=True))
        data.mkdir(parents=True, exist_ok=True)
        with (data / "start.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "local", "--folder", str(data), *arguments],
                cwd=TOP,
                env={**os.environ, **ports, **(environment or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return cls(data, process, _wait_until_ready(data, process))

    def stop(self) -> None:
        """As Ctrl-C does."""
        leaves(self.data)
        self.process.terminate()
        self.process.wait(30)

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait(30)

    @property
    def gateway(self) -> str:
        """Address of API and pages."""
        return str(self.run["gateway"])

    @property
    def outside(self) -> str:
        """Address of the outside world."""
        return str(self.run["outside"])

    @property
    def callback(self) -> str:
        """Address of the callback API."""
        return str(self.run["callback"])

    def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        secret: str | None = "",
        content: bytes | None = None,
    ) -> httpx.Response:
        """Call the shop's API and check the answer. key: the Idempotency-Key. secret: "" means the local test key."""
        sent = dict(headers or {})
        if secret is not None:
            sent.setdefault("Authorization", f"Bearer {secret or self.run['secret_key']}")
        if key is not None:
            sent["Idempotency-Key"] = key
        arguments: dict[str, Any] = (
            {"content": content} if content is not None else {"json": body} if body is not None else {}
        )
        response = httpx.request(
            method, self.gateway + path, headers=sent, timeout=40, verify=NO_AUTHORITIES, **arguments
        )
        check_answer(method, path.partition("?")[0], response.status_code, response.headers, response.content)
        return response

    def pay(self, key: str, **fields: Any) -> dict[str, Any]:
        """`POST /v1/payments`; the payment as answered."""
        response = self.api("POST", "/v1/payments", {"amount": 100, **fields}, key=key)
        assert response.status_code in (200, 201), response.text
        return dict(response.json())

    def payment(self, payment_id: str, include: str = "") -> dict[str, Any]:
        """The payment as it stands."""
        return dict(self.api("GET", f"/v1/payments/{payment_id}{'?include=' + include if include else ''}").json())

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the outside world's control API."""
        address = f"{self.outside}/control/api/{path}"
        response = httpx.request(method, address, json=body, timeout=120, verify=NO_AUTHORITIES)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def advance(self, seconds: float) -> None:
        """Let virtual time go on; what is due happens in order."""
        self.control("POST", "clock", {"advance_s": seconds})

    def pushes(self, phone: str) -> list[dict[str, Any]]:
        """Prompts that Safaricom saw for this phone."""
        return list(self.control("GET", f"pushes?phone={phone}")["pushes"])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _wait_until_ready(data: Path, process: subprocess.Popen[bytes]) -> Mapping[str, Any]:
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if (data / "run.json").exists():
            run: Mapping[str, Any] = json.loads((data / "run.json").read_text())
            if run.get("ready"):
                return run
        time.sleep(0.05)
    process.kill()
    raise NotReady((data / "start.log").read_text())
