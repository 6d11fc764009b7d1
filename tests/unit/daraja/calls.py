"""One push, one query and what Safaricom answers to them, for the tests of the client."""

import json

from daraja.answers import PushAccepted, QueryAnswer
from daraja.client import DarajaClient
from daraja.requests import StkPushRequest, StkQueryRequest, stk_parties, stk_push, stk_query
from tests.unit.daraja.peer import Answering, peer

TOKEN = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v"
PHONE = "254711000111"
CHECKOUT_ID = "ws_CO_15032026101531204711000111"
PAYBILL = stk_parties("paybill", "174379")
ACCEPTED = json.dumps(
    {
        "MerchantRequestID": "7c1a-1",
        "CheckoutRequestID": CHECKOUT_ID,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }
)
SPIKE = (
    '{"fault":{"faultstring":"Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, '
    'periodInMicroseconds=60000000, maxBurstMessageCount=1.0}","detail":{"errorcode":'
    '"policies.ratelimit.SpikeArrestViolation"}}}'
)
ENVELOPE = (
    '{"Envelope":{"Body":{"Fault":{"faultcode":"soap:Server","faultstring":"Execution of ServiceCallout failed",'
    '"detail":{"source":{"errorcode":"steps.servicecallout.ExecutionFailed"}}}}}}'
)
INCAPSULA = "<html><body>Request unsuccessful. Incapsula incident ID: 1-2</body></html>"


def a_push() -> StkPushRequest:
    return stk_push(
        PAYBILL,
        passkey="passkey-of-the-test",
        now_ms=1_773_558_930_000,
        amount_kes=250,
        phone=PHONE,
        callback_url="https://pay.example.co.ke/in/stk/9f2c",
        account_reference="INV1042",
        description="Order 1042",
    )


def a_query() -> StkQueryRequest:
    return stk_query(PAYBILL, passkey="passkey-of-the-test", now_ms=0, checkout_request_id=CHECKOUT_ID)


def client_of(base_url: str, read_s: float = 10) -> DarajaClient:
    return DarajaClient(
        base_url, connect_s=10, connect_token_s=10, read_push_s=read_s, read_query_s=read_s, read_token_s=read_s
    )


def pushed(answering: Answering, read_s: float = 10) -> PushAccepted:
    with peer(answering) as told:
        return client_of(told.base_url, read_s).push(TOKEN, a_push())


def asked(answering: Answering, read_s: float = 10) -> QueryAnswer:
    with peer(answering) as told:
        return client_of(told.base_url, read_s).query(TOKEN, a_query())


def refusal(code: str, text: str) -> str:
    return json.dumps({"requestId": "4f1c-4a7d", "errorCode": code, "errorMessage": text})
