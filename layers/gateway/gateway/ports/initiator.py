"""An organisation's API operator ("initiator"): its credential, and whether it may be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.circuit import Circuit


@dataclass(frozen=True, slots=True, repr=False)
class InitiatorCredential:
    """What Safaricom is shown. security_credential: the password, encrypted under Safaricom's key; we never have it."""

    name: str
    security_credential: str
    set_at_ms: int


class Initiator(Protocol):
    """SSM for the credential, DynamoDB for the circuit."""

    def read_credential(self, shortcode: str, set_at_ms: int, /) -> InitiatorCredential | None:
        """From memory, unless that is minutes old or from before set_at_ms. None: nobody set one.

        Never an older one: M-PESA counts a wrong password towards a lock. Raises SecretsUnavailable.
        """

    def read_circuit(self, shortcode: str, /) -> Circuit | None:
        """One consistent read. None: nothing was ever wrong. Raises StoreUnavailable."""

    def save_circuit(self, before: Circuit | None, after: Circuit, /) -> bool:
        """Write, on condition that it is absent (before None) or of `before`'s version. Raises StoreUnavailable."""
