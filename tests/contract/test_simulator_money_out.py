"""Payouts, reversals, status, balance, business payments, Pull and statements, as Safaricom documents them."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from local.daraja_simulator.options import SimulatorOptions
from tests.contract.conftest import Simulator

PAYEE = "254722000111"
NAIROBI = dt.timezone(dt.timedelta(hours=3))
PASSWORD = SimulatorOptions().initiator_password


def _credential(simulator: Simulator, password: str = PASSWORD) -> str:
    key = load_pem_x509_certificate(simulator.http.get("/certificate").content).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()


def _addresses(simulator: Simulator, what: str) -> dict[str, str]:
    return {
        "ResultURL": f"{simulator.inbox_address}/result/{what}",
        "QueueTimeOutURL": f"{simulator.inbox_address}/timeout/{what}",
    }


def _payout(simulator: Simulator, **changed: object) -> Any:
    body = {
        "OriginatorConversationID": "0f1e2d3c4b5a69788",
        "InitiatorName": "testapi",
        "SecurityCredential": _credential(simulator),
        "CommandID": "BusinessPayment",
        "Amount": "250",
        "PartyA": "174379",
        "PartyB": PAYEE,
        "Remarks": "Refund INV1042",
        "Occassion": "INV1042",
        **_addresses(simulator, "b2c"),
        **changed,
    }
    return simulator.post("/mpesa/b2c/v3/paymentrequest", body)


def _reversal(simulator: Simulator, receipt: str, **changed: object) -> Any:
    body = {
        "Initiator": "testapi",
        "SecurityCredential": _credential(simulator),
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": "250",
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
        "Remarks": "Refund INV1042",
        **_addresses(simulator, "reversal"),
        **changed,
    }
    return simulator.post("/mpesa/reversal/v1/request", body)


def _status(simulator: Simulator, **about: str) -> Any:
    body = {
        "Initiator": "testapi",
        "SecurityCredential": _credential(simulator),
        "CommandID": "TransactionStatusQuery",
        "PartyA": "174379",
        "IdentifierType": "4",
        "Remarks": "check",
        "Occasion": "check",
        **_addresses(simulator, "status"),
        **about,
    }
    return simulator.post("/mpesa/transactionstatus/v1/query", body)


def _results(simulator: Simulator, what: str) -> list[dict[str, Any]]:
    return [one.json["Result"] for one in simulator.received if one.path == f"/result/{what}"]


def _parameters(result: dict[str, Any]) -> dict[str, Any]:
    return {item["Key"]: item.get("Value") for item in result["ResultParameters"]["ResultParameter"]}


def _paid(simulator: Simulator, **chosen: str) -> str:
    payment = {"shortcode": "174379", "account": "INV1042", "amount": 250, **chosen}
    return str(simulator.control("POST", f"phones/{PAYEE}/pay", payment)["receipt"])


def _transfers(simulator: Simulator) -> list[dict[str, Any]]:
    return [one for one in simulator.control("GET", "books")["entries"] if one["direction"] == "out"]


def test_a_payout_is_acknowledged_and_then_told(simulator: Simulator) -> None:
    """First only that it was taken; two seconds later receipt, recipient and the accounts."""
    acknowledged = _payout(simulator).json()
    simulator.advance(3)
    (result,) = _results(simulator, "b2c")

    assert ("0", "0f1e2d3c4b5a69788") == (acknowledged["ResponseCode"], acknowledged["OriginatorConversationID"])
    assert (0, acknowledged["ConversationID"]) == (result["ResultCode"], result["ConversationID"])
    assert (250, result["TransactionID"]) == (
        _parameters(result)["TransactionAmount"],
        _parameters(result)["TransactionReceipt"],
    )
    assert 24_750.0 == _parameters(result)["B2CUtilityAccountAvailableFunds"]


def test_an_id_that_was_seen_is_refused_and_moves_nothing(simulator: Simulator) -> None:
    """The safety net for a lost answer: the same id is never paid twice."""
    _payout(simulator)
    again = _payout(simulator)
    simulator.advance(10)

    assert (500, "500.002.1001", "Duplicate OriginatorConversationID.") == (
        again.status_code,
        again.json()["errorCode"],
        again.json()["errorMessage"],
    )
    assert 1 == len(_transfers(simulator))


def test_a_payout_whose_answer_is_lost_was_taken(simulator: Simulator) -> None:
    """The connection breaks after Daraja has acted; status by our id tells."""
    simulator.control("POST", "faults", {"call": "b2c", "fault": "answer_lost", "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        _payout(simulator)
    simulator.advance(3)
    _status(simulator, OriginalConversationID="0f1e2d3c4b5a69788")
    simulator.advance(3)

    told = _parameters(_results(simulator, "status")[0])
    assert ("Completed", _transfers(simulator)[0]["receipt"]) == (told["TransactionStatus"], told["ReceiptNo"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"Amount": "2.50"}, "Amount"),
        ({"PartyB": "0722000111"}, "PartyB"),
        ({"PartyA": "999999"}, "PartyA"),
        ({"Remarks": "x"}, "Remarks"),
        ({"CommandID": "BusinessPayBill"}, "CommandID"),
        ({"ResultURL": "nowhere"}, "ResultURL"),
        ({"OriginatorConversationID": ""}, "OriginatorConversationID"),
    ],
)
def test_a_wrong_field_is_named(simulator: Simulator, changed: dict[str, object], field: str) -> None:
    """`400.002.02`, and nothing is taken."""
    answer = _payout(simulator, **changed)

    assert (400, f"Bad Request - Invalid {field}") == (answer.status_code, answer.json()["errorMessage"])
    assert [] == simulator.control("GET", "conversations")["conversations"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PartyB": "254700002040"}, 2040),
        ({"PartyB": "254700000001"}, 1),
        ({"Amount": "9"}, 2),
        ({"Amount": "250001"}, 3),
        ({"Amount": "30000"}, 1),
    ],
)
def test_what_m_pesa_refuses_is_told_as_a_result(simulator: Simulator, changed: dict[str, object], code: int) -> None:
    """Taken, then refused: a code, no parameters, no money."""
    assert "0" == _payout(simulator, **changed).json()["ResponseCode"]
    simulator.advance(3)
    (result,) = _results(simulator, "b2c")

    assert (code, False, []) == (result["ResultCode"], "ResultParameters" in result, _transfers(simulator))


def test_wrong_passwords_lock_the_operator(simulator: Simulator) -> None:
    """2001 five times, then 8006 even with the right one, until an administrator unlocks."""
    for number in range(6):
        _payout(simulator, OriginatorConversationID=f"id-{number}", SecurityCredential=_credential(simulator, "wrong"))
    _payout(simulator, OriginatorConversationID="id-right")
    simulator.advance(3)
    simulator.control("POST", "initiators/testapi", {"locked": False})
    _payout(simulator, OriginatorConversationID="id-unlocked")
    simulator.advance(3)

    codes = [result["ResultCode"] for result in _results(simulator, "b2c")]
    assert [2001] * 5 + [8006, 8006, 0] == codes


@pytest.mark.parametrize(
    ("payee", "told"), [("254700020001", 0), ("254700020002", 1), ("254700020003", 2)], ids=["lost", "late", "twice"]
)
def test_magic_recipients_are_paid_once_however_it_is_told(simulator: Simulator, payee: str, told: int) -> None:
    """Result lost, after a queue time-out, twice: one transfer each."""
    _payout(simulator, PartyB=payee)
    simulator.advance(30)

    assert (told, 1) == (len(_results(simulator, "b2c")), len(_transfers(simulator)))


def test_a_queue_time_out_is_not_a_failure(simulator: Simulator) -> None:
    """The notice goes to its own address; the result follows."""
    simulator.control("POST", "faults", {"call": "result", "fault": "queue_timeout_then_result", "count": 1})
    _payout(simulator)
    simulator.advance(30)

    assert ["/timeout/b2c", "/result/b2c"] == [one.path for one in simulator.received]


def test_a_reversal_gives_the_payment_back_under_a_receipt_of_its_own(simulator: Simulator) -> None:
    """Linked to the payment's; the second one is told that it has been done."""
    receipt = _paid(simulator)
    _reversal(simulator, receipt)
    simulator.advance(3)
    _reversal(simulator, receipt)
    simulator.advance(3)
    first, second = _results(simulator, "reversal")

    assert (0, receipt) == (first["ResultCode"], _parameters(first)["OriginalTransactionID"])
    assert "R000001" == second["ResultCode"]
    assert [(first["TransactionID"], receipt)] == [(one["receipt"], one["linked"]) for one in _transfers(simulator)]


@pytest.mark.parametrize(
    ("receipt", "code"), [("UKTAAAAAR1", "R000001"), ("UKTAAAAAR2", 1), ("UKTAAAAAR0", 0)], ids=["R1", "R2", "R0"]
)
def test_receipts_for_drills_decide_how_a_reversal_ends(simulator: Simulator, receipt: str, code: object) -> None:
    """By their last two characters."""
    _paid(simulator, receipt=receipt)
    _reversal(simulator, receipt)
    simulator.advance(3)

    assert [code] == [result["ResultCode"] for result in _results(simulator, "reversal")]


def test_a_lost_reversal_result_is_found_by_status(simulator: Simulator) -> None:
    """R3 moves the money and tells nobody; the payment itself still stands as completed."""
    _paid(simulator, receipt="UKTAAAAAR3")
    answer = _reversal(simulator, "UKTAAAAAR3").json()
    simulator.advance(3)
    _status(simulator, OriginalConversationID=answer["OriginatorConversationID"])
    simulator.advance(3)

    told = _parameters(_results(simulator, "status")[0])
    assert ([], "Completed", "Transaction Reversal") == (
        _results(simulator, "reversal"),
        told["TransactionStatus"],
        told["ReasonType"],
    )


def test_the_spelling_of_safaricom_is_asked_for(simulator: Simulator) -> None:
    """`RecieverIdentifierType` spelt correctly is unknown."""
    answer = _reversal(simulator, _paid(simulator), RecieverIdentifierType=None, ReceiverIdentifierType="11")

    assert "Bad Request - Invalid RecieverIdentifierType" == answer.json()["errorMessage"]


def test_status_does_not_know_what_never_was(simulator: Simulator) -> None:
    """An unknown receipt is told as a result with a code."""
    _status(simulator, TransactionID="UKTN0THERE")
    simulator.advance(3)

    assert ["R000002"] == [result["ResultCode"] for result in _results(simulator, "status")]


def test_balance_is_one_line_of_accounts(simulator: Simulator) -> None:
    """Names, currency, four figures each."""
    body = {
        "Initiator": "testapi",
        "SecurityCredential": _credential(simulator),
        "CommandID": "AccountBalance",
        "PartyA": "600998",
        "IdentifierType": "4",
        "Remarks": "daily",
        **_addresses(simulator, "balance"),
    }
    simulator.post("/mpesa/accountbalance/v1/query", body)
    simulator.advance(3)

    accounts = _parameters(_results(simulator, "balance")[0])["AccountBalance"].split("&")
    assert [
        "Utility Account|KES|25000.00|25000.00|0.00|0.00",
        "Working Account|KES|20000.00|20000.00|0.00|0.00",
        "Charges Paid Account|KES|0.00|0.00|0.00|0.00",
    ] == accounts


def test_a_business_pays_another_from_its_working_account(simulator: Simulator) -> None:
    """One receipt, out of the one's books and into the other's."""
    body = {
        "Initiator": "testapi",
        "SecurityCredential": _credential(simulator),
        "CommandID": "BusinessPayBill",
        "SenderIdentifierType": "4",
        "RecieverIdentifierType": "4",
        "Amount": "1500",
        "PartyA": "600998",
        "PartyB": "600000",
        "AccountReference": "ACC-77",
        "Remarks": "Supplier",
        **_addresses(simulator, "b2b"),
    }
    simulator.post("/mpesa/b2b/v1/paymentrequest", body)
    simulator.advance(3)

    balances = simulator.control("GET", "books")["balances"]
    assert [0] == [result["ResultCode"] for result in _results(simulator, "b2b")]
    assert (18_500, 26_500) == (balances["600998"]["working"], balances["600000"]["utility"])


def test_pull_gives_what_customers_paid_page_by_page(simulator: Simulator) -> None:
    """A list in a list; nothing beyond the last row, and nothing of money that went out."""
    registration = {
        "ShortCode": "174379",
        "RequestType": "Pull",
        "NominatedNumber": "0722000111",
        "CallBackURL": f"{simulator.inbox_address}/pull",
    }
    registered = [simulator.post("/pulltransactions/v1/register", registration).json() for _ in range(2)]
    receipt = _paid(simulator)
    _payout(simulator)
    simulator.advance(3)
    pages = [_pull(simulator, offset) for offset in (0, 1)]

    assert ["1000", "1001"] == [one["ResponseStatus"] for one in registered]
    assert [[receipt], []] == [[row["transactionId"] for row in page["Response"][0]] for page in pages]


def _pull(simulator: Simulator, offset: int) -> dict[str, Any]:
    now = dt.datetime.fromisoformat(simulator.control("GET", "clock")["now"]).astimezone(NAIROBI)
    start, end = (f"{now + dt.timedelta(hours=hours):%Y-%m-%d %H:%M:%S}" for hours in (-1, 1))
    asked = {"ShortCode": "174379", "StartDate": start, "EndDate": end, "OffSetValue": offset}
    found: dict[str, Any] = simulator.post("/pulltransactions/v1/query", asked).json()
    return found


def test_a_statement_adds_up(simulator: Simulator) -> None:
    """Opening and what came in less what went out is closing; each row carries the balance after it."""
    _paid(simulator)
    _payout(simulator)
    simulator.advance(3)
    file = simulator.http.get("/control/api/statement", params={"shortcode": "174379"})
    lines = list(csv.reader(io.StringIO(file.text)))
    rows = [dict(zip(lines[6], line, strict=True)) for line in lines[7:]]

    opening, closing = float(lines[5][1]), float(lines[5][3])
    moved = [float(row["Paid In"] or 0) + float(row["Withdrawn"] or 0) for row in rows]
    assert (opening + sum(moved), [25_000.0, 25_250.0]) == (closing, [float(row["Balance"]) for row in rows])


def test_fees_stand_in_the_account_of_charges(simulator: Simulator) -> None:
    """Under the receipt of the payout that they were paid for."""
    _payout(simulator)
    simulator.advance(3)
    asked = {"shortcode": "174379", "account": "charges paid"}
    lines = list(csv.reader(io.StringIO(simulator.http.get("/control/api/statement", params=asked).text)))

    assert (_transfers(simulator)[0]["receipt"], "-5.00") == (lines[7][0], lines[7][6])


def test_a_picture_is_made_at_once(simulator: Simulator) -> None:
    """A PNG in base64."""
    body = {"MerchantName": "Shop", "RefNo": "INV1", "Amount": 250, "TrxCode": "PB", "CPI": "174379", "Size": "300"}
    answer = simulator.post("/mpesa/qrcode/v1/generate", body).json()

    assert b"\x89PNG" == base64.b64decode(answer["QRCode"])[:4]


def test_a_reversal_on_the_portal_is_told_to_nobody(simulator: Simulator) -> None:
    """Only status and statement show it."""
    receipt = _paid(simulator)
    simulator.control("POST", f"books/receipts/{receipt}/reverse", {})
    simulator.advance(5)

    assert [receipt] == [one["linked"] for one in _transfers(simulator)]
    assert [] == [one for one in simulator.received if "reversal" in one.path]


def test_a_payout_on_the_portal_reaches_the_phone_and_is_told_to_nobody(simulator: Simulator) -> None:
    """It stands in the statement, and costs what a payout costs."""
    order = {"shortcode": "174379", "phone": PAYEE, "amount": 700}
    entry = simulator.control("POST", "books/payouts", order)
    simulator.advance(5)
    file = simulator.http.get("/control/api/statement", params={"shortcode": "174379"}).text

    assert ("by_hand", "out", 5, PAYEE) == (entry["kind"], entry["direction"], entry["fee"], entry["payer"])
    assert f"Completed,,-700.00,24300.00,true,Business Payment to Customer,{PAYEE}" in file
    assert entry["receipt"] in simulator.control("GET", f"phones/{PAYEE}")["sms"][-1]["text"]
    assert [] == simulator.received


def test_no_more_is_paid_out_on_the_portal_than_is_there(simulator: Simulator) -> None:
    order = {"shortcode": "174379", "phone": PAYEE}
    answers = [
        simulator.http.post("/control/api/books/payouts", json=order | {"amount": amount}) for amount in (25_001, 9, -5)
    ]

    assert [409] * 3 == [one.status_code for one in answers]
    assert "M-PESA does not move it: The balance is insufficient for the transaction." == answers[0].json()["error"]
    assert [] == simulator.control("GET", "books")["entries"]
