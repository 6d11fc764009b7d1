"""The bucket of the audit log as S3 has it: an object is made once, and who reads after a write reads it.

Its versions are kept, whatever becomes of an object.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from gateway.aws.audit_log import S3AuditLog, number_of, page_key
from tests.simulation.faults import At
from tests.simulation.processes import Environment

BUCKET = "audit"


class LockedBucket:
    """S3's client. fault: what goes wrong with the next PUT. later: plans an effect that comes when nobody waits."""

    def __init__(self, now_ms: Callable[[], int], later: Callable[[Callable[[], Any]], None]) -> None:
        self.pages: dict[int, bytes] = {}
        """By number, as they stand."""
        self.written: dict[int, list[tuple[int, bytes]]] = {}
        """By number: each version that the gateway wrote, with its time."""
        self.refused = 0
        self.fault: At | None = None
        self._now_ms = now_ms
        self._later = later

    def list_objects_v2(self, *, MaxKeys: int, **_: Any) -> dict[str, Any]:  # noqa: N803  boto3's names
        """Names count downwards, so the first one is the newest page."""
        return {"Contents": [{"Key": page_key(one)} for one in sorted(self.pages, reverse=True)[:MaxKeys]]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803  boto3's names
        """One object."""
        data = self.pages.get(number_of(Key) or 0)
        if data is None:
            raise _error("NoSuchKey", f"GetObject {Bucket}")
        return {"Body": io.BytesIO(data)}

    def put_object(self, *, Key: str, Body: bytes, IfNoneMatch: str, **_: Any) -> None:  # noqa: N803  as above
        """Made, if there is none of this name."""
        assert IfNoneMatch == "*", "a page is never written over"
        fault, self.fault = self.fault, None
        number = number_of(Key) or 0
        if fault is At.ERROR:
            raise ConnectTimeoutError(endpoint_url=BUCKET)
        if fault is At.LATE:
            self._later(lambda: self._made(number, Body))
            raise ConnectTimeoutError(endpoint_url=BUCKET)
        made = self._made(number, Body)
        if fault is At.ANSWER_LOST:
            raise ConnectTimeoutError(endpoint_url=BUCKET)
        if not made or fault is At.OWN_CONFLICT:
            self.refused += 1
            raise _error("PreconditionFailed", "PutObject")

    def _made(self, number: int, data: bytes) -> bool:
        if number in self.pages:
            return False
        self.pages[number] = data
        self.written.setdefault(number, []).append((self._now_ms(), data))
        return True


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


class LogEnvironment(Environment):
    """A Lambda environment of the log's function: it remembers the newest page that it knows."""

    __slots__ = ("_bucket", "log")

    def __init__(self, bucket: LockedBucket) -> None:
        super().__init__()
        self._bucket = bucket
        self.forget()

    def forget(self) -> None:
        """Made anew, after its process died."""
        self.log = S3AuditLog(self._bucket, BUCKET)
        self.keys = None
