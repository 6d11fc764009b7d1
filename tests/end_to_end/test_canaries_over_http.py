"""L15 in the whole local world: payments of each way over real HTTP, then every file that the world wrote is searched.

Searched: the logs of all functions and of the backing services, and the addresses of all calls that left for Safaricom.
Not searched, because there these values belong: the journals of the table and of the queues (a number stands in its
payment's item, and in a fact that waits for it; both are encrypted when deployed), the parameters and the command's own
copy of the keys (they are the secret store), `run.json` and the terminal, which tell the developer his test keys.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.local_world import LocalWorld
from tests.security.canaries import Canaries

PAYS, CANCELS, TYPES = "254710987651", "254700987652", "254711987653"
NAME = "WANGARIMAATHAI"
STORES = {"PaymentsTable.jsonl", "queues.jsonl", "parameters.json", "secrets.json", "run.json", "start.log"}
SHORT = 8
"""Shorter texts among the parameters are no secrets: numbers of shortcodes, units."""

MARKS = re.compile(r"/in/stk/[0-9a-f]{32}/\d+/([0-9a-f]{32})")


def _secrets(world: LocalWorld, marks: dict[str, str]) -> Canaries:
    """What nobody may find: numbers, name, keys of shops, credentials of the Daraja app, our own keys, tags, tokens."""
    own = {name: value for name, value in world.run.items() if name.endswith("secret_key")}
    texts = {"name": NAME, "consumer secret": "local-secret", **own, **marks, **_parameters(world)}
    return Canaries((PAYS, CANCELS, TYPES), texts)


def _parameters(world: LocalWorld) -> dict[str, str]:
    """Every text in the parameters, by where it stands: credentials, passkeys, our own keys, the access token."""
    stored = json.loads((world.data / "parameters.json").read_text(encoding="utf-8"))
    texts = {name: _texts(json.loads(parameter["Value"])) for name, parameter in stored.items()}
    every = {f"{name} {place}": text for name, found in texts.items() for place, text in enumerate(found)}
    return {place: text for place, text in every.items() if len(text) >= SHORT}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _searched(world: LocalWorld) -> list[Path]:
    return [path for path in sorted(world.data.rglob("*")) if path.is_file() and path.name not in STORES]


def _left_for_safaricom(world: LocalWorld) -> str:
    """Addresses of all calls that the gateway made."""
    entries = world.control("GET", "traffic?after=0")["traffic"]
    return "\n".join(entry["url"] for entry in entries if entry["direction"] == "in")


def _live(world: LocalWorld) -> dict[str, str]:
    """One that is paid, one that is not, money typed by hand, bad requests. Gives the tags and tokens that arose."""
    paid = world.pay("canary-paid", phone=PAYS, account_reference="CANARY1")
    other = world.pay("canary-other", phone=CANCELS)
    world.control("POST", f"phones/{TYPES}/pay", {"shortcode": "174379", "amount": 50, "account": "CANARY2"})
    world.advance(90)
    shown = world.payment(paid["id"], "client_token,phone,history")
    token = str(shown["client_token"])
    httpx.get(f"{world.gateway}/v1/checkout/{paid['id']}", headers={"Authorization": f"Bearer {token}"})
    httpx.get(f"{world.gateway}/v1/checkout/{other['id']}", headers={"Authorization": f"Bearer {token}"})
    httpx.get(str(shown["checkout_url"]))
    world.api("POST", "/v1/payments", {"amount": 1, "phone": f"{PAYS}9"}, key="canary-bad")
    world.api("GET", f"/v1/payments?phone={PAYS}")
    world.api("POST", "/v1/payments", {"amount": 1}, key="k", secret=f"{world.run['secret_key']}x")
    urls = [push["callback_url"] for phone in (PAYS, CANCELS) for push in world.pushes(phone)]
    httpx.post(urls[0][:-1] + "0", json={"phone": PAYS})
    tags = {f"tag {number}": MARKS.search(url)[1] for number, url in enumerate(urls)}  # type: ignore[index]  # it fits
    return {"client token": token, "page code": str(shown["checkout_url"]).rpartition("/")[2], **tags}


def test_law_15_nothing_that_the_world_writes_holds_a_canary(frozen: LocalWorld) -> None:
    """Every form and encoding that the finder knows, in every file but the stores themselves."""
    secrets = _secrets(frozen, _live(frozen))
    searched = _searched(frozen)
    found = {path.name: hit for path in searched if (hit := secrets.found_in(path.read_text(errors="replace")))}
    assert {path.name for path in searched} >= {"callback_intake.log", "stk_initiation.log", "webhook_delivery.log"}
    assert 10 <= len(secrets.texts)
    assert [] != secrets.found_in((frozen.data / "PaymentsTable.jsonl").read_text()), "the finder finds nothing at all"
    assert ({}, []) == (found, secrets.found_in(_left_for_safaricom(frozen)))
