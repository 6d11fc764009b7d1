"""Money by receipt: the same tests on the lists over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.items import packed, settings_to_values
from gateway.aws.received import DynamoReceived
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.domain.days import day_of
from gateway.domain.decisions import MoneySetAside
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import ReceiptRecord, Standing
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.ports import Indexed, Store
from gateway.ports.received import Received, WaitingQuery
from tests import gateway_samples as sample
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS
from tests.memory_received import MemoryReceived
from tests.memory_store import MemoryStore

Both = tuple[Store, Received]
NUMBERS = ("174379", "4000001")
SHOP = ShopSettings(
    owner="shop",
    name="Corner Shop",
    shortcodes=(Shortcode(number="5000002", kind="till", name="Till", store_number="4000001"),),
)


@pytest.fixture(params=["dynamodb", "memory"])
def ports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Empty lists, one shop."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    memory = MemoryStore()
    memory.settings[SHOP.owner] = SHOP
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        table = Table(client, TABLE)
        table.put(packed(settings_to_values(SHOP)))
        both: dict[str, Both] = {
            "dynamodb": (DynamoStore(table, 4, lambda: AT_MS), DynamoReceived(table, lambda: AT_MS)),
            "memory": (memory, MemoryReceived(memory)),
        }
        yield both[request.param]


def told(number: int, at_ms: int = AT_MS, amount: int = 100, shortcode: str = "174379") -> ReceiptRecord:
    """Receipt `number`, for which nobody has been found."""
    fact = replace(
        sample.money(f"SGK{number:07d}"),
        completed_at_ms=at_ms,
        amount_kes=amount,
        shortcode=shortcode,
        learned_at_ms=at_ms,
    )
    return ReceiptRecord(
        receipt=fact.receipt, owner=None, shortcode=shortcode, day=day_of(at_ms), facts={fact.id: fact}
    )


def aside(record: ReceiptRecord, turn: int, *, set_aside: bool) -> ReceiptRecord:
    """The next version, with a person's word on it."""
    word = MoneySetAside(
        receipt=record.receipt, turn=turn, aside=set_aside, actor="amina", said_at_ms=AT_MS, learned_at_ms=AT_MS
    )
    return replace(record, facts={**record.facts, word.id: word}, version=record.version + 1)


def codes(page: Any) -> list[str]:
    """The receipts of a page, without their zeros."""
    return [str(int(one.receipt[3:])) for one in getattr(page, "records", getattr(page, "entries", ()))]


UNMATCHED = WaitingQuery(numbers=NUMBERS)


def test_what_waits_stands_newest_first_over_all_shortcodes(ports: Both) -> None:
    store, received = ports
    for record in (told(1, AT_MS - 10), told(2, AT_MS - 30 * DAY_MS), told(3, AT_MS, shortcode="4000001")):
        assert None is store.create_receipt(record)
    assert None is store.create_receipt(told(4, shortcode="999999"))
    assert ["3", "1", "2"] == codes(received.waiting(UNMATCHED, 10, None))
    assert (AT_MS, "SGK0000003", 100) == received.waiting_entries(UNMATCHED, 10, None).entries[0]


def test_the_list_goes_on_behind_its_cursor(ports: Both) -> None:
    """Page by page, each once, also where two shortcodes alternate and times are equal."""
    store, received = ports
    for number in range(7):
        store.create_receipt(told(number, AT_MS - number // 2, shortcode=NUMBERS[number % 2]))
    for read in (received.waiting, received.waiting_entries):
        found: list[str] = []
        page: Any = read(UNMATCHED, 2, None)
        while page.cursor is not None:
            found += codes(page)
            page = read(UNMATCHED, 2, page.cursor)
        found += codes(page)
        assert sorted(map(str, range(7))) == sorted(found)


def test_a_page_that_holds_the_last_one_leads_to_no_empty_page(ports: Both) -> None:
    store, received = ports
    for number in range(4):
        store.create_receipt(told(number, shortcode=NUMBERS[number % 2]))
    assert (4, None) == (len(codes(page := received.waiting(UNMATCHED, 4, None))), page.cursor)
    assert received.waiting(UNMATCHED, 3, None).cursor is not None


def test_a_day_is_that_of_nairobi(ports: Both) -> None:
    """From its first to its last millisecond."""
    store, received = ports
    begins = AT_MS - AT_MS % DAY_MS - 3 * 3_600_000
    for number, at_ms in enumerate((begins - 1, begins, begins + DAY_MS - 1, begins + DAY_MS)):
        store.create_receipt(told(number, at_ms))
    assert ["2", "1"] == codes(received.waiting(replace(UNMATCHED, day=day_of(begins)), 10, None))
    assert ["2", "1"] == codes(received.receipts_of_day(NUMBERS, day_of(begins), 10, None))


def test_a_day_goes_on_behind_its_cursor(ports: Both) -> None:
    store, received = ports
    for number in range(5):
        store.create_receipt(told(number, shortcode=NUMBERS[number % 2]))
    first = received.receipts_of_day(NUMBERS, day_of(AT_MS), 3, None)
    second = received.receipts_of_day(NUMBERS, day_of(AT_MS), 3, first.cursor)
    assert (["4", "3", "2"], ["1", "0"], None) == (codes(first), codes(second), second.cursor)


def test_what_gets_its_payment_leaves_the_list_and_stays_in_its_day(ports: Both) -> None:
    store, received = ports
    record = told(1)
    store.create_receipt(record)
    assert store.save_receipt(record, replace(record, owner=sample.payment_id(1), version=2))
    assert [] == codes(received.waiting(UNMATCHED, 10, None))
    assert ["1"] == codes(received.receipts_of_day(NUMBERS, day_of(AT_MS), 10, None))


def test_what_is_set_aside_moves_to_the_other_list_and_back(ports: Both) -> None:
    store, received = ports
    record = told(1)
    store.create_receipt(record)
    gone = aside(record, 1, set_aside=True)
    assert store.save_receipt(record, gone)
    ignored = WaitingQuery(numbers=NUMBERS, standing=Standing.IGNORED)
    assert ([], ["1"]) == (codes(received.waiting(UNMATCHED, 9, None)), codes(received.waiting(ignored, 9, None)))
    assert store.save_receipt(gone, aside(gone, 2, set_aside=False))
    assert (["1"], []) == (codes(received.waiting(UNMATCHED, 9, None)), codes(received.waiting(ignored, 9, None)))


def test_payments_before_a_moment_are_those_of_that_day_and_the_one_before(ports: Both) -> None:
    """Newest first, of one owner, with all their facts."""
    store, received = ports
    ages = {1: 0, 2: 1_000, 3: DAY_MS, 4: 3 * DAY_MS}
    records = {
        number: sample.record(number, [sample.begun()], created_at_ms=AT_MS - age) for number, age in ages.items()
    }
    for record in (*records.values(), sample.record(5, owner="other"), sample.record(6, created_at_ms=AT_MS + 1)):
        store.create_payment(record, Indexed(due_at_ms=None))
    assert [1, 2, 3] == [int(one.id[4:12], 16) for one in received.payments_before("shop", AT_MS, 10)]
    assert [1, 2] == [int(one.id[4:12], 16) for one in received.payments_before("shop", AT_MS, 2)]
    assert records[1].facts == received.payments_before("shop", AT_MS, 1)[0].facts


def test_a_shop_is_found_by_each_of_its_numbers(ports: Both) -> None:
    _, received = ports
    assert [(SHOP,), (SHOP,), ()] == [received.shops_of(number) for number in ("5000002", "4000001", "174379")]
