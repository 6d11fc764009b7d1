"""L3: credits never shrink, but by a fact that says so by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.laws.alphabets import CASES
from tests.laws.deliveries import R1, shown, told
from tests.laws.orders import Table, all_orders, beginning, delivered

DEEP = 2
Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]
NAMES_A_SHRINK = {"amount_mismatch", "receipt_taken", "contradicted"}
"""Flags under which a sum may fall: a stronger source tells less, or one receipt was told for two payments."""


def received(table: Table) -> int:
    return sum(amount for _, amount in shown(table.record)["credits"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_3_no_delivery_takes_a_credit_away(case: Case) -> None:
    """At every step of every order of a few deliveries, what is received does not fall, or the payment is held."""
    start, alphabet = case
    shrunk: list[str] = []

    def look(before: Table, after: Table, index: int) -> None:
        held = NAMES_A_SHRINK & set(shown(after.record)["flags"])
        shrunk.extend([alphabet[index]["name"]] if received(after) < received(before) and not held else [])

    for _ in all_orders(beginning(*start), alphabet, DEEP, look):
        pass
    assert [] == shrunk


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_3_no_fact_is_ever_dropped(case: Case) -> None:
    """At every step the facts of before are there, as they were."""
    start, alphabet = case
    dropped: list[str] = []

    def look(before: Table, after: Table, index: int) -> None:
        kept = after.record.facts.items() >= before.record.facts.items()
        dropped.extend([] if kept else [alphabet[index]["name"]])

    for _ in all_orders(beginning(*start), alphabet, 2, look):
        pass
    assert [] == dropped


def test_law_3_a_receipt_of_another_payment_takes_the_credit_and_says_so() -> None:
    """`receipt_taken` is a fact: the credit goes, the payment is held, nothing is paid on it."""
    start, alphabet = CASES["one prompt"]
    paid = delivered(beginning(*start), alphabet, 0, 3)
    after = delivered(paid, [told("taken", 20, n=1, receipt=R1)], 0)
    state = shown(after.record)
    assert ("unresolved", ["receipt_taken"], []) == (state["status"], state["flags"], state["credits"])
