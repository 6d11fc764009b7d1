"""What the sign-in asks of the issuer (OpenID Connect)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.ports import PortError


class IdentityUnavailable(PortError):
    """The issuer did not answer, or not as it should. Texts hold no code and no token."""


class CodeRefused(PortError):
    """The issuer does not take this code: it was used, ran out, or is not ours."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the issuer's doors are, from its discovery document. end_session_endpoint: empty where there is none."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class CodeExchange:
    """A code, and what proves that it is ours."""

    code: str
    verifier: str
    redirect_uri: str
    client_id: str


class Identity(Protocol):
    """The issuer. Raise IdentityUnavailable."""

    def read_provider(self) -> Provider:
        """Its doors; from memory after the first time, for an hour."""

    def exchange_code(self, exchange: CodeExchange, /) -> Mapping[str, Any]:
        """The claims of the ID token that the code is good for. Raises CodeRefused, IdentityUnavailable."""
