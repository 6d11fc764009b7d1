"""An HTTP API event (payload format 2.0) → `Request`; a value → the answer that API Gateway wants.

Nothing is judged while an event is read. Every answer says which release gave it and under which id it is logged.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NotRequired, TypedDict
from urllib.parse import parse_qs

JSON = "application/json"
PROBLEM = "application/problem+json"
HTML = "text/html; charset=utf-8"

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_-]")


class HttpAnswer(TypedDict):
    """What a function returns to API Gateway."""

    statusCode: int
    headers: dict[str, str]
    body: str
    isBase64Encoded: bool
    cookies: NotRequired[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in. headers: names in lower case. query: every value of each name, in order.

    path_parameters: as in the route, decoded. source_address: the platform's, never a header's. cookies: of a name
    that came twice, none.
    """

    method: str
    route_key: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    source_address: str
    id: str
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin_of_host(self) -> str:
        """Scheme and host under which this request came, like `https://pay.example`."""
        return f"{self.headers.get('x-forwarded-proto', 'https')}://{self.headers.get('host', 'localhost')}"

    def header(self, name: str) -> str | None:
        """A header's value; name in lower case."""
        return self.headers.get(name)

    def one(self, name: str) -> str | None:
        """The only, or the first, value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes out. body: text, or bytes that API Gateway gets in base64 (a compressed page).

    cookies: whole Set-Cookie lines.
    """

    status: int
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """The same answer with these headers; what stands there already stays."""
        return replace(self, headers={**headers, **self.headers})


def read_request(event: Mapping[str, Any]) -> Request:
    """The request in an event. Total: what is absent reads as empty, a body that is no base64 as it stands."""
    context: Mapping[str, Any] = event.get("requestContext") or {}
    http: Mapping[str, Any] = context.get("http") or {}
    headers = {_clean(name).lower(): _clean(value) for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=str(http.get("method", "GET")).upper(),
        route_key=str(event.get("routeKey") or context.get("routeKey") or "$default"),
        path=_clean(event.get("rawPath") or http.get("path") or "/"),
        path_parameters={str(name): _clean(value) for name, value in (event.get("pathParameters") or {}).items()},
        query=_query(str(event.get("rawQueryString") or "")),
        headers=headers,
        body=_body(event),
        source_address=str(http.get("sourceIp", "")),
        id="req_" + (_NOT_IN_ID.sub("", str(context.get("requestId", ""))) or "0"),
        cookies=_cookies(event.get("cookies") or ()),
    )


def _cookies(given: Iterable[object]) -> dict[str, str]:
    """By name. One that stands twice is nobody's: a neighbour in the same domain may have set the other."""
    pairs = [_clean(cookie).partition("=") for cookie in given]
    names = [name.strip() for name, _, _ in pairs]
    return {name: value for name, (_, _, value) in zip(names, pairs, strict=True) if names.count(name) == 1}


def _clean(value: object) -> str:
    """Text that can be encoded again: half surrogates become question marks."""
    return str(value).encode("utf-8", "replace").decode()


def _query(raw: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in parse_qs(raw, keep_blank_values=True).items()}


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return str(text).encode("utf-8", "surrogatepass")
    return str(text).encode("utf-8", "surrogatepass")


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status=status, body=text, headers={"Content-Type": JSON, **(headers or {})})


def entity_answer(request: Request, status: int, value: Any, etag: str) -> Answer:
    """A JSON answer with an ETag; 304 without a body where the caller has this version already."""
    quoted = f'"{etag}"'
    if _matches(request.header("if-none-match"), quoted):
        return Answer(status=304, headers={"ETag": quoted})
    return json_answer(status, value, {"ETag": quoted})


def _matches(if_none_match: str | None, quoted: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return quoted in tags or "*" in tags


def html_answer(status: int, page: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A page."""
    return Answer(status=status, body=page, headers={"Content-Type": HTML, **(headers or {})})


def to_api_gateway(answer: Answer, request_id: str, version: str) -> HttpAnswer:
    """The answer with the headers that stand on every one, as API Gateway wants it."""
    always = {"Gateway-Version": version, "Request-Id": request_id, "X-Content-Type-Options": "nosniff"}
    headers = {"Cache-Control": "no-store", **answer.headers, **always}
    raw = isinstance(answer.body, bytes)
    body = base64.b64encode(answer.body).decode() if isinstance(answer.body, bytes) else answer.body
    given: HttpAnswer = {"statusCode": answer.status, "headers": headers, "body": body, "isBase64Encoded": raw}
    if answer.cookies:
        given["cookies"] = list(answer.cookies)
    return given
