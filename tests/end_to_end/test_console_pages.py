"""The console's pages in a real browser, answered by the very handler over a shop in memory: look, reach, keyboard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from gateway import security
from gateway.web.console import assets
from tests.end_to_end.looks import Looks, complaints, faults_of
from tests.memory_store import KEYS
from tests.unit.console import webhook_stage
from tests.unit.console.staff_stage import Console
from tests.unit.console.test_events import ADMIN, CASHIER, PAYOUT, stage

PENDING, PAID, OPEN = (security.payment_id(KEYS.id, "shop", "api", key) for key in ("pending", "paid", "open"))
PAGES = {
    "search": "/console",
    "today": "/console/today",
    "prompt form": "/console/prompt",
    "payments": "/console/payments",
    "exports": "/console/exports",
    "days": "/console/reconciliation",
    "day": "/console/reconciliation/2026-03-02",
    "closed day": "/console/reconciliation/2026-03-01",
    "paid": f"/console/payments/{PAID}",
    "refund form": f"/console/payments/{PAID}/refund",
    "not known": f"/console/payments/{PENDING}",
    "not paid": f"/console/payments/{OPEN}",
    "unmatched": "/console/unmatched",
    "money": "/console/unmatched/SGL41QW9XZ",
    "payouts": "/console/payouts",
    "payout": f"/console/payouts/{PAYOUT}",
    "payout form": "/console/payouts/new",
    "staff": "/console/staff",
    "webhooks": "/console/webhooks",
    "webhook address": f"/console/webhooks/{webhook_stage.ON}",
    "webhook address that is gone": f"/console/webhooks/{webhook_stage.GONE}",
    "webhook sent": f"/console/webhooks/{webhook_stage.ON}/deliveries/{webhook_stage.WAITING}",
    "health": "/console/health",
    "settings": "/console/settings",
    "key form": "/console/keys/new",
    "key": f"/console/keys/{webhook_stage.KEY}",
    "nothing there": "/console/nothing/here",
    "not there": "/console/payments/pay_" + "0" * 32,
    "signed out": "/console/signed-out",
}
LOOKS = [
    ("light", 320, "sw"),
    ("dark", 1280, "en"),
    pytest.param("light", 1280, "en", marks=pytest.mark.long),
    pytest.param("dark", 360, "sw", marks=pytest.mark.long),
]


@dataclass
class Site:
    """The console behind a small server. Calls come one at a time, as to one warm function."""

    console: Console = field(default_factory=stage)
    address: str = ""

    def __post_init__(self) -> None:
        """One call at a time."""
        self.lock = threading.Lock()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What the handler answers. Pages come as text: API Gateway's base64 is not the subject here."""
        with self.lock:
            plain = {name: value for name, value in headers.items() if name != "accept-encoding"}
            found = self.console.gateway.call(method, path, body or None, secret=None, headers=plain)
            return found.status, dict(found.headers), found.body.encode()


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    """Hands each request to the site."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """A page."""
            self._serve()

        def do_POST(self) -> None:
            """A form."""
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()} | {"x-forwarded-proto": "http"}
            status, answered, content = site.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in {**answered, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    """A console on a port of its own."""
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    made.address = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def signed_in(chromium: Browser, site: Site, secret: str = ADMIN, **options: Any) -> BrowserContext:
    """A browser with this person's session."""
    context = chromium.new_context(**options)
    sign_in(context, site, secret)
    return context


def sign_in(context: BrowserContext, site: Site, secret: str) -> None:
    """The browser has this person's session."""
    context.add_cookies([{"name": "console-session", "value": secret, "url": site.address}])


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_reachable_readable_and_holds_to_its_policy(
    looks: Looks, site: Site, name: str, scheme: Any, width: int, language: str
) -> None:
    """axe finds nothing, nothing scrolls sideways, nothing breaks the policy, no style stands in the markup."""
    page = looks.page(scheme, width, language)
    sign_in(page.context, site, ADMIN)
    with complaints(page) as heard:
        page.goto(site.address + PAGES[name])
        faults = faults_of(page)
    assert ([], [], 0) == (faults, heard, page.locator("[style]").count())


def test_a_cashier_answers_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    """The key `/` goes to the box; Enter searches; the answer is the first thing in the page."""
    context = signed_in(chromium, site, CASHIER)
    page = context.new_page()
    page.goto(f"{site.address}/console/today")
    page.keyboard.press("/")
    page.keyboard.type("1002")
    page.keyboard.press("Enter")
    expect(page.locator(".plate.paid .word")).to_have_text("PAID")
    first = page.locator("main :is(section, dl, ol)").first
    expect(first).to_have_class("plate paid")
    context.close()


def test_what_is_not_known_yet_becomes_paid_before_ones_eyes(chromium: Browser, site: Site) -> None:
    context = signed_in(chromium, site, CASHIER)
    page = context.new_page()
    page.goto(f"{site.address}/console/payments/{PENDING}")
    expect(page.locator(".plate.doubt")).to_be_visible()
    with site.lock:
        site.console.gateway.callback(PENDING, receipt="SGL51QW9XA")
    expect(page.locator(".plate.paid")).to_be_visible(timeout=15_000)
    context.close()


def test_without_script_everything_is_there(chromium: Browser, site: Site) -> None:
    context = signed_in(chromium, site, CASHIER, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/console")
    page.get_by_label("code, phone, order").fill("1002")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".plate.paid .word")).to_have_text("PAID")
    page.locator("summary", has_text="Add a note").click()
    page.get_by_label("Note").fill("Came by")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("The note is kept.")).to_be_visible()
    context.close()


def test_a_second_tap_sends_nothing(chromium: Browser, site: Site) -> None:
    context = signed_in(chromium, site, ADMIN)
    page = context.new_page()
    page.goto(f"{site.address}/console/payouts/{PAYOUT}")
    stopped = page.evaluate(
        """() => { const stopped = []; addEventListener("submit", event => { stopped.push(event.defaultPrevented);
        event.preventDefault(); }); const button = document.querySelector("#decide button"); button.click();
        button.click(); return stopped; }"""
    )
    context.close()
    assert [False, True] == stopped


def test_what_is_filled_green_is_money_that_may_be_acted_on() -> None:
    """The look's second idea: `--paid` is a background in the plate, the badge and the deciding dot alone."""
    rules = assets.style().split("}")
    filled = [rule.partition("{")[0] for rule in rules if "background:var(--paid)" in rule]
    dashed = [rule.partition("{")[0] for rule in rules if "dashed" in rule]
    assert [".plate.paid", ".badge.paid", ".evidence .made::before"] == filled
    assert dashed
    assert all("doubt" in selector for selector in dashed)
