"""The bytes of a body → one JSON object, with every way in which that can fail named.

JSON is read whatever the content type says. Duplicate names, NaN and half surrogates are refused: two readers could
take such a body for two different requests.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from daraja.masking import mask_text
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.http import Request

BODY_BYTES_MAX = 64 * 1024
DEPTH_MAX = 10
INTEGER_DIGITS_MAX = 40
"""Longer integers are cut: they stay far beyond every limit, and Python takes no longer for them."""

NAME_SHOWN_MAX = 40

_EXAMPLE = 'send a JSON object, like {"amount": 100}'
_FORM = re.compile(rb"[A-Za-z_][A-Za-z0-9_.\-]*=")
"""How a form begins, and no JSON does."""

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)?|[\[\]{}]', re.DOTALL)
"""A text that never ends reaches to the end of the body, so that no character is looked at twice."""


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises ApiError 400, 413 or 415."""
    _check_media_type(request)
    if len(request.body) > BODY_BYTES_MAX:
        raise ApiError("body_too_large", f"The body has {len(request.body)} bytes; {BODY_BYTES_MAX} are the most.")
    _check_encoding(request.body)
    text = _text(request.body)
    _check_depth(text)
    value = _parsed(text)
    if not isinstance(value, dict):
        raise ApiError("body_not_json", f"The body is JSON, but no object; {_EXAMPLE}.")
    return value


def read_nothing(request: Request) -> None:
    """For routes without fields: an empty body or an empty object. Raises ApiError."""
    if not request.body.strip():
        _check_media_type(request)
        return
    names = read_object(request)
    if names:
        raise bad_fields([BadField(shown(name), "unknown_field", "This route takes no fields.") for name in names])


def _check_media_type(request: Request) -> None:
    if (request.header("content-type") or "").lower().lstrip().startswith("multipart/"):
        raise ApiError("media_type_not_supported", "Send JSON; multipart forms are not read here.")


def _check_encoding(body: bytes) -> None:
    """What begins like something that is never JSON is told by its name: a place in it would help nobody."""
    if not body.strip():
        raise ApiError("body_not_json", f"The body is empty; {_EXAMPLE}.")
    if body.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")):
        raise ApiError("body_not_utf8", "The body is compressed; send the JSON itself, without Content-Encoding.")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or body[:2].count(0) == 1:
        raise ApiError("body_not_utf8", "The body is UTF-16 or UTF-32; encode it as UTF-8.")
    if body.startswith(b"\xef\xbb\xbf"):
        raise ApiError("body_not_json", "The body begins with a byte order mark; send UTF-8 without one.")
    if _FORM.match(body):
        raise ApiError("body_not_json", f"The body is a form; {_EXAMPLE}.")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ApiError("body_not_utf8", f"Byte {error.start + 1} of the body is not UTF-8.") from error


def _check_depth(text: str) -> None:
    """Counts brackets outside of strings, before a parser would recurse into them."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0][0] == '"':
            continue
        depth += 1 if found[0] in "[{" else -1
        if depth > DEPTH_MAX:
            raise ApiError("body_too_deep", f"The body is nested more than {DEPTH_MAX} levels deep.")


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiError("body_not_json", f"The body is not JSON ({where}: {error.msg}).") from error
    except UnicodeEncodeError as error:
        raise ApiError("body_not_json", "A text in the body holds half of a surrogate pair.") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ApiError("duplicate_field", f"{shown(name)} stands more than once in the body.", param=shown(name))
        made[name] = value
    return made


def _no_constant(name: str) -> NoReturn:
    raise ApiError("body_not_json", f"{name} is not JSON.")


def _integer(digits: str) -> int:
    return int(digits[:INTEGER_DIGITS_MAX])


def shown(name: str) -> str:
    """A field's name as the caller wrote it, made fit for an answer."""
    printable = mask_text("".join(character if character.isprintable() else "?" for character in name))
    return printable[:NAME_SHOWN_MAX] + ("…" if len(printable) > NAME_SHOWN_MAX else "")
