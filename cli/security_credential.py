"""The API operator's password, encrypted for Safaricom on this machine; only the result leaves it.

RSA with PKCS#1 v1.5 under the key of Safaricom's certificate, in base64: `SecurityCredential`. Certificates are
on the portal, one for the sandbox and one for production. Both ran out years ago and are in use all the same, so
their dates are not looked at. Sources: developer.safaricom.co.ke/apis/TransactionStatus, questions 5 and 6.
"""

from __future__ import annotations

import base64

from cli.failure import Exit, Failure


def security_credential(password: str, certificate_pem: bytes) -> str:
    """One line of base64; another one each time, since the padding is random. Raises Failure, never with a value."""
    # Only who sets a credential pays for these imports.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    try:
        key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    except ValueError:
        raise _wrong("the certificate is no X.509 certificate in PEM") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _wrong("the certificate's key is not of RSA, so it is not Safaricom's")
    secret = password.encode()
    longest = key.key_size // 8 - 11
    if not 1 <= len(secret) <= longest:
        raise _wrong(f"the password must have 1 to {longest} bytes")
    if password != password.strip():
        raise _wrong("the password begins or ends with a blank; a wrong password counts towards locking the operator")
    return base64.b64encode(key.encrypt(secret, padding.PKCS1v15())).decode("ascii")


def certificate_name(certificate_pem: bytes) -> str:
    """The common name of whom a certificate is for, which tells Safaricom's environments apart. Raises Failure."""
    from cryptography import x509  # noqa: PLC0415  as above
    from cryptography.x509.oid import NameOID  # noqa: PLC0415  as above

    try:
        names = x509.load_pem_x509_certificate(certificate_pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        raise _wrong("the certificate is no X.509 certificate in PEM") from None
    return str(names[0].value) if names else ""


def _wrong(why: str) -> Failure:
    return Failure(Exit.SETTINGS, "The password was not encrypted", why, "mend it and repeat")
