"""The gateway to try in the quick run: the handlers in memory. And what it has in common with the other one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from random import Random
from typing import Any

import schemathesis

from gateway import security
from gateway.domain.shop import ApiKey, Shortcode
from gateway.web.sdk.files import VERSION
from tests.fuzz.api_callers import Credentials
from tests.fuzz.api_run import Target, some_phone
from tests.fuzz.api_values import Known
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

OTHERS_PAYBILL = Shortcode(number="600999", kind="paybill", name="Other Shop")
"""Not the shop's own: money that waits at a shared Paybill may be either's."""

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
    api.gateway.world.store.settings["other"] = replace(other, shortcodes=(OTHERS_PAYBILL,), origins=(ORIGIN,))
    target = target_of(
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
    for address in pages_with_forms(target):
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


def pages_with_forms(target: Target) -> list[str]:
    """Pages of payments that are not paid, as they ask for a number and for a code."""
    codes = [thing["code"] for thing in target.known.things if thing.get("at") == "/pay/"]
    return [f"/pay/{code}?way={way}" for code in codes for way in ("number", "claim")]


def target_of(
    document: dict[str, Any], keys: Credentials, seed: int, load: Callable[[schemathesis.Config], Any], origin: str
) -> Target:
    """A gateway of which nothing is known yet but its description. origin: where the shop's own pages are."""
    chance = Random(seed)
    known = Known(tuple(document["paths"]), chance)
    known.things += [{"at": "/sdk/", "version": VERSION, "file": name} for name in SCRIPTS]
    return Target(load, document, keys, known, chance, origin)
