"""What single cells of a statement say: money, times of Nairobi, who paid. Pure. What is unclear is None."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.domain.days import EAT

CENTS = 100
CENTS_MAX = 10**14
"""Beyond all money: a receipt's digits in the wrong column, say."""

_CLOCK = r"(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp][Mm]))?)?"
_MONEY = re.compile(r"[-+]?(?:\d{1,20}|\d{1,3}(?:,\d{3}){1,6})(?:\.(\d{1,2})0*)?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{10}")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _CLOCK, re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _CLOCK, re.ASCII)
_PHONE = re.compile(r"(?<!\d)(?:\+?254|0)([17]\d{8})(?!\d)", re.ASCII)
_ENDING = re.compile(r"(?:254|0)[\d*]{3,9}(\d{3})(?![\d*])", re.ASCII)
_HOURS_OF_HALF = 12
_CLOCKS_BEGIN = 1970
"""Earlier years are typing errors, and moments that no clock shows."""


def cents(cell: str) -> int | None:
    """An amount like -1,250.50 in cents, with its sign; None: no amount. An empty cell is nothing: 0."""
    if cell.strip() in ("", "-"):
        return 0
    plain = re.sub(r"(?i)^(?:kes|ksh)\.?|\s", "", cell)
    found = _MONEY.fullmatch(plain)
    if found is None:
        return None
    whole, _, behind = plain.replace(",", "").partition(".")
    value = int(whole.lstrip("+-")) * CENTS + int((behind + "00")[:2])
    if value > CENTS_MAX:
        return None
    return -value if plain.startswith("-") else value


def moment_ms(cell: str, *, last: bool = False) -> int | None:
    """A time of Nairobi's like 02-03-2026 12:15:09, in milliseconds; None: no time. The day stands before the month.

    last: the last moment of what was named; else its first. A time may lack its seconds, or be a day.
    """
    plain = cell.strip()
    if (found := _DAY_FIRST.fullmatch(plain)) is not None:
        day, _, month, year, *clock = found.groups()
    elif (found := _YEAR_FIRST.fullmatch(plain)) is not None:
        year, _, month, day, *clock = found.groups()
    else:
        return None
    if int(year) < _CLOCKS_BEGIN:
        return None
    hour, minute, second, half = clock
    filled = ("23", "59", "59") if last else ("0", "0", "0")
    try:
        at = datetime(
            int(year),
            int(month),
            int(day),
            _hour(hour or filled[0], half),
            int(minute or filled[1]),
            int(second or filled[2]),
            tzinfo=EAT,
        )
    except ValueError:
        return None
    return int(at.timestamp()) * 1000 + (999 if last else 0)


def _hour(told: str, half: str | None) -> int:
    """Raises ValueError for an hour that no clock with two halves shows."""
    if not half:
        return int(told)
    if not 1 <= int(told) <= _HOURS_OF_HALF:
        raise ValueError(told)
    return int(told) % _HOURS_OF_HALF + (_HOURS_OF_HALF if half.lower() == "pm" else 0)


def code_in(cell: str) -> str:
    """An M-Pesa code, in capitals; empty: it is none."""
    return cell.upper() if _CODE.fullmatch(cell) else ""


def phone_in(cell: str) -> tuple[str | None, str]:
    """The number in a cell as 12 digits, if it is whole; and its last three digits, also of a mask like 2547****126."""
    whole = _PHONE.search(cell)
    if whole is not None:
        return f"254{whole.group(1)}", whole.group(1)[-3:]
    masked = _ENDING.search(cell)
    return None, masked.group(1) if masked and "*" in masked.group(0) else ""


def name_in(cell: str) -> str:
    """The name behind the number in a cell like "254712345678 - AMINA WANJIKU"; whole, so to be shortened."""
    _, dash, behind = cell.partition(" - ")
    return behind.strip() if dash and not re.search(r"\d", behind) else ""
