"""The answers of calls that are done at once, and the notices that follow some of them."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja import direct_answers as direct
from daraja.direct_answers import (
    BillAnswer,
    BillPaidNotice,
    Organisation,
    PayeeName,
    QrPicture,
    SimSwap,
    Simulated,
    StandingOrderAsked,
    StandingOrderNotice,
    UrlsRegistered,
    UssdPushed,
    UssdPushNotice,
    parse_bill_paid,
    parse_standing_order,
    parse_ussd_push,
)
from daraja.errors import DarajaError, MaybeSent, RefusalCause, Refused, TokenRejected
from daraja.http_answers import HttpAnswer
from daraja.reading import Unreadable
from tests.unit.daraja.calls import ENVELOPE, INCAPSULA, refusal

Judge = Callable[[HttpAnswer], object]
JUDGES: list[Judge] = [
    direct.judge_register,
    direct.judge_simulate,
    direct.judge_qr,
    direct.judge_ussd_push,
    direct.judge_standing_order,
    direct.judge_bill,
    direct.judge_sim_swap,
    direct.judge_organisation,
    direct.judge_payee,
]
each_judge = pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.__name__)
ASKED = {"responseRefID": "4dd9b5d9", "responseCode": "200", "responseDescription": "Request accepted for processing"}


def answer(body: object, status: int = 200) -> HttpAnswer:
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpAnswer(status, {}, text.encode())


@pytest.mark.parametrize(
    ("judge", "body", "wanted"),
    [
        (
            direct.judge_register,
            {"OriginatorCoversationID": "6e86", "ResponseCode": "0", "ResponseDescription": "Success"},
            UrlsRegistered(was_registered=False, text="Success"),
        ),
        (
            direct.judge_simulate,
            {"OriginatorCoversationID": "53e3", "ResponseCode": "0", "ResponseDescription": "Accepted"},
            Simulated("Accepted"),
        ),
        (
            direct.judge_qr,
            {"ResponseCode": "00", "ResponseDescription": "QR Code Successfully Generated.", "QRCode": "iVBO\nRw0K"},
            QrPicture("iVBORw0K", "QR Code Successfully Generated."),
        ),
        (
            direct.judge_qr,
            {"ResponseCode": "AG_20191219_000043fdf61864fe9ff5", "QRCode": "iVBORw0K"},
            QrPicture("iVBORw0K", ""),
        ),
        (direct.judge_ussd_push, {"code": "0", "status": "USSD Initiated"}, UssdPushed("USSD Initiated")),
        (
            direct.judge_standing_order,
            {"ResponseHeader": ASKED, "ResponseBody": {"responseCode": "200"}},
            StandingOrderAsked("4dd9b5d9", "Request accepted for processing"),
        ),
        (
            direct.judge_standing_order,
            {"responseHeader": {name.upper(): value for name, value in ASKED.items()}},
            StandingOrderAsked("4dd9b5d9", "Request accepted for processing"),
        ),
        (
            direct.judge_bill,
            {"app_key": "AG_1234", "resmsg": "Success", "rescode": "200"},
            BillAnswer("Success", "AG_1234"),
        ),
        (
            direct.judge_bill,
            {"Status_Message": "Invoice sent successfully", "resmsg": "Success", "rescode": 200},
            BillAnswer("Invoice sent successfully"),
        ),
        (
            direct.judge_sim_swap,
            {"requestRefID": "1", "responseCode": "200", "lastSwapDate": "01-01-1900 00:00"},
            SimSwap(None, None, None),
        ),
        (
            direct.judge_sim_swap,
            {"responseCode": 200, "lastSwapDate": "28-02-2026", "msisdnRegistrationDate": "05-11-2014", "imsi": "9f"},
            SimSwap("2026-02-28", "2014-11-05", "9f"),
        ),
        (
            direct.judge_organisation,
            {
                "ResponseCode": "4000",
                "ResponseMessage": "Success",
                "OrganizationShortCode": "600111",
                "OrganizationName": "Shop",
            },
            Organisation("600111", "Shop"),
        ),
        (
            direct.judge_payee,
            {"header": {"status": "200"}, "body": {"firstName": "AMINA", "middleName": "W***", "lastName": "OTIENO"}},
            PayeeName("AMINA W. O."),
        ),
        (
            direct.judge_payee,
            {"header": {"status": "400"}, "body": {"message": "The customer does not exist."}},
            PayeeName(None),
        ),
    ],
)
def test_what_was_done_is_read(judge: Judge, body: object, wanted: object) -> None:
    assert wanted == judge(answer(body))


@pytest.mark.parametrize("text", ["Urls are already registered.", "URLs are already registered"])
def test_addresses_that_are_there_already_are_told_apart(text: str) -> None:
    """They may be others than these: Safaricom says no more."""
    found = direct.judge_register(answer(refusal("500.003.1001", text), 500))

    assert UrlsRegistered(was_registered=True, text=text) == found


@pytest.mark.parametrize(
    ("status", "code", "text", "cause"),
    [
        (400, "400.003.02", "Bad Request - Invalid ValidationURL - URL has the word MPESA", RefusalCause.SHOP_SETUP),
        (400, "400.003.02", "Bad Request - Invalid Amount", RefusalCause.INVALID_FIELD),
        (500, "500.003.1001", "Duplicate notification info, SP ID is 1", RefusalCause.SHOP_SETUP),
    ],
)
def test_a_registration_that_is_refused_says_whose_matter_it_is(
    status: int, code: str, text: str, cause: RefusalCause
) -> None:
    found = direct.judge_register(answer(refusal(code, text), status))

    assert isinstance(found, Refused)
    assert cause == found.cause


@pytest.mark.parametrize(
    ("judge", "body", "code", "text"),
    [
        (
            direct.judge_bill,
            {"Status_Message": "paid invoices cannot be cancelled.", "resmsg": "Conflict", "rescode": "409"},
            "409",
            "paid invoices cannot be cancelled.",
        ),
        (
            direct.judge_ussd_push,
            {"code": "4104", "status": "Missing nominated number"},
            "4104",
            "Missing nominated number",
        ),
        (
            direct.judge_standing_order,
            {"ResponseHeader": {"responseCode": "1050", "responseDescription": "Name in use"}},
            "1050",
            "Name in use",
        ),
        (direct.judge_sim_swap, {"responseCode": "404", "responseDesc": "Not found"}, "404", "Not found"),
        (direct.judge_payee, {"header": {"status": "500"}, "body": {"message": "No contract"}}, "500", "No contract"),
    ],
)
def test_a_no_of_its_own_form_is_a_refusal(judge: Judge, body: object, code: str, text: str) -> None:
    found = judge(answer(body))

    assert isinstance(found, Refused)
    assert (code, text) == (found.code, found.text)


@pytest.mark.parametrize(
    ("judge", "body", "status", "code"),
    [
        (direct.judge_bill, {"resmsg": "Conflict", "rescode": "409", "errors": []}, 409, "409"),
        (direct.judge_standing_order, {"ResponseHeader": {"responseCode": "1051"}}, 400, "1051"),
        (direct.judge_sim_swap, {"responseCode": "404", "responseDesc": "Not Found"}, 404, "404"),
    ],
)
def test_a_no_that_http_repeats_is_the_same_refusal(judge: Judge, body: object, status: int, code: str) -> None:
    """Bill Manager's 409 and others': published is the body alone, so either status is read."""
    found = judge(answer(body, status))

    assert isinstance(found, Refused)
    assert (code, RefusalCause.NOT_ACCEPTED, status) == (found.code, found.cause, found.http_status)


def test_a_token_that_is_refused_in_a_form_of_its_own_is_a_refused_token() -> None:
    """So that a fresh one is tried."""
    body = {"ResponseHeader": {"responseCode": "401", "responseDescription": "Unauthorized"}}

    assert isinstance(direct.judge_standing_order(answer(body, 401)), TokenRejected)


@pytest.mark.parametrize(("status", "code"), [(500, "500"), (409, "200"), (429, "409")])
def test_a_servers_fault_or_a_status_that_disagrees_is_no_refusal(status: int, code: str) -> None:
    """It may have been done."""
    assert not isinstance(direct.judge_bill(answer({"rescode": code, "resmsg": "?"}, status)), Refused | BillAnswer)


@each_judge
@pytest.mark.parametrize(
    ("body", "status"),
    [("", 200), ("{}", 200), ("{broken", 200), (ENVELOPE, 500), (INCAPSULA, 502), ('{"ResponseCode":"0"}', 500)],
    ids=["empty", "empty object", "broken", "envelope", "HTML", "yes under 500"],
)
def test_what_nobody_knows_is_no_answer(judge: Judge, body: str, status: int) -> None:
    assert isinstance(judge(answer(body, status)), MaybeSent)


@each_judge
@given(st.integers(200, 599), st.binary(max_size=200))
def test_any_answer_is_judged(judge: Judge, status: int, body: bytes) -> None:
    found = judge(HttpAnswer(status, {}, body))

    assert found is not None
    assert isinstance(found, DarajaError) or type(found).__module__ == "daraja.direct_answers"


def outcome(parse: Callable[[bytes], object], body: bytes) -> object:
    """What is read, or why nothing is; any other error is a fault."""
    try:
        return parse(body)
    except Unreadable as unreadable:
        return unreadable.reason


def test_a_merchant_who_paid_is_told_with_its_receipt() -> None:
    body = (
        b'{"resultCode":"0","resultDesc":"Done","amount":"100.0","requestId":"404e1aec","resultType":"0",'
        b'"conversationID":"AG_2026","transactionId":"UCF4AB12CJ","status":"SUCCESS"}'
    )

    wanted = UssdPushNotice("0", "Done", "404e1aec", "AG_2026", "UCF4AB12CJ", 100, None)
    assert wanted == parse_ussd_push(body)


def test_a_merchant_who_said_no_has_no_receipt() -> None:
    body = (
        b'{"resultCode":4001,"resultDesc":"User cancelled","requestId":"c2a9","amount":"100.0",'
        b'"paymentReference":"INV77"}'
    )

    assert UssdPushNotice("4001", "User cancelled", "c2a9", None, None, 100, "INV77") == parse_ussd_push(body)


def test_a_standing_order_is_told_in_small_and_in_capital_letters() -> None:
    allowed = (
        b'{"responseHeader":{"responseRefID":"0acc","requestRefID":"0acc","responseCode":"0",'
        b'"responseDescription":"Done"},"responseBody":{"responseData":[{"name":"TransactionID","value":"UCF4AB12CK"},'
        b'{"name":"responseCode","value":"0"},{"name":"Status","value":"OKAY"},{"name":"Msisdn","value":"254******111"}]}}'
    )
    refused = (
        b'{"ResponseHeader":{"responseRefID":"4dd9","responseCode":"1037","responseDescription":"Error"},'
        b'"ResponseBody":{"ResponseData":[{"Name":"TransactionID","Value":"0000000000"},{"Name":"Status","Value":"ERROR"}]}}'
    )

    assert [
        StandingOrderNotice("0", "Done", "0acc", "UCF4AB12CK", "OKAY", "254******111"),
        StandingOrderNotice("1037", "Error", "4dd9", None, "ERROR", None),
    ] == [parse_standing_order(allowed), parse_standing_order(refused)]


def test_a_bill_that_was_paid_is_told_by_its_receipt() -> None:
    body = (
        b'{"transactionId":"UCF4AB12CM","paidAmount":"800","msisdn":"254711000111","dateCreated":"2026-03-15",'
        b'"accountReference":"A4","shortCode":"600111"}'
    )

    wanted = BillPaidNotice("UCF4AB12CM", 800, "800", "254711000111", "2026-03-15", "A4", "600111")
    assert wanted == parse_bill_paid(body)
    assert "711000111" not in repr(wanted)


@pytest.mark.parametrize(
    "parse", [parse_ussd_push, parse_standing_order, parse_bill_paid], ids=lambda parse: parse.__name__
)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_read_or_are_unreadable(parse: Callable[[bytes], object], body: bytes) -> None:
    assert outcome(parse, body) is not None
