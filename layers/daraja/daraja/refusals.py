"""An HTTP answer of Safaricom → what it means for money. One table, read top-down; the first row wins.

One errorCode has many meanings and one meaning has many codes, so a row looks at code and text, and at the
shape of the body where there is no code. Whatever no row knows may have been sent (a push) or is asked
about again (a query); it is never taken for a refusal.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Final, TypeAlias

from daraja.answers import PushAccepted, QueryAnswer, QueryState, Token
from daraja.errors import (
    DarajaError,
    MaybeSent,
    MaybeSentReason,
    NotSent,
    NotSentReason,
    RefusalCause,
    Refused,
    TokenRejected,
)
from daraja.http_answers import HttpAnswer, Reading, Shape, field, is_success, read, says_yes
from daraja.masking import scrub

__all__ = [
    "TABLE",
    "TOKEN_CODES",
    "HttpAnswer",
    "Known",
    "Progress",
    "Row",
    "Shape",
    "Verdict",
    "error_of",
    "judge_push",
    "judge_query",
    "judge_token",
    "maybe_sent",
    "row_of",
]


class Progress(Enum):
    """Not a refusal: the payment asked about has no outcome yet."""

    PROCESSING = auto()
    UNKNOWN_ID = auto()


class Known(Enum):
    """Not a refusal of money: answers of single calls that look like errors."""

    TAKEN_BEFORE = auto()
    REGISTERED_BEFORE = auto()
    NOT_RETRIEVED = auto()
    """Pull found nothing, or did not look."""


Verdict: TypeAlias = NotSentReason | RefusalCause | Progress | Known


@dataclass(frozen=True, slots=True)
class Row:
    """One known answer. Empty `codes`, `text`, `statuses` match everything. source: where it was read."""

    verdict: Verdict
    source: str
    shape: Shape = Shape.CODE
    codes: frozenset[str] = frozenset()
    text: str = ""
    statuses: frozenset[int] = frozenset()


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


TOKEN_CODES: Final = _codes("400.003.01", "401.001", "401.002.01", "401.003.01", "404.001.03")
_BUSY_CODES: Final = _codes("500.003.02", "500.002.02")
_EXPRESS: Final = "500.001.1001"
_FIELD: Final = _codes("400.002.02")

_PORTAL = "developer.safaricom.co.ke/apis/MpesaExpressSimulate, error codes"
_PORTAL_QUERY = "developer.safaricom.co.ke/apis/MpesaExpressQuery, error codes"
_PORTAL_AUTH = "developer.safaricom.co.ke/apis/Authorization, error codes"
_PORTAL_BALANCE = "developer.safaricom.co.ke/apis/AccountBalance, error codes"
_ERRORS_JSON = "github.com/ronnyabuto/daraja-error-codes errors.json"
_LIVE = "live sandbox, 2026-06 to 2026-08: github.com/ronnyabuto/mpesa-stk UNVERIFIED_BEHAVIORS.md"
_SAMPLE_ISSUES = "github.com/safaricom/LNMOnlineAndroidSample/issues/8, /11, /13, /46"
_FIREWALL_SEEN = "github.com/safaricom/mpesa-php-sdk/issues/59"
_APIGEE = "docs.apigee.com, fault codes of policies and of key management"
_SEMANTICS = "RFC 6585 section 4"

_SHOP_FIELDS = r"Invalid\s+(BusinessShortCode|ShortCode|PartyB|Password|Timestamp|TransactionType|CallBackURL)"

TABLE: Final[tuple[Row, ...]] = (
    # The product first: its answers come with codes of the token group.
    Row(RefusalCause.SHOP_SETUP, _SAMPLE_ISSUES, text=r"no api\s?product match"),
    Row(RefusalCause.SHOP_SETUP, _APIGEE, Shape.FAULT, text=r"no api\s?product match|NoApiProductMatchFound"),
    Row(NotSentReason.TOKEN_REJECTED, _PORTAL, codes=TOKEN_CODES),
    Row(
        NotSentReason.TOKEN_REJECTED,
        _PORTAL,
        text=r"invalid access token|access token (is )?(invalid|expired)",
        statuses=frozenset({400, 401, 404}),
    ),
    Row(
        NotSentReason.TOKEN_REJECTED,
        _APIGEE,
        Shape.FAULT,
        text=r"invalid[_ ]?access[_ ]?token|access token expired",
    ),
    # The limits in front of M-Pesa.
    Row(NotSentReason.RATE_LIMITED, _LIVE, Shape.FAULT, text=r"SpikeArrest|spike arrest"),
    Row(NotSentReason.QUOTA_USED_UP, _APIGEE, Shape.FAULT, text=r"QuotaViolation|quota"),
    Row(NotSentReason.RATE_LIMITED, _PORTAL, codes=_BUSY_CODES, text=r"spike arrest|rate limit"),
    Row(NotSentReason.BUSY, _PORTAL, codes=_BUSY_CODES, text=r"system is busy|try again in (a )?few minutes"),
    Row(
        NotSentReason.QUOTA_USED_UP,
        _PORTAL_BALANCE,
        codes=_codes("500.003.03", "500.002.03"),
        text=r"quota",
    ),
    Row(NotSentReason.MAINTENANCE, _PORTAL_BALANCE, codes=_codes("00.002.1001")),
    Row(NotSentReason.MAINTENANCE, _PORTAL_BALANCE, text=r"currently under maintenance"),
    Row(NotSentReason.FIREWALL, _FIREWALL_SEEN, Shape.HTML, statuses=frozenset({403})),
    Row(NotSentReason.FIREWALL, _FIREWALL_SEEN, Shape.HTML, text=r"Incapsula", statuses=frozenset({503})),
    # One code, six meanings.
    Row(
        Progress.PROCESSING,
        _SAMPLE_ISSUES,
        codes=_codes(_EXPRESS),
        text=r"transaction is (still )?being processed",
    ),
    Row(Progress.UNKNOWN_ID, _LIVE, codes=_codes(_EXPRESS), text=r"transaction does not exist"),
    Row(RefusalCause.PHONE_BUSY, _PORTAL, codes=_codes(_EXPRESS), text=r"unable to lock subscriber"),
    Row(RefusalCause.SHOP_SETUP, _PORTAL, codes=_codes(_EXPRESS), text=r"merchant does not exist"),
    Row(RefusalCause.SHOP_SETUP, _PORTAL, codes=_codes(_EXPRESS), text=r"wrong credentials"),
    Row(RefusalCause.PHONE_NOT_ON_MPESA, _ERRORS_JSON, codes=_codes(_EXPRESS), text=r"missing ICCID"),
    # Fields.
    Row(Progress.UNKNOWN_ID, _PORTAL_QUERY, codes=_FIELD, text=r"Invalid\s+CheckoutRequestID"),
    Row(RefusalCause.PHONE_NOT_ON_MPESA, _PORTAL, codes=_FIELD, text=r"Invalid\s+(PhoneNumber|PartyA)"),
    Row(RefusalCause.SHOP_SETUP, _PORTAL, codes=_FIELD, text=_SHOP_FIELDS),
    Row(RefusalCause.INVALID_FIELD, _PORTAL, codes=_FIELD),
    Row(RefusalCause.INVALID_FIELD, _PORTAL, codes=_codes("400.002.05", "400.003.02")),
    # Path, method, headers.
    Row(RefusalCause.NOT_ALLOWED, _PORTAL, codes=_codes("404.001.01", "404.002.01", "404.003.01")),
    Row(RefusalCause.NOT_ALLOWED, _PORTAL, codes=_codes("404.001.04", "405.001")),
    # The request for a token.
    Row(RefusalCause.SHOP_SETUP, _PORTAL_AUTH, codes=_codes("400.008.01", "400.008.02")),
)

_RATE = re.compile(r"messagesPerPeriod=([0-9]{1,6}), periodInMicroseconds=([0-9]{1,12})")
_NAMED_FIELD = re.compile(r"Invalid\s+([A-Za-z]{3,40})\b")
_RETRY_AFTER_S_MAX: Final = 3_600
_ID_MAX: Final = 256


def judge_push(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> PushAccepted | DarajaError:
    """The answer to an STK push. `secrets` (the token) are taken out of every text that is kept."""
    reading = read(answer, secrets)
    if is_success(reading):
        return _accepted(reading)
    if says_yes(reading):
        return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)
    return error_of(reading)


def judge_query(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> QueryAnswer | DarajaError:
    """The answer to an STK query. "Not finished" and "not known" are answers, no errors."""
    reading = read(answer, secrets)
    code = field(reading, "resultcode")
    if is_success(reading) and code is not None:
        state = QueryState.PROCESSING if code == "4999" else QueryState.ANSWERED
        return _query_answer(reading, state, code, field(reading, "resultdesc") or "")
    row = row_of(reading)
    if row is not None and isinstance(row.verdict, Progress):
        state = QueryState[row.verdict.name]
        return _query_answer(reading, state, None, reading.text)
    return error_of(reading)


def judge_token(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> Token | NotSent:
    """The answer to a request for a token. Whatever is no token means that nothing was sent to M-Pesa."""
    reading = read(answer, secrets)
    value, seconds = field(reading, "access_token"), field(reading, "expires_in")
    if (
        answer.status == HTTPStatus.OK
        and value
        and seconds
        and re.fullmatch(r"[0-9]{1,6}", seconds)
        and int(seconds) > 0
    ):
        return Token(value, int(seconds))
    if reading.shape is Shape.EMPTY and answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return _not_sent(reading, NotSentReason.CREDENTIALS_REJECTED, retryable=False)
    error = error_of(reading)
    if isinstance(error, NotSent) and not isinstance(error, TokenRejected):
        return error
    refused = isinstance(error, Refused | TokenRejected) or answer.status == HTTPStatus.UNAUTHORIZED
    reason = NotSentReason.CREDENTIALS_REJECTED if refused else NotSentReason.TOKEN_NOT_OBTAINED
    return _not_sent(reading, reason, retryable=not refused)


def _accepted(reading: Reading) -> PushAccepted | DarajaError:
    checkout_request_id = field(reading, "checkoutrequestid")
    if checkout_request_id is None or len(checkout_request_id) > _ID_MAX:
        return maybe_sent(reading, MaybeSentReason.BROKEN_ANSWER)
    text = field(reading, "responsedescription") or ""
    return PushAccepted(checkout_request_id, field(reading, "merchantrequestid"), scrub(text, reading.secrets))


def _query_answer(reading: Reading, state: QueryState, code: str | None, text: str) -> QueryAnswer:
    return QueryAnswer(
        state,
        code,
        scrub(text, reading.secrets),
        field(reading, "checkoutrequestid"),
        field(reading, "merchantrequestid"),
    )


def row_of(reading: Reading, table: Sequence[Row] = TABLE) -> Row | None:
    """The first row that fits."""
    return next((row for row in table if _matches(row, reading)), None)


def _matches(row: Row, reading: Reading) -> bool:
    same_shape = row.shape is reading.shape
    same_code = not row.codes or reading.code in row.codes
    same_status = not row.statuses or reading.answer.status in row.statuses
    return same_shape and same_code and same_status and bool(re.search(row.text, reading.text, re.IGNORECASE))


def error_of(reading: Reading, table: Sequence[Row] = TABLE) -> DarajaError:
    """What an answer that is none of those hoped for means for money."""
    row = row_of(reading, table)
    if row is None:
        return _unlisted(reading)
    match row.verdict:
        case NotSentReason.TOKEN_REJECTED:
            return TokenRejected(text=reading.shown, http_status=reading.answer.status, request_id=reading.request_id)
        case NotSentReason():
            return _not_sent(reading, row.verdict, retryable=True)
        case RefusalCause():
            return _refused(reading, row.verdict)
        case Progress() | Known():
            return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)


def _unlisted(reading: Reading) -> DarajaError:
    """No row knows it. Two things are still certain: 429 was not taken, a ResponseCode but 0 is a no."""
    status = reading.answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _not_sent(reading, NotSentReason.RATE_LIMITED, retryable=True)
    if status == HTTPStatus.OK and field(reading, "responsecode") is not None and not is_success(reading):
        return _refused(reading, RefusalCause.NOT_ACCEPTED)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return maybe_sent(reading, MaybeSentReason.SERVER_ERROR)
    if reading.shape is Shape.CODE or reading.shape is Shape.FAULT:
        return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)
    return maybe_sent(reading, MaybeSentReason.BROKEN_ANSWER)


def _not_sent(reading: Reading, reason: NotSentReason, *, retryable: bool) -> NotSent:
    return NotSent(
        reason,
        retryable=retryable,
        retry_after_s=_retry_after_s(reading),
        text=reading.shown,
        http_status=reading.answer.status,
        request_id=reading.request_id,
    )


def maybe_sent(reading: Reading, reason: MaybeSentReason) -> MaybeSent:
    """Nobody can tell whether M-Pesa took the call."""
    return MaybeSent(reason, text=reading.shown, http_status=reading.answer.status, request_id=reading.request_id)


def _refused(reading: Reading, cause: RefusalCause) -> Refused:
    named = _NAMED_FIELD.search(reading.text)
    return Refused(
        scrub(reading.code or field(reading, "responsecode") or str(reading.answer.status), reading.secrets),
        reading.shown,
        cause,
        field=named.group(1) if named and reading.code in _FIELD else None,
        http_status=reading.answer.status,
        request_id=reading.request_id,
    )


def _retry_after_s(reading: Reading) -> float | None:
    """Retry-After in seconds (its date form is not used here), else one period of the rate that was named."""
    header = reading.answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", header):
        return float(min(int(header), _RETRY_AFTER_S_MAX))
    rate = _RATE.search(reading.text)
    if rate is None or int(rate.group(1)) == 0:
        return None
    return min(int(rate.group(2)) / 1_000_000 / int(rate.group(1)), float(_RETRY_AFTER_S_MAX))
