"""Registration of the addresses for money by hand: what is known of it, our own public address, Safaricom's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.registration import Addresses, Registration


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What our own public address answered. status None: nobody answered; `why` says how."""

    status: int | None
    body: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class SafaricomsAnswer:
    """Safaricom took the addresses, or has some already."""

    was_registered: bool
    text: str


class Registrations(Protocol):
    """One item for each shortcode in DynamoDB. Raise StoreUnavailable."""

    def read_registration(self, shortcode: str, /) -> Registration | None:
        """One consistent read."""

    def save_registration(self, before: Registration | None, after: Registration, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version. What was heard stays."""

    def hear_test(self, shortcode: str, nonce: str, /) -> None:
        """Note that a self-test came in, if it is the one that was begun last."""


class PublicAddress(Protocol):
    """Our own callback API, from outside. Never raises: whatever happens is an answer."""

    def post(self, url: str, body: bytes, /) -> OwnAnswer:
        """Send this, as Safaricom would."""


class Registrar(Protocol):
    """Safaricom. Raises the errors of `daraja.errors`."""

    def register(self, token: str, addresses: Addresses, production: bool, /) -> SafaricomsAnswer:  # noqa: FBT001
        """Register both addresses of a shortcode."""
