"""The operator's password, encrypted: what Safaricom can decrypt, and what is refused before it locks anybody out."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cli.failure import Failure
from cli.security_credential import security_credential

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PASSWORD = "Safaricom123#&%$"


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """Expired long ago, as Safaricom's own."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apicrypt.safaricom.co.ke")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2014, 11, 12, tzinfo=UTC))
        .not_valid_after(datetime(2016, 11, 11, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("password", [PASSWORD, "pässwörd", "x", "x" * 245])
def test_who_has_the_key_reads_the_password(password: str) -> None:
    credential = security_credential(password, certificate())

    assert password == KEY.decrypt(base64.b64decode(credential), padding.PKCS1v15()).decode()


def test_a_credential_is_one_line_of_base64_and_differs_each_time() -> None:
    """344 characters for a key of 2048 bits; the padding is random."""
    one, other = security_credential(PASSWORD, certificate()), security_credential(PASSWORD, certificate())

    assert [344, 344, 2] == [len(one), len(other), len({one, other})]
    assert one.isascii()
    assert not any(character.isspace() for character in one)


@pytest.mark.parametrize(
    ("password", "pem", "why"),
    [
        (PASSWORD, b"", "no X.509 certificate"),
        (PASSWORD, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no X.509 certificate"),
        (PASSWORD, certificate(ec.generate_private_key(ec.SECP256R1())), "not of RSA"),
        ("", certificate(), "1 to 245 bytes"),
        ("x" * 246, certificate(), "1 to 245 bytes"),
        (f"{PASSWORD}\n", certificate(), "begins or ends with a blank"),
        (f" {PASSWORD}", certificate(), "begins or ends with a blank"),
    ],
    ids=["empty", "broken", "another kind of key", "no password", "too long", "line end", "blank"],
)
def test_what_cannot_be_right_is_refused_and_the_password_not_shown(password: str, pem: bytes, why: str) -> None:
    with pytest.raises(Failure) as caught:
        security_credential(password, pem)

    assert (True, False) == (why in str(caught.value.why), PASSWORD in str(caught.value))
