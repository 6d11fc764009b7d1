"""Every magic number, end to end over HTTP: the whole end is compared (status, flags, failure, prompts, credits)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from local.daraja_simulator.outcomes import table
from tests.end_to_end.local_world import NO_AUTHORITIES, LocalWorld

ROWS = {str(row["phone"]): row for row in table()}
LONG_ENOUGH_S = 25 * 60


@pytest.fixture(scope="module")
def ends(world: LocalWorld) -> Mapping[str, dict[str, Any]]:
    """All rows played side by side: one payment each, then nobody does anything but time.

    The demo shop is not told meanwhile, and M-Pesa's list is away: both are other tests' matters.
    """
    away = world.control("POST", "faults", {"call": "pull", "fault": "http_503"})
    endpoint = world.api("GET", "/v1/webhook-endpoints").json()["data"][0]["id"]
    world.api("PATCH", f"/v1/webhook-endpoints/{endpoint}", {"enabled": False})
    world.control("POST", "clock", {"frozen": True})
    with ThreadPoolExecutor(4) as shops:
        asked = shops.map(lambda row: world.pay(f"magic-{row[1]}", phone=row[1], amount=100 + row[0]), enumerate(ROWS))
        started = dict(zip(ROWS, asked, strict=True))
    world.advance(LONG_ENOUGH_S)
    ended = {phone: world.payment(payment["id"]) for phone, payment in started.items()}
    world.control("DELETE", f"faults/{away['id']}")
    world.control("POST", "clock", {"frozen": False})
    world.api("PATCH", f"/v1/webhook-endpoints/{endpoint}", {"enabled": True})
    return ended


@pytest.mark.parametrize("phone", sorted(ROWS))
def test_a_magic_number_ends_as_its_row_says(phone: str, world: LocalWorld, ends: Mapping[str, Any]) -> None:
    """The row of the simulator's own table, compared with payment and books."""
    expected = ROWS[phone]["expected"]
    assert isinstance(expected, dict)
    wanted = {**expected, **(expected["meanwhile"] or {})} if expected["needs"] else expected

    assert _expected_end(wanted, needs=bool(expected["needs"])) == _end(
        ends[phone], _prompts(world, phone, ends[phone]["id"])
    )


@pytest.mark.parametrize("phone", sorted(ROWS))
def test_the_payers_page_of_a_magic_number_says_the_same(phone: str, ends: Mapping[str, Any]) -> None:
    """Heading and reason as the API has them: green only where goods may go, a failure only where it is proven."""
    payment = ends[phone]
    shown = httpx.get(payment["checkout_url"], params={"lang": "en"}, timeout=20, verify=NO_AUTHORITIES)
    page = " ".join(unescape(re.sub(r"<[^>]+>", "", shown.text.partition("<main")[2])).split())
    failure = payment["failure"]
    reason = failure["payer_message"]["en"].split(". ")[0] if failure else ""
    assert (200, _heading(payment) in page, reason in page) == (shown.status_code, True, True)
    assert payment["safe_to_fulfil"] == ('class="plate paid"' in shown.text)


def _heading(payment: Mapping[str, Any]) -> str:
    """What the payer must read first."""
    if payment["status"] == "paid":
        return "Paid." if payment["safe_to_fulfil"] else "Payment received"
    if payment["status"] == "failed":
        code = payment["failure"]["code"]
        return "M-PESA is not answering right now" if code == "mpesa_unavailable" else "You have not paid"
    others = {"unresolved": "Not known yet", "open": "Pay KSh", "expired": "This payment request is closed"}
    return others[payment["status"]]


def _expected_end(wanted: Mapping[str, Any], *, needs: bool) -> dict[str, Any]:
    return {
        "payment": wanted["payment_status"],
        "attempt": wanted["attempt_status"],
        "flags": sorted(wanted["flags"]),
        "failure": None if needs else wanted["failure_code"],
        "prompts": wanted["prompts"],
        "credits": 0 if needs else wanted["credits"],
        "receipts_known": not needs and wanted["receipt_known"],
    }


def _end(payment: Mapping[str, Any], prompts: int) -> dict[str, Any]:
    return {
        "payment": payment["status"],
        "attempt": payment["attempts"][-1]["status"],
        "flags": payment["flags"],
        "failure": (payment["failure"] or {}).get("code"),
        "prompts": prompts,
        "credits": len(payment["credits"]),
        "receipts_known": bool(payment["credits"]) and all(credit["receipt"] for credit in payment["credits"]),
    }


def _prompts(world: LocalWorld, phone: str, payment_id: str) -> int:
    """Prompts that Safaricom took for this payment."""
    mine = [push for push in world.pushes(phone) if payment_id.removeprefix("pay_") in push["callback_url"]]
    return sum(push["accepted"] for push in mine)
