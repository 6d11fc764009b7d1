"""The scene “month end”: what an accountant finds afterwards, and that the nights went well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from local.scenes.differences import DIFFERENCES
from local.scenes.month import share, spread
from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.test_console_over_http import person

SEED = 8124
KINDS = (
    "unassigned",
    "missing_at_mpesa",
    "amount_differs",
    "unassigned",
    "duplicate",
    "unassigned",
    "crosses_midnight",
)


@pytest.fixture(scope="module")
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    """A world of its own: days pass in it, and its books must have nothing else in them."""
    started = LocalWorld.start(tmp_path_factory.mktemp("month_end"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def played(own_world: LocalWorld) -> dict[str, Any]:
    """One day of the scene, to its end."""
    order = {"scene": "month_end", "days": 1, "payments": 3, "seed": SEED, "wait": True}
    answer = httpx.post(f"{own_world.outside}/control/api/scenes", json=order, timeout=600)
    return dict(answer.json()["play"])


@pytest.mark.long
def test_a_day_has_the_seven_differences_and_no_other(own_world: LocalWorld, played: dict[str, Any]) -> None:
    """In the order in which they were brought about; the other payments of the day are in both books."""
    day = own_world.api("GET", f"/v1/reconciliation/days/{played['day']}").json()

    assert (3, 0, KINDS) == (played["asked"], played["refused"], tuple(line["kind"] for line in day["lines"]))


@pytest.mark.long
def test_wages_wait_for_a_second_person(own_world: LocalWorld, played: dict[str, Any]) -> None:
    """The file that the diary names: nothing of it goes before somebody says yes."""
    [address] = [note["address"] for note in played["notes"] if note["words"].startswith("Pay day")]
    file = own_world.api("GET", f"/v1/payouts/files/{address.rpartition('/')[2]}").json()
    statuses = {own_world.api("GET", f"/v1/payouts/{payout}").json()["status"] for payout in file["payouts"]}

    assert ({"awaiting_approval"}, 6) == (statuses, len(file["payouts"]))


@pytest.mark.long
def test_no_function_failed_in_a_night(own_world: LocalWorld, played: dict[str, Any]) -> None:
    """Comparing, repairing and telling, with no more than the template gives each function."""
    logs = sorted(Path(own_world.data / "logs").glob("*.log"))

    assert [] == [log.name for log in logs if "handler_failed" in log.read_text(encoding="utf-8")]
    assert (
        dt.date.fromisoformat(played["day"])
        < dt.datetime.fromisoformat(own_world.control("GET", "clock")["now"])
        .astimezone(dt.timezone(dt.timedelta(hours=3)))
        .date()
    )


@pytest.mark.parametrize("days", [1, 6, 7, 10, 31])
def test_differences_are_spread_over_the_days_in_order(days: int) -> None:
    """Each on a day that is played; the last of them in the second half."""
    on = [spread(place, days) for place in range(len(DIFFERENCES))]

    assert (sorted(on), True) == (on, 0 <= on[0] and days // 2 <= on[-1] < days)


def test_every_payment_is_asked_for_on_one_day() -> None:
    """None is left out and none comes twice, however many days there are."""
    payments = list(range(100))

    assert payments == [one for part in range(7) for one in share(payments, part, 7)]


def test_a_scene_without_days_takes_none(world: LocalWorld) -> None:
    """Whoever mistypes is told."""
    answer = httpx.post(f"{world.outside}/control/api/scenes", json={"scene": "a_few", "days": 3})

    assert (400, True) == (answer.status_code, "no day passes in a_few" in answer.text)


@pytest.mark.long
def test_an_accountant_settles_the_day_and_what_comes_later_stands_beside_it(
    own_world: LocalWorld, played: dict[str, Any], chromium: Browser
) -> None:
    """Each difference is explained, the day is closed; then somebody gives money of it to its order."""
    place = f"/console/reconciliation/{played['day']}"
    day = own_world.api("GET", f"/v1/reconciliation/days/{played['day']}").json()
    with person(chromium, own_world, "Otieno", place) as accountant:
        for number in range(len(day["lines"])):
            line = accountant.locator("td details").nth(number)
            line.locator("summary").click()
            line.get_by_label("How is it explained?").fill(f"Looked into, note {number}")
            line.get_by_role("button", name="Keep this explanation").click()
            expect(accountant.get_by_text("The explanation is kept.")).to_be_visible()
        accountant.get_by_role("button", name="Close this day").click()
        expect(accountant.locator(".plate .word")).to_have_text("closed")
        money = next(line for line in day["lines"] if line["proposed"]["action"] == "assign")
        given = {"payment": money["proposed"]["payment"]}
        assert 200 == own_world.api("POST", f"/v1/c2b/{money['receipt']}/assign", given).status_code
        own_world.advance(1_000)
        accountant.goto(own_world.gateway + place)
        expect(accountant.get_by_role("heading", name="Since the day was closed")).to_be_visible()

    after = own_world.api("GET", f"/v1/reconciliation/days/{played['day']}").json()
    assert ("closed", day["ours"], [money["receipt"]]) == (
        after["state"], after["ours"], [line["receipt"] for line in after["news"]["lines"]]
    )  # fmt: skip


@pytest.mark.long
def test_a_cashier_sees_nothing_of_it(own_world: LocalWorld, chromium: Browser) -> None:
    with person(chromium, own_world, "Wanjiku") as cashier:
        expect(cashier.get_by_role("link", name="Reconciliation")).to_have_count(0)
        assert 403 == cashier.request.get(f"{own_world.gateway}/console/reconciliation").status
