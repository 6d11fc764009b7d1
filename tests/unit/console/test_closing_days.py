"""How an accountant settles a day on its page: explains what differs, closes it, opens it again."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from gateway.domain.reconciliation.compare import Action, LineKind, Proposal
from gateway.domain.reconciliation.decisions import line_id
from gateway.domain.staff import person_id
from gateway.flows.reconciliation import explain_many
from gateway.flows.reconciliation.run import reconcile_day
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import Browser, Console, words
from tests.unit.web import reconciliation_sample
from tests.unit.web.shop import Answered

DAY, CLOSED_DAY = "/console/reconciliation/2026-03-02", "/console/reconciliation/2026-03-01"
NOTE = "Paid in by the owner"


@pytest.fixture
def console() -> Console:
    """A shop with staff, a day that has one difference, and a closed day before it."""
    made = Console()
    reconciliation_sample.store(made.gateway)
    return made


@pytest.fixture
def accountant(console: Console) -> Browser:
    """Otieno's browser."""
    return console.browser("otieno")


def line_of(console: Console) -> str:
    """The id of the day's one difference."""
    days = console.world.reconciliations
    record = next(record for record in days.days.values() if record.day == "2026-03-02")
    return line_id(days.read_lines(record)[0])


def explain(console: Console, browser: Browser, note: str = NOTE) -> Answered:
    """The form below the line, sent."""
    return browser.send(f"{DAY}/explain", line=line_of(console), note=note)


def on_the_day_after(console: Console, browser: Browser, note: str = "") -> Answered:
    """The day is closed, as its page showed it."""
    console.later(24 * 60)
    browser = console.browser("otieno")
    outcome = re.search(r'name="outcome" value="([0-9a-f]+)"', browser.get(DAY).body)
    assert outcome is not None
    return browser.send(f"{DAY}/close", note=note, outcome=outcome[1])


def test_an_explanation_is_kept_with_who_gave_it(console: Console, accountant: Browser) -> None:
    answer = explain(console, accountant)
    page = words(accountant.get(DAY))
    assert f"{DAY}?shortcode=174379&done=explained" == answer.headers["Location"]
    assert f"Explained: {NOTE} Otieno" in page
    assert "Who decided what" in page


def test_a_note_of_one_long_word_breaks_so_that_amounts_stay_in_sight(console: Console, accountant: Browser) -> None:
    """At its line and in the history: a table is as wide as its longest word."""
    word = "w" * 300
    explain(console, accountant, word)
    page = accountant.get(DAY).body
    assert (2, 2) == (
        page.count(word), page.count(f'<b class="wrap">Explained: {word}<') + page.count(f'<span class="wrap">{word}<')
    )  # fmt: skip


@pytest.mark.parametrize("note", ["", "x" * 301])
def test_a_bad_note_is_told_at_its_line_and_stays_typed(console: Console, accountant: Browser, note: str) -> None:
    answer = explain(console, accountant, note)
    assert (422, True, True) == (
        answer.status,
        f'<a href="#{line_of(console)}">Write 1 to 300 characters in one line.' in answer.body,
        f'value="{note}"></div>' in answer.body,
    )
    assert "<details open>" in answer.body


def test_all_lines_of_a_kind_are_explained_by_one_reason(console: Console, accountant: Browser) -> None:
    """Offered where there are several; shown as one in the history, and kept line by line."""
    reconciliation_sample.store_many_paid_out(console.gateway, 3)
    place = f"{DAY}?shortcode={reconciliation_sample.PAYS_OUT}"
    before = words(accountant.get(place))

    answer = accountant.send(
        f"{DAY}/explain-all?shortcode={reconciliation_sample.PAYS_OUT}", kind="paid_out", note="Wages of March"
    )

    after = words(accountant.get(place))
    assert "Explain all 3 like this: Paid out, and nobody here did, KSh 2,700" in before
    assert (303, f"{place}&done=explained") == (answer.status, answer.headers["Location"])
    assert (False, True, 3) == (
        "Explain all" in after, "Explained 3 lines" in after, after.count("Explained: Wages of March")
    )  # fmt: skip


def test_a_payout_that_the_statement_lacks_is_linked_and_not_to_be_sent_again(
    console: Console, accountant: Browser
) -> None:
    """The advice that costs money if it is not read, and the way to the payout."""
    reconciliation_sample.store_many_paid_out(console.gateway, 1)
    days, payout = console.world.reconciliations, "out_" + "5" * 32
    key = next(key for key in days.lines if key[1] == reconciliation_sample.PAYS_OUT)
    why = (f"M-PESA said that {payout} had succeeded", "its code is missing")
    lacked = replace(days.lines[key][0], kind=LineKind.PAYOUT_NOT_IN_STATEMENT, proposed=Proposal(Action.LOOK, why))
    days.lines[key] = (lacked,)

    page = accountant.get(f"{DAY}?shortcode={reconciliation_sample.PAYS_OUT}")

    assert f'Do not send it again. <a href="/console/payouts/{payout}">What we sent</a>' in page.body
    assert "What went out is in none of them" in words(page)


def test_of_money_that_came_in_nothing_is_said_of_what_went_out(accountant: Browser) -> None:
    assert "What went out" not in words(accountant.get(DAY))


def test_where_one_request_does_not_take_all_lines_the_reason_stands_ready_for_the_rest(
    console: Console, accountant: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain_many, "LINES_MAX", 2)
    reconciliation_sample.store_many_paid_out(console.gateway, 4)
    place = f"{DAY}?shortcode={reconciliation_sample.PAYS_OUT}"

    answer = accountant.send(
        f"{DAY}/explain-all?shortcode={reconciliation_sample.PAYS_OUT}", kind="paid_out", note="Wages of March"
    )

    page = accountant.get(answer.headers["Location"])
    assert f"{place}&done=explained_some" == answer.headers["Location"]
    assert (True, True) == ("more are left" in words(page), 'value="Wages of March"' in page.body)


@pytest.mark.parametrize(
    ("kind", "note", "status", "told"),
    [
        ("paid_out", "", 422, "Write 1 to 300 characters"),
        ("moonshine", NOTE, 404, ""),
    ],
)
def test_a_reason_for_many_lines_is_looked_at_first(
    accountant: Browser, kind: str, note: str, status: int, told: str
) -> None:
    answer = accountant.send(f"{DAY}/explain-all", kind=kind, note=note)
    assert (status, True) == (answer.status, told in words(answer))


def test_of_a_closed_day_no_lines_are_explained(accountant: Browser) -> None:
    answer = accountant.send(f"{CLOSED_DAY}/explain-all", kind="paid_out", note=NOTE)
    assert (409, True) == (answer.status, "the day is closed" in words(answer))


def test_a_line_that_changed_meanwhile_is_not_explained(accountant: Browser) -> None:
    answer = accountant.send(f"{DAY}/explain", line="line_" + "0" * 16, note=NOTE)
    assert (409, True) == (answer.status, "this line has changed since you saw it" in words(answer))


def test_a_day_says_what_is_missing_before_it_can_be_closed(console: Console, accountant: Browser) -> None:
    """First that it is not over, then its open line, then M-PESA's whole list."""
    said = [words(accountant.get(DAY))]
    console.later(24 * 60)
    later = console.browser("otieno")
    said.append(words(later.get(DAY)))
    explain(console, later)
    said.append(words(later.get(DAY)))
    assert [True] * 3 == [
        "A day can be closed once it is over." in said[0],
        "1 of its lines must be explained" in said[1],
        "Why is it closed without the whole list?" in said[2],
    ]


def test_a_day_is_closed_with_a_reason_where_the_list_has_a_gap(console: Console, accountant: Browser) -> None:
    explain(console, accountant)
    answer = on_the_day_after(console, accountant, "As the statement")
    page = words(console.browser("otieno").get(DAY))
    assert (303, True, False) == (answer.status, "by Otieno" in page, "Compare now" in page)


def test_a_day_without_the_whole_list_is_not_closed_without_a_word(console: Console, accountant: Browser) -> None:
    explain(console, accountant)
    answer = on_the_day_after(console, accountant)
    assert (409, True) == (answer.status, "or say why it is closed as it is" in words(answer))


def test_a_form_for_another_outcome_closes_nothing(console: Console, accountant: Browser) -> None:
    explain(console, accountant)
    console.later(24 * 60)
    answer = console.browser("otieno").send(f"{DAY}/close", note="seen", outcome="0" * 16)
    assert (409, True) == (answer.status, "it was compared anew and came out otherwise" in words(answer))


def test_a_day_with_an_open_line_is_not_closed_by_a_form_of_old(console: Console) -> None:
    console.later(24 * 60)
    answer = console.browser("otieno").send(f"{DAY}/close", note="seen")
    assert (409, True) == (answer.status, "1 of its lines must be explained" in words(answer))


def test_a_closed_day_is_not_compared_nor_explained(console: Console, accountant: Browser) -> None:
    answers = [
        accountant.send(f"{CLOSED_DAY}/compare"),
        accountant.send(f"{CLOSED_DAY}/explain", line=line_of(console), note=NOTE),
    ]
    assert [(409, True)] * 2 == [(one.status, "the day is closed" in words(one)) for one in answers]


def test_a_closed_day_is_opened_again_with_its_reason(accountant: Browser) -> None:
    refused = accountant.send(f"{CLOSED_DAY}/reopen", reason=" ")
    opened = accountant.send(f"{CLOSED_DAY}/reopen", reason="A receipt turned up")
    page = words(accountant.get(CLOSED_DAY))
    assert (422, 303, True, True) == (
        refused.status, opened.status, "Compare now" in page, "A receipt turned up" in page
    )  # fmt: skip


@pytest.mark.parametrize("act", ["explain", "close", "reopen"])
def test_a_note_with_a_line_break_is_one_line(console: Console, accountant: Browser, act: str) -> None:
    """Browsers send none from these fields; another program may."""
    forms = {"explain": ("note", DAY), "close": ("note", CLOSED_DAY), "reopen": ("reason", CLOSED_DAY)}
    name, place = forms[act]
    answer = accountant.send(f"{place}/{act}", **{name: "two\nlines", "line": line_of(console)})
    assert 303 == answer.status


def test_a_long_note_closes_and_opens_nothing(accountant: Browser) -> None:
    answers = [
        accountant.send(f"{CLOSED_DAY}/close", note="x" * 301),
        accountant.send(f"{CLOSED_DAY}/reopen", reason="x" * 301),
    ]
    assert [422, 422] == [one.status for one in answers]


def test_a_day_that_nobody_compared_is_explained_and_closed_by_nobody(accountant: Browser) -> None:
    place = "/console/reconciliation/2026-02-28"
    answers = [
        accountant.send(f"{place}/explain", line="line_" + "0" * 16, note=NOTE), accountant.send(f"{place}/close"),
        accountant.send(f"{place}/reopen", reason=NOTE),
    ]  # fmt: skip
    assert [409] * 3 == [one.status for one in answers]


def test_news_of_a_closed_day_stands_beside_its_sums_and_in_the_month(console: Console, accountant: Browser) -> None:
    books = console.world.books
    page = next(iter(books.pages.values()))
    row = replace(page.rows[0], receipt="SGL1LATE01", amount_kes=700, completed_at_ms=page.learned_at_ms - 86_400_000)
    books.keep_page(replace(page, day="2026-03-01", rows=(row,)))
    code = console.world.store.settings["shop"].shortcodes[0]
    run(reconcile_day("shop", code, "2026-03-01", FlowSettings()), console.world)
    shown, month = words(accountant.get(CLOSED_DAY)), words(accountant.get("/console/reconciliation"))
    pieces = {"Since the day was closed", "With it the day would read", "KSh 700", "SGL 1LA TE01"}
    assert set() == {piece for piece in pieces if piece not in shown}
    assert "Sunday 1 March 2026 closed news since" in month


def test_the_days_file_names_who_explained_a_line(console: Console, accountant: Browser) -> None:
    explain(console, accountant, "=1+1")
    file = accountant.get(f"{DAY}.csv").body.removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(file))
    assert ("'=1+1", "Otieno") == (row["resolution"], row["resolved_by"])


def test_what_was_said_of_a_line_before_it_changed_is_shown(console: Console, accountant: Browser) -> None:
    explain(console, accountant)
    books = console.world.books
    page = next(one for one in books.pages.values() if one.day == "2026-03-02")
    rows = tuple(replace(one, amount_kes=one.amount_kes + 1) if one.amount_kes else one for one in page.rows)
    books.keep_page(replace(page, rows=rows))
    accountant.send(f"{DAY}/compare")
    assert f"Explained before as “{NOTE}” (Otieno" in words(accountant.get(DAY))


def test_who_decided_stands_in_the_log_by_its_id(console: Console, accountant: Browser) -> None:
    explain(console, accountant)
    told = [fields["by"] for name, fields in console.world.ambient.reports if name == "difference_explained"]
    assert [person_id(ISSUER, "subject-otieno")] == told


def test_a_cashier_settles_nothing(console: Console) -> None:
    cashier = console.browser("wanjiku")
    before = dict(console.world.reconciliations.said)
    answers = [cashier.send(f"{DAY}/{act}", line=line_of(console), note=NOTE) for act in ("explain", "close", "reopen")]
    assert ([403] * 3, before) == ([one.status for one in answers], console.world.reconciliations.said)
