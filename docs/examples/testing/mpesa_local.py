"""The gateway's local world, for the tests of a shop: a pytest plugin in one file.

Copy it beside your tests, and write `pytest_plugins = ["mpesa_local"]` in the first conftest.py.

It starts the world on free ports, so nothing has to run before, or joins the one that MPESA_RUN_FILE names. Time stands
still but for what a test lets pass: ten minutes take a second, and nothing depends on how fast a machine is.

MPESA_GATEWAY: the folder of the gateway, installed once with `make run`. MPESA_RUN_FILE: a `run.json` of a running one.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

SECRET = "whsec_" + base64.b64encode(b"the secret of a shop under test!").decode()
"""Give it to your shop as its webhook secret: `Mpesa.tell` signs with it."""

STEPS_S = (3, 4, 20, 15, 15, 30, 60, 60)
"""How a payment's time passes while a test waits for its end: prompt, questions to Safaricom, time-out."""

FEED_SETTLES_S = 6
"""The feed shows an event when it is five seconds old."""

READY_S_MAX = 90


class Mpesa:
    """A running local world, seen by a shop's tests. secret: what `tell` signs with."""

    def __init__(self, run, secret=SECRET):
        self.gateway = run["gateway"]
        self.key = run["secret_key"]
        self.control_url = run["control"]
        self.secret = secret
        self._told = None

    def begin(self):
        """Time stands still from here on, and only events from here on are told."""
        self.control("POST", "clock", {"frozen": True})
        self._new_events()

    def end(self):
        """Faults are taken back, and time goes on."""
        self.control("DELETE", "faults")
        self.control("POST", "clock", {"frozen": False})

    def pay(self, phone="0700000000", amount=100, **fields):
        """A payment that is asked for and then over: paid, failed or whatever this phone makes of it."""
        body = {"amount": amount, "phone": phone, **fields}
        return self.ended(self.api("POST", "/v1/payments", body, key=uuid.uuid4().hex)["id"])

    def prompt(self, payment, token, phone, number=1):
        """What a payer does on your page: give a number. payment, token: as your server gave them to the page."""
        path = f"/v1/checkout/{payment}/attempts/{number}"
        self.call("PUT", self.gateway + path, {"phone": phone}, {"Authorization": f"Bearer {token}"})
        return self.ended(payment)

    def ended(self, payment):
        """The payment when nothing waits any more, or after three and a half minutes of its time."""
        for seconds in STEPS_S:
            self.advance(seconds)
            found = self.payment(payment)
            if found["status"] not in ("open", "pending"):
                break
        return found

    def payment(self, payment):
        """The payment as it stands."""
        return self.api("GET", f"/v1/payments/{payment}")

    def advance(self, seconds):
        """Let time pass. What falls due on the way happens, in order, before this returns."""
        self.control("POST", "clock", {"advance_s": seconds})

    def tell(self, webhook_url, times=1):
        """Send your shop the events that it was not told yet, signed as the gateway signs, each so many times.

        Returns [(type, your shop's status)]. The real ones are sent by the gateway to the address that you register;
        here they go out when the test says so.
        """
        return [(event["type"], self.send(webhook_url, event)) for event in self._new_events() for _ in range(times)]

    def send(self, webhook_url, event, secret=None):
        """Send one event. Returns the shop's status. secret: another one, to see that the shop refuses it."""
        body = json.dumps({name: event[name] for name in ("id", "type", "timestamp", "data")}).encode()
        return self._post(webhook_url, body, signed_headers(secret or self.secret, event["id"], body))

    def _new_events(self):
        """What happened since the last look, in order."""
        self.advance(FEED_SETTLES_S)
        events = []
        while True:
            page = self.api("GET", "/v1/events?limit=100" + (f"&after={self._told}" if self._told else ""))
            events += page["data"]
            if page["data"]:
                self._told = page["data"][-1]["id"]
            if not page["has_more"]:
                return events

    def _post(self, url, body, headers):
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def api(self, method, path, body=None, key=None):
        """Call the gateway with the local secret key."""
        headers = {"Authorization": f"Bearer {self.key}", **({"Idempotency-Key": key} if key else {})}
        return self.call(method, self.gateway + path, body, headers)

    def control(self, method, path, body=None):
        """Call the world outside: phones, faults, clock. See docs/local_world.md."""
        return self.call(method, f"{self.control_url}/{path}", body, {})

    def call(self, method, url, body, headers):
        """The answer as a value. Raises AssertionError with what was answered instead."""
        data = json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from None
        return json.loads(content) if content else None


def signed_headers(secret, event_id, body):
    """The headers of a webhook, as Standard Webhooks has them. body: bytes."""
    sent_at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.new(key, f"{event_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": sent_at,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }


def free_ports(count):
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_world(folder, data):
    """Start the local world of the gateway in this folder. Returns (process, what its run.json says)."""
    ports = dict(zip(("GATEWAY_PORT", "OUTSIDE_PORT", "CALLBACK_PORT"), map(str, free_ports(3)), strict=True))
    command = [str(Path(folder) / ".venv/bin/python"), "-m", "local", "--folder", str(data)]
    with (data / "start.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **ports}, stdout=log, stderr=log)
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline and process.poll() is None:
        if (data / "run.json").exists():
            return process, json.loads((data / "run.json").read_text())
        time.sleep(0.1)
    process.kill()
    raise RuntimeError("The local world did not start:\n" + (data / "start.log").read_text())


@pytest.fixture(scope="session")
def mpesa_run(tmp_path_factory):
    """What run.json says of the world that these tests use."""
    if run_file := os.environ.get("MPESA_RUN_FILE"):
        yield json.loads(Path(run_file).read_text())
        return
    folder = os.environ.get("MPESA_GATEWAY")
    assert folder, "Say where the gateway is: MPESA_GATEWAY=/path/to/it, or MPESA_RUN_FILE=…/.local/run.json"
    process, run = start_world(Path(folder).resolve(), tmp_path_factory.mktemp("mpesa"))
    yield run
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="session")
def mpesa_world(mpesa_run):
    """The world, for all tests of a session."""
    return Mpesa(mpesa_run)


@pytest.fixture
def mpesa(mpesa_world):
    """The world while its clock stands still but for what the test lets pass."""
    mpesa_world.begin()
    yield mpesa_world
    mpesa_world.end()
