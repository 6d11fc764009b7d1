"""A whole file of payouts: one line in the list, one decision, by a person who is not its maker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.money_out.outgoing import OutgoingStatus
from gateway.domain.staff import person_id
from gateway.ports import StoreUnavailable
from tests.memory_staff import ISSUER
from tests.unit.console.file_stage import ADDRESS, FILE_ID, OUT_IDS, keep_file, paid_before, payout_file, states
from tests.unit.console.staff_stage import Browser, Console, hidden, words
from tests.unit.web.shop import SECRET, Answered

WAITS, APPROVED, REJECTED = OutgoingStatus.AWAITING_APPROVAL, OutgoingStatus.APPROVED, OutgoingStatus.REJECTED


@pytest.fixture
def console() -> Console:
    """With a file that waits."""
    console = Console()
    keep_file(console)
    return console


def statuses(console: Console) -> list[OutgoingStatus]:
    return [state.status for state in states(console)]


def decides(browser: Browser, what: str = "approve", shown: dict[str, str] | None = None) -> Answered:
    """Press the button on the page as it stands, or as it was shown."""
    return browser.send(f"{ADDRESS}/{what}", **(form_shown(browser) if shown is None else shown), note="seen")


def form_shown(browser: Browser) -> dict[str, str]:
    """What the page's forms say of the file."""
    fields = hidden(browser.get(ADDRESS))
    return {name: fields[name] for name in ("terms", "lines") if name in fields}


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
    shown = form_shown(browser)
    rejects_one(console)
    answer = decides(browser, shown=shown)
    assert "2 payouts are approved." in words(answer)
    assert "Left out, since it had changed meanwhile: Line 3 , 07•••••332 , KSh 600 : rejected" in words(answer)
    assert [APPROVED, REJECTED, APPROVED] == statuses(console)


def test_other_lines_than_were_shown_are_not_approved(console: Console) -> None:
    browser = console.browser("achieng")
    shown = form_shown(browser)
    outgoings = console.world.outgoings.outgoings
    before = outgoings[OUT_IDS[2]]
    outgoings[OUT_IDS[2]] = replace(before, asked=replace(before.asked, amount_kes=70_000))
    answer = decides(browser, shown=shown)
    assert 409 == answer.status
    assert "It has changed since you saw it." in words(answer)
    assert [WAITS] * 3 == statuses(console)


@pytest.mark.parametrize("terms", ["", "0" * 32, "é"])
def test_made_up_terms_approve_nothing(terms: str, console: Console) -> None:
    assert 409 == decides(console.browser("achieng"), shown={"terms": terms, "lines": "1-3"}).status
    assert [WAITS] * 3 == statuses(console)


@pytest.mark.parametrize("lines", ["", "1-2", "1-4", "3-1", "1,1-3", "0-3", "1-3,", "\u0661-3", "1-9999", "x"])
def test_other_lines_than_the_terms_are_of_approve_nothing(lines: str, console: Console) -> None:
    """The terms name the lines that were shown as waiting."""
    browser = console.browser("achieng")
    answer = decides(browser, shown={**form_shown(browser), "lines": lines})
    assert (409, [WAITS] * 3) == (answer.status, statuses(console))


def test_a_press_that_dies_half_way_is_pressed_again(console: Console) -> None:
    browser = console.browser("achieng")
    shown = form_shown(browser)
    reads = console.world.fail_next["Outgoings.read_outgoing"]
    console.world.after["Outgoings.save_outgoing"] = lambda: reads.append(StoreUnavailable("away"))
    first = decides(browser, shown=shown)
    half = statuses(console)
    second = decides(browser, shown=shown)
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
    shown = form_shown(browser)
    console.later(5)
    answer = decides(browser, shown=shown)
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


def test_time_that_runs_out_leaves_the_other_lines_for_the_next_press(console: Console) -> None:
    browser = console.browser("achieng")
    shown = form_shown(browser)
    ambient = console.world.ambient
    console.world.after["Outgoings.save_outgoing"] = lambda: setattr(ambient, "left_ms", 5_000)
    answer = decides(browser, shown=shown)
    console.world.after.clear()
    ambient.left_ms = 20_000
    again = decides(browser, shown=shown)
    assert "1 payouts are approved." in words(answer)
    assert "2 still wait: press again" in words(answer)
    assert "3 payouts are approved." in words(again)
    assert [APPROVED] * 3 == statuses(console)


def test_its_page_names_the_largest_and_what_differs_from_earlier_payouts(console: Console) -> None:
    """The first number was paid the same before, the second one other money, the third one never."""
    paid_before(console, "254711222331", 500)
    paid_before(console, "254711222332", 60)
    shown = words(console.browser("achieng").get(ADDRESS))
    assert "The largest KSh 700 to 07•••••333 , line 4" in shown
    assert "Look at these 2 first" in shown
    assert "3 07•••••332 last time KSh 60 to approve KSh 600 4 07•••••333 never paid before to approve" in shown


def test_without_earlier_payouts_its_page_says_so(console: Console) -> None:
    shown = words(console.browser("achieng").get(ADDRESS))
    assert "Nothing was paid out before, so there is nothing to compare with" in shown
    assert "Look at" not in shown


def test_a_file_like_the_last_one_says_so(console: Console) -> None:
    for number, amount_kes in enumerate((500, 600, 700), start=1):
        paid_before(console, f"25471122233{number}", amount_kes)
    shown = words(console.browser("achieng").get(ADDRESS))
    assert "Every number was paid this very amount the last time." in shown


def test_a_sum_above_the_days_limit_is_told_before(console: Console) -> None:
    console.gateway.environment["PAYOUTS_KES_PER_DAY"] = "1500"
    shown = words(console.browser("achieng").get(ADDRESS))
    assert "KSh 1,500 : more than this waits for the next day" in shown


def test_its_page_speaks_swahili(console: Console) -> None:
    shown = words(console.browser("achieng").get(f"{ADDRESS}?lang=sw"))
    assert "Utume KSh 1,800 kwa malipo 3 ya “Wages March”?" in shown
    assert "Kataa yote yanayosubiri" in shown


def test_an_api_key_decides_nothing(console: Console) -> None:
    """No key is a person, whatever its scopes."""
    shown = form_shown(console.browser("achieng"))
    answer = Browser(console).post(f"{ADDRESS}/approve", shown, authorization=f"Bearer {SECRET}")
    assert (303, "/console/sign-in?to=/console") == (answer.status, answer.headers["Location"])
    assert [WAITS] * 3 == statuses(console)


def test_a_cashier_sees_it_and_decides_nothing(console: Console) -> None:
    browser = console.browser("wanjiku")
    shown = browser.get(ADDRESS)
    assert (200, False) == (shown.status, "terms" in hidden(shown))
    assert 403 == decides(browser, shown={"terms": "0" * 32, "lines": "1-3"}).status


@pytest.mark.parametrize("file_id", ["file_" + "9" * 32, "x", OUT_IDS[0]])
def test_what_is_no_file_here_is_not_there(file_id: str, console: Console) -> None:
    assert 404 == console.browser("achieng").get(f"/console/payouts/files/{file_id}").status


def test_another_shops_file_is_not_there(console: Console) -> None:
    files = console.world.outgoings.files
    files[FILE_ID] = replace(files[FILE_ID], owner="other")
    assert 404 == console.browser("achieng").get(ADDRESS).status


def test_once_it_is_decided_nothing_is_to_be_looked_at_first(console: Console) -> None:
    """Then its own payouts are what was paid before."""
    paid_before(console, "254711222331", 500)
    browser = console.browser("achieng")
    decides(browser)
    shown = words(browser.get(ADDRESS))
    assert "never paid before" not in shown
    assert "07•••••333" in shown
