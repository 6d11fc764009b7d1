"""API keys by the API: made once, never stronger than their maker, gone within a minute."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cli.scopes import SCOPES
from gateway import security
from gateway.domain.shop import ApiKey
from gateway.ports import StoreUnavailable
from gateway.web.routes import ROUTES
from tests.memory_store import START_MS
from tests.unit.web.shop import SECRET, Answered, Gateway

MASTER = "sk_test_local_master_of_keys_01"
BOOKS = "sk_test_local_only_the_books_01"
OTHER_MASTER = "sk_test_local_other_master_0001"
ALL = frozenset({"payments:read", "payments:write", "keys:write"})
HOUR_MS = 3_600_000


@pytest.fixture
def shop(gateway: Gateway) -> Gateway:
    """With a key of each shop that may make keys."""
    keep_master(gateway, MASTER, "shop")
    keep_master(gateway, OTHER_MASTER, "other")
    return gateway


def keep_master(gateway: Gateway, secret: str, owner: str) -> None:
    """A key of this shop that may make keys."""
    keep(gateway, secret, ApiKey(id=f"key_master_{owner}", owner=owner, livemode=False, publishable=False, scopes=ALL))


def keep(gateway: Gateway, secret: str, key: ApiKey) -> None:
    """Store a key as the command does."""
    gateway.world.store.keys[security.secret_hash(secret)] = key


def make(shop: Gateway, secret: str = MASTER, headers: Any = None, **fields: Any) -> Answered:
    """`POST /v1/keys`; a reader unless said otherwise."""
    body = {"name": "reader", "scopes": ["payments:read"], **fields}
    return shop.call("POST", "/v1/keys", body, secret=secret, headers=headers)


def revoke(shop: Gateway, key_id: str, secret: str = MASTER) -> Answered:
    """`DELETE /v1/keys/{key}`."""
    return shop.call("DELETE", f"/v1/keys/{key_id}", secret=secret)


def test_a_made_key_works_at_once_and_does_what_its_scopes_say(shop: Gateway) -> None:
    """It reads, and it neither pays nor makes keys."""
    secret = make(shop).json["secret"]
    assert re.fullmatch(r"sk_test_[0-9A-Za-z]{32}", secret)
    answers = (
        shop.call("GET", "/v1/payments", secret=secret).status,
        shop.call("POST", "/v1/payments", {"amount": 1}, secret=secret).code,
        make(shop, secret).code,
    )
    assert (200, "scope_missing", "scope_missing") == answers


def test_the_secret_is_told_once_and_stored_nowhere(shop: Gateway) -> None:
    """Only its hash and its last four characters are."""
    made = make(shop).json
    listed = shop.call("GET", "/v1/keys", secret=MASTER)
    assert (made["secret"][-4:], False) == (made["last4"], made["secret"] in listed.body)
    assert made["secret"] not in repr(shop.world.store.keys) + repr(shop.world.ambient.reports)
    assert made["id"] in [key["id"] for key in listed.json["data"]]


def test_two_keys_are_two(shop: Gateway) -> None:
    """Without an Idempotency-Key, the same body makes another one."""
    assert 2 == len({make(shop).json["secret"] for _ in range(2)})


def test_a_repeat_makes_no_second_key_and_tells_no_secret(shop: Gateway) -> None:
    """With an Idempotency-Key; other fields under it are refused."""
    key = {"idempotency-key": "reader-1"}
    first, again = make(shop, headers=key), make(shop, headers=key)
    assert (201, 200, first.json["id"]) == (first.status, again.status, again.json["id"])
    assert "secret" not in again.json
    assert "idempotency_key_reused" == make(shop, headers=key, name="other").code
    assert 1 == sum(one.name == "reader" for one in shop.world.store.keys.values())


def test_no_key_makes_one_that_may_more(shop: Gateway) -> None:
    """403 with what is lacking; nothing is made."""
    before = len(shop.world.store.keys)
    answer = make(shop, scopes=["payments:read", "webhooks:write", "payments:print"])
    assert ("scope_missing", before) == (answer.code, len(shop.world.store.keys))
    assert "webhooks:write, payments:print" in answer.json["detail"]


def test_no_key_makes_one_that_lasts_longer(shop: Gateway) -> None:
    """A key that ends can give what ends with it or before, and nothing that stays."""
    ends_at_ms = START_MS + HOUR_MS
    short = ApiKey(
        id="key_short", owner="shop", livemode=False, publishable=False, scopes=ALL, expires_at_ms=ends_at_ms
    )
    keep(shop, "sk_test_local_short_master_001", short)
    answers = [
        make(shop, "sk_test_local_short_master_001", **fields).status
        for fields in ({}, {"expires_at": "2026-03-02T10:15:05Z"}, {"expires_at": "2026-03-02T10:15:04Z"})
    ]
    assert [422, 422, 201] == answers


def test_a_key_that_ends_ends(shop: Gateway) -> None:
    """`key_revoked` from then on."""
    secret = make(shop, expires_at="2026-03-02T10:15:04Z").json["secret"]
    before = shop.call("GET", "/v1/payments", secret=secret).status
    shop.world.ambient.at_ms += HOUR_MS
    assert (200, "key_revoked") == (before, shop.call("GET", "/v1/payments", secret=secret).code)


def test_a_publishable_key_opens_a_link_and_no_more(shop: Gateway) -> None:
    """Without scopes."""
    made = make(shop, kind="publishable", scopes=[]).json
    assert (True, []) == (made["secret"].startswith("pk_test_"), made["scopes"])
    assert "key_invalid" == shop.call("GET", "/v1/payments", secret=made["secret"]).code


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"name": ""}, "name", "field_invalid"),
        ({"name": "x" * 61}, "name", "field_invalid"),
        ({"scopes": []}, "scopes", "field_missing"),
        ({"scopes": "payments:read"}, "scopes", "field_invalid"),
        ({"scopes": [1]}, "scopes", "field_invalid"),
        ({"kind": "publishable"}, "scopes", "field_invalid"),
        ({"kind": "admin"}, "kind", "field_invalid"),
        ({"expires_at": "2026-03-02T09:15:04Z"}, "expires_at", "field_invalid"),
        ({"owner": "other"}, "owner", "unknown_field"),
    ],
)
def test_a_key_that_cannot_be_is_told(shop: Gateway, fields: dict[str, Any], param: str, code: str) -> None:
    """With the field."""
    answer = make(shop, **fields)
    assert (code, param) == (answer.code, answer.json["param"])


def test_a_revoked_key_is_refused_and_stays_in_the_list(shop: Gateway) -> None:
    """Twice is once. Who did it is reported."""
    made = make(shop).json
    answers = [revoke(shop, made["id"]) for _ in range(2)]
    assert [(200, True)] * 2 == [(answer.status, answer.json["revoked"]) for answer in answers]
    assert "key_revoked" == shop.call("GET", "/v1/payments", secret=made["secret"]).code
    listed = {key["id"]: key["revoked"] for key in shop.call("GET", "/v1/keys", secret=MASTER).json["data"]}
    assert listed[made["id"]]
    assert ("api_key_revoked", {"key": made["id"], "by": "key_master_shop"}) == shop.world.ambient.reports[-1]


def used(shop: Gateway) -> dict[str, str | None]:
    """Day of the last use of each key of the shop, by its id."""
    keys = shop.call("GET", "/v1/keys", secret=MASTER).json["data"]
    return {one["id"]: one["last_used_on"] for one in keys}


def test_the_day_of_its_last_use_is_known_of_each_key(shop: Gateway) -> None:
    """In Nairobi; what is read counts and what is paid, a day is written once, and a refused call is no use."""
    reader, writer = make(shop).json, make(shop, name="till", scopes=["payments:write"]).json
    idle = make(shop, name="idle").json
    for _ in range(3):
        shop.call("GET", "/v1/payments", secret=reader["secret"])
        shop.call("GET", "/v1/payments", secret=writer["secret"])
    written = shop.world.keyuses.written
    shop.world.ambient.at_ms += 15 * HOUR_MS
    body, keyed = {"amount": 20, "phone": "0712345678"}, {"idempotency-key": "order-1"}
    shop.call("POST", "/v1/payments", body, secret=writer["secret"], headers=keyed)
    days = used(shop)
    assert ("2026-03-02", "2026-03-03", None) == tuple(days[one["id"]] for one in (reader, writer, idle))
    assert 2 == written


@pytest.mark.parametrize("path", ["/v1/payouts", "/v1/reconciliation/days?month=2026-03"])
def test_a_key_that_only_pays_out_or_compares_is_in_use_too(path: str, shop: Gateway) -> None:
    scopes = frozenset({"payouts:read", "reconciliation:read"})
    key = ApiKey(id="key_books", owner="shop", livemode=False, publishable=False, scopes=scopes)
    keep(shop, BOOKS, key)
    shop.call("GET", path, secret=BOOKS)
    assert "2026-03-02" == shop.world.keyuses.read_uses((key.id,))[key.id]


def test_a_prompt_goes_out_before_its_keys_use_is_noted(gateway: Gateway) -> None:
    """And a table that does not take the note takes nothing away."""
    gateway.world.fail_next["KeyUses.note_use"].append(StoreUnavailable("away"))
    answer = gateway.pay(phone="0712345678")
    calls = gateway.world.boundaries
    assert (201, "pending") == (answer.status, answer.json["status"])
    assert calls.index("Daraja.push") < calls.index("KeyUses.note_use")


def test_the_last_key_that_makes_keys_is_not_revoked_by_mistake(shop: Gateway) -> None:
    """With a second one it may go; keys that ended or were revoked do not count."""
    alone = revoke(shop, "key_master_shop")
    other = make(shop, scopes=["keys:write"], expires_at="2026-03-02T10:15:04Z").json
    both = revoke(shop, other["id"])
    again = revoke(shop, "key_master_shop")
    assert ("last_key", 200, "last_key") == (alone.code, both.status, again.code)
    make(shop, scopes=["keys:write"])
    assert 200 == revoke(shop, "key_master_shop").status


def test_another_shops_keys_are_nowhere(shop: Gateway) -> None:
    """Neither listed nor revoked; and a key without the scope sees none."""
    made = make(shop).json["id"]
    listed = shop.call("GET", "/v1/keys", secret=OTHER_MASTER).json["data"]
    assert made not in [key["id"] for key in listed]
    assert "not_found" == revoke(shop, made, OTHER_MASTER).code
    assert ["scope_missing"] * 2 == [shop.call("GET", "/v1/keys", secret=SECRET).code, revoke(shop, made, SECRET).code]


def test_the_command_knows_every_scope_of_the_routes() -> None:
    """And no other."""
    assert {route.scope for route in ROUTES if route.scope} == set(SCOPES)
