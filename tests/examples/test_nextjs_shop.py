"""The Next.js shop, built as for production and driven from order to webhook to paid."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.local_world import TOP
from tests.examples.conftest import ShopWorld, copied, eight_cases, run

PATH = f"{TOP / '.venv-node/bin'}:{os.environ['PATH']}"


@dataclass(frozen=True)
class NextShop:
    """The built shop, running."""

    folder: Path
    address: str


@pytest.fixture(scope="session")
def shop(shops: ShopWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NextShop]:
    """What its README says: install, connect, build, start."""
    folder = copied("nextjs", tmp_path_factory.mktemp("nextjs"))
    address = f"http://localhost:{shops.ports[0]}"
    run("npm", "ci", "--no-audit", "--no-fund", folder=folder)
    connection = {"RUN_FILE": str(shops.run_file), "SHOP_URL": address}
    for _ in range(2):
        run("npm", "run", "connect", folder=folder, settings=connection)
    run("npm", "run", "build", folder=folder)
    command = ["node", "node_modules/next/dist/bin/next", "start", "-p", str(shops.ports[0])]
    settings = {**os.environ, "PATH": PATH, "NEXT_TELEMETRY_DISABLED": "1"}
    process = subprocess.Popen(command, cwd=folder, env=settings, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    _until_ready(process.stdout)
    yield NextShop(folder, address)
    process.terminate()
    process.wait(30)
    process.stdout.close()


def _until_ready(said: IO[str]) -> None:
    """Reads what it prints until it says so; the end of it is an error."""
    assert any("Ready" in line for line in said), "next start ended"


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A phone's browser that heeds the shop's policy; errors on the page fail the test."""
    errors: list[str] = []
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-KE")
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
    yield page
    context.close()
    assert [] == errors


def pay(page: Page, phone: str) -> None:
    """Type the number and send."""
    page.get_by_label("M-PESA phone number").fill(phone)
    page.get_by_role("button", name="Pay with M-PESA").click()


def status_of(shop: NextShop, order: str) -> str:
    """What the shop's own database says."""
    with urllib.request.urlopen(f"{shop.address}/api/orders/{order}", timeout=30) as answer:
        return str(answer.read().decode())


def test_an_order_is_paid_in_the_shops_own_page(shop: NextShop, tab: Page) -> None:
    """From the shelf to «on its way», a cancelled try between, without leaving the page."""
    tab.goto(shop.address)
    tab.get_by_role("button", name="Order Enamel mug").click()
    pay(tab, "0700001032")
    expect(tab.get_by_role("heading", name="You have not paid")).to_be_visible(timeout=30_000)
    tab.get_by_role("link", name="Use another number").click()
    pay(tab, "0700000000")
    expect(tab.get_by_role("heading", name="Thank you. Your order is on its way.")).to_be_visible(timeout=30_000)
    expect(tab.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()


def test_connecting_again_leaves_one_endpoint(shops: ShopWorld, shop: NextShop) -> None:
    """Its secret is told once, so the old one goes."""
    known = shops.world.api("GET", "/v1/webhook-endpoints").json()["data"]
    assert [f"{shop.address}/api/mpesa"] == [one["url"] for one in known if one["url"].startswith(shop.address)]


def test_the_webhook_alone_releases_the_order(shops: ShopWorld, shop: NextShop, tab: Page) -> None:
    """The payer closes the page at once; nobody looks, and the gateway tells the shop."""
    tab.goto(shop.address)
    tab.get_by_role("button", name="Order Coffee beans, 500 g").click()
    pay(tab, "0700000000")
    expect(tab.get_by_role("heading", name="Check your phone")).to_be_visible(timeout=30_000)
    order = tab.url.rpartition("/")[2]
    tab.goto("about:blank")
    shops.world.advance(20)
    assert '"status":"paid"' in status_of(shop, order)


def test_the_shop_sees_the_eight_cases(shops: ShopWorld, shop: NextShop) -> None:
    command = f"sh -c 'cd {shop.folder} && exec node node_modules/next/dist/bin/next start -p $PORT'"
    assert "9 passed" in eight_cases(shops, command)


def test_it_fits_a_narrow_phone(shop: NextShop, tab: Page) -> None:
    """At 320 pixels nothing scrolls sideways."""
    tab.set_viewport_size({"width": 320, "height": 640})
    tab.goto(shop.address)
    tab.get_by_role("button", name="Order Paper filters, 100 pieces").click()
    expect(tab.get_by_label("M-PESA phone number")).to_be_visible(timeout=30_000)
    assert 0 >= tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
