"""The paid page leads back to the shop by itself, in a browser, where the shop wants it and the payer does not stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from gateway import security
from tests.memory_store import KEYS
from tests.unit.web.shop import Gateway
from tests.unit.web.stages import SHOP, STAGES

SHOWN_AT = "https://gateway.example/pay"
SHOPS = "https://shop.example/"
RETURN_S = 8


@pytest.fixture
def paid(page: Page) -> Page:
    """A browser that looks at a paid page, with a clock of its own; the shop's site answers to it."""
    gateway, stage = Gateway(), STAGES["paid"]
    gateway.world.store.settings["shop"] = replace(SHOP, auto_return_s=RETURN_S)
    gateway.world.store.payments[stage.record.id] = stage.record
    gateway.world.ambient.at_ms = stage.now_ms
    address = f"/pay/{security.page_code(KEYS.client_token, stage.record.id)}"
    page.route(f"{SHOPS}**", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Shop</h1>"))
    page.route(
        f"{SHOWN_AT}**",
        lambda route: route.fulfill(
            status=200,
            content_type="text/html; charset=utf-8",
            body=gateway.call("GET", address + route.request.url.removeprefix(SHOWN_AT), secret=None).body,
        ),
    )
    page.clock.install()
    page.goto(SHOWN_AT)
    return page


def test_after_its_seconds_the_page_leads_back_with_the_payment_and_no_status(paid: Page) -> None:
    """Not before."""
    paid.clock.run_for((RETURN_S - 1) * 1000)
    stays = paid.url
    paid.clock.run_for(2_000)
    paid.wait_for_url(f"{SHOPS}**")
    assert (SHOWN_AT, f"{SHOPS}done?order=1042&payment={STAGES['paid'].record.id}") == (stays, paid.url)


def test_who_stays_is_left_alone(paid: Page) -> None:
    """One tap, and the receipt stands for as long as wanted."""
    address = paid.locator("#leaving a").get_attribute("href") or ""
    paid.goto(f"{SHOWN_AT}?{address.partition('?')[2]}")
    paid.clock.run_for(60_000)
    assert paid.url.startswith(SHOWN_AT)
    assert 0 == paid.locator("#leaving").count()
