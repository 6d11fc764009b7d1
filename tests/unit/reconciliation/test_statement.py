"""The portal's file: what its rows say, whether it adds up, and which time its silence speaks of."""

from __future__ import annotations

import cProfile
import gzip
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest

from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.reconciliation.rows import RowKind
from gateway.domain.reconciliation.statement import Statement, read_statement, statement_kind
from gateway.domain.reconciliation.statement_cells import cents, moment_ms, name_in, phone_in
from gateway.domain.reconciliation.statement_table import BYTES_MAX, StatementUnreadable
from tests.statement_files import Entry, portal_file

BEGINS_MS = day_begins_ms("2026-03-02")
ENDS_MS = BEGINS_MS + DAY_MS - 1_000
LATER_MS = BEGINS_MS + 3 * DAY_MS
NOON_MS = BEGINS_MS + 12 * HOUR_MS

PAID = Entry("SGL31QW9XY", NOON_MS)
PAID_LATER = Entry("SGL32QW9XY", NOON_MS + HOUR_MS, "1,250.00")
FEE = Entry("SGL32QW9XY", NOON_MS + HOUR_MS, "-12.50", "Pay Bill Charge")
REVERSED = Entry("SGL33REVER", NOON_MS + 2 * HOUR_MS, "-100.00", "Online Transaction Reversal", linked="SGL31QW9XY")
PAYOUT = Entry("SGL34PAYOU", NOON_MS + 3 * HOUR_MS, "-250.00", "Business Payment to Customer via API")
SETTLED = Entry("SGL35SETTL", NOON_MS + 4 * HOUR_MS, "-700.00", "Utility Account to Organization Settlement Account")
DECLINED = Entry("SGL36DECLI", NOON_MS + 5 * HOUR_MS, "80.00", status="Declined")
ODD = Entry("SGL37ODDON", NOON_MS + 6 * HOUR_MS, "30.00", "Something New")
ALL = (PAID, PAID_LATER, FEE, REVERSED, PAYOUT, SETTLED, DECLINED, ODD)


def file_of(*entries: Entry) -> bytes:
    """Of the whole day, made an hour after it."""
    return portal_file(entries, BEGINS_MS, ENDS_MS)


def read(content: bytes, now_ms: int = LATER_MS) -> Statement:
    """Days later, if not said otherwise."""
    return read_statement(content, now_ms)


def refusal(content: bytes) -> str:
    """Why the file is not taken."""
    with pytest.raises(StatementUnreadable) as refused:
        read(content)
    return str(refused.value)


def swapped(content: bytes, old: str, new: str) -> bytes:
    """The file with one text in place of another."""
    assert old.encode() in content
    return content.replace(old.encode(), new.encode())


# --- rows ---------------------------------------------------------------------------------------------------------


def test_each_row_is_what_its_word_and_its_direction_say() -> None:
    kinds = [(row.receipt, row.kind, row.signed_cents) for row in read(file_of(*ALL)).rows]

    assert [
        ("SGL31QW9XY", RowKind.PAYMENT, 10_000),
        ("SGL32QW9XY", RowKind.PAYMENT, 125_000),
        ("SGL32QW9XY", RowKind.FEE, -1_250),
        ("SGL33REVER", RowKind.REVERSAL, -10_000),
        ("SGL34PAYOU", RowKind.WITHDRAWAL, -25_000),
        ("SGL35SETTL", RowKind.WITHDRAWAL, -70_000),
        ("SGL37ODDON", RowKind.OTHER, 3_000),
    ] == kinds


def test_a_row_that_was_not_completed_moved_nothing() -> None:
    found = read(file_of(*ALL))

    assert (1, False) == (found.declined, "SGL36DECLI" in {row.receipt for row in found.rows})


@pytest.mark.parametrize(
    ("word", "signed", "kind"),
    [
        ("Pay Utility", 100, RowKind.PAYMENT),
        ("Pay Utility with OD via STK", 100, RowKind.PAYMENT),
        ("Pay Merchant", 100, RowKind.PAYMENT),
        ("Standing Order Pay Bill", 100, RowKind.PAYMENT),
        ("Pay Bill Online", -100, RowKind.OTHER),
        ("Pay Utility Reversal", -100, RowKind.REVERSAL),
        ("Online Transaction Reversal", 100, RowKind.OTHER),
        ("Organization Transfer From MMF to Utility", 100, RowKind.OTHER),
        ("Business Pay Bill", 100, RowKind.OTHER),
        ("", 100, RowKind.OTHER),
        ("Pay Utility", 0, RowKind.OTHER),
    ],
)
def test_only_money_of_customers_that_came_in_is_a_payment(word: str, signed: int, kind: RowKind) -> None:
    assert kind == statement_kind(word, signed)


def test_a_payment_names_its_order_its_payers_number_and_what_it_takes_back() -> None:
    paid, taken_back = read(file_of(PAID, REVERSED)).rows

    assert ("INV1042", "254712345678", "678", "SGL31QW9XY") == (
        paid.reference, paid.payer_phone, paid.phone_ending, taken_back.linked
    )  # fmt: skip


def test_cents_of_a_charge_are_kept_and_no_payment_has_any() -> None:
    found = read(file_of(PAID, FEE, Entry("SGL38CENTS", NOON_MS + 7 * HOUR_MS, "99.50")))

    assert [(100, None), (None, 1_250), (None, 9_950)] == [
        (row.as_row().amount_kes, row.as_row().amount_cents) for row in found.rows
    ]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("SGL31QW9XY", "5.42E+09", "no M-PESA code"),
        ("SGL31QW9XY", "SGL31QW9\u00df", "no M-PESA code"),
        ("02-03-2026 12:00:00,02", "soon,02", "no time like"),
        ("02-03-2026 12:00:00,02", "03-02-2026 12:00:00,02", "outside the file's period"),
    ],
)
def test_a_row_that_a_spreadsheet_damaged_is_refused_by_its_line(old: str, new: str, why: str) -> None:
    found = read(swapped(file_of(PAID, PAID_LATER), old, new))

    assert [(9, True)] == [(row.line, why in row.why) for row in found.refused]
    assert (["SGL32QW9XY"], False) == ([row.receipt for row in found.rows], found.proves)


def test_a_row_that_is_still_to_come_is_refused() -> None:
    """The period may end tonight, or be a month whose days a spreadsheet took for months."""
    tonight = Entry("SGL41TONIG", NOON_MS + 6 * HOUR_MS)

    found = read(file_of(PAID, tonight), NOON_MS + HOUR_MS)

    assert (["SGL31QW9XY"], [8], False) == (
        [row.receipt for row in found.rows], [row.line for row in found.refused], found.proves
    )  # fmt: skip


# --- forms --------------------------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda file: file,
    "with a mark of UTF-8": lambda file: b"\xef\xbb\xbf" + file,
    "UTF-16": lambda file: file.decode().encode("utf-16"),
    "a letter of an older code": lambda file: file.replace(b"AMINA", "AMINÉ".encode("cp1252")),
    "gzip": gzip.compress,
    "lines of Unix": lambda file: file.replace(b"\r\n", b"\n"),
    "semicolons": lambda file: file.replace(b'"1,000.00"', b"1000.00").replace(b'"1,100.00"', b"1100.00").replace(
        b",", b";"
    ),
    "lines without a word below": lambda file: file + b"\r\n,,,,,,,,,,,,\r\n",
    "titles in capitals": lambda file: file.replace(b"Receipt No.,Completion Time", b"RECEIPT NO,COMPLETION TIME"),
    "Status": lambda file: file.replace(b"Transaction Status", b"Status"),
    "labels without colons": lambda file: file.replace(b"Code:", b"Code").replace(b"Balance:", b"Balance"),
    "a slash in dates": lambda file: file.replace(b"02-03-2026", b"02/03/2026"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_people_do_to_a_file_on_its_way_changes_nothing(form: str) -> None:
    found = read(FORMS[form](file_of(PAID)))

    assert ([("SGL31QW9XY", 100, NOON_MS)], True, "174379") == (
        [(row.receipt, row.amount_kes, row.completed_at_ms) for row in found.rows], found.proves, found.shortcode
    )  # fmt: skip


def test_the_order_of_the_rows_does_not_matter() -> None:
    oldest_first = portal_file(ALL, BEGINS_MS, ENDS_MS, newest_first=False)

    assert [row.receipt for row in read(file_of(*ALL)).rows] == [row.receipt for row in read(oldest_first).rows]


# --- that it adds up ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda file: _without(file, "SGL32QW9XY"), ["line 12", "1,100.00", "2,237.50"]),
        (lambda file: _without(file, "SGL37ODDON"), ["opening 1,000.00", "closing is 1,317.50"]),
        (lambda file: swapped(file, 'Opening Balance:,"1,000.00"', 'Opening Balance:,"1,000.01"'), ["line 15"]),
        (lambda file: swapped(file, ",100.00,,", ",101.00,,"), ["line 15"]),
        (lambda file: swapped(file, '"1,100.00"', ""), ["line 15", "says nothing"]),
    ],
)  # fmt: skip
def test_a_file_that_does_not_add_up_is_refused_and_says_where(
    spoil: Callable[[bytes], bytes], names: list[str]
) -> None:
    why = refusal(spoil(file_of(*ALL)))

    assert [] == [name for name in names if name not in why]


def _without(file: bytes, receipt: str) -> bytes:
    lines = file.decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"{receipt},")).encode()


def test_rows_of_one_second_may_stand_in_any_order() -> None:
    first, second, third = (Entry(f"SGL4{n}QW9XY", NOON_MS, "10.00") for n in range(3))
    lines = file_of(first, second, third).decode().splitlines(keepends=True)
    mixed = "".join([*lines[:7], lines[8], lines[7], lines[9]]).encode()

    assert read(mixed).proves


def test_an_order_is_found_whichever_way_rows_of_one_second_could_go_on() -> None:
    """From one balance two rows lead on, and only one of them leads to all others."""
    paid, back, charged = (
        Entry("SGL40QW9XY", NOON_MS, "10.00"),
        Entry("SGL41QW9XY", NOON_MS, "-10.00", "Online Transaction Reversal"),
        Entry("SGL42QW9XY", NOON_MS, "-5.00", "Pay Bill Charge"),
    )
    lines = file_of(paid, back, charged).decode().splitlines(keepends=True)
    titles, rows = lines[:7], lines[7:]
    ways = [read("".join([*titles, *order]).encode()) for order in permutations(rows)]

    assert [True] * 6 == [found.proves for found in ways]


def test_rows_of_one_second_that_lead_to_two_ends_are_refused() -> None:
    one = Entry("SGL40QW9XY", NOON_MS, "10.00")
    twice = file_of(one, Entry("SGL41QW9XY", NOON_MS, "10.00")).replace(b'"1,020.00",true', b'"1,010.00",true')

    assert "does not add up at line" in refusal(twice)


def test_rows_of_one_second_that_lead_in_a_circle_apart_from_the_others_are_refused() -> None:
    """Money that came and went at another balance: the ends agree, and no order has all rows."""
    paid = Entry("SGL40QW9XY", NOON_MS, "10.00")
    back = Entry("SGL41QW9XY", NOON_MS, "-10.00", "Online Transaction Reversal")
    file = file_of(paid, replace(paid, receipt="SGL42QW9XY"), back)
    apart = file.replace(b'"1,020.00",true', b'"5,020.00",true').replace(b',-10.00,"1,010.00"', b',-10.00,"5,010.00"')

    assert "does not add up at line" in refusal(apart)


def test_rows_of_one_second_are_put_in_order_without_trying_each_against_each() -> None:
    """Twice as many take twice as many calls, however they are mixed."""
    few, many = (_calls_to_read(count) for count in (500, 1_000))

    assert many < 2.2 * few


def _calls_to_read(count: int) -> int:
    rows = [Entry(f"SGL4{n:06d}", NOON_MS, f"{n + 1}.00") for n in range(count)]
    lines = file_of(*rows).decode().splitlines(keepends=True)
    mixed = "".join([*lines[:7], *lines[8::2], *lines[7::2]]).encode()
    profile = cProfile.Profile()
    profile.runcall(read, mixed)
    return sum(entry.callcount for entry in profile.getstats())


def test_without_balances_of_rows_the_ends_must_agree() -> None:
    """A file whose column Balance somebody took out."""
    plain = file_of(PAID).replace(b",Balance,", b",Rest,")

    assert (True, True) == (
        read(plain).proves,
        "closing is" in refusal(swapped(plain, 'Closing Balance:,"1,100.00"', 'Closing Balance:,"1,200.00"')),
    )


# --- which time its silence speaks of -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made_ms", "until_ms"),
    [
        (ENDS_MS + HOUR_MS, ENDS_MS + 999),
        (NOON_MS + 2 * HOUR_MS, NOON_MS + 2 * HOUR_MS - 5 * MINUTE_MS),
    ],
)
def test_it_tells_of_what_had_happened_when_it_was_made(made_ms: int, until_ms: int) -> None:
    """A period that ends tonight, exported at two in the afternoon, says nothing of the evening."""
    found = read(portal_file([PAID], BEGINS_MS, ENDS_MS, made_ms=made_ms))

    assert (BEGINS_MS, until_ms, True) == (found.from_ms, found.until_ms, found.proves)


def test_without_the_date_of_the_report_it_tells_up_to_its_last_row() -> None:
    found = read(file_of(PAID).replace(b"Date of Report:", b""))

    assert (BEGINS_MS, NOON_MS) == (found.from_ms, found.until_ms)


def test_the_date_of_the_report_may_stand_behind_the_operators_name() -> None:
    found = read(file_of(PAID).replace(b"wanjiku,Date of Report:,", b"wanjiku Date of Report: "))

    assert ENDS_MS + 999 == found.until_ms


def test_without_its_ends_it_tells_from_its_first_row_to_its_last() -> None:
    found = read(file_of(PAID, PAID_LATER).replace(b"Opening Balance:", b"Something:"))

    assert (NOON_MS, NOON_MS + HOUR_MS) == (found.from_ms, found.until_ms)


def test_no_file_tells_of_what_is_to_come() -> None:
    found = read(portal_file([PAID], BEGINS_MS, ENDS_MS), now_ms=NOON_MS + HOUR_MS)

    assert NOON_MS + HOUR_MS - 5 * MINUTE_MS == found.until_ms


@pytest.mark.parametrize("account", ["Charges Paid Account", "Working Account", "Organization Settlement Account", ""])
def test_the_silence_of_an_account_that_customers_do_not_pay_into_proves_nothing(account: str) -> None:
    found = read(portal_file([], BEGINS_MS, ENDS_MS, account=account))

    assert (False, True) == (found.proves, "Utility" in found.why_not)


@pytest.mark.parametrize("account", ["Utility Account", "Merchant Account"])
def test_an_empty_statement_of_the_right_account_proves_that_nobody_paid(account: str) -> None:
    assert read(portal_file([], BEGINS_MS, ENDS_MS, account=account)).proves


# --- what is no statement -----------------------------------------------------------------------------------------

BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "No row of titles"),
    "a page": (b"<html><body>Sign in</body></html>", "No row of titles"),
    "a workbook": (b"PK\x03\x04" + b"\x00" * 100, "workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "workbook"),
    "a PDF": (b"%PDF-1.7\n", "PDF"),
    "columns are missing": (
        b"Receipt No.,Completion Time,Details,Balance\r\nSGL31QW9XY,02-03-2026 12:00:00,x,1.00\r\n",
        "Transaction Status, Paid In, Withdrawn, Reason Type",
    ),
    "nothing shows that all rows are there": (
        b"Receipt No.,Completion Time,Status,Paid In,Withdrawn,Reason Type\r\n",
        "Opening Balance",
    ),
    "an amount is none": (file_of(PAID).replace(b",100.00,,", b",a hundred,,"), "Line 8: Paid In"),
    "a quotation mark is missing": (file_of(PAID) + b'"' + b"x" * 200_000, "quotation mark"),
    "gzip that ends too soon": (gzip.compress(file_of(*ALL))[:-20], "ends too soon"),
    "gzip in two parts": (gzip.compress(file_of(PAID)) * 2, "ends too soon"),
    "gzip that is none": (b"\x1f\x8b" + b"x" * 50, "cannot be unpacked"),
    "gzip that unpacks to too much": (gzip.compress(b"0" * (25 * 1024 * 1024)), "unpacks to more"),
    "too many bytes": (b"0" * (BYTES_MAX + 1), "5,242,881 bytes, and 5,242,880 are read"),
    "too many rows": (gzip.compress(file_of() + b"a,\r\n" * 100_001), "100,000 rows"),
    "a line without an end": (file_of(PAID).replace(b"Account Holder:,", b"Account Holder:," + b"a," * 201), "Line 1"),
    "NUL": (b"\x00" * 1_000, "No row of titles"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_statement_is_told_with_what_to_do(case: str) -> None:
    content, says = BAD[case]

    assert says in refusal(content)


def test_a_refusal_quotes_nobodys_name_or_number() -> None:
    told = [refusal(content) for content, _ in BAD.values()]

    assert [] == [why for why in told if "AMINA" in why or "712345678" in why]


# --- cells --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1,250.50", 125_050),
        ("-1,250.50", -125_050),
        ("KES 5", 500),
        ("5.5", 550),
        ("5.500", 550),
        ("", 0),
        ("-", 0),
        ("1.234", None),
        ("1,25.00", None),
        ("1e5", None),
        ("five", None),
        ("9" * 30, None),
        ("9" * 5_000, None),
        ("1" + ",000" * 2_000, None),
        ("\u0665", None),
    ],
)
def test_an_amount_is_read_to_the_cent_or_not_at_all(cell: str, found: int | None) -> None:
    assert found == cents(cell)


@pytest.mark.parametrize(
    ("cell", "after_ms"),
    [
        ("02-03-2026 12:15:09", 12 * HOUR_MS + 15 * MINUTE_MS + 9_000),
        ("2/3/2026 12:15", 12 * HOUR_MS + 15 * MINUTE_MS),
        ("2026-03-02T12:15:09", 12 * HOUR_MS + 15 * MINUTE_MS + 9_000),
        ("02-03-2026 12:15:09 AM", 15 * MINUTE_MS + 9_000),
        ("02-03-2026 1:15:09 pm", 13 * HOUR_MS + 15 * MINUTE_MS + 9_000),
        ("02-03-2026", 0),
    ],
)
def test_a_time_is_nairobis_and_the_day_stands_first(cell: str, after_ms: int) -> None:
    assert BEGINS_MS + after_ms == moment_ms(cell)


@pytest.mark.parametrize(
    "cell",
    ["", "32-03-2026 12:15:09", "02-03-26", "02-03-2026 25:00:00", "46083.5", "02-03-2026 13:00 PM", "01-01-01"],
)
def test_what_is_no_time_is_none(cell: str) -> None:
    assert moment_ms(cell) is None


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("254712345678 - AMINA WANJIKU", ("254712345678", "678")),
        ("0712345678 - AMINA", ("254712345678", "678")),
        ("2547****126 - AMINA", (None, "126")),
        ("AMINA WANJIKU", (None, "")),
        ("600998 - DARAJA-SANDBOX", (None, "")),
    ],
)
def test_who_paid_is_read_as_far_as_it_is_told(cell: str, found: tuple[str | None, str]) -> None:
    assert found == phone_in(cell)


@pytest.mark.parametrize(
    ("cell", "name"),
    [("254712345678 - AMINA WANJIKU", "AMINA WANJIKU"), ("254712345678", ""), ("12 - 254712345678 X", "")],
)
def test_a_name_holds_no_number(cell: str, name: str) -> None:
    assert name == name_in(cell)
