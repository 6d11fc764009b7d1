"""Statements as files in S3: put there by whoever has a signed address, read by us, gone after a week.

A file lies under `statements/<owner>/<id>`. The bucket is private and encrypted with the project's key; an address is
good for one file of one length and some minutes: the length is signed, so S3 takes no other. Names and numbers of
payers stand in these files: nothing of one is logged.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.ports.statements import FilesUnavailable, StoredFile

FOLDER = "statements"


class S3StatementFiles:
    """The StatementFiles port over the one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload_address(self, owner: str, statement: str, size: int, seconds: int, /) -> str:
        """Signed here, the header Content-Length as well; S3 is not asked."""
        asked = {"Bucket": self._bucket, "Key": _key(owner, statement), "ContentLength": size}
        try:
            return str(self._client.generate_presigned_url("put_object", Params=asked, ExpiresIn=seconds))
        except BotoCoreError as error:
            raise FilesUnavailable(f"signing: {type(error).__name__}") from error

    def put_file(self, owner: str, statement: str, content: bytes, /) -> None:
        """One write."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=_key(owner, statement), Body=content)
        except ClientError as error:
            raise FilesUnavailable(f"PutObject: {error.response['Error']['Code']}") from error
        except (BotoCoreError, OSError) as error:
            raise FilesUnavailable(f"PutObject: {type(error).__name__}") from error

    def read_file(self, owner: str, statement: str, most: int, /) -> StoredFile | None:
        """One read; its length is told before its bytes."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_key(owner, statement))
            with closing(answer["Body"]) as body:
                size = int(answer["ContentLength"])
                return StoredFile(size, None if size > most else bytes(body.read(most)))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise FilesUnavailable(f"GetObject: {error.response['Error']['Code']}") from error
        except (BotoCoreError, OSError) as error:
            raise FilesUnavailable(f"GetObject: {type(error).__name__}") from error


def _key(owner: str, statement: str) -> str:
    return f"{FOLDER}/{owner}/{statement}"
