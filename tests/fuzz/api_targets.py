"""Gateways to try: the handlers in memory, for the quick run, and a local world over HTTP, for the long one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from random import Random
from typing import Any

import httpx
import schemathesis

from gateway import security
from gateway.domain.shop import ApiKey, Shortcode
from gateway.web.sdk.files import VERSION
from tests.fuzz.api_callers import Credentials
from tests.fuzz.api_run import Target, some_phone
from tests.fuzz.api_values import Known
from tests.load.machine_time import share_now
from tests.unit.intake_world import CALLBACK_ENVIRONMENT
from tests.unit.web import c2b_sample, questions_sample, reconciliation_sample
from tests.unit.web.shop import (
    HOST,
    ORIGIN,
    OTHER_SECRET,
    PUBLISHABLE,
    READER,
    SECRET,
    Context,
    Gateway,
    event_of,
    function_of,
)

MONEY_BY_HAND = 24
OTHERS_PAYBILL = Shortcode(number="600999", kind="paybill", name="Other Shop")
"""Not the shop's own: money that waits at a shared Paybill may be either's."""

FREE = 0.8
"""Of the processors: with less, a call may last beyond its function's time."""

SCRIPTS = ("client.js", "mpesa-checkout.js")
"""What shops' own pages load; no page of ours names it."""

Start = Callable[[str, list[tuple[str, str]]], Any]


class MemoryApi:
    """The handlers behind WSGI, as API Gateway puts them behind HTTP."""

    def __init__(self) -> None:
        self.gateway = Gateway(environment=dict(CALLBACK_ENVIRONMENT))

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """One call."""
        headers = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers |= {"host": HOST, "x-forwarded-proto": "http", "accept-encoding": "identity"}
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        query = environ.get("QUERY_STRING", "")
        address = path.replace("?", "%3F") + ("?" + query if query else "")
        event = event_of(environ["REQUEST_METHOD"], address, body or None, headers)
        event["rawPath"], event["rawQueryString"] = path, query
        with self.gateway.inside(function_of(event["routeKey"])) as app:
            answer = app.handler(event, Context())
        return _answered(answer, start)


def _answered(answer: dict[str, Any], start: Start) -> Iterable[bytes]:
    raw = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    start(f"{answer['statusCode']} {HTTPStatus(answer['statusCode']).phrase}", list(answer["headers"].items()))
    return [raw]


def in_memory(seed: int = 1) -> Target:
    """The handlers of a gateway with two shops."""
    api = MemoryApi()
    document = api.gateway.call("GET", "/openapi.json", secret=None).json
    keys = Credentials(SECRET, OTHER_SECRET, PUBLISHABLE, READER)
    every_scope = frozenset(
        told["x-scope"] for entries in document["paths"].values() for told in entries.values() if "x-scope" in told
    )
    for secret, name, owner in ((SECRET, "key_shop", "shop"), (OTHER_SECRET, "key_other", "other")):
        key = ApiKey(id=name, owner=owner, livemode=False, publishable=False, scopes=every_scope)
        api.gateway.world.store.keys[security.secret_hash(secret)] = key
    other = api.gateway.world.store.settings["other"]
    api.gateway.world.store.settings["other"] = replace(other, shortcodes=(OTHERS_PAYBILL,))
    target = _target(
        document, keys, seed, lambda config: schemathesis.openapi.from_wsgi("/openapi.json", api, config=config), ORIGIN
    )
    _store_more(api.gateway)
    for number in range(8):
        made = api.gateway.pay(f"seed-{number}", **({"phone": some_phone(target.chance)} if number % 2 else {}))
        target.known.learn("/v1/payments", {}, made.body.encode(), "application/json")
    for day in (reconciliation_sample.DAY, reconciliation_sample.CLOSED_DAY):
        read = api.gateway.call("GET", f"/v1/reconciliation/days/{day}")
        target.known.learn("/v1/reconciliation/days/{day}", {}, read.body.encode(), "application/json")
    target.known.learn_statement(reconciliation_sample.STATEMENT)
    for address in _pages_with_forms(target):
        page = api.gateway.call("GET", address, secret=None)
        target.known.learn("/pay/{code}", {}, page.body.encode(), "text/html")
    return target


def _store_more(gateway: Gateway) -> None:
    """What comes from M-PESA and not through the API: money by hand, answers about codes, lists of days."""
    stored = gateway.world.store
    stored.settings["shop"] = replace(stored.settings["shop"], payout_shortcode="174379")
    c2b_sample.store(gateway)
    questions_sample.store(gateway)
    reconciliation_sample.store(gateway)


def over_http(run: dict[str, Any], reader: str, seed: int) -> Target:
    """A local world that runs. run: its run.json."""
    base = str(run["gateway"])
    document = httpx.get(f"{base}/openapi.json").json()
    keys = Credentials(run["secret_key"], run["other_secret_key"], run["publishable_key"], reader)

    def load(config: schemathesis.Config) -> Any:
        schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=config)
        schema.config.update(base_url=base)
        return schema

    target = _target(document, keys, seed, load, str(run["outside"]))
    target.is_busy = lambda: share_now() < FREE
    headers = {"Authorization": f"Bearer {keys.secret}"}
    for number in range(16):
        asked = {"amount": 100 + number, **({"phone": some_phone(target.chance)} if number % 2 else {})}
        sent = {**headers, "Idempotency-Key": f"fuzz-seed-{seed}-{number}"}
        made = httpx.post(f"{base}/v1/payments", json=asked, headers=sent, timeout=60)
        target.known.learn("/v1/payments", {}, made.content, "application/json")
    _pay_by_hand(str(run["outside"]))
    target.known.learn_statement(_send_statement(base, str(run["outside"]), headers))
    for address in _pages_with_forms(target):
        page = httpx.get(base + address, timeout=60)
        target.known.learn("/pay/{code}", {}, page.content, "text/html")
    return target


def _pay_by_hand(outside: str) -> None:
    """Money at the Paybill under references that nobody has, so that it waits for a person."""
    for number in range(MONEY_BY_HAND):
        phone = f"254710{number:06d}"
        told = {"shortcode": "174379", "account": f"NOBODY{number:03d}", "amount": 200 + number}
        for path, body in (("phones", {"number": phone, "balance": 90_000}), (f"phones/{phone}/pay", told)):
            httpx.post(f"{outside}/control/api/{path}", json=body, timeout=60).raise_for_status()


def _send_statement(base: str, outside: str, headers: dict[str, str]) -> str:
    """A statement whose file was sent and not read."""
    made = httpx.post(f"{base}/v1/reconciliation/statements", headers=headers, timeout=60).raise_for_status().json()
    file = httpx.get(f"{outside}/control/api/statement", params={"shortcode": "174379"}, timeout=60)
    httpx.put(made["upload"]["url"], content=file.content, timeout=60).raise_for_status()
    return str(made["id"])


def _pages_with_forms(target: Target) -> list[str]:
    """Pages of payments that are not paid, as they ask for a number and for a code."""
    codes = [thing["code"] for thing in target.known.things if thing.get("at") == "/pay/"]
    return [f"/pay/{code}?way={way}" for code in codes for way in ("number", "claim")]


def _target(
    document: dict[str, Any], keys: Credentials, seed: int, load: Callable[[schemathesis.Config], Any], origin: str
) -> Target:
    chance = Random(seed)
    known = Known(tuple(document["paths"]), chance)
    known.things += [{"at": "/sdk/", "version": VERSION, "file": name} for name in SCRIPTS]
    return Target(load, document, keys, known, chance, origin)


__all__ = ["in_memory", "over_http"]
