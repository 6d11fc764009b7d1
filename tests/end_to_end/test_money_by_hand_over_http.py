"""Money by hand against the whole local world: what waits, whose it is, what the page and the shop then see."""

from __future__ import annotations

from typing import Any

import httpx

from tests.end_to_end.local_world import LocalWorld

PHONE = "0722000444"
HOUR_S = 3_600


def typed_by_hand(world: LocalWorld, account: str, amount: int, shortcode: str = "174379") -> str:
    """The payer pays in the M-PESA menu, and M-PESA has told of it; its code."""
    world.control("POST", "phones", {"number": PHONE, "balance": 90_000})
    told = {"shortcode": shortcode, "account": account, "amount": amount}
    paid = world.control("POST", f"phones/{PHONE}/pay", told)
    world.advance(5)
    return str(paid["receipt"])


def waiting(world: LocalWorld, receipt: str) -> Any:
    """The line of this money on the list of what waits; None: it is not there."""
    listed = world.api("GET", "/v1/c2b?matched=false&limit=100").json()["data"]
    return next((one for one in listed if one["receipt"] == receipt), None)


def test_a_slip_of_the_finger_is_proposed_assigned_and_paid_on_the_page(frozen: LocalWorld) -> None:
    """One character off: proposed with its reasons; the page says paid once a person has said so."""
    payment = frozen.pay("slip", amount=731)
    reference = payment["account_reference"]
    slip = "3" if reference[0] != "3" else "4"
    receipt = typed_by_hand(frozen, slip + reference[1:], 731)
    line = waiting(frozen, receipt)
    assert ("proposed", payment["id"], True) == (
        line["match"]["state"], line["match"]["payment"], "same amount" in line["match"]["why"]
    )  # fmt: skip
    done = frozen.api("POST", f"/v1/c2b/{receipt}/assign", {"payment": payment["id"]}, key="slip")
    page = httpx.get(payment["checkout_url"], headers={"Accept-Language": "en"}, timeout=40)
    assert (200, "paid", True) == (done.status_code, done.json()["payment"]["status"], "<title>Paid" in page.text)
    assert None is waiting(frozen, receipt)


def test_money_at_the_till_gets_a_payment_of_its_own(frozen: LocalWorld) -> None:
    """Nothing was typed; the cashier makes the sale afterwards."""
    receipt = typed_by_hand(frozen, "", 83, "5000002")
    shown = waiting(frozen, receipt)
    done = frozen.api("POST", f"/v1/c2b/{receipt}/assign", {"new_payment": {"order": "W-83"}}).json()
    assert ("5000002", "paid", "till", 83) == (
        shown["shortcode"]["number"], done["payment"]["status"], done["payment"]["shortcode"]["kind"],
        done["payment"]["amount"],
    )  # fmt: skip


def test_the_shop_is_told_of_money_that_waited_and_whose_it_became(frozen: LocalWorld) -> None:
    """In the feed, in order, without the payer's name."""
    receipt = typed_by_hand(frozen, "WHOSE", 91)
    payment = frozen.api("POST", f"/v1/c2b/{receipt}/assign", {"new_payment": {}}).json()["payment"]["id"]
    frozen.advance(15)
    events = [event for event in _all_events(frozen) if event["data"] and event["data"].get("receipt") == receipt]
    assert ["c2b.received", "c2b.unmatched", "c2b.assigned"] == [
        event["type"] for event in events if event["type"].startswith("c2b.")
    ]
    assert {(payment, None)} == {
        (event["data"]["match"]["payment"], event["data"]["payer"]) for event in events if "match" in event["data"]
    }


def _all_events(world: LocalWorld) -> list[Any]:
    """The feed from its beginning."""
    events: list[Any] = []
    page = world.api("GET", "/v1/events?limit=100").json()
    while page["data"]:
        events += page["data"]
        page = world.api("GET", f"/v1/events?limit=100&after={events[-1]['id']}").json()
    return events


def test_old_money_still_waits_and_can_be_set_aside(frozen: LocalWorld) -> None:
    """Hours later it is on the list, counted under its own day."""
    receipt = typed_by_hand(frozen, "NOBODY", 77)
    day = frozen.api("GET", f"/v1/c2b/{receipt}").json()["at"]
    frozen.advance(2 * HOUR_S)
    days = frozen.api("GET", "/v1/c2b/waiting").json()["days"]
    assert (True, "unmatched") == (
        any(one["day"] >= day[:10] for one in days), waiting(frozen, receipt)["match"]["state"]
    )  # fmt: skip
    frozen.api("POST", f"/v1/c2b/{receipt}/ignore", {"reason": "sent by mistake"})
    ignored = frozen.api("GET", "/v1/c2b?ignored=true&limit=100").json()["data"]
    assert (None, True) == (waiting(frozen, receipt), receipt in {one["receipt"] for one in ignored})


def test_the_addresses_are_registered_by_the_world_itself(frozen: LocalWorld) -> None:
    """With a self-test through the callback API; a repeat changes nothing."""
    shown = frozen.api("POST", "/v1/c2b/register", {}).json()["shortcodes"]
    assert {("registered", True)} == {(one["state"], one["these_addresses"]) for one in shown}
    assert "ok" == frozen.api("GET", "/v1/health").json()["parts"]["money_by_hand"]["state"]


def test_where_safaricom_registers_once_the_portal_is_named_and_then_it_goes(frozen: LocalWorld) -> None:
    """As in production: the same addresses are fine, others are refused until the portal has deleted those."""
    code = {"shortcode": "174379"}
    frozen.control("POST", "shortcodes/174379", {"registers_once": True})
    again, other = (
        frozen.api("POST", "/v1/c2b/register", body).json()["shortcodes"][0]
        for body in (code, code | {"version": "v1"})
    )
    health = frozen.api("GET", "/v1/health").json()["parts"]["money_by_hand"]["state"]
    frozen.control("POST", "shortcodes/174379", {"registered": False})
    after = frozen.api("POST", "/v1/c2b/register", code).json()["shortcodes"][0]
    frozen.control("POST", "shortcodes/174379", {"registers_once": False})
    assert [("registered", True, False), ("already_registered", False, True), ("registered", True, False)] == [
        (one["state"], one["these_addresses"], bool(one["steps"])) for one in (again, other, after)
    ]
    assert health != "ok"
