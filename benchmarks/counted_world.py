"""A warm gateway on a counted table: the store over DynamoDB (moto, in this process), all else in memory.

The shop and the payer come in by the endpoints of the API, as in the functions; Safaricom is the simulation's. The
process remembers the access token, the shop's settings and its key, as a function does that is called often.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from moto import mock_aws

from benchmarks.meter import Meter
from gateway import security
from gateway.aws import items
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.days import DynamoDays
from gateway.aws.feed import DynamoFeed
from gateway.aws.key_uses import DynamoKeyUses
from gateway.aws.received import DynamoReceived
from gateway.aws.repairs import DynamoRepairs
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.aws.values import Item
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.flows.messages import Delivery
from gateway.flows.publish import Change, PaymentChange, ReceiptChange
from gateway.flows.publish_batch import Streamed, publish_batch
from gateway.flows.repair import repair
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import check_payment, sweep
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import Call, Credentials, Flow, T, run
from gateway.settings import Settings
from gateway.web import prompting, reading
from gateway.web.auth import client_token_of
from gateway.web.serving import serve
from tests.dynamo_table import TABLE, create_table
from tests.memory_store import KEYS, MemoryAmbient, MemoryBus, MemoryQueues, MemorySecrets
from tests.memory_webhooks import MemoryWebhooks
from tests.simulation.safaricom import FROM_SAFARICOM, Payer, Push, Safaricom

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

START_MS = 1_772_442_900_000
"""2026-03-02 12:15:00 in Nairobi."""
MINUTE_MS, DAY_MS = 60_000, 86_400_000
SHORTCODE = Shortcode(number="174379", kind="paybill", name="CORNER SHOP")
SHOP = ShopSettings(owner="shop", name="Corner Shop", shortcodes=(SHORTCODE,))
SHARDS = 4
SECRET = "sk_test_" + "b" * 32
ENDPOINTS = {
    "POST /v1/payments": prompting.create_payment,
    "PUT /v1/payments/{payment}/attempts/{number}": prompting.shop_attempt,
    "GET /v1/checkout/{payment}": reading.view_for_payer,
}
SCOPES = frozenset({"payments:write", "payments:read"})
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "CALLBACK_BASE_URL": "https://pay.example",
    "SHOP_BASE_URL": "https://shop.example",
    "SOURCE_ADDRESSES": FROM_SAFARICOM,
    "DUE_SHARDS": str(SHARDS),
}


class LongWinded(Safaricom):
    """Safaricom with ids and texts as long as they really are, since every byte of an item is paid for."""

    def _act(self, push: Push, payer: Payer) -> None:
        number = len(self.pushes)
        push.checkout_request_id = f"ws_CO_0203202612150412{number % 10}{push.phone[-9:]}"
        push.merchant_request_id = f"7071-4170-a0e5-8345632bad44214{number:04d}"
        super()._act(push, replace(payer, callback_changes=_as_told))


def _as_told(callback: dict[str, Any]) -> None:
    paid = callback["ResultCode"] == 0
    callback["ResultDesc"] = "The service request is processed successfully." if paid else "Request Cancelled by user."


class CountedWorld:
    """Performs calls. `meter` tells what was done in the table; the clock moves by `pass_time` and by waiting."""

    def __init__(self) -> None:
        self.meter, self._onlooker, counted = _table()
        self._store = DynamoStore(counted, SHARDS, lambda: self.ambient.at_ms)
        self._feed, self._days, self._repairs = DynamoFeed(counted), DynamoDays(counted), DynamoRepairs(counted)
        self.ambient = MemoryAmbient(at_ms=START_MS)
        self._received = DynamoReceived(counted, self.ambient.now_ms)
        self._key_uses = DynamoKeyUses(Table(self._onlooker, TABLE))  # one write a day and key, and so no payment's
        self.queues, self.bus = MemoryQueues(), MemoryBus()
        self.secrets = MemorySecrets(KEYS, Credentials("key", "secret", {SHORTCODE.number: "passkey"}))
        self.safaricom = LongWinded(self.ambient.now_ms, self._deliver_at)
        tag = security.c2b_tag(KEYS.c2b_tags[0], SHORTCODE.number)
        self.safaricom.c2b_path = f"/in/c2b/{SHORTCODE.number}/{tag}/confirmation"
        self._settings = Settings()
        self._flow_settings = FlowSettings.of(self._settings, calls_safaricom=True)
        self._agenda: list[tuple[int, str, bytes, str]] = []
        self.webhooks = MemoryWebhooks(self.ambient.now_ms)
        self._published: dict[str, Item] = {}
        self._sequence = self.batches = 0
        self._put(items.settings_to_values(SHOP))
        key = ApiKey(id="key_bench", owner=SHOP.owner, livemode=False, publishable=False, scopes=SCOPES)
        self._put(items.key_to_values(key, security.secret_hash(SECRET), created_at_ms=START_MS, last4="bbbb"))

    def perform(self, call: Call, /) -> Any:
        """Carry out one call."""
        adapters = {"Store": self._store, "Feed": self._feed, "Days": self._days, "Webhooks": self.webhooks}
        adapters |= {"Queues": self.queues, "Bus": self.bus, "Secrets": self.secrets, "Repairs": self._repairs}
        adapters |= {"Ambient": self.ambient, "Daraja": self.safaricom, "Received": self._received}
        adapters |= {"KeyUses": self._key_uses}
        return getattr(adapters[call.port], call.method)(*call.args)

    def _put(self, values: Mapping[str, Any]) -> None:
        self._onlooker.put_item(TableName=TABLE, Item=items.packed(values))

    # --- who comes in -----------------------------------------------------------------------------------------

    def shop_asks(self, order: str, phone: str, **fields: Any) -> dict[str, Any]:
        """`POST /v1/payments`: the payment as the API shows it. Raises AssertionError when it is refused."""
        wanted = {"amount": 1500, "phone": phone, "account_reference": "INV1042", "order": order, **fields}
        shown = self._http("POST", "/v1/payments", {}, SECRET, wanted, {"idempotency-key": order})
        self._publish()
        return shown

    def shop_tries_again(self, payment: str, number: int, phone: str) -> dict[str, Any]:
        """`PUT …/attempts/{number}`."""
        path = {"payment": payment, "number": str(number)}
        shown = self._http("PUT", "/v1/payments/{payment}/attempts/{number}", path, SECRET, {"phone": phone}, {})
        self._publish()
        return shown

    def payer_polls(self, payment: str) -> dict[str, Any]:
        """`GET /v1/checkout/{payment}`: one poll of a waiting page."""
        token = client_token_of(KEYS, payment, self.ambient.at_ms + 86_400_000)
        return self._http("GET", "/v1/checkout/{payment}", {"payment": payment}, token, None, {})

    def _http(
        self, method: str, route: str, path: dict[str, str], bearer: str, body: Any, headers: dict[str, str]
    ) -> dict[str, Any]:
        self.meter.doing = f"{method} {route}"
        event = {
            "routeKey": f"{method} {route}",
            "rawPath": route.format(**path),
            "pathParameters": path,
            "headers": {"authorization": f"Bearer {bearer}", "content-type": "application/json", **headers},
            "requestContext": {"requestId": "bench", "http": {"method": method, "sourceIp": "203.0.113.7"}},
            "body": None if body is None else json.dumps(body),
        }
        answer = serve(ENDPOINTS, event, lambda: self)
        assert answer["statusCode"] in (200, 201), answer["body"]
        shown: dict[str, Any] = json.loads(answer["body"])
        return shown

    # --- time and what comes with it ------------------------------------------------------------------------------

    def pass_time(self, milliseconds: int, *, sweeps: bool = False) -> None:
        """Deliveries at their time, then the stream and the queue of checks; with `sweeps` one each full minute."""
        end_ms = self.ambient.at_ms + milliseconds
        while self.ambient.at_ms < end_ms:
            next_minute_ms = (self.ambient.at_ms // MINUTE_MS + 1) * MINUTE_MS
            moments = [at_ms for at_ms, *_ in self._agenda] + [end_ms] + [next_minute_ms] * sweeps
            self.ambient.at_ms = max(self.ambient.at_ms, min(moments))
            self._deliver_what_is_there()
            if sweeps and self.ambient.at_ms % MINUTE_MS == 0:
                self._run("sweep", sweep(self._flow_settings))
            self._settle()

    def pass_nights(self, nights: int) -> None:
        """What the repair looks at, night for night."""
        for _ in range(nights):
            self.ambient.at_ms += DAY_MS
            self._run("repair", repair(lambda record, _: {"id": record.id}))

    def _deliver_at(self, at_ms: int, path: str, body: bytes, source: str) -> None:
        self._agenda.append((at_ms, path, body, source))

    def _deliver_what_is_there(self) -> None:
        arriving = sorted(entry for entry in self._agenda if entry[0] <= self.ambient.at_ms)
        self._agenda = [entry for entry in self._agenda if entry[0] > self.ambient.at_ms]
        for _, path, body, source in arriving:
            delivery = _delivery(path, body, source, self.ambient.at_ms)
            take = take_stk_callback if delivery.kind == "stk" else take_c2b_confirmation
            self._run(f"POST {delivery.kind}", take(delivery, self._settings, self._flow_settings))

    def _settle(self) -> None:
        for payment, _ in list(self.queues.checks):
            self._run("check", check_payment(payment, self._flow_settings, asked_for=True))
        self.queues.checks.clear()
        self._publish()

    def _run(self, doing: str, flow: Flow[T]) -> T:
        self.meter.doing = doing
        return run(flow, self)

    def _publish(self) -> None:
        """What changed since the last time, as a batch of the stream."""
        records = []
        for found in self._onlooker.scan(TableName=TABLE, ConsistentRead=True)["Items"]:
            image: Item = dict(found)
            key = image["pk"]["S"]
            if self._published.get(key) != image:
                self._sequence += 1
                change = _change(self._published.get(key), image)
                records.append(Streamed(str(self._sequence), partial(_as_it_is, change)))
                self._published[key] = image
        if any(record.read() is not None for record in records):
            again = self._run("publish", publish_batch(records, "shardId-1", lambda record, _: {"id": record.id}))
            assert again == ""
            self.batches += 1


def _change(before: Item | None, after: Item) -> Change | None:
    """Of a payment or a receipt; None: the stream's filter lets nothing else through."""
    key = after["pk"]["S"]
    if key.startswith(items.PAYMENT):
        was = items.payment_from_item(before) if before else None
        return PaymentChange(was, items.payment_from_item(after))
    if key.startswith(items.RECEIPT):
        owned = items.receipt_from_item(before) if before else None
        return ReceiptChange(owned, items.receipt_from_item(after))
    return None


def _as_it_is(change: Change | None) -> Change | None:
    return change


def _delivery(path: str, body: bytes, source: str, at_ms: int) -> Delivery:
    """What arrives at /in/stk/{payment}/{number}/{tag} or /in/c2b/{shortcode}/{tag}/confirmation."""
    _, api, target, *rest = path.strip("/").split("/")
    number, tag = (int(rest[0]), rest[1]) if api == "stk" else (0, rest[0])
    return Delivery(
        kind="stk" if api == "stk" else "c2b_confirmation",
        target=target,
        number=number,
        tag=tag,
        source_address=source,
        body=body,
        learned_at_ms=at_ms,
    )


def _table() -> tuple[Meter, DynamoDBClient, Table]:
    """A meter, a client that nobody counts, and the table that is counted."""
    watched, onlooker = table_client(ELSEWHERE.table), table_client(ELSEWHERE.table)
    create_table(onlooker)
    return Meter(watched, onlooker, TABLE), onlooker, Table(watched, TABLE)


@contextmanager
def counted_world() -> Iterator[CountedWorld]:
    """A world on an empty table of its own."""
    with mock.patch.dict(os.environ, ENVIRONMENT), mock_aws():
        yield CountedWorld()
