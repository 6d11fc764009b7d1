"""The client on a real socket: connections, deadlines, TLS, and what leaves this machine."""

import base64
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from daraja.answers import PushAccepted, Token
from daraja.client import DarajaClient
from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason
from tests.unit.daraja.calls import ACCEPTED, CHECKOUT_ID, TOKEN, a_push, a_query, asked, client_of, pushed
from tests.unit.daraja.peer import Answering, Peer, dripping, http, peer, silent


@contextmanager
def tls_peer(folder: Path) -> Iterator[tuple[Peer, ssl.SSLContext]]:
    """A peer on TLS with a certificate of its own, and settings that trust just this one."""
    certificate = folder / "peer.pem"
    certificate.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with peer(http(200, ACCEPTED), tls=context) as told:
        told.base_url = told.base_url.replace("http://127.0.0.1", "https://localhost")
        yield told, ssl.create_default_context(cafile=certificate)


def self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + certificate.public_bytes(Encoding.PEM)


def test_a_push_sends_what_the_portal_documents() -> None:
    with peer(http(200, ACCEPTED)) as told:
        accepted = client_of(told.base_url).push(Token(TOKEN, 3599), a_push())

    head, _, body = told.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}".encode() in head
    assert b"Content-Type: application/json" in head
    assert json.loads(body) == {
        "BusinessShortCode": "174379",
        "Password": base64.b64encode(b"174379passkey-of-the-test20260315101530").decode(),
        "Timestamp": "20260315101530",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 250,
        "PartyA": 254711000111,
        "PartyB": "174379",
        "PhoneNumber": 254711000111,
        "CallBackURL": "https://pay.example.co.ke/in/stk/9f2c",
        "AccountReference": "INV1042",
        "TransactionDesc": "Order 1042",
    }
    assert accepted == PushAccepted(CHECKOUT_ID, "7c1a-1", "Success. Request accepted for processing")


def test_each_push_has_a_connection_of_its_own() -> None:
    with peer(http(200, ACCEPTED), http(200, ACCEPTED)) as told:
        client = client_of(told.base_url)
        client.push(TOKEN, a_push())
        client.push(TOKEN, a_push())

    assert [b"Connection: close" in request for request in told.requests] == [True, True]


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]

    with pytest.raises(NotSent) as caught:
        client_of(f"http://127.0.0.1:{free}").push(TOKEN, a_push())

    assert (caught.value.reason, caught.value.retryable) == (NotSentReason.UNREACHABLE, True)


def test_a_broken_tls_handshake_was_not_sent() -> None:
    with peer() as told, pytest.raises(NotSent) as caught:
        DarajaClient(told.base_url.replace("http:", "https:"), connect_s=0.3).push(TOKEN, a_push())

    assert caught.value.reason in {NotSentReason.UNREACHABLE, NotSentReason.CONNECT_TIMEOUT}


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    with tls_peer(tmp_path) as (told, _), pytest.raises(NotSent) as caught:
        client_of(told.base_url).push(TOKEN, a_push())

    assert caught.value.reason is NotSentReason.UNREACHABLE
    assert told.requests == [b""]


def test_a_push_over_tls_is_answered(tmp_path: Path) -> None:
    with tls_peer(tmp_path) as (told, trusting):
        client = client_of(told.base_url)
        client._tls = trusting
        accepted = client.push(TOKEN, a_push())

    assert accepted.checkout_request_id == CHECKOUT_ID


@pytest.mark.parametrize("readings", [[0.0, 0.0, 99.0], [0.0, 0.0, 0.0, 0.0, 99.0]], ids=["connecting", "writing"])
def test_a_push_that_would_begin_too_late_sends_nothing(readings: list[float]) -> None:
    """Looking up a name, or a process that was frozen, may use up the time in which a push may begin."""
    clock = chain(readings, repeat(99.0))
    with peer(http(200, ACCEPTED)) as told:
        client = DarajaClient(told.base_url, connect_s=10, clock=lambda: next(clock))
        with pytest.raises(NotSent) as caught:
            client.push(TOKEN, a_push(), begin_within_s=8)

    assert caught.value.reason is NotSentReason.CONNECT_TIMEOUT
    assert b"".join(told.requests) == b""


def test_a_push_whose_time_to_begin_is_over_is_not_tried() -> None:
    with peer() as told, pytest.raises(NotSent) as caught:
        client_of(told.base_url).push(TOKEN, a_push(), begin_within_s=0)

    assert (caught.value.reason, told.requests) == (NotSentReason.CONNECT_TIMEOUT, [])


@pytest.mark.parametrize("call", [pushed, asked])
def test_no_answer_in_time_leaves_a_call_unknown(call: Callable[[Answering, float], object]) -> None:
    with pytest.raises(MaybeSent) as caught:
        call(silent, 0.2)

    assert caught.value.reason is MaybeSentReason.READ_TIMEOUT


def test_no_token_in_time_means_that_nothing_was_sent() -> None:
    with peer(silent) as told, pytest.raises(NotSent) as caught:
        client_of(told.base_url, 0.2).fetch_token("key", "secret")

    assert caught.value.reason is NotSentReason.TOKEN_NOT_OBTAINED


@pytest.mark.parametrize(
    "answering",
    [
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), id="drips its head"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b" "), id="drips its body"),
        pytest.param(dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="hints for ever"),
    ],
)
def test_a_dripping_peer_holds_a_push_no_longer_than_its_deadline(answering: Answering) -> None:
    with peer(answering) as told:
        client = client_of(told.base_url, 0.3)
        begun = time.monotonic()
        with pytest.raises(MaybeSent) as caught:
            client.push(TOKEN, a_push())
        taken_s = time.monotonic() - begun

    assert caught.value.reason is MaybeSentReason.READ_TIMEOUT
    assert taken_s < 3


def test_a_token_that_cannot_stand_in_a_header_is_never_sent() -> None:
    with peer() as told, pytest.raises(NotSent) as caught:
        client_of(told.base_url).push("a\r\nX-Evil: 1", a_push())

    assert (caught.value.reason, caught.value.retryable) == (NotSentReason.UNUSABLE_TOKEN, False)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert pushed(http(200, ACCEPTED)).merchant_request_id == "7c1a-1"


def test_what_is_printed_of_requests_and_answers_shows_neither_secrets_nor_numbers() -> None:
    shown = f"{a_push()!r} {a_query()!r} {Token(TOKEN, 1)!r} {PushAccepted(CHECKOUT_ID, None, '')!r}"

    assert [hidden for hidden in (TOKEN, "711000111", a_push().password) if hidden in shown] == []
