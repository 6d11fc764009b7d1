"""Our own callback address as it is called from outside: whatever happens is an answer in words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.aws.registrar import HttpPublicAddress


class Echo(BaseHTTPRequestHandler):
    """Gives back what it gets."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Silent."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server on this machine."""
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_is_sent_arrives_and_the_answer_comes_back(address: str) -> None:
    answer = HttpPublicAddress().post(f"{address}/in/c2b/174379/aa/validation", b'{"SelfTest":"00"}')
    assert (200, b'{"SelfTest":"00"}', "") == (answer.status, answer.body, answer.why)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/x", "not connected"),
        ("https://10.0.0.1/x", "private"),
        ("http://pay.example/x", "https"),
        ("https://no-such-host.invalid/x", "not known"),
    ],
)
def test_what_does_not_work_is_told(url: str, words: str) -> None:
    """No status, and why."""
    answer = HttpPublicAddress().post(url, b"{}")
    assert (None, True) == (answer.status, words in answer.why)
