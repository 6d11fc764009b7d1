"""Reading single fields of a request: Safaricom takes numbers as text or as numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from urllib.parse import urlsplit

AMOUNT_KES_MAX = 250_000
_MSISDN = re.compile(r"254[17][0-9]{8}")
_STAMP = re.compile(r"[0-9]{14}")
_WHOLE = re.compile(r"[0-9]{1,9}")


def digits(value: object, shortest: int, longest: int) -> str | None:
    """The value as digits, if it is a whole number of that many digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if re.fullmatch(rf"[0-9]{{{shortest},{longest}}}", text) else None


def whole_amount(value: object) -> int | None:
    """Whole shillings from 1 to 250,000."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not _WHOLE.fullmatch(str(value)):
        return None
    amount = int(value)
    return amount if 1 <= amount <= AMOUNT_KES_MAX else None


def msisdn(value: object) -> str | None:
    """`2547XXXXXXXX` or `2541XXXXXXXX`, as text or number."""
    text = digits(value, 12, 12)
    return text if text and _MSISDN.fullmatch(text) else None


def timestamp(value: object) -> str | None:
    """`YYYYMMDDHHmmss`, a date that exists."""
    text = str(value)
    if isinstance(value, bool) or not _STAMP.fullmatch(text):
        return None
    try:
        dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return text


def text(value: object, longest: int) -> str | None:
    """A text or number of 1 to `longest` characters."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    found = str(value)
    return found if len(found.strip()) >= 1 and len(found) <= longest else None


def one_of(value: object, allowed: Collection[str]) -> str | None:
    """The value, if it is one of these texts."""
    return value if isinstance(value, str) and value in allowed else None


def url_is_sound(value: str) -> bool:
    """Whether it is an http(s) address with a host and no blanks."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and value.isascii() and not re.search(r"[\s<>{}]", value)
