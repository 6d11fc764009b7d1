"""Every known result code as data: what M-Pesa says about a payment, and whether that is its last word.

One row per (family, code). Rows are added, never removed and never reused. A code that is not here
means "ask again", never "failed".

Families: "stk" (STK callback and STK query) and "result" (B2C, B2B, reversal, status, balance).
Standard library only, and no import of ours: the domain reads this file as data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Finality(StrEnum):
    """Whether a code ends the attempt."""

    SUCCESS = "success"
    FINAL = "final"
    ASK_AGAIN = "ask_again"
    """Counts as final only once a second look, some time later, says the same."""
    PENDING = "pending"


class Meaning(StrEnum):
    """The cause behind a code, independent of its number."""

    PAID = "paid"
    STILL_PROCESSING = "still_processing"
    # The payer's side.
    INSUFFICIENT_FUNDS = "insufficient_funds"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    LIMIT_REACHED = "limit_reached"
    SAME_PAYMENT_TOO_SOON = "same_payment_too_soon"
    PHONE_BUSY = "phone_busy"
    PROMPT_EXPIRED = "prompt_expired"
    PROMPT_NOT_SENT = "prompt_not_sent"
    CANCELLED_OR_TIMED_OUT = "cancelled_or_timed_out"
    NO_ANSWER = "no_answer"
    WRONG_PIN = "wrong_pin"
    PIN_LOCKED = "pin_locked"
    ACCOUNT_NOT_ACTIVE = "account_not_active"
    # The shop's side.
    SHOP_ACCOUNT_FULL = "shop_account_full"
    SHOP_SETUP = "shop_setup"
    # Safaricom's side.
    SYSTEM_BUSY = "system_busy"
    # Money out and questions about it.
    DONE = "done"
    BELOW_MINIMUM_BALANCE = "below_minimum_balance"
    PARTY_UNKNOWN = "party_unknown"
    """Who would be paid."""
    OUR_PARTY_UNKNOWN = "our_party_unknown"
    DUPLICATE_REQUEST = "duplicate_request"
    INTERNAL_FAILURE = "internal_failure"
    INITIATOR_REJECTED = "initiator_rejected"
    INITIATOR_LOCKED = "initiator_locked"
    INITIATOR_EXPIRED = "initiator_expired"
    """Said in words only: no code of it is published."""
    INITIATOR_NOT_ALLOWED = "initiator_not_allowed"
    REQUEST_INVALID = "request_invalid"
    PRODUCT_NOT_ASSIGNED = "product_not_assigned"
    RECIPIENT_NOT_ON_MPESA = "recipient_not_on_mpesa"
    RECIPIENT_ACCOUNT_FULL = "recipient_account_full"
    ALREADY_REVERSED = "already_reversed"
    ORIGINAL_UNKNOWN = "original_unknown"


class About(StrEnum):
    """Whose matter a result about money out is."""

    NOBODY = "nobody"
    """It is done."""
    OUR_FLOAT = "our_float"
    """Too little in the account that pays: Utility for payouts, Working between organisations."""
    RECIPIENT = "recipient"
    AMOUNT = "amount"
    INITIATOR = "initiator"
    """The API operator: name, credential, lock, role. The next call would fail alike, and may lock it."""
    OUR_SETUP = "our_setup"
    """The shortcode, its products, or a fault of the program that calls."""
    ORIGINAL = "original"
    """The payment that was to be reversed."""
    MPESA = "mpesa"


class Retry(StrEnum):
    """What a new try, under a new id, can hope for after a final code."""

    NO = "no"
    AFTER_A_PAUSE = "after_a_pause"
    ONCE_MENDED = "once_mended"
    """The same money to the same recipient works once the cause is away: top up, unlock, next day."""
    CHANGED = "changed"
    """Only another amount, number or request can work."""
    LOOK_FIRST = "look_first"
    """Ask for the status: it may have been done."""


@dataclass(frozen=True, slots=True)
class Trait:
    """What a meaning implies for money out."""

    about: About
    retry: Retry


@dataclass(frozen=True, slots=True)
class ResultCode:
    """One row.

    code: as text ("0", "SFC_IC0003"). text: Safaricom's words, or the short name in its lists where no
    full sentence is known. source: where it was read. trait: of codes about money out.
    """

    family: str
    code: str
    text: str
    finality: Finality
    meaning: Meaning
    source: str
    trait: Trait | None = None


STK = "stk"
RESULT = "result"

_EXPRESS = "developer.safaricom.co.ke/apis/MpesaExpressSimulate"
_RATIBA = "developer.safaricom.co.ke, M-Pesa Ratiba, result code explanations"
_LISTS = "github.com/ronnyabuto/daraja-error-codes errors.json; paylod.dev/docs/errors"
_DUMPS = "callback dumps of 2018 to 2025 in public repositories"
_QUERY_SEEN = "seen in STK queries, 2025-11 to 2026-08: github.com/ronnyabuto/mpesa-stk"
_TILLS = "github.com/SmoDav/mpesa/issues/50; github.com/osenco/osen-wc-mpesa/issues/48"
_B2C = "developer.safaricom.co.ke/apis/BusinessToCustomer"
_REVERSAL = "developer.safaricom.co.ke/apis/Reversal"
_BALANCE = "developer.safaricom.co.ke/apis/AccountBalance"
_NET = "github.com/gabrieldwight/Mpesa-Sdk-Net MPesaResultCode.cs"
_KEP = "github.com/kepas-tech/daraja-js docs/ERROR_CODES.md"

_S, _F, _A, _P = Finality.SUCCESS, Finality.FINAL, Finality.ASK_AGAIN, Finality.PENDING
_M = Meaning


TRAITS: Mapping[Meaning, Trait] = {
    _M.DONE: Trait(About.NOBODY, Retry.NO),
    _M.INSUFFICIENT_FUNDS: Trait(About.OUR_FLOAT, Retry.ONCE_MENDED),
    _M.BELOW_MINIMUM_BALANCE: Trait(About.OUR_FLOAT, Retry.ONCE_MENDED),
    _M.BELOW_MINIMUM: Trait(About.AMOUNT, Retry.CHANGED),
    _M.ABOVE_MAXIMUM: Trait(About.AMOUNT, Retry.CHANGED),
    _M.LIMIT_REACHED: Trait(About.RECIPIENT, Retry.ONCE_MENDED),
    _M.RECIPIENT_ACCOUNT_FULL: Trait(About.RECIPIENT, Retry.ONCE_MENDED),
    _M.RECIPIENT_NOT_ON_MPESA: Trait(About.RECIPIENT, Retry.CHANGED),
    _M.PARTY_UNKNOWN: Trait(About.RECIPIENT, Retry.CHANGED),
    _M.OUR_PARTY_UNKNOWN: Trait(About.OUR_SETUP, Retry.CHANGED),
    _M.ACCOUNT_NOT_ACTIVE: Trait(About.OUR_SETUP, Retry.ONCE_MENDED),
    _M.PRODUCT_NOT_ASSIGNED: Trait(About.OUR_SETUP, Retry.ONCE_MENDED),
    _M.REQUEST_INVALID: Trait(About.OUR_SETUP, Retry.CHANGED),
    _M.INITIATOR_REJECTED: Trait(About.INITIATOR, Retry.ONCE_MENDED),
    _M.INITIATOR_LOCKED: Trait(About.INITIATOR, Retry.ONCE_MENDED),
    _M.INITIATOR_EXPIRED: Trait(About.INITIATOR, Retry.ONCE_MENDED),
    _M.INITIATOR_NOT_ALLOWED: Trait(About.INITIATOR, Retry.ONCE_MENDED),
    _M.ALREADY_REVERSED: Trait(About.ORIGINAL, Retry.NO),
    _M.ORIGINAL_UNKNOWN: Trait(About.ORIGINAL, Retry.CHANGED),
    _M.DUPLICATE_REQUEST: Trait(About.MPESA, Retry.LOOK_FIRST),
    _M.INTERNAL_FAILURE: Trait(About.MPESA, Retry.LOOK_FIRST),
    _M.SYSTEM_BUSY: Trait(About.MPESA, Retry.AFTER_A_PAUSE),
}
"""Of the meanings that results about money out have."""


def _stk(code: str, text: str, finality: Finality, meaning: Meaning, source: str) -> ResultCode:
    return ResultCode(STK, code, text, finality, meaning, source)


def _out(code: str, text: str, finality: Finality, meaning: Meaning, source: str) -> ResultCode:
    return ResultCode(RESULT, code, text, finality, meaning, source, TRAITS[meaning])


RESULT_CODES: tuple[ResultCode, ...] = (
    _stk("0", "The service request is processed successfully.", _S, _M.PAID, _EXPRESS),
    _stk("1", "The balance is insufficient for the transaction.", _F, _M.INSUFFICIENT_FUNDS, _EXPRESS),
    _stk("2", "Declined due to limit rule.", _F, _M.BELOW_MINIMUM, _RATIBA),
    _stk(
        "3",
        "Declined due to limit rule: greater than the maximum transaction amount.",
        _F,
        _M.ABOVE_MAXIMUM,
        _RATIBA,
    ),
    _stk("4", "Declined due to limit rule: would exceed daily transfer limit.", _F, _M.LIMIT_REACHED, _RATIBA),
    _stk(
        "8",
        "Declined due to limit rule: would exceed the maximum balance.",
        _F,
        _M.SHOP_ACCOUNT_FULL,
        _RATIBA,
    ),
    _stk("17", "Rule limited.", _F, _M.SAME_PAYMENT_TOO_SOON, _EXPRESS),
    _stk("26", "System busy.", _F, _M.SYSTEM_BUSY, _LISTS),
    _stk(
        "1001",
        "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
        _F,
        _M.PHONE_BUSY,
        _EXPRESS,
    ),
    _stk("1019", "Transaction has expired.", _F, _M.PROMPT_EXPIRED, _EXPRESS),
    _stk("1025", "An error occurred while sending a push request.", _F, _M.PROMPT_NOT_SENT, _EXPRESS),
    _stk("1032", "Request cancelled by user.", _F, _M.CANCELLED_OR_TIMED_OUT, _EXPRESS),
    _stk("1036", "SMSC ACK timeout.", _A, _M.NO_ANSWER, _DUMPS),
    _stk("1037", "DS timeout user cannot be reached.", _A, _M.NO_ANSWER, _EXPRESS),
    _stk("2001", "The initiator information is invalid.", _F, _M.WRONG_PIN, _EXPRESS),
    _stk(
        "2006",
        "Declined due to account rule: The account status does not allow this transaction.",
        _F,
        _M.ACCOUNT_NOT_ACTIVE,
        _B2C,
    ),
    _stk(
        "2028",
        "The request is not permitted according to product assignment.",
        _F,
        _M.SHOP_SETUP,
        _EXPRESS,
    ),
    _stk("4999", "The transaction is still under processing", _P, _M.STILL_PROCESSING, _QUERY_SEEN),
    _stk("8006", "The security credential is locked.", _F, _M.PIN_LOCKED, _EXPRESS),
    _stk("9999", "An error occurred while sending a push request.", _A, _M.PROMPT_NOT_SENT, _LISTS),
    _stk("SFC_IC0003", "The operator does not exist.", _F, _M.SHOP_SETUP, _TILLS),
    _out("0", "The service request is processed successfully.", _S, _M.DONE, _B2C),
    _out("1", "The balance is insufficient for the transaction.", _F, _M.INSUFFICIENT_FUNDS, _B2C),
    _out("2", "Declined due to limit rule: less than the minimum.", _F, _M.BELOW_MINIMUM, _B2C),
    _out("3", "Declined due to limit rule: greater than the maximum.", _F, _M.ABOVE_MAXIMUM, _B2C),
    _out("4", "Declined due to limit rule: would exceed daily transfer limit.", _F, _M.LIMIT_REACHED, _B2C),
    _out("5", "Would fall below the minimum balance.", _F, _M.BELOW_MINIMUM_BALANCE, _NET),
    _out("6", "Unresolved primary party.", _F, _M.OUR_PARTY_UNKNOWN, _NET),
    _out("7", "Unresolved receiver party.", _F, _M.PARTY_UNKNOWN, _NET),
    _out(
        "8",
        "Declined due to limit rule: would exceed the maximum balance.",
        _F,
        _M.RECIPIENT_ACCOUNT_FULL,
        _B2C,
    ),
    _out("11", "The DebitParty is in an invalid state.", _F, _M.ACCOUNT_NOT_ACTIVE, _REVERSAL),
    _out("12", "Credit account invalid.", _F, _M.PARTY_UNKNOWN, _NET),
    _out("13", "Unresolved debit account.", _F, _M.OUR_PARTY_UNKNOWN, _NET),
    _out("14", "Unresolved credit account.", _F, _M.PARTY_UNKNOWN, _NET),
    _out("15", "Duplicate detected.", _A, _M.DUPLICATE_REQUEST, _BALANCE),
    _out("17", "Internal failure.", _A, _M.INTERNAL_FAILURE, _BALANCE),
    _out("18", "Initiator Credential Check Failure", _F, _M.INITIATOR_REJECTED, _BALANCE),
    _out("19", "Message sequencing failure.", _F, _M.REQUEST_INVALID, _BALANCE),
    _out("20", "Unresolved initiator.", _F, _M.INITIATOR_REJECTED, _BALANCE),
    _out("21", "The initiator is not allowed to initiate this request.", _F, _M.INITIATOR_NOT_ALLOWED, _BALANCE),
    _out("22", "The initiator is not active.", _F, _M.INITIATOR_REJECTED, _NET),
    _out("24", "Missing mandatory fields.", _F, _M.REQUEST_INVALID, _BALANCE),
    _out("25", "Invalid request parameters.", _F, _M.REQUEST_INVALID, _BALANCE),
    _out("26", "Traffic blocking condition in place, system too busy.", _F, _M.SYSTEM_BUSY, _BALANCE),
    _out("29", "Invalid command.", _F, _M.REQUEST_INVALID, _BALANCE),
    _out("2001", "The initiator information is invalid.", _F, _M.INITIATOR_REJECTED, _B2C),
    _out("2006", "The account status does not allow this transaction.", _F, _M.ACCOUNT_NOT_ACTIVE, _B2C),
    _out(
        "2028",
        "The request is not permitted according to product assignment.",
        _F,
        _M.PRODUCT_NOT_ASSIGNED,
        _B2C,
    ),
    _out(
        "2040",
        "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
        _F,
        _M.RECIPIENT_NOT_ON_MPESA,
        _B2C,
    ),
    _out("8006", "The security credential is locked.", _F, _M.INITIATOR_LOCKED, _B2C),
    _out("SFC_IC0003", "The operator does not exist.", _F, _M.PARTY_UNKNOWN, _B2C),
    _out("R000001", "The transaction has already been reversed.", _F, _M.ALREADY_REVERSED, _REVERSAL),
    _out("R000002", "The OriginalTransactionID is invalid.", _F, _M.ORIGINAL_UNKNOWN, _REVERSAL),
    _out("TP40153", "The operator has no permission.", _F, _M.INITIATOR_NOT_ALLOWED, _KEP),
    _out("100000000", "Request was cached, waiting for resending.", _A, _M.SYSTEM_BUSY, _BALANCE),
    _out("100000001", "The system is overload.", _A, _M.SYSTEM_BUSY, _BALANCE),
    _out("100000002", "Throttling error.", _A, _M.SYSTEM_BUSY, _BALANCE),
    _out("100000003", "Exceed the limitation of the LICENSE", _A, _M.SYSTEM_BUSY, _BALANCE),
    _out("100000004", "Internal Server Error", _A, _M.INTERNAL_FAILURE, _BALANCE),
    _out("100000005", "Invalid input value", _A, _M.REQUEST_INVALID, _BALANCE),
    _out("100000006", "SP's status is abnormal", _A, _M.INTERNAL_FAILURE, _BALANCE),
    _out("100000007", "Authentication failed", _A, _M.INITIATOR_REJECTED, _BALANCE),
    _out("100000008", "Service's status is abnormal", _A, _M.INTERNAL_FAILURE, _BALANCE),
    _out("100000009", "API's status is abnormal", _A, _M.INTERNAL_FAILURE, _BALANCE),
    _out("100000010", "Insufficient permissions", _A, _M.INITIATOR_NOT_ALLOWED, _BALANCE),
    _out("100000011", "The request rate exceeds the limit.", _A, _M.SYSTEM_BUSY, _BALANCE),
)

INITIATOR_WORDS: tuple[tuple[str, Meaning], ...] = (
    ("initiator information is invalid", _M.INITIATOR_REJECTED),
    ("initiator credential check fail", _M.INITIATOR_REJECTED),
    ("unresolved initiator", _M.INITIATOR_REJECTED),
    ("initiator is not active", _M.INITIATOR_REJECTED),
    ("initiator is not in active state", _M.INITIATOR_REJECTED),
    ("security credential is locked", _M.INITIATOR_LOCKED),
    ("security credential has been locked", _M.INITIATOR_LOCKED),
    ("security credential is expired", _M.INITIATOR_EXPIRED),
    ("security credential has expired", _M.INITIATOR_EXPIRED),
    ("security credential is invalid", _M.INITIATOR_REJECTED),
    ("initiator is not allowed", _M.INITIATOR_NOT_ALLOWED),
    ("initiator to primary party permission failure", _M.INITIATOR_NOT_ALLOWED),
    ("operator has no permission", _M.INITIATOR_NOT_ALLOWED),
)
"""Words in a description that speak of the operator, under whatever code; in small letters, the first one counts.

The same fault has several codes, and an operator's password expires after 90 days without a code of its own that
anybody has published.
"""

_BY_KEY: dict[tuple[str, str], ResultCode] = {(row.family, row.code): row for row in RESULT_CODES}


def find(family: str, code: str) -> ResultCode | None:
    """The row of a code ("0", "SFC_IC0003") in a family; None: a code on no list, so keep asking."""
    return _BY_KEY.get((family, code))


def about_initiator(code: str, description: str = "") -> Meaning | None:
    """What is wrong with the API operator, by a result's code or words; None: nothing that is known of.

    Whoever sees one stops all calls of this operator until a test call succeeds: repeating locks it.
    """
    row = find(RESULT, code)
    if row is not None:
        return row.meaning if row.trait is not None and row.trait.about is About.INITIATOR else None
    words = " ".join(description.lower().split())
    return next((meaning for said, meaning in INITIATOR_WORDS if said in words), None)
