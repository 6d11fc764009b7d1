"""Files of buckets that keep versions, beside the other journals, so that they are there again after a restart.

A file lies under `<folder>/<logical id>/<its key, quoted>`. Only the newest version is kept here.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from local.aws.backing import OPERATOR, Backing, authorization
from local.aws.errors import StartError
from local.aws.file_calls import FileCall
from local.aws.files import write_bytes_whole
from local.aws.template import Template


class KeptFiles:
    """Follows what is written."""

    def __init__(self, folder: Path, template: Template, backing: Backing) -> None:
        self._backing = backing
        self._folders = {
            template.names.name(bucket.logical_id): folder / bucket.logical_id
            for bucket in template.of_type("AWS::S3::Bucket")
            if bucket.properties.get("VersioningConfiguration", {}).get("Status") == "Enabled"
        }

    def take(self, call: FileCall, body: bytes) -> None:
        """A call of S3 that succeeded."""
        if call.operation == "PutObject" and call.bucket in self._folders:
            folder = self._folders[call.bucket]
            folder.mkdir(exist_ok=True, mode=0o700)
            write_bytes_whole(folder / quote(call.key, safe=""), body)

    async def restore(self) -> None:
        """Write everything that the folders hold into their buckets. Raises StartError."""
        headers = {"Authorization": authorization(OPERATOR, "s3")}
        for bucket, folder in self._folders.items():
            for path in sorted(folder.glob("[!.]*")) if folder.exists() else ():
                key = quote(unquote(path.name))
                reply = await self._backing.send("PUT", f"{bucket}/{key}", headers, path.read_bytes())
                if not reply.is_success:
                    raise StartError(f"{path} could not be put back; see .local/logs/backing.log.")
