"""`mpesa-gateway webhooks`: what it asks of the gateway, what it shows, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.payments import Api
from cli.stack import Stack
from tests.unit.cli_stack import Command, fresh_stack, runner

ENDPOINT = {"id": "whe_1", "status": "enabled", "url": "https://shop.example/", "events": ["payment.*"]}
TRY = {"at": "2026-03-02T09:15:04Z", "outcome": "refused", "status": 500, "ms": 31, "answer": "no"}
DELIVERY = {"id": "dlv_1", "state": "failed", "event_type": "payment.paid", "tries": [TRY], "tries_made": 10}
PATH = "/v1/webhook-endpoints"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    """Just deployed."""
    with fresh_stack(monkeypatch, tmp_path) as made:
        yield made


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mpesa-gateway` with a key."""
    monkeypatch.setenv("MPESA_GATEWAY_URL", "https://gateway")
    monkeypatch.setenv("MPESA_GATEWAY_KEY", "sk_test_x")
    return runner(monkeypatch, capsys)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[str]]:
    """A gateway that answers with this; what it was asked, as `METHOD path?query body`."""

    def serve(answer: Any) -> list[str]:
        seen: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(f"{request.method} {request.url.raw_path.decode()} {request.content.decode()}".rstrip())
            return httpx.Response(200, json=answer)

        http = httpx.Client(base_url="https://gateway", transport=httpx.MockTransport(handle))
        monkeypatch.setattr(Api, "at", lambda _url, _key: Api(http))
        return seen

    return serve


def test_list_shows_the_endpoints(command: Command, asked: Any) -> None:
    """One a line."""
    seen = asked({"data": [ENDPOINT]})
    said = command("webhooks", "list")

    assert ([f"GET {PATH}"], 0) == (seen, said.code)
    assert "whe_1" in said.out


def test_create_shows_the_secret_once(command: Command, asked: Any) -> None:
    """And which events are asked for."""
    seen = asked(ENDPOINT | {"secret": "whsec_AAAA"})
    said = command("webhooks", "create", "https://shop.example/", "--events", "payment.paid,payment.flagged")

    assert [f'POST {PATH} {{"url":"https://shop.example/","events":["payment.paid","payment.flagged"]}}'] == seen
    assert "whsec_AAAA" in said.out


@pytest.mark.parametrize(
    ("words", "request_line"),
    [
        (("test", "whe_1"), f"POST {PATH}/whe_1/test"),
        (("redeliver", "whe_1", "--delivery", "dlv_1"), f"POST {PATH}/whe_1/deliveries/dlv_1/redeliver"),
    ],
)
def test_what_is_sent_by_hand_is_asked_of_its_address(
    command: Command, asked: Any, words: tuple[str, ...], request_line: str
) -> None:
    """And the last try is told in a few words."""
    seen = asked(DELIVERY)
    said = command("webhooks", *words)

    assert ([request_line], 0) == (seen, said.code)
    assert "refused 500 31 ms" in said.out


def test_redeliver_since_and_rotate(command: Command, asked: Any) -> None:
    """The time goes into the query."""
    seen = asked(ENDPOINT | {"secret": "whsec_BBBB"})
    command("webhooks", "redeliver", "whe_1", "--since", "2026-03-02T09:00:00Z")
    rotated = command("webhooks", "rotate", "whe_1")

    assert [f"POST {PATH}/whe_1/redeliver?since=2026-03-02T09%3A00%3A00Z", f"POST {PATH}/whe_1/rotate-secret"] == seen
    assert "24 hours" in rotated.out


def test_deliveries_that_were_given_up_end_with_one(command: Command, asked: Any) -> None:
    """So that a script notices."""
    seen = asked({"data": [DELIVERY]})
    said = command("webhooks", "deliveries", "whe_1", "--state", "failed")

    assert ([f"GET {PATH}/whe_1/deliveries?limit=25&state=failed"], 1) == (seen, said.code)
    assert "refused 500 31 ms" in said.out


TALKS = """
import sys
import cli.__main__ as cli
cli._magic = lambda options, output: [output.result({"line": "x" * 4096}) for _ in range(100)] and 0
sys.exit(cli.main(["magic"]))
"""


def test_who_has_read_enough_ends_the_command_quietly() -> None:
    """`mpesa-gateway … | head -1`: no traceback, and the code of a tool that a closed pipe ended."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", TALKS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    said = process.communicate(timeout=60)[1]

    assert (141, b"") == (process.returncode, said)


def test_redeliver_needs_to_know_what(command: Command, asked: Any) -> None:
    """Neither nothing nor both."""
    seen = asked({})
    said = command("webhooks", "redeliver", "whe_1")

    assert ([], 2) == (seen, said.code)
    assert "--since" in said.err
