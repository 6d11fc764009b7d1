"""Scenes of the control panel, played against the whole local world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.scenes.casting import SCENES, cues, scene_of
from tests.end_to_end.local_world import LocalWorld


def _play(world: LocalWorld, order: dict[str, Any]) -> list[dict[str, Any]]:
    """Play it to its end; the payments as the shop sees them after two virtual minutes."""
    world.control("POST", "scenes", order)
    while world.control("GET", "scenes")["play"]["running"]:
        pass
    world.advance(130)
    orders = [f"scene-{order['scene']}-{order['seed']}-{number}" for number in range(1, order["payments"] + 1)]
    return [world.api("GET", f"/v1/payments?order={one}").json()["data"][0] for one in orders]


def test_one_in_six_does_not_pay(frozen: LocalWorld) -> None:
    """Each of the others does, and what the shop is told agrees."""
    payments = _play(frozen, {"scene": "a_few", "payments": 6, "seed": 11})

    assert ["paid"] * 5 + ["failed"] == sorted((payment["status"] for payment in payments), reverse=True)


def test_payments_that_nobody_tells_of_are_found(frozen: LocalWorld) -> None:
    """Callback and confirmation are lost; two virtual minutes later all are paid."""
    payments = _play(frozen, {"scene": "callback_outage", "payments": 3, "seed": 12})

    assert ["paid"] * 3 == [payment["status"] for payment in payments]


def test_an_unknown_scene_is_refused_with_the_names_of_the_others(world: LocalWorld) -> None:
    """Whoever mistypes learns what can be played."""
    answer = httpx.post(f"{world.outside}/control/api/scenes", json={"scene": "quiet_sunday"})

    assert (400, True) == (answer.status_code, all(scene.key in answer.text for scene in SCENES))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.key)
def test_nobody_waits_for_the_phone_of_another_payer(scene: Any) -> None:
    """Phones that pay are asked once in a scene; only the magic ones that do not pay come again."""
    phones = [cue.phone for cue in cues(scene, 7) if cue.phone.startswith("0710")]

    assert len(set(phones)) == len(phones)


@pytest.mark.parametrize(
    ("key", "changes", "title"),
    [
        ("month_end", {}, "Month end, 10 days with 7 differences"),
        ("month_end", {"days": 1}, "Month end, 1 day with 7 differences"),
        ("busy_saturday", {}, "Busy Saturday, 1,000 payments"),
        ("a_few", {"payments": 1}, "A few, 1 payment"),
    ],
)
def test_a_scene_says_how_much_of_it_is_played(key: str, changes: dict[str, int], title: str) -> None:
    """As it was asked for, and not as its button has it."""
    scene = scene_of(key)
    assert scene is not None
    assert title == replace(scene, **changes).title  # type: ignore[arg-type]  # only numbers are changed


def test_the_same_seed_brings_the_same_payers() -> None:
    """A scene can be shown again."""
    scene = scene_of("a_few")
    assert scene is not None

    assert cues(scene, 5) == cues(scene, 5) != cues(scene, 6)


def test_events_appear_with_their_whole_text(frozen: LocalWorld, page: Page) -> None:
    """The page of events shows what the gateway told, newest first."""
    _play(frozen, {"scene": "a_few", "payments": 1, "seed": 13})
    page.goto(f"{frozen.outside}/events")
    page.get_by_role("row", name="payment.paid scene-a_few-13-1").get_by_role("button", name="whole").click()

    expect(page.locator("pre").first).to_contain_text('"order": "scene-a_few-13-1"')
