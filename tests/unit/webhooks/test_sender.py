"""The POST itself, over real sockets: to the checked address, under the endpoint's name, within limits."""

from __future__ import annotations

import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.aws import webhook_sender
from gateway.aws.names import SystemNames
from gateway.aws.webhook_sender import HttpSender
from gateway.domain.addresses import Target
from gateway.domain.webhooks import Outcome
from gateway.ports.webhooks import NameUnknown, Post

HERE = "127.0.0.1"
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Shop(http.server.ThreadingHTTPServer):
    """A shop's server. seen: (path, headers, body) of each request."""

    def __init__(self, answer: Answer) -> None:
        super().__init__((HERE, 0), Handler)
        self.answer = answer
        self.seen: list[tuple[str, dict[str, str], bytes]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no error here."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Notes the request, answers as the shop says."""

    def do_POST(self) -> None:
        """A webhook."""
        assert isinstance(self.server, Shop)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.server.answer(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Nothing."""


def saying(status: int, body: bytes = b"ok", **headers: str) -> Answer:
    """An answer."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    """An answer that never ends."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(b"x" * 65_536)


def dripping(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A byte of a header now and then, for ever."""
    for _ in range(200):
        handler.wfile.write(b"H")
        handler.wfile.flush()
        time.sleep(0.05)


def no_http(handler: http.server.BaseHTTPRequestHandler) -> None:
    """What another service says first."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


@contextmanager
def shop(answer: Answer, certificate: Path | None = None) -> Iterator[Shop]:
    """It serves while the block runs."""
    server = Shop(answer)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post_to(server: Shop, host: str = "shop.example", scheme: str = "http") -> Post:
    target = Target(scheme, host, server.server_address[1], "/hook?a=b")
    return Post(target=target, address=HERE, headers={"webhook-id": "evt_1"}, body=b'{"a":1}')


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of shop.example, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_message_goes_to_the_address_under_the_endpoints_name() -> None:
    """No look-up of the name: shop.example has no such address. Host, path, headers and body are the message's."""
    with shop(saying(204, b"")) as server:
        posted = HttpSender().post(post_to(server))

    [(path, headers, body)] = server.seen
    assert (204, None) == (posted.status, posted.outcome)
    assert ("/hook?a=b", b'{"a":1}', "evt_1") == (path, body, headers["webhook-id"])
    assert f"shop.example:{server.server_address[1]}" == headers["host"]


def test_the_certificate_must_be_of_the_endpoints_name_though_the_connection_goes_to_an_address(
    certificate: Path,
) -> None:
    """The same server under the right name and under another one."""
    trust = ssl.create_default_context(cafile=certificate)
    with shop(saying(200), certificate) as server:
        right = HttpSender(trust).post(post_to(server, scheme="https"))
        wrong = HttpSender(trust).post(post_to(server, "other.example", scheme="https"))

    assert (200, None) == (right.status, right.outcome)
    assert (None, Outcome.NOT_CONNECTED) == (wrong.status, wrong.outcome)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    """The authorities are the public ones."""
    with shop(saying(200), certificate) as server:
        posted = HttpSender().post(post_to(server, scheme="https"))

    assert (None, Outcome.NOT_CONNECTED) == (posted.status, posted.outcome)
    assert [] == server.seen


def test_a_redirect_is_not_followed() -> None:
    """It would lead past the check of the address."""
    with (
        shop(saying(200)) as inner,
        shop(saying(307, b"", Location=f"http://{HERE}:{inner.server_address[1]}/")) as server,
    ):
        posted = HttpSender().post(post_to(server))

    assert (307, 1, 0) == (posted.status, len(server.seen), len(inner.seen))


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would look the name up by itself."""
    with shop(saying(500)) as proxy, shop(saying(200)) as server:
        address = f"http://{HERE}:{proxy.server_address[1]}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, address)
        posted = HttpSender().post(post_to(server))

    assert (200, []) == (posted.status, proxy.seen)


def test_of_an_endless_answer_a_kilobyte_is_read() -> None:
    """The status counts; the connection is closed on the rest."""
    with shop(endless) as server:
        posted = HttpSender().post(post_to(server))

    assert (200, 1024) == (posted.status, len(posted.answer))


def test_an_answer_that_drips_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """One deadline for the whole call, and not one for each byte."""
    monkeypatch.setattr(webhook_sender, "EXCHANGE_S", 0.4)
    with shop(dripping) as server:
        posted = HttpSender().post(post_to(server))

    assert (None, Outcome.TIMED_OUT) == (posted.status, posted.outcome)
    assert 300 <= posted.ms < 3_000


def test_nobody_who_listens_is_said_to_be_not_connected() -> None:
    """The port is free again when the block ends."""
    with shop(saying(200)) as server:
        post = post_to(server)

    assert Outcome.NOT_CONNECTED is HttpSender().post(post).outcome


def test_something_that_is_no_http_is_said_to_be_broken_off() -> None:
    """The connection stood, the answer is none."""
    with shop(no_http) as server:
        posted = HttpSender().post(post_to(server))

    assert (None, Outcome.BROKEN_OFF) == (posted.status, posted.outcome)


def test_the_systems_names_give_addresses_ipv4_first() -> None:
    """An address is its own name; a name that cannot be is unknown."""
    names = SystemNames()

    assert ("127.0.0.1",) == names.addresses("127.0.0.1", 443)
    assert "127.0.0.1" == names.addresses("localhost", 443)[0]
    with pytest.raises(NameUnknown):
        names.addresses("no.such.name.invalid", 443)
