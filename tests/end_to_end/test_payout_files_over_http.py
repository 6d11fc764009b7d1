"""A file of payouts from the shop's server to M-PESA's books: one person in a browser sends all of it at once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.test_console_over_http import person

CSV = "phone,amount,purpose,remarks,order\n" + "".join(
    f"07220006{number},{100 * number},salary,March,E-{number}\n" for number in range(41, 44)
)


def send_file(world: LocalWorld, key: str) -> dict[str, Any]:
    """The shop's server asks for all of them."""
    answer = world.api("POST", "/v1/payouts/files", {"name": "Wages March", "csv": CSV}, key=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def transfers(world: LocalWorld) -> list[int]:
    """What M-PESA's own books have gone out to these numbers."""
    numbers = {f"2547220006{number}" for number in range(41, 44)}
    entries = world.control("GET", "books")["entries"]
    return sorted(one["amount"] for one in entries if one["direction"] == "out" and one["payer"] in numbers)


def test_one_press_sends_a_whole_file_once(frozen: LocalWorld, chromium: Browser) -> None:
    """Every line is approved by who pressed, and paid; pressed again from an old page, nothing more goes."""
    file = send_file(frozen, "whole-file")
    address = f"/console/payouts/files/{file['id']}"
    with person(chromium, frozen, "Achieng", address) as checker, person(chromium, frozen, "Njeri", address) as late:
        checker.get_by_role("button", name="Send KSh 12,600").click()
        expect(checker.get_by_text("3 payouts are approved.")).to_be_visible()
        frozen.advance(150)
        late.get_by_role("button", name="Send KSh 12,600").click()
        expect(late.get_by_text("0 payouts are approved.")).to_be_visible()
        expect(late.get_by_text("Left out, since it had changed meanwhile:")).to_be_visible()

    payouts = [frozen.api("GET", f"/v1/payouts/{out_id}").json() for out_id in file["payouts"]]
    assert [("succeeded", [("approved", "Achieng")])] * 3 == [
        (one["status"], [(said["what"], said["by"]) for said in one["approvals"]]) for one in payouts
    ]
    assert [4_100, 4_200, 4_300] == transfers(frozen)
