"""The answer to a command of an initiator: payout, payment to a business, reversal, question. Rows and judge.

Taken, taken before, refused, not sent, or nobody knows. How a command ended is never told here but by its result.
"""

from typing import Final

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.errors import DarajaError, MaybeSentReason, RefusalCause, Refused
from daraja.http_answers import HttpAnswer, Reading, field, is_success, read, says_yes
from daraja.masking import scrub
from daraja.refusals import TABLE, Known, Row, error_of, maybe_sent, row_of
from daraja.result_codes import RESULT, Finality, Meaning, about_initiator, find

_PORTAL: Final = "developer.safaricom.co.ke/apis/BusinessToCustomer, error codes"
_PORTAL_REVERSAL: Final = "developer.safaricom.co.ke/apis/Reversal, error codes"
_ISSUE_21: Final = "github.com/gathuku/laravel_mpesa/issues/21: one code, two meanings"
_SDK: Final = "github.com/kepas-tech/daraja-js docs/ERROR_CODES.md"
_FIELD: Final = frozenset({"400.002.02"})
_ID_MAX: Final = 256

ROWS: Final[tuple[Row, ...]] = (
    Row(Known.TAKEN_BEFORE, f"{_PORTAL}; {_ISSUE_21}", text=r"duplicate\s+originator\s*con?versation\s*id"),
    Row(RefusalCause.INITIATOR, _SDK, codes=_FIELD, text=r"Invalid\s+(Initiator|InitiatorName|SecurityCredential)\b"),
    Row(RefusalCause.INITIATOR, _SDK, text=r"initiator information is invalid|security credential is locked"),
    Row(RefusalCause.RECIPIENT, _PORTAL, codes=_FIELD, text=r"Invalid\s+PartyB\b"),
    Row(
        RefusalCause.SHOP_SETUP,
        _PORTAL_REVERSAL,
        codes=_FIELD,
        text=r"Invalid\s+(PartyA|ShortCode|ReceiverParty|ResultURL|QueueTimeOutURL|CommandID)\b",
    ),
)
"""What only commands are answered; looked at before the rows of all calls."""

COMMAND_TABLE: Final[tuple[Row, ...]] = (*ROWS, *TABLE)


def judge_command(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> Acknowledged | AlreadyTaken | DarajaError:
    """The answer to a command. `secrets` (token, credential, addresses) are taken out of every text that is kept."""
    reading = read(answer, secrets)
    if is_success(reading):
        return _acknowledged(reading)
    row = row_of(reading, COMMAND_TABLE)
    if row is not None and row.verdict is Known.TAKEN_BEFORE:
        return AlreadyTaken(reading.shown, reading.request_id)
    if says_yes(reading):
        return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)
    return _with_result_code(reading) or error_of(reading, COMMAND_TABLE)


def _acknowledged(reading: Reading) -> Acknowledged | DarajaError:
    conversation_id = field(reading, "conversationid")
    if conversation_id is None or len(conversation_id) > _ID_MAX:
        return maybe_sent(reading, MaybeSentReason.BROKEN_ANSWER)
    return Acknowledged(
        conversation_id,
        (field(reading, "originatorconversationid") or "")[:_ID_MAX] or None,
        scrub(field(reading, "responsedescription") or "", reading.secrets),
    )


def _with_result_code(reading: Reading) -> AlreadyTaken | DarajaError | None:
    """A ResponseCode that is a result code means here what it means there; None: it is none."""
    code, text = field(reading, "responsecode"), reading.text
    if code is None:
        return None
    known = find(RESULT, code)
    if known is not None and known.meaning is Meaning.DUPLICATE_REQUEST:
        return AlreadyTaken(reading.shown, reading.request_id)
    if known is not None and known.finality is Finality.ASK_AGAIN:
        return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)
    if about_initiator(code, text) is None:
        return None
    return Refused(
        scrub(code, reading.secrets),
        reading.shown,
        RefusalCause.INITIATOR,
        http_status=reading.answer.status,
        request_id=reading.request_id,
    )
