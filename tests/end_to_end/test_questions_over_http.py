"""Balances, M-PESA's codes and their operator against the whole local world, as deployed."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.local_world import LocalWorld

PAYBILL, PAYOUTS = "174379", "600998"
PHONE = "0722000446"


def typed_and_never_confirmed(world: LocalWorld, amount: int) -> str:
    """The payer pays in the M-PESA menu, and Safaricom's confirmation gets lost; the code."""
    world.control("POST", "phones", {"number": PHONE, "balance": 50_000})
    world.control("POST", "faults", {"call": "c2b_confirmation", "fault": "lost", "count": 1})
    paid = world.control("POST", f"phones/{PHONE}/pay", {"shortcode": PAYBILL, "account": "NOSUCH", "amount": amount})
    world.advance(5)
    return str(paid["receipt"])


def balances(world: LocalWorld) -> dict[str, Any]:
    """By shortcode."""
    return {one["shortcode"]: one for one in world.api("GET", "/v1/balance").json()["data"]}


def test_a_balance_is_asked_for_answered_and_asked_for_again_each_hour(frozen: LocalWorld) -> None:
    """To the cent, by account, for each shortcode that the shop is paid at or pays out from."""
    asked = frozen.api("POST", "/v1/balance/refresh")
    frozen.advance(5)
    first = balances(frozen)
    frozen.advance(3_700)
    later = balances(frozen)

    assert (202, {PAYBILL, "4000001", PAYOUTS}) == (asked.status_code, set(first))
    assert "20000.00" == {one["name"]: one["current"] for one in first[PAYOUTS]["accounts"]}["Working Account"]
    assert all(later[code]["as_of"] > first[code]["as_of"] for code in first)


def test_a_code_that_nobody_told_us_of_is_found_by_asking(frozen: LocalWorld) -> None:
    """404 first; then M-PESA says what it was, and the money waits for its payment."""
    receipt = typed_and_never_confirmed(frozen, 710)
    unknown = frozen.api("GET", f"/v1/transactions/{receipt}")
    frozen.api("POST", f"/v1/transactions/{receipt}/check", {})
    frozen.advance(5)
    found = frozen.api("GET", f"/v1/transactions/{receipt}").json()

    assert (404, True) == (unknown.status_code, unknown.json()["can_check"])
    assert ("found", "completed", "in", 710) == tuple(
        found["check"][name] for name in ("state", "status", "direction", "amount")
    )
    assert (710, "status", "unmatched") == (
        found["c2b"]["amount"],
        found["c2b"]["source"],
        found["c2b"]["match"]["state"],
    )


def test_a_claim_whose_confirmation_got_lost_is_paid_by_asking(frozen: LocalWorld) -> None:
    """M-PESA names who paid: the very phone that was prompted for this order."""
    order = frozen.pay("asked-715", amount=715, phone=PHONE)["id"]
    frozen.advance(120)
    receipt = typed_and_never_confirmed(frozen, 715)
    frozen.api("POST", f"/v1/payments/{order}/claims", {"receipt": receipt})
    frozen.advance(180)

    payment = frozen.payment(order)
    assert ("paid", receipt, "status") == (payment["status"], payment["receipt"], payment["credits"][0]["source"])
