"""A whole file of payouts: one line in the list, one decision, by a person who is not its maker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.money_out.outgoing import OutgoingStatus
from gateway.domain.staff import person_id
from gateway.ports import StoreUnavailable
from tests.memory_staff import ISSUER
from tests.unit.console.file_stage import ADDRESS, FILE_ID, OUT_IDS, keep_file, payout_file, states
from tests.unit.console.staff_stage import Browser, Console, hidden, words
from tests.unit.web.shop import Answered

WAITS, APPROVED, REJECTED = OutgoingStatus.AWAITING_APPROVAL, OutgoingStatus.APPROVED, OutgoingStatus.REJECTED


@pytest.fixture
def console() -> Console:
    """With a file that waits."""
    console = Console()
    keep_file(console)
    return console


def statuses(console: Console) -> list[OutgoingStatus]:
    return [state.status for state in states(console)]


def decides(browser: Browser, what: str = "approve", terms: str | None = None) -> Answered:
    """Press the button on the page as it stands."""
    shown = hidden(browser.get(ADDRESS)).get("terms", "") if terms is None else terms
    return browser.send(f"{ADDRESS}/{what}", terms=shown, note="seen")


def terms_shown(browser: Browser) -> str:
    return hidden(browser.get(ADDRESS))["terms"]


def rejects_one(console: Console) -> None:
    """Somebody else says no to the second line."""
    other = console.browser("mutua")
    address = f"/console/payouts/{OUT_IDS[1]}"
    assert 303 == other.send(f"{address}/reject", terms=hidden(other.get(address))["terms"]).status


def test_a_file_is_one_line_of_the_list(console: Console) -> None:
    answer = console.browser("achieng").get("/console/payouts")
    assert (1, 0) == (answer.body.count(ADDRESS), answer.body.count(OUT_IDS[0]))
    assert "file of payouts Wages March 3 recipients" in words(answer)
    assert "KSh 1,800" in words(answer)


def test_its_page_shows_every_line_with_numbers_masked(console: Console) -> None:
    answer = console.browser("achieng").get(ADDRESS)
    assert "Send KSh 1,800 in 3 payouts of “Wages March”?" in words(answer)
    assert [1, 1, 1] == [answer.body.count(f"/console/payouts/{out_id}") for out_id in OUT_IDS]
    assert "254711222331" not in answer.body


def test_one_press_approves_every_line_with_a_fact_of_its_own(console: Console) -> None:
    answer = decides(console.browser("achieng"))
    decisions = [(one.what, one.subject, one.note) for state in states(console) for one in state.approvals]
    assert "3 payouts are approved." in words(answer)
    assert [APPROVED] * 3 == statuses(console)
    assert [("approved", person_id(ISSUER, "subject-achieng"), "seen")] * 3 == decisions


def test_one_press_rejects_every_line(console: Console) -> None:
    answer = decides(console.browser("achieng"), "reject")
    assert "3 payouts are rejected." in words(answer)
    assert [REJECTED] * 3 == statuses(console)


def test_what_was_decided_before_is_not_asked_about_again(console: Console) -> None:
    rejects_one(console)
    browser = console.browser("achieng")
    shown = browser.get(ADDRESS)
    answer = decides(browser)
    assert "Send KSh 1,200 in 2 payouts" in words(shown)
    assert "2 payouts are approved." in words(answer)
    assert [APPROVED, REJECTED, APPROVED] == statuses(console)


def test_what_changes_between_look_and_press_is_left_out(console: Console) -> None:
    """A no that came while the page was read is a no."""
    browser = console.browser("achieng")
    terms = terms_shown(browser)
    rejects_one(console)
    answer = decides(browser, terms=terms)
    assert "2 payouts are approved." in words(answer)
    assert [APPROVED, REJECTED, APPROVED] == statuses(console)


def test_other_lines_than_were_shown_are_not_approved(console: Console) -> None:
    browser = console.browser("achieng")
    terms = terms_shown(browser)
    outgoings = console.world.outgoings.outgoings
    before = outgoings[OUT_IDS[2]]
    outgoings[OUT_IDS[2]] = replace(before, asked=replace(before.asked, amount_kes=70_000))
    answer = decides(browser, terms=terms)
    assert 409 == answer.status
    assert "It has changed since you saw it." in words(answer)
    assert [WAITS] * 3 == statuses(console)


@pytest.mark.parametrize("terms", ["", "0" * 32, "é"])
def test_made_up_terms_approve_nothing(terms: str, console: Console) -> None:
    assert 409 == decides(console.browser("achieng"), terms=terms).status
    assert [WAITS] * 3 == statuses(console)


def test_a_press_that_dies_half_way_is_pressed_again(console: Console) -> None:
    browser = console.browser("achieng")
    terms = terms_shown(browser)
    reads = console.world.fail_next["Outgoings.read_outgoing"]
    console.world.after["Outgoings.save_outgoing"] = lambda: reads.append(StoreUnavailable("away"))
    first = decides(browser, terms=terms)
    half = statuses(console)
    second = decides(browser, terms=terms)
    assert (503, [APPROVED, WAITS, WAITS], 200) == (first.status, half, second.status)
    assert [APPROVED] * 3 == statuses(console)


def test_who_asked_for_it_cannot_approve_but_withdraw(console: Console) -> None:
    maker = person_id(ISSUER, "subject-otieno")
    console.world.outgoings.outgoings.clear()
    console.world.outgoings.files.clear()
    keep_file(console, maker=maker)
    browser = console.browser("otieno")
    shown, answer = browser.get(ADDRESS), decides(browser)
    standing = statuses(console)
    withdrawn = decides(browser, "reject")
    assert "Another person must approve it." in words(shown)
    assert (409, [WAITS] * 3) == (answer.status, standing)
    assert (200, [REJECTED] * 3) == (withdrawn.status, statuses(console))


def test_five_minutes_after_the_sign_in_it_is_asked_for_anew(console: Console) -> None:
    browser = console.browser("achieng")
    terms = terms_shown(browser)
    console.later(5)
    answer = decides(browser, terms=terms)
    assert 403 == answer.status
    assert f"/console/sign-in?fresh=yes&amp;to={ADDRESS}" in answer.body
    assert f"/console/sign-in?fresh=yes&amp;to={ADDRESS}" in browser.get(ADDRESS).body
    assert [WAITS] * 3 == statuses(console)


def test_a_file_of_which_a_line_is_still_missing_is_not_decided(console: Console) -> None:
    """Its maker died on the way; the sweep takes it up."""
    files = console.world.outgoings.files
    files[FILE_ID] = payout_file()
    answer = console.browser("achieng").get(ADDRESS)
    assert "still being taken in" in words(answer)
    assert "terms" not in hidden(answer)


def test_a_cashier_sees_it_and_decides_nothing(console: Console) -> None:
    browser = console.browser("wanjiku")
    shown = browser.get(ADDRESS)
    assert (200, False) == (shown.status, "terms" in hidden(shown))
    assert 403 == decides(browser, terms="0" * 32).status


@pytest.mark.parametrize("file_id", ["file_" + "9" * 32, "x", OUT_IDS[0]])
def test_what_is_no_file_here_is_not_there(file_id: str, console: Console) -> None:
    assert 404 == console.browser("achieng").get(f"/console/payouts/files/{file_id}").status


def test_another_shops_file_is_not_there(console: Console) -> None:
    files = console.world.outgoings.files
    files[FILE_ID] = replace(files[FILE_ID], owner="other")
    assert 404 == console.browser("achieng").get(ADDRESS).status
