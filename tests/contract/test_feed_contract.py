"""What feed, sums of days and the repair's lists must do: over DynamoDB (moto) and in memory, the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.days import DynamoDays
from gateway.aws.feed import DynamoFeed
from gateway.aws.items import packed, settings_to_values
from gateway.aws.repairs import DynamoRepairs
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.domain.day_sums import DaySums, mark_of
from gateway.domain.events import EmittedEvent
from gateway.domain.repairs import Task, TaskKind
from gateway.domain.shop import ShopSettings
from gateway.ports import Store
from gateway.ports.days import Counting, Days
from gateway.ports.feed import Feed, FeedPlace
from gateway.ports.repairs import Repairs
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, owned
from tests.memory_days import MemoryDays
from tests.memory_feed import MemoryFeed
from tests.memory_repairs import MemoryRepairs
from tests.memory_store import MemoryStore

DAY_MS = 86_400_000
SHOP = ShopSettings(owner="shop", name="Corner Shop", shortcodes=())
BEGINNING = FeedPlace(AT_MS - 90 * DAY_MS, "")
TO_THE_END = AT_MS + DAY_MS
UNTOLD, TOLD = True, False


@dataclass
class Ports:
    """The ports under test, and the store beside them."""

    feed: Feed
    days: Days
    repairs: Repairs
    store: Store


@pytest.fixture(params=["dynamodb", "memory"])
def ports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    """An empty table but for the settings of "shop"."""
    yield from {"dynamodb": _dynamo, "memory": _memory}[request.param](monkeypatch)


def _memory(_: pytest.MonkeyPatch) -> Iterator[Ports]:
    store = MemoryStore()
    store.settings["shop"] = SHOP
    yield Ports(MemoryFeed(), MemoryDays(), MemoryRepairs(store), store)


def _dynamo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        table = Table(client, TABLE)
        table.put(packed(settings_to_values(SHOP)))
        yield Ports(DynamoFeed(table), DynamoDays(table), DynamoRepairs(table), DynamoStore(table, 4, lambda: AT_MS))


def event(number: int, *, after_ms: int = 0, owner: str = "shop", type_: str = "payment.paid") -> EmittedEvent:
    """Event `number`, told so long after the start."""
    return EmittedEvent(
        id=f"evt_{number:016x}{'0' * 16}",
        type=type_,
        owner=owner,
        payment_id="pay_" + "a" * 32,
        emitted_at_ms=AT_MS + after_ms,
        version=3,
    )


def emitted(ports: Ports, *events: EmittedEvent) -> None:
    for one in events:
        assert ports.feed.emit(one) is None


# --- feed ---------------------------------------------------------------------------------------------------------


def test_an_event_is_stored_once_and_keeps_its_first_time(ports: Ports) -> None:
    emitted(ports, replace(event(1), discriminator="2"))

    standing = ports.feed.emit(event(1, after_ms=5_000))

    assert replace(event(1), discriminator="2") == standing == ports.feed.read_event(event(1).id)


def test_what_was_never_told_is_not_found(ports: Ports) -> None:
    emitted(ports, event(1), event(3))

    found = ports.feed.read_events((event(1).id, event(2).id, event(1).id, event(3).id))

    assert {event(1).id, event(3).id} == {one.id for one in found}
    assert ports.feed.read_event(event(2).id) is None


def test_the_feed_is_read_in_the_order_of_emission_over_days(ports: Ports) -> None:
    emitted(ports, event(9), event(2, after_ms=DAY_MS), event(5, after_ms=1), event(1, after_ms=2 * DAY_MS))

    page = ports.feed.events_after("shop", BEGINNING, None, 10, AT_MS + 3 * DAY_MS)

    assert ([event(9).id, event(5).id, event(2).id, event(1).id], None) == ([one.id for one in page.events], page.place)


def test_pages_follow_each_other_without_gap_or_repetition(ports: Ports) -> None:
    """Also where several events have one time."""
    told = [event(number, after_ms=number // 3) for number in range(1, 8)]
    emitted(ports, *told)
    place, read = BEGINNING, list[str]()
    for _ in range(4):
        page = ports.feed.events_after("shop", place, None, 2, TO_THE_END)
        read += [one.id for one in page.events]
        place = FeedPlace.of(page.events[-1])

    assert [one.id for one in told] == read
    assert ports.feed.events_after("shop", place, None, 2, TO_THE_END).events == ()


def test_a_reader_sees_neither_other_shops_nor_other_types_nor_what_is_too_young(ports: Ports) -> None:
    emitted(
        ports,
        event(1),
        event(2, owner="other"),
        event(3, type_="payment.created"),
        event(4, after_ms=500),
    )

    page = ports.feed.events_after("shop", BEGINNING, "payment.paid", 10, AT_MS + 500)

    assert [event(1).id] == [one.id for one in page.events]


def test_what_the_bus_did_not_take_is_marked_until_it_does(ports: Ports) -> None:
    emitted(ports, event(1))
    ports.feed.mark_untold(event(1).id, UNTOLD)
    marked = ports.feed.read_event(event(1).id)
    ports.feed.mark_untold(event(1).id, TOLD)

    assert replace(event(1), untold=True) == marked
    assert event(1) == ports.feed.read_event(event(1).id)


# --- sums of days -------------------------------------------------------------------------------------------------


def counting(first: int, last: int, **given: object) -> Counting:
    """Records `first` to `last` of a shard add one payment of 100."""
    told = Counting(
        owner="shop",
        day="2026-03-02",
        shard="shardId-1",
        first=str(first),
        last=str(last),
        oldest_ms=AT_MS,
        change={"status.paid.count": 1, "status.paid.amount": 100},
        now_ms=AT_MS + 1_000,
    )
    return replace(told, **given)  # type: ignore[arg-type]  # fields by name


def day(ports: Ports) -> DaySums:
    found = ports.days.read_day("shop", "2026-03-02")
    assert found is not None
    return found


def test_records_add_up_and_the_shard_is_marked(ports: Ports) -> None:
    done = [ports.days.count(counting(98, 99)), ports.days.count(counting(100, 101, change={"status.paid.count": -1}))]

    assert [None, None] == done
    assert {"status.paid.count": 0, "status.paid.amount": 100} == day(ports).sums
    assert ({"shardId-1": mark_of("101", AT_MS + 1_000)}, AT_MS + 1_000) == (day(ports).marks, day(ports).as_of_ms)


def test_a_batch_that_comes_again_is_refused_and_shows_what_was_counted(ports: Ports) -> None:
    ports.days.count(counting(8, 12))

    standing = ports.days.count(counting(8, 12))

    assert standing == day(ports)
    assert standing is not None
    assert [True, True, False] == [standing.counted("shardId-1", str(number), AT_MS) for number in (8, 12, 13)]


def test_what_is_left_of_a_batch_is_counted_on_the_day_as_it_was_seen(ports: Ports) -> None:
    ports.days.count(counting(8, 12))
    seen = day(ports)

    done = [ports.days.count(counting(13, 14, seen=seen)), ports.days.count(counting(15, 15, seen=seen))]

    assert [None, day(ports)] == done
    assert 2 == day(ports).sums["status.paid.count"]


def test_shards_do_not_hinder_each_other(ports: Ports) -> None:
    ports.days.count(counting(90, 99))

    done = ports.days.count(counting(1, 2, shard="shardId-2"))

    assert (None, 2) == (done, day(ports).sums["status.paid.count"])


def test_a_recount_replaces_the_sums_and_holds_off_what_it_counted(ports: Ports) -> None:
    ports.days.count(counting(1, 2))
    before = day(ports)

    done = ports.days.replace_day(before, {"status.open.count": 4}, AT_MS + 10, AT_MS + 20)
    late = [ports.days.count(counting(3, 3, oldest_ms=AT_MS + at_ms)) for at_ms in (10, 11)]

    assert (True, {"status.open.count": 4, "status.paid.count": 1, "status.paid.amount": 100}) == (
        done,
        day(ports).sums,
    )
    assert [False, True] == [standing is None for standing in late]


def test_a_recount_of_a_day_that_changed_meanwhile_is_refused(ports: Ports) -> None:
    ports.days.count(counting(1, 2))
    before = day(ports)
    ports.days.count(counting(3, 4))

    assert ports.days.replace_day(before, {}, AT_MS, AT_MS) is False
    assert ports.days.replace_day(DaySums("shop", "2026-03-03"), {"status.paid.count": 1}, AT_MS, AT_MS) is True
    assert ports.days.replace_day(DaySums("shop", "2026-03-03"), {}, AT_MS, AT_MS) is False


def test_a_recount_forgets_shards_that_ended_long_ago(ports: Ports) -> None:
    ports.days.count(counting(1, 2))
    ports.days.count(counting(3, 4, shard="shardId-2", now_ms=AT_MS + DAY_MS))
    ports.days.replace_day(day(ports), {}, AT_MS, AT_MS + 2 * DAY_MS + 1_000)

    assert ["shardId-2"] == list(day(ports).marks)


# --- the repair ---------------------------------------------------------------------------------------------------


def test_shops_and_receipts_of_a_day_are_listed_page_by_page(ports: Ports) -> None:
    for receipt in ("SGL31QW9XY", "SGL31QW9XZ", "SGL31QW9XX"):
        ports.store.create_receipt(owned(receipt))
    first = ports.repairs.receipts_of_day("174379", "2026-03-02", 2, None)
    second = ports.repairs.receipts_of_day("174379", "2026-03-02", 2, first.cursor)

    assert (SHOP,) == ports.repairs.shops()
    assert (["SGL31QW9XX", "SGL31QW9XY"], ["SGL31QW9XZ"], None) == (
        [one.receipt for one in first.records],
        [one.receipt for one in second.records],
        second.cursor,
    )
    assert () == ports.repairs.receipts_of_day("174379", "2026-03-03", 2, None).records


def test_progress_is_kept_for_one_run_at_a_time(ports: Ports) -> None:
    beginning = ports.repairs.read_progress()
    plan = replace(beginning, began_ms=AT_MS, cursor="x", tasks=(Task(TaskKind.PAYMENTS, "a#b", "2026-03-02", 7),))

    saved = [ports.repairs.save_progress(beginning, plan), ports.repairs.save_progress(beginning, plan)]

    assert [True, False] == saved
    assert replace(plan, version=1) == ports.repairs.read_progress()
