"""M-Pesa's own list over real HTTP: what nobody told of is found by the schedule of the template, within the hour."""

from __future__ import annotations

import pytest

from tests.end_to_end.local_world import LocalWorld

MINUTE_S = 60
UNTOLD = (("stk_callback", "lost"), ("stk_query", "still_processing"), ("c2b_confirmation", "lost"))


@pytest.fixture
def untold(frozen: LocalWorld) -> LocalWorld:
    """Safaricom calls nobody back and answers no query."""
    for call, fault in UNTOLD:
        frozen.control("POST", "faults", {"call": call, "fault": fault})
    return frozen


def test_a_prompt_that_nobody_told_of_is_paid_within_the_hour(untold: LocalWorld) -> None:
    payment = untold.pay("untold", phone="0710009001")
    untold.advance(20 * MINUTE_S)
    before = untold.payment(payment["id"])["status"]

    untold.advance(40 * MINUTE_S)

    after = untold.payment(payment["id"])
    assert ("unresolved", "paid") == (before, after["status"])
    assert ([(100, "pull")], True) == (
        [(credit["amount"], credit["source"]) for credit in after["credits"]],
        after["safe_to_fulfil"],
    )


def test_a_prompt_of_a_till_is_found_as_well(untold: LocalWorld) -> None:
    """It is asked about by its store number."""
    payment = untold.pay("untold-till", phone="0710009002", shortcode="5000002")

    untold.advance(60 * MINUTE_S)

    assert "paid" == untold.payment(payment["id"])["status"]


def test_money_typed_by_hand_whose_confirmation_was_lost_is_found(untold: LocalWorld) -> None:
    payment = untold.pay("untold-typed", amount=250)
    untold.control("POST", "phones", {"number": "0722009003", "balance": 10_000})
    untold.control(
        "POST",
        "phones/0722009003/pay",
        {"shortcode": "174379", "account": payment["account_reference"], "amount": 250},
    )

    untold.advance(60 * MINUTE_S)

    assert ["pull"] == [credit["source"] for credit in untold.payment(payment["id"])["credits"]]


@pytest.mark.long
def test_an_outage_of_thirty_hours_loses_nothing(untold: LocalWorld) -> None:
    """Safaricom answers no question about its list for more than a day; the first answer brings all of it."""
    fault = untold.control("POST", "faults", {"call": "pull", "fault": "http_503"})
    payment = untold.pay("outage", phone="0710009004")
    untold.advance(30 * 60 * MINUTE_S)
    before = untold.payment(payment["id"])["credits"]
    untold.control("DELETE", f"faults/{fault['id']}")

    untold.advance(15 * MINUTE_S)

    assert ([], ["pull"]) == (before, [credit["source"] for credit in untold.payment(payment["id"])["credits"]])


def test_a_receipt_that_was_told_by_callback_is_one_credit_when_the_list_shows_it(frozen: LocalWorld) -> None:
    payment = frozen.pay("told-and-listed", phone="0710009005")
    frozen.advance(30)
    before = frozen.payment(payment["id"])["credits"]

    frozen.advance(60 * MINUTE_S)

    after = frozen.payment(payment["id"], "history")
    assert [credit["receipt"] for credit in before] == [credit["receipt"] for credit in after["credits"]]
    assert "pull" in {entry["source"] for entry in after["history"]}
