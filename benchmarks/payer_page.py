"""The payer's page in a real browser against a local run: bytes, first paint on slow 3G, script on a slow processor.

And how long after the PIN the page says "Paid". Times are those of this machine, so they are told and not judged; bytes
are the same everywhere and have their budgets.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.figures import Figure, at_most, table, told
from benchmarks.ready import PATIENCE_S, local_run

COMMAND = "python -m benchmarks.payer_page"
FIRST_ANSWER_KB_MAX = 14
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER_CPU = 6
PHONE = "0722000111"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Shop:
    """A shop's server beside a running gateway."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._run = run
        self._http = httpx.Client(headers={"Authorization": f"Bearer {run['secret_key']}"}, timeout=PATIENCE_S)

    def payment(self, key: str, **fields: Any) -> dict[str, Any]:
        """A payment of 1,500 shillings."""
        asked = {"amount": 1500, **fields}
        answer = self._http.post(f"{self._run['gateway']}/v1/payments", json=asked, headers={"Idempotency-Key": key})
        answer.raise_for_status()
        return dict(answer.json())

    def control(self, path: str, body: Mapping[str, Any]) -> None:
        """Something happens outside."""
        self._http.post(f"{self._run['outside']}/control/api/{path}", json=body).raise_for_status()


def figures() -> list[Figure]:
    """All of them. Raises RuntimeError where there is no browser or nothing starts."""
    browser_path = os.environ.get("BROWSER_PATH") or next(
        (found for one in BROWSERS if (found := shutil.which(one))), ""
    )
    if not browser_path:
        raise RuntimeError("no browser: install chromium or name one in BROWSER_PATH")
    with tempfile.TemporaryDirectory() as folder, local_run(Path(folder)), sync_playwright() as playwright:
        shop = Shop(_run_of(Path(folder)))
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        measured = [*_first_answer(browser, shop), *_slow_phone(browser, shop), _until_paid(browser, shop)]
        browser.close()
    return measured


def _first_answer(browser: Browser, shop: Shop) -> list[Figure]:
    """What travels before the payer can type."""
    page = _new_page(browser)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    arrived: list[float] = []
    session.on("Network.loadingFinished", lambda event: arrived.append(event["encodedDataLength"]))
    page.goto(str(shop.payment("bytes")["checkout_url"]))
    page.wait_for_load_state("networkidle")
    kilobytes = sum(arrived) / 1024
    page.context.close()
    return [
        at_most("payer's page, first answer on the wire", kilobytes, FIRST_ANSWER_KB_MAX, COMMAND, unit=" KB"),
        at_most("payer's page, requests before the payer can type", len(arrived), 1, COMMAND, digits=0),
    ]


def _slow_phone(browser: Browser, shop: Shop) -> list[Figure]:
    """First paint on slow 3G, and what the script takes of a processor that is six times slower."""
    page = _new_page(browser)
    session = page.context.new_cdp_session(page)
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    session.send("Performance.enable")
    page.goto(str(shop.payment("slow", phone="0722000222")["checkout_url"]))
    expect(page.get_by_role("timer")).to_be_visible()
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    painted_ms = page.evaluate(PAINTED)
    page.context.close()
    return [
        told("payer's page, first paint on slow 3G (goal ≤ 2.5 s)", f"{painted_ms / 1000:.2f} s", COMMAND),
        told(
            f"payer's page, script at 1/{SLOWER_CPU} of the speed (goal < 50 ms)",
            f"{metrics['ScriptDuration'] * 1000:.0f} ms",
            COMMAND,
        ),
    ]


def _until_paid(browser: Browser, shop: Shop) -> Figure:
    """From the PIN on the phone to the word on the screen."""
    page = _new_page(browser)
    page.goto(str(shop.payment("paid", phone=PHONE)["checkout_url"]))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your phone")
    typed_s = time.monotonic()
    shop.control(f"phones/{PHONE}/answer", {"pin": "1234"})
    expect(page.locator(".plate.paid")).to_be_visible(timeout=PATIENCE_S * 1000)
    seconds = time.monotonic() - typed_s
    page.context.close()
    return told("payer's page, from PIN to «Paid» on the screen (a look comes every 2 s)", f"{seconds:.1f} s", COMMAND)


def _new_page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 360, "height": 740}, locale="en-KE").new_page()


def _run_of(folder: Path) -> Mapping[str, Any]:
    """What the local run says of itself, once it is ready."""
    file = folder / "run.json"
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        run = json.loads(file.read_text()) if file.exists() else {}
        if run.get("ready"):
            return dict(run)
        time.sleep(0.1)
    raise RuntimeError("the local run does not get ready")


if __name__ == "__main__":
    print(table(figures()))
