"""Who is asked in a contract test of the client: the simulator, and Safaricom's sandbox where credentials are given.

A test marked `daraja_verified` runs against both, unchanged. The sandbox takes part when these are set:

    DARAJA_CONSUMER_KEY, DARAJA_CONSUMER_SECRET   of an app with the products
    DARAJA_INITIATOR_PASSWORD                     of `testapi`, as the portal shows it
    DARAJA_CERTIFICATE                            a file: the sandbox's certificate in PEM
    DARAJA_INBOX, DARAJA_INBOX_PORT               a public address, and the port here that it leads to
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from cli.security_credential import security_credential
from daraja.client import DarajaClient
from daraja.environments import BASE_URLS
from daraja.results import Result, parse_result
from local.daraja_simulator.options import SimulatorOptions
from tests.contract.conftest import Background, Received, Simulator, inbox

PHONE = "254708374149"
ORGANISATION, OTHER_PARTY = "600998", "600000"
SANDBOX_NEEDS = (
    "DARAJA_CONSUMER_KEY",
    "DARAJA_CONSUMER_SECRET",
    "DARAJA_INITIATOR_PASSWORD",
    "DARAJA_CERTIFICATE",
    "DARAJA_INBOX",
    "DARAJA_INBOX_PORT",
)
SANDBOX_GIVEN = all(os.environ.get(name) for name in SANDBOX_NEEDS)
RESULT_WITHIN_S = 90.0

daraja_verified = pytest.mark.parametrize("outside", ["simulator", "sandbox"][: 1 + SANDBOX_GIVEN], indirect=True)
"""The same test against both; without credentials there is no second case."""


class Outside(Protocol):
    """Daraja, and an inbox for what it posts."""

    client: DarajaClient
    inbox_address: str

    def token(self) -> str:
        """An access token."""

    def credential(self) -> str:
        """Of the operator `testapi`."""

    def results(self, what: str, count: int = 1) -> list[Result]:
        """So many results posted to `addresses(what)`, in order."""


def addresses(outside: Outside, what: str) -> dict[str, str]:
    """Where a result of this kind is posted to."""
    return {
        "result_url": f"{outside.inbox_address}/result/{what}",
        "queue_timeout_url": f"{outside.inbox_address}/timeout/{what}",
    }


def of_operator(outside: Outside, what: str) -> dict[str, str]:
    """The fields that every command of the operator has."""
    return {
        "initiator": "testapi",
        "security_credential": outside.credential(),
        "remarks": "Contract test",
        **addresses(outside, what),
    }


def _results_in(received: list[Received], path: str) -> list[Result]:
    return [parse_result(one.text.encode()) for one in received if one.path.endswith(path)]


@dataclass
class SimulatorOutside:
    """Its time moves only when a result is waited for."""

    simulator: Simulator
    client: DarajaClient = field(init=False)
    inbox_address: str = field(init=False)

    def __post_init__(self) -> None:
        """Speak to it over HTTP, as to Safaricom."""
        self.client = DarajaClient(self.simulator.address)
        self.inbox_address = self.simulator.inbox_address

    def token(self) -> str:
        """Of the app of the local world."""
        options = SimulatorOptions()
        return self.client.fetch_token(options.consumer_key, options.consumer_secret).value

    def credential(self, password: str = SimulatorOptions().initiator_password) -> str:
        """Encrypted under the simulator's certificate."""
        return security_credential(password, self.simulator.http.get("/certificate").content)

    def results(self, what: str, count: int = 1) -> list[Result]:
        """Three seconds later."""
        self.simulator.advance(3)
        found = _results_in(self.simulator.received, f"/result/{what}")
        assert count == len(found)
        return found


class SandboxOutside:
    """Safaricom's sandbox. It drops results at times; then a test fails, and says so."""

    def __init__(self, given: Mapping[str, str], background: Background) -> None:
        self._given = given
        self._received: list[Received] = []
        background.serve(inbox(self._received, {}), port=int(given["DARAJA_INBOX_PORT"]))
        self.client = DarajaClient(BASE_URLS["sandbox"])
        self._room = secrets.token_hex(8)
        self.inbox_address = f"{given['DARAJA_INBOX'].rstrip('/')}/{self._room}"

    def token(self) -> str:
        """Of the app that was named."""
        return self.client.fetch_token(self._given["DARAJA_CONSUMER_KEY"], self._given["DARAJA_CONSUMER_SECRET"]).value

    def credential(self) -> str:
        """Encrypted under the sandbox's certificate."""
        pem = Path(self._given["DARAJA_CERTIFICATE"]).read_bytes()
        return security_credential(self._given["DARAJA_INITIATOR_PASSWORD"], pem)

    def results(self, what: str, count: int = 1) -> list[Result]:
        """Waits for them, in real time."""
        path = f"/{self._room}/result/{what}"
        until = time.monotonic() + RESULT_WITHIN_S
        while len(_results_in(self._received, path)) < count and time.monotonic() < until:
            time.sleep(0.5)
        found = _results_in(self._received, path)
        assert count == len(found), f"{len(found)} of {count} results within {RESULT_WITHIN_S:.0f} s"
        return found


def outsides(request: pytest.FixtureRequest) -> Iterator[Outside]:
    """The body of the fixture `outside` of tests marked `daraja_verified`: the simulator, or Safaricom."""
    background = Background()
    makers: dict[str, Callable[[], Outside]] = {
        "simulator": lambda: SimulatorOutside(request.getfixturevalue("simulator")),
        "sandbox": lambda: SandboxOutside({name: os.environ[name] for name in SANDBOX_NEEDS}, background),
    }
    try:
        yield makers[request.param]()
    finally:
        background.stop()
