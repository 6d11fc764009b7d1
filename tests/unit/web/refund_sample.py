"""The refund of which the samples in events/ speak: `half`, of the payment that is paid, waiting for a person."""

from __future__ import annotations

from dataclasses import replace

from gateway import security
from gateway.domain.shop import ApiKey
from tests.unit.web.shop import Gateway

REFUND_KEY = "sk_test_local_refunds_00000001"
HALF = {"amount": 50, "reason": "One item out of stock"}


def store(gateway: Gateway, paid: str) -> None:
    """A key that may ask for refunds, and a refund of a part."""
    stored = gateway.world.store
    stored.settings["shop"] = replace(stored.settings["shop"], payout_shortcode="174379")
    scopes = frozenset({"refunds:write", "payments:read"})
    key = ApiKey(id="key_refunds", owner="shop", livemode=False, publishable=False, scopes=scopes)
    stored.keys[security.secret_hash(REFUND_KEY)] = key
    headers = {"idempotency-key": "half"}
    gateway.call("POST", f"/v1/payments/{paid}/refunds", HALF, secret=REFUND_KEY, headers=headers)
