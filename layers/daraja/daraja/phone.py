"""What a person types as phone number → the 12 digits that Daraja takes.

The table of forms is ours; the numbering plan is Google's `phonenumbers`, which knows landlines, toll-free
and premium numbers. Its word is taken only where it knows the range: prefixes can be ported and new ones
appear, so a Kenyan mobile number that the library does not know is tried, and Daraja decides.
"""

import re
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from daraja.masking import mask_phone, mask_text

__all__ = ["PhoneProblem", "PhoneProblemKind", "mask_phone", "mask_text", "parse_phone"]

_DECORATION = re.compile(r"[\s\-\u2010-\u2015\u2212.()/]+")
_FORM = re.compile(r"(?P<plus>\+?)(?P<digits>[0-9]*)")
_INTERNATIONAL_DIGITS_MIN: Final = 8
_INTERNATIONAL_DIGITS_MAX: Final = 15
_NOT_MOBILE: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOIP,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
    }
)


class PhoneProblemKind(StrEnum):
    """What is wrong with a typed number. Length is judged before range."""

    EMPTY = "empty"
    LETTERS = "letters"
    """Something other than the digits 0 to 9, a leading + and the usual separators."""
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_KENYAN_MOBILE = "not_kenyan_mobile"


_ADVICE: Final = {
    PhoneProblemKind.EMPTY: "no number; give a Kenyan mobile number, 07… or 01… with 10 digits",
    PhoneProblemKind.LETTERS: "only digits, spaces, dashes and a leading + may stand in a phone number",
    PhoneProblemKind.TOO_SHORT: "too short; 07… and 01… have 10 digits, 254… has 12",
    PhoneProblemKind.TOO_LONG: "too long; 07… and 01… have 10 digits, 254… has 12",
    PhoneProblemKind.NOT_KENYAN_MOBILE: "not a Kenyan mobile number; those begin with 07, 01, 2547 or 2541",
}


class PhoneProblem(ValueError):
    """A typed number that cannot be a Kenyan mobile number.

    kind: what is wrong. digits: how many digits were typed. The text does not repeat the number.
    """

    def __init__(self, kind: PhoneProblemKind, digits: int) -> None:
        super().__init__(f"phone: {_ADVICE[kind]} ({digits} digits given)")
        self.kind: PhoneProblemKind = kind
        self.digits = digits


def parse_phone(text: str) -> str:
    """A number in any usual form → 12 digits, "2547…" or "2541…".

    Forms: 07…, 01…, 7…, 1…, 254…, +254…, 00254…, 2540…, with blanks, dashes, dots or brackets.
    Raises PhoneProblem.
    """
    form = _FORM.fullmatch(_DECORATION.sub("", text))
    if form is None:
        raise PhoneProblem(PhoneProblemKind.LETTERS, sum(character.isdigit() for character in text))
    typed = form["digits"]
    if not typed:
        raise PhoneProblem(PhoneProblemKind.EMPTY, 0)
    national = _national(typed, international=bool(form["plus"]))
    if national[0] not in "17" or _known_as_other(national):
        raise PhoneProblem(PhoneProblemKind.NOT_KENYAN_MOBILE, len(typed))
    return f"254{national}"


def _national(typed: str, *, international: bool) -> str:
    """The nine digits after 254 or 0, of the right length; their range is not judged yet."""
    if typed.startswith("00"):
        return _national_of_world(typed[2:], len(typed))
    if international or typed.startswith("254"):
        return _national_of_world(typed, len(typed))
    if typed[0] in "017":
        return _of_length(typed.removeprefix("0"), 9, len(typed))
    return _foreign(typed, 9, len(typed))


def _national_of_world(digits: str, typed: int) -> str:
    if not digits.startswith("254"):
        return _foreign(digits, _INTERNATIONAL_DIGITS_MIN, typed)
    return _of_length(digits.removeprefix("254").removeprefix("0"), 9, typed)


def _of_length(national: str, length: int, typed: int) -> str:
    if len(national) < length:
        raise PhoneProblem(PhoneProblemKind.TOO_SHORT, typed)
    if len(national) > length:
        raise PhoneProblem(PhoneProblemKind.TOO_LONG, typed)
    return national


def _foreign(digits: str, digits_min: int, typed: int) -> str:
    """Never a Kenyan mobile number: says which of the three it is."""
    if len(digits) < digits_min:
        raise PhoneProblem(PhoneProblemKind.TOO_SHORT, typed)
    if len(digits) > _INTERNATIONAL_DIGITS_MAX:
        raise PhoneProblem(PhoneProblemKind.TOO_LONG, typed)
    raise PhoneProblem(PhoneProblemKind.NOT_KENYAN_MOBILE, typed)


def _known_as_other(national: str) -> bool:
    number = phonenumbers.parse(f"+254{national}")
    return phonenumbers.number_type(number) in _NOT_MOBILE
