"""Who got hold of an attempt's address fills no item: whatever is delivered there, the payer's money still gets in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from gateway import security
from gateway.aws import room
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.domain.facts import CallbackReceived, CallbackUnreadable, Fact, MoneyReceived, QueryAnswered
from gateway.domain.fold import state_of
from gateway.domain.identity import hex_of
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.flows.start_payment import start_attempt
from gateway.flows.take_callback import take_stk_callback
from gateway.ports import run
from gateway.settings import Settings
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, accepted, begun, due, money, payment_id, record, success
from tests.memory_store import KEYS, MemoryWorld
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAYMENT = payment_id(1)
SETTINGS = FlowSettings()
ENV = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM})
DYNAMODB_BYTES_MAX = 400 * 1024
QUERY = QueryAnswered(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, result_code="0", checkout_request_id="ws_CO_1")
FAILURE = replace(success(), result_code="1032", receipt=None, amount_kes=None)
UNREADABLE = CallbackUnreadable(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, digest="d" * 32, why="not_json")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBClient]:
    """A client of an empty table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        made = table_client(ELSEWHERE.table)
        create_table(made)
        yield made


@pytest.fixture
def world(client: DynamoDBClient) -> MemoryWorld:
    """A table in DynamoDB; the other ports are in memory."""
    made = MemoryWorld()
    made.store = DynamoStore(Table(client, TABLE), 4, lambda: AT_MS)  # type: ignore[assignment]  # the real one
    made.ambient.at_ms = AT_MS + 20_000
    return made


def _prompted(world: MemoryWorld, *more: Fact) -> None:
    """The payment, with an attempt that Daraja took."""
    assert world.store.create_payment(record(facts=[begun(), accepted(), *more]), due()) is None


def _deliver(world: MemoryWorld, body: bytes, source: str) -> None:
    tag = security.stk_tag(KEYS.tags[0], PAYMENT, 1)
    arrived = Delivery(
        kind="stk", target=hex_of(PAYMENT), number=1, tag=tag, source_address=source, body=body,
        learned_at_ms=world.ambient.at_ms,
    )  # fmt: skip
    run(take_stk_callback(arrived, ENV, SETTINGS), world)


def _body(**changes: Any) -> bytes:
    said = success()
    items = [{"Name": "Amount", "Value": 100}, {"Name": "MpesaReceiptNumber", "Value": said.receipt}]
    told = {
        "CheckoutRequestID": said.checkout_request_id,
        "MerchantRequestID": said.merchant_request_id,
        "ResultCode": 0,
        "ResultDesc": "",
        "CallbackMetadata": {"Item": items},
        **changes,
    }
    return json.dumps({"Body": {"stkCallback": told}}).encode()


def _forged(count: int) -> Iterable[bytes]:
    """As large and as different as may be."""
    return (
        _body(
            ResultCode=f"{number:0100d}", CheckoutRequestID="c" * 250, MerchantRequestID="m" * 250, ResultDesc="d" * 900
        )
        for number in range(count)
    )


def _size(client: DynamoDBClient) -> int:
    """Of the item, as JSON, which is larger than DynamoDB's own count."""
    found = client.get_item(TableName=TABLE, Key={"pk": {"S": f"PAY#{PAYMENT}"}}, ConsistentRead=True)["Item"]
    return len(json.dumps(found))


def _state(world: MemoryWorld) -> Any:
    found = world.store.read_payment(PAYMENT)
    assert found is not None
    return state_of(found.asked, found.facts)


def test_a_strangers_flood_leaves_room_for_the_money_and_for_another_attempt(
    world: MemoryWorld, client: DynamoDBClient
) -> None:
    """The item stops growing near the soft cap; Safaricom's own news still end one attempt and pay the next."""
    _prompted(world)
    for body in _forged(40):
        _deliver(world, body, FROM_ELSEWHERE)
    flooded = _size(client)
    cancelled = _body(ResultCode=1032, CallbackMetadata=None)
    _deliver(world, cancelled, FROM_SAFARICOM)
    world.ambient.at_ms += 130_000

    begun_again = run(start_attempt(PAYMENT, 2, "254712345678", "payer", SETTINGS), world)
    _deliver(world, _body(), FROM_SAFARICOM)

    assert flooded < 2 * room.SOFT_BYTES
    assert (True, "paid") == (begun_again.created, _state(world).status)


def test_bytes_that_nobody_can_read_stop_at_the_soft_cap_and_the_money_gets_in(
    world: MemoryWorld, client: DynamoDBClient
) -> None:
    """Each is another fact; above the cap none is added. Their bytes lie apart."""
    _prompted(world, *(replace(UNREADABLE, digest=f"{number:032x}") for number in range(room.SOFT_BYTES // 100)))
    before = _size(client)
    for number in range(5):
        _deliver(world, b"{" * (number + 1), FROM_SAFARICOM)
    flooded = _size(client)
    _deliver(world, _body(), FROM_SAFARICOM)

    assert flooded < before + 200
    assert "paid" == _state(world).status


def _success(number: int, **changes: Any) -> CallbackReceived:
    return replace(success(), receipt=f"UKP{number:07d}", **changes)


MONEY: tuple[Fact, ...] = (success(), QUERY, money())
DOUBTFUL: tuple[Fact, ...] = (_success(1, from_safaricom=False), UNREADABLE)


@pytest.mark.parametrize(
    "size", [0, room.SOFT_BYTES + 1, room.HARD_BYTES + 1, room.LAST_BYTES + 1, DYNAMODB_BYTES_MAX - 1]
)
def test_money_is_never_left_out(size: int) -> None:
    """Whatever the item's size: only texts for people go."""
    kept = room.admitted(size, MONEY)

    assert ([fact.id for fact in MONEY], 0) == ([fact.id for fact in kept.facts], kept.left_out)
    assert [100, 100] == [fact.amount_kes for fact in kept.facts if isinstance(fact, CallbackReceived | MoneyReceived)]


@pytest.mark.parametrize(("size", "kept"), [(room.SOFT_BYTES, 2), (room.SOFT_BYTES + 1, 0), (room.HARD_BYTES + 1, 0)])
def test_what_decides_nothing_stops_at_the_soft_cap(size: int, kept: int) -> None:
    """Strangers and unreadable bytes; an attempt that begins has the rest up to the hard cap."""
    assert (kept, 2 - kept) == (len(room.admitted(size, DOUBTFUL).facts), room.admitted(size, DOUBTFUL).left_out)


@pytest.mark.parametrize(("size", "kept"), [(room.HARD_BYTES + 1, 1), (room.LAST_BYTES, 1), (room.LAST_BYTES + 1, 0)])
def test_safaricoms_no_still_counts_far_above_the_hard_cap(size: int, kept: int) -> None:
    """It ends the attempt; a hundred kilobytes of them do not come from Safaricom."""
    assert kept == len(room.admitted(size, (FAILURE,)).facts)


@pytest.mark.parametrize(("told_due_ms", "stays_due_ms"), [(None, AT_MS + 9_000), (AT_MS + 1_000, AT_MS + 1_000)])
def test_a_failure_that_finds_no_room_does_not_settle_what_is_stored(
    world: MemoryWorld, monkeypatch: pytest.MonkeyPatch, told_due_ms: int | None, stays_due_ms: int
) -> None:
    """The stored facts still say "prompted": the payment stays due, as early as before or as now wanted."""
    _prompted(world)
    before = world.store.read_payment(PAYMENT)
    assert before is not None
    world.store.lease_payment(before, AT_MS + 9_000, {})
    waiting = world.store.read_payment(PAYMENT)
    assert waiting is not None
    monkeypatch.setattr("gateway.aws.store._size", lambda _: room.LAST_BYTES + 1)
    world.store.save_payment(waiting, waiting.with_facts([FAILURE]), due(told_due_ms))
    after = world.store.read_payment(PAYMENT)
    assert after is not None
    assert (waiting.facts, stays_due_ms) == (after.facts, after.due_at_ms)
