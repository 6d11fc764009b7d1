"""What a person said of money: the highest turn holds, in whatever order the words are read."""

from __future__ import annotations

from itertools import permutations

import pytest

from gateway.domain.decisions import MoneySetAside, is_set_aside, last_turns
from gateway.domain.receipts import ReceiptRecord, Standing
from tests.gateway_samples import AT_MS, money


def word(turn: int, *, aside: bool, actor: str = "amina", receipt: str = "SGL31QW9XY") -> MoneySetAside:
    """One word, at a time that says nothing about its turn."""
    at_ms = AT_MS - turn
    return MoneySetAside(receipt=receipt, turn=turn, aside=aside, actor=actor, said_at_ms=at_ms, learned_at_ms=at_ms)


WORDS = (word(1, aside=True), word(2, aside=False), word(3, aside=True))


@pytest.mark.parametrize("known", [1, 2, 3])
def test_the_highest_turn_holds_whatever_the_order(known: int) -> None:
    words = WORDS[:known]
    assert {WORDS[known - 1].aside} == {is_set_aside(order) for order in permutations(words)}


def test_two_people_at_one_turn_are_one_word_in_any_order() -> None:
    """Neither saw the other's: which one holds follows from the words alone."""
    words = [word(1, aside=True), word(1, aside=False, actor="brian")]
    assert 1 == len({last_turns(order) for order in permutations(words)})


def test_receipts_are_judged_apart() -> None:
    words = (*WORDS, word(1, aside=False, receipt="SGL99ZZ9ZZ"))
    assert [("SGL31QW9XY", True), ("SGL99ZZ9ZZ", False)] == [(one.receipt, one.aside) for one in last_turns(words)]


def test_an_owner_outweighs_what_was_said() -> None:
    """Proof came after all."""
    told = money("SGL31QW9XY")
    record = ReceiptRecord(
        receipt=told.receipt, owner=None, shortcode="174379", day="2026-03-02",
        facts={fact.id: fact for fact in (told, *WORDS)},
    )  # fmt: skip
    owned = ReceiptRecord(
        receipt=told.receipt, owner="pay_1", shortcode="174379", day="2026-03-02", facts=record.facts
    )  # fmt: skip
    assert (Standing.IGNORED, Standing.MATCHED) == (record.standing, owned.standing)
