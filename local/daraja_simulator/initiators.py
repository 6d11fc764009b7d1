"""API operators ("initiators"): names, passwords, and the key pair under which their passwords come encrypted."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

TEST_INITIATOR = "testapi"
WRONG_PASSWORDS_MAX = 5
"""Safaricom publishes no number."""
KEY_BITS = 2048

INVALID, LOCKED, NOT_ALLOWED = "2001", "8006", "21"


@dataclass(slots=True)
class Initiator:
    """An operator. refused: commands for which a role is missing, as the portal would show."""

    name: str
    password: str = field(repr=False)
    wrong_passwords: int = 0
    refused: frozenset[str] = frozenset()

    @property
    def locked(self) -> bool:
        """Whether only the organisation's administrator can help."""
        return self.wrong_passwords >= WRONG_PASSWORDS_MAX

    def as_json(self) -> dict[str, object]:
        """As the control API shows it; the password is that of a world where nothing is real."""
        return {
            "name": self.name,
            "password": self.password,
            "wrong_passwords": self.wrong_passwords,
            "locked": self.locked,
            "refused": sorted(self.refused),
        }


class Initiators:
    """All operators, and Safaricom's certificate of this world."""

    def __init__(self, password: str) -> None:
        self.all = {TEST_INITIATOR: Initiator(TEST_INITIATOR, password)}

    def objection(self, name: str, credential: str, command: str) -> str | None:
        """The result code that ends a request of this operator, or None. A wrong password counts towards locking."""
        initiator = self.all.get(name)
        if initiator is None:
            return INVALID
        if initiator.locked:
            return LOCKED
        if self._decrypted(credential) != initiator.password:
            initiator.wrong_passwords += 1
            return INVALID
        initiator.wrong_passwords = 0
        return NOT_ALLOWED if command in initiator.refused else None

    @cached_property
    def certificate(self) -> str:
        """PEM. Expired, as Safaricom's own have been for years: only the key counts."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apicrypt.simulator.localhost")])
        began = dt.datetime(2017, 4, 25, tzinfo=dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(began)
            .not_valid_after(began + dt.timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)

    def _decrypted(self, credential: str) -> str | None:
        """PKCS#1 v1.5, in base64. None: not encrypted under our certificate."""
        try:
            return self._key.decrypt(base64.b64decode(credential, validate=True), padding.PKCS1v15()).decode()
        except (binascii.Error, ValueError):
            return None
