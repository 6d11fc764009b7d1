"""The issuer over HTTP: what is sent to it, what of its answers is believed, and that nothing of them is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from gateway.aws.identity import REMEMBERED_MS, OpenIdIssuer, claims_of
from gateway.ports.identity import CodeExchange, CodeRefused, IdentityUnavailable, Provider

ISSUER = "https://issuer.example/pool"
DISCOVERY: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://login.example/token",
    "end_session_endpoint": "https://login.example/logout",
}
EXCHANGE = CodeExchange("the-code", "v" * 64, "https://pay.example/console/signed-in", "our client")
Answer = Callable[[httpx.Request], httpx.Response]


def token_of(claims: Any) -> str:
    """An ID token with these claims."""
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


class Peer:
    """The issuer's side: answers in the order in which they were laid out."""

    def __init__(self, *answers: httpx.Response | Exception, secret: str = "") -> None:
        self.asked: list[httpx.Request] = []
        self.answers = [httpx.Response(200, json=DISCOVERY), *answers]
        self.now_ms = 0
        self.issuer = OpenIdIssuer(ISSUER, lambda: secret, lambda: self.now_ms, httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_doors_are_those_of_the_discovery_document_and_are_remembered_for_an_hour() -> None:
    peer = Peer(httpx.Response(200, json=DISCOVERY))
    provider = Provider(
        ISSUER, "https://login.example/authorize", "https://login.example/token", "https://login.example/logout"
    )
    found = [peer.issuer.read_provider()]
    peer.now_ms = REMEMBERED_MS - 1
    found.append(peer.issuer.read_provider())
    asked_within = len(peer.asked)
    peer.now_ms = REMEMBERED_MS
    found.append(peer.issuer.read_provider())
    assert [provider] * 3 == found
    assert (1, 2) == (asked_within, len(peer.asked))
    assert f"{ISSUER}/.well-known/openid-configuration" == str(peer.asked[0].url)


@pytest.mark.parametrize(
    "document",
    [
        {**DISCOVERY, "issuer": "https://elsewhere.example"},
        {**DISCOVERY, "issuer": ISSUER + "/"},
        {**DISCOVERY, "token_endpoint": "http://login.example/token"},
        {**DISCOVERY, "authorization_endpoint": "javascript:alert(1)"},
        {**DISCOVERY, "authorization_endpoint": None},
        {**DISCOVERY, "end_session_endpoint": "ftp://login.example"},
        {},
        [],
    ],
)
def test_a_discovery_document_that_is_not_right_is_not_believed(document: Any) -> None:
    peer = Peer()
    peer.answers = [httpx.Response(200, json=document)]
    with pytest.raises(IdentityUnavailable):
        peer.issuer.read_provider()


def test_an_issuer_on_this_machine_may_speak_plain_http() -> None:
    document = {**DISCOVERY, "token_endpoint": "http://localhost:7071/sign-in/token"}
    peer = Peer()
    peer.answers = [httpx.Response(200, json=document)]
    assert "http://localhost:7071/sign-in/token" == peer.issuer.read_provider().token_endpoint


def test_a_code_is_exchanged_with_its_verifier_and_nothing_secret_in_the_address() -> None:
    peer = Peer(httpx.Response(200, json={"id_token": token_of({"sub": "s"})}))
    assert {"sub": "s"} == peer.issuer.exchange_code(EXCHANGE)
    sent = peer.asked[1]
    assert ("POST", "https://login.example/token") == (sent.method, str(sent.url))
    assert {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": ["https://pay.example/console/signed-in"],
        "client_id": ["our client"],
        "code_verifier": ["v" * 64],
    } == parse_qs(sent.content.decode())
    assert "authorization" not in sent.headers


def test_a_client_secret_goes_in_the_header_form_encoded() -> None:
    peer = Peer(httpx.Response(200, json={"id_token": token_of({})}), secret="s:/é")
    peer.issuer.exchange_code(EXCHANGE)
    scheme, _, pair = peer.asked[1].headers["authorization"].partition(" ")
    assert ("Basic", b"our%20client:s%3A%2F%C3%A9") == (scheme, base64.b64decode(pair))


@pytest.mark.parametrize("status", [400, 401])
def test_a_code_that_the_issuer_refuses_is_refused(status: int) -> None:
    peer = Peer(httpx.Response(status, json={"error": "invalid_grant"}))
    with pytest.raises(CodeRefused):
        peer.issuer.exchange_code(EXCHANGE)


BROKEN: dict[str, httpx.Response | Exception] = {
    "it is down": httpx.ConnectError("the-code"),
    "it is slow": httpx.ReadTimeout("the-code"),
    "it has a fault": httpx.Response(500, json={"message": "the-code"}),
    "it redirects": httpx.Response(302, headers={"location": "https://elsewhere.example"}),
    "it sends a page": httpx.Response(200, html="the-code"),
    "it sends a list": httpx.Response(200, json=["the-code"]),
    "no token": httpx.Response(200, json={}),
    "a token of two parts": httpx.Response(200, json={"id_token": "e30.e30"}),
    "a token that is no text": httpx.Response(200, json={"id_token": 7}),
    "a token that is no base64": httpx.Response(200, json={"id_token": "e30.é.x"}),
    "claims that are no object": httpx.Response(200, json={"id_token": token_of([1])}),
    "too much": httpx.Response(200, content=b'{"id_token":"' + b"x" * 70_000 + b'"}'),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_is_none_is_an_issuer_that_is_away(answer: httpx.Response | Exception) -> None:
    """And the error holds nothing of what was sent or answered."""
    peer = Peer(answer)
    with pytest.raises(IdentityUnavailable) as caught:
        peer.issuer.exchange_code(EXCHANGE)
    assert "the-code" not in str(caught.value)


def test_claims_are_read_with_and_without_padding() -> None:
    assert [{"a": "x" * size} for size in range(4)] == [claims_of(token_of({"a": "x" * size})) for size in range(4)]
