"""Money by hand over HTTP: what came, what waits, whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.days import day_of
from gateway.domain.policy import DAY_MS
from gateway.ports import StoreUnavailable
from tests.memory_store import START_MS
from tests.unit.web import c2b_sample
from tests.unit.web.c2b_sample import ASIDE, TYPED, WAITING, money, tell
from tests.unit.web.shop import OTHER_SECRET, READER, Answered, Gateway


@pytest.fixture
def gateway() -> Gateway:
    """HAND1 over 1,500 has got 500; 1,500 under HNAD1 wait; 80 at the till are set aside."""
    gateway = Gateway()
    c2b_sample.store(gateway)
    return gateway


def open_payment(gateway: Gateway) -> str:
    """The id of HAND1's payment."""
    return str(gateway.call("GET", "/v1/payments?account_reference=HAND1").json["data"][0]["id"])


def assign(gateway: Gateway, receipt: str = WAITING, key: str | None = None, **body: Any) -> Answered:
    """A person says whose it is."""
    headers = {"idempotency-key": key} if key else {}
    return gateway.call("POST", f"/v1/c2b/{receipt}/assign", body, headers=headers)


def receipts(answer: Answered) -> list[str]:
    """Codes of a list."""
    return [one["receipt"] for one in answer.json["data"]]


def test_what_waits_is_shown_with_whom_it_may_be_for(gateway: Gateway) -> None:
    """First name and the end of the number; the reference as typed; a proposal with its reasons."""
    (found,) = gateway.call("GET", "/v1/c2b?matched=false").json["data"]
    payment = open_payment(gateway)
    assert (WAITING, 1500, "HNAD1", "JOHN •••", "•••126", "c2b", None) == (
        found["receipt"], found["amount"], found["account_reference_typed"], found["payer"], found["phone_hint"],
        found["source"], found["ignored"],
    )  # fmt: skip
    match = found["match"]
    assert ("proposed", payment, [payment]) == (
        match["state"], match["payment"], [one["payment"] for one in match["proposals"]]
    )  # fmt: skip
    assert ["account reference differs by one slip", "asked for within two hours"] == match["why"]


def test_a_list_names_the_till_as_payers_know_it(gateway: Gateway) -> None:
    """M-PESA names its store."""
    (found,) = gateway.call("GET", "/v1/c2b?ignored=true").json["data"]
    assert {"number": "4000001", "kind": "till", "name": "Corner Shop"} == found["shortcode"]
    assert ("sent to us by mistake", "key_shop") == (found["ignored"]["reason"], found["ignored"]["by"])


def test_a_day_shows_all_of_it_and_matched_ones_alone(gateway: Gateway) -> None:
    assert {WAITING, ASIDE, TYPED} == set(receipts(gateway.call("GET", "/v1/c2b")))
    assert [TYPED] == receipts(gateway.call("GET", "/v1/c2b?matched=true"))
    assert [] == receipts(gateway.call("GET", "/v1/c2b?day=2026-03-01"))


def test_receipts_of_prompts_are_no_money_by_hand(gateway: Gateway) -> None:
    """A callback told of them, no confirmation."""
    paid = gateway.pay("paid", phone="0733000222").json["id"]
    gateway.callback(paid)
    assert "SGL31QW9XY" not in receipts(gateway.call("GET", "/v1/c2b"))
    assert 404 == gateway.call("GET", "/v1/c2b/SGL31QW9XY").status


def test_what_is_a_month_old_still_waits(gateway: Gateway) -> None:
    """In the list, among the days, and in the sums."""
    old_ms = START_MS - 31 * DAY_MS
    tell(gateway, money("SGK00OLD01", "WHO", 70, at_ms=old_ms))
    waiting = gateway.call("GET", "/v1/c2b/waiting").json
    assert [WAITING, "SGK00OLD01"] == receipts(gateway.call("GET", "/v1/c2b?matched=false"))
    assert ["SGK00OLD01"] == receipts(gateway.call("GET", f"/v1/c2b?matched=false&day={day_of(old_ms)}"))
    assert (2, 1570, 1, 80, True) == (
        waiting["unmatched"]["count"], waiting["unmatched"]["amount"], waiting["ignored"]["count"],
        waiting["ignored"]["amount"], waiting["complete"],
    )  # fmt: skip
    assert [
        {"day": day_of(old_ms), "count": 1, "amount": 70},
        {"day": day_of(START_MS), "count": 1, "amount": 1500},
    ] == (waiting["days"])


def test_older_money_in_a_list_is_proposed_as_on_its_own_day(gateway: Gateway) -> None:
    """Payments around newer money say nothing of it."""
    later_ms = START_MS + 5 * DAY_MS
    gateway.world.ambient.at_ms = later_ms
    tell(gateway, money("SGK00NEW01", "WHO", 70, at_ms=later_ms))
    found = gateway.call("GET", "/v1/c2b?matched=false").json["data"]
    assert [("SGK00NEW01", "unmatched"), (WAITING, "proposed")] == [
        (one["receipt"], one["match"]["state"]) for one in found
    ]


def test_a_long_list_goes_on_by_cursor_and_only_in_its_own(gateway: Gateway) -> None:
    for number in range(5):
        tell(gateway, money(f"SGK0000A0{number}", "WHO", at_ms=START_MS - number * 1000))
    first = gateway.call("GET", "/v1/c2b?matched=false&limit=4").json
    second = gateway.call("GET", f"/v1/c2b?matched=false&limit=4&cursor={first['next_cursor']}").json
    elsewhere = gateway.call("GET", f"/v1/c2b?ignored=true&cursor={first['next_cursor']}")
    assert (4, True, 2, False) == (len(first["data"]), first["has_more"], len(second["data"]), second["has_more"])
    assert "cursor_invalid" == elsewhere.code


@pytest.mark.parametrize("query", ["matched=true&ignored=true", "day=2026-02-30", "matched=perhaps", "state=x"])
def test_a_list_that_makes_no_sense_is_refused(gateway: Gateway, query: str) -> None:
    assert 422 == gateway.call("GET", f"/v1/c2b?{query}").status


def test_money_is_given_and_the_answer_shows_both(gateway: Gateway) -> None:
    """500 and 1,500 of 1,500: paid, one of them too much, a task for a person."""
    payment = open_payment(gateway)
    done = assign(gateway, payment=payment).json
    assert ("matched", payment, "key_shop") == (
        done["money"]["match"]["state"], done["money"]["match"]["payment"], done["money"]["match"]["assigned_by"]
    )  # fmt: skip
    assert ("paid", ["duplicate_payment"], 2000) == (
        done["payment"]["status"], done["payment"]["flags"], done["payment"]["amount_received"]
    )  # fmt: skip


def test_giving_it_again_answers_the_same(gateway: Gateway) -> None:
    payment = open_payment(gateway)
    first, second = assign(gateway, key="k", payment=payment), assign(gateway, key="k", payment=payment)
    assert (200, first.json) == (second.status, second.json)


def test_a_payment_is_made_for_the_money_with_its_amount(gateway: Gateway) -> None:
    wanted = {"order": "W-1", "metadata": {"by": "Amina"}}
    done, again = assign(gateway, new_payment=wanted).json, assign(gateway, new_payment=wanted).json
    assert ("paid", 1500, "W-1", {"by": "Amina"}) == (
        done["payment"]["status"], done["payment"]["amount"], done["payment"]["order"], done["payment"]["metadata"]
    )  # fmt: skip
    assert done["payment"]["id"] == again["payment"]["id"]


def test_a_payment_over_more_than_the_money_stays_open(gateway: Gateway) -> None:
    done = assign(gateway, new_payment={"amount": 2000}).json
    assert ("open", ["partially_paid"]) == (done["payment"]["status"], done["payment"]["flags"])


def test_money_that_a_prompt_may_have_brought_is_refused_until_its_payment_is_named(gateway: Gateway) -> None:
    """The problem names it; nothing was written."""
    other = gateway.pay("prompted", phone="0722000111").json["id"]
    payment = open_payment(gateway)
    refused = assign(gateway, payment=payment)
    assert (409, "receipt_may_be_anothers", True) == (refused.status, refused.code, other in refused.json["detail"])
    assert 200 == assign(gateway, payment=payment, not_of=[other]).status


def test_money_is_set_aside_and_taken_back(gateway: Gateway) -> None:
    ignored = gateway.call("POST", f"/v1/c2b/{WAITING}/ignore", {"reason": "Ask 0712345678"}).json
    refused = assign(gateway, payment=open_payment(gateway))
    back = gateway.call("POST", f"/v1/c2b/{WAITING}/unignore").json
    assert ("ignored", "Ask 07•••••678", "receipt_ignored") == (
        ignored["match"]["state"], ignored["ignored"]["reason"], refused.code
    )  # fmt: skip
    assert (None, 200) == (back["ignored"], assign(gateway, payment=open_payment(gateway)).status)


@pytest.mark.parametrize(
    "body",
    [{}, {"payment": "x"}, {"payment": None, "new_payment": None}, {"payment": "pay_1", "new_payment": {}},
     {"new_payment": {"amount": 0}}, {"new_payment": {"phone": "0722000111"}}, {"new_payment": []},
     {"payment": 7}, {"new_payment": {}, "not_of": ["x"]}, {"new_payment": {}, "not_of": "x"}],
)  # fmt: skip
def test_what_says_nothing_clear_is_refused(gateway: Gateway, body: Any) -> None:
    assert 422 == gateway.call("POST", f"/v1/c2b/{WAITING}/assign", body).status


@pytest.mark.parametrize("receipt", ["SGK00NONE1", "x", "SGK70PQ1AB'--", "waiting"])
def test_money_that_nobody_told_of_is_not_found(gateway: Gateway, receipt: str) -> None:
    assert 404 == assign(gateway, receipt, new_payment={}).status


def test_a_payment_that_there_is_not_is_not_found(gateway: Gateway) -> None:
    assert 404 == assign(gateway, payment="pay_" + "0" * 32).status


def test_another_shop_sees_no_payments_of_this_one(gateway: Gateway) -> None:
    """They share a Paybill here: what waits is anybody's, what is matched is not."""
    seen = gateway.call("GET", "/v1/c2b", secret=OTHER_SECRET)
    assert TYPED not in receipts(seen)
    assert 404 == gateway.call("GET", f"/v1/c2b/{TYPED}", secret=OTHER_SECRET).status
    assert 404 == gateway.call("GET", f"/v1/c2b/{ASIDE}", secret=OTHER_SECRET).status


def test_another_shops_payment_gets_nothing(gateway: Gateway) -> None:
    theirs = gateway.call(
        "POST", "/v1/payments", {"amount": 10}, secret=OTHER_SECRET, headers={"idempotency-key": "theirs"}
    ).json["id"]
    assert 404 == assign(gateway, payment=theirs).status


def test_a_key_without_the_scope_is_refused(gateway: Gateway) -> None:
    assert "scope_missing" == gateway.call("GET", "/v1/c2b", secret=READER).code


def test_a_table_that_is_away_is_told_as_such(gateway: Gateway) -> None:
    gateway.world.fail_next["Received.waiting"].append(StoreUnavailable("away"))
    assert "storage_unavailable" == gateway.call("GET", "/v1/c2b?matched=false").code


def test_money_is_read_by_itself_in_any_case(gateway: Gateway) -> None:
    """With proposals of any age: the payment was made long before, and the reference has a check character."""
    right = gateway.pay("long ago").json["account_reference"]
    slip = right[1] + right[0] + right[2:]
    tell(gateway, money("SGK55SLIP1", slip, at_ms=START_MS + 20 * DAY_MS))
    found = gateway.call("GET", "/v1/c2b/sgk55slip1").json
    assert (["same amount"], "proposed") == (
        [reason for reason in found["match"]["why"] if reason == "same amount"], found["match"]["state"]
    )  # fmt: skip
