"""L14: nobody without authority changes money state, and nobody makes us fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import security
from gateway.domain.identity import hex_of
from gateway.flows.messages import Delivery
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.flows.take_money import take_c2b_confirmation
from gateway.ports import run
from gateway.settings import Settings
from tests.laws.deliveries import OTHER_IDS, R1, SETTINGS, accepted, begun, payment, query, shown
from tests.laws.deliveries import bring as bring_fact
from tests.laws.profiles import QUICK
from tests.memory_store import KEYS, START_MS, MemoryWorld
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM

ENV = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM})
PAYMENT_ID = f"pay_{1:08x}{'0' * 24}"
IDS_OF_THE_PUSH = ("ws_CO_1_712345678", "29115-1-1")


def body(code: int = 0, amount: float = 100.0, ids: tuple[str, str] = IDS_OF_THE_PUSH, receipt: str = R1) -> bytes:
    """A callback as Safaricom writes it."""
    told: dict[str, Any] = {
        "CheckoutRequestID": ids[0],
        "MerchantRequestID": ids[1],
        "ResultCode": code,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {
            "Item": [{"Name": "Amount", "Value": amount}, {"Name": "MpesaReceiptNumber", "Value": receipt}]
        },
    }
    return json.dumps({"Body": {"stkCallback": told}}).encode()


def delivery(**changes: Any) -> Delivery:
    """A callback with the right tag of attempt 1, from Safaricom, unless said otherwise."""
    usual = Delivery(
        kind="stk",
        target=hex_of(PAYMENT_ID),
        number=1,
        tag=security.stk_tag(KEYS.tags[0], PAYMENT_ID, 1),
        source_address=FROM_SAFARICOM,
        body=body(),
        learned_at_ms=START_MS + 12_000,
    )
    return replace(usual, **changes)


def prompted() -> MemoryWorld:
    world = MemoryWorld()
    payment(world.store, begun(), accepted())
    payment(world.store, begun(), accepted(ids=OTHER_IDS), number=2)
    return world


def state(world: MemoryWorld) -> dict[str, Any]:
    return shown(world.store.payments[PAYMENT_ID])


OTHER_ID = f"pay_{2:08x}{'0' * 24}"
TAGS = {
    "nothing": "",
    "zeros": "0" * 32,
    "of another attempt": security.stk_tag(KEYS.tags[0], PAYMENT_ID, 2),
    "of another payment": security.stk_tag(KEYS.tags[0], OTHER_ID, 1),
    "of a C2B address": security.c2b_tag(KEYS.c2b_tags[0], "174379"),
    "with a foreign key": security.stk_tag(b"x" * 32, PAYMENT_ID, 1),
    "one digit short": security.stk_tag(KEYS.tags[0], PAYMENT_ID, 1)[:-1],
    "one digit long": security.stk_tag(KEYS.tags[0], PAYMENT_ID, 1) + "0",
    "in capitals": security.stk_tag(KEYS.tags[0], PAYMENT_ID, 1).upper(),
    "not ASCII": "é" * 32,
}


@pytest.mark.parametrize("tag", TAGS.values(), ids=TAGS.keys())
def test_law_14_a_stranger_with_a_wrong_tag_reaches_nothing(tag: str) -> None:
    """A 404 without a single call to table or queue."""
    world = prompted()
    before = dict(world.store.payments)
    taken = run(take_stk_callback(delivery(tag=tag, source_address=FROM_ELSEWHERE), ENV, SETTINGS), world)
    assert Taken.STRANGER is taken
    assert (before, {}) == (world.store.payments, world.store.orphans)
    assert {"Secrets.read_keys", "Ambient.report"} >= set(world.boundaries)


@pytest.mark.parametrize("tag", TAGS.values(), ids=TAGS.keys())
def test_law_14_a_wrong_tag_from_safaricoms_own_address_is_kept_apart(tag: str) -> None:
    """Our keys may be wrong: the payment is untouched and nothing is thrown away."""
    world = prompted()
    before = dict(world.store.payments)
    assert Taken.APART is run(take_stk_callback(delivery(tag=tag), ENV, SETTINGS), world)
    assert before == world.store.payments
    assert [body()] == [orphan.body for orphan in world.store.orphans.values()]


@pytest.mark.parametrize("target", ["", "x", "../x", "G" * 32, "0" * 31, "0" * 33, PAYMENT_ID, "%00" * 11])
def test_law_14_an_address_that_names_no_payment_is_nobodys(target: str) -> None:
    """Not even the keys are read."""
    world = prompted()
    assert Taken.STRANGER is run(take_stk_callback(delivery(target=target), ENV, SETTINGS), world)
    assert ["Ambient.report"] == world.boundaries


@pytest.mark.parametrize("number", [-1, 0, 100, 10**9])
def test_law_14_an_attempt_number_out_of_range_is_nobodys(number: int) -> None:
    """1 to 99."""
    assert Taken.STRANGER is run(take_stk_callback(delivery(number=number), ENV, SETTINGS), prompted())


def test_law_14_who_knows_the_tag_and_the_ids_but_comes_from_elsewhere_pays_nothing() -> None:
    """A leaked address: the perfect forgery changes no status and gives no receipt, and is kept."""
    world = prompted()
    run(take_stk_callback(delivery(source_address=FROM_ELSEWHERE), ENV, SETTINGS), world)
    assert ("pending", [], {}) == (state(world)["status"], state(world)["credits"], world.store.receipts)
    assert 3 == len(world.store.payments[PAYMENT_ID].facts)


def test_law_14_a_forger_cannot_name_the_receipt_of_a_real_payment() -> None:
    """M-PESA confirms the success by query; the forged receipt is still nobody's."""
    world = prompted()
    run(take_stk_callback(delivery(source_address=FROM_ELSEWHERE), ENV, SETTINGS), world)
    run(bring_fact(PAYMENT_ID, query("0", 30)), world)
    assert ("paid", [("", 100)], {}) == (state(world)["status"], state(world)["credits"], world.store.receipts)


@pytest.mark.parametrize(
    ("status", "confirm"),
    [("pending", "always"), ("pending", "above:99"), ("paid", "above:100"), ("paid", "unknown_source")],
)
def test_law_14_where_the_setting_says_so_safaricoms_own_callback_waits_for_a_query(status: str, confirm: str) -> None:
    """Over 100 shillings: CONFIRM is heeded where the callback comes in, by the amount of the very payment."""
    world = prompted()
    env = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM, "CONFIRM": confirm})
    run(take_stk_callback(delivery(), env, SETTINGS), world)
    alone = state(world)["status"]
    run(bring_fact(PAYMENT_ID, query("0", 30)), world)
    assert (status, "paid", [(R1, 100)]) == (alone, state(world)["status"], state(world)["credits"])


@pytest.mark.parametrize("code", [1, 1032, 1037, 2001])
def test_law_14_a_forger_cannot_end_an_attempt(code: int) -> None:
    """A failure from elsewhere ends nothing until M-PESA agrees."""
    world = prompted()
    told = delivery(source_address=FROM_ELSEWHERE, body=body(code, receipt=""))
    run(take_stk_callback(told, ENV, SETTINGS), world)
    assert "pending" == state(world)["status"]


def test_law_14_a_forger_cannot_take_a_payment_back() -> None:
    """Paid stays paid, whatever somebody with the tag says afterwards."""
    world = prompted()
    run(take_stk_callback(delivery(), ENV, SETTINGS), world)
    paid = state(world)
    for code in (1032, 1037, 0):
        told = delivery(source_address=FROM_ELSEWHERE, body=body(code, receipt="FORGED0001"))
        run(take_stk_callback(told, ENV, SETTINGS), world)
    after = state(world)
    assert (paid["status"], paid["credits"]) == (after["status"], after["credits"])


def test_law_14_a_callback_of_one_attempt_cannot_be_replayed_to_another() -> None:
    """The ids are those of the other prompt, and its tag does not open this address."""
    world = prompted()
    told = delivery(body=body(ids=OTHER_IDS))
    run(take_stk_callback(told, ENV, SETTINGS), world)
    assert ("pending", ["needs_review"]) == (state(world)["status"], state(world)["flags"])


@pytest.mark.parametrize("tag", ["", "0" * 32, security.c2b_tag(KEYS.c2b_tags[0], "600998")])
@pytest.mark.parametrize("source", [FROM_SAFARICOM, FROM_ELSEWHERE])
def test_law_14_money_told_with_a_wrong_tag_is_no_money(tag: str, source: str) -> None:
    """A C2B confirmation without its tag credits nothing."""
    world = MemoryWorld()
    record = payment(world.store)
    told = {"TransID": R1, "TransAmount": "100.00", "BusinessShortCode": "174379", "BillRefNumber": "INV1042"}
    forged = Delivery(
        kind="c2b_confirmation",
        target="174379",
        number=0,
        tag=tag,
        source_address=source,
        body=json.dumps(told).encode(),
        learned_at_ms=START_MS,
    )
    run(take_c2b_confirmation(forged, ENV, SETTINGS), world)
    assert ("open", {}) == (shown(world.store.payments[record.id])["status"], world.store.receipts)


@QUICK
@given(st.binary(max_size=300))
def test_law_14_no_bytes_whatever_make_the_intake_fail_or_pay(garbage: bytes) -> None:
    """With the right tag and from Safaricom's address: kept, and nothing is credited."""
    world = prompted()
    assert run(take_stk_callback(delivery(body=garbage), ENV, SETTINGS), world) in (Taken.KEPT, Taken.KNOWN)
    assert [] == state(world)["credits"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["ResultCode", "CheckoutRequestID", "MerchantRequestID", "ResultDesc", "CallbackMetadata", "resultcode"]
    ),
    JSON,
)


@QUICK
@given(FIELDS)
def test_law_14_no_fields_whatever_make_the_intake_fail_or_pay(fields: dict[str, Any]) -> None:
    """A callback of the right form with anything in its places."""
    world = prompted()
    told = json.dumps({"Body": {"stkCallback": fields}}).encode()
    assert run(take_stk_callback(delivery(body=told), ENV, SETTINGS), world) in (Taken.KEPT, Taken.KNOWN)
    assert [] == state(world)["credits"]
