"""Persons in real browsers, over the whole local world: sign-in at the issuer, two of them for money that goes out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.local_world import TOP, LocalWorld

ASKED = re.compile(r".*/console/payouts/out_[0-9a-f]{32}\?done=asked_payout")


@contextmanager
def person(chromium: Browser, world: LocalWorld, name: str, page: str = "/console") -> Iterator[Page]:
    """A browser of its own in which this person has signed in, on the page that was wanted."""
    context = chromium.new_context(locale="en-KE")
    tab = context.new_page()
    tab.goto(world.gateway + page)
    tab.get_by_role("button", name=re.compile(f"^{name},")).click()
    tab.wait_for_url(world.gateway + page)
    yield tab
    context.close()


def ask(tab: Page, world: LocalWorld, amount: str = "500") -> str:
    """Ask for a payout through the pages; the address of its page."""
    tab.goto(f"{world.gateway}/console/payouts/new")
    tab.get_by_label("M-PESA number of who gets it").fill("0712345678")
    tab.get_by_label("Amount in whole shillings").fill(amount)
    tab.get_by_label("Why").fill("Wages of Monday")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("button", name=f"Ask for KSh {amount}").click()
    tab.wait_for_url(ASKED)
    return urlsplit(tab.url).path


def test_two_persons_send_money_and_one_does_not(world: LocalWorld, chromium: Browser) -> None:
    """Who asked sees no way to approve, in neither of two browsers; another sends; M-PESA says what became of it."""
    with person(chromium, world, "Otieno") as maker:
        address = ask(maker, world)
        expect(maker.get_by_text("Another person must approve it.").last).to_be_visible()
        expect(maker.get_by_role("button", name="Send KSh 500")).to_have_count(0)
    with person(chromium, world, "Otieno", address) as again:
        expect(again.get_by_role("button", name="Send KSh 500")).to_have_count(0)
    with person(chromium, world, "Achieng", address) as checker:
        checker.get_by_role("button", name="Send KSh 500").click()
        expect(checker.locator(".plate .word")).to_have_text("sent", timeout=30_000)
        expect(checker.get_by_text("approved by Achieng")).to_be_visible()


def test_the_maker_who_sends_the_form_himself_sends_nothing(world: LocalWorld, chromium: Browser) -> None:
    """The page is only politeness: the rule stands behind it."""
    with person(chromium, world, "Otieno") as maker:
        address = ask(maker, world, "600")
        with person(chromium, world, "Achieng", address) as checker:
            terms = checker.locator("#decide input[name=terms]").first.input_value()
        token = maker.locator("input[name=token]").first.input_value()
        forged = maker.request.post(
            f"{world.gateway}{address}/approve",
            form={"token": token, "terms": terms},
            headers={"origin": world.gateway},
        )
        assert forged.status == 409
        assert "You asked for this yourself. Nothing was sent" in forged.text()


def test_after_five_minutes_the_way_leads_over_the_sign_in_and_back(frozen: LocalWorld, chromium: Browser) -> None:
    with person(chromium, frozen, "Otieno") as maker:
        address = ask(maker, frozen, "700")
    with person(chromium, frozen, "Achieng", address) as checker:
        frozen.advance(301)
        checker.reload()
        checker.get_by_role("link", name="Sign in again").click()
        checker.get_by_role("button", name=re.compile("^Achieng,")).click()
        checker.wait_for_url(frozen.gateway + address)
        checker.get_by_role("button", name="Send KSh 700").click()
        expect(checker.get_by_text("Approved. It goes out as soon as limits and balance allow.")).to_be_visible()


def test_a_cashier_sees_a_payment_become_paid(world: LocalWorld, chromium: Browser) -> None:
    payment = world.pay("console-paid", phone="0722000777", order="C-7001", amount=250)
    with person(chromium, world, "Wanjiku") as cashier:
        cashier.get_by_label("code, phone, order").fill("C-7001")
        cashier.get_by_role("button", name="Search").click()
        expect(cashier.locator(".plate.doubt .word")).to_have_text("NOT KNOWN YET")
        world.control("POST", "phones/0722000777/answer", {"pin": "1234"})
        expect(cashier.locator(".plate.paid .word")).to_have_text("PAID", timeout=30_000)
        assert payment["id"] in cashier.url


def test_an_operator_sees_what_the_shops_server_answers(world: LocalWorld, chromium: Browser) -> None:
    """A test goes out by the real queue, and its page tells the answer by itself."""
    with person(chromium, world, "Kiprono", "/console/webhooks") as operator:
        operator.locator("td a").last.click()
        operator.get_by_role("button", name="Send a test").click()
        expect(operator.get_by_text("Taken, 204")).to_be_visible(timeout=30_000)
        expect(operator.get_by_text("Exactly this was sent at")).to_be_visible()
        operator.goto(f"{world.gateway}/console/health")
        expect(operator.get_by_text("The table answers.")).to_be_visible()


def test_an_admin_makes_a_key_that_works_and_ends_it(world: LocalWorld, chromium: Browser) -> None:
    with person(chromium, world, "Njeri", "/console/settings") as admin:
        admin.get_by_role("link", name="Make a key").click()
        admin.get_by_role("textbox", name="Name").fill("Till 7")
        admin.get_by_role("checkbox", name="payments:read").check()
        admin.get_by_role("button", name="Make the key").click()
        secret = admin.get_by_label("Secret").input_value()
        opened = httpx.get(f"{world.gateway}/v1/payments", headers={"authorization": f"Bearer {secret}"})
        admin.reload()
        expect(admin.get_by_role("heading", name="API key Till 7")).to_be_visible()
        assert (200, False) == (opened.status_code, secret in admin.content())
        admin.get_by_role("button", name="End the key Till 7").click()
        expect(admin.get_by_text("The key is ended.")).to_be_visible()


def test_who_nobody_invited_and_who_is_not_verified_are_not_let_in(world: LocalWorld, chromium: Browser) -> None:
    told = []
    for name in ("Stranger", "Zuri"):
        context = chromium.new_context()
        tab = context.new_page()
        tab.goto(f"{world.gateway}/console")
        tab.get_by_role("button", name=re.compile(f"^{name},")).click()
        told.append(tab.locator("h1").inner_text())
        context.close()
    assert ["You are not let in"] * 2 == told


def test_signing_out_closes_the_door(world: LocalWorld, chromium: Browser) -> None:
    with person(chromium, world, "Kiprono") as tab:
        tab.get_by_role("button", name="Sign out").click()
        expect(tab.get_by_role("heading", name="You are signed out")).to_be_visible()
        tab.get_by_role("link", name="Sign out there too").click()
        expect(tab.get_by_role("heading", name="Signed out here too")).to_be_visible()
        tab.goto(f"{world.gateway}/console/today")
        expect(tab.get_by_role("heading", name="Who are you?")).to_be_visible()


# --- the issuer of the local world is as strict as a real one ----------------------------------------------------


def begun(world: LocalWorld) -> dict[str, str]:
    """What the console asks of the issuer."""
    left = httpx.get(f"{world.gateway}/console/sign-in")
    return {name: values[0] for name, values in parse_qs(urlsplit(left.headers["location"]).query).items()}


def code_for(world: LocalWorld, asked: dict[str, str]) -> str:
    """A code for the cashier."""
    sent = httpx.post(f"{world.outside}/sign-in/authorize", data={**asked, "person": "local-wanjiku"})
    return parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://elsewhere.example/console/signed-in"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"state": ""},
        {"nonce": ""},
        {"scope": "email"},
    ],
)
def test_the_local_issuer_takes_no_request_that_is_not_right(world: LocalWorld, wrong: dict[str, str]) -> None:
    asked = begun(world) | wrong
    shown = httpx.get(f"{world.outside}/sign-in/authorize?{urlencode(asked)}")
    sent = httpx.post(f"{world.outside}/sign-in/authorize", data={**asked, "person": "local-wanjiku"})
    assert (400, 400) == (shown.status_code, sent.status_code)


def test_the_local_issuer_gives_a_token_once_and_only_for_the_verifier(world: LocalWorld) -> None:
    asked = begun(world)
    form = {
        "grant_type": "authorization_code",
        "client_id": asked["client_id"],
        "redirect_uri": asked["redirect_uri"],
        "code": code_for(world, asked),
        "code_verifier": "v" * 64,
    }
    answers = [httpx.post(f"{world.outside}/sign-in/token", data=form) for _ in range(2)]
    assert [(400, "invalid_grant")] * 2 == [(one.status_code, one.json()["error"]) for one in answers]
    assert "The verifier does not fit." == answers[0].json()["error_description"]
    assert "The code is not known, or was used." == answers[1].json()["error_description"]


def test_a_code_in_another_browser_opens_nothing(world: LocalWorld) -> None:
    """Code and state of one browser, brought back by another one with a ticket of its own."""
    asked = begun(world)
    code = code_for(world, asked)
    with httpx.Client() as thief:
        thief.get(f"{world.gateway}/console/sign-in")
        back = thief.get(f"{world.gateway}/console/signed-in?{urlencode({'code': code, 'state': asked['state']})}")
    assert 400 == back.status_code
    assert "console-session" not in back.headers.get("set-cookie", "")


def test_the_command_appoints_lists_and_removes(world: LocalWorld) -> None:
    aws = world.run["aws"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": "layers/daraja:layers/gateway:.",
        "AWS_ENDPOINT_URL": aws["endpoint"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TABLE_NAME": aws["table"],
        "PARAMETER_PREFIX": aws["prefix"],
    }

    def staff(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", "--json", "staff", *words]
        return subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)

    added = staff("add", "Amina@Shop.Example", "--owner", "shop", "--roles", "accountant,operator", "--name", "Amina")
    listed = staff("list", "--owner", "shop")
    removed = staff("remove", "amina@shop.example", "--owner", "shop")
    wrong = [
        staff("add", "amina", "--owner", "shop", "--roles", "cashier"),
        staff("add", "a@shop.example", "--owner", "shop", "--roles", "boss"),
        staff("add", "a@shop.example", "--owner", "nobody", "--roles", "cashier"),
        staff("remove", "nobody@shop.example", "--owner", "shop"),
    ]
    assert (0, ["accountant", "operator"]) == (added.returncode, json.loads(added.stdout)["roles"])
    assert "amina@shop.example" in [json.loads(line)["email"] for line in listed.stdout.splitlines()]
    assert (0, True) == (removed.returncode, json.loads(removed.stdout)["removed"])
    assert [2, 2, 3, 5] == [one.returncode for one in wrong]
