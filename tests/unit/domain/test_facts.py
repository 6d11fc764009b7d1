"""Facts: their identity, and their form in storage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.facts import (
    KINDS,
    CallbackReceived,
    ClaimAnswer,
    ClaimAnswered,
    Claimed,
    Corrected,
    Edited,
    Fact,
    MoneyAssigned,
    MoneyGivenElsewhere,
    MoneySetAside,
    Noted,
    QueryAnswered,
    RefundReleased,
    RefundReserved,
    UnknownFact,
    as_plain,
    from_plain,
)
from tests.laws.alphabets import CASES
from tests.laws.deliveries import T0_MS, begun, callback, fact_of, money, query

EVERY = {fact_of(d).id: fact_of(d) for start, alphabet in CASES.values() for d in (*start, *alphabet)}
CORRECTED = Corrected(lifts=("a", "b"), actor="amina", note="looked", said_at_ms=T0_MS, learned_at_ms=T0_MS)

AT = {"said_at_ms": T0_MS, "learned_at_ms": T0_MS}
OF_PEOPLE = (
    CORRECTED,
    Noted(key="k1", actor="amina", remark="came by", **AT),
    Claimed(receipt="SGL31QW9XY", actor="payer", **AT),
    ClaimAnswered(receipt="SGL31QW9XY", answer=ClaimAnswer.PHONE, **AT),
    MoneyAssigned(receipt="SGL31QW9XY", payment="pay_1", actor="amina", not_of=("pay_2", "pay_3"), key="k3", **AT),
    MoneySetAside(receipt="SGL31QW9XY", turn=2, aside=True, actor="amina", reason="not ours", **AT),
    MoneyGivenElsewhere(receipt="SGL31QW9XY", payment="pay_2", amount_kes=100, actor="amina", **AT),
    RefundReserved(
        refund_id="ref_1",
        amount_kes=90,
        receipts=("A", "B"),
        amounts_kes=(60, 30),
        method="b2c",
        said_at_ms=T0_MS,
        learned_at_ms=T0_MS,
    ),
    RefundReleased(refund_id="ref_1", why="rejected", **AT),
    Edited(key="k2", actor="key_1", changed=("metadata", "order"), fingerprint="1:ab", **AT),
)


@pytest.mark.parametrize("fact", [*EVERY.values(), *OF_PEOPLE], ids=lambda fact: fact.id)
def test_a_fact_comes_back_from_storage_as_it_was(fact: Fact) -> None:
    assert fact == from_plain(fact.id, as_plain(fact))
    assert fact.id == from_plain(fact.id, as_plain(fact)).id


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {fact.KIND for fact in (*EVERY.values(), *OF_PEOPLE)}


def test_the_time_at_which_news_came_does_not_make_it_other_news() -> None:
    told = fact_of(callback("0", 12, "paid"))
    assert told.id == replace(told, learned_at_ms=T0_MS + 999_999, said_at_ms=T0_MS + 999_999).id


def test_the_time_at_which_was_asked_makes_an_answer_another_one() -> None:
    one, other = fact_of(query("0", 30)), fact_of(query("0", 45))
    assert one.id != other.id
    assert one.id == replace(one, learned_at_ms=T0_MS + 999_999).id


@pytest.mark.parametrize(
    "changes",
    [
        {"result_code": "1"},
        {"receipt": "OTHER"},
        {"amount_kes": 99},
        {"from_safaricom": False},
        {"checkout_request_id": "x"},
        {"number": 2},
    ],
)
def test_whatever_a_callback_says_otherwise_makes_it_another_fact(changes: dict[str, object]) -> None:
    told = fact_of(callback("0", 12, "paid"))
    assert isinstance(told, CallbackReceived)
    assert told.id != replace(told, **changes).id  # type: ignore[arg-type]  # by name


def test_a_text_or_a_name_is_no_part_of_the_identity() -> None:
    told, typed = fact_of(callback("0", 12, "paid")), fact_of(money("SGL31QW9XY", 10, "typed"))
    assert isinstance(told, CallbackReceived)
    assert told.id == replace(told, text="other words").id
    assert typed.id == replace(typed, payer_name="AMINA W.").id  # type: ignore[call-arg]  # money has one


@pytest.mark.parametrize("plain", [{"kind": "from_the_future", "x": 1}, {"kind": "query", "number": 1, "new": 2}, {}])
def test_what_this_release_does_not_know_is_kept_as_it_is(plain: dict[str, object]) -> None:
    """A kind, or a field of a known kind, that a newer release wrote."""
    kept = from_plain("future:1", dict(plain))
    assert isinstance(kept, UnknownFact)
    assert ("future:1", plain) == (kept.id, as_plain(kept))


def test_a_stored_fact_without_what_equals_its_default_is_complete() -> None:
    assert "text" not in as_plain(fact_of(query("0", 30)))
    back = from_plain("q", as_plain(fact_of(query("0", 30))))
    assert isinstance(back, QueryAnswered)
    assert "" == back.text


def test_identities_of_different_attempts_do_not_meet() -> None:
    assert fact_of(begun(1)).id != fact_of(begun(2)).id
