"""Takes phone numbers and tokens out of texts. Standard library only: hot paths use it.

A masked number keeps its leading 7 or 1 and its last three digits: 0712345678 → 07•••••678. That is
enough for two people to speak about the same number, and too little to call it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

BULLET: Final = "\N{BULLET}"

_NATIONAL = re.compile(r"(?:254|0)?([17][0-9]{8})")
_DIGIT = r"(?:\d|%3[0-9])"
_SEPARATOR = r"(?:[ \t\u00a0\u2009\u202f\-\u2010-\u2015.()+]|%2[089DdEe])"
_SPAN = re.compile(rf"{_DIGIT}(?:{_SEPARATOR}{{0,3}}{_DIGIT}){{8,}}")
_DIGITS_OF_SPAN = re.compile(rf"({_DIGIT})|{_SEPARATOR}")
_WRITTEN = re.compile(r"(?:254|0|2540)[17][0-9]{8}")
_BARE = re.compile(r"[17][0-9]{8}")
_PREFIXED = re.compile(r"(?=((?:254|0)[17][0-9]{8}))")
_CLOCK = r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DAY_MONTH = r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])"
_TIMESTAMP = re.compile(rf"(?:20[1-4][0-9]{_MONTH_DAY}|{_DAY_MONTH}20[1-4][0-9]){_CLOCK}")
_EPOCH_MS = re.compile(r"1[6-9][0-9]{11}")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}")
_NO_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?=[0-9]*[a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![0-9A-Za-z])"
)
_NATIONAL_SIZE: Final = 9
_TIMESTAMP_SIZE: Final = 14
_WRITTEN_SIZE_MAX: Final = 13
"""Digits of +254 (0) 7xx xxx xxx."""
_CHECKOUT_RUNS: Final = range(23, 27)
"""Digits in a CheckoutRequestID that ends in the payer's number: date, time, up to 3 of ms, nine digits."""

_TOKEN = re.compile(r"(?=[A-Za-z_\-.~+/]*[0-9])(?=[0-9_\-.~+/]*[A-Za-z])[A-Za-z0-9_\-.~+/]{20,}={0,2}")
_AFTER_TOKEN_WORD = re.compile(r"(?i)(access[ _]?token\s*[-:=]\s*)\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HIDDEN: Final = "[hidden]"
_SCRUBBED_MAX: Final = 300


class _Digit(NamedTuple):
    value: str
    start: int
    end: int


def mask_phone(phone: str) -> str:
    """A Kenyan number in any plain form ("254712345678", "0712…", "712…") → "07•••••678".

    Anything else gives bullets only, so that a mistake shows nothing.
    """
    found = _NATIONAL.fullmatch(phone.strip().lstrip("+"))
    if found is None:
        return BULLET * 8
    national = found.group(1)
    return f"0{national[0]}{BULLET * 5}{national[-3:]}"


def mask_text(text: str) -> str:
    """The same text with every Kenyan number in it masked in place; all else is unchanged.

    Finds 254…, 0… also inside longer runs of digits, nine bare digits on their own or at the end of a
    CheckoutRequestID, and all of these with blanks, dashes, dots, brackets, percent-encoded or in digits
    of other scripts. Times (YYYYMMDDHHmmss, DDMMYYYYHHmmss, 13-digit epochs), hexadecimal ids, UUIDs
    and lone IPv4 addresses stay readable.
    """
    masked = _mask_once(text)
    while masked != text:
        text, masked = masked, _mask_once(masked)
    return masked


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Somebody else's text made fit for an error or a log: one line of at most 300 characters.

    Phone numbers are masked; `secrets` and whatever looks like a token are hidden.
    """
    for secret in secrets:
        text = text.replace(secret, _HIDDEN) if secret else text
    text = _AFTER_TOKEN_WORD.sub(rf"\1{_HIDDEN}", _CONTROL.sub(" ", text[: 4 * _SCRUBBED_MAX]))
    return mask_text(_TOKEN.sub(_HIDDEN, text)).strip()[:_SCRUBBED_MAX]


def _mask_once(text: str) -> str:
    if not _SPAN.search(text):
        return text
    kept = [found.span() for found in _NO_PHONE.finditer(text)]
    pieces: list[str] = []
    done = 0
    for start, end in kept:
        pieces += [_SPAN.sub(_mask_span, text[done:start]), text[start:end]]
        done = end
    pieces.append(_SPAN.sub(_mask_span, text[done:]))
    return "".join(pieces)


def _mask_span(span: re.Match[str]) -> str:
    """Masks the numbers in one stretch of digits and separators."""
    text = span.group()
    if _IPV4.fullmatch(text):
        return text
    digits = list(_digits(text))
    hidden: set[int] = set()
    for last in _ends(digits):
        hidden.update(range(last - 8, last - 3))
    if not hidden:
        return text
    out: list[str] = []
    done = 0
    for index in sorted(hidden):
        out += [text[done : digits[index].start], BULLET]
        done = digits[index].end
    return "".join([*out, text[done:]])


def _digits(text: str) -> Iterator[_Digit]:
    for found in _DIGITS_OF_SPAN.finditer(text):
        if shown := found.group(1):
            yield _Digit(str(int(shown[-1])), found.start(), found.end())


def _ends(digits: list[_Digit]) -> Iterator[int]:
    """Where each number in the stretch ends: the index after its last digit."""
    shown = "".join(digit.value for digit in digits)
    groups = list(_groups(digits))
    for first, last in groups:
        yield from (first + end for end in _ends_in_run(shown[first:last]))
    if len(groups) > 1:
        yield from _ends_across(shown, groups)


def _groups(digits: list[_Digit]) -> Iterator[tuple[int, int]]:
    """Runs of digits without a separator inside, as (first, last exclusive)."""
    first = 0
    for index in range(1, len(digits)):
        if digits[index].start != digits[index - 1].end:
            yield first, index
            first = index
    yield first, len(digits)


def _ends_in_run(run: str) -> Iterator[int]:
    if _EPOCH_MS.fullmatch(run):
        return
    size = len(run)
    skip = _TIMESTAMP_SIZE if _TIMESTAMP.match(run) else 0
    for found in _PREFIXED.finditer(run, skip):
        yield found.end(1)
    bare_at_end = size == _NATIONAL_SIZE or size in _CHECKOUT_RUNS
    if bare_at_end and run[-_NATIONAL_SIZE] in "17":
        yield size


def _ends_across(shown: str, groups: list[tuple[int, int]]) -> Iterator[int]:
    """Numbers written with separators: they begin and end with a group."""
    for position, (first, _) in enumerate(groups):
        if shown[first] not in "0127":
            continue
        for end_position in range(position + 1, len(groups)):
            last = groups[end_position][1]
            if last - first > _WRITTEN_SIZE_MAX:
                break
            if last - first >= _NATIONAL_SIZE:
                parts = [end - start for start, end in groups[position : end_position + 1]]
                if _is_written_number(shown[first:last], parts, alone=len(parts) == len(groups)):
                    yield last


def _is_written_number(joined: str, parts: list[int], *, alone: bool) -> bool:
    """Nine bare digits are a number only when they stand alone or in threes: 712 345 678."""
    if _WRITTEN.fullmatch(joined):
        return True
    return bool(_BARE.fullmatch(joined)) and (alone or parts == [3, 3, 3])
