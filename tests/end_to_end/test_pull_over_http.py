"""M-Pesa's own list over real HTTP: what nobody told of is found by the schedule of the template, within the hour."""

from __future__ import annotations

import pytest
from standardwebhooks.webhooks import Webhook

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.test_webhooks_over_http import SOON_S, told

MINUTE_S = 60
UNTOLD = (("stk_callback", "lost"), ("stk_query", "still_processing"), ("c2b_confirmation", "lost"))


@pytest.fixture
def untold(frozen: LocalWorld) -> LocalWorld:
    """Safaricom calls nobody back and answers no query."""
    for call, fault in UNTOLD:
        frozen.control("POST", "faults", {"call": call, "fault": fault})
    return frozen


def test_money_that_nobody_told_of_is_found_within_the_hour(untold: LocalWorld) -> None:
    """A prompt of the Paybill, one of the Till (asked about by its store number), and money typed by hand."""
    away = untold.control("POST", "faults", {"call": "pull", "fault": "http_503"})
    prompted = untold.pay("untold", phone="0710009001")
    at_the_till = untold.pay("untold-till", phone="0710009002", shortcode="5000002")
    typed = untold.pay("untold-typed", amount=250)
    untold.control("POST", "phones", {"number": "0722009003", "balance": 10_000})
    by_hand = {"shortcode": "174379", "account": typed["account_reference"], "amount": 250}
    untold.control("POST", "phones/0722009003/pay", by_hand)
    untold.advance(20 * MINUTE_S)
    before = untold.payment(prompted["id"])["status"]
    untold.control("DELETE", f"faults/{away['id']}")

    untold.advance(40 * MINUTE_S)

    after = [untold.payment(one["id"]) for one in (prompted, at_the_till, typed)]
    assert ("unresolved", ["paid"] * 3) == (before, [one["status"] for one in after])
    assert [[(100, "pull")], [(100, "pull")], [(250, "pull")]] == [
        [(credit["amount"], credit["source"]) for credit in one["credits"]] for one in after
    ]
    assert all(one["safe_to_fulfil"] for one in after)


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


def test_a_day_is_compared_with_mpesas_list_and_its_differences_are_listed(frozen: LocalWorld) -> None:
    """Told and listed (one credit); told and gone from the list; money of nobody: as a person would ask."""
    listed, gone = (frozen.pay(f"compared-{n}", phone=f"071000910{n}", amount=300 + n) for n in (1, 2))
    frozen.advance(30)
    receipts = [frozen.payment(one["id"])["credits"][0]["receipt"] for one in (listed, gone)]
    frozen.control("POST", "books", {"delete": receipts[1]})
    nobodys = frozen.control("POST", "books", {"shortcode": "174379", "amount": 77, "account": "NOBODY"})
    frozen.advance(60 * MINUTE_S)
    day = frozen.api("GET", "/v1/reconciliation/days").json()["data"][0]["day"]

    answer = frozen.api("POST", "/v1/reconciliation/runs", {"day": day})

    kinds = {line["receipt"]: line["kind"] for line in answer.json()["lines"]}
    assert (202, "differences") == (answer.status_code, answer.json()["state"])
    assert (None, "missing_at_mpesa") == (kinds.get(receipts[0]), kinds.get(receipts[1]))
    assert "unassigned" == kinds[nobodys["receipt"]]
    assert answer.json() == frozen.api("GET", f"/v1/reconciliation/days/{day}").json()
    after = frozen.payment(listed["id"], "history")
    assert (1, True) == (len(after["credits"]), "pull" in {entry["source"] for entry in after["history"]})


def test_a_compared_day_is_told_in_the_feed_and_by_a_signed_webhook(world: LocalWorld) -> None:
    """Both carry the day as the API shows it, without its lines; an equal outcome is told once."""
    world.control("POST", "books", {"shortcode": "174379", "amount": 78, "account": "NOBODY-TOLD"})
    world.advance(60 * MINUTE_S)
    day = world.api("GET", "/v1/reconciliation/days").json()["data"][0]["day"]
    with told(world, "reconciliation.difference") as (server, endpoint):
        world.control("POST", "books", {"shortcode": "174379", "amount": 79, "account": "NOBODY-TOLD"})
        world.advance(60 * MINUTE_S)
        shown = world.api("POST", "/v1/reconciliation/runs", {"day": day}).json()
        messages = [server.got.get(timeout=SOON_S)]
        world.api("POST", "/v1/reconciliation/runs", {"day": day})

    world.advance(10)
    event = Webhook(endpoint["secret"]).verify(messages[0][1], dict(messages[0][0]))
    feed = world.api("GET", "/v1/events?type=reconciliation.difference").json()["data"]
    kept = [one for one in feed if one["id"] == event["id"]]
    compared = ("day", "state", "ours", "mpesa", "both", "difference", "line_count")
    assert ("reconciliation.difference", False) == (event["type"], "lines" in event["data"])
    assert [shown[name] for name in compared] == [event["data"][name] for name in compared]
    assert [[shown[name] for name in compared]] == [[one["data"][name] for name in compared] for one in kept]
