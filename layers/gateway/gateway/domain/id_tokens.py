"""What an issuer says of who signed in, and what must be so before it is believed (OpenID Connect Core 1.0, 3.1.3.7).

The token comes straight from the issuer over TLS, which stands in for its signature (point 6 of the list there).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.domain.policy import MINUTE_MS

SKEW_MS = MINUTE_MS
"""How far the issuer's clock may be from ours."""
SECONDS_MAX = 1e11
"""Beyond every time that a token may name; `Infinity` and `NaN`, which Python's JSON reads, are not within."""
SUBJECT_MAX = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""
NAME_MAX = 60


class Flaw(StrEnum):
    """Why a sign-in is not believed."""

    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    NONCE = "nonce"
    SUBJECT = "subject"
    EMAIL = "email_unverified"
    NOT_FRESH = "not_fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What we asked for. max_age_ms: how long ago the proof may be; None: as long as the issuer likes."""

    issuer: str
    client_id: str
    nonce: str
    now_ms: int
    max_age_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """A person, as the issuer knows him. signed_in_at_ms 0: the issuer does not say when."""

    issuer: str
    subject: str
    email: str
    name: str
    signed_in_at_ms: int


def identified(claims: Mapping[str, Any], expected: Expected) -> Identified | Flaw:
    """The person behind the claims, or the first thing that is wrong with them."""
    flaw = _flaw_of_token(claims, expected) or _flaw_of_person(claims)
    if flaw is not None:
        return flaw
    signed_in_at_ms = _milliseconds(claims.get("auth_time")) or 0
    if expected.max_age_ms is not None and expected.now_ms > signed_in_at_ms + expected.max_age_ms:
        return Flaw.NOT_FRESH
    return Identified(
        issuer=expected.issuer,
        subject=str(claims["sub"]),
        email=str(claims["email"]),
        name=_name(claims.get("name")),
        signed_in_at_ms=min(signed_in_at_ms, expected.now_ms),
    )


def _flaw_of_token(claims: Mapping[str, Any], expected: Expected) -> Flaw | None:
    expires_at_ms, issued_at_ms = _milliseconds(claims.get("exp")), _milliseconds(claims.get("iat"))
    signed_in_at_ms = _milliseconds(claims.get("auth_time")) or 0
    if claims.get("iss") != expected.issuer:
        return Flaw.ISSUER
    if not _is_for(claims, expected.client_id):
        return Flaw.AUDIENCE
    if expires_at_ms is None or expected.now_ms >= expires_at_ms + SKEW_MS:
        return Flaw.EXPIRED
    if issued_at_ms is None or max(issued_at_ms, signed_in_at_ms) > expected.now_ms + SKEW_MS:
        return Flaw.NOT_YET
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), expected.nonce.encode()):
        return Flaw.NONCE
    return None


def _flaw_of_person(claims: Mapping[str, Any]) -> Flaw | None:
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX or not subject.isprintable():
        return Flaw.SUBJECT
    if not isinstance(email, str) or claims.get("email_verified") not in (True, "true"):
        return Flaw.EMAIL
    return None


def _name(told: Any) -> str:
    """As people may see it: who signs in chooses it, so nothing in it may hide or turn round what stands beside it."""
    words = " ".join(str(told or "").split())
    return "".join(character for character in words if character.isprintable())[:NAME_MAX]


def _is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    """One audience, ours; with several, we must also be the one that asked."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    asked_by = claims.get("azp", client_id if len(audiences) == 1 else None)
    return client_id in audiences and asked_by == client_id


def _milliseconds(seconds: Any) -> int | None:
    """A time in a token: a JSON number of seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not abs(seconds) <= SECONDS_MAX:
        return None
    return int(seconds * 1000)
