"""M-PESA asks before it takes money: the policy's answer, and yes for whatever is not known in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway import security
from gateway.aws.clients import VALIDATION
from gateway.domain.validation import Rejection, ValidationPolicy
from gateway.flows.messages import Delivery
from gateway.flows.validate_money import (
    ACCEPTED,
    DECIDED_BY_MS,
    Verdict,
    asks_somebody,
    self_test_nonce,
    validate_money,
)
from gateway.ports import SecretsUnavailable, StoreUnavailable, run
from tests.laws.deliveries import SHORTCODE, T0_MS, payment
from tests.memory_store import KEYS, MemoryWorld

TAG = security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE)
EXACT, KNOWN = ValidationPolicy.EXACT, ValidationPolicy.KNOWN


def stage() -> MemoryWorld:
    """A payment of 100 under INV1042, and two under SHARED."""
    world = MemoryWorld()
    payment(world.store)
    payment(world.store, number=2, account_reference="SHARED")
    payment(world.store, number=3, account_reference="SHARED")
    world.ambient.at_ms = T0_MS
    return world


def asked(world: MemoryWorld, policy: ValidationPolicy, tag: str = TAG, **fields: Any) -> Verdict:
    """Safaricom asks about 100 shillings under INV1042 unless said otherwise."""
    usual = {
        "TransactionType": "Pay Bill",
        "TransID": "UCF4AB12CE",
        "TransTime": "20260315104205",
        "TransAmount": "100.00",
        "BusinessShortCode": SHORTCODE,
        "BillRefNumber": "INV1042",
        "MSISDN": "2547 ***** 126",
    }
    return run(validate_money(delivery(json.dumps(usual | fields).encode(), tag), policy), world)


def delivery(body: bytes, tag: str = TAG) -> Delivery:
    return Delivery(
        kind="c2b_confirmation", target=SHORTCODE, number=0, tag=tag, source_address="196.201.214.200", body=body,
        learned_at_ms=T0_MS,
    )  # fmt: skip


ANSWERS: dict[str, tuple[ValidationPolicy, dict[str, str], Rejection | None]] = {
    "right": (KNOWN, {}, None),
    "right, with blanks and in small letters": (KNOWN, {"BillRefNumber": " inv 1042 "}, None),
    "another amount": (EXACT, {"TransAmount": "90.00"}, Rejection.AMOUNT),
    "cents": (EXACT, {"TransAmount": "100.50"}, Rejection.AMOUNT),
    "unknown, where that is let pass": (EXACT, {"BillRefNumber": "WHO"}, None),
    "unknown": (KNOWN, {"BillRefNumber": "WHO"}, Rejection.ACCOUNT),
    "no reference, as at a till": (KNOWN, {"BillRefNumber": ""}, None),
    "a reference that two payments share": (KNOWN, {"BillRefNumber": "SHARED", "TransAmount": "1.00"}, None),
    "another amount, where nothing is turned away": (ValidationPolicy.ACCEPT, {"TransAmount": "1.00"}, None),
    "a payer as a hash": (KNOWN, {"MSISDN": "a" * 64}, None),
    "a payer in clear": (KNOWN, {"MSISDN": "254712345678"}, None),
    "no payer at all": (KNOWN, {"MSISDN": ""}, None),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_the_policy_decides_what_is_turned_away(how: str) -> None:
    policy, fields, rejection = ANSWERS[how]
    assert rejection == asked(stage(), policy, **fields).rejection


AWAY = {
    "Secrets.read_keys": SecretsUnavailable("slow"),
    "Store.payments_by_reference": StoreUnavailable("slow"),
    "Store.read_payment": StoreUnavailable("slow"),
}


@pytest.mark.parametrize("boundary", AWAY)
def test_whatever_does_not_answer_is_a_yes(boundary: str) -> None:
    world = stage()
    world.fail_next[boundary].append(AWAY[boundary])
    assert ACCEPTED == asked(world, KNOWN, TransAmount="1.00")
    assert ["validation_undecided"] == [name for name, _ in world.ambient.reports]


@pytest.mark.parametrize("boundary", ["Secrets.read_keys", "Store.payments_by_reference"])
def test_no_further_call_is_made_once_time_is_short(boundary: str) -> None:
    world = stage()

    def late() -> None:
        world.ambient.at_ms += DECIDED_BY_MS

    world.after[boundary] = late
    assert ACCEPTED == asked(world, KNOWN, TransAmount="1.00")
    assert boundary == [one for one in world.boundaries if not one.startswith("Ambient")][-1]


def test_one_call_more_at_its_slowest_still_ends_within_two_seconds() -> None:
    slowest_s = max(
        limits.tries * (limits.connect_s + limits.read_s) for limits in (VALIDATION.table, VALIDATION.parameters)
    )
    assert 2.0 >= DECIDED_BY_MS / 1000 + slowest_s


def test_who_does_not_know_the_address_learns_nothing() -> None:
    """The same yes for every reference, and no read."""
    world = stage()
    assert ACCEPTED == asked(world, KNOWN, tag="0" * 32, BillRefNumber="WHO")
    assert "Store.payments_by_reference" not in world.boundaries


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"BillRefNumber":"WHO"}', b"\xff"])
def test_what_cannot_be_read_is_a_yes(body: bytes) -> None:
    assert ACCEPTED == run(validate_money(delivery(body), KNOWN), stage())


def test_a_self_test_is_answered_with_our_mark() -> None:
    nonce = "0f" * 16
    verdict = run(validate_money(delivery(json.dumps({"SelfTest": nonce}).encode()), ValidationPolicy.ACCEPT), stage())
    assert Verdict(mark=security.self_test_mark(KEYS.c2b_tags[0], SHORTCODE, nonce)) == verdict


NO_TEST: dict[str, Callable[[], bytes]] = {
    "another field": lambda: b'{"SelfTest2":"00"}',
    "too short": lambda: b'{"SelfTest":"00"}',
    "a number": lambda: b'{"SelfTest":7}',
    "a list": lambda: b'["SelfTest"]',
    "no JSON": lambda: b"SelfTest",
    "too long": lambda: json.dumps({"SelfTest": "0f" * 16, "more": "x" * 100}).encode(),
}


@pytest.mark.parametrize("how", NO_TEST)
def test_what_is_no_self_test_is_none(how: str) -> None:
    body = NO_TEST[how]()
    assert None is self_test_nonce(body)
    assert not asks_somebody(ValidationPolicy.ACCEPT, body)
