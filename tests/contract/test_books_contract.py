"""M-Pesa's book: the same tests on the one over DynamoDB (moto) and on the one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.books import DynamoBooks
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.domain.facts import Source
from gateway.domain.reconciliation.rows import MpesaRow, RowKind
from gateway.domain.reconciliation.windows import PullMark, Stretch
from gateway.ports import Store
from gateway.ports.reconciliation import BookPage, Books
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, owned
from tests.memory_books import MemoryBooks
from tests.memory_store import MemoryStore

Both = tuple[Books, Store]


@pytest.fixture(params=["dynamodb", "memory"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """An empty book, and the store beside it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        table, memory = Table(client, TABLE), MemoryStore()
        ports: dict[str, Both] = {
            "dynamodb": (DynamoBooks(table), DynamoStore(table, 4, lambda: AT_MS)),
            "memory": (MemoryBooks(memory), memory),
        }
        yield ports[request.param]


def row(receipt: str, **changes: Any) -> MpesaRow:
    """A payment of 100."""
    usual: dict[str, Any] = {"kind": RowKind.PAYMENT, "amount_kes": 100, "completed_at_ms": AT_MS}
    return MpesaRow(receipt=receipt, **(usual | changes))


def page(part: str, *rows: MpesaRow, **changes: Any) -> BookPage:
    """A page of the day."""
    usual: dict[str, Any] = {"shortcode": "174379", "day": "2026-03-02", "source": Source.PULL, "learned_at_ms": AT_MS}
    return BookPage(part=part, rows=rows, **(usual | changes))


def test_rows_come_back_as_they_were_told(both: Both) -> None:
    books, _ = both
    told = (
        row("SGL31QW9XY"),
        row("SGLREV0001", kind=RowKind.REVERSAL, word="c2b-reversal", linked="SGL31QW9XY"),
        row("SGLCENTS01", amount_kes=None, word="c2b-pay-bill-debit"),
        row("SGLCENTS02", kind=RowKind.FEE, amount_kes=None, amount_cents=1_250),
    )
    books.keep_page(page("1.000000", *told))
    assert told == books.rows_of_day("174379", "2026-03-02", 10, None).rows


def test_the_same_part_again_takes_the_place_of_the_first(both: Both) -> None:
    books, _ = both
    books.keep_page(page("1.000000", row("SGL31QW9XY")))
    books.keep_page(page("1.000000", row("SGL77AA2BB")))
    assert (row("SGL77AA2BB"),) == books.rows_of_day("174379", "2026-03-02", 10, None).rows


def test_pages_come_in_order_and_in_parts(both: Both) -> None:
    """Of this shortcode and day alone, whatever source told them."""
    books, _ = both
    for part in ("3", "1", "2"):
        books.keep_page(page(part, row(f"SGL000000{part}")))
    books.keep_page(page("1", row("SGLSTATE01", told_by=Source.STATEMENT), source=Source.STATEMENT))
    books.keep_page(page("1", row("SGLOTHER01"), day="2026-03-03"))
    books.keep_page(page("1", row("SGLOTHER02"), shortcode="600998"))

    first = books.rows_of_day("174379", "2026-03-02", 2, None)
    second = books.rows_of_day("174379", "2026-03-02", 2, first.cursor)

    assert ["SGL0000001", "SGL0000002"] == [one.receipt for one in first.rows]
    assert ["SGL0000003", "SGLSTATE01"] == [one.receipt for one in second.rows]
    assert [Source.PULL, Source.STATEMENT] == [one.told_by for one in second.rows]
    assert second.cursor is None


def test_a_mark_moves_only_for_who_saw_it(both: Both) -> None:
    books, _ = both
    first = PullMark(shortcode="174379", since_ms=0, complete_until_ms=AT_MS, version=1)
    moved = replace(first, complete_until_ms=AT_MS + 1_000, gaps=(Stretch(1_000, 2_000),), version=2)

    answers = [
        books.save_pull_mark(None, first),
        books.save_pull_mark(None, moved),
        books.save_pull_mark(first, moved),
        books.save_pull_mark(first, replace(moved, complete_until_ms=1)),
    ]

    assert [True, False, True, False] == answers
    assert moved == books.read_pull_mark("174379")
    assert books.read_pull_mark("600998") is None


def test_receipts_are_read_together_and_unknown_ones_are_not_there(both: Both) -> None:
    books, store = both
    store.create_receipt(owned())
    assert (owned(),) == books.read_receipts(("SGL31QW9XY", "SGLNOBODY1", "SGL31QW9XY"))
