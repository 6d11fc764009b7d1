"""Calls of S3: it is asked by method and path, and by addresses that were signed for somebody without a key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, unquote

from local.aws.names import file_arn

SECRET = "local"  # noqa: S105  of no account
"""What every function signs with (`function_spec.py`)."""

OPERATIONS = {"GET": "GetObject", "PUT": "PutObject"}
SCOPE = re.compile(r"([^/]+)/[0-9]{8}/[^/]+/([a-z0-9-]+)/aws4_request")
_PATH = re.compile(r"/([a-z0-9.-]{3,63})/([^?]+)")
_LIST = re.compile(r"/([a-z0-9.-]{3,63})/?\?(?:[^?]*&)?list-type=2(&[^?]*)?")


@dataclass(frozen=True)
class Signature:
    """Who signed a request, for which service, and until when the address is good. expires_at None: no such address."""

    access_key: str
    service: str
    expires_at: float | None = None


@dataclass(frozen=True)
class FileCall:
    """A file that is read or written, or a list of them (key empty)."""

    operation: str
    bucket: str
    key: str

    @property
    def arn(self) -> str:
        """The name in policies: of the file, or of the bucket that is listed."""
        if not self.key:
            return file_arn(self.bucket, "").rstrip("/")
        return file_arn(self.bucket, self.key)


def signature(authorization: str, query: Mapping[str, str]) -> Signature | None:
    """The signature of a request, in its header or in its address; None: nobody signed it."""
    header = SCOPE.search(authorization.partition("Credential=")[2])
    if header is not None:
        return Signature(header[1], header[2])
    address = SCOPE.fullmatch(query.get("X-Amz-Credential", ""))
    if address is None:
        return None
    return Signature(address[1], address[2], _expires_at(query))


def _expires_at(query: Mapping[str, str]) -> float:
    """In seconds since the epoch; an address that does not say it is good no more."""
    try:
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed.timestamp() + int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        return 0.0


def fits_its_signature(method: str, raw_path: str, headers: Mapping[str, str]) -> bool:
    """Whether an address is used as it was signed: also with the headers that it names, like a length.

    Signature version 4 in the address, as S3 checks it.
    """
    path, _, raw_query = raw_path.partition("?")
    pairs = sorted(pair for pair in raw_query.split("&") if not pair.startswith("X-Amz-Signature="))
    query = dict(parse_qsl(raw_query))
    try:
        names = query["X-Amz-SignedHeaders"].split(";")
        _, day, region, service, ending = query["X-Amz-Credential"].split("/")
        signed_at, given = query["X-Amz-Date"], query["X-Amz-Signature"]
    except (KeyError, ValueError):
        return False
    said = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    request = "\n".join((method, path, "&".join(pairs), said, ";".join(names), "UNSIGNED-PAYLOAD"))
    scope = f"{day}/{region}/{service}/{ending}"
    text = "\n".join(("AWS4-HMAC-SHA256", signed_at, scope, sha256(request.encode()).hexdigest()))
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, ending, text):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(key.hex(), given)


def file_call(method: str, raw_path: str) -> FileCall | None:
    """What a request to S3 does; None: something that this stack's functions do not do."""
    listed = _LIST.fullmatch(raw_path)
    if listed is not None and method == "GET":
        return FileCall("ListBucket", listed[1], "")
    found = _PATH.match(raw_path)
    if found is None or method not in OPERATIONS:
        return None
    return FileCall(OPERATIONS[method], found[1], unquote(found[2]))
