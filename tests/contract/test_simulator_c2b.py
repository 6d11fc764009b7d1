"""The simulator's C2B over plain HTTP: registering, menu payments, validation, confirmation, echo."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.contract.conftest import Simulator

PERSON = "254712345678"


def pay(simulator: Simulator, **changed: object) -> Any:
    """Type a Paybill payment; the raw answer."""
    body = {"shortcode": "174379", "account": "INV1042", "amount": 100, **changed}
    return simulator.http.post(f"/control/api/phones/{PERSON}/pay", json=body)


@pytest.mark.parametrize("word", ["mpesa", "M-Pesa", "safaricom", "execute", "cmd", "sql", "query"])
def test_a_forbidden_word_in_a_url_is_refused(simulator: Simulator, word: str) -> None:
    """In any case, anywhere; the message says which."""
    body = {
        "ShortCode": "174379",
        "ResponseType": "Completed",
        "ConfirmationURL": f"{simulator.inbox_address}/c2b",
        "ValidationURL": f"{simulator.inbox_address}/{word}",
    }
    answer = simulator.post("/mpesa/c2b/v2/registerurl", body)
    assert (400, "400.003.02") == (answer.status_code, answer.json()["errorCode"])
    assert "Invalid ValidationURL - URL has the word" in answer.json()["errorMessage"]


def test_response_type_is_spelled_exactly(simulator: Simulator) -> None:
    """`completed` is refused."""
    body = {
        "ShortCode": "174379",
        "ResponseType": "completed",
        "ConfirmationURL": "http://localhost/c",
        "ValidationURL": "http://localhost/v",
    }
    answer = simulator.post("/mpesa/c2b/v2/registerurl", body)
    assert answer.json()["errorMessage"] == "Bad Request - Invalid ResponseType"


def registers(simulator: Simulator, path: str) -> Any:
    """Register addresses below this path; the raw answer."""
    address = f"{simulator.inbox_address}/{path}"
    body = {
        "ShortCode": "174379",
        "ResponseType": "Completed",
        "ConfirmationURL": f"{address}/confirmation",
        "ValidationURL": f"{address}/validation",
    }
    return simulator.post("/mpesa/c2b/v2/registerurl", body)


def test_addresses_are_registered_again_and_again_as_in_the_sandbox(simulator: Simulator) -> None:
    assert [200, 200] == [registers(simulator, path).status_code for path in ("first", "second")]


def test_where_they_are_registered_once_the_first_stand_until_the_portal_forgets_them(simulator: Simulator) -> None:
    """As in production."""
    simulator.control("POST", "shortcodes/174379", {"registers_once": True})
    answers = [registers(simulator, path) for path in ("first", "second")]
    simulator.control("POST", "shortcodes/174379", {"registered": False})
    after = registers(simulator, "second")
    assert ([200, 500], 200) == ([one.status_code for one in answers], after.status_code)
    assert ("500.003.1001", "Urls are already registered.") == (
        answers[1].json()["errorCode"], answers[1].json()["errorMessage"],
    )  # fmt: skip


def test_a_menu_payment_is_confirmed_with_texts_and_a_masked_number(simulator: Simulator) -> None:
    """One call, since validation is off; every value is text."""
    simulator.register()
    receipt = pay(simulator).json()["receipt"]
    simulator.advance(2)
    (confirmation,) = simulator.confirmations()
    assert [one.path for one in simulator.received] == ["/c2b/confirmation"]
    assert {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransAmount": "100.00",
        "BusinessShortCode": "174379",
        "BillRefNumber": "INV1042",
        "OrgAccountBalance": "25100.00",
        "MSISDN": "2547 ***** 678",
        "FirstName": "AMINA",
    }.items() <= confirmation.items()
    assert all(isinstance(value, str) for value in confirmation.values())


def test_version_1_hashes_the_number(simulator: Simulator) -> None:
    """SHA-256 in hex."""
    address = simulator.inbox_address
    body = {
        "ShortCode": "600998",
        "ResponseType": "Completed",
        "ConfirmationURL": f"{address}/c2b/confirmation",
        "ValidationURL": f"{address}/c2b/validation",
    }
    simulator.post("/mpesa/c2b/v1/registerurl", body)
    pay(simulator, shortcode="600998")
    simulator.advance(2)
    assert simulator.confirmations()[0]["MSISDN"] == hashlib.sha256(PERSON.encode()).hexdigest()


def test_a_till_takes_no_account(simulator: Simulator) -> None:
    """Buy Goods: an empty BillRefNumber."""
    simulator.register("4000001")
    pay(simulator, shortcode="5000002", account="")
    simulator.advance(2)
    (confirmation,) = simulator.confirmations()
    assert ("Buy Goods", "") == (confirmation["TransactionType"], confirmation["BillRefNumber"])
    assert pay(simulator, shortcode="5000002", account="X").status_code == 400


@pytest.mark.parametrize(
    ("reply", "response_type", "status", "calls"),
    [
        ({"ResultCode": "0"}, "Cancelled", 200, ["/c2b/validation", "/c2b/confirmation"]),
        ({"ResultCode": 0}, "Cancelled", 200, ["/c2b/validation", "/c2b/confirmation"]),
        ({"ResultCode": "C2B00012"}, "Completed", 409, ["/c2b/validation"]),
        ([], "Completed", 200, ["/c2b/validation", "/c2b/confirmation"]),
        ([], "Cancelled", 409, ["/c2b/validation"]),
    ],
)
def test_validation_decides_when_it_is_on(
    simulator: Simulator, reply: object, response_type: str, status: int, calls: list[str]
) -> None:
    """0 accepts, a code rejects, an answer that says nothing leaves it to ResponseType."""
    simulator.register(response_type=response_type)
    simulator.control("POST", "shortcodes/174379", {"external_validation": True})
    simulator.replies["/c2b/validation"] = reply
    assert status == pay(simulator).status_code
    simulator.advance(2)
    assert calls == [one.path for one in simulator.received]


def test_validation_asks_with_the_receipt_and_without_the_balance(simulator: Simulator) -> None:
    """The later confirmation names the same receipt."""
    simulator.register()
    simulator.control("POST", "shortcodes/174379", {"external_validation": True})
    pay(simulator)
    simulator.advance(2)
    validation, confirmation = (one.json for one in simulator.received)
    assert ("", validation["TransID"]) == (validation["OrgAccountBalance"], confirmation["TransID"])


def test_validation_that_is_lost_leaves_it_to_response_type(simulator: Simulator) -> None:
    """`Cancelled`: no money moves, the payer is told."""
    simulator.register(response_type="Cancelled")
    simulator.control("POST", "shortcodes/174379", {"external_validation": True})
    simulator.control("POST", "faults", {"call": "c2b_validation", "fault": "lost"})
    assert pay(simulator).json()["error"] == "The payment was not accepted: validation not reached."
    assert [] == simulator.control("GET", "books")["entries"]


def test_an_stk_payment_is_echoed_after_its_callback(simulator: Simulator) -> None:
    """Same receipt; BillRefNumber is the AccountReference."""
    simulator.register()
    simulator.push("254710000001")
    simulator.advance(4)
    assert ["/stk/tag", "/c2b/confirmation"] == [one.path for one in simulator.received]
    items = {item["Name"]: item.get("Value") for item in simulator.callbacks()[0]["CallbackMetadata"]["Item"]}
    (confirmation,) = simulator.confirmations()
    assert (items["MpesaReceiptNumber"], "INV1042") == (confirmation["TransID"], confirmation["BillRefNumber"])


def test_simulate_pays_without_a_phone_in_hand(simulator: Simulator) -> None:
    """The sandbox's endpoint; its answer keeps Safaricom's spelling."""
    simulator.register("600998")
    body = {
        "ShortCode": 600998,
        "CommandID": "CustomerPayBillOnline",
        "Amount": 100,
        "Msisdn": 254708374149,
        "BillRefNumber": "INV1042",
    }
    answer = simulator.post("/mpesa/c2b/v2/simulate", body)
    assert "OriginatorCoversationID" in answer.json()
    simulator.advance(2)
    assert ["100.00"] == [confirmation["TransAmount"] for confirmation in simulator.confirmations()]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"amount": 250_001}, 400),
        ({"amount": 0}, 400),
        ({"amount": "100"}, 400),
        ({"account": ""}, 400),
        ({"shortcode": "999999"}, 404),
        ({"amount": 60_000}, 409),
        ({"pin": "0000"}, 409),
        ({"receipt": "short"}, 400),
        ({"extra": 1}, 400),
    ],
)
def test_a_menu_payment_that_cannot_be_is_told_why(
    simulator: Simulator, changed: dict[str, object], status: int
) -> None:
    """4xx with a sentence, and no money moves."""
    answer = pay(simulator, **changed)
    assert status == answer.status_code
    assert answer.json()["error"]
    assert [] == simulator.control("GET", "books")["entries"]


def test_a_receipt_may_be_chosen_once(simulator: Simulator) -> None:
    """For drills; the second use is refused."""
    statuses = [pay(simulator, receipt="UCF4AB12CD").status_code for _ in range(2)]
    assert statuses == [200, 409]
