"""What can go wrong with a call to Safaricom, sorted by what it means for money.

DarajaError
 ├─ NotSent            it cannot have reached M-Pesa: may be sent again
 │   └─ TokenRejected  the access token was refused: fetch another, then send again
 ├─ MaybeSent          it may have reached M-Pesa: never sent again, asked about
 └─ Refused            Safaricom said no before acting, with a code and a text

"Not finished yet" is an answer to a query and no error: see `answers.QueryState`.
No text in here contains a phone number or a token; whoever raises has scrubbed it (`masking.scrub`).
"""

from enum import StrEnum


class NotSentReason(StrEnum):
    """Why a call cannot have reached M-Pesa."""

    UNREACHABLE = "unreachable"
    """No connection: refused, no such host, broken TLS handshake."""
    CONNECT_TIMEOUT = "connect_timeout"
    RATE_LIMITED = "rate_limited"
    """Spike arrest: too many calls in a short time."""
    QUOTA_USED_UP = "quota_used_up"
    BUSY = "busy"
    FIREWALL = "firewall"
    """The web firewall in front of Safaricom's gateway answered in its place."""
    MAINTENANCE = "maintenance"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 -- a word about a token, none itself
    CREDENTIALS_REJECTED = "credentials_rejected"
    """Consumer key or secret is wrong, or belongs to the other environment."""
    TOKEN_NOT_OBTAINED = "token_not_obtained"  # noqa: S105 -- as above
    """The request for a token failed in any other way."""
    UNUSABLE_TOKEN = "unusable_token"  # noqa: S105 -- as above
    """The token given to the client cannot stand in an HTTP header."""


class MaybeSentReason(StrEnum):
    """Why nobody can tell whether M-Pesa took the call."""

    READ_TIMEOUT = "read_timeout"
    CONNECTION_CUT = "connection_cut"
    BROKEN_ANSWER = "broken_answer"
    """Not JSON, not complete, or without the fields that an answer must have."""
    ANSWER_TOO_LARGE = "answer_too_large"
    SERVER_ERROR = "server_error"
    UNKNOWN_ANSWER = "unknown_answer"
    """Readable, but on no list of known answers."""


class RefusalCause(StrEnum):
    """Whose matter a refusal is."""

    PHONE_NOT_ON_MPESA = "phone_not_on_mpesa"
    PHONE_BUSY = "phone_busy"
    """Another prompt or USSD session is open on this phone; free after one to three minutes."""
    INITIATOR = "initiator"
    """The API operator's name or credential. Repeating the call locks the operator."""
    RECIPIENT = "recipient"
    """Who would be paid: no number or shortcode that M-Pesa can pay."""
    SHOP_SETUP = "shop_setup"
    """Shortcode, passkey, till, callback address or API product: the operator must act."""
    INVALID_FIELD = "invalid_field"
    NOT_ALLOWED = "not_allowed"
    """Wrong path, method or headers: a fault of the program that calls."""
    NOT_ACCEPTED = "not_accepted"
    """HTTP 200 with a ResponseCode other than 0."""


class DarajaError(Exception):
    """Base of all.

    text: what Safaricom said, scrubbed; may be empty. http_status and request_id (what Safaricom's support
    asks for): when there were any.
    """

    def __init__(self, what: str, text: str, http_status: int | None, request_id: str | None) -> None:
        super().__init__(f"{what}: {text}" if text else what)
        self.text = text
        self.http_status = http_status
        self.request_id = request_id


class NotSent(DarajaError):
    """The call cannot have reached M-Pesa.

    retryable: the same call may succeed when it is sent again after a pause.
    retry_after_s: the pause Safaricom asked for, when it named one.
    """

    def __init__(
        self,
        reason: NotSentReason,
        *,
        retryable: bool,
        retry_after_s: float | None = None,
        text: str = "",
        http_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(reason, text, http_status, request_id)
        self.reason: NotSentReason = reason
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class TokenRejected(NotSent):
    """The access token is expired, replaced, of the other environment, or lacks this API product."""

    def __init__(self, *, text: str = "", http_status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(
            NotSentReason.TOKEN_REJECTED,
            retryable=True,
            text=text,
            http_status=http_status,
            request_id=request_id,
        )


class MaybeSent(DarajaError):
    """The call may have reached M-Pesa and may have had its effect."""

    def __init__(
        self,
        reason: MaybeSentReason,
        *,
        text: str = "",
        http_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(reason, text, http_status, request_id)
        self.reason: MaybeSentReason = reason


class Refused(DarajaError):
    """Safaricom said no before acting.

    code: Safaricom's errorCode or ResponseCode, as text.
    field: the field that it complained about (Safaricom's spelling), when the text names one.
    """

    def __init__(
        self,
        code: str,
        text: str,
        cause: RefusalCause,
        *,
        field: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"refused {code}", text, http_status, request_id)
        self.code = code
        self.cause = cause
        self.field = field
