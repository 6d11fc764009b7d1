"""The accountant's pages: compared days with what to do about each difference, and payments as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Side
from gateway.domain.staff import person_id
from gateway.web.console import exports
from gateway.web.reconciliation_csv import csv_answer
from tests.memory_staff import ISSUER
from tests.unit.console.staff_stage import Browser, Console, words
from tests.unit.web import reconciliation_sample
from tests.unit.web.shop import Answered

DAY = "/console/reconciliation/2026-03-02"
FILE = "/console/exports/payments.csv?from=2026-03-02&to=2026-03-02"


@pytest.fixture
def console() -> Console:
    """A shop with staff and a compared day that has one difference."""
    made = Console()
    reconciliation_sample.store(made.gateway)
    return made


@pytest.fixture
def accountant(console: Console) -> Browser:
    """Otieno's browser."""
    return console.browser("otieno")


def rows(answer: Answered) -> list[dict[str, str]]:
    """The file as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(answer.body.removeprefix("\ufeff"))))


def test_a_month_says_how_each_day_stands(accountant: Browser) -> None:
    page = words(accountant.get("/console/reconciliation"))
    assert "Monday 2 March 2026 differences" in page
    assert "Sunday 1 March 2026 closed" in page


def test_a_month_without_a_comparison_says_what_it_takes(accountant: Browser) -> None:
    assert "No day was compared yet" in words(accountant.get("/console/reconciliation?month=2026-01"))


def test_a_difference_says_what_to_do_and_leads_there(accountant: Browser) -> None:
    answer = accountant.get(DAY)
    assert "KSh 2,000" in words(answer)
    assert "What to do" in words(answer)
    assert reconciliation_sample.NOBODYS in answer.body.replace("</i><i>", "")


def test_a_month_ends_with_today(accountant: Browser) -> None:
    """A day that has not begun is not offered."""
    page = words(accountant.get("/console/reconciliation?month=2026-03"))
    assert (True, False) == ("Monday 2 March 2026" in page, "3 March 2026" in page)


def test_each_number_has_days_of_its_own(accountant: Browser) -> None:
    """The Till's day is not the Paybill's, and a number of nobody has none."""
    place = "/console/reconciliation/2026-03-02?shortcode="
    shown = [words(accountant.get(place + number)) for number in ("174379", "4000001")]
    assert [True, False] == ["KSh 2,000" in page for page in shown]
    assert 404 == accountant.get(f"{place}999999").status


def test_the_shortcode_that_pays_out_has_days_that_lead_to_nobodys_money(console: Console, accountant: Browser) -> None:
    """Its differences are no customer's, so no page gives them to a payment."""
    reconciliation_sample.store_paid_out(console.gateway)
    place = f"{DAY}?shortcode={reconciliation_sample.PAYS_OUT}"

    month, day = (accountant.get(one) for one in ("/console/reconciliation", place))

    assert f"Payouts from {reconciliation_sample.PAYS_OUT}" in words(month)
    assert (True, False) == ("Paid out, and nobody here did" in words(day), "/console/unmatched/" in day.body)


def test_a_difference_shows_which_side_has_less(console: Console, accountant: Browser) -> None:
    """Money that only our book has counts against M-PESA's."""
    record = next(iter(console.world.reconciliations.days.values()))
    less = replace(record, ours=Side(2, 3_000), mpesa=Side(1, 1_500), version=record.version + 1)
    console.world.reconciliations.save_day(record, less)
    assert "− KSh 1,500" in words(accountant.get("/console/reconciliation"))


def test_a_comparison_now_changes_nothing_that_is_equal(console: Console, accountant: Browser) -> None:
    before = console.world.reconciliations.days.copy()
    answer = accountant.send(f"{DAY}/compare")
    assert f"{DAY}?shortcode=174379&done=compared" == answer.headers["Location"]
    assert [one.lines_key for one in before.values()] == [
        one.lines_key for one in console.world.reconciliations.days.values()
    ]


def test_a_till_without_a_list_is_not_compared_and_says_why(accountant: Browser) -> None:
    answer = accountant.send(f"{DAY}/compare?shortcode=4000001")
    assert (409, True) == (answer.status, "there is no list of" in words(answer))


def test_a_day_too_big_to_wait_for_is_planned_and_says_so(console: Console, accountant: Browser) -> None:
    """What was known of it before stays on the page."""
    console.world.ambient.left_ms = 3_999
    answer = accountant.send(f"{DAY}/compare")
    assert (409, True, True) == (answer.status, "It is planned" in words(answer), "KSh 2,000" in words(answer))
    assert ["2026-03-02"] == [step.day for step in console.world.reconciliations.plan.steps]


@pytest.mark.parametrize("day", ["2026-03-03", "2026-02-30", "20260302", "2025-W10-1", "0001-01-01", "today"])
def test_a_day_that_is_none_or_has_not_begun_is_not_there(accountant: Browser, day: str) -> None:
    assert 404 == accountant.get(f"/console/reconciliation/{day}").status


@pytest.mark.parametrize("month", ["0001-01", "2026-13", "2026-3", "March", "<b>"])
def test_a_month_that_is_none_is_told_and_this_one_shown(accountant: Browser, month: str) -> None:
    answer = accountant.get(f"/console/reconciliation?month={month}")
    page = words(answer)
    assert (422, True, True) == (
        answer.status, f"“{month}” in the address is no month. Write" in page, "Monday 2 March 2026" in page
    )  # fmt: skip


@pytest.mark.parametrize("place", ["payments", "payouts"])
@pytest.mark.parametrize("day", ["0001-01-01", "2026-02-30", "yesterday"])
def test_a_day_that_is_none_is_told_and_today_shown(accountant: Browser, day: str, place: str) -> None:
    answer = accountant.get(f"/console/{place}?day={day}")
    page = words(answer)
    assert (422, True, True) == (
        answer.status, f"“{day}” in the address is no day. Write" in page, "2 March 2026" in page
    )  # fmt: skip


@pytest.mark.parametrize("place", ["payments", "payouts", "reconciliation"])
def test_an_address_without_day_or_month_is_as_good_as_any(accountant: Browser, place: str) -> None:
    assert 200 == accountant.get(f"/console/{place}").status


def test_a_file_holds_the_days_payments_and_no_whole_number(console: Console, accountant: Browser) -> None:
    answer = accountant.get(FILE)
    (row,) = rows(answer)
    assert ("1002", "PAID1", "paid", "1500", "SGL31QW9XY", "07•••••222") == tuple(
        row[name] for name in ("order", "reference", "status", "received_kes", "mpesa_codes", "phone")
    )
    assert 'attachment; filename="payments-2026-03-02-2026-03-02.csv"' == answer.headers["Content-Disposition"]


def test_who_fetched_a_file_is_reported(console: Console, accountant: Browser) -> None:
    accountant.get(FILE)
    told = [fields for name, fields in console.world.ambient.reports if name == "payments_exported"]
    period = {"from": "2026-03-02", "to": "2026-03-02", "rows": 1}
    assert [{"person": person_id(ISSUER, "subject-otieno"), **period}] == told


def test_what_a_spreadsheet_would_run_is_only_text(console: Console, accountant: Browser) -> None:
    console.gateway.pay("evil", order="=1+1")
    assert "'=1+1" in [row["order"] for row in rows(accountant.get(FILE))]


def test_what_is_typed_by_payers_is_only_text_in_the_days_file(console: Console) -> None:
    """As in the file of payments."""
    record, lines = next(
        (record, console.world.reconciliations.read_lines(record))
        for record in console.world.reconciliations.days.values()
        if record.day == "2026-03-02"
    )
    book = DayBook(record, (replace(lines[0], settled="=1+1"),))
    (row,) = rows(Answered(200, {}, str(csv_answer("174379", "2026-03-02", book).body)))
    assert "'=1+1" == row["resolution"]


def test_a_file_of_several_days_has_the_first_and_the_last(console: Console, accountant: Browser) -> None:
    """Both ends belong to the period, and 31 days are not too many."""
    console.later(24 * 60)
    console.gateway.pay("tomorrow", order="1003")
    browser = console.browser("otieno")
    found = rows(browser.get("/console/exports/payments.csv?from=2026-03-02&to=2026-03-03"))
    longest = browser.get("/console/exports/payments.csv?from=2026-02-01&to=2026-03-03")
    assert (["1002", "1003"], 200) == ([row["order"] for row in found], longest.status)


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("from=&to=", "Give a day like 2026-03-01."),
        ("from=2026-02-30&to=2026-03-01", "Give a day like 2026-03-01."),
        ("from=2026-03-02&to=2026-03-01", "Give at most 31 days"),
        ("from=2026-01-01&to=2026-03-01", "Give at most 31 days"),
        ("from=2026-01-30&to=2026-03-02", "Give at most 31 days"),
        ("from=2026-03-02&to=2026-03-03", "Give at most 31 days"),
    ],
)
def test_a_period_that_is_none_is_said_at_its_field(accountant: Browser, period: str, told: str) -> None:
    answer = accountant.get(f"/console/exports/payments.csv?{period}")
    assert (422, True) == (answer.status, told in words(answer))


def test_a_file_is_never_cut_short_in_silence(
    console: Console, accountant: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_MAX", 1)
    console.gateway.pay("second")
    answer = accountant.get(FILE)
    assert (422, True) == (answer.status, "More than 1 payments: choose fewer days." in words(answer))
