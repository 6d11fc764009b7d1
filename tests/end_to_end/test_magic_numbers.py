"""Every magic number, end to end over HTTP: the whole end is compared (status, flags, failure, prompts, credits)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from local.daraja_simulator.outcomes import table
from tests.end_to_end.local_world import LocalWorld

ROWS = {str(row["phone"]): row for row in table()}
LONG_ENOUGH_S = 25 * 60


@pytest.fixture(scope="module")
def ends(world: LocalWorld) -> Mapping[str, dict[str, Any]]:
    """All rows played side by side: one payment each, then nobody does anything but time."""
    world.control("POST", "clock", {"frozen": True})
    started = {phone: world.pay(f"magic-{phone}", phone=phone, amount=100 + n) for n, phone in enumerate(ROWS)}
    world.advance(LONG_ENOUGH_S)
    ended = {phone: world.payment(payment["id"]) for phone, payment in started.items()}
    world.control("POST", "clock", {"frozen": False})
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
