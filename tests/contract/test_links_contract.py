"""Payment links and counts: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.links import DynamoCounts, DynamoLinks
from gateway.aws.table import Table
from gateway.domain.links import Link
from gateway.ports.links import Counts, Links
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_links import MemoryCounts, MemoryLinks

Both = tuple[Links, Counts]


@pytest.fixture(params=["dynamodb", "memory"])
def ports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Empty ones."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        table = Table(client, TABLE)
        both: dict[str, Both] = {
            "dynamodb": (DynamoLinks(table), DynamoCounts(table)),
            "memory": (MemoryLinks(), MemoryCounts()),
        }
        yield both[request.param]


def link(number: int = 1, **changes: Any) -> Link:
    """Link `number` of the shop."""
    values: dict[str, Any] = {
        "id": f"plink_{number:032x}",
        "owner": "shop",
        "livemode": False,
        "title": "Church roof",
        "shortcode": "174379",
        "created_at_ms": AT_MS + number,
        "created_by": "key_1",
        "fingerprint": "1:aa",
        "min_kes": 50,
        "max_kes": 5000,
        "max_payments": 2,
    }
    return Link(**(values | changes))


def test_a_link_comes_back_as_it_was_made(ports: Both) -> None:
    links, _ = ports
    made = link(expires_at_ms=AT_MS + 1, reference_prefix="ROOF")
    assert links.create_link(made) is None
    assert made == links.read_link(made.id)
    assert links.read_link(link(2).id) is None


def test_the_first_one_stands(ports: Both) -> None:
    links, _ = ports
    links.create_link(link())
    assert link() == links.create_link(link(title="Another"))


def test_only_who_saw_the_newest_version_writes(ports: Both) -> None:
    """Places, title and whether it is active are written; nothing else of it is."""
    links, _ = ports
    links.create_link(link())
    after = replace(link(), held={"pay_1": AT_MS}, paid=1, active=False, title="New", amount_kes=7)
    answers = [links.save_link(link(), after), links.save_link(link(), replace(link(), paid=9))]
    assert [True, False] == answers
    assert replace(after, version=2, amount_kes=None) == links.read_link(link().id)


def test_a_place_that_ended_leaves_nothing_behind(ports: Both) -> None:
    links, _ = ports
    links.create_link(link(held={"pay_1": AT_MS}))
    links.save_link(link(held={"pay_1": AT_MS}), link(held={}, paid=1))
    assert link(held={}, paid=1, version=2) == links.read_link(link().id)


def test_links_are_listed_newest_first_and_by_owner(ports: Both) -> None:
    links, _ = ports
    for number in range(1, 4):
        links.create_link(link(number))
    links.create_link(link(9, owner="other"))
    first = links.list_links("shop", 2, None)
    second = links.list_links("shop", 2, first.cursor)
    assert [link(3), link(2), link(1)] == [*first.links, *second.links]
    assert second.cursor is None


def test_so_many_are_counted_and_no_more(ports: Both) -> None:
    """Each name by itself."""
    _, counts = ports
    assert [True, True, False, False] == [counts.count_up("link:1:5", 2, AT_MS) for _ in range(4)]
    assert counts.count_up("link:1:6", 2, AT_MS)
