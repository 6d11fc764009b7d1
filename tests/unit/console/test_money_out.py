"""Two persons for money that goes out: asked for in the console, decided by another who signed in just now."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.days import day_of
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingRecord, OutgoingState, OutgoingStatus
from gateway.domain.staff import Role, person_id
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import SHOP, Browser, Console, hidden, member, words
from tests.unit.web.shop import Answered

FORM = {"phone": "0712 345 678", "amount": "500", "purpose": "salary", "remarks": "Wages of Monday", "order": "W-1"}


@pytest.fixture
def console() -> Console:
    """A shop that pays out."""
    console = Console()
    settings = console.world.store.settings
    settings[SHOP] = replace(settings[SHOP], payout_shortcode="600998")
    return console


def asks(browser: Browser, **changes: str) -> str:
    """Ask for a payout, through form and confirmation; its address."""
    nonce = hidden(browser.get("/console/payouts/new"))["nonce"]
    confirmed = browser.send("/console/payouts/confirm", **{**FORM, "nonce": nonce, **changes})
    fields = {name: value for name, value in hidden(confirmed).items() if name not in ("token", "change")}
    answer = browser.send("/console/payouts", **fields)
    assert answer.status == 303
    return answer.headers["Location"].partition("?")[0]


def record_of(console: Console, address: str) -> OutgoingRecord:
    """As it is stored."""
    return console.world.outgoings.outgoings[address.rpartition("/")[2]]


def state_of(console: Console, address: str) -> OutgoingState:
    """What follows from its facts."""
    return outgoing_state(record_of(console, address))


def approves(browser: Browser, address: str, **changes: str) -> Answered:
    """Press "Send" on the page as it stands; what it shows is what is agreed to."""
    terms = hidden(browser.get(address)).get("terms", "")
    return browser.send(f"{address}/approve", **{"terms": terms, **changes})


def test_what_one_person_asks_for_waits_for_another(console: Console) -> None:
    address = asks(console.browser("otieno"))
    asked = record_of(console, address).asked
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status
    assert (500, "254712345678", "SalaryPayment", "Wages of Monday", "W-1", "600998") == (
        asked.amount_kes, asked.phone, asked.command, asked.remarks, asked.order, asked.shortcode,
    )  # fmt: skip
    assert person_id(ISSUER, "subject-otieno") == asked.maker == asked.created_by


def test_a_sum_that_goes_without_a_second_person_is_not_called_safe(console: Console) -> None:
    console.gateway.environment["APPROVE_ABOVE"] = "500"
    shown = words(console.browser("otieno").send("/console/payouts/confirm", **FORM, nonce="a" * 32))
    assert "without a second person" in shown
    assert "Nothing is sent by this" not in shown


def test_another_person_approves_exactly_what_was_shown(console: Console) -> None:
    address = asks(console.browser("otieno"))
    answer = approves(console.browser("achieng"), address, note="seen")
    (decision,) = state_of(console, address).approvals
    assert (303, f"{address}?done=approved") == (answer.status, answer.headers["Location"])
    assert OutgoingStatus.APPROVED is state_of(console, address).status
    assert ("approved", person_id(ISSUER, "subject-achieng"), "Achieng", "seen") == (
        decision.what, decision.subject, decision.shown_as, decision.note,
    )  # fmt: skip


def test_who_asked_cannot_approve(console: Console) -> None:
    browser = console.browser("otieno")
    address = asks(browser)
    shown = browser.get(address)
    answer = approves(browser, address)
    assert "Another person must approve it." in words(shown)
    assert 409 == answer.status
    assert "You asked for this yourself. Nothing was sent" in words(answer)
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_one_person_in_two_browsers_is_one_person(console: Console) -> None:
    address = asks(console.browser("otieno"))
    answer = approves(console.browser("otieno"), address)
    assert 409 == answer.status
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_one_person_under_two_invitations_with_two_roles_is_one_person(console: Console) -> None:
    console.invite(member("boss", Role.ADMIN))
    address = asks(console.browser("otieno"))
    second = console.browser()
    second.sign_in("boss", sub="subject-otieno")
    assert 409 == approves(second, address).status
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_an_admin_alone_cannot_make_a_second_person_who_approves(console: Console) -> None:
    """He may propose one; until another admin agrees, that one is not even let in."""
    admin = console.browser("njeri")
    answer = admin.send("/console/staff", email="njeri2@shop.example", name="Njeri again", **{"role-accountant": "yes"})
    assert "/console/staff?done=proposed" == answer.headers["Location"]
    assert 403 == console.browser().sign_in("njeri2").status


def test_five_minutes_after_the_sign_in_it_is_asked_for_anew(console: Console) -> None:
    """The way back leads to the same payout, and then it goes."""
    address = asks(console.browser("otieno"))
    browser = console.browser("achieng")
    terms = hidden(browser.get(address))["terms"]
    console.later(5)
    answer = browser.send(f"{address}/approve", terms=terms)
    assert 403 == answer.status
    assert f"/console/sign-in?fresh=yes&amp;to={address}" in answer.body
    assert f"/console/sign-in?fresh=yes&amp;to={address}" in browser.get(address).body
    back = browser.sign_in("achieng", f"?fresh=yes&to={address}")
    assert (303, address) == (back.status, back.headers["Location"])
    assert 303 == approves(browser, address).status


@pytest.mark.parametrize("auth_time", [None, 1_772_442_904 - 301], ids=["not told", "long ago"])
def test_a_sign_in_that_was_not_fresh_does_not_count_as_fresh(console: Console, auth_time: Any) -> None:
    """An issuer that lets a person through without asking."""
    browser = console.browser()
    answer = browser.sign_in("achieng", "?fresh=yes&to=/console/payouts", auth_time=auth_time)
    assert 400 == answer.status
    assert "did not ask who you are just now" in words(answer)


def test_an_issuer_that_tells_no_time_opens_pages_and_sends_no_money(console: Console) -> None:
    address = asks(console.browser("otieno"))
    browser = console.browser()
    browser.sign_in("achieng", auth_time=None)
    assert (200, 403) == (browser.get("/console").status, approves(browser, address).status)
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_terms_that_are_not_those_that_stand_there_send_nothing(console: Console) -> None:
    address = asks(console.browser("otieno"))
    answer = approves(console.browser("achieng"), address, terms="0" * 16)
    assert 409 == answer.status
    assert "It has changed since you saw it. Nothing was sent." in words(answer)
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_terms_of_another_payout_send_nothing(console: Console) -> None:
    maker, checker = console.browser("otieno"), console.browser("achieng")
    small, large = asks(maker), asks(maker, amount="90,000")
    terms = hidden(checker.get(small))["terms"]
    assert 409 == approves(checker, large, terms=terms).status
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, large).status


def test_approving_twice_is_once(console: Console) -> None:
    address = asks(console.browser("otieno"))
    browser = console.browser("achieng")
    terms = hidden(browser.get(address))["terms"]
    first, second = (browser.send(f"{address}/approve", terms=terms) for _ in range(2))
    assert (303, 1) == (first.status, len(state_of(console, address).approvals))
    assert second.status in (303, 409)


def test_a_no_is_for_good(console: Console) -> None:
    address = asks(console.browser("otieno"))
    browser = console.browser("achieng")
    terms = hidden(browser.get(address))["terms"]
    rejected = browser.send(f"{address}/reject", terms=terms)
    after = browser.send(f"{address}/approve", terms=terms)
    assert (303, 409) == (rejected.status, after.status)
    assert OutgoingStatus.REJECTED is state_of(console, address).status


def test_who_asked_may_withdraw(console: Console) -> None:
    browser = console.browser("otieno")
    address = asks(browser)
    shown = browser.get(address)
    browser.send(f"{address}/reject", terms=hidden(shown)["terms"])
    assert "Withdraw it" in words(shown)
    assert OutgoingStatus.REJECTED is state_of(console, address).status


@pytest.mark.parametrize("name", ["wanjiku", "kiprono"])
def test_cashier_and_operator_decide_nothing(console: Console, name: str) -> None:
    address = asks(console.browser("otieno"))
    terms = hidden(console.browser("achieng").get(address))["terms"]
    browser = console.browser(name)
    statuses = {browser.send(f"{address}/{act}", terms=terms).status for act in ("approve", "reject")}
    assert {403} == statuses
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_a_form_that_is_sent_twice_is_one_payout(console: Console) -> None:
    browser = console.browser("otieno")
    nonce = hidden(browser.get("/console/payouts/new"))["nonce"]
    first, again = (browser.send("/console/payouts", **FORM, nonce=nonce) for _ in range(2))
    changed = browser.send("/console/payouts", **{**FORM, "amount": "9000"}, nonce=nonce)
    assert first.headers["Location"] == again.headers["Location"]
    assert 409 == changed.status
    assert "This form was sent before, with other fields" in words(changed)
    assert [500] == [one.asked.amount_kes for one in console.world.outgoings.outgoings.values()]


def test_two_persons_with_one_nonce_have_two_payouts(console: Console) -> None:
    for name in ("otieno", "achieng"):
        console.browser(name).send("/console/payouts", **FORM, nonce="a" * 32)
    assert 2 == len(console.world.outgoings.outgoings)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("phone", "0812345678", "Give a Safaricom number"),
        ("phone", "", "Give a Safaricom number"),
        ("amount", "9", "Give whole shillings"),
        ("amount", "500.50", "Give whole shillings"),
        ("amount", "-500", "Give whole shillings"),
        ("amount", "250001", "Give whole shillings"),
        ("amount", "\N{ARABIC-INDIC DIGIT FIVE}00", "Give whole shillings"),
        ("amount", "9" * 400, "Give whole shillings"),
        ("remarks", "x", "Say why"),
        ("remarks", "x" * 101, "Say why"),
        ("purpose", "bribe", "Choose one of the three"),
        ("order", "x" * 65, "A number of your own"),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_stays_there(
    console: Console, field: str, typed: str, told: str
) -> None:
    browser = console.browser("otieno")
    answers = [
        browser.send(path, **{**FORM, "nonce": "a" * 32, field: typed})
        for path in ("/console/payouts/confirm", "/console/payouts")
    ]
    assert {422} == {answer.status for answer in answers}
    assert all(told in words(answer) for answer in answers)
    assert {} == console.world.outgoings.outgoings


def test_what_was_typed_comes_back_to_be_changed(console: Console) -> None:
    browser = console.browser("otieno")
    answer = browser.send("/console/payouts/confirm", **FORM, nonce="a" * 32, change="yes")
    assert 200 == answer.status
    assert 'value="Wages of Monday"' in answer.body
    assert 'value="0712 345 678"' in answer.body


def test_the_list_says_who_asked_who_approved_and_when(console: Console) -> None:
    address = asks(console.browser("otieno"))
    browser = console.browser("achieng")
    waiting = words(browser.get("/console/payouts"))
    approves(browser, address)
    running = words(browser.get("/console/payouts"))
    assert re.search(r"To approve .* payout Wages of Monday 07\S+678 Otieno – to approve KSh 500", waiting)
    assert re.search(r"On their way .* payout Wages of Monday 07\S+678 Otieno Achieng approved KSh 500", running)


def test_what_a_persons_own_key_asked_for_is_said_to_be_theirs(console: Console) -> None:
    address = asks(console.browser("otieno"))
    record = record_of(console, address)
    by_key = replace(record, asked=replace(record.asked, created_by="key_otieno"))
    console.world.outgoings.outgoings[record.id] = by_key
    browser = console.browser("achieng")
    assert ["API key ( key_otieno ), held by Otieno"] * 2 == [
        found
        for path in (address, "/console/payouts")
        for found in re.findall(r"API key \( \S+ \), held by Otieno", words(browser.get(path)))
    ]


def test_a_shop_that_pays_nothing_out_says_so(console: Console) -> None:
    settings = console.world.store.settings
    settings[SHOP] = replace(settings[SHOP], payout_shortcode="")
    browser = console.browser("otieno")
    opened, sent = browser.get("/console/payouts/new"), browser.send("/console/payouts", **FORM, nonce="a" * 32)
    assert (409, 409) == (opened.status, sent.status)
    assert "This shop pays nothing out" in words(opened)


def test_a_decision_that_was_not_taken_is_reported_with_the_person(console: Console) -> None:
    browser = console.browser("otieno")
    approves(browser, asks(browser))
    told = [fields for name, fields in console.world.ambient.reports if name == "decision_refused"]
    assert [{"person": person_id(ISSUER, "subject-otieno"), "why": "maker_is_checker"}] == told


def test_another_shops_payout_is_not_there(console: Console) -> None:
    address = asks(console.browser("otieno"))
    console.invite(member("halima", Role.ADMIN, owner="other"))
    browser = console.browser("halima")
    assert (404, 404) == (browser.get(address).status, browser.send(f"{address}/approve", terms="a").status)
    assert OutgoingStatus.AWAITING_APPROVAL is state_of(console, address).status


def test_what_ended_is_found_on_the_day_it_was_asked_for(console: Console) -> None:
    browser = console.browser("otieno")
    address = asks(browser)
    assert 303 == browser.send(f"{address}/reject", terms=hidden(browser.get(address))["terms"]).status
    console.later(24 * 60)
    next_day = console.browser("otieno")
    today = words(next_day.get("/console/payouts"))
    asked_on = words(next_day.get(f"/console/payouts?day={day_of(record_of(console, address).asked.created_at_ms)}"))
    assert "Nothing that was asked for on this day is done." in today
    assert "Wages of Monday" not in today
    assert re.search(r"Asked for on .* and done .* Wages of Monday .* rejected", asked_on)
