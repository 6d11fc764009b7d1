"""The header Idempotency-Key: one key of one owner names one payment for ever."""

from __future__ import annotations

from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.web.errors import ApiError
from gateway.web.http import Request

KEY_MAX = 255
REPLAYED_FOR_MS = 30 * DAY_MS
"""So long a key answers with what it named. After that it is refused, so that last year's order is not mistaken."""


def optional_key(request: Request) -> str | None:
    """The key, if one is sent. `"k"` and `k` are one key; nothing is decoded. Raises ApiError when it is not usable."""
    given = request.header("idempotency-key")
    if given is None:
        return None
    key = given.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':  # noqa: PLR2004 two quotes
        key = key[1:-1]
    if not key or len(key) > KEY_MAX or not key.isascii() or not key.isprintable():
        raise ApiError(
            "idempotency_key_invalid",
            f"Idempotency-Key must have 1 to {KEY_MAX} printable ASCII characters.",
            param="Idempotency-Key",
        )
    return key


def required_key(request: Request) -> str:
    """The key. Raises ApiError when there is none."""
    key = optional_key(request)
    if key is None:
        raise ApiError(
            "idempotency_key_missing",
            "Send the header Idempotency-Key, such as your order number: repeating a request is then safe.",
            param="Idempotency-Key",
        )
    return key


def check_replay(record: PaymentRecord, fingerprint: str, now_ms: int) -> None:
    """Whether the payment that this key names may answer for this request. Raises ApiError 422."""
    if now_ms - record.asked.created_at_ms > REPLAYED_FOR_MS:
        raise ApiError(
            "idempotency_key_expired",
            f"This key named {record.id} more than 30 days ago. Read that payment by its id, or send a new key.",
            param="Idempotency-Key",
        )
    if record.asked.fingerprint != fingerprint:
        raise ApiError(
            "idempotency_key_reused",
            f"This key names {record.id}, which was asked for with other fields. For another payment send another key.",
            param="Idempotency-Key",
        )
