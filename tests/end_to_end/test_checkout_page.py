"""The payer's page in a real browser, with and without script, answered by the very handlers over a world in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway import security
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import check_payment
from gateway.ports import run
from tests.end_to_end.looks import WIDER, Looks, faults_of
from tests.memory_store import KEYS
from tests.unit.web.shop import Gateway
from tests.unit.web.stages import AT_MS, SHOP, STAGES
from tests.unit.web.test_claims import MESSAGE, money_at_the_till, till_payment

LOOKS = [
    ("light", 320, "sw"),
    ("dark", 1280, "en"),
    pytest.param("light", 360, "en", marks=pytest.mark.long),
    pytest.param("dark", 320, "en", marks=pytest.mark.long),
]
TWO_TAPS = """() => { const stopped = []; addEventListener("submit", event => stopped.push(event.defaultPrevented));
const button = document.querySelector("button"); button.click(); button.click(); return stopped; }"""
VIEWS = ["", "?way=paybill", "?way=number", "/receipt"]
PAGES = [(name, "") for name in sorted(STAGES)]
PAGES += [(name, view) for name in ("failed", "waiting", "unresolved", "paid") for view in VIEWS[1:]]
PAGES += [("enter_phone", "?way=claim"), ("claim_not_found", "?way=claim"), ("till", "?way=till")]
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Slow 3G: bytes a second, and milliseconds there and back."""


@dataclass
class Site:
    """The gateway behind a small server. Calls come one at a time, as to one warm function."""

    gateway: Gateway = field(default_factory=Gateway)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        """The shop with its colour and telephone."""
        self.lock = threading.Lock()
        self.gateway.world.store.settings["shop"] = SHOP

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What a handler answers. Pages come as text: API Gateway's base64 is not the subject here."""
        with self.lock:
            self.asked.append(f"{method} {path.partition('?')[0]}")
            plain = {name: value for name, value in headers.items() if name != "accept-encoding"}
            answered = self.gateway.call(method, path, body or None, secret=None, headers=plain)
            return answered.status, dict(answered.headers), answered.body.encode()

    def new_payment(self, **fields: Any) -> str:
        """A payment of 1,500 shillings; its id."""
        with self.lock:
            return str(self.gateway.pay("order-1", **fields).json["id"])

    def page(self, payment: str, tail: str = "") -> str:
        """The address of a payment's page."""
        return f"{self.address}/pay/{security.page_code(KEYS.client_token, payment)}{tail}"

    def show(self, name: str, tail: str = "") -> str:
        """Put a stage of `stages.py` there; its address."""
        with self.lock:
            stage = STAGES[name]
            self.gateway.world.store.payments[stage.record.id] = stage.record
            self.gateway.world.ambient.at_ms = stage.now_ms
        return self.page(stage.record.id, tail)

    def later(self, seconds: float) -> None:
        """The server's clock goes on."""
        self.gateway.world.ambient.at_ms += round(seconds * 1000)

    def sweep(self, payment: str) -> None:
        """What is due for the payment is done."""
        with self.lock:
            run(check_payment(payment, FlowSettings()), self.gateway.world)

    def payer_answers(self, payment: str, code: str = "0", number: int = 1) -> None:
        """Safaricom's callback arrives."""
        with self.lock:
            self.gateway.callback(payment, number, code)

    def money_comes(self, receipt: str = "SGL31QW9XY") -> None:
        """M-PESA confirms 1,500 that 0712345678 typed at the till, where no reference is asked for."""
        with self.lock:
            money_at_the_till(self.gateway, receipt)

    @property
    def prompts(self) -> int:
        """Requests that left for a phone."""
        return len(self.gateway.world.daraja.pushes)


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    """Hands each request to the site."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """A page or a poll."""
            self._serve()

        def do_POST(self) -> None:
            """The form."""
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            headers["x-forwarded-proto"] = "http"
            status, answered, content = site.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in {**answered, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing: addresses hold codes."""

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    """A shop without payments, on a free port."""
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def tab_in(context: BrowserContext, errors: list[str]) -> Page:
    """A tab whose console errors and foreign requests are collected."""
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
    foreign = re.compile(r"^(?!http://127\.0\.0\.1|data:|about:)")
    page.on("request", lambda asked: errors.append(asked.url) if foreign.match(asked.url) else None)
    return page


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A phone's browser with a clock that the test moves. Fails if the page breaks its own policy or errs."""
    errors: list[str] = []
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = tab_in(context, errors)
    page.clock.install(time=AT_MS / 1000)
    yield page
    context.close()
    assert [] == errors


@pytest.fixture
def plain_tab(chromium: Browser) -> Iterator[Page]:
    """A browser that runs no script."""
    context = chromium.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield tab_in(context, [])
    context.close()


def pay(page: Page, number: str = "0712 345 678") -> None:
    """Type the number and send."""
    page.get_by_label("M-PESA phone number").fill(number)
    page.get_by_role("button", name="Pay with M-PESA").click()


def test_without_script_a_payer_pays(site: Site, plain_tab: Page) -> None:
    """Number, request on the phone, «Check again», paid, receipt: forms and links alone."""
    payment = site.new_payment()
    plain_tab.goto(site.page(payment))
    pay(plain_tab)
    expect(plain_tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert plain_tab.url == site.page(payment)
    plain_tab.get_by_role("link", name="Stop looking").click()
    site.payer_answers(payment)
    plain_tab.get_by_role("link", name="Check again").click()
    expect(plain_tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")
    plain_tab.get_by_role("link", name="Save or print").click()
    expect(plain_tab.get_by_text("It is not a tax invoice.")).to_be_visible()


def test_without_script_a_waiting_page_loads_itself_again(site: Site, plain_tab: Page) -> None:
    """The browser reads the refresh, which is hidden from those with script."""
    plain_tab.goto(site.show("waiting"))
    assert plain_tab.locator("meta[http-equiv=refresh]").get_attribute("content") == "10"


def test_without_script_a_wrong_number_is_mended(site: Site, plain_tab: Page) -> None:
    payment = site.new_payment()
    plain_tab.goto(site.page(payment))
    pay(plain_tab, "0712 345 67")
    expect(plain_tab.get_by_role("alert")).to_contain_text("You entered 9.")
    expect(plain_tab.get_by_label("M-PESA phone number")).to_have_value("0712 345 67")
    pay(plain_tab)
    expect(plain_tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert site.prompts == 1


def test_with_script_the_page_turns_to_paid_by_itself(site: Site, tab: Page) -> None:
    """The next look finds it; heading and title change, and focus is on the heading."""
    payment = site.new_payment()
    tab.goto(site.page(payment))
    pay(tab)
    expect(tab).to_have_title(re.compile("^Check your phone"))
    site.payer_answers(payment)
    tab.clock.fast_forward(5_000)
    heading = tab.get_by_role("heading", level=1)
    expect(heading).to_have_text("Paid.Thank you.")
    expect(heading).to_be_focused()
    expect(tab).to_have_title(re.compile("^Paid"))


def test_a_page_that_is_told_nothing_new_does_not_move(site: Site, tab: Page) -> None:
    """A look without news is a 304, and what the payer has opened stays open."""
    tab.goto(site.page(site.new_payment(phone="0712345678")))
    tab.get_by_text("I did not get the message").click()
    tab.clock.run_for(12_000)
    expect(tab.get_by_text("Unlock your phone")).to_be_visible()
    assert [] == [line for line in site.asked[1:] if line.startswith("GET /pay/")]


def test_the_count_down_turns_into_waiting(site: Site, tab: Page) -> None:
    """Seconds go down in words and bar; at the end stands doubt, no failure."""
    tab.clock.pause_at(AT_MS / 1000 + 3)
    tab.goto(site.page(site.new_payment(phone="0712345678")))
    tab.clock.run_for(19_500)
    expect(tab.get_by_role("timer")).to_have_text("About 41 seconds left")
    assert tab.locator(".rest").get_attribute("width") == "41"
    site.later(61)
    tab.clock.run_for(42_000)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Waiting for M-PESA")
    expect(tab.locator(".plate.no")).to_have_count(0)


def test_two_taps_are_one_request(site: Site, tab: Page) -> None:
    payment = site.new_payment()
    tab.goto(site.page(payment))
    tab.get_by_label("M-PESA phone number").fill("0712345678")
    assert [False, True] == tab.evaluate(TWO_TAPS)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert site.prompts == 1


def test_while_the_request_goes_out_the_page_says_so(site: Site, tab: Page) -> None:
    """In the button's place, with the number masked."""
    tab.goto(site.page(site.new_payment()))
    tab.route("**/prompt*", lambda route: route.abort())
    tab.evaluate("() => document.addEventListener('submit', event => event.preventDefault())")
    pay(tab)
    expect(tab.get_by_text("Sending the request to 07•••••678…")).to_be_visible()
    expect(tab.get_by_role("button", name="Pay with M-PESA")).to_be_hidden()


def test_a_wrong_number_takes_the_focus_to_what_is_wrong(site: Site, tab: Page) -> None:
    tab.goto(site.page(site.new_payment()))
    pay(tab, "07")
    expect(tab.get_by_role("alert")).to_be_focused()
    expect(tab).to_have_title(re.compile("^Problem: "))


def test_offline_is_said_after_the_second_failure_and_taken_back(site: Site, tab: Page) -> None:
    """And when the network is back, what happened meanwhile is shown."""
    payment = site.new_payment(phone="0712345678")
    tab.goto(site.page(payment))
    tab.route("**/v1/checkout/**", lambda route: route.abort())
    note = tab.get_by_text("You are offline.")
    with tab.expect_event("requestfailed"):
        tab.clock.run_for(5_000)
    expect(note).to_be_hidden()
    with tab.expect_event("requestfailed"):
        tab.clock.run_for(5_000)
    expect(note).to_be_visible()
    tab.unroute("**/v1/checkout/**")
    site.payer_answers(payment)
    tab.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")
    expect(note).to_be_hidden()


def test_coming_back_to_the_page_looks_at_once(site: Site, tab: Page) -> None:
    """The payer who answered on this very phone sees the answer on return, without waiting for the next look."""
    payment = site.new_payment(phone="0712345678")
    tab.goto(site.page(payment))
    site.payer_answers(payment)
    tab.clock.run_for(1_100)
    tab.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")


def test_send_again_appears_when_its_time_has_come(site: Site, tab: Page) -> None:
    """Nobody has to load the page again."""
    tab.goto(site.show("failed_wait"))
    expect(tab.get_by_role("button", name="Send request again")).to_have_count(0)
    site.later(120)
    tab.clock.run_for(121_000)
    expect(tab.get_by_role("button", name="Send request again")).to_be_visible()


def test_money_typed_by_hand_is_recognised_on_the_page_with_the_steps(site: Site, tab: Page) -> None:
    """The page with the Paybill steps looks by itself and turns to paid."""
    tab.goto(site.show("enter_phone", "?way=paybill"))
    expect(tab.get_by_role("heading", level=1)).to_have_text("Pay with Paybill")
    record = STAGES["paid_too_much"].record
    site.gateway.world.store.payments[record.id] = record
    tab.clock.run_for(7_000)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")


def test_the_other_language_is_one_tap_away_and_stays(site: Site, tab: Page) -> None:
    tab.goto(site.page(site.new_payment()))
    tab.get_by_role("link", name="Kiswahili").click()
    tab.get_by_label("Nambari ya simu ya M-PESA").fill("0712345678")
    tab.get_by_role("button", name="Lipa na M-PESA").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Angalia simu yako")
    assert tab.locator("html").get_attribute("lang") == "sw"


def test_the_keyboard_alone_pays(site: Site, tab: Page) -> None:
    """Tab order: language, field, button."""
    tab.goto(site.page(site.new_payment()))
    for key in ("Tab", "Tab"):
        tab.keyboard.press(key)
    tab.keyboard.type("0712345678")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Check your phone")


def test_on_paper_a_receipt_is_ink_on_paper(site: Site, tab: Page) -> None:
    """58 mm wide: no button, no fill, nothing cut off."""
    tab.set_viewport_size({"width": 219, "height": 600})
    tab.goto(site.show("paid"))
    tab.emulate_media(media="print")
    plate = "() => getComputedStyle(document.querySelector('.plate')).backgroundColor"
    assert tab.evaluate(plate) == "rgba(0, 0, 0, 0)"
    expect(tab.get_by_role("link", name="Back to Inkless Is More")).to_be_hidden()
    assert tab.evaluate(WIDER) <= 0


def test_without_script_a_payer_says_that_it_is_paid(site: Site, plain_tab: Page) -> None:
    """The whole message is pasted; the code in it is the money's, and the number that paid was asked for before."""
    payment = till_payment(site.gateway)
    site.money_comes()
    plain_tab.goto(site.page(payment))
    plain_tab.get_by_role("link", name="I have paid, but this page does not know").click()
    plain_tab.get_by_label("M-PESA code from your SMS").fill(MESSAGE)
    plain_tab.get_by_role("button", name="Check this code").click()
    expect(plain_tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")
    assert "SGL31QW9XY" not in plain_tab.url


def test_a_claim_turns_to_paid_by_itself_when_its_money_comes(site: Site, tab: Page) -> None:
    """The code is not known yet, the page goes on looking, and M-PESA's news comes half a minute later."""
    payment = till_payment(site.gateway)
    tab.goto(site.page(payment, "?way=claim"))
    tab.get_by_label("M-PESA code from your SMS").fill("sgl31qw9xy")
    tab.get_by_role("button", name="Check this code").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("M-PESA does not know this code yet")
    expect(tab.get_by_label("M-PESA code from your SMS")).to_have_value("SGL31QW9XY")
    site.money_comes()
    site.later(30)
    site.sweep(payment)
    tab.clock.run_for(31_000)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")


def test_the_keyboard_alone_claims(site: Site, tab: Page) -> None:
    """What is no code takes the focus to what is wrong; from there it is mended."""
    payment = till_payment(site.gateway)
    site.money_comes()
    tab.goto(site.page(payment, "?way=claim"))
    for key in ("Tab", "Tab"):
        tab.keyboard.press(key)
    tab.keyboard.type("SGL31")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_be_focused()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("M-PESA code from your SMS")).to_be_focused()
    tab.keyboard.press("End")
    tab.keyboard.type("QW9XY")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Paid.Thank you.")


def test_until_it_may_be_sent_again_the_time_runs_down(site: Site, tab: Page) -> None:
    """The time of day for everybody, minutes and seconds beside it."""
    tab.clock.pause_at(AT_MS / 1000 + 3)
    tab.goto(site.show("failed_wait"))
    expect(tab.locator("#again")).to_have_text("Send request again at 12:17:24 (1:50)")
    tab.clock.run_for(50_000)
    expect(tab.locator("#again")).to_have_text("Send request again at 12:17:24 (1:00)")


def test_on_a_slow_network_one_answer_is_enough_to_pay(site: Site, tab: Page) -> None:
    """Nothing but the page itself is loaded before the payer can type and send."""
    tab.context.new_cdp_session(tab).send("Network.emulateNetworkConditions", SLOW)
    payment = site.new_payment()
    tab.goto(site.page(payment))
    loaded = [line for line in site.asked if line.startswith("GET ")]
    pay(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Check your phone")
    assert 1 == len(loaded)


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS, ids=str)
def test_every_page_is_accessible_and_fits(site: Site, looks: Looks, scheme: str, width: int, language: str) -> None:
    """axe finds nothing on any page, and none scrolls sideways."""
    page = looks.page(scheme, width)
    found = []
    for name, view in PAGES:
        separator = "&" if "?" in view else "?"
        page.goto(site.show(name, f"{view}{separator}lang={language}"))
        found += [f"{name}{view} {one}" for one in faults_of(page)]
    assert [] == found
