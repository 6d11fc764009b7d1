"""Why money did not go out, in our words: one row per failure code of the API.

Safaricom's result code → meaning (`daraja.result_codes`) → the row here.
"""

from __future__ import annotations

from daraja.result_codes import RESULT, Meaning, find

DECLINED = "mpesa_declined"
NOT_PERMITTED = "not_permitted"
ALREADY_REVERSED = "already_reversed"
"""The money is back where it came from, by us or by a person at M-Pesa's portal. So nothing else gives it back."""

_BY_MEANING: dict[Meaning, str] = {
    Meaning.INSUFFICIENT_FUNDS: "insufficient_balance",
    Meaning.BELOW_MINIMUM_BALANCE: "insufficient_balance",
    Meaning.BELOW_MINIMUM: "below_minimum",
    Meaning.ABOVE_MAXIMUM: "above_maximum",
    Meaning.LIMIT_REACHED: "recipient_limit",
    Meaning.RECIPIENT_ACCOUNT_FULL: "recipient_limit",
    Meaning.RECIPIENT_NOT_ON_MPESA: "recipient_not_on_mpesa",
    Meaning.PARTY_UNKNOWN: "recipient_not_on_mpesa",
    Meaning.INITIATOR_REJECTED: "initiator_invalid",
    Meaning.INITIATOR_LOCKED: "initiator_locked",
    Meaning.INITIATOR_NOT_ALLOWED: NOT_PERMITTED,
    Meaning.PRODUCT_NOT_ASSIGNED: NOT_PERMITTED,
    Meaning.ACCOUNT_NOT_ACTIVE: NOT_PERMITTED,
    Meaning.ALREADY_REVERSED: ALREADY_REVERSED,
    Meaning.SYSTEM_BUSY: "system_busy",
    Meaning.INTERNAL_FAILURE: "system_error",
}

OUT_FAILURES = (*sorted(set(_BY_MEANING.values())), DECLINED, "too_late_to_reverse")
"""Every failure code of payouts and refunds."""


def out_failure_code(result_code: str) -> str:
    """The API's failure code for the code of a result; `mpesa_declined` for one that has no better word."""
    row = find(RESULT, result_code)
    return _BY_MEANING.get(row.meaning, DECLINED) if row else DECLINED
