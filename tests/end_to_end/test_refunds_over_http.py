"""Refunds through the running local world: the API, a person, M-Pesa's own books and the payer's phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.person import decides


def paid(world: LocalWorld, key: str, amount: int = 900) -> dict[str, Any]:
    """A payment from a number that pays by itself."""
    payment = world.pay(key, phone=phone_of(key), amount=amount)
    world.advance(60)
    return world.payment(payment["id"])


def phone_of(key: str) -> str:
    """One number for each key, in the range that pays by itself."""
    return f"0710{sum(key.encode()) * 7919 % 1_000_000:06d}"


def ask(world: LocalWorld, payment: dict[str, Any], key: str, **fields: Any) -> Any:
    """`POST /v1/payments/{payment}/refunds`."""
    return world.api("POST", f"/v1/payments/{payment['id']}/refunds", fields, key=key)


def refund(world: LocalWorld, refund_id: str) -> dict[str, Any]:
    """As it stands."""
    return dict(world.api("GET", f"/v1/refunds/{refund_id}").json())


def went_out(world: LocalWorld, phone: str) -> list[tuple[str, int, str]]:
    """What M-Pesa's own books have gone back to this phone: how, how much and its receipt."""
    entries: Sequence[dict[str, Any]] = world.control("GET", "books")["entries"]
    mine = [one for one in entries if one["direction"] == "out" and one["payer"] == "254" + phone[1:]]
    return [(one["kind"], one["amount"], one["receipt"]) for one in mine]


def test_a_refund_waits_for_a_person_and_then_moves_money_back_once(frozen: LocalWorld) -> None:
    """From curl to the payer's phone: books, SMS, payment and event have it once."""
    payment = paid(frozen, "refund-whole")
    asked = ask(frozen, payment, "whole-1", reason="Out of stock").json()
    frozen.advance(120)
    before = went_out(frozen, phone_of("refund-whole"))
    decides(frozen.data, asked["id"])
    frozen.advance(150)
    done, after = refund(frozen, asked["id"]), frozen.payment(payment["id"])

    assert ("awaiting_approval", "reversal", 900, []) == (asked["status"], asked["method"], asked["amount"], before)
    assert [("reversal", 900, done["receipt"])] == went_out(frozen, phone_of("refund-whole"))
    assert ("succeeded", "refunded", 900) == (done["status"], after["status"], after["amount_refunded"])
    sms = frozen.control("GET", f"phones/254{phone_of('refund-whole')[1:]}")["sms"]
    assert 1 == len([one for one in sms if one["receipt"] == done["receipt"]])
    events = frozen.api("GET", "/v1/events?type=refund.succeeded&limit=100").json()["data"]
    assert [asked["id"]] == [event["data"]["id"] for event in events if event["data"]["id"] == asked["id"]]


def test_the_payment_knows_within_seconds_of_the_refund(frozen: LocalWorld) -> None:
    """As soon as the refund says `succeeded`: no sweep lies between the two."""
    payment = paid(frozen, "refund-at-once")
    asked = ask(frozen, payment, "at-once-1").json()
    decides(frozen.data, asked["id"])
    frozen.advance(10)
    done, after = refund(frozen, asked["id"]), frozen.payment(payment["id"])

    assert "succeeded" == done["status"]
    assert ("refunded", 900, False) == (after["status"], after["amount_refunded"], after["safe_to_fulfil"])


def test_a_part_is_paid_out_to_the_number_that_paid(frozen: LocalWorld) -> None:
    payment = paid(frozen, "refund-part")
    asked = ask(frozen, payment, "part-1", amount=300).json()
    decides(frozen.data, asked["id"])
    frozen.advance(400)
    done, after = refund(frozen, asked["id"]), frozen.payment(payment["id"])

    assert ("payout", [("b2c", 300, done["receipt"])]) == (done["method"], went_out(frozen, phone_of("refund-part")))
    assert ("succeeded", "partially_refunded", 300) == (done["status"], after["status"], after["amount_refunded"])


def test_many_refunds_at_once_never_come_to_more_than_was_received(frozen: LocalWorld) -> None:
    """L9: twenty of 100 shillings out of 900."""
    payment = paid(frozen, "refund-many")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: ask(frozen, payment, f"many-{number}", amount=100), range(20)))
    statuses = Counter(answer.status_code for answer in answers)
    held = sum(one["amount"] for one in frozen.payment(payment["id"])["refunds"])

    assert held <= 900
    assert held == 100 * statuses[201]
    assert set(statuses) <= {201, 409, 503}


def test_a_payment_that_was_reversed_at_the_portal_is_not_refunded_again(frozen: LocalWorld) -> None:
    payment = paid(frozen, "refund-portal")
    asked = ask(frozen, payment, "portal-1").json()
    frozen.control("POST", f"books/receipts/{payment['receipt']}/reverse", {})
    decides(frozen.data, asked["id"])
    frozen.advance(200)
    done, after = refund(frozen, asked["id"]), frozen.payment(payment["id"])

    assert [("reversal", 900)] == [one[:2] for one in went_out(frozen, phone_of("refund-portal"))]
    assert "refunded" == after["status"]
    assert done["status"] in ("failed", "rejected"), done
