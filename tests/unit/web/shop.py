"""A gateway with two shops in memory, called through the very handlers; each answer is held against the OpenAPI."""

from __future__ import annotations

import base64
import importlib.util
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

from gateway import security
from gateway.domain.facts import CallbackReceived
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from gateway.web.auth import client_token_of
from gateway.web.routes import ROUTES, Api
from tests.environment import variables
from tests.memory_store import KEYS, START_MS, MemoryAmbient, MemoryWorld
from tests.openapi_check import check_answer

TOP = Path(__file__).resolve().parents[3]
SECRET = "sk_test_local_corner_shop_0001"
OTHER_SECRET = "sk_test_local_other_shop_00001"
READER = "sk_test_local_reader_000000001"
REVOKED = "sk_test_local_revoked_00000001"
PUBLISHABLE = "pk_test_local_corner_shop_0001"
OTHER_PUBLISHABLE = "pk_test_local_other_shop_00001"
ALL = frozenset(
    {
        "refunds:write",
        "payments:read",
        "payments:write",
        "c2b:read",
        "c2b:write",
        "balance:read",
        "events:read",
        "webhooks:write",
        "reconciliation:read",
        "reconciliation:run",
        "reconciliation:close",
    }
)
ORIGIN = "https://shop.example"
HOST = "localhost:7070"
ENVIRONMENT = {
    "POWERTOOLS_METRICS_NAMESPACE": "MpesaGateway",
    "POWERTOOLS_SERVICE_NAME": "test",
    "TABLE_NAME": "payments",
    "CALLBACK_BASE_URL": "http://localhost:7072",
    "SHOP_BASE_URL": f"http://{HOST}",
    "GATEWAY_VERSION": "test",
    "LIVEMODE": "false",
    "EQUAL_AMOUNT_PAUSE_S": "0",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a handler answered."""

    status: int
    headers: Mapping[str, str]
    body: str
    cookies: tuple[str, ...] = ()
    """Whole Set-Cookie lines."""

    @property
    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


class CountingAmbient(MemoryAmbient):
    """Chance that never gives two threads the same."""

    lock = threading.Lock()

    def draw(self, size: int, /) -> bytes:
        """The next number."""
        with self.lock:
            return super().draw(size)


class HandlerWorld(MemoryWorld):
    """The world in memory, as handlers get theirs."""

    def __init__(self) -> None:
        super().__init__(ambient=CountingAmbient())

    def begin(self, context: Any) -> HandlerWorld:
        """A new invocation."""
        return self


@dataclass
class Context:
    """What handlers read of Lambda's context."""

    aws_request_id: str = "5b0c7a56-2d5f-4a8c-9b43-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        """Time left."""
        return 28_000


@dataclass
class Gateway:
    """Both shops' gateway."""

    world: HandlerWorld = field(default_factory=HandlerWorld)
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    def __post_init__(self) -> None:
        """Store settings and keys of two shops."""
        store = self.world.store
        paybill = Shortcode(number="174379", kind="paybill", name="Corner Shop")
        till = Shortcode(number="4000001", kind="till", name="Corner Shop Till", store_number="4000000")
        store.settings["shop"] = ShopSettings(
            owner="shop", name="Corner Shop", shortcodes=(paybill, till), origins=(ORIGIN, "http://localhost:7071")
        )
        store.settings["other"] = ShopSettings(owner="other", name="Other Shop", shortcodes=(paybill,))
        self._key(SECRET, ApiKey(id="key_shop", owner="shop", livemode=False, publishable=False, scopes=ALL))
        self._key(OTHER_SECRET, ApiKey(id="key_other", owner="other", livemode=False, publishable=False, scopes=ALL))
        reader = frozenset({"payments:read"})
        self._key(READER, ApiKey(id="key_reader", owner="shop", livemode=False, publishable=False, scopes=reader))
        for secret, owner in ((PUBLISHABLE, "shop"), (OTHER_PUBLISHABLE, "other")):
            self._key(secret, ApiKey(id=f"key_pk_{owner}", owner=owner, livemode=False, publishable=True))
        revoked = ApiKey(id="key_old", owner="shop", livemode=False, publishable=False, scopes=ALL, revoked=True)
        self._key(REVOKED, revoked)

    def _key(self, secret: str, key: ApiKey) -> None:
        self.world.store.keys[security.secret_hash(secret)] = key

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        secret: str | None = SECRET,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call a route as API Gateway would. body: a value for JSON, or bytes as they are."""
        all_headers = {"host": HOST, "x-forwarded-proto": "http", **(headers or {})}
        if secret is not None:
            all_headers.setdefault("authorization", f"Bearer {secret}")
        return self.replay(event_of(method, path, body, all_headers))

    def pay(self, key: str = "order-1042", **fields: Any) -> Answered:
        """`POST /v1/payments`; amount 1500 unless said otherwise."""
        return self.call("POST", "/v1/payments", {"amount": 1500, **fields}, headers={"idempotency-key": key})

    def replay(self, event: Mapping[str, Any], function: str | None = None) -> Answered:
        """Hand an event to the function whose route it names, and check the answer against the OpenAPI."""
        name = function or function_of(event["routeKey"])
        with self.inside(name) as app:
            answer = app.handler(event, Context())
        body = answer["body"]
        text = base64.b64decode(body).decode() if answer["isBase64Encoded"] else body
        http = event["requestContext"]["http"]
        if answer["headers"].get("Content-Encoding") is None:
            check_answer(http["method"], event["rawPath"], answer["statusCode"], answer["headers"], text)
        return Answered(answer["statusCode"], answer["headers"], text, tuple(answer.get("cookies", ())))

    @contextmanager
    def inside(self, function: str) -> Iterator[ModuleType]:
        """A function's module, in this world and environment."""
        app = app_of(function)
        with patch.object(app, "world", lambda: self.world), variables(self.environment):
            yield app

    def token(self, payment_id: str) -> str:
        """A client token of a payment."""
        return client_token_of(KEYS, payment_id, START_MS + 86_400_000)

    def callback(self, payment_id: str, number: int = 1, code: str = "0", receipt: str | None = "SGL31QW9XY") -> None:
        """Safaricom's callback about an attempt, over the asked amount."""
        record = self.world.store.payments[payment_id]
        attempt = FlowSettings.state(record).attempts[number - 1]
        paid = code == "0"
        fact = CallbackReceived(
            number=number,
            result_code=code,
            checkout_request_id=attempt.checkout_request_id or "",
            merchant_request_id=attempt.merchant_request_id or "",
            amount_kes=attempt.amount_kes if paid else None,
            receipt=receipt if paid else None,
            completed_at_ms=self.world.ambient.at_ms if paid else None,
            from_safaricom=True,
            said_at_ms=self.world.ambient.at_ms,
            learned_at_ms=self.world.ambient.at_ms,
        )
        run(keep(payment_id, lambda _: (fact,), FlowSettings()), self.world)


def event_of(method: str, path: str, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    """A payload 2.0 event as API Gateway makes it for this call."""
    address, _, query = path.partition("?")
    route, parameters = route_of(method, address)
    raw = body if isinstance(body, bytes) else (b"" if body is None else json.dumps(body).encode())
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": address,
        "rawQueryString": query,
        "headers": {"content-length": str(len(raw)), **headers},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": headers.get("host", HOST),
            "http": {
                "method": method,
                "path": address,
                "protocol": "HTTP/1.1",
                "sourceIp": "41.90.12.34",
                "userAgent": headers.get("user-agent", "curl/8.5.0"),
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "02/Mar/2026:09:15:04 +0000",
            "timeEpoch": START_MS,
        },
        "isBase64Encoded": False,
    }
    if "cookie" in headers:  # API Gateway hands them on apart
        event["cookies"] = event["headers"].pop("cookie").split("; ")
    if parameters:
        event["pathParameters"] = parameters
    if query:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in parse_qs(query).items()}
    if raw:
        event |= _body(raw)
    return event


def _body(raw: bytes) -> dict[str, Any]:
    try:
        return {"body": raw.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}


def route_of(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The key of the route that takes this call, with its parameters; `$default` where none does. Greedy ones last."""
    parts = path.split("/")
    fitting = [
        (rank, key, found)
        for rank, key, template in _templates(method)
        if (found := _parameters(template, parts)) is not None
    ]
    _, key, parameters = min(fitting, default=((False, 0), "$default", {}), key=lambda found: found[0])
    return key, parameters


@cache
def _templates(method: str) -> list[tuple[tuple[bool, int], str, list[str]]]:
    """The shop's routes of a method: greedy or not and how many parameters, key, parts of the path."""
    return [
        ((route.path.endswith("+}"), route.path.count("{")), route.key, route.path.split("/"))
        for route in ROUTES
        if route.api is Api.SHOP and route.method == method
    ]


def _parameters(ours: list[str], theirs: list[str]) -> dict[str, str] | None:
    if ours[-1] == "{proxy+}":
        theirs = [*theirs[: len(ours) - 1], "/".join(theirs[len(ours) - 1 :])]
    if len(ours) != len(theirs):
        return None
    pairs = list(zip(ours, theirs, strict=True))
    fits = all(bool(their) if our.startswith("{") else our == their for our, their in pairs)
    return {our.strip("{}+"): their for our, their in pairs if our.startswith("{")} if fits else None


def function_of(route_key: str) -> str:
    """The function behind a route."""
    return next((route.function for route in ROUTES if route.key == route_key), "admin_api")


@cache
def app_of(function: str) -> ModuleType:
    """A function's module, loaded as Lambda does."""
    path = TOP / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"app_of_{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
