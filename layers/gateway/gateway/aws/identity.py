"""The Identity port: the issuer's discovery document and its token endpoint, over HTTPS. Loads httpx.

No redirect is followed, no proxy of the environment is used, answers are read up to 64 KB. Plain http is for an issuer
on this very machine alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from gateway.ports.identity import CodeExchange, CodeRefused, IdentityUnavailable, Provider

DISCOVERY_PATH = "/.well-known/openid-configuration"
REMEMBERED_MS = 60 * 60_000
"""How long the discovery document holds."""
TIMEOUT = httpx.Timeout(5.0, connect=3.0)
ANSWER_BYTES_MAX = 64 * 1024
_REFUSED = (400, 401)
"""With these an issuer refuses a code (RFC 6749, section 5.2)."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class OpenIdIssuer:
    """One issuer. read_secret: our secret there, empty where we have none (a public client with PKCE)."""

    def __init__(
        self,
        issuer: str,
        read_secret: Callable[[], str],
        now_ms: Callable[[], int],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._issuer = issuer
        self._read_secret = read_secret
        self._now_ms = now_ms
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False, transport=transport)
        self._provider: tuple[int, Provider] | None = None

    def read_provider(self) -> Provider:
        """The issuer's doors. Raises IdentityUnavailable."""
        if self._provider is None or self._now_ms() >= self._provider[0] + REMEMBERED_MS:
            self._provider = self._now_ms(), self._discovered()
        return self._provider[1]

    def _discovered(self) -> Provider:
        status, found = self._asked(httpx.Request("GET", self._issuer.rstrip("/") + DISCOVERY_PATH))
        if status != httpx.codes.OK or found.get("issuer") != self._issuer:
            raise IdentityUnavailable("The discovery document is not this issuer's.")
        return Provider(
            issuer=self._issuer,
            authorization_endpoint=_door(found.get("authorization_endpoint")),
            token_endpoint=_door(found.get("token_endpoint")),
            end_session_endpoint=_door(found["end_session_endpoint"]) if found.get("end_session_endpoint") else "",
        )

    def exchange_code(self, exchange: CodeExchange, /) -> Mapping[str, Any]:
        """The claims of the ID token. Raises CodeRefused, IdentityUnavailable."""
        fields = {
            "grant_type": "authorization_code",
            "code": exchange.code,
            "redirect_uri": exchange.redirect_uri,
            "client_id": exchange.client_id,
            "code_verifier": exchange.verifier,
        }
        headers = {"Accept": "application/json"}
        secret = self._read_secret()
        if secret:
            headers["Authorization"] = _basic(exchange.client_id, secret)
        request = httpx.Request("POST", self.read_provider().token_endpoint, data=fields, headers=headers)
        status, answer = self._asked(request)
        if status in _REFUSED:
            raise CodeRefused("The issuer refused the code.")
        if status != httpx.codes.OK:
            raise IdentityUnavailable(f"The token endpoint answered {status}.")
        return claims_of(answer.get("id_token"))

    def _asked(self, request: httpx.Request) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of the answer. Raises IdentityUnavailable without any content of it."""
        try:
            answer = self._http.send(request, stream=True)
            try:
                body = _read(answer)
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise IdentityUnavailable(type(error).__name__) from None
        try:
            value = json.loads(body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise IdentityUnavailable(f"The issuer answered {answer.status_code} without a JSON object.")
        return answer.status_code, value


def claims_of(id_token: object) -> Mapping[str, Any]:
    """What stands in the middle of `header.claims.signature`. Raises IdentityUnavailable."""
    parts = id_token.split(".") if isinstance(id_token, str) else []
    try:
        _, middle, _ = parts
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, binascii.Error):
        claims = None
    if not isinstance(claims, dict):
        raise IdentityUnavailable("The issuer's ID token cannot be read.")
    return claims


def _read(answer: httpx.Response) -> bytes:
    read = bytearray()
    for chunk in answer.iter_bytes():
        read += chunk
        if len(read) > ANSWER_BYTES_MAX:
            raise IdentityUnavailable("The issuer's answer is too large.")
    return bytes(read)


def _door(address: object) -> str:
    """An address that a code or a person may be sent to. Raises IdentityUnavailable."""
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise IdentityUnavailable("The discovery document names no https address.")
    return parts.geturl()


def _basic(client_id: str, secret: str) -> str:
    """Both form-encoded first (RFC 6749, section 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
