"""The payout of which the samples in events/ speak: `wages`, asked for and waiting for a person."""

from __future__ import annotations

from dataclasses import replace

from gateway import security
from gateway.domain.shop import ApiKey
from tests.unit.web.shop import Gateway

PAYER_KEY = "sk_test_local_pays_out_0000001"
WAGES = {"amount": 12000, "phone": "0711222333", "purpose": "salary", "remarks": "February"}


def store(gateway: Gateway) -> None:
    """A shop that pays out, a key that may ask for it, and the payout."""
    stored = gateway.world.store
    stored.settings["shop"] = replace(stored.settings["shop"], payout_shortcode="174379")
    scopes = frozenset({"payouts:create", "payouts:read"})
    key = ApiKey(id="key_wages", owner="shop", livemode=False, publishable=False, scopes=scopes)
    stored.keys[security.secret_hash(PAYER_KEY)] = key
    headers = {"idempotency-key": "wages"}
    gateway.call("POST", "/v1/payouts", WAGES, secret=PAYER_KEY, headers=headers)
