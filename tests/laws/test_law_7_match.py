"""L7: nothing is paid on news whose amount, shortcode or ids are not the payment's; such news is kept and listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.flows.keep import keep
from gateway.flows.take_money import receive_money
from gateway.ports import run
from tests.laws.deliveries import (
    IDS,
    OTHER_IDS,
    R1,
    SETTINGS,
    accepted,
    begun,
    bring,
    callback,
    fact_of,
    money,
    payment,
    query,
    shown,
)
from tests.memory_store import MemoryWorld

ASKED_TWICE: tuple[dict[str, Any], ...] = (query("0", 30), query("0", 45))


def after(*deliveries: dict[str, Any], known: Sequence[dict[str, Any]] = (begun(), accepted())) -> dict[str, Any]:
    """The payment after these deliveries to an attempt whose push was answered."""
    world = MemoryWorld()
    record = payment(world.store, *known)
    for delivery in deliveries:
        run(bring(record.id, delivery), world)
    stored = world.store.payments[record.id]
    assert all(fact_of(d).id in stored.facts for d in deliveries if d["kind"] != "money")
    return shown(stored)


WRONG: dict[str, dict[str, Any]] = {
    "a shilling less": {"amount": 99},
    "a shilling more": {"amount": 101},
    "a hundred times as much": {"amount": 10_000},
    "no amount": {"amount": None},
    "no receipt": {"receipt": None},
    "another prompt's ids": {"ids": OTHER_IDS},
    "another CheckoutRequestID": {"ids": (OTHER_IDS[0], IDS[1])},
    "another MerchantRequestID": {"ids": (IDS[0], OTHER_IDS[1])},
    "no ids": {"ids": ("", "")},
}
FLAGGED_AMOUNT = {"a shilling less", "a shilling more", "a hundred times as much"}


@pytest.mark.parametrize("wrong", WRONG)
def test_law_7_a_success_that_does_not_match_pays_nothing_and_is_listed(wrong: str) -> None:
    """From Safaricom's own address, with the right tag: it is kept, the payment waits, a person is asked."""
    state = after(callback("0", 12, wrong, **WRONG[wrong]))
    assert ("pending", [], False) == (state["status"], state["credits"], state["safe"])
    assert "needs_review" in state["flags"]
    assert (wrong in FLAGGED_AMOUNT) == ("amount_mismatch" in state["flags"])


@pytest.mark.parametrize("wrong", [wrong for wrong in WRONG if wrong != "another MerchantRequestID"])
def test_law_7_what_does_not_match_gives_no_receipt_even_when_queries_prove_the_payment(wrong: str) -> None:
    """The credit stays without receipt, and the goods stay until a person has looked."""
    state = after(callback("0", 12, wrong, **WRONG[wrong]), *ASKED_TWICE)
    assert ("paid", [("", 100)], False) == (state["status"], state["credits"], state["safe"])


def test_law_7_another_merchant_id_beside_a_confirmed_checkout_id_is_looked_at() -> None:
    """The queries were about the very prompt that the callback names: its receipt counts, and the goods wait."""
    state = after(callback("0", 12, "merchant", ids=(IDS[0], OTHER_IDS[1])), *ASKED_TWICE)
    assert ("paid", [(R1, 100)], False) == (state["status"], state["credits"], state["safe"])


@pytest.mark.parametrize(("later", "paid"), [(39.9, False), (40, True)])
def test_law_7_two_queries_prove_it_when_asked_ten_seconds_apart(later: float, paid: bool) -> None:
    """9.9 seconds apart they are one look, ten seconds apart two."""
    assert paid == (after(query("0", 30), query("0", later))["status"] == "paid")


def test_law_7_queries_about_two_different_prompts_do_not_add_up() -> None:
    """One yes about each of two ids is no second look at either."""
    assert "pending" == after(query("0", 30), query("0", 45, checkout=OTHER_IDS[0]))["status"]


@pytest.mark.parametrize("unknown", ["listed false", "confirm true", "push not answered"])
def test_law_7_a_callback_that_must_be_confirmed_pays_nothing_alone(unknown: str) -> None:
    """A foreign address, the setting CONFIRM, or ids that cannot be compared yet: wait for a query."""
    changes = {"listed false": {"listed": False}, "confirm true": {"confirm": True}, "push not answered": {}}[unknown]
    known = [begun()] if unknown == "push not answered" else [begun(), accepted()]
    assert "pending" == after(callback("0", 12, unknown, **changes), known=known)["status"]


@pytest.mark.parametrize(
    ("unknown", "receipt"), [("listed false", ""), ("confirm true", R1), ("push not answered", R1)]
)
def test_law_7_with_one_query_that_agrees_it_pays_and_only_safaricom_names_the_receipt(
    unknown: str, receipt: str
) -> None:
    """The receipt of an address that is not Safaricom's is never believed."""
    changes = {"listed false": {"listed": False}, "confirm true": {"confirm": True}, "push not answered": {}}[unknown]
    known = [begun()] if unknown == "push not answered" else [begun(), accepted()]
    state = after(callback("0", 12, unknown, **changes), query("0", 30), known=known)
    assert ("paid", [(receipt, 100)]) == (state["status"], state["credits"])


def test_law_7_a_query_about_other_ids_confirms_nothing() -> None:
    """The answer must be about the prompt that the callback names."""
    told = callback("0", 12, "unlisted", listed=False)
    assert "pending" == after(told, query("0", 30, checkout=OTHER_IDS[0]))["status"]


def test_law_7_a_push_answer_with_other_ids_than_a_confirmed_callback_is_looked_at() -> None:
    """What was proven stays proven; a person is asked."""
    state = after(callback("0", 12, "early"), query("0", 30), accepted(50, ids=OTHER_IDS), known=[begun()])
    assert ("paid", ["needs_review"], False) == (state["status"], state["flags"], state["safe"])


@pytest.mark.parametrize(
    ("amount", "status", "flags"),
    [(99, "open", ["partially_paid"]), (100, "paid", []), (101, "paid", ["overpaid"])],
)
def test_law_7_money_typed_by_hand_is_credited_as_it_came(amount: int, status: str, flags: list[str]) -> None:
    """No prompt: the sum decides, to the shilling."""
    state = after(money(R1, 10, "typed", amount=amount), known=[])
    assert (status, flags, [(R1, amount)]) == (state["status"], state["flags"], state["credits"])


@pytest.mark.parametrize("wrong", [{"shortcode": "600998"}, {"reference": "OTHER"}, {"reference": ""}])
def test_law_7_money_for_somebody_else_is_no_credit_here(wrong: dict[str, Any]) -> None:
    """Another shortcode or reference: it lies unmatched, on the list."""
    world = MemoryWorld()
    record = payment(world.store)
    assert run(receive_money(fact_of(money(R1, 10, "other", **wrong)), SETTINGS), world) is None  # type: ignore[arg-type]  # it is money
    assert ("open", []) == (shown(world.store.payments[record.id])["status"], shown(record)["credits"])
    assert [None] == [receipt.owner for receipt in world.store.receipts.values()]


@pytest.mark.parametrize("typed", ["INV1042", "inv1042", " INV 1042 ", "inv 10 42"])
def test_law_7_case_and_blanks_of_a_typed_reference_do_not_matter(typed: str) -> None:
    """Payers type as they like."""
    assert [(R1, 100)] == after(money(R1, 10, "typed", reference=typed), known=[])["credits"]


def test_law_7_a_receipt_told_with_two_amounts_holds_the_payment() -> None:
    """The statement outranks the callback on the amount, and the difference is flagged."""
    state = after(callback("0", 12, "paid"), money(R1, 900, "statement", by="statement", amount=90))
    assert [(R1, 90)] == state["credits"]
    assert ["amount_mismatch", "partially_paid"] == state["flags"]


def test_law_7_a_failure_that_names_a_receipt_is_neither() -> None:
    """It proves nothing and is contradicted in itself."""
    state = after(callback("1032", 12, "failed with receipt", receipt=R1))
    assert ("pending", ["contradicted"], []) == (state["status"], state["flags"], state["credits"])


def test_law_7_money_that_came_to_another_shortcode_is_kept_and_listed_but_is_no_credit() -> None:
    """Though it reached this payment: told under another shortcode, it holds the payment and adds nothing."""
    world = MemoryWorld()
    record = payment(world.store)
    elsewhere = fact_of(money(R1, 10, "other", shortcode="600998"))
    run(keep(record.id, lambda _: (elsewhere,), SETTINGS), world)

    state = shown(world.store.payments[record.id])
    assert ([], ["needs_review"]) == (state["credits"], state["flags"])
