"""The example shops, each seen through the eight cases that every shop should see; and the page without a server."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.local_world import TOP
from tests.examples.conftest import EXAMPLES, TESTING, ShopWorld, copied, eight_cases, run
from tests.house.markdown import code_blocks

ALL_PASSED = "9 passed"


def test_the_shop_in_plain_python(shops: ShopWorld) -> None:
    assert ALL_PASSED in eight_cases(shops, f"python3 {EXAMPLES / 'python/shop.py'}")


def test_the_helper_does_what_the_document_shows(shops: ShopWorld, tmp_path: Path) -> None:
    """The test in docs/integration.md, against the shop in plain Python."""
    (written,) = code_blocks("docs/integration.md", "python")
    mine = copied("testing", tmp_path) / "test_my_shop.py"
    shown = written.replace("(mpesa)", "(mpesa, shop)").replace('"http://localhost:8000/api/mpesa"', "shop.webhook")
    mine.write_text(shown, encoding="utf-8")
    assert "1 passed" in eight_cases(shops, f"python3 {EXAMPLES / 'python/shop.py'}", mine)


def test_the_shop_on_fastapi(shops: ShopWorld, tmp_path: Path) -> None:
    """In an environment of its own, with exactly the packages that its lock names."""
    folder = copied("fastapi", tmp_path)
    uv = str(TOP / ".venv/bin/uv")
    run(uv, "venv", "--quiet", "env", folder=folder)
    install = ("pip", "install", "--quiet", "--python", "env/bin/python", "--require-hashes", "-r", "requirements.txt")
    run(uv, *install, folder=folder)
    start = f"{folder}/env/bin/uvicorn --app-dir {folder} --log-level warning --port $PORT shop:app"
    assert ALL_PASSED in eight_cases(shops, f"sh -c 'exec {start}'")


def test_the_shop_on_express(shops: ShopWorld, tmp_path: Path) -> None:
    """By the helper for Node."""
    folder = copied("express", tmp_path)
    run("npm", "ci", "--no-audit", "--no-fund", folder=folder)
    settings = {"MPESA_RUN_FILE": str(shops.run_file), "SHOP_COMMAND": f"node {folder / 'shop.mjs'}"}
    told = run("node", "--test", "--test-reporter=tap", "eight_cases.test.mjs", folder=TESTING, settings=settings)
    assert "# pass 9" in told


@pytest.fixture
def page_without_server(shops: ShopWorld, tmp_path: Path) -> Iterator[str]:
    """The page with a payment link of the shop's in it, served as a file; its address."""
    link = shops.world.api("POST", "/v1/payment-links", {"title": "School roof", "amount": 300}).json()
    text = (EXAMPLES / "no_backend/index.html").read_text(encoding="utf-8")
    code = str(link["url"]).rpartition("/")[2]
    text = text.replace("http://localhost:7070", shops.world.gateway).replace('LINK"', f'{code}"')
    text = text.replace("pk_test_local_…", str(shops.world.run["publishable_key"]))
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", shops.ports[1]), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://localhost:{shops.ports[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_without_a_server_is_paid(shops: ShopWorld, page_without_server: str, chromium: Browser) -> None:
    """A publishable key and a payment link suffice; the price is the link's."""
    page = chromium.new_page()
    page.goto(page_without_server)
    page.get_by_role("link", name="Give KSh 300 with M-PESA").click()
    page.get_by_label("M-PESA phone number").fill("0700000000")
    page.get_by_role("button", name="Pay with M-PESA").click()
    expect(page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible(timeout=30_000)
    page.close()
    (payment,) = shops.world.api("GET", "/v1/payments?amount=300").json()["data"]
    assert (300, "paid") == (payment["amount_received"], payment["status"])


@pytest.mark.parametrize("name", ["express", "nextjs"])
def test_a_lock_for_npm_names_no_registry(name: str) -> None:
    """Where packages come from is the machine's own business; what they are, their hashes say."""
    packages = json.loads((EXAMPLES / name / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {place: package for place, package in packages.items() if place}
    assert [] == [place for place, package in found.items() if "resolved" in package or "integrity" not in package]
