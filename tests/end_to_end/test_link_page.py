"""The page of a payment link in a real browser, with and without script, answered by the very handlers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.looks import Looks, faults_of
from tests.end_to_end.test_checkout_page import (  # noqa: F401  site, tab and plain_tab are fixtures
    LOOKS,
    TWO_TAPS,
    Site,
    plain_tab,
    site,
    tab,
)
from tests.unit.web.test_links import begin, chosen, make

LONG_TITLE = "T-shirt, one size, with the name of the school on it 2026 ok"


def address(site: Site, url: str) -> str:  # noqa: F811  a parameter, not the fixture
    """The page on the test's own server."""
    return f"{site.address}/l/{url.rpartition('/')[2]}"


def test_without_script_a_payer_pays_a_link(site: Site, plain_tab: Page) -> None:  # noqa: F811  fixtures
    """A wrong amount comes back with the form; then the prompt goes out and the payment's page shows it."""
    plain_tab.goto(address(site, chosen(site.gateway)["url"]))
    plain_tab.get_by_label("Amount in shillings").fill("10")
    plain_tab.get_by_label("M-PESA phone number").fill("0712 345 678")
    plain_tab.get_by_role("button", name="Pay with M-PESA").click()
    expect(plain_tab.get_by_role("alert")).to_contain_text("Amount must be from")
    expect(plain_tab.get_by_label("M-PESA phone number")).to_have_value("0712 345 678")
    plain_tab.get_by_label("Amount in shillings").fill("1,250")
    plain_tab.get_by_role("button", name="Pay with M-PESA").click()
    expect(plain_tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert "/pay/" in plain_tab.url
    assert "712" not in plain_tab.url
    assert [1250] == [prompt.amount_kes for prompt in site.gateway.world.daraja.pushes]


def test_two_taps_send_one_request(site: Site, tab: Page) -> None:  # noqa: F811  fixtures
    """The second one is stopped, and the payment's page watches by itself."""
    tab.goto(address(site, make(site.gateway).json["url"]))
    tab.get_by_label("M-PESA phone number").fill("0712345678")
    tab.evaluate(TWO_TAPS)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert 1 == site.prompts


def test_the_keyboard_alone_pays_a_link(site: Site, tab: Page) -> None:  # noqa: F811  fixtures
    """Tab order: language, amount, phone, button."""
    tab.goto(address(site, chosen(site.gateway)["url"]))
    for keys in ("", "1250", "0712345678"):
        tab.keyboard.press("Tab")
        tab.keyboard.type(keys)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Check your phone")


each_look = pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)


@each_look
@pytest.mark.parametrize("look", ["chosen", "fixed", "closed"])
def test_everybody_can_use_the_page(
    site: Site,  # noqa: F811  the fixture
    looks: Looks,
    scheme: str,
    width: int,
    language: str,
    look: str,
) -> None:
    """axe finds nothing on any of them, and none scrolls sideways."""
    links = {
        "chosen": chosen(site.gateway),
        "fixed": make(site.gateway, title=LONG_TITLE, amount=250_000).json,
        "closed": make(site.gateway, max_payments=1).json,
    }
    begin(site.gateway, links["closed"])
    page = looks.page(scheme, width)
    page.goto(f"{address(site, links[look]['url'])}?lang={language}")
    assert [] == faults_of(page)


@each_look
def test_everybody_can_mend_the_form(
    site: Site,  # noqa: F811  the fixture
    looks: Looks,
    scheme: str,
    width: int,
    language: str,
) -> None:
    """With both fields wrong."""
    page = looks.page(scheme, width)
    page.goto(f"{address(site, chosen(site.gateway)['url'])}?lang={language}")
    page.get_by_role("button").click()
    page.get_by_role("alert").wait_for()
    assert [] == faults_of(page)
