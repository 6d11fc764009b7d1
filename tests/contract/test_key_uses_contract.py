"""Days on which keys were used: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.key_uses import DynamoKeyUses
from gateway.aws.table import Table
from gateway.ports.key_uses import KeyUses
from tests.dynamo_table import TABLE, create_table
from tests.memory_key_uses import MemoryKeyUses


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """Empty."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        yield Table(client, TABLE)


@pytest.fixture(params=["dynamodb", "memory"])
def uses(request: pytest.FixtureRequest, table: Table) -> KeyUses:
    """Nothing was used yet."""
    both: dict[str, KeyUses] = {"dynamodb": DynamoKeyUses(table), "memory": MemoryKeyUses()}
    return both[request.param]


def test_the_last_day_is_known_of_each_key_that_was_used(uses: KeyUses) -> None:
    for key, day in (("key_1", "2026-03-02"), ("key_1", "2026-03-03"), ("key_2", "2026-03-02")):
        uses.note_use(key, day)
    assert {"key_1": "2026-03-03", "key_2": "2026-03-02"} == uses.read_uses(("key_1", "key_2", "key_3"))


def test_an_earlier_day_changes_nothing(uses: KeyUses) -> None:
    """A process that is late over midnight."""
    for day in ("2026-03-03", "2026-03-02"):
        uses.note_use("key_1", day)
    assert {"key_1": "2026-03-03"} == uses.read_uses(("key_1",))


def test_a_process_writes_a_day_once(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand calls of a key cost one write, and the next day another."""
    changes: list[str] = []
    change_by = table.change_by

    def noted(key: str, *rest: Any) -> Any:
        changes.append(key)
        return change_by(key, *rest)

    monkeypatch.setattr(table, "change_by", noted)
    uses = DynamoKeyUses(table)
    for day in ["2026-03-02"] * 1_000 + ["2026-03-03"]:
        uses.note_use("key_1", day)
    assert ["USED#key_1"] * 2 == changes
