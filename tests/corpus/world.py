"""The deployed handlers on a world in memory, in which the payments of Safaricom's own samples are waiting.

`pushed`: 250 shillings at the paybill 174379, reference INV1042, prompt on 254711000111 with the sample's ids.
`typed`: 100 shillings at the paybill 600111, reference INV1042, to be paid by hand.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Mapping
from copy import copy
from functools import cache
from itertools import groupby
from typing import Any
from unittest.mock import patch

import httpx

from daraja.client import DarajaClient
from gateway import security
from gateway.aws.daraja_port import DarajaPort
from gateway.aws.queues import MESSAGE_BYTES_MAX
from gateway.domain.balances import Balance
from gateway.domain.facts import Fact
from gateway.domain.identity import hex_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.requests_sent import RequestName
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.settings import FlowSettings
from gateway.observability import masked
from gateway.ports import Credentials, PushAnswer, QueueUnavailable
from tests.corpus.reading import body_of
from tests.environment import variables
from tests.memory_store import KEYS, MemoryQueues
from tests.unit.intake_world import CALLBACK_ENVIRONMENT, SAFARICOM, IntakeWorld
from tests.unit.web.shop import SECRET, Context, Gateway, app_of, event_of

AT_MS = 1_773_558_930_000
"""2026-03-15 10:15:30 in Nairobi, the moment of the samples."""

PHONE = "254711000111"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
TOKEN = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v"
CHECKOUT_ID, MERCHANT_ID = "ws_CO_15032026101531204711000111", "7c1a-4f0e-8d2b-1c9e7a5b3d4f100200"
ELSEWHERE = "203.0.113.9"
CANARIES = (PHONE, PHONE[3:], PASSKEY, TOKEN, "AMINA", "WANJIKU", "OTIENO")
"""Nothing of this may stand in an answer to Safaricom, or in a log line."""

STK, C2B = "POST /in/stk/{payment}/{number}/{tag}", "POST /in/c2b/{shortcode}/{tag}/"
RESULT = "POST /in/result/{call}/{subject}/{number}/{asked}/{tag}"
BALANCE = RequestName(call="balance", subject_id=f"bal_{'b' * 32}", number=0, asked_at_s=AT_MS // 1_000)
TOKEN_ANSWER = {"status": 200, "raw": b'{"access_token":"aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v","expires_in":"3599"}'}
PUSH_ANSWER = {
    "status": 200,
    "raw": b'{"MerchantRequestID":"7c1a-4f0e-8d2b-1c9e7a5b3d4f100201","ResponseCode":"0",'
    b'"CheckoutRequestID":"ws_CO_15032026101551204722000222","ResponseDescription":"Success"}',
}
NOT_FINISHED = {
    "status": 500,
    "raw": b'{"requestId":"1","errorCode":"500.001.1001","errorMessage":"The transaction is being processed"}',
}
NETWORK: dict[str, type[httpx.RequestError]] = {
    "refused": httpx.ConnectError,
    "no_connection_in_time": httpx.ConnectTimeout,
    "silence": httpx.ReadTimeout,
    "cut": httpx.ReadError,
    "no_http": httpx.RemoteProtocolError,
}
SPELT: dict[str, Callable[[str], str]] = {"CAPITALS": lambda payment: hex_of(payment).upper(), "pay_": str}
"""Spellings of the payment's own id in an address."""

PATHS = {
    "/oauth/v1/generate": "token",
    "/mpesa/stkpush/v1/processrequest": "push",
    "/mpesa/stkpushquery/v1/query": "query",
}


class Safaricom(httpx.BaseTransport):
    """Answers each of the three calls with its replies in order; the last one again and again."""

    def __init__(self) -> None:
        self.replies: dict[str, deque[Mapping[str, Any]]] = {
            "token": deque([TOKEN_ANSWER]),
            "push": deque([PUSH_ANSWER]),
        }
        self.called: list[str] = []

    def say(self, call: str, *replies: Mapping[str, Any]) -> None:
        """What to answer."""
        self.replies[call] = deque(replies)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call."""
        call = PATHS[request.url.path]
        self.called.append(call)
        replies = self.replies[call]
        reply = replies.popleft() if len(replies) > 1 else replies[0]
        if "network" in reply:
            raise NETWORK[reply["network"]]("the network", request=request)
        return httpx.Response(reply["status"], headers=dict(reply.get("headers", {})), stream=_Body(reply["raw"]))

    @property
    def calls(self) -> str:
        """What was called, in order; repeats as one with a plus."""
        runs = [(name, len(list(run))) for name, run in groupby(self.called)]
        return " ".join(name if count == 1 else f"{name}+" for name, count in runs)


class _Body(httpx.SyncByteStream):
    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def __iter__(self) -> Any:
        yield self._raw


@cache
def _first_payments() -> tuple[PaymentRecord, PaymentRecord, Any]:
    """Both payments and what else their making left in the store, made once through the handlers."""
    gateway = Gateway()
    world = gateway.world
    world.ambient.at_ms = AT_MS
    codes = (
        Shortcode(number="174379", kind="paybill", name="Corner Shop"),
        Shortcode(number="600111", kind="paybill", name="Corner Shop"),
        Shortcode(number="5000002", kind="till", name="Corner Shop Till", store_number="4000001"),
    )
    world.store.settings["shop"] = ShopSettings(owner="shop", name="Corner Shop", shortcodes=codes)
    world.secrets.credentials = Credentials("consumer-key", "consumer-secret", dict.fromkeys(_NUMBERS, PASSKEY))
    world.daraja.push_answers.append(PushAnswer(CHECKOUT_ID, MERCHANT_ID))
    pushed = gateway.pay("pushed", amount=250, phone=PHONE, account_reference="INV1042", shortcode="174379").json["id"]
    typed = gateway.pay("typed", amount=100, account_reference="INV1042", shortcode="600111").json["id"]
    return world.store.payments[pushed], world.store.payments[typed], world


_NUMBERS = ("174379", "600111", "4000001")


class NarrowQueues(MemoryQueues):
    """Queues that take no larger message than SQS does."""

    def send_retry(self, message: str, delay_s: int = 0, /) -> None:
        """Wait, if it is small enough."""
        if len(message.encode()) > MESSAGE_BYTES_MAX:
            raise QueueUnavailable("too large")
        super().send_retry(message, delay_s)


class CorpusWorld:
    """One world for one case."""

    def __init__(self) -> None:
        self.pushed, self.typed, before = _first_payments()
        self.world = IntakeWorld()
        self.world.ambient.at_ms = AT_MS + 20_000
        self.world.secrets = copy(before.secrets)
        self.world.queues = NarrowQueues()
        for name in ("payments", "summaries", "guards", "settings", "keys"):
            setattr(self.world.store, name, dict(getattr(before.store, name)))
        self.safaricom = Safaricom()
        asked = Balance(id=BALANCE.subject_id, owner="shop", shortcode="174379", asked_at_ms=AT_MS)
        self.world.balances.all[asked.id] = asked
        client = DarajaClient("http://sandbox.safaricom.co.ke", transport=self.safaricom)
        self.world.daraja = DarajaPort(client, self.world.ambient.now_ms)  # type: ignore[assignment]  # the real one
        self.answers: list[Any] = []
        self.asked: dict[str, Any] = {}

    def forget_token(self) -> None:
        """As a process that has just begun, in a stack that never had a token."""
        self.world.secrets.shared = self.world.secrets.own = None

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function's handler; what it answers is looked through for what may not leave."""
        app = app_of(function)
        with patch.object(app, "world", lambda: self.world), variables(CALLBACK_ENVIRONMENT):
            answer = app.handler(dict(event), Context())
        self.answers.append(answer)
        return answer

    def tag(self, kind: str) -> str:
        """A tag for the address of `pushed`, attempt 1: one of these kinds, or a text as it stands."""
        key = KEYS.tags[0]
        right = security.stk_tag(key, self.pushed.id, 1)
        known = {
            "right": right,
            "zeros": "0" * 32,
            "none": "",
            "capitals": right.upper(),
            "short": right[:-1],
            "of_attempt_2": security.stk_tag(key, self.pushed.id, 2),
            "of_typed": security.stk_tag(key, self.typed.id, 1),
            "of_c2b": security.c2b_tag(KEYS.c2b_tags[0], "174379"),
        }
        return known.get(kind, kind)

    def deliver(
        self,
        at: str,
        body: bytes,
        *,
        tag: str = "right",
        source: str = "safaricom",
        changes: Mapping[str, Any] | None = None,
    ) -> Any:
        """POST a body to an address: `stk`, `balance`, or `confirmation` or `validation` with a shortcode behind it.

        changes: fields of the event that replace those that API Gateway makes. At `queue` the body is a message.
        """
        kind, _, shortcode = at.partition(" ")
        if kind == "queue":
            record = {"messageId": "1", "body": body.decode(), "eventSource": "aws:sqs"}
            return self.invoke("callback_intake", {"Records": [record]})
        if kind == "balance":
            call, subject, number, asked = BALANCE.in_url.split("/")
            parameters = {"call": call, "subject": subject, "number": number, "asked": asked}
            parameters["tag"] = security.result_tag(KEYS.tags[0], BALANCE)
            route, function = RESULT, "callback_intake"
        elif kind == "stk":
            parameters = {"payment": hex_of(self.pushed.id), "number": "1", "tag": self.tag(tag)}
            route, function = STK, "callback_intake"
        else:
            right = security.c2b_tag(KEYS.c2b_tags[0], shortcode)
            parameters = {"shortcode": shortcode, "tag": right if tag == "right" else self.tag(tag)}
            route, function = C2B + kind, "c2b_intake"
        event = delivery_event(route, parameters, body, source)
        return self.invoke(
            function, event | {name: self._changed(event, name, value) for name, value in (changes or {}).items()}
        )

    def _changed(self, event: Mapping[str, Any], name: str, value: Any) -> Any:
        """A field of the event after a case's change: headers and path parameters are merged."""
        if name not in ("headers", "pathParameters") or value is None:
            return value
        changed = {**event[name], **value}
        if changed.get("payment") in SPELT:
            changed["payment"] = SPELT[changed["payment"]](self.pushed.id)
        if changed.get("tag") == "right_of_the_payment":
            changed["tag"] = security.stk_tag(KEYS.tags[0], f"pay_{changed['payment']}", 1)
        return changed

    def ask_for_payment(self) -> None:
        """A shop asks for 250 shillings, with a prompt at once."""
        status, self.asked = told(self.invoke("stk_initiation", push_event("corpus")))
        assert 201 == status, self.asked

    def attempt(self) -> str:
        """What became of the prompt asked for: "prompted", "unknown", "refused, phone_busy"."""
        attempt = self.asked["attempts"][0]
        return ", ".join([attempt["status"], *([attempt["failure"]["code"]] if attempt["failure"] else [])])

    def step(self, message: Mapping[str, Any]) -> None:
        """One message of a story; `at: query` is the minute sweep, whose question gets this answer."""
        self.world.ambient.at_ms += message.get("wait", 0) * 1_000
        if message["at"] == "query":
            self.safaricom.say("query", {**message, "raw": body_of(message)}, NOT_FINISHED)
            self.invoke("status_sweep", {"source": "aws.events"})
            return
        for _ in range(message.get("times", 1)):
            self.deliver(
                message["at"],
                body_of(message),
                tag=message.get("tag", "right"),
                source=message.get("from", "safaricom"),
            )

    def after(self) -> dict[str, Any]:
        """What is left, as cases name it; what is as before is left out."""
        store = self.world.store
        found = {
            "pushed": self.shown(self.pushed.id, "pending"),
            "typed": self.shown(self.typed.id, "open"),
            "facts": ", ".join(self._kinds()),
            "apart": ", ".join(sorted(key.split("#")[0] for key in store.orphans)),
            "queued": len(self.world.queues.retries),
            "unmatched": ", ".join(sorted(record.receipt for record in store.receipts.values() if not record.owner)),
            "accounts": ", ".join(f"{one.name} {one.available}" for one in self._balance.accounts),
            "refused": self._balance.failure,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def _balance(self) -> Balance:
        return self.world.balances.all[BALANCE.subject_id]

    def shown(self, payment_id: str, usual: str) -> str:
        """A payment's status, credits and flags, like "paid, UCF4AB12CD 250, late_success"; "" if it is as usual."""
        state = FlowSettings.of(self.world.settings).state(self.world.store.payments[payment_id])
        credits = [f"{credit.receipt or 'receipt unknown'} {credit.amount_kes}" for credit in state.credits]
        text = ", ".join([str(state.status), *credits, *sorted(str(flag) for flag in state.flags)])
        return "" if text == usual else text

    def new_facts(self) -> list[Fact]:
        """Facts of both payments that were not there at first."""
        before = {**self.pushed.facts, **self.typed.facts}
        records = (self.world.store.payments[one.id] for one in (self.pushed, self.typed))
        return [fact for record in records for name, fact in record.facts.items() if name not in before]

    def _kinds(self) -> list[str]:
        runs = [(kind, len(list(run))) for kind, run in groupby(sorted(fact.KIND for fact in self.new_facts()))]
        return [kind if count == 1 else f"{count} {kind}" for kind, count in runs]

    def credits_of(self, payment_id: str) -> list[tuple[str, int]]:
        """Receipt ("" while it is unknown) and amount of each credit."""
        state = FlowSettings.of(self.world.settings).state(self.world.store.payments[payment_id])
        return [(credit.receipt or "", credit.amount_kes) for credit in state.credits]

    def drain(self) -> list[Any]:
        """Hand over what waits in the retry queue: what comes again."""
        waiting, self.world.queues.retries = self.world.queues.retries, []
        records = [{"messageId": str(number), "body": text} for number, text in enumerate(waiting)]
        return list(self.invoke("callback_intake", {"Records": records})["batchItemFailures"])

    def asked_nobody(self) -> bool:
        """Neither table nor queue was asked for anything."""
        return not any(call.startswith(("Store.", "Queues.")) for call in self.world.boundaries)

    def leaks(self) -> list[str]:
        """Personal data and secrets in what was answered or reported."""
        reports = [(name, masked(fields)) for name, fields in self.world.ambient.reports]
        said = json.dumps([self.answers, reports], default=str, ensure_ascii=False)
        return [canary for canary in CANARIES if canary in said]


def delivery_event(route: str, parameters: Mapping[str, str], body: bytes, source: str) -> dict[str, Any]:
    """A POST to the callback API as API Gateway tells it (payload 2.0)."""
    method, path = route.split()
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    event = event_of(method, path, body or None, {"host": "localhost:7072", "content-type": "application/json"})
    event |= {"routeKey": route, "pathParameters": dict(parameters)}
    event["requestContext"]["routeKey"] = route
    event["requestContext"]["http"]["sourceIp"] = SAFARICOM if source == "safaricom" else ELSEWHERE
    return event


def told(answer: Mapping[str, Any]) -> Any:
    """Status and body of an HTTP answer; a batch's answer as it is."""
    if "statusCode" not in answer:
        return answer
    body = base64.b64decode(answer["body"]).decode() if answer["isBase64Encoded"] else answer["body"]
    return answer["statusCode"], json.loads(body)


def push_event(key: str, phone: str = "0722000222") -> dict[str, Any]:
    """A shop asks for 250 shillings."""
    body = {"amount": 250, "phone": phone, "account_reference": "INV1043", "shortcode": "174379"}
    headers = {"authorization": f"Bearer {SECRET}", "idempotency-key": key, "host": "localhost:7070"}
    return event_of("POST", "/v1/payments", body, headers)
