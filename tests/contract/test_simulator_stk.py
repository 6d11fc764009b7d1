"""The simulator's STK push, callback and query over plain HTTP, as Safaricom documents them."""

from __future__ import annotations

import httpx
import pytest

from local.daraja_simulator.options import SimulatorOptions
from tests.contract.conftest import Simulator, password

PERSON = "254712345678"
AUTO = "254710000001"


def test_a_token_lives_3599_virtual_seconds(simulator: Simulator) -> None:
    """The push is refused with HTTP 404, body A, once the token has ended."""
    token = simulator.token()
    simulator.advance(3_598)
    assert simulator.post("/mpesa/stkpush/v1/processrequest", simulator.push_body(), token).status_code == 200
    simulator.advance(2)
    late = simulator.post("/mpesa/stkpush/v1/processrequest", simulator.push_body(), token)
    assert (404, "404.001.03") == (late.status_code, late.json()["errorCode"])


@pytest.mark.parametrize(
    ("query", "auth", "status", "code"),
    [
        ({"grant_type": "password"}, ("local-key", "local-secret"), 400, "400.008.02"),
        ({}, ("local-key", "local-secret"), 400, "400.008.02"),
        ({"grant_type": "client_credentials"}, None, 400, "400.008.01"),
    ],
)
def test_oauth_says_what_is_wrong(
    simulator: Simulator, query: dict[str, str], auth: tuple[str, str] | None, status: int, code: str
) -> None:
    """Grant type and authentication type have codes of their own."""
    answer = simulator.http.get("/oauth/v1/generate", params=query, auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (status, code) == (answer.status_code, answer.json()["errorCode"])


def test_wrong_credentials_get_400_and_an_empty_body(simulator: Simulator) -> None:
    """As observed: no JSON at all."""
    query = {"grant_type": "client_credentials"}
    answer = simulator.http.get("/oauth/v1/generate", params=query, auth=("local-key", "wrong"))
    assert (400, "") == (answer.status_code, answer.text)


def test_a_push_is_acknowledged_then_called_back_with_its_ids(simulator: Simulator) -> None:
    """Acknowledgement with text codes; two seconds later a success with metadata and a nameless balance."""
    accepted = simulator.push(AUTO).json()
    assert ("0", "0710000001"[1:]) == (accepted["ResponseCode"], accepted["CheckoutRequestID"][-9:])
    assert simulator.callbacks() == []
    simulator.advance(2)
    (callback,) = simulator.callbacks()
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    assert (0, accepted["CheckoutRequestID"]) == (callback["ResultCode"], callback["CheckoutRequestID"])
    assert (250.0, None, int(AUTO)) == (items["Amount"], items["Balance"], items["PhoneNumber"])
    assert simulator.received[0].source == "127.0.0.1"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("BusinessShortCode", "1743", "BusinessShortCode"),
        ("BusinessShortCode", "abc", "BusinessShortCode"),
        ("Password", None, "Password"),
        ("Timestamp", "20261315101530", "Timestamp"),
        ("TransactionType", "PayBill", "TransactionType"),
        ("Amount", 0, "Amount"),
        ("Amount", 250_001, "Amount"),
        ("Amount", "10.00", "Amount"),
        ("Amount", True, "Amount"),
        ("PartyA", "0712345678", "PartyA"),
        ("PhoneNumber", "+254712345678", "PhoneNumber"),
        ("PhoneNumber", "254812345678", "PhoneNumber"),
        ("PartyB", "", "PartyB"),
        ("CallBackURL", "not a url", "CallBackURL"),
        ("CallBackURL", "https://yourdomain.com/callback", "CallBackURL"),
        ("CallBackURL", "ftp://localhost/x", "CallBackURL"),
        ("AccountReference", "THIRTEENCHARS", "AccountReference"),
        ("TransactionDesc", None, "Remarks"),
        ("TransactionDesc", "", "Remarks"),
    ],
)
def test_a_wrong_field_is_named(simulator: Simulator, field: str, value: object, named: str) -> None:
    """HTTP 400, 400.002.02 and the field as Safaricom names it."""
    answer = simulator.push(PERSON, **{field: value})
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (400, "400.002.02")
    assert body["errorMessage"] == f"Bad Request - Invalid {named}"


@pytest.mark.parametrize("shortcode", ["17437", "600998"])
def test_an_unknown_merchant_is_told_with_500(simulator: Simulator, shortcode: str) -> None:
    """A shortcode that is nobody's, and one that takes no STK push."""
    answer = simulator.push(PERSON, BusinessShortCode=shortcode, Password=password(shortcode))
    assert (answer.status_code, answer.json()["errorMessage"]) == (500, "Merchant does not exist")


def test_form_encoding_is_told_as_a_wrong_first_field(simulator: Simulator) -> None:
    """The well-known trap."""
    headers = {"Authorization": f"Bearer {simulator.token()}"}
    body = {"BusinessShortCode": "174379"}
    answer = simulator.http.post("/mpesa/stkpush/v1/processrequest", data=body, headers=headers)
    assert answer.json()["errorMessage"] == "Bad Request - Invalid BusinessShortCode"


@pytest.mark.parametrize(
    ("method", "headers", "code"),
    [
        ("GET", {"Authorization": "Bearer x"}, "404.001.04"),
        ("POST", {}, "404.001.04"),
        ("POST", {"Authorization": "Bearer x"}, "404.001.03"),
    ],
)
def test_method_and_header_come_first(simulator: Simulator, method: str, headers: dict[str, str], code: str) -> None:
    """A wrong method or a missing header is another error than a token nobody gave."""
    answer = simulator.http.request(method, "/mpesa/stkpush/v1/processrequest", headers=headers)
    assert (404, code) == (answer.status_code, answer.json()["errorCode"])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Amount":' + "9" * 5_000 + "}", "\udcff"])
def test_a_body_that_is_no_object_is_refused(simulator: Simulator, text: str) -> None:
    """400.002.05, whatever it is instead."""
    headers = {"Authorization": f"Bearer {simulator.token()}", "Content-Type": "application/json"}
    body = text.encode("utf-8", "surrogateescape")
    answer = simulator.http.post("/mpesa/stkpush/v1/processrequest", content=body, headers=headers)
    assert (400, "400.002.05") == (answer.status_code, answer.json()["errorCode"])


@pytest.mark.parametrize("value", [None, True, 1.5, -1, 10**30, [], {}, "", " ", "\u0661" * 12, "\ud800", "x" * 999])
def test_odd_values_in_any_field_are_refused_and_not_fatal(simulator: Simulator, value: object) -> None:
    """Each field of the push in turn: a 400 that names a field, or a merchant that does not exist."""
    fields = [name for name in simulator.push_body() if name not in ("AccountReference", "TransactionDesc")]
    codes = {simulator.push(PERSON, **{name: value}).json()["errorCode"] for name in fields}
    assert codes <= {"400.002.02", "500.001.1001"}


def test_password_and_timestamp_must_come_from_one_reading(simulator: Simulator) -> None:
    """A password over another second is refused with the merchant's wrong credentials."""
    answer = simulator.push(PERSON, Password=password("174379", stamp="20260315101531"))
    assert (500, "[MerchantValidate] - Wrong credentials") == (
        answer.status_code,
        answer.json()["errorMessage"],
    )


def test_a_foreign_callback_host_is_accepted_and_never_called(simulator: Simulator) -> None:
    """The push is taken; the traffic log says that nobody was called."""
    assert simulator.push(AUTO, CallBackURL="https://pay.example.co.ke/hooks").status_code == 200
    simulator.advance(3)
    traffic = simulator.control("GET", "traffic")["traffic"]
    notes = [entry["note"] for entry in traffic if entry["call"] == "stk_callback"]
    assert notes == ["not called: not on this machine"]


def test_a_query_goes_from_too_early_over_4999_to_the_result(simulator: Simulator) -> None:
    """400 at once, 4999 while the prompt is open, then the code as text, without receipt or amount."""
    checkout = simulator.push(PERSON).json()["CheckoutRequestID"]
    early = simulator.query(checkout)
    assert (400, "Bad Request - Invalid CheckoutRequestID") == (early.status_code, early.json()["errorMessage"])
    simulator.advance(2)
    assert simulator.query(checkout).json()["ResultCode"] == "4999"
    simulator.control("POST", f"phones/{PERSON}/answer", {"cancel": True})
    answer = simulator.query(checkout).json()
    assert ("0", "1032") == (answer["ResponseCode"], answer["ResultCode"])
    assert {"Amount", "MpesaReceiptNumber"}.isdisjoint(answer)


def test_a_query_for_an_id_that_nobody_gave_says_so(simulator: Simulator) -> None:
    """500.001.1001 for a well-formed id, 400.002.02 for another thing."""
    unknown = simulator.query("ws_CO_15032026101531204711000111")
    assert "The transaction does not Exist" == unknown.json()["errorMessage"]
    assert simulator.query("nonsense").json()["errorCode"] == "400.002.02"


def test_a_till_is_asked_by_store_number_and_till_number(simulator: Simulator) -> None:
    """Right: paid. The store number as party: SFC_IC0003 as text, only after the PIN."""
    shown = simulator.control("GET", "shortcodes")["shortcodes"]
    till = next(code for code in shown if code["kind"] == "till")
    fields = {
        "BusinessShortCode": till["number"],
        "Password": password(till["number"], till["passkey"]),
        "TransactionType": "CustomerBuyGoodsOnline",
    }
    simulator.push(AUTO, **fields, PartyB=till["party"])
    simulator.push(AUTO, **fields, PartyB=till["number"])
    simulator.advance(3)
    assert [0, "SFC_IC0003"] == [callback["ResultCode"] for callback in simulator.callbacks()]


def test_three_wrong_pins_lock_the_phone(simulator: Simulator) -> None:
    """2001, 2001, then 8006 and a locked phone that refuses the right PIN too."""
    for amount, pin in ((1, "0000"), (2, "0000"), (3, "0000"), (4, "1234")):
        simulator.push(PERSON, Amount=amount)
        simulator.advance(1)
        simulator.control("POST", f"phones/{PERSON}/answer", {"pin": pin})
    simulator.advance(1)
    assert [2001, 2001, 8006, 8006] == [callback["ResultCode"] for callback in simulator.callbacks()]
    assert simulator.control("GET", f"phones/{PERSON}")["locked"] is True


def test_the_same_amount_within_two_minutes_is_rule_limited(simulator: Simulator) -> None:
    """17 even after a failed first try; not after two minutes, and not for numbers free of the rule."""
    simulator.push(PERSON)
    simulator.advance(1)
    simulator.control("POST", f"phones/{PERSON}/answer", {"cancel": True})
    simulator.push(PERSON)
    simulator.advance(130)
    simulator.push(PERSON)
    simulator.advance(1)
    simulator.control("POST", f"phones/{PERSON}/answer", {"pin": "1234"})
    simulator.advance(1)
    assert [1032, 17, 0] == [callback["ResultCode"] for callback in simulator.callbacks()]
    simulator.push(AUTO)
    simulator.push(AUTO)
    simulator.advance(3)
    assert [0, 0] == [callback["ResultCode"] for callback in simulator.callbacks()][3:]


def test_a_second_prompt_kills_the_first(simulator: Simulator) -> None:
    """The first ends with 1001; the second can be paid."""
    simulator.push(PERSON, Amount=1)
    simulator.advance(5)
    simulator.push(PERSON, Amount=2)
    simulator.advance(1)
    phone = simulator.control("GET", f"phones/{PERSON}")
    assert ["live", "killed"] == [prompt["state"] for prompt in phone["prompts"]]
    paid = simulator.control("POST", f"phones/{PERSON}/answer", {"pin": "1234"})
    simulator.advance(1)
    assert [1001, 0] == [callback["ResultCode"] for callback in simulator.callbacks()]
    assert paid["phone"]["balance"] == 49_998


@pytest.mark.parametrize(
    ("switches", "seconds", "code"),
    [
        ({}, 60, 1037),
        ({"timeout_code": "1032"}, 60, 1032),
        ({"off": True}, 16, 1037),
        ({"no_network": True}, 16, 1037),
        ({"ussd_session": True}, 2, 1001),
    ],
)
def test_a_phone_that_does_not_answer(
    simulator: Simulator, switches: dict[str, object], seconds: int, code: int
) -> None:
    """Each reason has its code and its time; one second before, nothing is known."""
    simulator.control("POST", f"phones/{PERSON}/switch", switches)
    simulator.push(PERSON)
    simulator.advance(seconds - 1)
    assert simulator.callbacks() == []
    simulator.advance(1)
    assert [code] == [callback["ResultCode"] for callback in simulator.callbacks()]
    assert "CallbackMetadata" not in simulator.callbacks()[0]


def test_fuliza_pays_what_the_wallet_lacks(simulator: Simulator) -> None:
    """Without it result 1; with it paid, the wallet empty and the rest owed."""
    simulator.control("POST", "phones", {"number": PERSON, "balance": 100})
    for fuliza in (False, True):
        simulator.control("POST", f"phones/{PERSON}/switch", {"fuliza": fuliza})
        simulator.push(PERSON, Amount=150)
        simulator.advance(1)
        simulator.control("POST", f"phones/{PERSON}/answer", {"pin": "1234"})
        simulator.advance(130)
    assert [1, 0] == [callback["ResultCode"] for callback in simulator.callbacks()]
    phone = simulator.control("GET", f"phones/{PERSON}")
    assert (0, 50) == (phone["balance"], phone["fuliza_used"])


def test_the_same_seed_gives_the_same_receipts(simulator: Simulator) -> None:
    """Ten characters, the day first; receipt, callback, SMS and books agree."""
    simulator.push(AUTO)
    simulator.advance(2)
    (entry,) = simulator.control("GET", "books?shortcode=174379")["entries"]
    items = {item["Name"]: item.get("Value") for item in simulator.callbacks()[0]["CallbackMetadata"]["Item"]}
    sms = simulator.control("GET", f"phones/{AUTO}")["sms"][0]
    assert entry["receipt"] == items["MpesaReceiptNumber"] == sms["receipt"]
    assert entry["receipt"][3:] == "EU5KEIU"
    assert ("stk", 250, "INV1042", 25_250) == (
        entry["kind"],
        entry["amount"],
        entry["reference"],
        entry["balance"],
    )


class TestProfileOfTheSandbox:
    """`safaricom-sandbox`."""

    @pytest.fixture
    def options(self) -> SimulatorOptions:
        """That profile."""
        return SimulatorOptions(profile="safaricom-sandbox")

    def test_the_query_takes_one_call_in_twelve_seconds(self, simulator: Simulator) -> None:
        """The second at once is arrested with body B and HTTP 429; after twelve seconds it passes."""
        first, second = simulator.query("ws_CO_1"), simulator.query("ws_CO_1")
        assert (500, 429) == (first.status_code, second.status_code)
        assert second.json()["fault"]["detail"]["errorcode"] == "policies.ratelimit.SpikeArrestViolation"
        simulator.advance(12)
        assert simulator.query("ws_CO_1").status_code == 500
