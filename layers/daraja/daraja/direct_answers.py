"""The answers of calls that are done at once (addresses, pictures, standing orders, bills, look-ups), and notices.

None of the calls moves money, so whatever is unclear may be asked again; only a standing order and a USSD push
reach a phone. What is posted later about these two, and about bills, has a form of its own and is read here too.
"""

import re
from dataclasses import dataclass
from dataclasses import field as data_field
from http import HTTPStatus
from typing import Final, TypeVar

from daraja import reading
from daraja.errors import DarajaError, MaybeSentReason, RefusalCause, Refused, TokenRejected
from daraja.http_answers import HttpAnswer, Reading, child, field, is_success, read, scalar
from daraja.masking import mask_text, scrub
from daraja.reading import (
    ID_MAX,
    RESULT_TEXT_MAX,
    SHORT_MAX,
    Object,
    Unreadable,
    UnreadableReason,
    short_name,
    whole_shillings,
)
from daraja.refusals import TABLE, Known, Row, error_of, maybe_sent, row_of

_PORTAL: Final = "developer.safaricom.co.ke/apis/CustomerToBusinessRegisterURL, error codes"
_SEEN: Final = "github.com/yourdudeken/mpesa TEST_RESULTS.md"
_URL_FIELD: Final = r"Invalid\s+(ShortCode|ResponseType|ConfirmationURL|ValidationURL)"
REGISTER_TABLE: Final[tuple[Row, ...]] = (
    Row(Known.REGISTERED_BEFORE, _PORTAL, text=r"urls? (are|is) already registered"),
    Row(RefusalCause.SHOP_SETUP, _PORTAL, text=r"duplicate notification info"),
    Row(RefusalCause.SHOP_SETUP, _SEEN, codes=frozenset({"400.003.02", "400.002.02"}), text=_URL_FIELD),
    *TABLE,
)

_DAY_FIRST = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})(?: .*)?")
_NEVER: Final = "1900-01-01"
"""No swap in the last three months."""
_OK_CODES: Final = frozenset({"0", "200"})
_REFUSALS: Final = frozenset({400, 401, 403, 404, 409, 422})
"""HTTP statuses that leave no doubt beside a code that says no. 408 and 429 are others' matter."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class UrlsRegistered:
    """Addresses for payments by hand. was_registered: some were there before, and they may be others than these."""

    was_registered: bool
    text: str


@dataclass(frozen=True, slots=True)
class Simulated:
    """A payment of the sandbox was begun."""

    text: str


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A PNG in base64, without a data address."""

    png_base64: str = data_field(repr=False)
    text: str


@dataclass(frozen=True, slots=True)
class UssdPushed:
    """A merchant was asked to pay. Says nothing about the payment."""

    text: str


@dataclass(frozen=True, slots=True)
class StandingOrderAsked:
    """A customer was asked to allow repeated payments. The answer comes later."""

    reference: str | None
    text: str


@dataclass(frozen=True, slots=True)
class BillAnswer:
    """Bill Manager did it. app_key: only in the answer to an opt-in; all later calls need it."""

    text: str
    app_key: str | None = data_field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SimSwap:
    """swapped_on: YYYY-MM-DD in Kenya, None for no swap in the last three months. registered_on: if told."""

    swapped_on: str | None
    registered_on: str | None
    imsi_hash: str | None = data_field(repr=False)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose shortcode it is."""

    shortcode: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PayeeName:
    """The name that is registered for a number: first name and initials. None: not a customer of M-Pesa."""

    name: str | None = data_field(repr=False)


@dataclass(frozen=True, slots=True)
class UssdPushNotice:
    """What a merchant did who was asked to pay (B2B Express).

    code: "0", "4001" cancelled, "4102" and "4104" the merchant's setup, "4201" and "4203" the network.
    request_id: ours, as it was sent. receipt: only of a success.
    """

    code: str
    description: str
    request_id: str | None
    conversation_id: str | None
    receipt: str | None
    amount_kes: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class StandingOrderNotice:
    """What a customer said to a standing order (Ratiba).

    code: "0", "1050" the name is in use, "1051" a wrong field, others as for prompts.
    reference: Safaricom's, from the answer when it was asked for. phone_hint: a mask.
    """

    code: str
    description: str
    reference: str | None
    receipt: str | None
    status: str
    phone_hint: str | None = data_field(repr=False)


@dataclass(frozen=True, slots=True)
class BillPaidNotice:
    """An invoice was paid (Bill Manager). Told up to five times, so take each receipt once. paid_on: as told."""

    receipt: str
    amount_kes: int | None
    amount_text: str | None
    phone: str | None = data_field(repr=False)
    paid_on: str | None
    account_reference: str = data_field(repr=False)
    shortcode: str | None


def judge_register(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> UrlsRegistered | DarajaError:
    """The answer to a registration of addresses. "Already registered" says nothing of which ones."""
    answered = read(answer, secrets)
    row = row_of(answered, REGISTER_TABLE)
    if row is not None and row.verdict is Known.REGISTERED_BEFORE:
        return UrlsRegistered(was_registered=True, text=answered.shown)
    if not is_success(answered):
        return error_of(answered, REGISTER_TABLE)
    return UrlsRegistered(was_registered=False, text=_said(answered, "responsedescription"))


def judge_simulate(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> Simulated | DarajaError:
    """The answer to a simulated payment."""
    answered = read(answer, secrets)
    if not is_success(answered):
        return error_of(answered, REGISTER_TABLE)
    return Simulated(_said(answered, "responsedescription"))


def judge_qr(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> QrPicture | DarajaError:
    """The answer with a picture. Its ResponseCode is "00", or an id: a picture is what counts."""
    answered = read(answer, secrets)
    picture = answered.fields.get("qrcode")
    if answer.status == HTTPStatus.OK and isinstance(picture, str) and picture.strip():
        return QrPicture("".join(picture.split()), _said(answered, "responsedescription"))
    if is_success(answered):
        return maybe_sent(answered, MaybeSentReason.BROKEN_ANSWER)
    return error_of(answered)


def judge_ussd_push(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> UssdPushed | DarajaError:
    """{"code": "0", "status": "USSD Initiated Successfully"}."""
    answered = read(answer, secrets)
    return _by_code(answered, field(answered, "code"), UssdPushed(_said(answered, "status")))


def judge_standing_order(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> StandingOrderAsked | DarajaError:
    """{"ResponseHeader": {"responseRefID", "responseCode": "200", …}, "ResponseBody": …}; keys in any case."""
    answered = read(answer, secrets)
    header = child(answered.fields, "responseheader")
    text = scrub(scalar(header.get("responsedescription")) or "", secrets)
    asked = StandingOrderAsked(scalar(header.get("responserefid")), text)
    return _by_code(answered, scalar(header.get("responsecode")), asked)


def judge_bill(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> BillAnswer | DarajaError:
    """{"rescode": "200", "resmsg": "Success", …}; conflicts come as rescode 409."""
    answered = read(answer, secrets)
    text = _said(answered, "status_message") or _said(answered, "resmsg")
    return _by_code(answered, field(answered, "rescode"), BillAnswer(text, field(answered, "app_key")))


def judge_sim_swap(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> SimSwap | DarajaError:
    """{"responseCode": "200", "lastSwapDate": "01-01-1900 00:00", …}; the same for IMSI."""
    answered = read(answer, secrets)
    swapped_on = _day(field(answered, "lastswapdate"))
    found = SimSwap(
        None if swapped_on == _NEVER else swapped_on,
        _day(field(answered, "msisdnregistrationdate")),
        field(answered, "imsi"),
    )
    if swapped_on is None and field(answered, "responsecode") in _OK_CODES:
        return maybe_sent(answered, MaybeSentReason.BROKEN_ANSWER)
    return _by_code(answered, field(answered, "responsecode"), found)


def judge_organisation(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> Organisation | DarajaError:
    """ResponseMessage Success and a name: its ResponseCode is 0 on one page, 4000 on another."""
    answered = read(answer, secrets)
    name = field(answered, "organizationname")
    succeeded = (field(answered, "responsemessage") or "").lower() == "success"
    if answer.status == HTTPStatus.OK and succeeded and name:
        return Organisation(field(answered, "organizationshortcode"), mask_text(name))
    return _by_code(answered, field(answered, "responsecode"), None)


def judge_payee(answer: HttpAnswer, secrets: tuple[str, ...] = ()) -> PayeeName | DarajaError:
    """{"header": {"status": "200"}, "body": {"firstName", "middleName", "lastName"}}; 400: no such customer."""
    answered = read(answer, secrets)
    status = scalar(child(answered.fields, "header").get("status"))
    body = child(answered.fields, "body")
    names = [scalar(body.get(name)) or "" for name in ("firstname", "middlename", "lastname")]
    if status == "200" and any(names):
        return PayeeName(short_name(" ".join(names)))
    if "does not exist" in (scalar(body.get("message")) or "").lower():
        return PayeeName(None)
    return _by_code(answered, status, None)


def parse_ussd_push(body: bytes) -> UssdPushNotice:
    """The flat object posted to a `callbackUrl`. Raises Unreadable, and nothing else whatever the bytes.

    Source: developer.safaricom.co.ke/apis/B2BExpressCheckout.
    """
    told = reading.object_of(reading.load(body))
    code = reading.code(told.get("resultcode"))
    if code is None:
        raise Unreadable(UnreadableReason.NO_RESULT_CODE)
    return UssdPushNotice(
        code=code,
        description=_heard(told.get("resultdesc")),
        request_id=reading.text(told.get("requestid"), ID_MAX),
        conversation_id=reading.text(told.get("conversationid"), ID_MAX),
        receipt=reading.receipt(told.get("transactionid")) if code == "0" else None,
        amount_kes=whole_shillings(reading.text(told.get("amount"), SHORT_MAX)),
        reference=reading.text(told.get("paymentreference", told.get("paymentref")), SHORT_MAX),
    )


def parse_standing_order(body: bytes) -> StandingOrderNotice:
    """Header and body posted to a standing order's CallBackURL; the case of its keys differs from failure to success.

    Raises Unreadable, and nothing else whatever the bytes. Source: developer.safaricom.co.ke/apis/MpesaRatiba.
    """
    root = reading.object_of(reading.load(body))
    header = reading.object_of(root.get("responseheader"))
    data = _named(root.get("responsebody"))
    code = reading.code(header.get("responsecode", data.get("responsecode")))
    if code is None:
        raise Unreadable(UnreadableReason.NO_RESULT_CODE)
    return StandingOrderNotice(
        code=code,
        description=_heard(header.get("responsedescription")),
        reference=reading.text(header.get("responserefid"), ID_MAX),
        receipt=reading.receipt(data.get("transactionid")) if code == "0" else None,
        status=_heard(data.get("status")),
        phone_hint=reading.text(data.get("msisdn"), SHORT_MAX),
    )


def parse_bill_paid(body: bytes) -> BillPaidNotice:
    """The object posted to the `callbackurl` of an opt-in. Raises Unreadable, and nothing else whatever the bytes.

    Source: developer.safaricom.co.ke/apis/BillManager.
    """
    told = reading.object_of(reading.load(body))
    receipt = reading.receipt(told.get("transactionid"))
    if receipt is None:
        raise Unreadable(UnreadableReason.NO_RECEIPT)
    amount_text = reading.text(told.get("paidamount"), SHORT_MAX)
    return BillPaidNotice(
        receipt=receipt,
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        phone=reading.text(told.get("msisdn"), SHORT_MAX),
        paid_on=reading.text(told.get("datecreated"), SHORT_MAX),
        account_reference=reading.cut(told.get("accountreference"), SHORT_MAX) or "",
        shortcode=reading.whole_text(told.get("shortcode")),
    )


def _heard(value: object) -> str:
    return mask_text((reading.cut(value, RESULT_TEXT_MAX) or "").strip())


def _named(body: object) -> Object:
    """`responseData` → {name in lower case: value}; absent on some failures."""
    if body is None:
        return {}
    items = reading.listed(reading.object_of(body).get("responsedata"))
    fields = [reading.object_of(item) for item in items]
    return reading.lower_keys(
        (name, one["value"]) for one in fields if isinstance(name := one.get("name"), str) and "value" in one
    )


def _said(answered: Reading, name: str) -> str:
    return scrub(field(answered, name) or "", answered.secrets)


def _day(told: str | None) -> str | None:
    """DD-MM-YYYY, with or without a time → YYYY-MM-DD."""
    found = _DAY_FIRST.fullmatch(told or "")
    return f"{found[3]}-{found[2]}-{found[1]}" if found else None


def _by_code(answered: Reading, code: str | None, done: _T | None) -> _T | DarajaError:
    """What was done, if HTTP status and code say so; a code that says something else is a no.

    These calls put the status into their own body, and may answer with it as well: HTTP 409 with rescode 409.
    """
    status = answered.answer.status
    if code is None or not (status == HTTPStatus.OK or _says_the_same_no(status, code)):
        return error_of(answered)
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenRejected(text=_any_text(answered), http_status=status, request_id=answered.request_id)
    if code in _OK_CODES:
        return done if done is not None else maybe_sent(answered, MaybeSentReason.BROKEN_ANSWER)
    return Refused(
        scrub(code, answered.secrets),
        _any_text(answered),
        RefusalCause.NOT_ACCEPTED,
        http_status=status,
        request_id=answered.request_id,
    )


def _says_the_same_no(status: int, code: str) -> bool:
    """Whether HTTP and the body agree that the caller did something wrong. Of a server's fault nothing is certain."""
    return status in _REFUSALS and code not in _OK_CODES


def _any_text(answered: Reading) -> str:
    """Each of these calls has its own name for the words that explain."""
    names = ("status_message", "resmsg", "responsedesc", "detailedmessage", "responsemessage", "status")
    header, body = child(answered.fields, "responseheader"), child(answered.fields, "body")
    told = [*(field(answered, name) for name in names), scalar(header.get("responsedescription"))]
    words = next((text for text in [*told, scalar(body.get("message"))] if text), "")
    return scrub(words, answered.secrets) or answered.shown
