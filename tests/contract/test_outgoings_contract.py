"""Payouts and their limits: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.money_out import DynamoOutgoings
from gateway.aws.table import Table
from gateway.domain.money_out.facts import Hold
from gateway.domain.money_out.files import PayoutFile, PayoutLine, completed
from gateway.domain.money_out.limits import Limit
from gateway.domain.money_out.outgoing import OutgoingRecord
from gateway.domain.payment import Asks
from gateway.ports import Indexed
from gateway.ports.money_out import OutgoingQuery, Outgoings
from tests import outgoing_samples as told
from tests.dynamo_table import TABLE, create_table
from tests.memory_money_out import MemoryOutgoings

DUE_MS = told.T0_MS + 60_000
DAY = "2026-03-02"


@pytest.fixture(params=["dynamodb", "memory"])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outgoings]:
    """An empty one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        ports: dict[str, Outgoings] = {
            "dynamodb": DynamoOutgoings(Table(client, TABLE), 4),
            "memory": MemoryOutgoings(),
        }
        yield ports[request.param]


def indexed(status: str = "awaiting_approval", due_at_ms: int | None = DUE_MS) -> Indexed:
    return Indexed(due_at_ms=due_at_ms, summary={"status": status, "flags": []})


def payout(number: int = 1, **changed: Any) -> OutgoingRecord:
    """Payout `number` of the shop, as it begins."""
    made = told.asked(id=f"out_{number:032x}", created_at_ms=told.T0_MS + number, **changed)
    return OutgoingRecord(made, {}, version=1, updated_at_ms=told.T0_MS, due_at_ms=DUE_MS)


WHOLE = {
    "order": "wages-2",
    "metadata": {"month": "2026-02"},
    "maker": "google|amina",
    "occasion": "February",
    "fallback": "b2c",
    "original_receipt": told.RECEIPT,
    "payment": "pay_" + "1" * 32,
    "file": "file_1",
}


@pytest.mark.parametrize("changed", [{}, WHOLE], ids=["short", "whole"])
def test_a_payout_comes_back_as_it_was_made(port: Outgoings, changed: dict[str, Any]) -> None:
    made = payout(**changed)
    assert None is port.create_outgoing(made, indexed())
    assert made == port.read_outgoing(made.id)


def test_the_second_of_one_id_finds_the_first(port: Outgoings) -> None:
    port.create_outgoing(payout(remarks="first"), indexed())
    standing = port.create_outgoing(payout(remarks="second"), indexed())
    assert "first" == (standing and standing.asked.remarks)


def test_what_is_not_there_is_not_found(port: Outgoings) -> None:
    assert (None, None, ()) == (port.read_outgoing("out_x"), port.read_limit("x"), port.read_outgoings(("out_x",)))


def test_facts_and_what_is_no_fact_are_written_once(port: Outgoings) -> None:
    before = payout()
    port.create_outgoing(before, indexed())
    after = replace(
        before.with_facts([told.approved(), told.begun()]),
        version=2,
        updated_at_ms=told.T0_MS + 5,
        due_at_ms=None,
        held=Hold.LIMIT,
        held_times=2,
        held_until_ms=told.T0_MS + 9,
        limit_day=DAY,
        limit_day_before="2026-03-01",
        limits_closed=True,
        limits_went=True,
        payment_told="returned",
        asks={1: Asks(1, told.T0_MS)},
    )

    assert port.save_outgoing(before, after, indexed("approved", None))
    assert after == port.read_outgoing(before.id)
    assert not port.save_outgoing(before, after, indexed("approved", None))


def test_what_was_held_is_held_no_more(port: Outgoings) -> None:
    before = replace(payout(), held=Hold.LIMIT, held_times=1, held_until_ms=5)
    port.create_outgoing(before, indexed())
    after = replace(before, held=None, held_times=0, held_until_ms=0, version=2, due_at_ms=DUE_MS)
    port.save_outgoing(before, after, indexed())
    assert after == port.read_outgoing(before.id)


def test_of_two_leases_one_is_given(port: Outgoings) -> None:
    made = payout()
    port.create_outgoing(made, indexed())
    given = [port.lease_outgoing(made, DUE_MS + 1, {1: Asks(1, told.T0_MS)}) for _ in range(2)]
    leased = port.read_outgoing(made.id)

    assert [True, False] == given
    assert (DUE_MS + 1, {1: Asks(1, told.T0_MS)}, 1) == (
        leased and leased.due_at_ms,
        leased and dict(leased.asks),
        leased and leased.version,
    )


def test_a_day_lists_its_payouts_newest_first_in_pages(port: Outgoings) -> None:
    for number in (1, 2, 3):
        port.create_outgoing(payout(number), indexed())
    port.create_outgoing(payout(4, kind="refund"), indexed())
    port.create_outgoing(payout(5, owner="other"), indexed())
    query = OutgoingQuery(owner="shop", kind="payout", day=DAY)
    first = port.list_outgoings(query, 2, None)
    rest = port.list_outgoings(query, 2, first.cursor)

    assert [3, 2] == [int(record.id[4:], 16) for record in first.records]
    assert ([1], None) == ([int(record.id[4:], 16) for record in rest.records], rest.cursor)


def test_the_list_by_status_follows_it(port: Outgoings) -> None:
    before = payout()
    port.create_outgoing(before, indexed())
    after = replace(before.with_facts([told.approved()]), version=2)
    port.save_outgoing(before, after, indexed("approved"))
    waiting, approved = (
        port.list_outgoings(OutgoingQuery(owner="shop", kind="payout", status=status), 5, None).records
        for status in ("awaiting_approval", "approved")
    )
    assert ((), [before.id]) == (waiting, [record.id for record in approved])


def test_what_was_done_under_a_receipt_is_found_by_its_owner_alone(port: Outgoings) -> None:
    before = payout()
    port.create_outgoing(before, indexed())
    port.create_outgoing(payout(2), indexed())
    after = replace(before, version=2)
    port.save_outgoing(before, after, Indexed(due_at_ms=None, summary={"status": "succeeded", "receipt": told.RECEIPT}))
    found = [port.find_outgoings(owner, told.RECEIPT) for owner in ("shop", "other")]

    assert [[before.id], []] == [[record.id for record in records] for records in found]
    assert () == port.find_outgoings("shop", "SGL00NONE")


def test_several_are_read_together(port: Outgoings) -> None:
    made = payout()
    port.create_outgoing(made, indexed())
    assert (made,) == port.read_outgoings((made.id, made.id, "out_" + "9" * 32))


def test_of_two_who_change_a_limit_one_does(port: Outgoings) -> None:
    first = Limit(name=f"shop#{DAY}", settled_kes=5, in_flight={"out_1": 7})
    made = [port.save_limit(None, first), port.save_limit(None, first)]
    stored = port.read_limit(first.name)

    assert ([True, False], replace(first, version=1)) == (made, stored)
    assert [True, False] == [port.save_limit(stored, replace(first, settled_kes=12, in_flight={})) for _ in range(2)]
    assert replace(first, settled_kes=12, in_flight={}, version=2) == port.read_limit(first.name)


FILE = PayoutFile(
    id="file_" + "7" * 32,
    owner="shop",
    livemode=False,
    name="Wages",
    shortcode="174379",
    fingerprint="1:wages",
    created_by="key_1",
    created_at_ms=told.T0_MS,
    amount_kes=250,
    out_ids=("out_" + "1" * 32,),
    lines=(
        PayoutLine(
            number=2,
            out_id="out_" + "1" * 32,
            phone=told.PHONE,
            amount_kes=250,
            command="SalaryPayment",
            remarks="March",
            order=None,
            fingerprint="1:line",
        ),
    ),
    due_at_ms=DUE_MS,
)


def test_a_file_comes_back_as_it_was_made(port: Outgoings) -> None:
    assert None is port.create_file(FILE)
    assert FILE == port.read_file(FILE.id)
    assert FILE == port.create_file(replace(FILE, name="again"))


def test_a_file_is_completed_once(port: Outgoings) -> None:
    port.create_file(FILE)
    done = completed(FILE)
    assert [True, False] == [port.save_file(FILE, done) for _ in range(2)]
    assert done == port.read_file(FILE.id)


def test_a_file_that_is_not_there_is_not_found(port: Outgoings) -> None:
    assert None is port.read_file(FILE.id)
