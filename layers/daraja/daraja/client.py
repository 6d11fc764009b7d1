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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import httpcore
import httpx

from daraja.answers import (
    Acknowledged,
    AlreadyTaken,
    PullPage,
    PullRegistered,
    PushAccepted,
    QueryAnswer,
    QueryState,
    Token,
)
from daraja.deadline import Deadline, DeadlineBackend, Monotonic
from daraja.errors import DarajaError, MaybeSent, MaybeSentReason, NotSent, NotSentReason
from daraja.http_answers import HttpAnswer
from daraja.refusals import judge_push, judge_query, judge_token
from daraja.requests import StkPushRequest, StkQueryRequest
from daraja.requests.fields import Body, Request

if TYPE_CHECKING:  # a function loads the requests that it sends, and how their answers are read, and no others
    from daraja.direct_answers import (
        BillAnswer,
        Organisation,
        PayeeName,
        QrPicture,
        SimSwap,
        Simulated,
        StandingOrderAsked,
        UrlsRegistered,
        UssdPushed,
    )
    from daraja.requests.bills import BillManagerRequest
    from daraja.requests.business import BusinessPaymentRequest, TaxRequest, UssdPushRequest
    from daraja.requests.c2b import C2bRegisterRequest, C2bRegisterV1Request, C2bSimulateRequest
    from daraja.requests.look_ups import ImsiRequest, OrganisationRequest, SimSwapRequest
    from daraja.requests.payouts import B2cRequest, B2cV1Request, HakikishaRequest, PochiRequest
    from daraja.requests.pull import PullQueryRequest, PullRegisterRequest
    from daraja.requests.qr import QrRequest
    from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
    from daraja.requests.reversals import ReversalRequest
    from daraja.requests.standing_orders import StandingOrderRequest

__all__ = ["DarajaClient", "PushAccepted", "QueryAnswer", "QueryState", "Token"]

ANSWER_BYTES_MAX: Final = 64 * 1024
PULL_BYTES_MAX: Final = 1024 * 1024
"""A page of Pull holds a hundred rows or more."""

_TOKEN_PATH: Final = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 -- a path
_HEADER_SAFE = re.compile(r"[!-~]{1,4096}")
_T = TypeVar("_T")


class DarajaClient:
    """Calls to one of Safaricom's environments. Holds no state but its TLS settings; safe between threads.

    base_url: scheme and host (`environments.BASE_URLS`). Times are in seconds: connect_s for address,
    connection and TLS together, then read_…_s for request and answer, however slowly the answer drips.
    transport: an httpx transport that stands in for the network. clock: monotonic, for the deadline.
    """

    def __init__(  # noqa: PLR0913 -- times, each by its name
        self,
        base_url: str,
        *,
        connect_s: float = 3.0,
        read_push_s: float = 15.0,
        read_query_s: float = 8.0,
        read_money_s: float = 20.0,
        connect_token_s: float = 2.0,
        read_token_s: float = 5.0,
        transport: httpx.BaseTransport | None = None,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._connect_s = connect_s
        self._read_push_s = read_push_s
        self._read_query_s = read_query_s
        self._read_money_s = read_money_s
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
            answer = self._send(_Outgoing("GET", _TOKEN_PATH, f"Basic {pair}", None), deadline)
        except MaybeSent as lost:
            raise NotSent(NotSentReason.TOKEN_NOT_OBTAINED, retryable=True, text=str(lost.reason)) from None
        return _given(judge_token(answer, (pair, consumer_key, consumer_secret)))

    def push(self, token: str | Token, request: StkPushRequest, *, begin_within_s: float | None = None) -> PushAccepted:
        """Asks Safaricom to prompt a phone. Never repeated here.

        begin_within_s: the request begins to be written within this time, or not at all (NotSent).
        Raises NotSent (TokenRejected among them), MaybeSent, Refused.
        Source: developer.safaricom.co.ke/apis/MpesaExpressSimulate.
        """
        return _given(judge_push(*self._answered(token, request, self._read_push_s, begin_within_s=begin_within_s)))

    def query(self, token: str | Token, request: StkQueryRequest) -> QueryAnswer:
        """Asks what became of a push. It changes nothing, so it may be repeated after any error.

        Raises NotSent (with retry_after_s when the rate limit named one; TokenRejected), MaybeSent when no
        readable answer came, Refused when the shop's setup is wrong.
        Source: developer.safaricom.co.ke/apis/MpesaExpressQuery.
        """
        return _given(judge_query(*self._answered(token, request, self._read_query_s)))

    def pay_out(
        self, token: str | Token, request: "B2cRequest | PochiRequest", *, begin_within_s: float | None = None
    ) -> Acknowledged | AlreadyTaken:
        """Pays a customer, or a Pochi wallet. Never repeated here.

        AlreadyTaken: the id of this payout had been taken before, so ask what became of it. After MaybeSent, too:
        ask for the status by this id, and send again, if at all, under the same id.
        begin_within_s: as for `push`. Raises NotSent, MaybeSent, Refused.
        Sources: developer.safaricom.co.ke/apis/BusinessToCustomer and BusinessToPochi.
        """
        return self._commanded(token, request, self._read_money_s, begin_within_s)

    def pay_out_v1(
        self, token: str | Token, request: "B2cV1Request", *, begin_within_s: float | None = None
    ) -> Acknowledged:
        """Pays a customer by version 1, which knows no id of ours: sent again, it pays again.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke, B2C version 1.
        """
        return _only(self._commanded(token, request, self._read_money_s, begin_within_s))

    def pay_business(
        self, token: str | Token, request: "BusinessPaymentRequest | TaxRequest", *, begin_within_s: float | None = None
    ) -> Acknowledged:
        """Pays a paybill, a till, a shortcode's float, or tax. It knows no id of ours: sent again, it pays again.

        Raises NotSent, MaybeSent, Refused.
        Sources: developer.safaricom.co.ke/apis/ BusinessPayBill, BusinessBuyGoods, B2CAccountTopUp, TaxRemittance.
        """
        return _only(self._commanded(token, request, self._read_money_s, begin_within_s))

    def push_ussd(self, token: str | Token, request: "UssdPushRequest") -> "UssdPushed":
        """Asks a merchant, on its nominated phone, to pay. Never repeated here. Raises NotSent, MaybeSent, Refused.

        Source: developer.safaricom.co.ke/apis/B2BExpressCheckout.
        """
        from daraja.direct_answers import judge_ussd_push  # noqa: PLC0415 only this call pays for it

        return _given(judge_ussd_push(*self._answered(token, request, self._read_push_s)))

    def reverse(
        self, token: str | Token, request: "ReversalRequest", *, begin_within_s: float | None = None
    ) -> Acknowledged:
        """Gives a customer's payment back. Repeated, it is answered R000001 in its result once it is done.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/Reversal.
        """
        return _only(self._commanded(token, request, self._read_money_s, begin_within_s))

    def ask_status(self, token: str | Token, request: "TransactionStatusRequest") -> Acknowledged:
        """Asks what became of a transaction. It changes nothing, but a wrong credential counts towards a lock.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/TransactionStatus.
        """
        return _only(self._commanded(token, request, self._read_query_s))

    def ask_balance(self, token: str | Token, request: "AccountBalanceRequest") -> Acknowledged:
        """Asks what is in the accounts; also the test of a credential.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/AccountBalance.
        """
        return _only(self._commanded(token, request, self._read_query_s))

    def register_urls(
        self, token: str | Token, request: "C2bRegisterRequest | C2bRegisterV1Request"
    ) -> "UrlsRegistered":
        """Registers where payments by hand are told. In production once; no call lists what is registered.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL.
        """
        from daraja.direct_answers import judge_register  # noqa: PLC0415 only this call pays for it

        return _given(judge_register(*self._answered(token, request, self._read_push_s)))

    def simulate_payment(self, token: str | Token, request: "C2bSimulateRequest") -> "Simulated":
        """A payment by hand, in Safaricom's sandbox only. Raises NotSent, MaybeSent, Refused.

        Source: developer.safaricom.co.ke/apis/CustomerToBusiness.
        """
        from daraja.direct_answers import judge_simulate  # noqa: PLC0415 only this call pays for it

        return _given(judge_simulate(*self._answered(token, request, self._read_push_s)))

    def make_qr(self, token: str | Token, request: "QrRequest") -> "QrPicture":
        """A picture to pay by. Raises NotSent, MaybeSent, Refused.

        Source: developer.safaricom.co.ke/apis/DynamicQRCode.
        """
        from daraja.direct_answers import judge_qr  # noqa: PLC0415 only this call pays for it

        return _given(judge_qr(*self._answered(token, request, self._read_push_s)))

    def register_pull(self, token: str | Token, request: "PullRegisterRequest") -> PullRegistered:
        """Enables Pull for a shortcode; once. Raises NotSent, MaybeSent, Refused.

        Source: developer.safaricom.co.ke/apis/PullTransaction.
        """
        from daraja.pull_answers import judge_pull_register  # noqa: PLC0415 only this call pays for it

        return _given(judge_pull_register(*self._answered(token, request, self._read_push_s)))

    def pull(self, token: str | Token, request: "PullQueryRequest") -> PullPage:
        """One page of the payments of a window. It may be repeated after any error.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/PullTransaction.
        """
        from daraja.pull_answers import judge_pull  # noqa: PLC0415 only this call pays for it

        return _given(judge_pull(*self._answered(token, request, self._read_money_s, bytes_max=PULL_BYTES_MAX)))

    def create_standing_order(self, token: str | Token, request: "StandingOrderRequest") -> "StandingOrderAsked":
        """Asks a customer to allow repeated payments. Never repeated here. Raises NotSent, MaybeSent, Refused.

        Source: developer.safaricom.co.ke/apis/MpesaRatiba.
        """
        from daraja.direct_answers import judge_standing_order  # noqa: PLC0415 only this call pays for it

        return _given(judge_standing_order(*self._answered(token, request, self._read_push_s)))

    def manage_bills(self, token: str | Token, request: "BillManagerRequest", prefix: str) -> "BillAnswer":
        """Opts in, sends, mends or calls off invoices, or tells that one was paid. prefix: `bills.PREFIX`.

        Raises NotSent, MaybeSent, Refused. Source: developer.safaricom.co.ke/apis/BillManager.
        """
        from daraja.direct_answers import judge_bill  # noqa: PLC0415 only this call pays for it

        return _given(judge_bill(*self._answered(token, request, self._read_push_s, prefix=prefix)))

    def find_sim_swap(self, token: str | Token, request: "SimSwapRequest | ImsiRequest") -> "SimSwap":
        """When a SIM card was replaced. Raises NotSent, MaybeSent, Refused.

        Sources: developer.safaricom.co.ke/apis/Swap and IMSI.
        """
        from daraja.direct_answers import judge_sim_swap  # noqa: PLC0415 only this call pays for it

        return _given(judge_sim_swap(*self._answered(token, request, self._read_query_s)))

    def find_organisation(self, token: str | Token, request: "OrganisationRequest") -> "Organisation":
        """Whose shortcode it is. Raises NotSent, MaybeSent, Refused.

        Source: github.com/kepas-tech/daraja-js docs/specs/query-org-info.md.
        """
        from daraja.direct_answers import judge_organisation  # noqa: PLC0415 only this call pays for it

        return _given(judge_organisation(*self._answered(token, request, self._read_query_s)))

    def find_payee(self, token: str | Token, request: "HakikishaRequest") -> "PayeeName":
        """The name behind a number. Raises NotSent, MaybeSent, Refused.

        Source: github.com/kepas-tech/daraja-js docs/specs/b2c-hakikisha.md.
        """
        from daraja.direct_answers import judge_payee  # noqa: PLC0415 only this call pays for it

        return _given(judge_payee(*self._answered(token, request, self._read_query_s)))

    def _commanded(
        self, token: str | Token, request: Request, read_s: float, begin_within_s: float | None = None
    ) -> Acknowledged | AlreadyTaken:
        from daraja.command_answers import judge_command  # noqa: PLC0415 only this call pays for it

        outcome = judge_command(*self._answered(token, request, read_s, begin_within_s=begin_within_s))
        if isinstance(outcome, DarajaError):
            raise outcome
        return outcome

    def _answered(
        self,
        token: str | Token,
        request: Request,
        read_s: float,
        *,
        begin_within_s: float | None = None,
        bytes_max: int = ANSWER_BYTES_MAX,
        prefix: str = "",
    ) -> tuple[HttpAnswer, tuple[str, ...]]:
        """The answer, and what must not be repeated of it."""
        connect_s = self._connect_s if begin_within_s is None else min(self._connect_s, begin_within_s)
        deadline = Deadline.starting_now(connect_s, read_s, self._clock)
        value = _value(token)
        outgoing = _Outgoing("POST", prefix + request.path, f"Bearer {value}", request.body(), request.headers())
        return self._send(outgoing, deadline, bytes_max), (value, *request.hidden())

    def _send(self, outgoing: "_Outgoing", deadline: Deadline, bytes_max: int = ANSWER_BYTES_MAX) -> HttpAnswer:
        headers = {
            "Authorization": outgoing.authorization,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **outgoing.headers,
        }
        content = None if outgoing.body is None else json.dumps(outgoing.body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        transport = self._transport or _OneCall(deadline, self._tls)
        url = f"{self._base_url}{outgoing.path}"
        with (
            _errors_sorted(),
            httpx.Client(transport=transport, trust_env=False, timeout=None) as http,  # noqa: S113 -- the deadline
            http.stream(outgoing.method, url, headers=headers, content=content) as response,
        ):
            return _read_answer(response, bytes_max)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What goes over the wire. headers: besides the usual ones."""

    method: str
    path: str
    authorization: str = field(repr=False)
    body: Body | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


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


def _read_answer(response: httpx.Response, bytes_max: int) -> HttpAnswer:
    """The whole answer; one that is too large or not decodable is a broken one. Raises MaybeSent."""
    raw = bytearray()
    for chunk in response.iter_raw():
        raw += chunk
        if len(raw) > bytes_max:
            raise MaybeSent(MaybeSentReason.ANSWER_TOO_LARGE, http_status=response.status_code)
    body = _decoded(bytes(raw), response, bytes_max)
    return HttpAnswer(response.status_code, dict(response.headers), body)


def _decoded(raw: bytes, response: httpx.Response, bytes_max: int) -> bytes:
    """Undoes gzip, which a proxy may add unasked; at most bytes_max come out."""
    if response.headers.get("content-encoding", "").strip().lower() not in {"gzip", "x-gzip"}:
        return raw
    unzip = zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(raw, bytes_max)
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


def _only(outcome: Acknowledged | AlreadyTaken) -> Acknowledged:
    """Of a call that carries no id of ours, to which "taken before" tells nothing certain."""
    if isinstance(outcome, AlreadyTaken):
        raise MaybeSent(MaybeSentReason.UNKNOWN_ANSWER, text=outcome.text, request_id=outcome.request_id)
    return outcome


def _given(outcome: _T | DarajaError) -> _T:
    if isinstance(outcome, DarajaError):
        raise outcome
    return outcome
