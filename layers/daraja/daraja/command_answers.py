"""The answer to a command of an initiator: payout, payment to a business, reversal, question. Rows and judge.

Taken, taken before, refused, not sent, or nobody knows. How a command ended is never told here but by its result.
"""

from http import HTTPStatus
from typing import Final

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.errors import DarajaError, MaybeSentReason, RefusalCause, Refused
from daraja.http_answers import HttpAnswer, Reading, field, is_success, read, says_yes
from daraja.masking import scrub
from daraja.refusals import TABLE, Known, Row, error_of, maybe_sent, row_of
from daraja.result_codes import RESULT, About, Finality, Meaning, about_initiator, find

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

_OF_PROMPTS: Final = frozenset({RefusalCause.PHONE_BUSY, RefusalCause.PHONE_NOT_ON_MPESA})
COMMAND_TABLE: Final[tuple[Row, ...]] = (*ROWS, *(row for row in TABLE if row.verdict not in _OF_PROMPTS))
"""Without what is said of phones that are prompted: said of a payout it would prove nothing."""

_CAUSES: Final = {
    About.INITIATOR: RefusalCause.INITIATOR,
    About.RECIPIENT: RefusalCause.RECIPIENT,
    About.OUR_SETUP: RefusalCause.SHOP_SETUP,
}


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
    """A ResponseCode other than 0 means what it means as a result's code; on no list it says nothing certain.

    Nor does it beside another status than 200, with which Safaricom refuses nothing by code. None: there is none.
    """
    code = field(reading, "responsecode")
    if code is None:
        return None
    known, operator = find(RESULT, code), about_initiator(code, reading.text)
    if known is not None and known.meaning is Meaning.DUPLICATE_REQUEST:
        return AlreadyTaken(reading.shown, reading.request_id)
    is_listed = known is not None and known.finality is Finality.FINAL
    is_final = is_listed and reading.answer.status == HTTPStatus.OK
    if not is_final and operator is None:
        return maybe_sent(reading, MaybeSentReason.UNKNOWN_ANSWER)
    about = known.trait.about if known is not None and known.trait is not None else About.INITIATOR
    return Refused(
        scrub(code, reading.secrets),
        reading.shown,
        _CAUSES.get(about, RefusalCause.NOT_ACCEPTED),
        http_status=reading.answer.status,
        request_id=reading.request_id,
    )
