"""No body makes the simulator stumble: each field of each endpoint with values of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local.daraja_simulator.endpoints import BILLS, ENDPOINTS, Endpoint
from tests.contract.conftest import Simulator

ADDRESS = "http://localhost:1/nowhere"
ODD: tuple[object, ...] = (None, [], {}, True, -1, 1.5, 10**40, "", "x" * 2000, "\ud800", "²", [1], [{}], "99999999")
OF_OPERATOR: dict[str, Any] = {
    "SecurityCredential": "AAAA",
    "Remarks": "OK",
    "ResultURL": ADDRESS,
    "QueueTimeOutURL": ADDRESS,
}
OF_BUSINESS = {**OF_OPERATOR, "Initiator": "testapi", "SenderIdentifierType": "4", "RecieverIdentifierType": "4"}
INVOICE: dict[str, Any] = {
    "externalReference": "INV1",
    "billedFullName": "Amina",
    "billedPhoneNumber": "0712345678",
    "billedPeriod": "March",
    "invoiceName": "Order",
    "dueDate": "2099-03-31",
    "accountReference": "A4",
    "amount": "8",
    "invoiceItems": [{"itemName": "Food", "amount": "8"}],
}
BODIES: dict[str, dict[str, Any]] = {
    "/mpesa/stkpush/v1/processrequest": {
        "BusinessShortCode": "174379",
        "Password": "x",
        "Timestamp": "20260315101530",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 250,
        "PartyA": "254700001032",
        "PartyB": "174379",
        "PhoneNumber": "254700001032",
        "CallBackURL": ADDRESS,
        "AccountReference": "INV",
        "TransactionDesc": "Order",
    },
    "/mpesa/stkpushquery/v1/query": {
        "BusinessShortCode": "174379",
        "Password": "x",
        "Timestamp": "20260315101530",
        "CheckoutRequestID": "ws_CO_1",
    },
    "/mpesa/c2b/v2/registerurl": {
        "ShortCode": "600998",
        "ResponseType": "Completed",
        "ConfirmationURL": ADDRESS,
        "ValidationURL": ADDRESS,
    },
    "/mpesa/c2b/v2/simulate": {
        "ShortCode": "600998",
        "CommandID": "CustomerPayBillOnline",
        "Amount": 1,
        "Msisdn": 254708374149,
        "BillRefNumber": "INV",
    },
    "/mpesa/b2c/v3/paymentrequest": {
        **OF_OPERATOR,
        "InitiatorName": "testapi",
        "OriginatorConversationID": "1",
        "CommandID": "BusinessPayment",
        "Amount": "10",
        "PartyA": "600998",
        "PartyB": "254712345678",
    },
    "/mpesa/b2c/hakikisha/v1/hakikisha": {
        "header": {"requestID": "1", "timestamp": "1"},
        "body": {"msisdn": "254712345678", "shortcode": "174379"},
    },
    "/mpesa/b2b/v1/paymentrequest": {
        **OF_BUSINESS,
        "CommandID": "BusinessPayBill",
        "Amount": "1",
        "PartyA": "600998",
        "PartyB": "600000",
        "AccountReference": "A",
    },
    "/mpesa/b2b/v1/remittax": {
        **OF_BUSINESS,
        "CommandID": "PayTaxToKRA",
        "Amount": "1",
        "PartyA": "600998",
        "PartyB": "572572",
        "AccountReference": "1",
    },
    "/mpesa/reversal/v1/request": {
        **OF_OPERATOR,
        "Initiator": "testapi",
        "CommandID": "TransactionReversal",
        "TransactionID": "X",
        "Amount": "10",
        "ReceiverParty": "600998",
        "RecieverIdentifierType": "11",
    },
    "/mpesa/transactionstatus/v1/query": {
        **OF_OPERATOR,
        "Initiator": "testapi",
        "CommandID": "TransactionStatusQuery",
        "TransactionID": "X",
        "OriginalConversationID": "",
        "PartyA": "600998",
        "IdentifierType": "4",
    },
    "/mpesa/accountbalance/v1/query": {
        **OF_OPERATOR,
        "Initiator": "testapi",
        "CommandID": "AccountBalance",
        "PartyA": "600998",
        "IdentifierType": "4",
    },
    "/mpesa/qrcode/v1/generate": {
        "MerchantName": "Shop",
        "RefNo": "INV",
        "Amount": 1,
        "TrxCode": "PB",
        "CPI": "174379",
        "Size": "30",
    },
    "/pulltransactions/v1/register": {
        "ShortCode": "174379",
        "RequestType": "Pull",
        "NominatedNumber": "0722000111",
        "CallBackURL": ADDRESS,
    },
    "/pulltransactions/v1/query": {
        "ShortCode": "174379",
        "StartDate": "2026-11-29 00:00:00",
        "EndDate": "2026-11-30 00:00:00",
        "OffSetValue": 0,
    },
    "/v1/ussdpush/get-msisdn": {
        "primaryShortCode": "5000002",
        "receiverShortCode": "174379",
        "amount": "1",
        "paymentRef": "0700004001",
        "callbackUrl": ADDRESS,
        "partnerName": "Vendor",
        "RequestRefID": "x",
    },
    "/standingorder/v1/createStandingOrderExternal": {
        "StandingOrderName": "Rent",
        "StartDate": "20990101",
        "EndDate": "20990201",
        "BusinessShortCode": "174379",
        "TransactionType": "Standing Order Customer Pay Bill",
        "ReceiverPartyIdentifierType": "4",
        "Amount": "1",
        "PartyA": "254700001032",
        "CallBackURL": ADDRESS,
        "AccountReference": "A",
        "TransactionDesc": "Rent",
        "Frequency": "4",
    },
    "/imsi/v2/checkATI": {"customerNumber": "254712345678"},
    "/imsi/v1/checkATI": {"customerNumber": "254712345678"},
    "/sfcverify/v1/query/info": {"IdentifierType": "4", "Identifier": "174379"},
    f"{BILLS}/optin": {
        "shortcode": "174379",
        "email": "a@b.co.ke",
        "officialContact": "0722000111",
        "sendReminders": "1",
        "callbackurl": ADDRESS,
    },
    f"{BILLS}/single-invoicing": INVOICE,
    f"{BILLS}/bulk-invoicing": INVOICE,
    f"{BILLS}/change-invoice": INVOICE,
    f"{BILLS}/cancel-bulk-invoices": {"externalReference": "INV1"},
    f"{BILLS}/reconciliation": {
        "paymentDate": "2027-03-15",
        "paidAmount": "3",
        "accountReference": "A4",
        "transactionId": "X",
        "phoneNumber": "0712345678",
        "fullName": "Amina",
        "invoiceName": "Order",
        "externalReference": "INV1",
    },
}


def odd_bodies(endpoint: Endpoint) -> Iterator[object]:
    """The right body with one field wrong, each in turn; and bodies that are nothing at all."""
    right = BODIES[endpoint.path]
    for name in right:
        for value in ODD:
            body = {**right, name: value}
            yield [body] if endpoint.takes_list else body
    yield from (None, [], {}, 1, "x", [[]], [None])


def test_each_odd_body_gets_an_answer_in_json(simulator: Simulator) -> None:
    """A refusal, mostly; never a fault of the simulator's own."""
    token = simulator.token()
    right = BODIES[f"{BILLS}/optin"]
    key = simulator.post(f"{BILLS}/optin", right, token).json()["app_key"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "appKey": key}

    stumbled = [
        (endpoint.path, json.dumps(body)[:200])
        for endpoint in ENDPOINTS
        for body in (odd_bodies(endpoint) if endpoint.path in BODIES else ())
        if "json"
        not in simulator.http.post(endpoint.path, content=json.dumps(body), headers=headers).headers["content-type"]
    ]

    assert [] == stumbled


def test_a_body_is_there_for_each_call() -> None:
    """A new endpoint is tried too."""
    assert {endpoint.call for endpoint in ENDPOINTS} == {one.call for one in ENDPOINTS if one.path in BODIES}
