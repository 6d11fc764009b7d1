"""One ordinary call of each function, and what it finds in AWS: the same for every program that runs a handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.stub_cloud import StubCloud
from gateway import security
from gateway.aws import items
from gateway.aws.values import Item
from gateway.domain.identity import hex_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.ports import Indexed
from tests.gateway_samples import AT_MS, accepted, begun, record

PREFIX = "/mpesa-gateway/bench"
SHARDS = 4
SOURCE = "196.201.214.200"
SECRET = "sk_test_" + "b" * 32
KEY_HEX = {name: f"{number:02x}" * 32 for number, name in enumerate(("tags", "c2b_tags", "id", "phone"), 1)}
CLIENT_TOKEN_HEX, CURSOR_HEX = "05" * 32, "06" * 32
TAG_KEY, C2B_TAG_KEY = bytes.fromhex(KEY_HEX["tags"]), bytes.fromhex(KEY_HEX["c2b_tags"])
SHORTCODE = Shortcode(number="174379", kind="paybill", name="CORNER SHOP")
FAR_AWAY_MS = 4_102_444_800_000
"""The end of 2099: what must not run out while programs run."""


def waiting_payment() -> PaymentRecord:
    """A prompt that waits for its callback."""
    payment = security.payment_id(bytes.fromhex(KEY_HEX["id"]), "shop", "api", "order-1042")
    return record(id=payment, facts=[begun(), accepted()], expires_at_ms=FAR_AWAY_MS, order="order-1042")


def cloud() -> StubCloud:
    """A shop with its settings and key, one payment that waits, keys, credentials, and a token that still holds."""
    shop = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(SHORTCODE,))
    scopes = frozenset({"payments:read", "payments:write", "payouts:read"})
    key = ApiKey(id="key_1", owner="shop", livemode=False, publishable=False, scopes=scopes)
    stored: list[Item] = [
        payment_item(),
        items.packed(items.settings_to_values(shop)),
        items.packed(items.key_to_values(key, security.secret_hash(SECRET), created_at_ms=AT_MS, last4="bbbb")),
        items.packed({"pk": items.TOKEN_LEASE_PK, "holder": "c1", "until": 0, "generation": 1, "version": 1}),
    ]
    keys = {
        "tags": [KEY_HEX["tags"]],
        "c2b_tags": [KEY_HEX["c2b_tags"]],
        "id": KEY_HEX["id"],
        "phone": KEY_HEX["phone"],
    }
    token = {"value": "t" * 28, "generation": 1, "obtained_at_ms": AT_MS, "expires_at_ms": FAR_AWAY_MS}
    credentials = {"consumer_key": "key", "consumer_secret": "secret", "passkeys": {SHORTCODE.number: "passkey"}}
    secrets: dict[str, Any] = {
        "keys": keys | {"client_token": CLIENT_TOKEN_HEX, "cursor": CURSOR_HEX},
        "credentials": credentials,
        "token": token,
    }
    parameters = {f"{PREFIX}/{name}": json.dumps(value) for name, value in secrets.items()}
    return StubCloud({item["pk"]["S"]: item for item in stored}, parameters)


def payment_item() -> Item:
    """The waiting payment as it lies in the table."""
    waiting = waiting_payment()
    indexed = Indexed(due_at_ms=AT_MS + 25_000, summary={"status": "pending", "flags": [], "received_kes": 0})
    return items.packed(items.payment_to_values(replace(waiting, version=2), indexed, SHARDS))


def environment(function: str, address: str) -> dict[str, str]:
    """A function's environment; AWS and Safaricom are both at `address`."""
    return {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": address,
        "DARAJA_BASE_URL": address,
        "CALLBACK_BASE_URL": "https://pay.example",
        "SHOP_BASE_URL": "https://shop.example",
        "TABLE_NAME": "payments",
        "RETRY_QUEUE_URL": f"{address}/1/retry",
        "CHECKS_QUEUE_URL": f"{address}/1/checks.fifo",
        "EVENT_BUS_NAME": "bus",
        "AUDIT_BUCKET": "audit-log",
        "PARAMETER_PREFIX": PREFIX,
        "SOURCE_ADDRESSES": SOURCE,
        "DUE_SHARDS": str(SHARDS),
        "GATEWAY_VERSION": "bench",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "MpesaGateway",
        "POWERTOOLS_SERVICE_NAME": function,
    }


def http_event(route: str, path: Mapping[str, str], body: Any = None, **headers: str) -> dict[str, Any]:
    """An HTTP API event, payload 2.0. path: the parameters. Names of headers: with underscores."""
    method, _, pattern = route.partition(" ")
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": pattern.format(**path),
        "rawQueryString": "",
        "pathParameters": dict(path),
        "headers": {
            "content-type": "application/json",
            "host": "pay.example",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "requestContext": {"requestId": "bench", "http": {"method": method, "sourceIp": SOURCE}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def stk_callback() -> dict[str, Any]:
    """Safaricom says that the waiting payment was paid."""
    waiting = waiting_payment()
    tag = security.stk_tag(TAG_KEY, waiting.id, 1)
    said = {
        "MerchantRequestID": accepted().merchant_request_id,
        "CheckoutRequestID": accepted().checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {
            "Item": [
                {"Name": "Amount", "Value": 100.00},
                {"Name": "MpesaReceiptNumber", "Value": "SGL31QW9XY"},
                {"Name": "Balance"},
                {"Name": "TransactionDate", "Value": 20260302121516},
                {"Name": "PhoneNumber", "Value": 254712345678},
            ]
        },
    }
    path = {"payment": hex_of(waiting.id), "number": "1", "tag": tag}
    return http_event("POST /in/stk/{payment}/{number}/{tag}", path, {"Body": {"stkCallback": said}})


def c2b_confirmation() -> dict[str, Any]:
    """Somebody paid by hand, and nobody knows yet for what."""
    body = {
        "TransactionType": "Pay Bill",
        "TransID": "SGL41QW9XZ",
        "TransTime": "20260302121516",
        "TransAmount": "100.00",
        "BusinessShortCode": SHORTCODE.number,
        "BillRefNumber": "INV1042",
        "InvoiceNumber": "",
        "OrgAccountBalance": "25100.00",
        "ThirdPartyTransID": "",
        "MSISDN": "2547 ***** 126",
        "FirstName": "AMINA",
    }
    path = {"shortcode": SHORTCODE.number, "tag": security.c2b_tag(C2B_TAG_KEY, SHORTCODE.number)}
    return http_event("POST /in/c2b/{shortcode}/{tag}/confirmation", path, body)


def _new_payment() -> dict[str, Any]:
    body = {"amount": 100, "phone": "0712345678", "account_reference": "INV1043", "order": "order-1043"}
    return http_event("POST /v1/payments", {}, body, authorization=f"Bearer {SECRET}", idempotency_key="order-1043")


def _read_payment() -> dict[str, Any]:
    path = {"payment": waiting_payment().id}
    return http_event("GET /v1/payments/{payment}", path, authorization=f"Bearer {SECRET}")


def _page() -> dict[str, Any]:
    code = security.page_code(bytes.fromhex(CLIENT_TOKEN_HEX), waiting_payment().id)
    return http_event("GET /pay/{code}", {"code": code})


def _stream() -> dict[str, Any]:
    after = payment_item()
    change = {
        "Keys": {"pk": after["pk"]},
        "NewImage": after,
        "SequenceNumber": "1",
        "ApproximateCreationDateTime": AT_MS / 1000,
    }
    told = {"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}
    return {"Records": [told], "shardId": "shardId-00000001772438400000-0123abcd", "state": {}}


def _webhook() -> dict[str, Any]:
    """A try for an endpoint that has been deleted meanwhile: nothing is sent anywhere."""
    wanted = {
        "v": 1,
        "what": "try",
        "delivery": "dlv_" + "a" * 32,
        "owner": "shop",
        "endpoint": "whe_" + "4" * 32,
        "event_id": "evt_" + "1" * 32,
        "event_type": "payment.paid",
        "subject": waiting_payment().id,
        "emitted_at_ms": AT_MS,
        "lane": "whe_" + "4" * 32 + ".1",
        "number": 1,
        "forced": False,
        "due_at_ms": 0,
    }
    return {"Records": [{"messageId": "1", "body": json.dumps(wanted), "eventSource": "aws:sqs", "attributes": {}}]}


@dataclass(frozen=True, slots=True)
class FirstCall:
    """event: what the function is called with. ends: whether an answer shows that its work was done."""

    event: Callable[[], dict[str, Any]]
    ends: Callable[[Any], bool]


def _status(code: int) -> Callable[[Any], bool]:
    return lambda answer: bool(answer["statusCode"] == code)


FIRST_CALLS: dict[str, FirstCall] = {
    "callback_intake": FirstCall(stk_callback, _status(200)),
    "c2b_intake": FirstCall(c2b_confirmation, _status(200)),
    "stk_initiation": FirstCall(_new_payment, _status(201)),
    "status_sweep": FirstCall(lambda: {"source": "aws.events"}, lambda answer: answer["due"] == 0),
    "payments_api": FirstCall(_read_payment, _status(200)),
    "checkout": FirstCall(_page, _status(200)),
    "publish_events": FirstCall(_stream, lambda answer: answer["batchItemFailures"] == []),
    "audit_log": FirstCall(_stream, lambda answer: answer["batchItemFailures"] == []),
    "webhook_delivery": FirstCall(_webhook, lambda answer: answer == {"batchItemFailures": []}),
    "money_out": FirstCall(lambda: http_event("GET /v1/payouts", {}, authorization=f"Bearer {SECRET}"), _status(200)),
    "reconciliation": FirstCall(lambda: {"source": "aws.events"}, lambda answer: answer["failed"] == 0),
    "console": FirstCall(lambda: http_event("GET /console", {}), _status(303)),
    "admin_api": FirstCall(lambda: http_event("GET /health", {}), _status(200)),
}
