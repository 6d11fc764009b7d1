"""What we send keeps Safaricom's limits, and one setting makes Paybill and Till right."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from daraja.requests import StkParties, StkPushRequest, stk_parties, stk_password, stk_push, stk_query

PUSH: dict[str, Any] = {
    "passkey": "passkey-of-the-test",
    "now_ms": 1_773_558_930_000,
    "amount_kes": 250,
    "phone": "254711000111",
    "callback_url": "https://pay.example.co.ke/in/stk/9f2c",
    "account_reference": "INV1042",
    "description": "Order 1042",
}


def push(**changes: object) -> StkPushRequest:
    return stk_push(stk_parties("paybill", "174379"), **(PUSH | changes))


def test_a_paybill_is_its_own_party() -> None:
    assert stk_parties("paybill", "174379") == StkParties("174379", "174379", "CustomerPayBillOnline")


def test_a_till_is_paid_through_its_store_number() -> None:
    assert stk_parties("till", "5000002", "4000001") == StkParties("4000001", "5000002", "CustomerBuyGoodsOnline")


@pytest.mark.parametrize("store", [None, ""])
def test_a_till_without_store_number_is_an_error_that_says_so(store: str | None) -> None:
    with pytest.raises(ValueError, match="store_number"):
        stk_parties("till", "5000002", store)


def test_password_and_timestamp_belong_together() -> None:
    request = push()

    assert base64.b64decode(request.password) == b"174379passkey-of-the-test20260315101530"
    assert request.password == stk_password("174379", "passkey-of-the-test", request.timestamp)


def test_a_query_uses_the_shortcode_of_the_push() -> None:
    till = stk_parties("till", "5000002", "4000001")

    body = stk_query(till, passkey="p", now_ms=PUSH["now_ms"], checkout_request_id="ws_CO_1").body()

    assert body == {
        "BusinessShortCode": "4000001",
        "Password": base64.b64encode(b"4000001p20260315101530").decode(),
        "Timestamp": "20260315101530",
        "CheckoutRequestID": "ws_CO_1",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"amount_kes": 0},
        {"amount_kes": 250_001},
        {"amount_kes": True},
        {"amount_kes": 1.5},
        {"phone": "0711000111"},
        {"phone": "254211000111"},
        {"account_reference": ""},
        {"account_reference": "A" * 13},
        {"description": ""},
        {"description": "A" * 14},
        {"callback_url": "ftp://pay.example.co.ke"},
        {"callback_url": "https://pay example"},
    ],
    ids=str,
)
def test_what_safaricom_would_refuse_is_not_sent_and_not_repeated(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        push(**change)

    assert [value for value in ("11000111", "passkey") if value in str(caught.value)] == []
