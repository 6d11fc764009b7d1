"""Against an endpoint that wants to hold up everybody else's news."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.aws import names
from gateway.aws.names import SystemNames
from gateway.ports.webhooks import NameUnknown

TARPITS = 8
FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]


@pytest.fixture
def tarpit(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names below tarpit.example are looked up for as long as the test lasts."""
    over = threading.Event()

    def slow(host: str, *_: Any, **__: Any) -> Any:
        assert not host.endswith("tarpit.example") or over.wait(30)
        return FOUND

    monkeypatch.setattr(names, "LOOK_UP_S_MAX", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield over
    over.set()


@pytest.mark.usefixtures("tarpit")
def test_names_that_nobody_answers_for_keep_no_other_name_waiting() -> None:
    """The system's resolver cannot be stopped; what it hangs in must not be the way of the next look-up."""
    resolver = SystemNames()
    for number in range(TARPITS):
        with pytest.raises(NameUnknown):
            resolver.addresses(f"{number}.tarpit.example", 443)
    assert ("93.184.215.14",) == resolver.addresses("shop.example", 443)
