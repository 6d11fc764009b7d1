"""The `Result` that Safaricom posts after a payout, a reversal, a question about a transaction or a balance.

Standard library only: the function that takes results must start fast. `parse_result` reads the envelope that
they all share; `payout_of`, `business_payment_of`, `reversal_of`, `status_of` and `balance_of` read what each
tells in it. Nothing in a result is proof by itself: it carries no signature.

Read in any form that has been seen: `ResultParameter` a list or a single object or missing, `Key` or `Name`,
`Value` missing, numbers as text, a key that repeats. Not read (`Unreadable`): what has no single meaning, such
as two receipts for one payout. The caller keeps such a body as it came, and asks.

Sources: developer.safaricom.co.ke/apis/ BusinessToCustomer, BusinessToPochi, BusinessPayBill, Reversal,
TransactionStatus, AccountBalance; github.com/kepas-tech/daraja-js tests/unit/parser-shapes.test.ts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from daraja import reading
from daraja.accounts import Account, Charge, accounts_of, basic_amount, charges_of
from daraja.masking import mask_text
from daraja.reading import ID_MAX, RESULT_TEXT_MAX, SHORT_MAX, Object, Unreadable, UnreadableReason, whole_shillings

__all__ = [
    "Account",
    "BalanceResult",
    "BusinessPaymentResult",
    "Charge",
    "Parameters",
    "Party",
    "PayoutResult",
    "QueueTimeout",
    "Result",
    "ReversalResult",
    "StatusResult",
    "TransactionState",
    "Unreadable",
    "UnreadableReason",
    "balance_of",
    "business_payment_of",
    "parse_queue_timeout",
    "parse_result",
    "payout_of",
    "reversal_of",
    "status_of",
]

SUCCESS: Final = "0"
_MORE_FOLLOWS: Final = "1"
_VALUE_MAX: Final = 8 * 1024
_SHORTCODE = re.compile(r"[0-9]{4,7}")
_PARTY = re.compile(r"([0-9*+\N{BULLET} ]{4,24})(?:-(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Named values in Safaricom's order, as told: (name, value). A value that was not given is None."""

    items: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)

    def values(self, *names: str) -> tuple[str, ...]:
        """All values under these names, in whatever case and with whatever blanks the names were written."""
        wanted = {_plain(name) for name in names}
        return tuple(value for name, value in self.items if value is not None and _plain(name) in wanted)

    def get(self, *names: str) -> str | None:
        """The one value under these spellings of a name; None if there is none. Raises Unreadable if they differ."""
        found = self.values(*names)
        if len(set(found)) > 1:
            raise Unreadable(UnreadableReason.CONFLICTING_KEYS)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Result:
    """What all results have in common.

    code: as text ("0", "2001", "R000001"); its row is `result_codes.find(RESULT, code)`, and a code without a
    row ends nothing. description: Safaricom's words, numbers masked. transaction_id: a receipt in capitals, None
    for M-Pesa's filler; also failures may carry one, so it is no proof of success. is_last: False when
    Safaricom says that more messages follow (ResultType 1).
    """

    code: str
    description: str
    originator_conversation_id: str | None
    conversation_id: str | None
    transaction_id: str | None
    is_last: bool = True
    parameters: Parameters = field(default=Parameters(), repr=False)
    references: Parameters = field(default=Parameters(), repr=False)

    @property
    def is_success(self) -> bool:
        """Code 0 as the last word."""
        return self.code == SUCCESS and self.is_last


@dataclass(frozen=True, slots=True)
class QueueTimeout:
    """A notice that M-Pesa did not take a request from its queue in time. It is no failure: a result may follow.

    Safaricom publishes no body for it, so every field may be None. result: the whole result, when the body is one.
    """

    originator_conversation_id: str | None
    conversation_id: str | None
    code: str | None
    description: str
    result: Result | None


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a transfer, from "254711000111 - AMINA OTIENO" or "600333 - Example Supplier".

    number: a phone as told (may be masked), or a shortcode. name: of a person first name and initials, of an
    organisation whole.
    """

    number: str | None = field(repr=False)
    name: str | None = field(repr=False)

    @property
    def is_organisation(self) -> bool:
        """Whether the number is a shortcode."""
        return self.number is not None and _SHORTCODE.fullmatch(self.number) is not None


@dataclass(frozen=True, slots=True)
class PayoutResult:
    """Of a payout (B2C, Pochi). Balances: of our accounts after it, exact, in shillings; confidential.

    receipt: only of a success. amount_kes: whole shillings, None when absent or not whole. is_registered:
    whether the recipient is a registered customer of M-Pesa.
    """

    result: Result
    receipt: str | None
    amount_kes: int | None
    completed_at_ms: int | None
    recipient: Party
    is_registered: bool | None
    utility: Decimal | None = field(repr=False)
    working: Decimal | None = field(repr=False)
    charges_paid: Decimal | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class BusinessPaymentResult:
    """Of a payment to another organisation (B2B family, tax). balance: of the debited account, exact, in shillings."""

    result: Result
    receipt: str | None
    amount_kes: int | None
    completed_at_ms: int | None
    receiver: Party
    reference: str | None
    balance: Decimal | None = field(repr=False)
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class ReversalResult:
    """Of a reversal. receipt: the reversal's own, only of a success; original_receipt: the payment's, if told.

    credited: who got the money back. account: the one that was debited, as it stands now.
    """

    result: Result
    receipt: str | None
    original_receipt: str | None
    amount_kes: int | None
    completed_at_ms: int | None
    charge: Decimal | None
    credited: Party
    debited: Party
    account: Account | None


class TransactionState(StrEnum):
    """`TransactionStatus` in Safaricom's list."""

    INITIATED = "initiated"
    AUTHORIZED = "authorized"
    PENDING_AUTHORIZED = "pending authorized"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Whether it will not change any more."""
        return self in _FINAL_STATES


_FINAL_STATES: Final = frozenset(
    {TransactionState.COMPLETED, TransactionState.CANCELLED, TransactionState.DECLINED, TransactionState.EXPIRED}
)


@dataclass(frozen=True, slots=True)
class StatusResult:
    """Of a question about a transaction. `result` is about the question; `state` about what was asked for.

    state: None when it is not told, or on no list (then status_text says it): neither done nor failed.
    The ids are those of the transaction asked about, receipt included. reason_type: the kind of transaction in
    M-Pesa's words ("Pay Bill Online"). reason: why it ended so, numbers masked.
    """

    result: Result
    state: TransactionState | None
    status_text: str
    receipt: str | None
    amount_kes: int | None
    initiated_at_ms: int | None
    completed_at_ms: int | None
    debited: Party
    credited: Party
    reason_type: str
    reason: str
    charges: tuple[Charge, ...]
    originator_conversation_id: str | None
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class BalanceResult:
    """Of a question about balances: an organisation's accounts in Safaricom's order."""

    result: Result
    accounts: tuple[Account, ...]
    completed_at_ms: int | None


def parse_result(body: bytes) -> Result:
    """The bytes Safaricom posted to a ResultURL → the result.

    Raises Unreadable, and nothing else whatever the bytes.
    """
    told = reading.object_of(reading.inside(reading.object_of(reading.load(body)), "result"))
    code = reading.code(told.get("resultcode"))
    if code is None:
        raise Unreadable(UnreadableReason.NO_RESULT_CODE)
    return Result(
        code=code,
        description=_words(told.get("resultdesc")),
        originator_conversation_id=_originator(told),
        conversation_id=reading.text(told.get("conversationid"), ID_MAX),
        transaction_id=reading.receipt(told.get("transactionid")),
        is_last=reading.code(told.get("resulttype")) != _MORE_FOLLOWS,
        parameters=_parameters(told.get("resultparameters"), "resultparameter"),
        references=_parameters(told.get("referencedata"), "referenceitem"),
    )


def parse_queue_timeout(body: bytes) -> QueueTimeout:
    """The bytes Safaricom posted to a QueueTimeOutURL: like a result, like an error, or nothing at all.

    Raises Unreadable, and nothing else whatever the bytes; whose request it was is then told by the address alone.
    """
    if not body.strip():
        return QueueTimeout(None, None, None, "", None)
    told = reading.object_of(reading.inside(reading.object_of(reading.load(body)), "result"))
    return QueueTimeout(
        originator_conversation_id=_originator(told),
        conversation_id=reading.text(told.get("conversationid"), ID_MAX),
        code=reading.code(told.get("resultcode", told.get("errorcode"))),
        description=_words(told.get("resultdesc", told.get("errormessage"))),
        result=parse_result(body) if reading.code(told.get("resultcode")) is not None else None,
    )


def payout_of(result: Result) -> PayoutResult:
    """What the result of a payout tells. Raises Unreadable where it tells two things."""
    told = result.parameters
    return PayoutResult(
        result=result,
        receipt=_receipt(result, told.get("TransactionReceipt")),
        amount_kes=whole_shillings(told.get("TransactionAmount", "Amount")),
        completed_at_ms=reading.time_ms(told.get("TransactionCompletedDateTime", "TransCompletedTime")),
        recipient=_party(told.get("ReceiverPartyPublicName")),
        is_registered={"Y": True, "N": False}.get((told.get("B2CRecipientIsRegisteredCustomer") or "").upper()),
        utility=reading.decimal(told.get("B2CUtilityAccountAvailableFunds")),
        working=reading.decimal(told.get("B2CWorkingAccountAvailableFunds")),
        charges_paid=reading.decimal(told.get("B2CChargesPaidAccountAvailableFunds")),
    )


def business_payment_of(result: Result) -> BusinessPaymentResult:
    """What the result of a payment to an organisation tells. Raises Unreadable where it tells two things."""
    told = result.parameters
    affected = told.get("DebitPartyAffectedAccountBalance")
    accounts = accounts_of(affected) if affected else ()
    return BusinessPaymentResult(
        result=result,
        receipt=_receipt(result, told.get("TransactionReceipt")),
        amount_kes=whole_shillings(told.get("Amount", "TransactionAmount")),
        completed_at_ms=reading.time_ms(told.get("TransCompletedTime", "TransactionCompletedDateTime")),
        receiver=_party(told.get("ReceiverPartyPublicName")),
        reference=result.references.get("BillReferenceNumber"),
        balance=accounts[0].current
        if accounts
        else basic_amount(told.get("DebitAccountBalance", "DebitAccountCurrentBalance")),
        charges=tuple(charges_of(told.get("DebitPartyCharges"))),
    )


def reversal_of(result: Result) -> ReversalResult:
    """What the result of a reversal tells. Raises Unreadable where it tells two things."""
    told = result.parameters
    balance = told.get("DebitAccountBalance")
    accounts = accounts_of(balance) if balance and "|" in balance else ()
    return ReversalResult(
        result=result,
        receipt=_receipt(result, None),
        original_receipt=reading.receipt(told.get("OriginalTransactionID")),
        amount_kes=whole_shillings(told.get("Amount")),
        completed_at_ms=reading.time_ms(told.get("TransCompletedTime")),
        charge=reading.decimal(told.get("Charge")),
        credited=_party(told.get("CreditPartyPublicName")),
        debited=_party(told.get("DebitPartyPublicName")),
        account=accounts[0] if accounts else None,
    )


def status_of(result: Result) -> StatusResult:
    """What the result of a question about a transaction tells. Raises Unreadable where it tells two things."""
    told = result.parameters
    words = " ".join((told.get("TransactionStatus") or "").split())
    debited, credited = _parties(told)
    return StatusResult(
        result=result,
        state=_STATES.get(words.lower()) if result.is_success else None,
        status_text=mask_text(words[:SHORT_MAX]),
        receipt=reading.receipt(told.get("ReceiptNo", "ReceiptNumber")),
        amount_kes=whole_shillings(told.get("Amount")),
        initiated_at_ms=reading.time_ms(told.get("InitiatedTime")),
        completed_at_ms=reading.time_ms(told.get("FinalisedTime", "FinalizedTime")),
        debited=debited,
        credited=credited,
        reason_type=_words(told.get("ReasonType")),
        reason=_words(told.get("TransactionReason")),
        charges=tuple(charges_of(told.get("DebitPartyCharges"))),
        originator_conversation_id=reading.text(told.get("OriginatorConversationID"), ID_MAX),
        conversation_id=reading.text(told.get("ConversationID"), ID_MAX),
    )


def balance_of(result: Result) -> BalanceResult:
    """What the result of a question about balances tells. Raises Unreadable where it is none of the known form."""
    told = result.parameters
    accounts = told.get("AccountBalance")
    return BalanceResult(
        result=result,
        accounts=accounts_of(accounts) if accounts else (),
        completed_at_ms=reading.time_ms(told.get("BOCompletedTime")),
    )


_STATES: Final = {str(state): state for state in TransactionState}


def _plain(name: str) -> str:
    return "".join(name.split()).lower()


def _words(value: object) -> str:
    return mask_text((reading.cut(value, RESULT_TEXT_MAX) or "").strip())


def _originator(told: Object) -> str | None:
    """Safaricom writes it without the n in some answers."""
    value = told.get("originatorconversationid", told.get("originatorcoversationid"))
    return reading.text(value, ID_MAX)


def _parameters(holder: object, name: str) -> Parameters:
    """`ResultParameters` or `ReferenceData`: its items in a list, as one object, or without the level between."""
    if isinstance(holder, list) and len(holder) == 1:
        holder = holder[0]
    if isinstance(holder, dict):
        holder = holder.get(name, holder or None)
    return Parameters(tuple(_items(holder)))


def _items(told: object) -> Iterator[tuple[str, str | None]]:
    for item in reading.listed(told):
        if item in (None, ""):
            continue
        fields = reading.object_of(item)
        name = reading.text(fields.get("key", fields.get("name")), SHORT_MAX)
        if name is not None:
            yield name, _value(fields.get("value"))


def _value(value: object) -> str | None:
    """Numbers stay numbers, so that 20260315101552.0 is read as the whole number it is."""
    told = reading.text(value, _VALUE_MAX)
    return reading.Number(told) if told is not None and isinstance(value, reading.Number) else told


def _receipt(result: Result, named: str | None) -> str | None:
    """Of a success: the parameter's and the envelope's are one receipt, or this has no single meaning."""
    receipts = {receipt for receipt in (reading.receipt(named), result.transaction_id) if receipt is not None}
    if not result.is_success:
        return None
    if len(receipts) > 1:
        raise Unreadable(UnreadableReason.CONFLICTING_KEYS)
    return next(iter(receipts), None)


def _party(told: str | None) -> Party:
    """Number and name apart; a text without a number is a name."""
    words = " ".join((told or "").split())
    found = _PARTY.fullmatch(words)
    if found is None:
        return Party(None, reading.short_name(words))
    number = found.group(1).strip()
    name = (found.group(2) or "").strip()
    if _SHORTCODE.fullmatch(number):
        return Party(number, mask_text(name) or None)
    return Party(number or None, reading.short_name(name))


def _parties(told: Parameters) -> tuple[Party, Party]:
    """(debited, credited). Safaricom's own sample calls both `DebitPartyName`, the credited one second."""
    debits, credits = told.values("DebitPartyName"), told.values("CreditPartyName")
    unnamed = len(debits) == 2 and not credits  # noqa: PLR2004 -- one name for each of two sides
    if unnamed:
        debits, credits = debits[:1], debits[1:]
    if len(set(debits)) > 1 or len(set(credits)) > 1:
        raise Unreadable(UnreadableReason.CONFLICTING_KEYS)
    return _party(next(iter(debits), None)), _party(next(iter(credits), None))
