"""«I have paid» against the whole local world: money typed by hand, claimed over the API, as deployed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.local_world import LocalWorld

PHONE = "0722000333"


def typed_by_hand(world: LocalWorld, account: str, amount: int) -> str:
    """The payer pays in the M-PESA menu, and M-PESA has told of it; its code."""
    world.control("POST", "phones", {"number": PHONE, "balance": 50_000})
    paid = world.control("POST", f"phones/{PHONE}/pay", {"shortcode": "174379", "account": account, "amount": amount})
    world.advance(5)
    return str(paid["receipt"])


def claim(world: LocalWorld, payment: str, receipt: str) -> Any:
    """The shop's server claims."""
    return world.api("POST", f"/v1/payments/{payment}/claims", {"receipt": receipt})


def test_of_two_orders_with_one_reference_the_claimed_one_is_paid(frozen: LocalWorld) -> None:
    """The money lies unmatched until somebody says which order it was for; the other one is over another sum."""
    sums = (790, 740)
    orders = [frozen.pay(f"shared-{one}", amount=one, account_reference="SHARED740")["id"] for one in sums]
    receipt = typed_by_hand(frozen, "shared740", 740)
    answer = claim(frozen, orders[1], f"{receipt} Confirmed. Ksh740.00 sent to INKLESS IS MORE")
    assert (202, "attached") == (answer.status_code, answer.json()["state"])
    shown = [frozen.payment(order) for order in orders]
    assert [("open", False), ("paid", True)] == [(one["status"], one["safe_to_fulfil"]) for one in shown]


def test_of_two_orders_with_one_reference_and_one_sum_the_faster_claim_gets_nothing(frozen: LocalWorld) -> None:
    """M-PESA masks who paid: a person decides."""
    orders = [frozen.pay(f"alike-{n}", amount=735, account_reference="SHARED735")["id"] for n in (1, 2)]
    receipt = typed_by_hand(frozen, "shared735", 735)
    states = [claim(frozen, order, receipt).json()["state"] for order in orders]
    assert (["to_shop"] * 2, ["open"] * 2) == (states, [frozen.payment(order)["status"] for order in orders])


@pytest.mark.parametrize("amount", [745, 744])
def test_a_mistyped_reference_is_left_to_the_shop_however_much_came(frozen: LocalWorld, amount: int) -> None:
    """M-PESA masks the payer's number, so nothing shows whose money it is."""
    order = frozen.pay(f"mistyped-{amount}", amount=745, account_reference=f"MINE{amount}")["id"]
    receipt = typed_by_hand(frozen, f"NOTMINE{amount}", amount)
    answer = claim(frozen, order, receipt)
    payment = frozen.payment(order)
    assert (202, "to_shop") == (answer.status_code, answer.json()["state"])
    assert ("open", 0, ["claim_open"]) == (payment["status"], payment["amount_received"], payment["flags"])


def test_money_that_comes_after_its_claim_pays_by_itself(frozen: LocalWorld) -> None:
    """Claimed first, told later: the sweep finds it."""
    sums = (750, 760)
    orders = [frozen.pay(f"late-{one}", amount=one, account_reference="LATE750")["id"] for one in sums]
    frozen.control("POST", "faults", {"call": "c2b_confirmation", "fault": "late", "count": 1})
    receipt = typed_by_hand(frozen, "LATE750", 750)
    before = claim(frozen, orders[0], receipt).json()["state"]
    frozen.advance(30 * 60)
    assert ("not_found", "paid") == (before, frozen.payment(orders[0])["status"])
