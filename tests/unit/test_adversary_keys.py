"""Against who holds a key for a moment: nothing that it made outlives its end, and no secret hides behind another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway import security
from gateway.aws.api_keys import DynamoApiKeys
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.table import Table
from gateway.domain.shop import ApiKey
from gateway.ports.api_keys import StoredKey
from tests.dynamo_table import TABLE, create_table
from tests.unit.web.shop import Answered, Gateway

MASTER = "sk_test_local_master_of_keys_01"
SPARE = "sk_test_local_master_of_keys_02"
ALL = frozenset({"payments:read", "keys:write"})
KEY = {"idempotency-key": "reader-1"}


def master(name: str, **changes: Any) -> ApiKey:
    """A key that may make keys."""
    values: dict[str, Any] = {"livemode": False, "publishable": False, "scopes": ALL}
    return ApiKey(id=f"key_{name}", owner="shop", **(values | changes))


@pytest.fixture
def shop() -> Gateway:
    """With two keys that may make keys."""
    gateway = Gateway()
    for secret, name in ((MASTER, "master"), (SPARE, "spare")):
        gateway.world.store.keys[security.secret_hash(secret)] = master(name)
    return gateway


def make(shop: Gateway, secret: str = MASTER) -> Answered:
    """A reader, under one Idempotency-Key."""
    return shop.call("POST", "/v1/keys", {"name": "reader", "scopes": ["payments:read"]}, secret=secret, headers=KEY)


def test_two_makers_at_once_leave_no_secret_that_cannot_be_revoked(shop: Gateway, monkeypatch: Any) -> None:
    """The list lags behind the table, so one Idempotency-Key made two secrets under one id. Revoking ends both."""
    lagging = shop.world.apikeys
    with monkeypatch.context() as lag:
        lag.setattr(lagging, "list_keys", lambda _: ())
        made = [make(shop).json for _ in range(2)]
    ended = shop.call("DELETE", f"/v1/keys/{made[0]['id']}", secret=MASTER)
    answers = [shop.call("GET", "/v1/payments", secret=one["secret"]).code for one in made]
    assert (200, ["key_revoked"] * 2) == (ended.status, answers)


def test_a_revoked_key_that_is_still_remembered_makes_no_key(shop: Gateway, monkeypatch: Any) -> None:
    """A function remembers keys for a minute; who lost one must not find another in its place."""
    shop.call("DELETE", "/v1/keys/key_master", secret=SPARE)
    before = len(shop.world.store.keys)
    monkeypatch.setattr(shop.world.store, "read_key", lambda _: master("master"))
    answer = make(shop)
    assert ("key_revoked", before) == (answer.code, len(shop.world.store.keys))


def test_a_key_that_is_not_in_the_list_yet_makes_keys(shop: Gateway, monkeypatch: Any) -> None:
    """The list lags behind the table: that a key is missing in it says nothing."""
    listed = shop.world.apikeys.list_keys

    def without_it(owner: str) -> tuple[StoredKey, ...]:
        return tuple(one for one in listed(owner) if one.key.id != "key_master")

    monkeypatch.setattr(shop.world.apikeys, "list_keys", without_it)
    assert 201 == make(shop).status


def test_a_publishable_key_opens_no_route_of_the_server_whatever_its_stored_scopes(shop: Gateway) -> None:
    """Scopes of a publishable key count for nothing, and a secret in its form is none."""
    secret = "pk_test_local_with_scopes_0001"
    kept = replace(master("pk"), publishable=True)
    shop.world.store.keys[security.secret_hash(secret)] = kept
    answers = {
        shop.call(method, path, body, secret=secret).code
        for method, path, body in (
            ("GET", "/v1/payments", None),
            ("GET", "/v1/keys", None),
            ("POST", "/v1/keys", {"name": "x", "scopes": ["keys:write"]}),
            ("GET", "/v1/events", None),
            ("GET", "/v1/summary", None),
            ("POST", "/v1/payments/search", {"text": "x"}),
        )
    }
    assert {"key_invalid"} == answers


def test_no_number_of_newer_keys_hides_an_older_one(monkeypatch: Any) -> None:
    """A thief's key must stand in the list, however many it has made since; some of one millisecond."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        keys = DynamoApiKeys(Table(client, TABLE))
        for number in range(240):
            made = StoredKey(
                key=master(str(number)), secret_hash=f"{number:064d}", last4="abcd", created_at_ms=1000 + number // 3
            )
            keys.keep_key(made)
        assert {f"key_{number}" for number in range(240)} == {one.key.id for one in keys.list_keys("shop")}
