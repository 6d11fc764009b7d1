"""The accountant's pages of statements: what was sent is taken in, and the page says what was found in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.policy import DAY_MS
from gateway.flows.reconciliation.statement import ROWS_A_PART
from gateway.web.console.uploads import BYTES_MAX, Upload, fields_of, upload_of
from gateway.web.http import Request
from tests.memory_store import START_MS
from tests.statement_files import Entry, portal_file
from tests.unit.console.staff_stage import Browser, Console, words
from tests.unit.web import reconciliation_sample
from tests.unit.web.reconciliation_sample import DAY_BEFORE
from tests.unit.web.shop import Answered

PLACE = "/console/reconciliation/statements"
PAID = Entry("SGL31QW9XY", START_MS - 2 * DAY_MS, "1,500.00", reference="PAID1")
FILE = portal_file([PAID], *DAY_BEFORE)


@pytest.fixture
def console() -> Console:
    """A shop with staff and a compared day."""
    made = Console()
    reconciliation_sample.store(made.gateway)
    return made


@pytest.fixture
def accountant(console: Console) -> Browser:
    """Otieno's browser."""
    return console.browser("otieno")


def followed(browser: Browser, sent: Answered) -> str:
    """What the page says that a form led to."""
    assert sent.status == 303
    return words(browser.get(sent.headers["Location"]))


def test_a_statement_that_adds_up_is_taken_in_at_once(console: Console, accountant: Browser) -> None:
    page = followed(accountant, accountant.upload(PLACE, FILE))
    assert "It adds up, and tells everything from" in page
    assert "Saturday 28 February 2026" in page
    assert "SGL31QW9XY" in str(console.world.books.pages)


def test_the_days_of_a_statement_are_planned(console: Console, accountant: Browser) -> None:
    accountant.upload(PLACE, FILE)
    assert "compare#174379#2026-02-28#shop" in [str(step) for step in console.world.reconciliations.plan.steps]


def test_a_day_says_when_its_statement_was_taken_in(accountant: Browser) -> None:
    accountant.upload(PLACE, FILE)
    pages = [words(accountant.get(f"/console/reconciliation/{day}")) for day in ("2026-02-28", "2026-03-02")]
    assert [True, False] == ["statement imported" in page for page in pages]


def test_a_statement_that_does_not_add_up_says_where(accountant: Browser) -> None:
    page = followed(accountant, accountant.upload(PLACE, FILE.replace(b'"2,500.00"', b'"2,600.00"')))
    assert "refused" in page
    assert "It does not add up at line 8" in page


def test_rows_that_were_not_taken_in_are_shown_with_their_lines(accountant: Browser) -> None:
    page = followed(accountant, accountant.upload(PLACE, FILE.replace(b"SGL31QW9XY", b"5.42E+09")))
    assert "Rows that were not taken in: 1" in page
    assert "Receipt No. is no M-PESA code" in page
    assert "may have been paid all the same" in page


def test_what_one_invocation_cannot_do_is_gone_on_with(console: Console, accountant: Browser) -> None:
    rows = [replace(PAID, receipt=f"SGL{n:07d}", reference="", paid="10.00") for n in range(ROWS_A_PART + 1)]
    console.world.after["Books.keep_page"] = lambda: setattr(console.world.ambient, "left_ms", 7_999)
    sent = accountant.upload(PLACE, portal_file(rows, *DAY_BEFORE))
    first = words(accountant.get(sent.headers["Location"]))
    console.world.ambient.left_ms = 28_000

    second = followed(accountant, accountant.send(f"{sent.headers['Location']}/read"))

    assert f"{ROWS_A_PART} of {ROWS_A_PART + 1} rows are taken in" in first
    assert "It adds up" in second


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "Choose the file first."), (b"x" * (BYTES_MAX + 1), "too big for the page")]
)
def test_no_file_and_one_too_big_are_told_on_the_form(content: bytes, says: str, accountant: Browser) -> None:
    answer = accountant.upload(PLACE, content)
    assert (422, True) == (answer.status, says in words(answer))


def test_a_payer_of_a_statement_is_named_nowhere(accountant: Browser) -> None:
    sent = accountant.upload(PLACE, FILE)
    shown = sent.body + accountant.get(sent.headers["Location"]).body
    assert [] == [word for word in ("WANJIKU", "712345678") if word in shown]


def test_the_pages_speak_swahili(accountant: Browser) -> None:
    sent = accountant.upload(PLACE, FILE)
    assert "Tuma taarifa" in words(accountant.get(f"{PLACE}?lang=sw"))
    assert "Hesabu zake zinalingana" in words(accountant.get(f"{sent.headers['Location']}?lang=sw"))


# --- forms with a file --------------------------------------------------------------------------------------------

KIND = "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="token"\r\n\r\nt0\r\n'


def request(body: bytes, kind: str = KIND) -> Request:
    """A form as it was sent."""
    return Request(
        id="r", route_key="", method="POST", path="/", path_parameters={}, query={}, headers={"content-type": kind},
        body=body, source_address="",
    )  # fmt: skip


def test_a_form_with_a_file_gives_its_fields_and_its_bytes() -> None:
    body = PART + b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n\x00b\r\n--B--\r\n'
    assert Upload({"token": "t0"}, b"a\r\n\x00b") == upload_of(request(body))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PART, "multipart/form-data"),
        (PART, "multipart/form-data; boundary="),
        (PART, "application/json"),
        (b"", KIND),
        (PART, KIND),
        (b"\x00" * 100, KIND),
        (b'--B\r\nContent-Disposition: form-data; name="token"; filename="x"\r\n\r\nt0\r\n--B--\r\n', KIND),
        (b'--B\r\nname="token"\r\n\r\nt0\r\n--B--\r\n', KIND),
        (PART.replace(b"t0", b"t" * 5_000) + b"--B--\r\n", KIND),
    ],
)
def test_what_is_odd_is_no_form_of_ours(body: bytes, kind: str) -> None:
    assert "token" not in fields_of(request(body, kind))


def test_a_form_without_a_file_is_read_as_ever() -> None:
    assert {"token": "t0"} == fields_of(request(b"token=t0", "application/x-www-form-urlencoded"))
