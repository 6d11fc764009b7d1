"""What every store must do. The same tests run on the store over DynamoDB (moto) and on the one in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from gateway import security
from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.items import key_to_values, packed, settings_to_values
from gateway.aws.store import DynamoStore
from gateway.aws.table import Table
from gateway.domain.facts import Cancelled
from gateway.domain.guard import Guard
from gateway.domain.payment import Asks, PaymentRecord
from gateway.domain.shop import ApiKey, ShopSettings, Shortcode
from gateway.ports import DueItem, Pace, PaymentQuery, Store, TokenLease
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, accepted, begun, due, money, owned, payment_id, record, success
from tests.memory_store import MemoryStore

SHOP = ShopSettings(
    owner="shop",
    name="Corner Shop",
    shortcodes=(
        Shortcode(number="174379", kind="paybill", name="CORNER"),
        Shortcode(number="5000002", kind="till", name="CORNER", store_number="4000001"),
    ),
    origins=("https://shop.example",),
)
KEY = ApiKey(id="key_1", owner="shop", livemode=False, publishable=False, scopes=frozenset({"payments:read"}))
HASH = security.secret_hash("sk_test_1")
NEWEST_FIRST, OLDEST_FIRST = True, False


@pytest.fixture(params=["dynamodb", "memory"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store but for the settings of "shop" and one key."""
    yield from {"dynamodb": _dynamo_store, "memory": _memory_store}[request.param](monkeypatch)


def _memory_store(_: pytest.MonkeyPatch) -> Iterator[Store]:
    memory = MemoryStore()
    memory.settings["shop"] = SHOP
    memory.keys[HASH] = KEY
    yield memory


def _dynamo_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        table = Table(client, TABLE)
        table.put(packed(settings_to_values(SHOP)))
        table.put(packed(key_to_values(KEY, HASH, created_at_ms=AT_MS, last4="st_1")))
        yield DynamoStore(table, 4, lambda: AT_MS)


def _stored(store: Store, number: int = 1) -> PaymentRecord:
    found = store.read_payment(payment_id(number))
    assert found is not None
    return found


# --- payments -------------------------------------------------------------------------------------------------


def test_what_is_created_is_read_back_whole(store: Store) -> None:
    new = record(facts=[begun()], order="1042", metadata={"table": "7"}, return_url="https://shop.example/done")
    assert store.create_payment(new, due()) is None
    assert replace(new, due_at_ms=AT_MS) == _stored(store)


def test_a_payment_that_exists_is_answered_and_left_alone(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    other = record(facts=[begun(sender="d2" * 8)], amount_kes=999)
    assert replace(record(facts=[begun()]), due_at_ms=AT_MS) == store.create_payment(other, due(None))
    assert _stored(store).asked.amount_kes == 100


def test_what_nobody_created_is_not_there(store: Store) -> None:
    assert store.read_payment(payment_id(9)) is None


def test_a_saved_fact_is_added_and_the_version_rises(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    after = replace(before.with_facts([accepted(), success()]), updated_at_ms=AT_MS + 12_000)
    assert store.save_payment(before, after, due(None, status="paid"))
    expected = replace(after, version=2, due_at_ms=None)
    assert expected == _stored(store)


def test_conclusions_that_are_still_to_be_drawn_are_marked_until_they_are(store: Store) -> None:
    """An older release only added a fact; the mark outlives a lease, and goes with the write that concludes."""
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    assert store.save_payment(before, replace(before.with_facts([accepted()]), unconcluded=True), due())
    marked = _stored(store)
    assert store.lease_payment(marked, AT_MS + 60_000, {})
    leased = _stored(store)
    assert store.save_payment(leased, replace(leased.with_facts([success()]), unconcluded=False), due())
    assert [True, True, False] == [one.unconcluded for one in (marked, leased, _stored(store))]


def test_only_one_of_two_writers_of_a_version_wins(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    assert store.save_payment(before, before.with_facts([accepted()]), due())
    assert not store.save_payment(before, before.with_facts([success()]), due())
    assert {begun().id, accepted().id} == set(_stored(store).facts)


def test_a_payment_that_does_not_exist_is_not_made_by_saving(store: Store) -> None:
    assert not store.save_payment(record(), record(facts=[begun()]), due())
    assert not store.lease_payment(record(), AT_MS, {})
    assert store.read_payment(payment_id(1)) is None


def test_of_twenty_concurrent_writers_of_a_version_one_wins(store: Store) -> None:
    """moto itself is not atomic, so its calls go through one lock, as in the local world."""
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    lock = threading.Lock()
    wins: list[bool] = []

    def write(number: int) -> None:
        fact = Cancelled(actor=f"key_{number}", said_at_ms=AT_MS + number, learned_at_ms=AT_MS + number)
        with lock:
            wins.append(store.save_payment(before, before.with_facts([fact]), due()))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted([True, *[False] * 19]) == sorted(wins)
    assert _stored(store).version == 2


def test_a_new_attempts_schedule_is_saved_beside_its_fact(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    store.save_payment(before, replace(before, asks={1: Asks(2, AT_MS)}), due(AT_MS + 5))
    assert {1: Asks(2, AT_MS)} == _stored(store).asks


def test_what_a_shop_edits_is_saved_and_found(store: Store) -> None:
    store.create_payment(record(order="1042", metadata={"a": "b"}), due())
    before = _stored(store)
    edited = replace(before.asked, order="1043", metadata={}, return_url="https://shop.example/x")
    assert store.save_payment(before, replace(before, asked=edited), due())
    assert edited == _stored(store).asked
    assert () == store.list_payments(PaymentQuery(owner="shop", order="1042"), 10, None).records
    assert 1 == len(store.list_payments(PaymentQuery(owner="shop", order="1043"), 10, None).records)


# --- lease and due ----------------------------------------------------------------------------------------------


def test_only_one_of_two_sweeps_leases_a_payment(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    seen = _stored(store)
    assert store.lease_payment(seen, AT_MS + 60_000, {1: Asks(1, AT_MS)})
    assert not store.lease_payment(seen, AT_MS + 60_000, {1: Asks(1, AT_MS)})
    assert (AT_MS + 60_000, {1: Asks(1, AT_MS)}) == (_stored(store).due_at_ms, _stored(store).asks)


def test_a_lease_does_not_stop_a_writer_of_facts(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    store.lease_payment(before, AT_MS + 60_000, {1: Asks(1, AT_MS)})
    assert store.save_payment(before, before.with_facts([success()]), due(None))
    assert (None, {1: Asks(1, AT_MS)}) == (_stored(store).due_at_ms, _stored(store).asks)


def test_a_settled_payment_cannot_be_leased_by_who_saw_it_due(store: Store) -> None:
    store.create_payment(record(facts=[begun()]), due())
    before = _stored(store)
    store.save_payment(before, before.with_facts([success()]), due(None))
    assert not store.lease_payment(before, AT_MS + 60_000, {})
    assert _due_keys(store) == []


def test_what_is_due_comes_oldest_first_and_newest_first_and_not_early(store: Store) -> None:
    for number, at_ms in ((1, AT_MS + 2), (2, AT_MS + 1), (3, AT_MS + 9_999)):
        store.create_payment(record(number), due(at_ms))
    store.create_receipt(owned(number=None, due_at_ms=AT_MS + 3))
    oldest_first = [f"PAY#{payment_id(2)}", f"PAY#{payment_id(1)}", "RCPT#SGL31QW9XY"]
    shards = [store.due_items(shard, AT_MS + 10, 10, OLDEST_FIRST) for shard in range(4)]
    assert oldest_first == [item.key for item in sorted(sum(shards, ()), key=lambda item: item.due_at_ms)]
    for shard, items in enumerate(shards):
        assert items == tuple(sorted(items, key=lambda item: item.due_at_ms))
        assert items[::-1] == store.due_items(shard, AT_MS + 10, 10, NEWEST_FIRST)
        assert items[:1] == store.due_items(shard, AT_MS + 10, 1, OLDEST_FIRST)


def test_a_due_time_is_cleared_only_while_it_is_the_one_seen(store: Store) -> None:
    store.create_payment(record(), due())
    key = f"PAY#{payment_id(1)}"
    assert not store.clear_due(DueItem(key, AT_MS - 1), None)
    assert store.clear_due(DueItem(key, AT_MS), AT_MS + 7)
    assert _stored(store).due_at_ms == AT_MS + 7
    assert store.clear_due(DueItem(key, AT_MS + 7), None)
    assert _due_keys(store) == []


def _due_keys(store: Store) -> list[str]:
    return [item.key for shard in range(4) for item in store.due_items(shard, AT_MS * 2, 10, OLDEST_FIRST)]


# --- lists ------------------------------------------------------------------------------------------------------


def test_a_list_goes_on_where_its_signed_cursor_says(store: Store) -> None:
    for number in range(1, 8):
        store.create_payment(record(number, created_at_ms=AT_MS + number // 2), due())
    query = PaymentQuery(owner="shop", day="2026-03-02")
    seen: list[str] = []
    cursor: str | None = None
    for size in (3, 3, 1):
        page = store.list_payments(query, 3, cursor)
        assert size == len(page.records)
        seen += [found.id for found in page.records]
        cursor = page.cursor and _handed_out_and_back(page.cursor)
    assert cursor is None
    assert [payment_id(number) for number in (7, 6, 5, 4, 3, 2, 1)] == seen


def _handed_out_and_back(cursor: str) -> str:
    """Signed as the API does, so that nobody can make one."""
    mark = security.signature(b"u" * 32, "shop", cursor)
    assert security.signature_fits(b"u" * 32, mark, "shop", cursor)
    assert not security.signature_fits(b"u" * 32, mark, "other-shop", cursor)
    return cursor


@pytest.mark.parametrize(
    "query",
    [
        PaymentQuery(owner="shop", day="2026-03-02"),
        PaymentQuery(owner="shop", order="1042"),
        PaymentQuery(owner="shop", account_reference="inv 1042"),
        PaymentQuery(owner="shop", receipt="SGL31QW9XY"),
    ],
    ids=["day", "order", "account_reference", "receipt"],
)
def test_a_list_shows_its_owners_payments_only(store: Store, query: PaymentQuery) -> None:
    store.create_payment(record(1, order="1042"), due())
    store.create_payment(record(2, order="1042", owner="other-shop"), due())
    store.create_payment(record(3, order="1", account_reference="B", created_at_ms=AT_MS + 43_200_000), due())
    store.create_receipt(owned(number=1))
    store.create_receipt(owned("SGL31QW9XZ", number=2))
    assert [payment_id(1)] == [found.id for found in store.list_payments(query, 25, None).records]


def test_a_receipt_of_nobody_lists_nothing(store: Store) -> None:
    """Nobody knows the one; the other one's money has no payment yet."""
    store.create_receipt(replace(owned(number=1), owner=None))
    queries = [PaymentQuery(owner="shop", receipt=receipt) for receipt in ("SGL31QW9XY", "SGL0000000")]
    assert [(), ()] == [store.list_payments(query, 25, None).records for query in queries]


def test_a_foreign_receipt_lists_nothing(store: Store) -> None:
    store.create_payment(record(2, owner="other-shop"), due())
    store.create_receipt(owned(number=2))
    assert () == store.list_payments(PaymentQuery(owner="shop", receipt="SGL31QW9XY"), 25, None).records


def test_a_reference_finds_payments_of_the_till_too_newest_first(store: Store) -> None:
    store.create_payment(record(1), due())
    store.create_payment(record(2, shortcode="5000002", shortcode_kind="till", created_at_ms=AT_MS + 1), due())
    page = store.list_payments(PaymentQuery(owner="shop", account_reference="INV1042"), 1, None)
    rest = store.list_payments(PaymentQuery(owner="shop", account_reference="INV1042"), 1, page.cursor)
    assert [payment_id(2), payment_id(1)] == [found.id for found in (*page.records, *rest.records)]
    assert rest.cursor is None


def test_payments_that_share_a_reference_are_found_by_what_a_payer_types(store: Store) -> None:
    store.create_payment(record(1), due())
    store.create_payment(record(2, owner="other-shop", created_at_ms=AT_MS + 1), due())
    store.create_payment(record(3, account_reference="INV1043"), due())
    assert (payment_id(2), payment_id(1)) == store.payments_by_reference("174379", " inv1042", 5)
    assert (payment_id(2),) == store.payments_by_reference("174379", "INV1042", 1)


# --- receipts, guards, the rest -----------------------------------------------------------------------------------


def test_a_receipt_has_one_owner_and_the_second_claim_is_shown_it(store: Store) -> None:
    assert store.create_receipt(owned(number=1)) is None
    assert owned(number=1) == store.create_receipt(owned(number=2))
    assert owned(number=1) == store.read_receipt("SGL31QW9XY")
    assert store.read_receipt("SGL31QW9XZ") is None


def test_of_two_claims_of_unmatched_money_one_wins(store: Store) -> None:
    store.create_receipt(owned(number=None, due_at_ms=AT_MS, matched_tries=2))
    before = store.read_receipt("SGL31QW9XY")
    assert before == owned(number=None, due_at_ms=AT_MS, matched_tries=2)
    told = success()
    claimed = replace(before, owner=payment_id(1), due_at_ms=None, facts={**before.facts, told.id: told})
    assert store.save_receipt(before, claimed)
    assert not store.save_receipt(before, replace(before, owner=payment_id(2)))
    assert replace(claimed, version=2) == store.read_receipt("SGL31QW9XY")
    assert {money().id, told.id} == set(claimed.facts)


def _guard(**changes: object) -> Guard:
    values = {
        "phone_key": "7" * 32,
        "payment_id": payment_id(1),
        "number": 1,
        "sender": "c1",
        "until_ms": AT_MS + 203_000,
    }
    guard = Guard(**values, prompted_ms={"shop": (AT_MS,), "other-shop": (AT_MS - 1, AT_MS)})  # type: ignore[arg-type]  # mixed
    return replace(guard, **changes)  # type: ignore[arg-type]  # as above


def test_a_phone_is_guarded_by_one_sender(store: Store) -> None:
    assert store.read_guard("7" * 32) is None
    assert store.save_guard(None, _guard())
    assert not store.save_guard(None, _guard(sender="d2"))
    assert _guard() == store.read_guard("7" * 32)


def test_a_guard_is_taken_over_by_one_of_two(store: Store) -> None:
    store.save_guard(None, _guard())
    before = store.read_guard("7" * 32)
    assert store.save_guard(before, _guard(sender="d2", version=2, unanswered=1))
    assert not store.save_guard(before, _guard(sender="e3", version=2))
    assert _guard(sender="d2", version=2, unanswered=1) == store.read_guard("7" * 32)


def test_the_token_has_one_refresher(store: Store) -> None:
    first = TokenLease(holder="c1", until_ms=AT_MS + 30_000, generation=1)
    assert store.read_token_lease() is None
    assert store.save_token_lease(None, first)
    assert not store.save_token_lease(None, replace(first, holder="d2"))
    second = replace(first, holder="d2", generation=2, version=2)
    assert store.save_token_lease(first, second)
    assert not store.save_token_lease(first, replace(second, holder="e3"))
    assert second == store.read_token_lease()


def test_the_pace_is_kept_by_one_at_a_time(store: Store) -> None:
    first = Pace(next_at_ms=AT_MS, apart_ms=1_000)
    assert store.read_pace("query") is None
    assert store.save_pace("query", None, first)
    assert not store.save_pace("query", None, first)
    assert store.save_pace("query", first, Pace(next_at_ms=AT_MS + 1_000, apart_ms=2_000))
    assert not store.save_pace("query", first, Pace(next_at_ms=AT_MS + 9, apart_ms=9))
    assert Pace(next_at_ms=AT_MS + 1_000, apart_ms=2_000, version=2) == store.read_pace("query")


def test_settings_and_keys_are_read_whole_or_not_at_all(store: Store) -> None:
    assert SHOP == store.read_settings("shop")
    assert KEY == store.read_key(HASH)
    assert (None, None) == (store.read_settings("nobody"), store.read_key("0" * 64))


SAVERS: dict[str, Callable[[Store], bool]] = {
    "guard": lambda store: store.save_guard(_guard(), _guard(version=2)),
    "token lease": lambda store: store.save_token_lease(
        TokenLease(holder="a", until_ms=1, generation=1), TokenLease(holder="b", until_ms=1, generation=1)
    ),
    "pace": lambda store: store.save_pace("query", Pace(next_at_ms=1, apart_ms=1), Pace(next_at_ms=2, apart_ms=1)),
    "receipt": lambda store: store.save_receipt(owned(), owned(version=2)),
    "due": lambda store: store.clear_due(DueItem(f"PAY#{payment_id(1)}", AT_MS), None),
}


@pytest.mark.parametrize("name", SAVERS)
def test_an_item_that_went_away_is_not_made_anew_by_a_change(store: Store, name: str) -> None:
    assert not SAVERS[name](store)
