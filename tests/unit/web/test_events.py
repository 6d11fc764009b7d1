"""The samples in events/: each gets the answer that lies beside it, in a world with three payments.

`<case>.expected.json` holds `status`, some `headers`, and of a JSON `body` the fields that the case is about; for a
page, `contains` a piece of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway import security
from gateway.domain.shop import ApiKey
from gateway.web.routes import ROUTES
from tests.unit.web import c2b_sample, payout_sample, questions_sample, refund_sample, webhook_sample
from tests.unit.web.shop import TOP, Answered, Gateway

FUNCTIONS = ("stk_initiation", "payments_api", "money_out", "checkout", "admin_api")
CASES = sorted(
    path
    for function in FUNCTIONS
    for path in (TOP / "events" / function).glob("*.json")
    if not path.name.endswith(".expected.json")
)


MASTER = "sk_test_local_master_of_keys_01"
"""A secret key that may make keys."""

ROOF = {
    "title": "Church roof",
    "min_amount": 50,
    "max_amount": 5000,
    "account_reference_prefix": "ROOF",
    "max_payments": 40,
}
"""The payment link that the samples speak of."""


def _gateway() -> Gateway:
    """Payments by key: `open`, `pending` (prompted), `paid`; one of the other shop, `theirs`."""
    gateway = Gateway()
    gateway.pay("open", account_reference="OPEN1")
    gateway.pay("pending", phone="0722000111", account_reference="PEND1", order="1001")
    paid = gateway.pay("paid", phone="0733000222", account_reference="PAID1", order="1002").json["id"]
    gateway.callback(paid)
    gateway.call("POST", "/v1/payment-links", ROOF, headers={"idempotency-key": "roof"})
    scopes = frozenset({"payments:read", "keys:write"})
    master = ApiKey(id="key_master", owner="shop", livemode=False, publishable=False, scopes=scopes)
    gateway.world.store.keys[security.secret_hash(MASTER)] = master
    webhook_sample.store(gateway)
    c2b_sample.store(gateway)
    payout_sample.store(gateway)
    questions_sample.store(gateway)
    bought = gateway.pay("bought", phone="0744000333", account_reference="BUY1", order="1003").json["id"]
    gateway.callback(bought, receipt="SGL39QW9XY")
    refund_sample.store(gateway, bought)
    return gateway


def _mismatches(expected: Any, found: Any, where: str = "body") -> list[str]:
    """What of the expected is not so. Objects may hold more than is expected."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        inner = [_mismatches(value, found.get(name), f"{where}.{name}") for name, value in expected.items()]
        return [line for lines in inner for line in lines]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        inner = [_mismatches(one, other, where) for one, other in zip(expected, found, strict=True)]
        return [line for lines in inner for line in lines]
    return [] if expected == found else [f"{where}: expected {expected!r}, found {found!r}"]


def _compare(expected: Mapping[str, Any], answer: Answered) -> list[str]:
    lines = _mismatches(expected["status"], answer.status, "status")
    lines += _mismatches(expected.get("headers", {}), answer.headers, "headers")
    lines += _mismatches(expected["body"], answer.json) if "body" in expected else []
    return lines + [piece for piece in expected.get("contains", []) if piece not in answer.body]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_gets_its_expected_answer(path: Path) -> None:
    """Status, headers and fields as the file beside it says."""
    event = json.loads(path.read_text(encoding="utf-8"))
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert [] == _compare(expected, _gateway().replay(event, path.parent.name))


def test_every_route_of_these_functions_has_a_sample() -> None:
    """So that a reader finds one for each. Pages of the console have theirs in `events/console`."""
    shown = {json.loads(path.read_text(encoding="utf-8"))["routeKey"] for path in CASES}
    of_the_api = {route.key for route in ROUTES if route.function in FUNCTIONS and not route.is_of_console}
    assert of_the_api | {"$default"} == {key for key in shown if "/console" not in key}
