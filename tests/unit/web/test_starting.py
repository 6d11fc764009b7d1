"""`POST /v1/payments`: what is stored and sent, what a repeat answers, and every way to be told no."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ports import StoreUnavailable
from tests.unit.web.shop import ORIGIN, SECRET, Context, Gateway, event_of

DAY_MS = 86_400_000


def test_a_payment_with_a_phone_is_stored_and_prompted(gateway: Gateway) -> None:
    """201, pending, one prompt, the number masked, a client token for the payer's browser."""
    answer = gateway.pay(phone="0712 345 678", account_reference="inv1042", order="1042", metadata={"table": "7"})
    payment = answer.json
    assert (201, "pending", "INV1042") == (answer.status, payment["status"], payment["account_reference"])
    assert ["07•••••678"] == [attempt["phone"] for attempt in payment["attempts"]]
    assert ["254712345678"] == [prompt.phone for prompt in gateway.world.daraja.pushes]
    assert payment["client_token"].startswith("ct_")
    assert "712345" not in answer.body


def test_a_payment_without_a_phone_is_open_and_sends_nothing(gateway: Gateway) -> None:
    """The payer enters the number; the reference has its check character."""
    payment = gateway.pay().json
    assert ("open", []) == (payment["status"], payment["attempts"])
    assert 8 == len(payment["account_reference"])
    assert [] == gateway.world.daraja.pushes


@pytest.mark.parametrize("key", ['"order-1042"', " order-1042 "])
def test_the_same_key_and_body_answer_with_the_stored_payment(gateway: Gateway, key: str) -> None:
    """Quoted or bare, and with the number in another form: one payment, one prompt."""
    first = gateway.pay(phone="0712345678")
    again = gateway.pay(key, phone="+254 712-345-678")
    assert (200, "true") == (again.status, again.headers["Idempotency-Replayed"])
    assert first.json["id"] == again.json["id"]
    assert 1 == len(gateway.world.daraja.pushes)


def test_fifty_equal_requests_at_once_are_one_payment_and_one_prompt(gateway: Gateway) -> None:
    """One gets 201, all others 200 with the same payment."""
    headers = {"idempotency-key": "k", "authorization": f"Bearer {SECRET}"}
    event = event_of("POST", "/v1/payments", {"amount": 1500, "phone": "0712345678"}, headers)
    with gateway.inside("stk_initiation") as app, ThreadPoolExecutor(max_workers=25) as pool:
        answers = list(pool.map(lambda _: app.handler(event, Context()), range(50)))
    assert [200] * 49 + [201] == sorted(answer["statusCode"] for answer in answers)
    assert 1 == len({json.loads(answer["body"])["id"] for answer in answers})
    assert 1 == len(gateway.world.daraja.pushes)


def test_the_same_key_with_another_body_is_refused(gateway: Gateway) -> None:
    """A key names one intent."""
    gateway.pay()
    assert "idempotency_key_reused" == gateway.pay(order="7").code


def test_a_key_of_another_shop_is_another_key(gateway: Gateway) -> None:
    """Owners cannot meet each other's payments by their keys."""
    mine = gateway.pay().json["id"]
    theirs = gateway.call(
        "POST",
        "/v1/payments",
        {"amount": 1500},
        secret="sk_test_local_other_shop_00001",
        headers={"idempotency-key": "order-1042"},
    )
    assert (201, True) == (theirs.status, theirs.json["id"] != mine)


def test_a_key_of_last_month_is_refused(gateway: Gateway) -> None:
    """After 30 days the shop is told, instead of getting last year's paid payment."""
    gateway.pay()
    gateway.world.ambient.at_ms += 31 * DAY_MS
    assert "idempotency_key_expired" == gateway.pay().code


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "naïve", "a\tb"])
def test_an_unusable_key_is_told(gateway: Gateway, key: str) -> None:
    """1 to 255 printable ASCII characters."""
    assert "idempotency_key_invalid" == gateway.pay(key).code


def test_a_missing_key_is_told(gateway: Gateway) -> None:
    """Money may move: a repeat must be safe."""
    assert "idempotency_key_missing" == gateway.call("POST", "/v1/payments", {"amount": 1}).code


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"amount": 0}, "amount", "amount_too_small"),
        ({"amount": -5}, "amount", "amount_too_small"),
        ({"amount": 1.5}, "amount", "amount_invalid"),
        ({"amount": 100.0}, "amount", "amount_invalid"),
        ({"amount": "100"}, "amount", "amount_invalid"),
        ({"amount": True}, "amount", "amount_invalid"),
        ({"amount": None}, "amount", "amount_invalid"),
        ({"amount": 250_001}, "amount", "amount_too_large"),
        ({"amount": 10**30}, "amount", "amount_too_large"),
        ({"phone": "+1 202 555 0123"}, "phone", "phone_invalid"),
        ({"phone": "020 2222222"}, "phone", "phone_invalid"),
        ({"phone": "071234567"}, "phone", "phone_invalid"),
        ({"phone": "07123456789"}, "phone", "phone_invalid"),
        ({"phone": "07l2345678"}, "phone", "phone_invalid"),
        ({"phone": "٠٧١٢٣٤٥٦٧٨"}, "phone", "phone_invalid"),
        ({"phone": ""}, "phone", "phone_invalid"),
        ({"phone": 712345678}, "phone", "phone_invalid"),
        ({"account_reference": "thirteen-char"}, "account_reference", "reference_invalid"),
        ({"account_reference": "a b"}, "account_reference", "reference_invalid"),
        ({"account_reference": "INV\n1"}, "account_reference", "reference_invalid"),
        ({"description": ""}, "description", "field_invalid"),
        ({"description": "x" * 14}, "description", "field_invalid"),
        ({"shortcode": "999999"}, "shortcode", "shortcode_unknown"),
        ({"order": "x" * 65}, "order", "field_invalid"),
        ({"order": "a\x00b"}, "order", "field_invalid"),
        ({"metadata": {"n": 1}}, "metadata", "field_invalid"),
        ({"metadata": {str(n): "" for n in range(21)}}, "metadata", "field_invalid"),
        ({"metadata": {"n": "é" * 1100}}, "metadata", "field_invalid"),
        ({"return_url": "https://evil.example/"}, "return_url", "field_invalid"),
        ({"return_url": f"{ORIGIN}@evil.example/"}, "return_url", "field_invalid"),
        ({"return_url": f"{ORIGIN}.evil.example/"}, "return_url", "field_invalid"),
        ({"return_url": "javascript:alert(1)"}, "return_url", "field_invalid"),
        ({"return_url": "http://shop.example/"}, "return_url", "field_invalid"),
        ({"return_url": "https://shop.example\\@evil.example"}, "return_url", "field_invalid"),
        ({"cancel_url": "//shop.example/"}, "cancel_url", "field_invalid"),
        ({"language": "fr"}, "language", "field_invalid"),
        ({"expires_in": 299}, "expires_in", "field_invalid"),
        ({"expires_in": True}, "expires_in", "field_invalid"),
        ({"expires_in": 2_592_001}, "expires_in", "field_invalid"),
        ({"status": "paid"}, "status", "unknown_field"),
        ({"owner": "other"}, "owner", "unknown_field"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(
    gateway: Gateway, fields: dict[str, Any], param: str, code: str
) -> None:
    """422 with the field, its code and a sentence that repeats no number."""
    answer = gateway.pay(**fields)
    assert (422, code, param) == (answer.status, answer.code, answer.json["param"])
    assert {} == gateway.world.store.payments
    assert "712345" not in answer.body


def test_an_address_of_another_origin_is_told_the_setting_and_what_it_allows(gateway: Gateway) -> None:
    """The shop's own server asks: it may know the shop's settings."""
    detail = gateway.pay(return_url="https://new.shop.example/thanks").json["detail"]
    assert f"({ORIGIN}, " in detail
    assert "add its own to `origins` with `mpesa-gateway settings put`" in detail


def test_all_bad_fields_are_told_at_once(gateway: Gateway) -> None:
    """A developer mends a request in one go; the first field stands on top."""
    answer = gateway.call(
        "POST",
        "/v1/payments",
        {"amout": 5, "phone": "x", "language": "fr"},
        headers={"idempotency-key": "k"},
    )
    told = [(one["param"], one["code"]) for one in answer.json["errors"]]
    assert ("amount", "field_missing") == told[0]
    assert {("phone", "phone_invalid"), ("language", "field_invalid"), ("amout", "unknown_field")} == set(told[1:])


@pytest.mark.parametrize("url", [f"{ORIGIN}/thanks?x=1", "http://localhost:7071/shop", "HTTPS://SHOP.EXAMPLE:443/"])
def test_addresses_of_the_shops_origins_are_taken(gateway: Gateway, url: str) -> None:
    """https, and http to this machine where no real money moves."""
    assert 201 == gateway.pay(return_url=url).status


def test_a_description_is_cleaned_of_what_safaricom_refuses(gateway: Gateway) -> None:
    """@, # and & have caused refusals."""
    assert "Tea 2" == gateway.pay(description="Tea & #2").json["description"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_not_json"),
        (b"amount=100", 400, "body_not_json"),
        (b"[1]", 400, "body_not_json"),
        (b'{"amount":NaN}', 400, "body_not_json"),
        (b'{"amount":Infinity}', 400, "body_not_json"),
        (b'{"amount":100', 400, "body_not_json"),
        (b'{"amount":100,"order":"\\ud800"}', 400, "body_not_json"),
        (b'{"amount":100,"order":"\xff"}', 400, "body_not_utf8"),
        (b'{"amount":100,"amount":1}', 400, "duplicate_field"),
        (b'{"metadata":{"a":"1","a":"2"},"amount":1}', 400, "duplicate_field"),
        (b"[" * 60_000, 400, "body_too_deep"),
        (b'{"metadata":' + b'{"a":' * 11 + b"1" + b"}" * 12, 400, "body_too_deep"),
        (b'{"amount":' + b"9" * 10_000 + b"}", 422, "amount_too_large"),
        (b'{"order":"' + b"x" * 65_536 + b'"}', 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_told(gateway: Gateway, body: bytes, status: int, code: str) -> None:
    """Never a 5xx, and nothing is stored."""
    answer = gateway.call("POST", "/v1/payments", body, headers={"idempotency-key": "k"})
    assert (status, code) == (answer.status, answer.code)
    assert {} == gateway.world.store.payments


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_json_is_read_whatever_the_content_type_says(gateway: Gateway, media_type: str) -> None:
    """The body is what counts."""
    headers = {"idempotency-key": "k", "content-type": media_type}
    assert 201 == gateway.call("POST", "/v1/payments", {"amount": 1}, headers=headers).status


def test_a_multipart_form_is_refused(gateway: Gateway) -> None:
    """415."""
    headers = {"idempotency-key": "k", "content-type": "multipart/form-data; boundary=x"}
    assert "media_type_not_supported" == gateway.call("POST", "/v1/payments", b"--x", headers=headers).code


def test_a_busy_phone_is_stored_and_told_in_the_payment(gateway: Gateway) -> None:
    """A refusal of our own guard is no HTTP error: the payer can still pay by Paybill under the reference."""
    gateway.pay("first", phone="0712345678")
    payment = gateway.pay("second", phone="0712345678").json
    assert ("failed", "phone_busy", "payer") == (
        payment["status"],
        payment["failure"]["code"],
        payment["failure"]["who"],
    )
    assert payment["next_attempt_at"] is not None
    assert payment["failure"]["payer_message"]["sw"] != payment["failure"]["payer_message"]["en"]
    assert payment["failure"]["payer_message"]["en"].startswith("An earlier request may still be open on this phone.")
    assert 1 == len(gateway.world.daraja.pushes)


def test_a_shop_without_settings_is_told_what_to_do(gateway: Gateway) -> None:
    """A fresh stack names the command that brings it to its first payment."""
    del gateway.world.store.settings["shop"]
    answer = gateway.pay()
    assert (422, "shortcode_unknown") == (answer.status, answer.code)
    assert "mpesa-gateway settings put" in answer.json["detail"]


def test_a_silent_table_is_a_503_that_may_be_repeated(gateway: Gateway) -> None:
    """Nothing was sent; Retry-After says when to come again."""
    gateway.world.fail_next["Store.create_payment"].append(StoreUnavailable("throttled"))
    answer = gateway.pay(phone="0712345678")
    assert (503, "storage_unavailable", "5") == (answer.status, answer.code, answer.headers["Retry-After"])
    assert [] == gateway.world.daraja.pushes


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(gateway: Gateway) -> None:
    """The text of the error may quote secrets; the report names type and place only."""
    gateway.world.fail_next["Store.read_settings"].append(RuntimeError(f"canary {SECRET} 0712345678"))
    answer = gateway.pay(phone="0712345678")
    told = answer.body + repr(gateway.world.ambient.reports)
    assert (500, "internal_error") == (answer.status, answer.code)
    assert ["handler_failed"] == [name for name, _ in gateway.world.ambient.reports]
    assert not any(canary in told for canary in ("canary", SECRET, "712345678"))


def test_links_carry_the_called_host_where_no_address_is_set(gateway: Gateway) -> None:
    """A stack without a domain still gives links that work."""
    gateway.environment["SHOP_BASE_URL"] = ""
    headers = {"host": "abc123.execute-api.eu-west-1.amazonaws.com", "x-forwarded-proto": "https"}
    answer = gateway.call("POST", "/v1/payments", {"amount": 1}, headers={"idempotency-key": "k", **headers})
    assert answer.json["checkout_url"].startswith("https://abc123.execute-api.eu-west-1.amazonaws.com/pay/")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELD_NAMES = st.sampled_from(
    ["amount", "phone", "account_reference", "description", "shortcode", "order", "metadata", "return_url"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FIELD_NAMES | st.text(max_size=5), JSON_VALUES, max_size=5))
def test_no_json_object_is_a_server_error(fields: dict[str, Any]) -> None:
    """Whatever stands in the fields: 201 or a 4xx of the description."""
    answer = Gateway().call("POST", "/v1/payments", fields, headers={"idempotency-key": "k"})
    assert answer.status < 500


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_server_error(body: bytes) -> None:
    """Whatever the body is: a 4xx of the description."""
    answer = Gateway().call("POST", "/v1/payments", body, headers={"idempotency-key": "k"})
    assert 400 <= answer.status < 500
