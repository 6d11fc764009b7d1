"""How the feed is read from DynamoDB: in few queries, also where there is nothing, and over the ends of months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.feed import DynamoFeed
from gateway.aws.table import Expression, Table
from gateway.aws.values import Item
from gateway.domain.days import day_begins_ms
from gateway.domain.events import EmittedEvent
from gateway.ports.feed import FeedPlace
from tests.dynamo_table import TABLE, create_table

DAY_MS = 86_400_000


class CountedTable(Table):
    """Counts the queries that go out."""

    queries = 0

    def query(
        self, index: str, clauses: Sequence[str], expression: Expression, limit: int, *, newest_first: bool
    ) -> list[Item]:
        self.queries += 1
        return super().query(index, clauses, expression, limit, newest_first=newest_first)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountedTable]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        yield CountedTable(client, TABLE)


def emitted(table: Table, at_ms: int, number: int, type_: str = "payment.created") -> EmittedEvent:
    """An event, told at that moment."""
    event = EmittedEvent(
        id=f"evt_{number:016x}{'0' * 16}",
        type=type_,
        owner="shop",
        payment_id="pay_" + "a" * 32,
        emitted_at_ms=at_ms,
        version=1,
    )
    assert DynamoFeed(table).emit(event) is None
    return event


@pytest.mark.parametrize(("now", "queries"), [("2026-05-01", 5), ("2026-03-31", 4), ("2024-02-29", 3)])
def test_ninety_days_without_an_event_are_passed_in_few_queries(table: CountedTable, now: str, queries: int) -> None:
    """One for each month that the days touch; five are the most that 90 days can touch."""
    now_ms = day_begins_ms(now) + 1_000

    page = DynamoFeed(table).events_after("shop", FeedPlace(now_ms - 90 * DAY_MS, ""), None, 100, now_ms)

    assert ((), None, queries) == (page.events, page.place, table.queries)


def test_the_end_of_a_month_is_read_over_without_gap(table: CountedTable) -> None:
    """In Nairobi, and a month that nobody told anything in between."""
    march_ms = day_begins_ms("2026-03-01")
    told = [
        emitted(table, at_ms, number)
        for number, at_ms in enumerate([day_begins_ms("2026-01-31"), march_ms - 1, march_ms, march_ms + 31 * DAY_MS])
    ]

    page = DynamoFeed(table).events_after(
        "shop", FeedPlace(march_ms - 60 * DAY_MS, ""), None, 100, told[-1].emitted_at_ms + 1
    )

    assert (tuple(told), None) == (page.events, page.place)


def test_what_a_type_leaves_out_is_gone_through_in_pages_of_bounded_work(
    table: CountedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be empty; its place goes on to where the wanted event stands."""
    monkeypatch.setattr("gateway.aws.feed.ENTRIES_A_READ", 2)
    start_ms = day_begins_ms("2026-03-02")
    for number in range(40):
        emitted(table, start_ms + number, number)
    wanted = emitted(table, start_ms + 40, 40, "payment.paid")
    feed, until_ms = DynamoFeed(table), start_ms + DAY_MS

    first = feed.events_after("shop", FeedPlace(start_ms - 1, ""), "payment.paid", 10, until_ms)
    queries = table.queries
    assert first.place is not None
    second = feed.events_after("shop", first.place, "payment.paid", 10, until_ms)

    assert ((), 20) == (first.events, queries)
    assert ((wanted,), None) == (second.events, second.place)


def test_behind_an_event_that_is_too_young_nothing_is_asked_for(table: CountedTable) -> None:
    """DynamoDB refuses a span that ends before it begins; who heard of an event by webhook may ask so early."""
    young = emitted(table, day_begins_ms("2026-03-02"), 1)

    page = DynamoFeed(table).events_after("shop", FeedPlace.of(young), None, 10, young.emitted_at_ms - 5_000)

    assert ((), None, 0) == (page.events, page.place, table.queries)
