"""Safaricom's API, one method per call; the only place with an HTTP client.

Every call uses a connection of its own: one that was kept may have been closed by the other side while this
process slept, and then nobody knows whether a prompt was sent. Nothing is repeated in here, because only the
caller knows what a repetition would cost. Proxies from the environment are not used, redirects not followed.
"""

import base64
import json
import re
import ssl
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import httpcore
import httpx

from daraja.answers import PushAccepted, QueryAnswer, QueryState, Token
from daraja.deadline import Deadline, DeadlineBackend, Monotonic
from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason
from daraja.refusals import HttpAnswer, judge_push, judge_query, judge_token
from daraja.requests import StkPushRequest, StkQueryRequest

__all__ = ["DarajaClient", "PushAccepted", "QueryAnswer", "QueryState", "Token"]

ANSWER_BYTES_MAX: Final = 64 * 1024

_TOKEN_PATH: Final = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 -- a path
_PUSH_PATH: Final = "/mpesa/stkpush/v1/processrequest"
_QUERY_PATH: Final = "/mpesa/stkpushquery/v1/query"
_HEADER_SAFE = re.compile(r"[!-~]{1,4096}")
_T = TypeVar("_T")


class DarajaClient:
    """Calls to one of Safaricom's environments. Holds no state but its TLS settings; safe between threads.

    base_url: scheme and host (`environments.BASE_URLS`). Times are in seconds: connect_s for address,
    connection and TLS together, then read_…_s for request and answer, however slowly the answer drips.
    transport: an httpx transport that stands in for the network. clock: monotonic, for the deadline.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_s: float = 3.0,
        read_push_s: float = 15.0,
        read_query_s: float = 8.0,
        connect_token_s: float = 2.0,
        read_token_s: float = 5.0,
        transport: httpx.BaseTransport | None = None,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._connect_s = connect_s
        self._read_push_s = read_push_s
        self._read_query_s = read_query_s
        self._connect_token_s = connect_token_s
        self._read_token_s = read_token_s
        self._transport = transport
        self._clock = clock
        self._tls = httpx.create_ssl_context(trust_env=False) if base_url.startswith("https:") else None

    def fetch_token(self, consumer_key: str, consumer_secret: str) -> Token:
        """A new access token. It may invalidate the app's previous one: one refresher at a time.

        Raises NotSent in every other case. Source: developer.safaricom.co.ke/apis/Authorization.
        """
        pair = base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode("ascii")
        deadline = Deadline.starting_now(self._connect_token_s, self._read_token_s, self._clock)
        try:
            answer = self._send("GET", _TOKEN_PATH, f"Basic {pair}", None, deadline)
        except MaybeSent as lost:
            raise NotSent(NotSentReason.TOKEN_NOT_OBTAINED, retryable=True, text=str(lost.reason)) from None
        return _given(judge_token(answer, (pair, consumer_key, consumer_secret)))

    def push(self, token: str | Token, request: StkPushRequest, *, begin_within_s: float | None = None) -> PushAccepted:
        """Asks Safaricom to prompt a phone. Never repeated here.

        begin_within_s: the request begins to be written within this time, or not at all (NotSent).
        Raises NotSent (TokenRejected among them), MaybeSent, Refused.
        Source: developer.safaricom.co.ke/apis/MpesaExpressSimulate.
        """
        connect_s = self._connect_s if begin_within_s is None else min(self._connect_s, begin_within_s)
        deadline = Deadline.starting_now(connect_s, self._read_push_s, self._clock)
        value = _value(token)
        answer = self._send("POST", _PUSH_PATH, f"Bearer {value}", request.body(), deadline)
        return _given(judge_push(answer, (value, request.password, request.callback_url)))

    def query(self, token: str | Token, request: StkQueryRequest) -> QueryAnswer:
        """Asks what became of a push. It changes nothing, so it may be repeated after any error.

        Raises NotSent (with retry_after_s when the rate limit named one; TokenRejected), MaybeSent when no
        readable answer came, Refused when the shop's setup is wrong.
        Source: developer.safaricom.co.ke/apis/MpesaExpressQuery.
        """
        deadline = Deadline.starting_now(self._connect_s, self._read_query_s, self._clock)
        value = _value(token)
        answer = self._send("POST", _QUERY_PATH, f"Bearer {value}", request.body(), deadline)
        return _given(judge_query(answer, (value, request.password)))

    def _send(
        self,
        method: str,
        path: str,
        authorization: str,
        body: dict[str, str | int] | None,
        deadline: Deadline,
    ) -> HttpAnswer:
        headers = {
            "Authorization": authorization,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        transport = self._transport or _OneCall(deadline, self._tls)
        with (
            _errors_sorted(),
            httpx.Client(transport=transport, trust_env=False, timeout=None) as http,  # noqa: S113 -- the deadline
            http.stream(method, f"{self._base_url}{path}", headers=headers, content=content) as response,
        ):
            return _read_answer(response)


class _OneCall(httpx.BaseTransport):
    """One connection for one call, under one deadline; raises httpx's errors."""

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=DeadlineBackend(deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        inner = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
        )
        with _httpx_names():
            response = self._pool.handle_request(inner)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_names():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _httpx_names() -> Iterator[None]:
    """The errors of httpcore under the names that httpx gives them."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        named: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise named(str(error)) from error


@contextmanager
def _errors_sorted() -> Iterator[None]:
    """Where in a call it broke decides what it means. Texts of the network library are not passed on."""
    try:
        yield
    except httpx.ConnectTimeout:
        raise NotSent(NotSentReason.CONNECT_TIMEOUT, retryable=True) from None
    except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.ProxyError):
        raise NotSent(NotSentReason.UNREACHABLE, retryable=True) from None
    except httpx.TimeoutException:
        raise MaybeSent(MaybeSentReason.READ_TIMEOUT) from None
    except httpx.HTTPError:
        raise MaybeSent(MaybeSentReason.CONNECTION_CUT) from None


def _read_answer(response: httpx.Response) -> HttpAnswer:
    """The whole answer; one that is too large or not decodable is a broken one. Raises MaybeSent."""
    raw = bytearray()
    for chunk in response.iter_raw():
        raw += chunk
        if len(raw) > ANSWER_BYTES_MAX:
            raise MaybeSent(MaybeSentReason.ANSWER_TOO_LARGE, http_status=response.status_code)
    body = _decoded(bytes(raw), response)
    return HttpAnswer(response.status_code, dict(response.headers), body)


def _decoded(raw: bytes, response: httpx.Response) -> bytes:
    """Undoes gzip, which a proxy may add unasked; at most ANSWER_BYTES_MAX come out."""
    if response.headers.get("content-encoding", "").strip().lower() not in {"gzip", "x-gzip"}:
        return raw
    unzip = zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(raw, ANSWER_BYTES_MAX)
    except zlib.error:
        raise MaybeSent(MaybeSentReason.BROKEN_ANSWER, http_status=response.status_code) from None
    if not unzip.eof:
        raise MaybeSent(MaybeSentReason.ANSWER_TOO_LARGE, http_status=response.status_code)
    return body


def _value(token: str | Token) -> str:
    value = token.value if isinstance(token, Token) else token
    if not _HEADER_SAFE.fullmatch(value):
        raise NotSent(NotSentReason.UNUSABLE_TOKEN, retryable=False)
    return value


def _given(outcome: _T | DarajaError) -> _T:
    if isinstance(outcome, DarajaError):
        raise outcome
    return outcome
