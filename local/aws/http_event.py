"""API Gateway's payload format 2.0: a request as an event, an answer as a response."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.aws.names import ACCOUNT

TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
TEXT_SUFFIXES = ("+json", "+xml")
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
STAGE = "$default"


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    method: str
    path: str
    """Undecoded, without the query."""
    query: str
    """Undecoded."""
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str
    """The peer's address; no header can change it."""
    scheme: str = "http"
    port: int = 0


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class MalformedAnswer(Exception):
    """The function returned something that API Gateway does not take for an answer."""


def event_of(
    received: Received, route_key: str, path_parameters: Mapping[str, str], api_id: str, now_s: float
) -> dict[str, Any]:
    """The event. Optional parts are absent and not null, as with Amazon."""
    headers = joined_headers(received.headers)
    cookies = [part for part in headers.pop("cookie", "").split("; ") if part]
    headers["x-forwarded-for"] = _appended(headers.get("x-forwarded-for"), received.source_ip)
    headers["x-forwarded-proto"] = received.scheme
    headers["x-forwarded-port"] = str(received.port)
    headers.setdefault("content-length", str(len(received.body)))
    body, encoded = _event_body(received.body, headers.get("content-type", ""))
    optional = {
        "cookies": cookies,
        "queryStringParameters": _query_parameters(received.query),
        "pathParameters": dict(path_parameters),
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": received.path,
        "rawQueryString": received.query,
        "headers": headers,
        "requestContext": _context(received, route_key, headers, api_id, now_s),
        "isBase64Encoded": encoded,
        **{key: value for key, value in optional.items() if value},
    }


def joined_headers(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case, repeats joined by commas (cookies by semicolons), connection's own left out."""
    joined: dict[str, str] = {}
    for raw_name, value in headers:
        name = raw_name.lower()
        if name in HOP_BY_HOP:
            continue
        between = "; " if name == "cookie" else ","
        joined[name] = f"{joined[name]}{between}{value}" if name in joined else value
    return joined


def answer_of(value: Any) -> Answer:
    """A function's return value as an answer. Raises MalformedAnswer."""
    if not isinstance(value, dict) or "statusCode" not in value:
        return Answer(200, [("Content-Type", "application/json")], _inferred_body(value))
    status = value["statusCode"]
    if isinstance(status, bool) or not str(status).isdecimal() or not 100 <= int(status) <= 599:  # noqa: PLR2004
        raise MalformedAnswer(f"statusCode is {status!r}")
    headers = _answer_headers(value.get("headers") or {}, value.get("cookies") or [])
    body = _answer_body(value.get("body"), encoded=bool(value.get("isBase64Encoded")))
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain;charset=UTF-8"))
    return Answer(int(status), headers, body)


def message(status: int, text: str) -> Answer:
    """An answer of API Gateway itself: `{"message": …}`."""
    return Answer(status, [("Content-Type", "application/json")], json.dumps({"message": text}).encode())


def is_text(content_type: str) -> bool:
    """Whether bodies of this type reach the function as text; without a type, they do."""
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind.startswith(TEXT_TYPES) or kind.endswith(TEXT_SUFFIXES)


def _event_body(body: bytes, content_type: str) -> tuple[str, bool]:
    if is_text(content_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), bool(body)


def _query_parameters(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _appended(given: str | None, last: str) -> str:
    return f"{given}, {last}" if given else last


def _context(
    received: Received, route_key: str, headers: Mapping[str, str], api_id: str, now_s: float
) -> dict[str, Any]:
    domain = headers.get("host", "").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": received.method,
            "path": received.path,
            "protocol": "HTTP/1.1",
            "sourceIp": received.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": uuid.uuid4().hex[:16],
        "routeKey": route_key,
        "stage": STAGE,
        "time": datetime.fromtimestamp(now_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now_s * 1000),
    }


def _inferred_body(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _answer_headers(headers: Any, cookies: Any) -> list[tuple[str, str]]:
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise MalformedAnswer("headers must be a map and cookies a list")
    if not all(isinstance(value, (str, int, float, bool)) for value in headers.values()):
        raise MalformedAnswer("a header's value must be a text")
    plain = [(str(name), _header_text(value)) for name, value in headers.items()]
    return [*plain, *(("Set-Cookie", str(cookie)) for cookie in cookies)]


def _header_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer_body(body: Any, *, encoded: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswer(f"body is a {type(body).__name__} and not a text")
    if not encoded:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as broken:
        raise MalformedAnswer("body is not base64") from broken
