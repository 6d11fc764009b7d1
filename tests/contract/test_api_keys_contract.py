"""API keys: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from gateway.aws.api_keys import DynamoApiKeys
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.table import Table
from gateway.domain.shop import ApiKey
from gateway.ports.api_keys import ApiKeys, StoredKey
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_api_keys import MemoryApiKeys

KEY = ApiKey(id="key_1", owner="shop", livemode=False, publishable=False, scopes=frozenset({"a", "b"}), name="till")
STORED = StoredKey(key=KEY, secret_hash="1" * 64, last4="abcd", created_at_ms=AT_MS)
LATER = StoredKey(
    key=replace(KEY, id="key_2", publishable=True, scopes=frozenset(), expires_at_ms=AT_MS + 5),
    secret_hash="2" * 64,
    last4="efgh",
    created_at_ms=AT_MS + 1,
)
OTHERS = StoredKey(key=replace(KEY, id="key_3", owner="other"), secret_hash="3" * 64, last4="ijkl", created_at_ms=AT_MS)


@pytest.fixture(params=["dynamodb", "memory"])
def keys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiKeys]:
    """Empty ones."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        both: dict[str, ApiKeys] = {"dynamodb": DynamoApiKeys(Table(client, TABLE)), "memory": MemoryApiKeys({})}
        yield both[request.param]


def test_keys_come_back_newest_first_and_by_owner(keys: ApiKeys) -> None:
    for one in (STORED, LATER, OTHERS):
        keys.keep_key(one)
    assert (LATER, STORED) == keys.list_keys("shop")
    assert () == keys.list_keys("nobody")


def test_the_same_key_twice_is_one(keys: ApiKeys) -> None:
    keys.keep_key(STORED)
    keys.keep_key(replace(STORED, last4="zzzz"))
    assert (STORED,) == keys.list_keys("shop")


def test_a_key_that_ended_stays_in_the_list(keys: ApiKeys) -> None:
    """Twice is once; ending one that is not there makes none."""
    keys.keep_key(STORED)
    for _ in range(2):
        keys.end_key(STORED)
    keys.end_key(LATER)
    assert (replace(STORED, key=replace(KEY, revoked=True)),) == keys.list_keys("shop")
