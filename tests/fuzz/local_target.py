"""The gateway to try in the long run: a local world over HTTP, with everything in it that an operation may need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import schemathesis

from gateway.domain.days import day_of
from gateway.domain.policy import DAY_MS, SECOND_MS
from tests.end_to_end.local_world import NO_AUTHORITIES
from tests.fuzz.api_callers import Credentials
from tests.fuzz.api_run import Target, some_phone
from tests.fuzz.api_targets import pages_with_forms, target_of
from tests.load.machine_time import share_now

PAYBILL = "174379"
PAYMENTS, MONEY_BY_HAND = 16, 24
LISTED_AFTER_S = 12 * 60
"""By then M-PESA's list is closed for what was paid now."""

FREE = 0.8
"""Of the processors: with less, a call may last beyond its function's time."""

OTHERS_TILL = {"number": "5000002", "kind": "till", "name": "INKLESS CORNER SHOP", "store_number": "4000001"}
OTHER_SHOP = {"owner": "other-shop", "name": "Other Shop", "shortcodes": [OTHERS_TILL], "payout_shortcode": "600998"}
"""Without the Paybill that the first shop takes money by hand at: what waits at a shared one may be either's."""


@dataclass(frozen=True)
class Shop:
    """The first shop of a local world. gateway, outside: addresses."""

    gateway: str
    outside: str
    headers: Mapping[str, str]

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A call that must go well."""
        sent = {**self.headers, **headers}
        answer = httpx.post(self.gateway + path, json=body, headers=sent, timeout=60, verify=NO_AUTHORITIES)
        return answer.raise_for_status()

    def control(self, path: str, body: Any) -> Any:
        """Something happens outside of the gateway."""
        answer = httpx.post(f"{self.outside}/control/api/{path}", json=body, timeout=300, verify=NO_AUTHORITIES)
        return answer.raise_for_status().json()


def over_http(run: Mapping[str, Any], reader: str, seed: int) -> Target:
    """A local world that runs. run: its run.json. reader: a key that may read payments."""
    base = str(run["gateway"])
    _keep_the_paybill_to_one_shop(run["aws"], str(run["outside"]))
    document = httpx.get(f"{base}/openapi.json", verify=NO_AUTHORITIES).json()
    keys = Credentials(run["secret_key"], run["other_secret_key"], run["publishable_key"], reader)

    def load(config: schemathesis.Config) -> Any:
        schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=config)
        schema.config.update(base_url=base)
        return schema

    target = target_of(document, keys, seed, load, str(run["outside"]))
    target.is_busy = lambda: share_now() < FREE
    shop = Shop(base, str(run["outside"]), {"Authorization": f"Bearer {keys.secret}"})
    for number in range(PAYMENTS):
        asked = {"amount": 100 + number, **({"phone": some_phone(target.chance)} if number % 2 else {})}
        made = shop.post("/v1/payments", asked, **{"Idempotency-Key": f"fuzz-seed-{seed}-{number}"})
        target.known.learn("/v1/payments", {}, made.content, "application/json")
    _pay_by_hand(shop)
    _compare_days(shop, target)
    target.known.learn_statement(_send_statement(shop))
    for address in pages_with_forms(target):
        page = httpx.get(base + address, timeout=60, verify=NO_AUTHORITIES)
        target.known.learn("/pay/{code}", {}, page.content, "text/html")
    return target


def _keep_the_paybill_to_one_shop(aws: Mapping[str, str], origin: str) -> None:
    """As an operator does it. aws: how its table is reached. origin: of the shop's pages."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws["endpoint"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TABLE_NAME": aws["table"],
        "PARAMETER_PREFIX": aws["prefix"],
    }
    command = [sys.executable, "-m", "cli", "settings", "put", "-"]
    settings = json.dumps({**OTHER_SHOP, "origins": [origin]})
    subprocess.run(command, input=settings, env=environment, text=True, check=True, capture_output=True)


def _pay_by_hand(shop: Shop) -> None:
    """Money at the Paybill under references that nobody has, so that it waits for a person."""
    for number in range(MONEY_BY_HAND):
        phone = f"254710{number:06d}"
        told = {"shortcode": PAYBILL, "account": f"NOBODY{number:03d}", "amount": 200 + number}
        shop.control("phones", {"number": phone, "balance": 90_000})
        shop.control(f"phones/{phone}/pay", told)


def _compare_days(shop: Shop, target: Target) -> None:
    """The day of this money, whose differences wait for a word; the day before, closed; the one before that, open."""
    listed = datetime.fromisoformat(shop.control("clock", {"advance_s": LISTED_AFTER_S})["now"])
    paid_ms = (int(listed.timestamp()) - LISTED_AFTER_S) * SECOND_MS
    today, yesterday, before = (day_of(paid_ms - ago * DAY_MS) for ago in range(3))
    for day in (today, yesterday, before):
        shop.post("/v1/reconciliation/runs", {"day": day})
    over = {"note": "Before there was anything", "accept_incomplete": True}
    shop.post(f"/v1/reconciliation/days/{yesterday}/close", over)
    for day in (today, yesterday, before):
        address = f"{shop.gateway}/v1/reconciliation/days/{day}"
        read = httpx.get(address, headers=dict(shop.headers), timeout=60, verify=NO_AUTHORITIES)
        target.known.learn("/v1/reconciliation/days/{day}", {}, read.content, "application/json")


def _send_statement(shop: Shop) -> str:
    """A statement whose file was sent and not read."""
    address = f"{shop.outside}/control/api/statement"
    file = httpx.get(address, params={"shortcode": PAYBILL}, timeout=60, verify=NO_AUTHORITIES)
    made = shop.post("/v1/reconciliation/statements", {"bytes": len(file.content)}).json()
    httpx.put(made["upload"]["url"], content=file.content, timeout=60, verify=NO_AUTHORITIES).raise_for_status()
    return str(made["id"])
