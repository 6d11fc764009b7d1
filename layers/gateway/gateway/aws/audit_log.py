"""The audit log's pages in S3. A page is written once: under its number, on condition that there is none.

A page lies under `log/<999999999999 less its number>-<its number>.jsonl`, so that a list begins with the newest one.
The bucket keeps versions; with Object Lock nobody can remove a page before its time, the account's owner neither.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.ports.audit import Listed, LogUnavailable, StoredPage

FOLDER = "log/"
NUMBER_MAX = 999_999_999_999
ABSENT = frozenset({"NoSuchKey", "404"})
TAKEN = frozenset({"PreconditionFailed", "412"})
_NAME = re.compile(r"log/[0-9]{12}-([0-9]{12})\.jsonl")


class S3AuditLog:
    """The AuditLog port over one bucket. It remembers the newest page, as long as nobody else wrote one."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._newest: StoredPage | None = None

    def read_newest(self) -> StoredPage | None:
        """From memory, else by a list of one."""
        if self._newest is None:
            listed = self.list_pages(1)
            if listed.others:
                return StoredPage(0, b"")
            data = self.read_page(listed.numbers[0]) if listed.numbers else None
            self._newest = StoredPage(listed.numbers[0], data) if data is not None else None
        return self._newest

    def list_pages(self, most: int, /) -> Listed:
        """One list; S3's lists are never behind."""
        answer = self._answered("ListObjectsV2", self._client.list_objects_v2, Prefix=FOLDER, MaxKeys=most)
        found = [number_of(one["Key"]) for one in answer.get("Contents", [])]
        numbers = tuple(number for number in found if number is not None)
        return Listed(numbers, len(found) - len(numbers))

    def read_page(self, number: int, /) -> bytes | None:
        """One read."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=page_key(number))
            with closing(answer["Body"]) as body:
                return bytes(body.read())
        except ClientError as error:
            if _code(error) in ABSENT:
                return None
            raise LogUnavailable(f"GetObject: {_code(error)}") from None
        except (BotoCoreError, OSError) as error:
            raise LogUnavailable(f"GetObject: {type(error).__name__}") from None

    def append_page(self, number: int, data: bytes, /) -> bool:
        """One write. Refused also where a first try of ours stands there: its writer finds that by reading it."""
        self._newest = None
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=page_key(number),
                Body=data,
                ContentType="application/x-ndjson",
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if _code(error) in TAKEN:
                return False
            raise LogUnavailable(f"PutObject: {_code(error)}") from None
        except BotoCoreError as error:
            raise LogUnavailable(f"PutObject: {type(error).__name__}") from None
        self._newest = StoredPage(number, data)
        return True

    def _answered(self, name: str, send: Any, **request: Any) -> Any:
        try:
            return send(Bucket=self._bucket, **request)
        except ClientError as error:
            raise LogUnavailable(f"{name}: {_code(error)}") from None
        except BotoCoreError as error:
            raise LogUnavailable(f"{name}: {type(error).__name__}") from None


def page_key(number: int) -> str:
    """Where a page lies."""
    return f"{FOLDER}{NUMBER_MAX - number:012d}-{number:012d}.jsonl"


def number_of(key: str) -> int | None:
    """Inverse. None: no page lies under such a name."""
    found = _NAME.fullmatch(key)
    number = int(found[1]) if found else 0
    return number if number and page_key(number) == key else None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
