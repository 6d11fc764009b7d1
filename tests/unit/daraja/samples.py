"""One right request of each kind, for the tests of requests and client."""

from typing import Any

from daraja.requests.bills import (
    Bill,
    BillCancelRequest,
    BillChangeRequest,
    BillItem,
    BillOptInChangeRequest,
    BillOptInRequest,
    BillReceiptRequest,
    BillRequest,
    BillsCancelRequest,
    BillsChangeRequest,
    BillsRequest,
)
from daraja.requests.business import BusinessPaymentRequest, TaxRequest, UssdPushRequest
from daraja.requests.c2b import C2bRegisterRequest, C2bRegisterV1Request, C2bSimulateRequest
from daraja.requests.fields import Request
from daraja.requests.look_ups import ImsiRequest, OrganisationRequest, SimSwapRequest
from daraja.requests.payouts import B2cRequest, B2cV1Request, HakikishaRequest, PochiRequest
from daraja.requests.pull import PullQueryRequest, PullRegisterRequest
from daraja.requests.qr import QrRequest
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from daraja.requests.reversals import ReversalRequest
from daraja.requests.standing_orders import StandingOrderRequest

PHONE, CREDENTIAL, APP_KEY = "254711000111", "U2VjcmV0Q3JlZGVudGlhbA==", "AG_1234_secret"
HOOK = "https://pay.example.co.ke"

OPERATOR: dict[str, Any] = {
    "initiator": "apiop1",
    "security_credential": CREDENTIAL,
    "result_url": f"{HOOK}/r/tagtag",
    "queue_timeout_url": f"{HOOK}/t/tagtag",
    "remarks": "Refund INV1042",
}
ON_WIRE = {
    "SecurityCredential": CREDENTIAL,
    "ResultURL": f"{HOOK}/r/tagtag",
    "QueueTimeOutURL": f"{HOOK}/t/tagtag",
    "Remarks": "Refund INV1042",
}
PAYOUT: dict[str, Any] = OPERATOR | {"shortcode": "600222", "phone": PHONE, "amount_kes": 250, "occasion": "INV1042"}
PAYOUT_ON_WIRE = ON_WIRE | {
    "InitiatorName": "apiop1",
    "Amount": "250",
    "PartyA": "600222",
    "PartyB": PHONE,
    "Occassion": "INV1042",
}
ADDRESSES: dict[str, Any] = {
    "shortcode": "600111",
    "confirmation_url": f"{HOOK}/c2b/a1/confirmation",
    "validation_url": f"{HOOK}/c2b/a1/validation",
}
ADDRESSES_ON_WIRE = {
    "ShortCode": "600111",
    "ResponseType": "Completed",
    "ConfirmationURL": f"{HOOK}/c2b/a1/confirmation",
    "ValidationURL": f"{HOOK}/c2b/a1/validation",
}
BILL = Bill(
    external_reference="INV1042",
    full_name="Amina Otieno",
    phone="0711000111",
    period="March 2026",
    name="Order",
    due_date="2026-03-31",
    account_reference="A4",
    amount_kes=800,
    items=(BillItem(name="Food", amount_kes=800),),
)
BILL_ON_WIRE = {
    "externalReference": "INV1042",
    "billedFullName": "Amina Otieno",
    "billedPhoneNumber": "0711000111",
    "billedPeriod": "March 2026",
    "invoiceName": "Order",
    "dueDate": "2026-03-31",
    "accountReference": "A4",
    "amount": "800",
    "invoiceItems": [{"itemName": "Food", "amount": "800"}],
}
OPT_IN: dict[str, Any] = {
    "shortcode": "600111",
    "email": "shop@example.co.ke",
    "official_contact": "0711000111",
    "sends_reminders": True,
    "callback_url": f"{HOOK}/bill/tagtag",
}
OPT_IN_ON_WIRE = {
    "shortcode": "600111",
    "email": "shop@example.co.ke",
    "officialContact": "0711000111",
    "sendReminders": "1",
    "callbackurl": f"{HOOK}/bill/tagtag",
}

SAMPLES: list[tuple[type[Request], dict[str, Any], str, object]] = [
    (
        B2cRequest,
        PAYOUT | {"originator_conversation_id": "0f1e2d3c4b5a697881"},
        "/mpesa/b2c/v3/paymentrequest",
        PAYOUT_ON_WIRE | {"CommandID": "BusinessPayment", "OriginatorConversationID": "0f1e2d3c4b5a697881"},
    ),
    (
        B2cV1Request,
        PAYOUT | {"command": "SalaryPayment"},
        "/mpesa/b2c/v1/paymentrequest",
        PAYOUT_ON_WIRE | {"CommandID": "SalaryPayment"},
    ),
    (
        PochiRequest,
        PAYOUT | {"originator_conversation_id": "0f1e2d3c4b5a697881"},
        "/mpesa/b2pochi/v1/paymentrequest",
        PAYOUT_ON_WIRE | {"CommandID": "BusinessPayToPochi", "OriginatorConversationID": "0f1e2d3c4b5a697881"},
    ),
    (
        HakikishaRequest,
        {"request_id": "0f1e2d3c", "timestamp": "20260315101530", "phone": PHONE, "shortcode": "600222"},
        "/mpesa/b2c/hakikisha/v1/hakikisha",
        {
            "header": {"requestID": "0f1e2d3c", "timestamp": "20260315101530"},
            "body": {"msisdn": PHONE, "shortcode": "600222"},
        },
    ),
    (
        BusinessPaymentRequest,
        OPERATOR
        | {
            "command": "BusinessPayBill",
            "shortcode": "600111",
            "receiver": "600333",
            "amount_kes": 1500,
            "account_reference": "ACC-77",
            "requester": PHONE,
            "occasion": "March",
        },
        "/mpesa/b2b/v1/paymentrequest",
        ON_WIRE
        | {
            "Initiator": "apiop1",
            "CommandID": "BusinessPayBill",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": "1500",
            "PartyA": "600111",
            "PartyB": "600333",
            "AccountReference": "ACC-77",
            "Requester": PHONE,
            "Occassion": "March",
        },
    ),
    (
        TaxRequest,
        OPERATOR | {"shortcode": "600111", "amount_kes": 1500, "prn": "353353"},
        "/mpesa/b2b/v1/remittax",
        ON_WIRE
        | {
            "Initiator": "apiop1",
            "CommandID": "PayTaxToKRA",
            "SenderIdentifierType": "4",
            "RecieverIdentifierType": "4",
            "Amount": "1500",
            "PartyA": "600111",
            "PartyB": "572572",
            "AccountReference": "353353",
        },
    ),
    (
        UssdPushRequest,
        {
            "payer": "000001",
            "receiver": "000002",
            "amount_kes": 100,
            "reference": "INV77",
            "callback_url": f"{HOOK}/ux/tagtag",
            "partner_name": "Example Vendor",
            "request_id": "550e8400-e29b-41d4-a716-446655440000",
        },
        "/v1/ussdpush/get-msisdn",
        {
            "primaryShortCode": "000001",
            "receiverShortCode": "000002",
            "amount": "100",
            "paymentRef": "INV77",
            "callbackUrl": f"{HOOK}/ux/tagtag",
            "partnerName": "Example Vendor",
            "RequestRefID": "550e8400-e29b-41d4-a716-446655440000",
        },
    ),
    (
        ReversalRequest,
        OPERATOR | {"receipt": "UCF4AB12CD", "amount_kes": 250, "shortcode": "600111"},
        "/mpesa/reversal/v1/request",
        ON_WIRE
        | {
            "Initiator": "apiop1",
            "CommandID": "TransactionReversal",
            "TransactionID": "UCF4AB12CD",
            "Amount": "250",
            "ReceiverParty": "600111",
            "RecieverIdentifierType": "11",
        },
    ),
    (
        TransactionStatusRequest,
        OPERATOR | {"receipt": "UCF4AB12CD", "party": "600111", "occasion": "check"},
        "/mpesa/transactionstatus/v1/query",
        ON_WIRE
        | {
            "Initiator": "apiop1",
            "CommandID": "TransactionStatusQuery",
            "TransactionID": "UCF4AB12CD",
            "PartyA": "600111",
            "IdentifierType": "4",
            "Occasion": "check",
        },
    ),
    (
        TransactionStatusRequest,
        OPERATOR | {"originator_conversation_id": "0f1e2d3c4b5a697881", "party": PHONE, "identifier_type": "1"},
        "/mpesa/transactionstatus/v1/query",
        ON_WIRE
        | {
            "Initiator": "apiop1",
            "CommandID": "TransactionStatusQuery",
            "OriginalConversationID": "0f1e2d3c4b5a697881",
            "PartyA": PHONE,
            "IdentifierType": "1",
        },
    ),
    (
        AccountBalanceRequest,
        OPERATOR | {"shortcode": "600111"},
        "/mpesa/accountbalance/v1/query",
        ON_WIRE | {"Initiator": "apiop1", "CommandID": "AccountBalance", "PartyA": "600111", "IdentifierType": "4"},
    ),
    (C2bRegisterRequest, ADDRESSES, "/mpesa/c2b/v2/registerurl", ADDRESSES_ON_WIRE),
    (
        C2bRegisterV1Request,
        ADDRESSES | {"response_type": "Cancelled", "production": True},
        "/mpesa/c2b/v1/registerurl",
        ADDRESSES_ON_WIRE | {"ResponseType": "Cancelled"},
    ),
    (
        C2bSimulateRequest,
        {"shortcode": "600111", "amount_kes": 100, "phone": PHONE, "reference": "INV1042"},
        "/mpesa/c2b/v2/simulate",
        {
            "ShortCode": "600111",
            "CommandID": "CustomerPayBillOnline",
            "Amount": 100,
            "Msisdn": 254711000111,
            "BillRefNumber": "INV1042",
        },
    ),
    (
        C2bSimulateRequest,
        {"shortcode": "600111", "amount_kes": 100, "phone": PHONE, "command": "CustomerBuyGoodsOnline"},
        "/mpesa/c2b/v2/simulate",
        {"ShortCode": "600111", "CommandID": "CustomerBuyGoodsOnline", "Amount": 100, "Msisdn": 254711000111},
    ),
    (
        PullRegisterRequest,
        {"shortcode": "600111", "nominated_number": "0711000111", "callback_url": f"{HOOK}/pull/tagtag"},
        "/pulltransactions/v1/register",
        {
            "ShortCode": "600111",
            "RequestType": "Pull",
            "NominatedNumber": "0711000111",
            "CallBackURL": f"{HOOK}/pull/tagtag",
        },
    ),
    (
        PullQueryRequest,
        {"shortcode": "600111", "from_ms": 1_773_550_800_000, "until_ms": 1_773_565_200_000, "offset": 100},
        "/pulltransactions/v1/query",
        {
            "ShortCode": "600111",
            "StartDate": "2026-03-15 08:00:00",
            "EndDate": "2026-03-15 12:00:00",
            "OffSetValue": 100,
        },
    ),
    (
        QrRequest,
        {
            "merchant_name": "Example Shop",
            "reference": "INV1042",
            "amount_kes": 250,
            "kind": "PB",
            "credit_party": "600111",
        },
        "/mpesa/qrcode/v1/generate",
        {
            "MerchantName": "Example Shop",
            "RefNo": "INV1042",
            "Amount": 250,
            "TrxCode": "PB",
            "CPI": "600111",
            "Size": "300",
        },
    ),
    (
        StandingOrderRequest,
        {
            "name": "Rent A4",
            "start_date": "20260401",
            "end_date": "20270331",
            "shortcode": "600111",
            "kind": "till",
            "amount_kes": 4500,
            "phone": PHONE,
            "callback_url": f"{HOOK}/so/tagtag",
            "account_reference": "A4",
            "description": "Rent",
            "frequency": "monthly",
        },
        "/standingorder/v1/createStandingOrderExternal",
        {
            "StandingOrderName": "Rent A4",
            "StartDate": "20260401",
            "EndDate": "20270331",
            "BusinessShortCode": "600111",
            "TransactionType": "Standing Order Customer Pay Marchant",
            "ReceiverPartyIdentifierType": "2",
            "Amount": "4500",
            "PartyA": PHONE,
            "CallBackURL": f"{HOOK}/so/tagtag",
            "AccountReference": "A4",
            "TransactionDesc": "Rent",
            "Frequency": "4",
        },
    ),
    (BillOptInRequest, OPT_IN, "/optin", OPT_IN_ON_WIRE),
    (
        BillOptInChangeRequest,
        OPT_IN | {"sends_reminders": False},
        "/change-optin-details",
        OPT_IN_ON_WIRE | {"sendReminders": "0"},
    ),
    (BillRequest, {"app_key": APP_KEY, "bill": BILL}, "/single-invoicing", BILL_ON_WIRE),
    (BillChangeRequest, {"app_key": APP_KEY, "bill": BILL}, "/change-invoice", BILL_ON_WIRE),
    (BillsRequest, {"app_key": APP_KEY, "bills": (BILL, BILL)}, "/bulk-invoicing", [BILL_ON_WIRE, BILL_ON_WIRE]),
    (BillsChangeRequest, {"app_key": APP_KEY, "bills": (BILL,)}, "/change-invoices", [BILL_ON_WIRE]),
    (
        BillCancelRequest,
        {"app_key": APP_KEY, "external_reference": "INV1042"},
        "/cancel-single-invoice",
        {"externalReference": "INV1042"},
    ),
    (
        BillsCancelRequest,
        {"app_key": APP_KEY, "external_references": ("INV1042", "INV1043")},
        "/cancel-bulk-invoices",
        [{"externalReference": "INV1042"}, {"externalReference": "INV1043"}],
    ),
    (
        BillReceiptRequest,
        {
            "app_key": APP_KEY,
            "paid_on": "2026-03-15",
            "amount_kes": 800,
            "account_reference": "A4",
            "receipt": "UCF4AB12CM",
            "phone": "0711000111",
            "full_name": "Amina Otieno",
            "invoice_name": "Order",
            "external_reference": "INV1042",
        },
        "/reconciliation",
        {
            "paymentDate": "2026-03-15",
            "paidAmount": "800",
            "accountReference": "A4",
            "transactionId": "UCF4AB12CM",
            "phoneNumber": "0711000111",
            "fullName": "Amina Otieno",
            "invoiceName": "Order",
            "externalReference": "INV1042",
        },
    ),
    (SimSwapRequest, {"phone": PHONE}, "/imsi/v2/checkATI", {"customerNumber": PHONE}),
    (ImsiRequest, {"phone": PHONE}, "/imsi/v1/checkATI", {"customerNumber": PHONE}),
    (
        OrganisationRequest,
        {"identifier": "600111"},
        "/sfcverify/v1/query/info",
        {"IdentifierType": "4", "Identifier": "600111"},
    ),
]
"""(kind, its fields, its path, what goes over the wire)"""


def sample(kind: type[Request]) -> Request:
    """The first right one of its kind."""
    return next(wanted.model_validate(fields) for wanted, fields, _, _ in SAMPLES if wanted is kind)
