"""What Safaricom answers at once, as plain values. Those of calls that are done at once: `direct_answers`."""

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


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command was taken: payout, reversal, question. How it ended comes later, as a `results.Result`.

    Match the result by conversation_id, then by originator_conversation_id (ours where we sent one).
    """

    conversation_id: str
    originator_conversation_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class AlreadyTaken:
    """This OriginatorConversationID had been taken before: the first sending arrived. Not refused, and not yet paid.

    What became of it is told by its result, or by asking for the status of that id.
    """

    text: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class PullRegistered:
    """was_registered: it had been before; both are fine."""

    was_registered: bool
    text: str


class PullOutcome(StrEnum):
    """What a page of Pull says."""

    ROWS = "rows"
    NOTHING = "nothing"
    """Safaricom says that there is nothing (more) in this window."""
    NOT_RETRIEVED = "not_retrieved"
    """Retrieving failed, in Safaricom's words: also said of an empty window, so it proves nothing. Ask again later."""


@dataclass(frozen=True, slots=True)
class PullRow:
    """A customer's payment. Match it by receipt: it names no prompt.

    amount_kes: whole shillings, None when not whole; amount_text: as told. completed_at_ms: read as Kenyan time
    although it ends in Z, which nobody has confirmed: never match by it. phone: as told, nine or twelve digits,
    may be masked. reference: what the payer typed. sender_name: first name and initials.
    """

    receipt: str
    amount_kes: int | None
    amount_text: str | None
    completed_at_ms: int | None
    phone: str | None = field(repr=False)
    reference: str = field(repr=False)
    transaction_type: str
    sender_name: str | None = field(repr=False)
    organisation: str | None


@dataclass(frozen=True, slots=True)
class PullPage:
    """Rows of one page. told: rows that Safaricom sent, so that the next offset is this one's plus `told`.

    Of these, `told - len(rows)` could not be read. Ask on until NOTHING: the size of a page is not published.
    """

    outcome: PullOutcome
    rows: tuple[PullRow, ...]
    told: int
    text: str
