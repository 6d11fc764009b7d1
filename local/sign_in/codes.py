"""Codes that were given out, and what each is good for: once, within a minute, to who can prove that it asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from local.sign_in.people import Person

CODE_S = 60
TOKEN_S = 3600


class Asked(NamedTuple):
    """What a client asked for, as RFC 6749, RFC 7636 and OpenID Connect name it."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str


class _Given(NamedTuple):
    asked: Asked
    person: Person
    at_s: float


class Refused(Exception):
    """A code that is good for nothing. The text is OAuth's `error_description`."""


class Codes:
    """Codes and ID tokens of one issuer."""

    def __init__(self, issuer: str, now_s: Callable[[], float]) -> None:
        self._issuer = issuer
        self._now_s = now_s
        self._given: dict[str, _Given] = {}
        self._key = secrets.token_bytes(32)

    def give(self, asked: Asked, person: Person) -> str:
        """A code for this person's sign-in."""
        code = secrets.token_urlsafe(24)
        self._given[code] = _Given(asked, person, self._now_s())
        return code

    def id_token(self, form: Mapping[str, str]) -> str:
        """The token that a code is good for; whatever comes of it, the code is used up. Raises Refused."""
        given = self._given.pop(form.get("code", ""), None)
        if given is None:
            raise Refused("The code is not known, or was used.")
        if self._now_s() > given.at_s + CODE_S:
            raise Refused("The code has run out.")
        asked = given.asked
        if (form.get("client_id"), form.get("redirect_uri")) != (asked.client_id, asked.redirect_uri):
            raise Refused("The code was given to another client or address.")
        if not hmac.compare_digest(challenge_of(form.get("code_verifier", "")), asked.code_challenge):
            raise Refused("The verifier does not fit.")
        return self._signed(self._claims(given))

    def _claims(self, given: _Given) -> dict[str, Any]:
        now_s = int(self._now_s())
        return {
            "iss": self._issuer,
            "aud": given.asked.client_id,
            "sub": given.person.subject,
            "iat": now_s,
            "exp": now_s + TOKEN_S,
            "auth_time": int(given.at_s),
            "nonce": given.asked.nonce,
            "email": given.person.email,
            "email_verified": given.person.verified,
            "name": given.person.name,
        }

    def _signed(self, claims: Mapping[str, Any]) -> str:
        said = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{said}.{_encoded(hmac.new(self._key, said.encode(), hashlib.sha256).digest())}"


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return _encoded(hashlib.sha256(verifier.encode()).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
