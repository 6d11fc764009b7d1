"""What Safaricom posts to us: STK callbacks and C2B confirmations, read leniently.

Standard library only, no HTTP client and no models: the functions that take callbacks must start fast.

Read in any form that has been seen: lists or single objects, numbers or text, values missing, keys in any
case, items in any order. Not read (`Unreadable`): what has no single meaning, such as a key that is given
twice with different values. The caller keeps such a body as it came; it is never lost.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from daraja.environments import parse_eat
from daraja.masking import mask_text

BODY_BYTES_MAX: Final = 256 * 1024
_ID_MAX: Final = 256
_RECEIPT_MAX: Final = 64
_SHORT_MAX: Final = 128
_RESULT_TEXT_MAX: Final = 1024
_AMOUNT_KES_MAX: Final = 10**12
"""More than there is. A larger number is no amount, and stores of numbers have their limits."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{0,20})?")
_FILLER_RECEIPT = re.compile(r"[A-Z0-9]{3}0{7}")


class UnreadableReason(StrEnum):
    """Why a body has no meaning for us."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    CONFLICTING_KEYS = "conflicting_keys"
    """One key, or two that differ in case only, with different values."""
    WRONG_SHAPE = "wrong_shape"
    NO_RESULT_CODE = "no_result_code"
    NO_RECEIPT = "no_receipt"
    VALUE_TOO_LONG = "value_too_long"


class Unreadable(ValueError):
    """The body cannot be read. `reason` says why; the text holds nothing of the body."""

    def __init__(self, reason: UnreadableReason) -> None:
        super().__init__(f"unreadable: {reason}")
        self.reason: UnreadableReason = reason


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


class _Number(str):
    """A JSON number, kept as it was written: no rounding through a float, no limit on its length."""

    __slots__ = ()


_Object: TypeAlias = Mapping[str, object]
"""A JSON object with its keys in lower case."""


def parse_stk_callback(body: bytes) -> StkCallback:
    """The bytes Safaricom posted to a push's CallBackURL → the callback.

    Raises Unreadable, and nothing else whatever the bytes.
    Source: developer.safaricom.co.ke/apis/MpesaExpressSimulate and dumps of 2018 to 2026.
    """
    root = _object(_load(body))
    callback = _object(_inside(root, "body").get("stkcallback"))
    result_code = _code(callback.get("resultcode"))
    if result_code is None:
        raise Unreadable(UnreadableReason.NO_RESULT_CODE)
    items = _items(callback.get("callbackmetadata"))
    amount_text = _text(items.get("amount"), _SHORT_MAX)
    return StkCallback(
        checkout_request_id=_text(callback.get("checkoutrequestid"), _ID_MAX),
        merchant_request_id=_text(callback.get("merchantrequestid"), _ID_MAX),
        result_code=result_code,
        result_text=(_cut(callback.get("resultdesc"), _RESULT_TEXT_MAX) or "").strip(),
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        receipt=_receipt(items.get("mpesareceiptnumber")),
        completed_at_ms=_time(items.get("transactiondate")),
        phone=_text(items.get("phonenumber"), _SHORT_MAX),
    )


def parse_c2b(body: bytes) -> C2bConfirmation:
    """The bytes M-Pesa posted to a C2B confirmation or validation URL → the payment it tells of.

    Raises Unreadable, and nothing else whatever the bytes.
    Source: developer.safaricom.co.ke/apis/CustomerToBusiness.
    """
    told = _object(_load(body))
    receipt = _receipt(told.get("transid"))
    if receipt is None:
        raise Unreadable(UnreadableReason.NO_RECEIPT)
    amount_text = _text(told.get("transamount"), _SHORT_MAX)
    return C2bConfirmation(
        receipt=receipt,
        amount_kes=whole_shillings(amount_text),
        amount_text=amount_text,
        shortcode=_whole_text(told.get("businessshortcode", told.get("shortcode"))),
        reference=_cut(told.get("billrefnumber"), _SHORT_MAX) or "",
        completed_at_ms=_time(told.get("transtime")),
        payer_name=_payer_name(told),
        phone_hint=_text(told.get("msisdn"), _SHORT_MAX),
        transaction_type=(_cut(told.get("transactiontype"), _SHORT_MAX) or "").strip(),
        third_party_id=_text(told.get("thirdpartytransid"), _SHORT_MAX),
    )


def whole_shillings(amount_text: str | None) -> int | None:
    """An amount as told → whole shillings: 250, 250.00, 1,250.0, 2.5E2.

    None for a fraction, a negative amount, one beyond all money, or none at all.
    """
    number = _decimal(amount_text)
    if number is None or not 0 <= number <= _AMOUNT_KES_MAX or number != number.to_integral_value():
        return None
    return int(number)


def _load(body: bytes) -> object:
    if len(body) > BODY_BYTES_MAX:
        raise Unreadable(UnreadableReason.TOO_LARGE)
    try:
        text = body.decode("utf-8-sig")
        return json.loads(
            text,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_lower_keys,
        )
    except UnicodeDecodeError:
        raise Unreadable(UnreadableReason.NOT_UTF8) from None
    except RecursionError:
        raise Unreadable(UnreadableReason.TOO_DEEP) from None
    except json.JSONDecodeError:
        raise Unreadable(UnreadableReason.NOT_JSON) from None


def _refuse_constant(_: str) -> object:
    """NaN and Infinity are no JSON."""
    raise Unreadable(UnreadableReason.NOT_JSON)


def _lower_keys(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    lowered: dict[str, object] = {}
    for name, value in pairs:
        key = name.strip().lower()
        if key in lowered and not _same(lowered[key], value):
            raise Unreadable(UnreadableReason.CONFLICTING_KEYS)
        lowered[key] = value
    return lowered


def _same(one: object, other: object) -> bool:
    """Equal as JSON: the number 1 and the text "1" differ in kind but tell the same, True does not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _object(value: object) -> _Object:
    """The object itself, or the one object in a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Unreadable(UnreadableReason.WRONG_SHAPE)
    return value


def _inside(root: _Object, wrapper: str) -> _Object:
    """What a wrapper holds; some relays leave the wrapper out."""
    return _object(root[wrapper]) if wrapper in root else root


def _items(metadata: object) -> _Object:
    """CallbackMetadata → {name in lower case: value}. Absent on failure; a list or a single item."""
    if metadata is None:
        return {}
    told = _object(metadata).get("item")
    items = told if isinstance(told, list) else [] if told is None else [told]
    return _lower_keys(pair for item in items for pair in _named_value(item))


def _named_value(item: object) -> Iterable[tuple[str, object]]:
    """Nothing for an item without a name or a value (`Balance` often has none)."""
    fields = _object(item)
    name, value = fields.get("name"), fields.get("value")
    if isinstance(name, str) and value is not None and value != "":
        yield name, value


def _text(value: object, size_max: int) -> str | None:
    """A text or number as text without blanks around it; None when empty or of another kind."""
    text = _cut(value, size_max + 1)
    stripped = text.strip() if text is not None else ""
    if len(stripped) > size_max:
        raise Unreadable(UnreadableReason.VALUE_TOO_LONG)
    return stripped or None


def _cut(value: object, size_max: int) -> str | None:
    """A text or number as text, unchanged but for its length."""
    if not isinstance(value, str):
        return None
    text = str(value)[:size_max]
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable(UnreadableReason.NOT_UTF8) from None
    return text


def _code(value: object) -> str | None:
    """0, "0", 0.0 and " 0 " are one code; lettered codes stay as they are."""
    text = _text(value, _SHORT_MAX)
    return _whole_text(value) or text


def _whole_text(value: object) -> str | None:
    """A whole number as plain digits, whether told as 1032, "1032" or 1032.0; other texts unchanged."""
    text = _text(value, _SHORT_MAX)
    number = _decimal(text) if isinstance(value, _Number) else None
    if number is None or number != number.to_integral_value():
        return text
    return str(int(number))


def _time(value: object) -> int | None:
    text = _whole_text(value)
    return parse_eat(text) if text is not None else None


def _receipt(value: object) -> str | None:
    receipt = _text(value, _RECEIPT_MAX)
    if receipt is None:
        return None
    written = "".join(character for character in receipt.upper() if character.isprintable())
    return None if not written or _FILLER_RECEIPT.fullmatch(written) else written


def _decimal(text: str | None) -> Decimal | None:
    if text is None:
        return None
    if _GROUPED_NUMBER.fullmatch(text):
        return Decimal(text.replace(",", ""))
    return Decimal(text) if _PLAIN_NUMBER.fullmatch(text) else None


def _payer_name(told: _Object) -> str | None:
    """Amina, Wanjiku, Otieno → "Amina W. O."; what is not needed is not kept."""
    names = (_cut(told.get(key), _SHORT_MAX) or "" for key in ("firstname", "middlename", "lastname"))
    words = " ".join(names).split()
    if not words:
        return None
    return mask_text(" ".join([words[0], *(f"{word[0]}." for word in words[1:])]))
