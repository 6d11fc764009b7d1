"""What only the store over DynamoDB can get wrong: lost answers, items of other releases, size, no table at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws
from moto.core.models import botocore_stubber

from gateway.aws import items, room
from gateway.aws.clients import ELSEWHERE, INTAKE, table_client
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.aws.values import typed
from gateway.domain.facts import CallbackUnreadable, UnknownFact
from gateway.domain.guard import Guard
from gateway.domain.shop import ApiKey
from gateway.ports import Indexed, Orphan, StoreUnavailable, TokenLease
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, accepted, begun, due, owned, payment_id, record, success

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = f"PAY#{payment_id(1)}"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBClient]:
    """A client of an empty table; waits between tries take no time."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with mock_aws():
        made = table_client(ELSEWHERE.table)
        create_table(made)
        yield made


@pytest.fixture
def store(client: DynamoDBClient) -> DynamoStore:
    """The store over that table; its clock stands still."""
    return DynamoStore(Table(client, TABLE), 4, lambda: AT_MS)


def lose_first_answer(client: DynamoDBClient, operation: str) -> None:
    """The next call is carried out, but its answer never arrives; the SDK tries again by itself."""
    events: Any = client.meta.events
    name = f"before-send.dynamodb.{operation}"

    def carry_out_and_cut(event_name: str, request: Any, **kwargs: Any) -> None:
        events.unregister(name, carry_out_and_cut)
        botocore_stubber(event_name, request, **kwargs)
        raise ConnectionClosedError(endpoint_url="https://dynamodb")

    events.register_first(name, carry_out_and_cut)


def raw(client: DynamoDBClient, key: str = KEY) -> dict[str, Any]:
    """The item as it lies there."""
    found: Any = client.get_item(TableName=TABLE, Key={"pk": {"S": key}}, ConsistentRead=True)["Item"]
    return dict(found)


# --- own writes whose answer was lost -----------------------------------------------------------------------------


def test_a_created_payment_whose_answer_was_lost_counts_as_created(client: DynamoDBClient, store: DynamoStore) -> None:
    lose_first_answer(client, "PutItem")
    assert store.create_payment(record(facts=[begun()]), due()) is None


def test_a_repeated_put_does_not_hide_somebody_elses_payment(client: DynamoDBClient, store: DynamoStore) -> None:
    store.create_payment(record(facts=[begun(sender="d2" * 8)]), due())
    lose_first_answer(client, "PutItem")
    found = store.create_payment(record(facts=[begun()]), due())
    assert found is not None
    assert [begun(sender="d2" * 8)] == list(found.facts.values())


def test_two_equal_payments_from_two_processes_are_not_both_new(store: DynamoStore) -> None:
    """Equal to the millisecond, as with a clock that stands still: the second one did not create anything."""
    assert store.create_payment(record(), due()) is None
    assert store.create_payment(record(), due()) is not None


def test_a_saved_fact_whose_answer_was_lost_counts_as_saved(client: DynamoDBClient, store: DynamoStore) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = store.read_payment(payment_id(1))
    assert before is not None
    lose_first_answer(client, "UpdateItem")
    assert store.save_payment(before, before.with_facts([success()]), due(None, status="paid"))
    assert raw(client)["version"] == {"N": "2"}


def test_a_lost_answer_does_not_make_a_lost_race_won(client: DynamoDBClient, store: DynamoStore) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = store.read_payment(payment_id(1))
    assert before is not None
    store.save_payment(before, before.with_facts([accepted()]), due())
    lose_first_answer(client, "UpdateItem")
    assert not store.save_payment(before, before.with_facts([success()]), due(None))


def test_leases_guards_and_receipts_are_ours_too_when_the_answer_was_lost(
    client: DynamoDBClient, store: DynamoStore
) -> None:
    guard = Guard(phone_key="7" * 32, payment_id=payment_id(1), number=1, sender="c1", until_ms=AT_MS)
    lose_first_answer(client, "UpdateItem")
    assert store.save_guard(None, guard)
    lose_first_answer(client, "UpdateItem")
    assert store.save_token_lease(None, TokenLease(holder="c1", until_ms=AT_MS, generation=1))
    lose_first_answer(client, "PutItem")
    assert store.create_receipt(owned()) is None
    store.create_payment(record(), due())
    before = store.read_payment(payment_id(1))
    assert before is not None
    lose_first_answer(client, "UpdateItem")
    assert store.lease_payment(before, AT_MS + 60_000, {})


# --- other releases -------------------------------------------------------------------------------------------------


def test_attributes_and_facts_of_a_newer_release_survive_this_one(client: DynamoDBClient, store: DynamoStore) -> None:
    store.create_payment(record(facts=[begun()], order="1"), due())
    item = raw(client)
    newer_fact = typed({"said_at_ms": AT_MS, "carrier": "drone", "inner": {"list": [1, None, True]}})
    item["asked"]["M"]["newer"] = {"S": "asked"}
    item["facts"]["M"]["carried:00112233445566778899"] = newer_fact
    item |= {"newer": {"SS": ["a"]}, "fold_version": {"N": "99"}, "asks": typed({"1": [2, AT_MS, "newer"]})}
    client.put_item(TableName=TABLE, Item=item)

    before = store.read_payment(payment_id(1))
    assert before is not None
    assert isinstance(before.facts["carried:00112233445566778899"], UnknownFact)
    edited = replace(before.with_facts([success()]), asked=replace(before.asked, order="2"))
    assert store.save_payment(before, edited, Indexed(due_at_ms=AT_MS))

    after = raw(client)
    assert newer_fact == after["facts"]["M"]["carried:00112233445566778899"]
    assert ({"SS": ["a"]}, {"N": "99"}) == (after["newer"], after["fold_version"])
    assert ({"S": "asked"}, {"S": "2"}) == (after["asked"]["M"]["newer"], after["asked"]["M"]["order"])
    assert ({"M": {"status": {"S": "open"}}}, item["asks"]) == (after["summary"], after["asks"])


def test_a_guard_keeps_what_a_newer_release_put_there(client: DynamoDBClient, store: DynamoStore) -> None:
    guard = Guard(phone_key="7" * 32, payment_id=payment_id(1), number=1, sender="c1", until_ms=AT_MS)
    store.save_guard(None, guard)
    client.put_item(TableName=TABLE, Item=raw(client, "PHONE#" + "7" * 32) | {"opted_out": {"BOOL": True}})
    assert store.save_guard(guard, replace(guard, sender="d2", version=2))
    assert {"BOOL": True} == raw(client, "PHONE#" + "7" * 32)["opted_out"]


def test_what_may_go_has_a_time_to_live_and_what_may_not_has_none(client: DynamoDBClient, store: DynamoStore) -> None:
    store.create_payment(record(), due())
    store.create_receipt(owned())
    store.save_guard(None, Guard(phone_key="7" * 32, payment_id="", number=1, sender="c1", until_ms=AT_MS))
    store.keep_orphan(Orphan(key="x", what="stk", body=b"{", learned_at_ms=AT_MS, expires_at_ms=AT_MS + 1_000))
    assert ["expires_at" in raw(client, key) for key in (KEY, "RCPT#SGL31QW9XY")] == [False, False]
    assert {"N": str(AT_MS // 1000 + 90 * 86_400)} == raw(client, "PHONE#" + "7" * 32)["expires_at"]
    assert {"N": str(AT_MS // 1000 + 1)} == raw(client, "ORPHAN#x")["expires_at"]


def test_the_same_orphan_twice_is_one(client: DynamoDBClient, store: DynamoStore) -> None:
    orphan = Orphan(key="x", what="stk", body=b"\x00{", learned_at_ms=AT_MS, expires_at_ms=AT_MS + 1_000)
    store.keep_orphan(orphan)
    store.keep_orphan(replace(orphan, learned_at_ms=AT_MS + 9))
    assert {"B": b"\x00{"} == raw(client, "ORPHAN#x")["body"]
    assert {"N": str(AT_MS)} == raw(client, "ORPHAN#x")["learned_at"]


def test_a_key_and_settings_are_read_again_after_a_minute(client: DynamoDBClient) -> None:
    at_ms = [AT_MS]
    store = DynamoStore(Table(client, TABLE), 4, lambda: at_ms[0])
    key = ApiKey(id="key_1", owner="shop", livemode=False, publishable=False, scopes=frozenset())
    table = Table(client, TABLE)
    assert store.read_key("h") is None
    table.put(items.packed(items.key_to_values(key, "h", created_at_ms=AT_MS, last4="abcd")))
    assert key == store.read_key("h")
    table.put(items.packed(items.key_to_values(replace(key, revoked=True), "h", created_at_ms=AT_MS, last4="abcd")))
    assert key == store.read_key("h")
    at_ms[0] += 60_000
    assert replace(key, revoked=True) == store.read_key("h")


# --- size ---------------------------------------------------------------------------------------------------------


def _unreadable(number: int, why: str = "not JSON") -> CallbackUnreadable:
    return CallbackUnreadable(said_at_ms=AT_MS, learned_at_ms=AT_MS, number=1, digest=f"{number:032x}", why=why)


def test_a_full_item_still_takes_money_and_counts_what_only_explains(
    client: DynamoDBClient, store: DynamoStore
) -> None:
    stuffing = [_unreadable(number, "x" * 400) for number in range(room.HARD_BYTES // 400)]
    store.create_payment(record(facts=[begun(), *stuffing]), due())
    before = store.read_payment(payment_id(1))
    assert before is not None
    after = before.with_facts([success(), _unreadable(99_999), _unreadable(99_998)])
    assert store.save_payment(before, after, due(None))
    stored = store.read_payment(payment_id(1))
    assert stored is not None
    assert replace(success(), text="") == stored.facts[success().id]
    assert _unreadable(99_999).id not in stored.facts
    assert {"N": "2"} == raw(client)["left_out"]


def test_a_full_item_refuses_another_attempt_before_anything_is_sent(store: DynamoStore) -> None:
    stuffing = [_unreadable(number, "x" * 400) for number in range(room.HARD_BYTES // 400)]
    store.create_payment(record(facts=[begun(), *stuffing]), due())
    before = store.read_payment(payment_id(1))
    assert before is not None
    with pytest.raises(StoreUnavailable, match="size limit"):
        store.save_payment(before, before.with_facts([begun(2)]), due())


# --- an unreachable table -----------------------------------------------------------------------------------------


def test_a_throttled_write_is_unavailable_and_not_lost_or_won(client: DynamoDBClient, store: DynamoStore) -> None:
    events: Any = client.meta.events
    events.register("after-call.dynamodb.UpdateItem", _throttle)
    with pytest.raises(StoreUnavailable, match="UpdateItem: ThrottlingException"):
        store.save_guard(None, Guard(phone_key="7" * 32, payment_id="", number=1, sender="c1", until_ms=AT_MS))


def _throttle(parsed: dict[str, Any], http_response: Any, **_: Any) -> None:
    http_response.status_code = 400
    parsed["Error"] = {"Code": "ThrottlingException", "Message": "slow down 254712345678"}


def test_a_table_that_nobody_reaches_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    store = DynamoStore(Table(table_client(INTAKE.table), TABLE), 4, lambda: AT_MS)
    with pytest.raises(StoreUnavailable, match="EndpointConnectionError"):
        store.read_payment(payment_id(1))
