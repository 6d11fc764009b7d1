"""Reading what the control API is sent, and saying no in words."""

from __future__ import annotations

import json
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from local.daraja_simulator.phones import international


class ControlBody(BaseModel):
    """A body of the control API: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


def _phone_number(written: str) -> str:
    number = international(written)
    if number is None:
        raise ValueError("not a Kenyan mobile number, like 0712345678 or 254712345678")
    return number


def _digits(value: object) -> object:
    """Shortcodes and numbers are taken as JSON numbers too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[str, BeforeValidator(_digits), AfterValidator(_phone_number)]
"""A phone number in any common form; read as `254…`."""
Digits = Annotated[str, BeforeValidator(_digits)]

_Body = TypeVar("_Body", bound=ControlBody)


async def read(request: web.Request, kind: type[_Body]) -> _Body:
    """The body as that kind. Raises HTTP 400 with the field and what is wrong with it."""
    text = (await request.read()).decode("utf-8", "replace") or "{}"
    try:
        return kind.model_validate_json(text)
    except ValidationError as wrong:
        raise bad_request(_words(wrong)) from wrong


def query_number(request: web.Request, name: str) -> int:
    """A whole number of the query, 0 if it is absent."""
    value = request.query.get(name, "0")
    if not value.isascii() or not value.isdigit():
        raise bad_request(f"{name}: {value!r} is not a whole number")
    return int(value)


def bad_request(reason: str) -> web.HTTPBadRequest:
    """HTTP 400."""
    return web.HTTPBadRequest(text=_error(reason), content_type="application/json")


def no_such(what: str) -> web.HTTPNotFound:
    """HTTP 404."""
    return web.HTTPNotFound(text=_error(f"There is no such {what}."), content_type="application/json")


def conflict(reason: str) -> web.HTTPConflict:
    """HTTP 409: the world is not in a state for this."""
    return web.HTTPConflict(text=_error(reason), content_type="application/json")


def path_number(request: web.Request) -> str:
    """The phone number in the path, as `254…`. Raises HTTP 400."""
    try:
        return _phone_number(request.match_info["number"])
    except ValueError as wrong:
        raise bad_request(f"number: {wrong}") from wrong


def _words(wrong: ValidationError) -> str:
    parts = (f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}" for error in wrong.errors())
    return "; ".join(parts)


def _error(reason: str) -> str:
    return json.dumps({"error": reason})


def forbidden(reason: str) -> web.HTTPForbidden:
    """HTTP 403."""
    return web.HTTPForbidden(text=_error(reason), content_type="application/json")
