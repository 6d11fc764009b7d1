"""What a person sees of the outside world, in a real browser: phones, control panel, start page, demo shop.

The simulator is the real one. The gateway's place is taken by a stand-in of a few lines, so that
these tests say only whether the pages are right; the whole chain is played elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, expect

from local import demo_shop, start_page
from local.addresses import Addresses
from local.clock import Clock
from local.daraja_simulator import pages
from local.daraja_simulator.app import create_app
from local.daraja_simulator.shortcodes import SANDBOX_PASSKEY
from tests.end_to_end.local_world import NO_AUTHORITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

AMINA, BRIAN, CHEBET = "0712345678", "0722000111", "0110000222"
SECRET_KEY = "sk_test_local_of_these_tests"
ALL_PAGES = ("/", "/phones", "/phones/1", "/control", "/magic", "/shop")


@dataclass
class GatewayStandIn:
    """Payments as the API shows them; a test says how they go on."""

    address: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers_lost: int = 0
    """So many of the next requests are answered with 503."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/payments", self.create)
        app.router.add_get("/v1/payments", self.newest)
        app.router.add_get("/v1/payments/{id}", self.show)
        app.router.add_get("/pay/{id}", self.payers_page)
        app.router.add_post("/callback", self.callback)

    async def create(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SECRET_KEY}"
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers["Idempotency-Key"])
        if self.answers_lost:
            self.answers_lost -= 1
            problem = {"code": "storage_unavailable", "detail": "Storage did not answer."}
            return web.json_response(problem, status=503)
        if len(body.get("phone", AMINA)) != 10:
            problem = {"code": "phone_invalid", "param": "phone", "detail": "You entered 5 digits."}
            return web.json_response(problem, status=422)
        payment = self._payment(f"pay_{len(self.payments) + 1}", body)
        self.payments[payment["id"]] = payment
        return web.json_response(payment, status=201)

    def _payment(self, payment_id: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": payment_id,
            "status": "pending" if "phone" in body else "open",
            "safe_to_fulfil": False,
            "amount": body["amount"],
            "amount_received": 0,
            "order": body["order"],
            "account_reference": body["account_reference"],
            "attempts": [{"phone": "07•••••678"}] if "phone" in body else [],
            "receipt": None,
            "failure": None,
            "checkout_url": f"{self.address}/pay/{payment_id}",
            "created_at": "2026-03-02T09:15:04Z",
        }

    async def newest(self, _request: web.Request) -> web.Response:
        return web.json_response({"data": list(self.payments.values())[::-1]})

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self.payments[request.match_info["id"]])

    async def payers_page(self, request: web.Request) -> web.Response:
        back = self.asked[-1]["return_url"]
        text = f'<h1>Page of {request.match_info["id"]}</h1><a href="{back}">Back</a>'
        return web.Response(text=text, content_type="text/html")

    async def callback(self, _request: web.Request) -> web.Response:
        return web.json_response({"ResultCode": 0, "ResultDesc": "Accepted"})


@dataclass
class Outside:
    """The running world: where it is, and what a test may do to it."""

    address: str
    gateway: GatewayStandIn

    def control(self, method: str, path: str, **body: object) -> Any:
        address = f"{self.address}/control/api/{path}"
        answer = httpx.request(method, address, json=body or None, verify=NO_AUTHORITIES)
        answer.raise_for_status()
        return answer.json()

    def push(self, phone: str, amount: int) -> None:
        """An STK push as any shop's software would send it."""
        token = httpx.get(
            f"{self.address}/oauth/v1/generate?grant_type=client_credentials",
            auth=("local-key", "local-secret"),
            verify=NO_AUTHORITIES,
        ).json()["access_token"]
        stamp = (datetime.now(UTC) + timedelta(hours=3)).strftime("%Y%m%d%H%M%S")
        body = {
            "BusinessShortCode": "174379",
            "Password": base64.b64encode(f"174379{SANDBOX_PASSKEY}{stamp}".encode()).decode(),
            "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": amount,
            "PartyA": f"254{phone[1:]}",
            "PartyB": "174379",
            "PhoneNumber": f"254{phone[1:]}",
            "CallBackURL": f"{self.gateway.address}/callback",
            "AccountReference": "INV1042",
            "TransactionDesc": "Payment",
        }
        path = "/mpesa/stkpush/v1/processrequest"
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(self.address + path, json=body, headers=headers, verify=NO_AUTHORITIES)
        assert answer.json()["ResponseCode"] == "0"

    def newest_order(self) -> dict[str, Any]:
        """The payment that the shop asked for last."""
        return list(self.gateway.payments.values())[-1]


async def _run(ready: Future[tuple[Outside, asyncio.Event]]) -> None:
    """Serve both sides until the event is set."""
    clock, stop = Clock(), asyncio.Event()
    running = asyncio.create_task(clock.run())
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    gateway_address, outside_address = (f"http://localhost:{one.getsockname()[1]}" for one in sockets)
    outside = Outside(outside_address, GatewayStandIn(gateway_address))
    gateway_app = web.Application()
    outside.gateway.add_routes(gateway_app)
    runners = [web.AppRunner(gateway_app), web.AppRunner(_outside_app(clock, outside))]
    for runner, listening in zip(runners, sockets, strict=True):
        await runner.setup()
        await web.SockSite(runner, listening).start()
    ready.set_result((outside, stop))
    await stop.wait()
    running.cancel()
    for runner in runners:
        await runner.cleanup()


def _outside_app(clock: Clock, outside: Outside) -> web.Application:
    gateway = outside.gateway.address
    addresses = Addresses(gateway, outside.address, gateway, SECRET_KEY, "pk_test_local_of_these_tests")
    app = create_app(clock)
    pages.add_routes(app)
    start_page.add_routes(app, addresses, start_page.StartFacts(version="1.2.3", seed=7))
    demo_shop.add_routes(app, addresses)
    return app


@pytest.fixture(scope="module")
def running_world() -> Iterator[Outside]:
    """Both sides on free ports, in a thread with a loop of its own."""
    ready: Future[tuple[Outside, asyncio.Event]] = Future()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_run(ready)))
    thread.start()
    outside, stop = ready.result(timeout=20)
    yield outside
    loop.call_soon_threadsafe(stop.set)
    thread.join(timeout=20)
    loop.close()


@pytest.fixture
def outside(running_world: Outside) -> Outside:
    """The world as it is at the start: no payment, no fault, three phones."""
    running_world.control("POST", "reset", what="all")
    running_world.gateway.payments.clear()
    running_world.gateway.asked.clear()
    return running_world


@pytest.fixture
def tab(chromium: Browser, outside: Outside) -> Iterator[Page]:
    """A fresh tab that fails the test if a page reports an error or breaks its own security policy."""
    context = chromium.new_context(base_url=outside.address, viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(10_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    yield opened
    context.close()
    assert [one for one in complaints if not one.startswith("error: Failed to load resource")] == []


def phone_of(tab: Page, name: str) -> Any:
    """The drawn phone with this name."""
    return tab.get_by_role("region", name=name, exact=True)


def test_a_prompt_is_paid_with_the_keyboard_and_its_sms_has_a_code_to_copy(tab: Page, outside: Outside) -> None:
    tab.goto("/phones")
    outside.push(AMINA, 1500)
    amina = phone_of(tab, "Amina")
    expect(amina.locator(".ussd")).to_contain_text(
        re.compile(r"Do you want to pay KSh\s1,500 to INKLESS IS MORE account INV1042\?")
    )
    expect(amina.locator(".secs")).to_have_text(re.compile(r"^\d\d seconds left$"))

    tab.keyboard.type("129")
    tab.keyboard.press("Backspace")
    tab.keyboard.type("34")
    expect(amina.get_by_role("img", name="4 of 4 digits entered")).to_be_visible()
    tab.keyboard.press("Enter")

    copy = amina.locator(".sms .copy").first
    expect(copy).to_have_text(re.compile("^[A-Z0-9]{10}$"))
    receipt = copy.inner_text()
    copy.click()
    expect(amina.get_by_role("button", name="Copied")).to_be_visible()
    assert receipt == tab.evaluate("navigator.clipboard.readText()")
    expect(amina).to_contain_text(re.compile(r"Balance KSh\s48,500"))


def test_the_pad_takes_clicks_and_a_wrong_pin_is_told_with_the_tries_left(tab: Page, outside: Outside) -> None:
    tab.goto("/phones")
    outside.push(BRIAN, 100)
    brian = phone_of(tab, "Brian")
    for digit in "9999":
        brian.get_by_role("button", name=digit, exact=True).click()
    tab.keyboard.press("Enter")

    expect(brian.locator(".told")).to_contain_text("Wrong PIN.")
    expect(brian.locator(".told")).to_contain_text("Tries left: 2.")
    expect(brian.locator(".pad")).to_have_count(0)


def test_escape_cancels_the_prompt_of_the_phone_in_focus_only(tab: Page, outside: Outside) -> None:
    tab.goto("/phones")
    outside.push(AMINA, 100)
    outside.push(BRIAN, 100)
    expect(tab.locator(".pad")).to_have_count(2)
    phone_of(tab, "Brian").focus()
    tab.keyboard.press("Escape")

    expect(phone_of(tab, "Brian").locator(".pad")).to_have_count(0)
    expect(phone_of(tab, "Amina").locator(".pad")).to_have_count(1)
    assert outside.control("GET", f"pushes?phone={BRIAN}")["pushes"][0]["result_code"] == "1032"


def test_a_second_prompt_says_that_it_killed_the_first(tab: Page, outside: Outside) -> None:
    tab.goto("/phones")
    outside.push(AMINA, 100)
    expect(phone_of(tab, "Amina").locator(".pad")).to_be_visible()
    outside.push(AMINA, 250)

    amina = phone_of(tab, "Amina")
    expect(amina.locator(".told")).to_contain_text("A second prompt arrived and killed the first.")
    expect(amina.locator(".ussd")).to_contain_text(re.compile(r"KSh\s250"))


def test_a_prompt_keeps_its_typed_digits_while_the_page_polls(tab: Page, outside: Outside) -> None:
    """The pad's button is the same element after three more reads of the state, and keeps the focus."""
    tab.goto("/phones")
    outside.push(AMINA, 100)
    amina = phone_of(tab, "Amina")
    one = amina.get_by_role("button", name="1", exact=True)
    one.click()
    before = one.element_handle()
    for _ in range(3):
        tab.wait_for_event("response", lambda told: told.url.endswith("/control/api/phones"))

    expect(amina.get_by_role("img", name="1 of 4 digits entered")).to_be_visible()
    assert tab.evaluate("one => one.isConnected && one === document.activeElement", before)


def test_a_phone_that_nobody_added_comes_to_the_desk_when_a_prompt_reaches_it(tab: Page, outside: Outside) -> None:
    tab.goto("/phones")
    expect(tab.locator(".one")).to_have_count(3)
    outside.push("0799123456", 60)

    expect(tab.locator(".one")).to_have_count(4)
    expect(tab.locator('[data-number="0799123456"] .pad')).to_be_visible()


def test_a_phone_can_be_added_and_put_away_and_a_bad_number_is_refused_in_words(tab: Page) -> None:
    tab.goto("/phones")
    tab.get_by_label("Add a phone with any number").fill("12345")
    tab.get_by_role("button", name="Add a phone").click()
    expect(tab.locator("#adding-told")).to_contain_text("Kenyan mobile number")
    tab.get_by_label("Add a phone with any number").fill("0733 123 456")
    tab.get_by_role("button", name="Add a phone").click()
    expect(tab.locator(".one")).to_have_count(4)

    phone_of(tab, "Amina").get_by_role("button", name="Put Amina away").click()
    expect(tab.locator(".one")).to_have_count(3)
    expect(phone_of(tab, "Amina")).to_have_count(0)


def test_a_pay_bill_payment_typed_on_the_menu_reaches_the_books(tab: Page) -> None:
    tab.goto("/phones")
    brian = phone_of(tab, "Brian")
    brian.get_by_role("button", name="Pay Bill").click()
    brian.get_by_label("Business number").fill("174379")
    brian.get_by_label("Account number").fill("INV77")
    brian.get_by_label("Amount, KSh").fill("12.5")
    brian.get_by_label("Amount, KSh").press("Enter")
    expect(brian.get_by_role("alert")).to_have_text("Enter a whole amount, like 1500")
    brian.get_by_label("Amount, KSh").fill("125")
    brian.get_by_label("Amount, KSh").press("Enter")
    expect(brian.locator(".pad")).to_be_visible()
    tab.keyboard.type("1234")
    brian.get_by_role("button", name="OK").click()
    expect(brian.locator(".sms .copy")).to_have_count(1)
    receipt = brian.locator(".sms .copy").inner_text()

    tab.goto("/control")
    expect(tab.get_by_role("row", name=receipt)).to_contain_text("INV77")


def test_switches_change_what_the_screen_shows(tab: Page) -> None:
    tab.goto("/phones/2")
    brian = phone_of(tab, "Phone")
    for label, shown in (("Off", "Switched off"), ("No network", "No network"), ("Menu open", "A menu is open")):
        switch = brian.get_by_role("button", name=label, exact=True)
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "true")
        expect(brian.locator(".off b")).to_have_text(shown)
        switch.click()
        expect(brian.locator(".off")).to_have_count(0)


def test_a_fault_stands_as_a_red_bar_on_every_page_until_it_is_removed(tab: Page) -> None:
    tab.goto("/control")
    tab.get_by_label("Call").select_option("stk_callback")
    tab.get_by_label("Fault", exact=True).select_option("late")
    tab.get_by_label("Phone, empty for all").fill(AMINA)
    tab.get_by_label("How often").select_option("next 10")
    tab.get_by_role("button", name="Add this fault").click()
    bar = tab.locator(".fault")
    expect(bar).to_contain_text("1 fault: stk_callback late, phone 07•••••678, next 10")

    for path in ALL_PAGES:
        tab.goto(path)
        expect(bar).to_contain_text("1 fault")
    bar.get_by_role("button", name="Remove all").click()
    expect(bar).to_have_count(0)


def test_the_clock_is_frozen_and_moved_a_day(tab: Page, outside: Outside) -> None:
    tab.goto("/control")
    tab.get_by_role("button", name="Freeze").click()
    expect(tab.locator("#clock-day")).to_contain_text("stands still")
    before = datetime.fromisoformat(outside.control("GET", "clock")["now"])
    tab.get_by_role("button", name="+ 1 day").click()
    expect(tab.locator("#told")).to_have_text("The clock moved + 1 day.")

    assert timedelta(days=1) == datetime.fromisoformat(outside.control("GET", "clock")["now"]) - before


def test_traffic_is_told_in_words_with_its_raw_form_and_can_be_repeated(tab: Page, outside: Outside) -> None:
    outside.push("0700000000", 350)
    tab.goto("/control")
    callback = tab.locator("#traffic tr", has_text="stk_callback").first
    expect(callback).to_contain_text(re.compile(r"0 The service request.*KSh\s350"))
    callback.get_by_role("button", name="raw").click()
    expect(tab.locator("#traffic .rawrow")).to_contain_text("MpesaReceiptNumber")
    callback.get_by_role("button", name="replay").click()

    expect(tab.locator("#traffic tr", has_text="stk_callback").nth(1)).to_be_visible()
    expect(tab.locator("#traffic")).to_contain_text("replay of")


def test_the_magic_page_has_a_row_for_each_of_the_simulator(tab: Page, outside: Outside) -> None:
    tab.goto("/magic")

    told = outside.control("GET", "magic")
    shown = (tab.locator("tbody tr[id]").count(), tab.locator("#others tbody tr").count())
    assert (len(told["rows"]), len(told["others"])) == shown
    expect(tab.locator("#m0700010004")).to_contain_text("not paid")


def test_the_start_page_shows_the_last_payments_and_a_curl_line_to_copy(tab: Page, outside: Outside) -> None:
    body = {"amount": 2300, "phone": AMINA, "order": "1051", "account_reference": "INV1051"}
    payment = httpx.post(
        f"{outside.gateway.address}/v1/payments",
        json=body,
        headers={"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "1051"},
    ).json()
    tab.goto("/")
    row = tab.locator("#payments tr", has_text="1051")
    expect(row.locator(".badge")).to_have_text("waiting")
    outside.gateway.payments[payment["id"]] |= {"status": "paid", "amount_received": 2300}
    expect(row.locator(".badge")).to_have_text("paid, ask first")
    outside.gateway.payments[payment["id"]] |= {"safe_to_fulfil": True}
    expect(row.locator(".badge.paid")).to_have_text("paid")

    tab.get_by_role("button", name="Copy").click()
    expect(tab.get_by_role("button", name="Copied")).to_be_visible()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"curl -s {outside.gateway.address}/v1/payments")
    assert SECRET_KEY in copied


def test_the_shop_sends_the_buyer_to_the_payers_page_and_releases_only_what_is_safe(
    tab: Page, outside: Outside
) -> None:
    tab.goto("/shop")
    tab.get_by_label("Kikoi").check()
    tab.get_by_role("button", name="Pay with M-PESA").click()
    tab.get_by_role("link", name="Back").click()
    expect(tab.locator(".plate")).to_contain_text("Not paid yet")
    expect(tab.get_by_role("link", name="Pay now")).to_have_attribute("href", re.compile("/pay/pay_1$"))

    outside.newest_order().update(status="paid", amount_received=1500, receipt="TGL31QW9XY")
    expect(tab.locator(".plate.person")).to_contain_text("Paid, being checked")
    outside.newest_order().update(safe_to_fulfil=True)
    expect(tab.locator(".plate.paid")).to_contain_text("Kikoi is on its way")
    expect(tab).to_have_title(re.compile("^Paid: order"))
    asked = outside.gateway.asked[-1]
    assert (1500, asked["order"]) == (asked["amount"], outside.gateway.keys[-1])


def test_the_shop_passes_a_phone_on_and_tells_a_failure_in_the_gateways_words(tab: Page, outside: Outside) -> None:
    tab.goto("/shop")
    tab.get_by_label("M-PESA phone number").fill("07123")
    tab.get_by_role("button", name="Send request to this phone").click()
    expect(tab.get_by_role("alert")).to_contain_text("You entered 5 digits.")
    expect(tab.get_by_label("M-PESA phone number")).to_have_value("07123")
    tab.get_by_label("M-PESA phone number").fill(CHEBET)
    tab.get_by_role("button", name="Send request to this phone").click()
    expect(tab.locator(".plate.doubt")).to_contain_text("Waiting for the payment")

    words = {"en": "The request was cancelled or ran out of time. You have not paid."}
    failure = {"code": "cancelled_or_timed_out", "payer_message": words}
    outside.newest_order().update(status="failed", failure=failure)
    expect(tab.locator(".plate.no")).to_contain_text(words["en"])
    expect(tab.get_by_role("link", name="Try again on the payment page")).to_be_visible()


def test_the_shop_asks_again_with_the_same_key_when_the_end_is_not_known(tab: Page, outside: Outside) -> None:
    outside.gateway.answers_lost = 1
    tab.goto("/shop")
    tab.get_by_role("button", name="Pay with M-PESA").click()
    expect(tab.locator(".plate.doubt")).to_contain_text("It is not known whether the request arrived.")
    tab.get_by_role("button", name="Ask the gateway again").click()
    expect(tab.get_by_role("heading")).to_have_text("Page of pay_1")

    first, second = outside.gateway.keys[-2:]
    assert first == second


@pytest.mark.parametrize("path", ALL_PAGES)
def test_every_page_fits_every_screen_and_asks_nobody_else(tab: Page, outside: Outside, path: str) -> None:
    """No sideways scrolling at 320, 360 and 1280 px, no style attribute, no request to another host."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    outside.push(AMINA, 1500)
    outside.push("0700000001", 350)
    with tab.expect_response("**/control/api/faults"):
        tab.goto(path)
    widths = []
    for width in (1280, 360, 320):
        tab.set_viewport_size({"width": width, "height": 700})
        widths.append(tab.evaluate("document.documentElement.scrollWidth"))

    assert widths == [1280, 360, 320]
    assert tab.locator("[style]").count() == 0
    assert [url for url in asked if not url.startswith((outside.address, "data:"))] == []
