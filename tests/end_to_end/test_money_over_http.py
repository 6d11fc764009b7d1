"""The money laws from outside: requests and callbacks over real HTTP, many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.end_to_end.local_world import LocalWorld

AT_ONCE = 50


def _callback(world: LocalWorld, phone: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The address and body of a success callback for the phone's last prompt, as Safaricom would send it."""
    push = world.pushes(phone)[-1]
    items = [
        {"Name": "Amount", "Value": 100.0},
        {"Name": "MpesaReceiptNumber", "Value": "UKPTEST001"},
        {"Name": "TransactionDate", "Value": 20261125101552},
    ]
    said = {
        "MerchantRequestID": push["merchant_request_id"],
        "CheckoutRequestID": push["checkout_request_id"],
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return push["callback_url"], {"Body": {"stkCallback": {**said, **changes}}}


def test_fifty_requests_with_one_key_are_one_payment_and_one_prompt(frozen: LocalWorld) -> None:
    """L13: the same key names one object for ever, and no request repeats a side effect."""
    body = {"amount": 100, "phone": "0722000501"}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: frozen.api("POST", "/v1/payments", body, key="fifty"), range(AT_ONCE)))

    assert {200, 201} >= {answer.status_code for answer in answers}
    assert 1 == sum(answer.status_code == 201 for answer in answers)
    assert 1 == len({answer.json()["id"] for answer in answers})
    assert 1 == len(frozen.pushes("0722000501"))


def test_fifty_duplicates_of_a_success_callback_are_one_credit(frozen: LocalWorld) -> None:
    """L2: however often a receipt is told, it is credited once."""
    payment = frozen.pay("duplicates", phone="0722000502")
    address, body = _callback(frozen, "0722000502")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: httpx.post(address, json=body, timeout=60), range(AT_ONCE)))
    frozen.advance(120)

    assert {200} == {answer.status_code for answer in answers}
    assert [("UKPTEST001", 100)] == [
        (credit["receipt"], credit["amount"]) for credit in frozen.payment(payment["id"])["credits"]
    ]


def test_a_lost_callback_is_found_by_the_gateway_itself_within_ninety_seconds(frozen: LocalWorld) -> None:
    """Nobody polls, nobody asks: the minute sweep finds the money."""
    payment = frozen.pay("lost", phone="0700010001")

    frozen.advance(2 + 120)

    assert "paid" == frozen.payment(payment["id"])["status"]


def test_an_answer_lost_after_acceptance_sends_exactly_one_prompt(frozen: LocalWorld) -> None:
    """The push is not repeated, the shop's own repetition neither; the payer's money is found."""
    first = frozen.pay("answer-lost", phone="0700010009")
    again = frozen.pay("answer-lost", phone="0700010009")
    frozen.advance(180)

    assert first["id"] == again["id"]
    assert 1 == len([push for push in frozen.pushes("0700010009") if push["accepted"]][-1:])
    assert "paid" == frozen.payment(first["id"])["status"]


def test_strangers_change_nothing(frozen: LocalWorld) -> None:
    """L14: a wrong tag is refused, a true tag from a strange address pays nothing by itself."""
    payment = frozen.pay("strangers", phone="0722000503")
    address, body = _callback(frozen, "0722000503")
    forged = address[:-32] + "0" * 32
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.9")) as stranger:
        refused = stranger.post(forged, json=body)
        kept = stranger.post(address, json=body)
        claimed = stranger.post(address, json=body, headers={"X-Forwarded-For": "196.201.214.200"})

    assert (404, 200, 200) == (refused.status_code, kept.status_code, claimed.status_code)
    assert ("pending", []) == (frozen.payment(payment["id"])["status"], frozen.payment(payment["id"])["credits"])


def test_a_wrong_tag_from_safaricoms_address_is_no_payment_either(frozen: LocalWorld) -> None:
    """It is set apart, not believed."""
    payment = frozen.pay("wrong-tag", phone="0722000504")
    address, body = _callback(frozen, "0722000504")

    answer = httpx.post(address[:-32] + "0" * 32, json=body)

    assert answer.status_code in (200, 404)
    assert "pending" == frozen.payment(payment["id"])["status"]


def test_money_typed_at_the_paybill_finds_its_payment(frozen: LocalWorld) -> None:
    """No prompt: the payer types business number and reference on the phone's menu."""
    payment = frozen.pay("typed", amount=250)
    frozen.control("POST", "phones", {"number": "0722000505", "balance": 10_000})
    typed = {"shortcode": "174379", "account": payment["account_reference"].lower(), "amount": 250}
    frozen.control("POST", "phones/0722000505/pay", typed)
    frozen.advance(20)

    after = frozen.payment(payment["id"], "history")
    assert ("paid", True) == (after["status"], after["safe_to_fulfil"])
    assert ["c2b"] == [credit["source"] for credit in after["credits"]]


def test_every_news_of_a_payment_stands_in_its_history(frozen: LocalWorld) -> None:
    """Asked, sent, told: oldest first, with its source."""
    payment = frozen.pay("history", phone="0700000000")
    frozen.advance(20)

    sources = [entry["source"] for entry in frozen.payment(payment["id"], "history")["history"]]

    assert {"api", "push", "callback"} <= set(sources)


def test_events_of_a_payment_reach_the_bus_once_by_id(frozen: LocalWorld) -> None:
    """L12: created, prompted, paid, and M-PESA's confirmation that came after it: one id each."""
    payment = frozen.pay("events", phone="0700000000")
    frozen.advance(30)

    events = [event["detail"] for event in frozen.control("GET", "events")["events"]]
    mine = [event for event in events if event["data"].get("id") == payment["id"]]

    types = {"payment.created", "payment.prompted", "payment.paid", "payment.updated"}
    assert types == {event["type"] for event in mine}
    assert 4 == len({event["id"] for event in mine})
    assert [True] == [bool(event["data"]["evidence"]) for event in mine if event["type"] == "payment.paid"][:1]
