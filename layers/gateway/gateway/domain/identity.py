"""Ids: a prefix and 32 lower-case hex characters, which can spell no word that Safaricom forbids in URLs."""

from __future__ import annotations

import re

PAYMENT_PREFIX = "pay_"
LINK_PREFIX = "plink_"
_HEX_ID = re.compile(r"[0-9a-f]{32}")
PAYMENT_ID = f"^{PAYMENT_PREFIX}{_HEX_ID.pattern}$"
"""A payment's id as a regular expression."""


def hex_of(payment_id: str) -> str:
    """The part that stands in URLs."""
    return payment_id.removeprefix(PAYMENT_PREFIX)


def payment_id_of(hex_id: str) -> str | None:
    """The payment's id from the part in a URL; None when it has not that form."""
    return PAYMENT_PREFIX + hex_id if _HEX_ID.fullmatch(hex_id) else None


def is_payment_id(text: str) -> bool:
    """Whether this has the form of a payment's id."""
    return text.startswith(PAYMENT_PREFIX) and payment_id_of(hex_of(text)) is not None
