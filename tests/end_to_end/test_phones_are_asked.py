"""What phones are asked besides prompts, in a real browser: a standing order, and a payment out of a till."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from local.clock import Clock
from local.daraja_simulator import pages
from local.daraja_simulator.app import create_app
from local.daraja_simulator.options import SimulatorOptions
from tests.contract.conftest import Background, Received, inbox


class Desk:
    """A simulator with its pages, and an address that takes its callbacks."""

    def __init__(self, background: Background) -> None:
        self.received: list[Received] = []
        clock = Clock()
        app = create_app(clock, SimulatorOptions())
        pages.add_routes(app)
        self.address = background.serve(app)
        background.run_clock(clock)
        self.inbox = background.serve(inbox(self.received, {}))

    def post(self, path: str, body: dict[str, str]) -> None:
        """A call of Daraja."""
        query = {"grant_type": "client_credentials"}
        given = httpx.get(f"{self.address}/oauth/v1/generate", params=query, auth=("local-key", "local-secret"))
        headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
        httpx.post(f"{self.address}{path}", json=body, headers=headers).raise_for_status()

    def control(self, path: str) -> Any:
        """What the control API shows."""
        return httpx.get(f"{self.address}/control/api/{path}").raise_for_status().json()

    def ask_for_rent(self) -> None:
        """A standing order of Amina's, a month from now on."""
        body = {
            "StandingOrderName": "Rent A4",
            "StartDate": "20990101",
            "EndDate": "20991231",
            "BusinessShortCode": "174379",
            "TransactionType": "Standing Order Customer Pay Bill",
            "ReceiverPartyIdentifierType": "4",
            "Amount": "4500",
            "PartyA": "254712345678",
            "CallBackURL": f"{self.inbox}/ratiba",
            "AccountReference": "A4",
            "TransactionDesc": "Rent",
            "Frequency": "4",
        }
        self.post("/standingorder/v1/createStandingOrderExternal", body)

    def ask_the_till(self) -> None:
        """100 shillings out of the till."""
        body = {
            "primaryShortCode": "5000002",
            "receiverShortCode": "174379",
            "amount": "100",
            "paymentRef": "INV77",
            "callbackUrl": f"{self.inbox}/ussd",
            "partnerName": "Example Vendor",
            "RequestRefID": "550e8400",
        }
        self.post("/v1/ussdpush/get-msisdn", body)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A world of its own."""
    background = Background()
    try:
        yield Desk(background)
    finally:
        background.stop()


@pytest.fixture
def tab(chromium: Browser, desk: Desk) -> Iterator[Page]:
    """The page of the phones; it fails the test if it reports an error."""
    context = chromium.new_context(base_url=desk.address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto("/phones")
    yield opened
    context.close()
    assert [] == complaints


def phone_of(tab: Page, name: str) -> Any:
    """The drawn phone with this name."""
    return tab.get_by_role("region", name=name, exact=True)


def test_a_standing_order_is_allowed_with_the_pin_and_can_be_stopped(tab: Page, desk: Desk) -> None:
    """Who allows it sees it in the menu."""
    desk.ask_for_rent()
    amina = phone_of(tab, "Amina")
    question = re.compile(r"M-PESA Ratiba\s*Do you want the standing order Rent A4: pay KSh\s4,500 to INKLESS IS MORE")
    expect(amina.locator(".ussd")).to_contain_text(question)

    tab.keyboard.type("1234")
    tab.keyboard.press("Enter")
    amina.get_by_role("button", name="Ratiba: stop Rent A4").click()

    expect(amina.locator(".sms")).to_contain_text("Your standing order Rent A4 to INKLESS IS MORE has been stopped.")
    assert ["stopped"] == [one["state"] for one in desk.control("standing-orders")["standing_orders"]]


def test_a_standing_order_is_refused_with_cancel(tab: Page, desk: Desk) -> None:
    """Nothing is left on the phone."""
    desk.ask_for_rent()
    amina = phone_of(tab, "Amina")
    amina.get_by_role("button", name="Cancel").click()

    expect(amina.locator(".pad")).to_have_count(0)
    assert [("refused", "1032")] == [
        (one["state"], one["result_code"]) for one in desk.control("standing-orders")["standing_orders"]
    ]


def test_the_tills_phone_comes_to_the_desk_when_it_is_asked_and_pays(tab: Page, desk: Desk) -> None:
    """It was not there before."""
    expect(phone_of(tab, "Till keeper")).to_have_count(0)
    desk.ask_the_till()
    keeper = phone_of(tab, "Till keeper")
    expect(keeper.locator(".ussd")).to_contain_text(re.compile(r"Do you want to pay KSh\s100 from till 5000002"))
    for key in ("1", "2", "3", "4", "OK"):
        keeper.get_by_role("button", name=key, exact=True).click()

    expect(keeper.locator(".sms")).to_contain_text("paid from till 5000002 to Example Vendor for INV77")
    assert ["0"] == [one["result_code"] for one in desk.control("ussd-pushes")["ussd_pushes"]]


def test_a_wrong_pin_of_the_till_is_told_with_m_pesas_code(tab: Page, desk: Desk) -> None:
    """The one that its callback has."""
    desk.ask_the_till()
    keeper = phone_of(tab, "Till keeper")
    for key in ("9", "9", "9", "9", "OK"):
        keeper.get_by_role("button", name=key, exact=True).click()

    expect(keeper.locator(".told")).to_contain_text("M-PESA answers 4203. Tries left: 2.")


def test_the_control_panel_shows_how_orders_stand(tab: Page, desk: Desk) -> None:
    """Nothing before there is one."""
    tab.goto("/control")
    expect(tab.locator("#orders")).to_be_hidden()
    desk.ask_for_rent()
    desk.ask_the_till()

    expect(tab.locator("#orders tbody tr")).to_have_count(2)
    expect(tab.locator("#orders")).to_contain_text("Standing order Rent A4")
    expect(tab.locator("#orders")).to_contain_text("USSD push INV77")
