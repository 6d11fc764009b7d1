"""What Safaricom answers at once, as plain values."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Token:
    """An OAuth access token. expires_in_s: seconds of life from the moment it was issued (about 3,599)."""

    value: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class PushAccepted:
    """Safaricom queued a prompt. Says nothing about the payment, nor that a phone rang.

    `checkout_request_id` contains the payer's number: personal data.
    """

    checkout_request_id: str = field(repr=False)
    merchant_request_id: str | None
    text: str


class QueryState(StrEnum):
    """What a query taught us."""

    ANSWERED = "answered"
    """There is a result code. Whether it ends the attempt is told by `result_codes.find`."""
    PROCESSING = "processing"
    """Not finished: ask later."""
    UNKNOWN_ID = "unknown_id"
    """Safaricom does not know this id, or does not know it yet: ask later."""


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer to an STK query. It never carries a receipt, an amount, a phone or a time.

    code: the result code as text; set when ANSWERED, and "4999" (still under processing) when that was said.
    """

    state: QueryState
    code: str | None
    text: str
    checkout_request_id: str | None = field(repr=False)
    merchant_request_id: str | None
