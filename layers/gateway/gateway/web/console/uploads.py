"""A form with a file in it, as browsers send it (multipart/form-data): the fields, and the bytes of the one file.

A form of ours has a token and one file. What is odd reads as no fields, and so as no form of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.web.checkout.posted import FIELDS_MAX, FORM_BYTES_MAX, form_fields
from gateway.web.http import Request

BYTES_MAX = 4 * 1024 * 1024
"""Of a file. A function gets six megabytes, and a file comes to it in base64."""

_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'form-data;(?:.*;)? *name="([^"]{1,40})"', re.IGNORECASE)
_IS_FILE = re.compile(rb'; *filename="', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """fields: of text. content: the file's bytes; None: no file was chosen."""

    fields: dict[str, str]
    content: bytes | None = None


def upload_of(request: Request) -> Upload:
    """What a form with a file holds."""
    boundary = _BOUNDARY.match(request.header("content-type") or "")
    if boundary is None or len(request.body) > BYTES_MAX + FORM_BYTES_MAX:
        return Upload({})
    fields: dict[str, str] = {}
    content: bytes | None = None
    parts = (b"\r\n" + request.body).split(b"\r\n--" + boundary[1].encode())[1:-1]
    for part in parts[:FIELDS_MAX]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None and _IS_FILE.search(head):
            content = value or None
        elif name is not None and len(value) <= FORM_BYTES_MAX:
            fields[name[1].decode("ascii", "replace")] = value.decode("utf-8", "replace")
    return Upload(fields, content)


def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, with a file in it or without."""
    is_upload = (request.header("content-type") or "").lower().startswith("multipart/")
    return upload_of(request).fields if is_upload else form_fields(request.body)
