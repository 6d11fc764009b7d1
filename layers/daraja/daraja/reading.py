"""How bodies of Safaricom are read: leniently in their form, strictly in their meaning. Standard library only.

Read in any form that has been seen: lists or single objects, numbers or text, values missing, keys in any
case. Not read (`Unreadable`): what has no single meaning, such as a key that is given twice with different
values. Every function here raises Unreadable, and nothing else whatever it is given.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from daraja.environments import parse_eat
from daraja.masking import mask_text

BODY_BYTES_MAX: Final = 256 * 1024
ID_MAX: Final = 256
RECEIPT_MAX: Final = 64
SHORT_MAX: Final = 128
RESULT_TEXT_MAX: Final = 1024
_AMOUNT_KES_MAX: Final = 10**12
"""More than there is. A larger number is no amount, and stores of numbers have their limits."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{0,20})?")
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


class Number(str):
    """A JSON number, kept as it was written: no rounding through a float, no limit on its length."""

    __slots__ = ()


Object: TypeAlias = Mapping[str, object]
"""A JSON object with its keys in lower case."""


def load(body: bytes) -> object:
    """The bytes as JSON: keys in lower case, numbers as `Number`."""
    if len(body) > BODY_BYTES_MAX:
        raise Unreadable(UnreadableReason.TOO_LARGE)
    try:
        told = body.decode("utf-8-sig")
        return json.loads(
            told,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
            object_pairs_hook=lower_keys,
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


def lower_keys(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The pairs as an object; one name with two meanings is Unreadable."""
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


def object_of(value: object) -> Object:
    """The object itself, or the one object in a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Unreadable(UnreadableReason.WRONG_SHAPE)
    return value


def inside(root: Object, wrapper: str) -> Object:
    """What a wrapper holds; some relays leave the wrapper out."""
    return object_of(root[wrapper]) if wrapper in root else root


def listed(value: object) -> list[object]:
    """The list itself; a single thing as a list of one; nothing as an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def text(value: object, size_max: int) -> str | None:
    """A text or number as text without blanks around it; None when empty or of another kind."""
    whole = cut(value, size_max + 1)
    stripped = whole.strip() if whole is not None else ""
    if len(stripped) > size_max:
        raise Unreadable(UnreadableReason.VALUE_TOO_LONG)
    return stripped or None


def cut(value: object, size_max: int) -> str | None:
    """A text or number as text, unchanged but for its length."""
    if not isinstance(value, str):
        return None
    shortened = str(value)[:size_max]
    try:
        shortened.encode()
    except UnicodeEncodeError:
        raise Unreadable(UnreadableReason.NOT_UTF8) from None
    return shortened


def code(value: object) -> str | None:
    """0, "0", 0.0 and " 0 " are one code; lettered codes stay as they are."""
    told = text(value, SHORT_MAX)
    return whole_text(value) or told


def whole_text(value: object) -> str | None:
    """A whole number as plain digits, whether told as 1032, "1032" or 1032.0; other texts unchanged."""
    told = text(value, SHORT_MAX)
    number = decimal(told) if isinstance(value, Number) else None
    if number is None or number != number.to_integral_value():
        return told
    return str(int(number))


def time_ms(value: object) -> int | None:
    """M-Pesa's time on Kenyan clocks → milliseconds since the epoch; None when it is no time."""
    told = whole_text(value)
    return parse_eat(told) if told is not None else None


def receipt(value: object) -> str | None:
    """In capitals, so that one receipt is never two; None for M-Pesa's filler, which stands for "no transaction"."""
    told = text(value, RECEIPT_MAX)
    if told is None:
        return None
    written = "".join(character for character in told.upper() if character.isprintable())
    return None if not written or _FILLER_RECEIPT.fullmatch(written) else written


def decimal(told: str | None) -> Decimal | None:
    """The number in a text, exactly: 250, 250.00, 1,250.0, -154.00, 2.5E2; None when it is none."""
    if told is None:
        return None
    if _GROUPED_NUMBER.fullmatch(told):
        return Decimal(told.replace(",", ""))
    return Decimal(told) if _PLAIN_NUMBER.fullmatch(told) else None


def whole_shillings(amount_text: str | None) -> int | None:
    """An amount as told → whole shillings: 250, 250.00, 1,250.0, 2.5E2.

    None for a fraction, a negative amount, one beyond all money, or none at all.
    """
    number = decimal(amount_text)
    if number is None or not 0 <= number <= _AMOUNT_KES_MAX or number != number.to_integral_value():
        return None
    return int(number)


def short_name(told: str) -> str | None:
    """Amina Wanjiku Otieno → "Amina W. O."; what is not needed is not kept. None for nothing."""
    words = told.split()
    if not words:
        return None
    return mask_text(" ".join([words[0], *(f"{word[0]}." for word in words[1:])]))
