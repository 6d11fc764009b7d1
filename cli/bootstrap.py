"""A fresh local stack to its first payment: own keys, two shops, the simulator's credentials, test keys.

Secrets are made once and kept in `.local/secrets.json`, since the stand-in for SSM may forget and payments outlive it:
their ids, links and tags must stay valid.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from cli.api_keys import ALPHABET, SECRET_LENGTH, Wanted, create_key
from cli.failure import Exit, Failure
from cli.own_keys import new_keys
from cli.scopes import SCOPES
from cli.shop_settings import read_settings, store_settings, stored_settings
from cli.stack import Stack
from cli.staff import appoint_member
from gateway import security
from gateway.aws import items
from gateway.aws.secrets import CREDENTIALS, KEYS
from gateway.aws.staff import DynamoStaff
from gateway.aws.webhooks import AwsWebhooks
from gateway.domain.shop import ShopSettings
from gateway.domain.staff import Role
from gateway.domain.webhooks import Endpoint
from gateway.settings import Settings

SECRETS_FILE = "secrets.json"

PAYBILL = "174379"
TILL, STORE = "5000002", "4000001"
"""The simulator's till: what payers type, and what Daraja calls BusinessShortCode."""

CREDENTIALS_OF_THE_SIMULATOR = {
    "consumer_key": "local-key",
    "consumer_secret": "local-secret",
    "passkeys": {
        PAYBILL: "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
        STORE: "5d0e3a1f7b92c4466f18d3e0a95b7c2184fe6a0d3b5972c8e1460fa7d92b38c5",
    },
}
"""Safaricom's public sandbox passkey, and what the simulator's documentation names."""

SHORTCODES = [
    {"number": PAYBILL, "kind": "paybill", "name": "INKLESS IS MORE"},
    {"number": TILL, "kind": "till", "name": "INKLESS CORNER SHOP", "store_number": STORE},
]


STAFF = (
    ("shop", "wanjiku@shop.example", "Wanjiku", Role.CASHIER),
    ("shop", "otieno@shop.example", "Otieno", Role.ACCOUNTANT),
    ("shop", "achieng@shop.example", "Achieng", Role.ACCOUNTANT),
    ("shop", "kiprono@shop.example", "Kiprono", Role.OPERATOR),
    ("shop", "njeri@shop.example", "Njeri", Role.ADMIN),
    ("shop", "mutua@shop.example", "Mutua", Role.ADMIN),
    ("other-shop", "halima@other.example", "Halima", Role.ADMIN),
)
"""Whom the local sign-in page offers, as the shops know them."""

PAYOUTS = "600998"
"""The simulator's shortcode that pays out."""

DEMO_ENDPOINT = "whe_" + "d" * 32
"""The demo shop's own webhook endpoint."""


def bootstrap_local(
    stack: Stack, directory: Path, origins: list[str], now_ms: int, webhook_url: str = ""
) -> dict[str, str]:
    """Set everything up; may be repeated: what somebody changed stays. Gives the test keys. Raises Failure.

    What an earlier version did not know yet is added to what it left: the shortcode that pays out, scopes of our keys.

    directory: where secrets are kept between runs. origins: browser origins of the demo shop. webhook_url: where it is
    told of events; the port may be another one each time.
    """
    kept = kept_secrets(directory)
    stack.write_parameter(KEYS, json.dumps(kept["keys"]), overwrite=False)
    stack.write_parameter(CREDENTIALS, json.dumps(CREDENTIALS_OF_THE_SIMULATOR), overwrite=False)
    for owner, name, colour in (("shop", "Inkless Is More", "#1f3a93"), ("other-shop", "Other Shop", "#7a1f5c")):
        content = {"owner": owner, "name": name, "shortcodes": SHORTCODES, "origins": origins, "colour": colour}
        content |= {"payout_shortcode": PAYOUTS}
        standing = stored_settings(stack, owner)
        wanted = _brought_up_to_date(standing, origins) if standing else read_settings(content)
        store_settings(stack, wanted)
    for key in _keys_of(kept):
        create_key(stack, key, now_ms)
        _widen(stack, key)
    for owner, email, name, role in STAFF:
        if DynamoStaff(stack.table).read_member(owner, email) is None:
            appoint_member(stack, owner, email, name, frozenset({role}))
    if webhook_url:
        _tell_demo_shop(stack, webhook_url, kept["webhook_secret"], now_ms)
    return {name: kept[name] for name in SHOWN}


def _brought_up_to_date(standing: ShopSettings, origins: list[str]) -> ShopSettings:
    return replace(standing, origins=tuple(origins), payout_shortcode=standing.payout_shortcode or PAYOUTS)


def _widen(stack: Stack, wanted: Wanted) -> None:
    """A key of an earlier run may do what such keys may do now. Whether it is revoked stays as it is."""
    item = stack.table.read(items.KEY + security.secret_hash(wanted.secret or ""))
    values = items.unpacked(item) if item else {}
    scopes = set(() if wanted.publishable else wanted.scopes)
    if item and not scopes <= set(values.get("scopes") or ()):
        stack.table.put(items.packed({**values, "scopes": sorted(scopes | set(values.get("scopes") or ()))}))


def _tell_demo_shop(stack: Stack, url: str, secret: str, now_ms: int) -> None:
    """The demo shop's endpoint, under the secret that is told to programs; other endpoints stay as they are."""
    store = AwsWebhooks(stack.table, _no_queue, Settings())
    before = store.read_endpoints("shop")
    standing = before.find(DEMO_ENDPOINT)
    made = Endpoint(
        id=DEMO_ENDPOINT,
        owner="shop",
        url=url,
        events=("payment.*", "webhook_endpoint.test"),
        description="Demo shop",
        secret=secret,
        created_at_ms=standing.created_at_ms if standing else now_ms,
    )
    store.save_endpoints(before, before.with_one(made))


def _no_queue() -> NoReturn:
    raise Failure(Exit.SETTINGS, "Nothing is sent here", "endpoints are only stored", "start the gateway: make run")


SHOWN = ("secret_key", "publishable_key", "other_secret_key", "other_publishable_key", "webhook_secret")


def _keys_of(kept: Mapping[str, Any]) -> list[Wanted]:
    return [
        Wanted(owner="shop", name="local", scopes=SCOPES, secret=kept["secret_key"]),
        Wanted(owner="shop", name="local", publishable=True, secret=kept["publishable_key"]),
        Wanted(owner="other-shop", name="local", secret=kept["other_secret_key"]),
        Wanted(owner="other-shop", name="local", publishable=True, secret=kept["other_publishable_key"]),
    ]


def kept_secrets(directory: Path) -> dict[str, Any]:
    """From the file; made on the first run, readable by its owner alone. Raises Failure."""
    path = directory / SECRETS_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _made(path)
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not {"keys", *SHOWN} <= set(found):
        raise Failure(
            Exit.SETTINGS,
            f"{path} cannot be read",
            "it is not what an earlier run wrote",
            "forget local data: make reset",
        )
    return found


def _made(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = {
        "keys": new_keys(),
        "secret_key": _test_key("sk"),
        "publishable_key": _test_key("pk"),
        "other_secret_key": _test_key("sk"),
        "other_publishable_key": _test_key("pk"),
        "webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    return content


def _test_key(kind: str) -> str:
    return f"{kind}_test_local_" + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
