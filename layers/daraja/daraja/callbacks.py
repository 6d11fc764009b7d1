"""What Safaricom posts to us: STK callbacks and C2B confirmations, read leniently.

Standard library only, no HTTP client and no models: the functions that take callbacks must start fast.

Read in any form that has been seen: lists or single objects, numbers or text, values missing, keys in any
case, items in any order. Not read (`Unreadable`): what has no single meaning, such as a key that is given
twice with different values. The caller keeps such a body as it came; it is never lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from daraja import reading
from daraja.reading import (
    BODY_BYTES_MAX,
    ID_MAX,
    RESULT_TEXT_MAX,
    SHORT_MAX,
    Object,
    Unreadable,
    UnreadableReason,
    whole_shillings,
)

__all__ = [
    "BODY_BYTES_MAX",
    "C2bConfirmation",
    "StkCallback",
    "Unreadable",
    "UnreadableReason",
    "parse_c2b",
    "parse_stk_callback",
    "whole_shillings",
]


@dataclass(frozen=True, slots=True)
class StkCallback:
    """An STK callback. Nothing in it is proof by itself: it carries no signature.

    result_code: as text ("0", "1032", "SFC_IC0003"). amount_kes: whole shillings, None when absent or not
    whole; amount_text: the amount as told. completed_at_ms: M-Pesa's time, since the epoch. phone: as told,
    may be masked or missing; never match a payment by it. receipt: in capitals, so that one receipt is never
    two; None also for M-Pesa's filler, which ends in seven zeros and stands for "no transaction".
    """

    checkout_request_id: str | None = field(repr=False)
    merchant_request_id: str | None
    result_code: str
    result_text: str
    amount_kes: int | None
    amount_text: str | None
    receipt: str | None
    completed_at_ms: int | None
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class C2bConfirmation:
    """A C2B confirmation or validation request; both have this shape.

    reference: what the payer typed, unchanged; "" for a till. payer_name: first name and initials of the
    others. phone_hint: as told, a mask or a hash (old ones: the number). The organisation's balance, which
    Safaricom sends along, is confidential and is not read.
    """

    receipt: str
    amount_kes: int | None
    amount_text: str | None
    shortcode: str | None
    reference: str = field(repr=False)
    completed_at_ms: int | None
    payer_name: str | None = field(repr=False)
    phone_hint: str | None = field(repr=False)
    transaction_type: str
    third_party_id: str | None


def parse_stk_callback(body: bytes) -> StkCallback:
    """The bytes Safaricom posted to a push's CallBackURL → the callback.

    Raises Unreadable, and nothing else whatever the bytes.
    Source: developer.safaricom.co.ke/apis/MpesaExpressSimulate and dumps of 2018 to 2026.
    """
    root = reading.object_of(reading.load(body))
    callback = reading.object_of(reading.inside(root, "body").get("stkcallback"))
    result_code = reading.code(callback.get("resultcode"))
    if result_code is None:
        raise Unreadable(UnreadableReason.NO_RESULT_CODE)
    items = _items(callback.get("callbackmetadata"))
    amount_text = reading.text(items.get("amount"), SHORT_MAX)
    return StkCallback(
        checkout_request_id=reading.text(callback.get("checkoutrequestid"), ID_MAX),
        merchant_request_id=reading.text(callback.get("merchantrequestid"), ID_MAX),
        result_code=result_code,
        result_text=(reading.cut(callback.get("resultdesc"), RESULT_TEXT_MAX) or "").strip(),
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        receipt=reading.receipt(items.get("mpesareceiptnumber")),
        completed_at_ms=reading.time_ms(items.get("transactiondate")),
        phone=reading.text(items.get("phonenumber"), SHORT_MAX),
    )


def parse_c2b(body: bytes) -> C2bConfirmation:
    """The bytes M-Pesa posted to a C2B confirmation or validation URL → the payment it tells of.

    Raises Unreadable, and nothing else whatever the bytes.
    Source: developer.safaricom.co.ke/apis/CustomerToBusiness.
    """
    told = reading.object_of(reading.load(body))
    receipt = reading.receipt(told.get("transid"))
    if receipt is None:
        raise Unreadable(UnreadableReason.NO_RECEIPT)
    amount_text = reading.text(told.get("transamount"), SHORT_MAX)
    return C2bConfirmation(
        receipt=receipt,
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        shortcode=reading.whole_text(told.get("businessshortcode", told.get("shortcode"))),
        reference=reading.cut(told.get("billrefnumber"), SHORT_MAX) or "",
        completed_at_ms=reading.time_ms(told.get("transtime")),
        payer_name=_payer_name(told),
        phone_hint=reading.text(told.get("msisdn"), SHORT_MAX),
        transaction_type=(reading.cut(told.get("transactiontype"), SHORT_MAX) or "").strip(),
        third_party_id=reading.text(told.get("thirdpartytransid"), SHORT_MAX),
    )


def _items(metadata: object) -> Object:
    """CallbackMetadata → {name in lower case: value}. Absent on failure; a list or a single item."""
    if metadata is None:
        return {}
    told = reading.object_of(metadata).get("item")
    return reading.lower_keys(pair for item in reading.listed(told) for pair in _named_value(item))


def _named_value(item: object) -> Iterable[tuple[str, object]]:
    """Nothing for an item without a name or a value (`Balance` often has none)."""
    fields = reading.object_of(item)
    name, value = fields.get("name"), fields.get("value")
    if isinstance(name, str) and value is not None and value != "":
        yield name, value


def _payer_name(told: Object) -> str | None:
    """Amina, Wanjiku, Otieno → "Amina W. O."; what is not needed is not kept."""
    names = (reading.cut(told.get(key), SHORT_MAX) or "" for key in ("firstname", "middlename", "lastname"))
    return reading.short_name(" ".join(names))
