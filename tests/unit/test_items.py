"""Items as they lie in the table: one golden payment, and every kind of value there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.aws import items
from gateway.aws.values import item_size, plain, size_of, typed
from gateway.domain.facts import Corrected, Fact, NotCharged, QueryAnswered, TimerPassed, UnknownFact
from gateway.domain.facts import Deadline as DeadlineOf
from gateway.domain.payment import Asks, PaymentRecord
from tests.gateway_samples import AT_MS, accepted, asked, begun, due, money, owned, payment_id, record, success

GOLDEN: dict[str, Any] = {
    "pk": {"S": "PAY#pay_00000001000000000000000000000000"},
    "asked": {
        "M": {
            "owner": {"S": "shop"},
            "livemode": {"BOOL": False},
            "shortcode": {"S": "174379"},
            "shortcode_kind": {"S": "paybill"},
            "shop_name": {"S": "Corner Shop"},
            "amount_kes": {"N": "100"},
            "account_reference": {"S": "INV1042"},
            "description": {"S": "Payment"},
            "created_at_ms": {"N": "1772442904000"},
            "expires_at_ms": {"N": "1772529304000"},
            "fingerprint": {"S": "1:55555555555555555555555555555555"},
            "created_by": {"S": "key_1"},
            "order": {"S": "1042"},
            "metadata": {"M": {"table": {"S": "7"}}},
        }
    },
    "facts": {
        "M": {
            "push_accepted:09b729b6e9e67a9d080b": {
                "M": {
                    "said_at_ms": {"N": "1772442904900"},
                    "number": {"N": "1"},
                    "checkout_request_id": {"S": "ws_CO_02032026121504123712345678"},
                    "merchant_request_id": {"S": "7071-4170-a0e5-8345632bad442144258"},
                }
            }
        }
    },
    "asks": {"M": {"1": {"L": [{"N": "2"}, {"N": "1772442904000"}]}}},
    "version": {"N": "3"},
    "fold_version": {"N": "1"},
    "updated_at": {"N": "1772442904000"},
    "summary": {"M": {"status": {"S": "pending"}, "flags": {"L": []}}},
    "day_key": {"S": "shop#2026-03-02"},
    "day_sort": {"S": "1772442904000.00000001"},
    "reference_key": {"S": "174379#INV1042"},
    "reference_sort": {"S": "1772442904000.00000001"},
    "order_key": {"S": "shop#1042"},
    "order_sort": {"S": "1772442904000.00000001"},
    "due_shard": {"S": "0"},
    "due_at": {"N": "1772442929000"},
}
"""How release 0.1.0 stores a payment. A later one must still read it; this text does not change."""


def _golden_record() -> PaymentRecord:
    known = replace(record(facts=[accepted()], order="1042", metadata={"table": "7"}), version=3)
    return replace(known, asks={1: Asks(2, AT_MS)}, due_at_ms=AT_MS + 25_000)


def test_a_payment_is_stored_as_ever() -> None:
    stored = items.packed(items.payment_to_values(_golden_record(), due(AT_MS + 25_000, status="pending", flags=[]), 1))
    assert GOLDEN == stored
    assert _golden_record() == items.payment_from_item(GOLDEN)


def test_a_payment_of_an_unknown_shape_keeps_what_is_understood() -> None:
    """Attributes, asked fields and kinds of facts that this release does not know do not hinder it."""
    newer = {**GOLDEN, "newer": {"SS": ["a"]}, "asked": {"M": {**GOLDEN["asked"]["M"], "newer": {"N": "1"}}}}
    newer["facts"] = {"M": {"carried:0011": {"M": {"said_at_ms": {"N": "7"}, "by": {"S": "drone"}}}}}
    read = items.payment_from_item(newer)
    assert asked(order="1042", metadata={"table": "7"}) == read.asked
    assert isinstance(read.facts["carried:0011"], UnknownFact)


FACTS: tuple[Fact, ...] = (
    begun(),
    accepted(),
    success(),
    money(),
    NotCharged(said_at_ms=1, learned_at_ms=2, number=1, actor="payer"),
    QueryAnswered(said_at_ms=1, learned_at_ms=2, number=1, result_code="0", checkout_request_id="ws_CO_1"),
    Corrected(said_at_ms=1, learned_at_ms=1, lifts=("a", "b"), actor="staff", note="looked"),
    TimerPassed(said_at_ms=1, learned_at_ms=1, deadline=DeadlineOf.ANSWER, number=1),
    replace(success(), amount_kes=None, receipt=None, completed_at_ms=None),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_comes_back_as_it_went(fact: Fact) -> None:
    stored = plain(typed(items.fact_to_stored(fact)))
    assert fact == items.fact_from_stored(fact.id, stored)


def test_an_unknown_fact_goes_back_as_it_came() -> None:
    stored = {"said_at_ms": 5, "learned_at_ms": 9, "by": "drone", "inner": [1, {"a": None}]}
    fact = items.fact_from_stored("carried:0011", stored)
    assert (fact.id, fact.said_at_ms, fact.learned_at_ms) == ("carried:0011", 5, 9)
    assert stored == items.fact_to_stored(fact)


def test_a_receipt_comes_back_as_it_went() -> None:
    for receipt in (owned(), owned(number=None, due_at_ms=AT_MS, matched_tries=3)):
        assert receipt == items.receipt_from_item(items.packed(items.receipt_to_values(receipt, 4)))


def test_what_is_not_due_stands_in_no_part_of_the_index() -> None:
    assert {"due_shard": None, "due_at": None} == items.due_attributes("PAY#1", None, 4)


def test_a_day_begins_at_midnight_in_nairobi() -> None:
    before_midnight_utc = 1_772_485_199_999
    assert ("2026-03-02", "2026-03-03") == (items.day_of(before_midnight_utc), items.day_of(before_midnight_utc + 1))


def test_payments_sort_by_time_and_never_hide_each_other() -> None:
    keys = [items.sort_key(at_ms, payment_id(number)) for at_ms in (999, 1_000, AT_MS) for number in (1, 2)]
    assert sorted(set(keys)) == keys


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_every_plain_value_comes_back_from_its_typed_form(value: object) -> None:
    assert value == plain(typed(value))


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        typed({"amount": 1.5})


def test_sizes_follow_the_published_rules() -> None:
    """Names and text by bytes, a number by half its digits and one, a container by three and one for each member."""
    assert len("pk") + len("PAY#") == item_size({"pk": {"S": "PAY#"}})
    assert [2, 2, 3, 8, 3] == [size_of({"N": text}) for text in ("7", "100", "123", "1772442904123", "-12")]
    assert 3 + 2 * 1 + 2 + 1 == size_of(typed([1, None]))
    assert 3 + 1 + 1 + 4 == size_of(typed({"a": "é" * 2}))
