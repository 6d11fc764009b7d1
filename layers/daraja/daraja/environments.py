"""Safaricom's two environments, its published addresses and limits, and the time in Kenya.

Standard library only.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final

BASE_URLS: Final = MappingProxyType(
    {
        "sandbox": "https://sandbox.safaricom.co.ke",
        "production": "https://api.safaricom.co.ke",
    }
)

SOURCE_ADDRESSES: Final = frozenset(
    {
        "196.201.212.69",
        "196.201.212.74",
        "196.201.212.127",
        "196.201.212.129",
        "196.201.212.136",
        "196.201.212.138",
        "196.201.213.44",
        "196.201.213.114",
        "196.201.214.200",
        "196.201.214.206",
        "196.201.214.207",
        "196.201.214.208",
    }
)
"""Where callbacks come from by the portal's Getting Started page. The list is not versioned and others
report more addresses, so an unknown one is a reason to ask, not to drop what it says."""

AMOUNT_KES_MIN: Final = 1
AMOUNT_KES_MAX: Final = 250_000
"""One customer payment, in whole shillings (portal, December 2025)."""
DAY_LIMIT_KES: Final = 500_000
"""All transfers of one customer in a day."""
WALLET_KES_MAX: Final = 500_000
ACCOUNT_REFERENCE_MAX: Final = 12
DESCRIPTION_MAX: Final = 13
BILL_REFERENCE_TYPED_MAX: Final = 20
"""What a payer can type as account number at a Paybill."""

PAYOUT_KES_MIN: Final = 10
"""The smallest payout; the largest is that of one customer payment."""
BUSINESS_REFERENCE_MAX: Final = 13
REMARKS_MIN: Final = 2
REMARKS_MAX: Final = 100
OCCASION_MAX: Final = 100
ORIGINATOR_ID_MAX: Final = 19
"""Documented as "< 20 characters" on one page, as 128 on another."""
KRA_SHORTCODE: Final = "572572"
"""The Kenya Revenue Authority, which takes tax."""
PULL_HORIZON_S: Final = 48 * 3_600
PULL_PAGE_ROWS: Final = 100
"""Rows of a full page, as the portal's example implies."""
BILL_INVOICES_MAX: Final = 1_000

SAME_AMOUNT_PAUSE_S: Final = 120
"""The same amount to the same customer within this time is refused with 17."""
PROMPT_LIFE_S_MAX: Final = 180
"""A prompt is gone from the phone after this time at the latest (text of result 1032)."""

EAT: Final = timezone(timedelta(hours=3), "EAT")
"""East Africa Time; Kenya has no summer time."""

_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?")
_DAY_FIRST = re.compile(r"([0-9]{2})[.]([0-9]{2})[.]([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")


def timestamp_eat(epoch_ms: int) -> str:
    """Milliseconds since the epoch → "YYYYMMDDHHmmss" on Kenyan clocks, the form of `Timestamp`."""
    return datetime.fromtimestamp(epoch_ms // 1000, UTC).astimezone(EAT).strftime("%Y%m%d%H%M%S")


def date_time_eat(epoch_ms: int) -> str:
    """Milliseconds since the epoch → "YYYY-MM-DD HH:mm:ss" on Kenyan clocks, the form of Pull's dates."""
    return datetime.fromtimestamp(epoch_ms // 1000, UTC).astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")


def parse_eat(text: str) -> int | None:
    """A time as M-Pesa writes it, on Kenyan clocks → milliseconds since the epoch, or None if it is no time.

    Read: "20260315101552", "2026-03-15 10:15:52" (or with T), "15.03.2026 10:15:52". A text with a
    time zone is not read: which zone M-Pesa means by it is not documented.
    """
    stripped = text.strip()
    if found := _COMPACT.fullmatch(stripped) or _YEAR_FIRST.fullmatch(stripped):
        year, month, day, hour, minute, second = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(stripped):
        day, month, year, hour, minute, second = map(int, found.groups())
    else:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=EAT)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000
