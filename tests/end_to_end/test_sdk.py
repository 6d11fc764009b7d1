"""`<mpesa-checkout>` and `watchPayment` in a real browser, in a page of another origin with a strict policy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.web.sdk import files
from tests.end_to_end.looks import Looks, faults_of
from tests.end_to_end.test_checkout_page import Site, handler_of, tab_in
from tests.unit.web.stages import AT_MS, SHOP, STAGES

INTEGRITY = json.loads((Path(files.__file__).parent / "integrity.json").read_text(encoding="utf-8"))
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Order 1042</title>
<meta name="viewport" content="width=device-width,initial-scale=1">{head}</head><body><main><h1>Your order</h1>
<label>Remarks <input id="remarks"></label>{body}</main></body></html>"""
COMPONENT = (
    '<mpesa-checkout api="{api}" payment="{payment}" token="{token}"{more}>'
    '<a href="{api}/pay/there">Pay on the payment page</a></mpesa-checkout>'
)
LISTEN = """window.told = []; ["status", "paid", "failed", "help", "error"].forEach(name =>
document.addEventListener("mpesa-" + name, event => {
told.push([name, event.detail.screen || event.detail.code]);
document.documentElement.dataset.heard = told.length; }));"""
POLICY = (
    "default-src 'none'; script-src {api}; connect-src {api}; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types mpesa-checkout"
)
WATCH = """async ([api, payment, token]) => {
const {watchPayment} = await import(api + "/sdk/1/client.js"); window.seen = [];
window.stop = watchPayment({api, payment, token}, view => seen.push(view.screen),
error => seen.push([error.code, error.retryable, error.failures])); }"""


PROBLEMS: list[dict[str, Any]] = [
    {"status": status, "json": body, "headers": {"Access-Control-Allow-Origin": "*"}}
    for status, body in (
        (503, {"code": "storage_unavailable"}),
        (429, {"message": "Too Many Requests"}),
        (401, {"code": "token_expired", "detail": "Too old."}),
    )
]


def serve(handler: type[BaseHTTPRequestHandler]) -> tuple[ThreadingHTTPServer, str]:
    """A server on a free port, and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    return server, f"http://127.0.0.1:{server.server_port}"


@dataclass
class Shop:
    """A shop's own page on one port, the gateway on another."""

    site: Site = field(default_factory=Site)
    page: bytes = b""
    policy: str = ""
    address: str = ""

    def show(self, payment: str, *, head: str = "", more: str = "") -> str:
        """The order's page with the component in it; its address. more: further attributes."""
        token = self.site.gateway.token(payment)
        body = COMPONENT.format(api=self.site.address, payment=payment, token=token, more=more)
        script = f'<script type="module" src="{self.site.address}/sdk/1/mpesa-checkout.js"></script>'
        self.page = PAGE.format(head=head or script, body=body).encode()
        return self.address

    def stage(self, name: str, more: str = "") -> str:
        """The order's page while the payment is at a stage of `stages.py`."""
        self.site.show(name)
        return self.show(STAGES[name].record.id, more=more)

    def looks(self, kind: str) -> int:
        """How often the gateway was asked for paths that end so."""
        return len([line for line in self.site.asked if line.endswith(kind)])


def page_of(shop: Shop) -> type[BaseHTTPRequestHandler]:
    """Serves the shop's one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The page, whatever the path."""
            self.send_response(200)
            headers = {"Content-Type": "text/html", "Content-Length": str(len(shop.page))}
            for name, value in {**headers, "Content-Security-Policy": shop.policy}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(shop.page)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


def api_of(site: Site) -> type[BaseHTTPRequestHandler]:
    """The gateway, for browsers of other origins too."""
    base: Any = handler_of(site)
    return type("Api", (base,), {"do_PUT": base.do_GET, "do_OPTIONS": base.do_GET})


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Both servers; the shop's origin is in its settings."""
    made = Shop()
    gateway, made.site.address = serve(api_of(made.site))
    pages, made.address = serve(page_of(made))
    made.policy = POLICY.format(api=made.site.address)
    made.site.gateway.environment["SHOP_BASE_URL"] = made.site.address
    made.site.gateway.world.store.settings["shop"] = replace(SHOP, origins=(made.address,))
    yield made
    for server in (gateway, pages):
        server.shutdown()
        server.server_close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A phone's browser with a clock that the test moves. Fails if the component breaks the shop's policy or errs."""
    errors: list[str] = []
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-KE")
    page = tab_in(context, errors)
    page.clock.install(time=AT_MS / 1000)
    page.add_init_script(LISTEN)
    yield page
    context.close()
    assert [] == errors


def title(page: Page) -> Any:
    """The heading of the component's screen."""
    return page.locator("mpesa-checkout").get_by_role("heading", level=2).first


def pay(page: Page, number: str = "0712 345 678") -> None:
    """Type the number and send."""
    page.get_by_label("M-PESA phone number").fill(number)
    page.get_by_role("button", name="Pay with M-PESA").click()


def told(page: Page) -> list[list[str]]:
    """Events that the shop's page heard."""
    heard: list[list[str]] = page.evaluate("told")
    return heard


def test_a_payer_pays_in_the_shops_own_page(shop: Shop, tab: Page) -> None:
    """Number, request on the phone, paid; the shop's page hears each step, and never leaves."""
    payment = shop.site.new_payment()
    tab.goto(shop.show(payment))
    pay(tab)
    expect(title(tab)).to_have_text("Check your phone")
    shop.site.payer_answers(payment)
    tab.clock.fast_forward(5_000)
    expect(title(tab)).to_have_text("Paid.Thank you.")
    expect(title(tab)).to_be_focused()
    steps = [["status", "enter_phone"], ["status", "check_phone"], ["status", "paid"], ["paid", "paid"]]
    assert steps == told(tab)
    assert f"{shop.address}/" == tab.url
    assert 1 == shop.site.prompts


def test_the_pinned_script_with_its_hash_is_run(shop: Shop, tab: Page) -> None:
    """What `integrity.json` records is what a browser accepts."""
    src = f"{shop.site.address}/sdk/{files.VERSION}/{files.SCRIPT}"
    known = INTEGRITY[files.VERSION][files.SCRIPT]
    head = f'<script type="module" src="{src}" integrity="{known}" crossorigin></script>'
    tab.goto(shop.show(shop.site.new_payment(), head=head))
    expect(title(tab)).to_contain_text("Pay")


def test_without_the_script_the_shops_link_shows(shop: Shop, tab: Page) -> None:
    tab.goto(shop.show(shop.site.new_payment(), head="<meta name='x'>"))
    expect(tab.get_by_role("link", name="Pay on the payment page")).to_be_visible()


def test_with_it_the_link_is_gone(shop: Shop, tab: Page) -> None:
    tab.goto(shop.show(shop.site.new_payment()))
    expect(title(tab)).to_contain_text("Pay")
    expect(tab.get_by_role("link", name="Pay on the payment page")).to_be_hidden()


def test_a_token_that_is_no_good_brings_the_link_back(shop: Shop, tab: Page) -> None:
    """And the shop's page is told why, in one event."""
    address = shop.show(shop.site.new_payment())
    shop.page = shop.page.replace(b'token="ct_', b'token="ct_0')
    tab.goto(address)
    expect(tab.locator("html[data-heard='1']")).to_have_count(1)
    assert [["error", "key_invalid"]] == told(tab)
    expect(tab.get_by_role("link", name="Pay on the payment page")).to_be_visible()


def test_two_taps_are_one_request(shop: Shop, tab: Page) -> None:
    tab.goto(shop.show(shop.site.new_payment()))
    tab.get_by_label("M-PESA phone number").fill("0712345678")
    button = tab.get_by_role("button", name="Pay with M-PESA")
    button.evaluate("button => { button.click(); button.form.requestSubmit(); }")
    expect(title(tab)).to_have_text("Check your phone")
    assert 1 == shop.site.prompts


def test_a_wrong_number_is_told_and_mended(shop: Shop, tab: Page) -> None:
    """In the payer's words, with the focus on it and what was typed kept."""
    tab.goto(shop.show(shop.site.new_payment(), more=' lang="sw"'))
    tab.get_by_label("Nambari ya simu ya M-PESA").fill("0712 345 67")
    tab.get_by_role("button", name="Lipa na M-PESA").click()
    expect(tab.get_by_role("alert")).to_contain_text("Umeweka 9.")
    expect(tab.get_by_role("alert")).to_be_focused()
    tab.get_by_role("alert").get_by_role("link").click()
    expect(tab.get_by_label("Nambari ya simu ya M-PESA")).to_be_focused()
    expect(tab.get_by_label("Nambari ya simu ya M-PESA")).to_have_value("0712 345 67")


def test_a_failed_payment_is_tried_again_with_the_same_and_with_another_number(shop: Shop, tab: Page) -> None:
    payment = shop.site.new_payment(phone="0712345678")
    shop.site.payer_answers(payment, "1032")
    tab.goto(shop.show(payment))
    expect(title(tab)).to_have_text("You have not paid")
    tab.get_by_role("button", name="Send request again").click()
    expect(title(tab)).to_have_text("Check your phone")
    shop.site.payer_answers(payment, "2001", number=2)
    tab.clock.fast_forward(5_000)
    tab.get_by_role("link", name="Use another number").click()
    pay(tab, "0722 000 111")
    expect(title(tab)).to_have_text("Check your phone")
    assert ["254712345678"] * 2 + ["254722000111"] == [one.phone for one in shop.site.gateway.world.daraja.pushes]
    assert [["failed", "failed"]] * 2 == [one for one in told(tab) if one[0] == "failed"]


def test_the_number_is_kept_between_tries(shop: Shop, tab: Page) -> None:
    """And the shop may give the one that it knows."""
    tab.goto(shop.show(shop.site.new_payment(), more=' phone="0722 000 111"'))
    expect(tab.get_by_label("M-PESA phone number")).to_have_value("0722 000 111")


def test_the_steps_to_pay_by_hand_lead_there_and_turn_to_paid(shop: Shop, tab: Page) -> None:
    tab.goto(shop.stage("enter_phone"))
    tab.get_by_role("link", name="Pay with Paybill instead").click()
    expect(title(tab)).to_have_text("Pay with Paybill")
    record = STAGES["paid_too_much"].record
    shop.site.gateway.world.store.payments[record.id] = record
    tab.clock.run_for(7_000)
    expect(title(tab)).to_have_text("Paid.Thank you.")


def test_who_has_paid_already_gives_the_code(shop: Shop, tab: Page) -> None:
    """In the same place, told in the same words as on the page, and the way back is there."""
    tab.goto(shop.show(shop.site.new_payment()))
    tab.get_by_role("link", name="I have paid, but this page does not know").click()
    tab.get_by_label("M-PESA code from your SMS").fill("sgl")
    tab.get_by_role("button").click()
    expect(tab.get_by_role("alert")).to_be_focused()
    tab.get_by_label("M-PESA code from your SMS").fill("sgl31qw9xy")
    tab.get_by_role("button").click()
    expect(title(tab)).to_contain_text("M-PESA does not know this code yet")
    tab.locator("a.other").click()
    expect(title(tab)).to_contain_text("to Inkless Is More")


def test_looks_without_news_draw_nothing(shop: Shop, tab: Page) -> None:
    """What the payer has opened stays open, and help was heard of."""
    tab.goto(shop.show(shop.site.new_payment(phone="0712345678")))
    tab.get_by_text("I did not get the message").click()
    tab.clock.run_for(12_000)
    expect(tab.get_by_text("Unlock your phone")).to_be_visible()
    assert [["status", "check_phone"], ["help", "check_phone"]] == told(tab)
    assert 3 <= shop.looks("/screen") <= 6


def test_the_count_down_turns_into_waiting(shop: Shop, tab: Page) -> None:
    tab.clock.pause_at(AT_MS / 1000 + 3)
    tab.goto(shop.show(shop.site.new_payment(phone="0712345678")))
    expect(title(tab)).to_have_text("Check your phone")
    tab.clock.run_for(19_500)
    expect(tab.get_by_role("timer")).to_have_text("About 41 seconds left")
    shop.site.later(61)
    with tab.expect_event("requestfinished"):  # only then the next look is planned
        tab.clock.run_for(42_000)
    tab.clock.run_for(30_000)
    expect(title(tab)).to_have_text("Waiting for M-PESA")


def test_coming_back_looks_at_once(shop: Shop, tab: Page) -> None:
    payment = shop.site.new_payment(phone="0712345678")
    tab.goto(shop.show(payment))
    expect(title(tab)).to_have_text("Check your phone")
    shop.site.payer_answers(payment)
    tab.clock.run_for(1_100)
    tab.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(title(tab)).to_have_text("Paid.Thank you.")


def test_offline_is_said_after_the_second_failure_and_taken_back(shop: Shop, tab: Page) -> None:
    tab.goto(shop.show(shop.site.new_payment(phone="0712345678")))
    expect(title(tab)).to_have_text("Check your phone")
    tab.route("**/v1/checkout/**", lambda route: route.abort())
    note = tab.get_by_text("You are offline.")
    with tab.expect_event("requestfailed"):
        tab.clock.run_for(5_000)
    expect(note).to_be_hidden()
    with tab.expect_event("requestfailed"):
        tab.clock.run_for(5_000)
    expect(note).to_be_visible()
    tab.unroute("**/v1/checkout/**")
    tab.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(note).to_be_hidden()


def test_who_types_elsewhere_in_the_shops_page_keeps_the_focus(shop: Shop, tab: Page) -> None:
    payment = shop.site.new_payment(phone="0712345678")
    tab.goto(shop.show(payment))
    expect(title(tab)).to_have_text("Check your phone")
    tab.get_by_label("Remarks").focus()
    shop.site.payer_answers(payment)
    tab.clock.fast_forward(5_000)
    expect(title(tab)).to_have_text("Paid.Thank you.")
    expect(tab.get_by_label("Remarks")).to_be_focused()


def test_methods_look_now_and_begin_anew(shop: Shop, tab: Page) -> None:
    payment = shop.site.new_payment()
    tab.goto(shop.show(payment))
    tab.get_by_role("link", name="Pay with Paybill instead").click()
    expect(title(tab)).to_have_text("Pay with Paybill")
    tab.evaluate("() => document.querySelector('mpesa-checkout').reset()")
    expect(title(tab)).to_contain_text("to Inkless Is More")
    record = STAGES["paid"].record
    shop.site.gateway.world.store.payments[payment] = replace(record, asked=replace(record.asked, id=payment))
    tab.evaluate("() => document.querySelector('mpesa-checkout').check()")
    expect(title(tab)).to_have_text("Paid.Thank you.")


def test_a_removed_component_looks_no_more(shop: Shop, tab: Page) -> None:
    tab.goto(shop.show(shop.site.new_payment(phone="0712345678")))
    expect(title(tab)).to_have_text("Check your phone")
    tab.evaluate("() => document.querySelector('mpesa-checkout').remove()")
    before = shop.looks("/screen")
    tab.clock.run_for(20_000)
    assert before == shop.looks("/screen")


def test_another_payment_takes_its_place(shop: Shop, tab: Page) -> None:
    """Attributes that change together are one change."""
    first, second = STAGES["failed"].record.id, "pay_00000002" + "0" * 24
    tab.goto(shop.stage("failed"))
    expect(title(tab)).to_have_text("You have not paid")
    record = STAGES["paid"].record
    shop.site.gateway.world.store.payments[second] = replace(record, asked=replace(record.asked, id=second))
    before = shop.looks(f"GET /v1/checkout/{second}/screen")
    tab.evaluate(
        "([payment, token]) => { const one = document.querySelector('mpesa-checkout');"
        "one.setAttribute('payment', payment); one.setAttribute('token', token); }",
        [second, shop.site.gateway.token(second)],
    )
    expect(title(tab)).to_have_text("Paid.Thank you.")
    assert first != second
    assert before + 1 == shop.looks(f"GET /v1/checkout/{second}/screen")


def test_the_way_back_is_the_shops(shop: Shop, tab: Page) -> None:
    """Where the payment names none, the attribute does."""
    payment = shop.site.new_payment(phone="0712345678")
    shop.site.payer_answers(payment)
    tab.goto(shop.show(payment, more=' return-url="/orders/1042"'))
    back = tab.get_by_role("link", name="Back to Inkless Is More")
    assert f"{shop.address}/orders/1042" == back.evaluate("link => link.href")


def test_a_way_back_to_this_very_page_is_none(shop: Shop, tab: Page) -> None:
    payment = shop.site.new_payment(phone="0712345678", return_url=f"{shop.address}/")
    shop.site.payer_answers(payment)
    tab.goto(shop.show(payment))
    expect(title(tab)).to_have_text("Paid.Thank you.")
    expect(tab.get_by_role("link", name="Back to Inkless Is More")).to_have_count(0)


def test_the_shop_chooses_its_colours_and_no_plate(shop: Shop, tab: Page) -> None:
    """A variable reaches the button; the plate that says paid stays green."""
    payment = shop.site.new_payment(phone="0712345678")
    shop.site.payer_answers(payment)
    tab.goto(shop.show(payment))
    expect(title(tab)).to_have_text("Paid.Thank you.")
    tab.evaluate("() => document.querySelector('mpesa-checkout').style.setProperty('--mpesa-action', 'rgb(1, 2, 3)')")
    colour = "one => getComputedStyle(one)"
    assert "rgb(10, 122, 60)" == tab.locator(".plate.paid").evaluate(f"{colour}.backgroundColor")
    share = tab.get_by_role("link", name="Share")
    assert "rgb(1, 2, 3)" == share.evaluate(f"{colour}.color")
    share.hover()
    expect(share).to_have_css("border-top-color", "rgb(1, 2, 3)")


def test_it_is_dark_only_in_a_page_that_can_be_dark(shop: Shop, tab: Page) -> None:
    tab.emulate_media(color_scheme="dark")
    tab.goto(shop.show(shop.site.new_payment()))
    expect(title(tab)).to_contain_text("Pay")
    assert not tab.locator(".panel.dark").count()
    tab.evaluate(
        "() => { document.documentElement.style.colorScheme = 'light dark';"
        "document.querySelector('mpesa-checkout').reset(); }"
    )
    expect(tab.locator(".panel.dark")).to_have_count(1)


@pytest.mark.parametrize(("scheme", "width", "half"), [("light", 320, 0), ("dark", 1280, 1)])
def test_every_screen_is_accessible_and_fits(shop: Shop, looks: Looks, scheme: Any, width: int, half: int) -> None:
    """axe finds nothing in any screen within a shop's page, and none scrolls sideways.

    Each in one of two looks: the page's own test has each in both.
    """
    page = looks.page(scheme, width)
    found = []
    script = f'<script type="module" src="{shop.site.address}/sdk/1/mpesa-checkout.js"></script>'
    head = f'<meta name="color-scheme" content="light dark">{script}'
    for name in sorted(STAGES)[half::2]:
        shop.site.show(name)
        page.goto(shop.show(STAGES[name].record.id, head=head))
        expect(title(page)).to_be_visible()
        found += [f"{name} {one}" for one in faults_of(page)]
    assert [] == found


def test_the_client_watches_until_it_is_stopped(shop: Shop, tab: Page) -> None:
    """Views come, each once; after stop() nothing is asked."""
    payment = shop.site.new_payment(phone="0712345678")
    shop.policy = f"script-src 'unsafe-eval' {shop.site.address}; connect-src {shop.site.address}"
    shop.page = PAGE.format(head="", body="").encode()
    tab.goto(shop.address)
    tab.evaluate(WATCH, [shop.site.address, payment, shop.site.gateway.token(payment)])
    tab.wait_for_function("seen.length")
    tab.clock.run_for(5_000)
    shop.site.payer_answers(payment)
    tab.clock.run_for(5_000)
    tab.wait_for_function("seen.length > 1")
    assert ["check_phone", "paid"] == tab.evaluate("seen")
    tab.evaluate("stop()")
    before = len(shop.site.asked)
    tab.evaluate("() => window.dispatchEvent(new Event('focus'))")
    tab.clock.run_for(20_000)
    assert before == len(shop.site.asked)


def test_the_client_tells_errors_in_one_form(shop: Shop, tab: Page) -> None:
    """While it may pass it goes on, ever more rarely; else it ends."""
    payment = shop.site.new_payment(phone="0712345678")
    shop.policy = f"script-src 'unsafe-eval' {shop.site.address}; connect-src {shop.site.address}"
    shop.page = PAGE.format(head="", body="").encode()
    tab.goto(shop.address)
    answers = iter(PROBLEMS)
    tab.route("**/v1/checkout/**", lambda route: route.fulfill(**next(answers)))
    tab.evaluate(WATCH, [shop.site.address, payment, "ct_x"])
    for count in (1, 2, 3):
        tab.wait_for_function(f"seen.length >= {count}")
        tab.clock.run_for(6_000)
    wanted = [["storage_unavailable", True, 1], ["too_many_requests", True, 2], ["token_expired", False, 2]]
    assert wanted == tab.evaluate("seen")
