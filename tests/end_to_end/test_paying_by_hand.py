"""A person pays: demo shop, payer's page, phone. A real browser, the whole local world, no shortcuts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.end_to_end.local_world import LocalWorld

SOON_MS = 20_000
M_PESA_PAUSE_S = 125
"""Between equal amounts to one phone, M-PESA wants two minutes."""


def _order(page: Page, world: LocalWorld) -> None:
    """Choose the first thing in the demo shop and go to the payer's page."""
    page.goto(f"{world.outside}/shop")
    page.get_by_role("button", name="Pay with M-PESA").click()
    expect(page).to_have_url(re.compile(re.escape(world.gateway) + "/pay/"))


def _ask(page: Page, phone: str) -> None:
    page.get_by_label("M-PESA phone number").fill(phone)
    page.get_by_role("button", name="Pay with M-PESA").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your phone", timeout=SOON_MS)


def _type_pin(page: Page, world: LocalWorld, phone: str, pin: str = "1234") -> None:
    """Answer the prompt on the phone's own page, in a window of its own."""
    screen = page.context.new_page()
    screen.goto(f"{world.outside}/phones/{phone}")
    expect(screen.get_by_text("Do you want to pay").first).to_be_visible(timeout=SOON_MS)
    for digit in pin:
        screen.keyboard.press(digit)
    screen.keyboard.press("Enter")
    screen.wait_for_timeout(300)
    screen.close()


def test_an_order_is_paid_with_a_pin_on_the_phone_and_released(world: LocalWorld, page: Page) -> None:
    """Demo shop → phone number → PIN → Paid with the receipt → back: the order may go out."""
    _order(page, world)
    _ask(page, "0712 345 901")
    _type_pin(page, world, "0712345901")

    expect(page).to_have_title(re.compile("^Paid"), timeout=SOON_MS)
    [receipt] = world.control("GET", "phones/0712345901")["sms"][:1]
    expect(page.locator(".receipt")).to_contain_text(re.compile(r"M-PESA code"))
    shown = page.locator(".receipt .code").first.inner_text().replace(" ", "").replace("\n", "")
    assert shown in receipt["text"]
    page.get_by_role("link", name=re.compile("^Back to")).click()
    expect(page.locator("main .paid").first).to_contain_text("Paid")


def test_a_wrong_pin_is_said_in_words_and_the_next_try_pays(world: LocalWorld, page: Page) -> None:
    """No code, no jargon, one next step. M-PESA takes an equal amount again after two minutes."""
    _order(page, world)
    _ask(page, "0712 345 902")
    _type_pin(page, world, "0712345902", "9999")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have not paid", timeout=SOON_MS)
    expect(page.locator("main")).to_contain_text("PIN was not correct")
    world.advance(M_PESA_PAUSE_S)
    page.get_by_role("button", name="Send request again").click()
    _type_pin(page, world, "0712345902")

    expect(page).to_have_title(re.compile("^Paid"), timeout=SOON_MS)


def test_a_cancelled_request_is_failed_in_words_and_sent_again(world: LocalWorld, page: Page) -> None:
    """The payer cancels on the phone; the page says so and offers the request again."""
    _order(page, world)
    _ask(page, "0712 345 903")
    world.control("POST", "phones/0712345903/answer", {"cancel": True})

    expect(page.get_by_role("heading", level=1)).to_have_text("You have not paid", timeout=SOON_MS)
    world.advance(M_PESA_PAUSE_S)
    page.get_by_role("button", name="Send request again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your phone", timeout=SOON_MS)
    _type_pin(page, world, "0712345903")
    expect(page).to_have_title(re.compile("^Paid"), timeout=SOON_MS)


def test_a_paybill_payment_is_recognised_without_a_click(world: LocalWorld, page: Page) -> None:
    """The steps stay on the screen; when the money comes the page changes by itself."""
    _order(page, world)
    page.get_by_role("link", name="Pay with Paybill instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay with Paybill")
    steps = page.locator("main").inner_text()
    account = re.search(r"Account number\s+(\S+)", steps)
    assert account is not None
    world.control("POST", "phones", {"number": "0712345904", "balance": 5_000})
    typed = {"shortcode": "174379", "account": account[1], "amount": 60}
    world.control("POST", "phones/0712345904/pay", typed)

    expect(page).to_have_title(re.compile("^Paid"), timeout=SOON_MS)


def test_the_page_finds_a_lost_callback_while_the_payer_waits(world: LocalWorld, page: Page) -> None:
    """Callback lost: the page's polls make the gateway ask, long before the next sweep would."""
    _order(page, world)
    _ask(page, "0700 010 001")
    world.advance(20)
    world.advance(20)

    expect(page).to_have_title(re.compile("^Paid"), timeout=60_000)
