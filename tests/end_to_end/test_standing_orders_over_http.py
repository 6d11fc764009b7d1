"""A standing order (M-Pesa Ratiba) against the whole local world: its payments reach the gateway as money by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.local_world import LocalWorld

PHONE = "0722000779"
NAIROBI = dt.timezone(dt.timedelta(hours=3))
A_DAY_S = 86_400


def now(world: LocalWorld) -> dt.datetime:
    """The world's time in Nairobi."""
    return dt.datetime.fromisoformat(world.control("GET", "clock")["now"]).astimezone(NAIROBI)


def order_rent(world: LocalWorld, first_day: dt.date, reference: str) -> None:
    """A standing order of one day, allowed on the phone."""
    query = {"grant_type": "client_credentials"}
    given = httpx.get(f"{world.outside}/oauth/v1/generate", params=query, auth=("local-key", "local-secret"))
    body = {
        "StandingOrderName": "Rent",
        "StartDate": f"{first_day:%Y%m%d}",
        "EndDate": f"{first_day:%Y%m%d}",
        "BusinessShortCode": "174379",
        "TransactionType": "Standing Order Customer Pay Bill",
        "ReceiverPartyIdentifierType": "4",
        "Amount": "437",
        "PartyA": f"254{PHONE[1:]}",
        "CallBackURL": f"{world.outside}/nowhere",
        "AccountReference": reference,
        "TransactionDesc": "Rent",
        "Frequency": "1",
    }
    path = "/standingorder/v1/createStandingOrderExternal"
    headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
    httpx.post(f"{world.outside}{path}", json=body, headers=headers).raise_for_status()
    world.advance(1)
    world.control("POST", f"phones/{PHONE}/answer", {"pin": "1234"})


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[LocalWorld]:
    """A world of its own, whose clock stands still: a day takes long in one where much waits for its time."""
    started = LocalWorld.start(tmp_path)
    started.control("POST", "clock", {"frozen": True})
    yield started
    started.stop()


def test_a_payment_of_a_standing_order_pays_what_carries_its_reference(quiet: LocalWorld) -> None:
    """On its day, at nine, with nobody doing anything."""
    tomorrow = (now(quiet) + dt.timedelta(days=1)).date()
    payment = quiet.pay("rent", amount=437, account_reference="RENTA4", expires_in=3 * A_DAY_S)
    order_rent(quiet, tomorrow, "RENTA4")
    before = quiet.payment(payment["id"])["status"]
    due = dt.datetime.combine(tomorrow, dt.time(9), NAIROBI)

    quiet.advance((due - now(quiet)).total_seconds() + 5)

    paid = quiet.payment(payment["id"])
    collected = quiet.control("GET", f"standing-orders?phone={PHONE}")["standing_orders"][0]["collections"]
    assert ("open", "paid") == (before, paid["status"])
    assert [(437, "c2b", collected[0]["receipt"])] == [
        (one["amount"], one["source"], one["receipt"]) for one in paid["credits"]
    ]
