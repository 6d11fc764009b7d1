"""The organisation's portal in a storm: M-Pesa's books of the Paybill's account as a file, and what people make of one.

The account has more in it than customers' payments: charges, settlements, what other organisations paid, what was
taken back, what was declined. None of that may ever be credited.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.statement_files import Entry, portal_file

MINUTE_MS = 60_000
OPENING_KES = 5_000_000
HEAD_LINES = 7
SETTLED_MS = 5 * MINUTE_MS
"""Of the last minutes before it was made a file proves nothing, but up to its newest row."""

AMOUNTS = (1, 10, 100, 100, 250)
REASON, STATUS, RECEIPT, PAID_IN, OUT = 9, 4, 0, 5, 6
NO_CODE = "1.2E+09"
"""What a spreadsheet makes of a receipt."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file. receipts: of customers' payments that it tells of. proves: from when until when, None where it may not.

    sort: what is wrong with it, or empty. refused: it must be.
    """

    content: bytes
    receipts: tuple[str, ...]
    proves: tuple[int, int] | None
    sort: str = ""
    refused: bool = False


class Portal:
    """What happened stays: each file shows the same rows of the same time."""

    def __init__(self, books: Mapping[str, Mapping[str, Any]], chance: Random) -> None:
        self._books = books
        self._chance = chance
        self._rows: list[Entry] = []
        self._seen = 0

    def sheet(self, from_ms: int, until_ms: int, now_ms: int) -> Sheet:
        """Of this time, as far as it has been, with the newest rows perhaps not there yet."""
        self._note_what_happened(now_ms)
        lag_ms = self._chance.choice((0, 0, self._chance.randrange(SETTLED_MS)))
        rows = [row for row in self._rows if from_ms <= row.at_ms <= min(until_ms, now_ms - lag_ms)]
        opening = OPENING_KES * 100 + sum(_moved(row) for row in self._rows if row.at_ms < from_ms)
        content = portal_file(
            rows, from_ms, until_ms, made_ms=now_ms,
            opening=f"{opening / 100:,.2f}", newest_first=self._chance.random() < 0.8,
        )  # fmt: skip
        newest_ms = max((row.at_ms for row in rows if _moved(row)), default=from_ms)
        ends_ms = min(until_ms, max(newest_ms, now_ms - SETTLED_MS))
        paid = tuple(row.receipt for row in rows if row.receipt in self._books and not row.paid.startswith("-"))
        return Sheet(content, paid, (from_ms, ends_ms))

    def of_another_account(self, from_ms: int, until_ms: int, now_ms: int) -> Sheet:
        """It adds up, and customers' payments are not in it at all."""
        charge = Entry("UKZ000001A", from_ms + 1_000, "-12.00", "Pay Bill Charge")
        content = portal_file([charge], from_ms, until_ms, made_ms=now_ms, account="Working Account")
        return Sheet(content, (), None, "of another account")

    def _note_what_happened(self, now_ms: int) -> None:
        for receipt, booked in list(self._books.items())[self._seen :]:
            self._seen += 1
            if not booked.get("till"):
                self._rows += self._around(receipt, booked, now_ms)
        self._rows.sort(key=lambda row: row.at_ms)

    def _around(self, receipt: str, booked: Mapping[str, Any], now_ms: int) -> list[Entry]:
        """A payment's row, and what else the account has of that time."""
        hit = self._chance.random
        at_ms = booked["at_ms"] // 1_000 * 1_000
        phone = booked["phone"] if hit() < 0.5 else f"2547****{booked['phone'][-3:]}"
        paid, reference = f"{booked['amount']}.00", booked["reference"]
        found = [Entry(receipt, at_ms, paid, reference=reference, party=f"{phone} - AMINA")]
        if hit() < 0.2:
            found.append(Entry(receipt, at_ms, "-2.50", "Pay Bill Charge"))
        later_ms = min(now_ms, at_ms + self._chance.randrange(10 * MINUTE_MS)) // 1_000 * 1_000
        later_ms = max(later_ms, at_ms)
        amount = f"{self._chance.choice(AMOUNTS)}.00"
        number = f"{self._seen:06d}A"
        if hit() < 0.1:
            found.append(Entry(f"UKO{number}", later_ms, amount, "Business Pay Bill", reference=reference))
        if hit() < 0.1:
            found.append(Entry(f"UKD{number}", later_ms, amount, status="Declined", reference=reference))
        if hit() < 0.05:
            found.append(Entry(f"UKW{number}", later_ms, "-100.00", "Organization Settlement Account"))
        if hit() < 0.03:
            found.append(Entry(f"UKB{number}", later_ms, f"-{paid}", "Online Transaction Reversal", receipt))
        return found


def _moved(row: Entry) -> int:
    return round(float(row.paid) * 100) if row.status == "Completed" else 0


# --- what people make of a file -----------------------------------------------------------------------------------

Cells = list[list[str]]


def spoilt(sheet: Sheet, sort: str, chance: Random) -> Sheet:
    """The same file after that; itself where it has no row to which it can happen."""
    cells = list(csv.reader(io.StringIO(sheet.content.decode())))
    money = [place for place in range(HEAD_LINES, len(cells)) if cells[place][STATUS] == "Completed"]
    if not money:
        return sheet
    return SPOILERS[sort](sheet, cells, chance.choice(money))


def _row_missing(sheet: Sheet, cells: Cells, place: int) -> Sheet:
    del cells[place]
    return replace(sheet, content=_written(cells), sort="row missing", refused=True)


def _amount_changed(sheet: Sheet, cells: Cells, place: int) -> Sheet:
    cells[place][PAID_IN] = f"1{cells[place][PAID_IN] or '.00'}"
    return replace(sheet, content=_written(cells), sort="amount changed", refused=True)


def _cut_off(sheet: Sheet, cells: Cells, place: int) -> Sheet:
    """Nobody can tell where what is cut off adds up to nothing, as money that went back at once."""
    gone = [_in_cents(row[column]) for row in cells[place:] if row[STATUS] == "Completed" for column in (PAID_IN, OUT)]
    return replace(sheet, content=_written(cells[:place]), sort="cut off", refused=True) if sum(gone) else sheet


def _in_cents(cell: str) -> int:
    return round(float(cell.replace(",", "") or 0) * 100)


def _of_another_shortcode(sheet: Sheet, cells: Cells, _: int) -> Sheet:
    cells[1][1] = "600111"
    return replace(sheet, content=_written(cells), sort="of another shortcode", refused=True)


def _no_statement(sheet: Sheet, _: Cells, __: int) -> Sheet:
    return replace(sheet, content=b"%PDF-1.4 a statement, they say", sort="no statement", refused=True)


def _changed_by_a_spreadsheet(sheet: Sheet, cells: Cells, place: int) -> Sheet:
    """One receipt is no receipt any more: its row is refused, and silence proves nothing."""
    lost, cells[place][RECEIPT] = cells[place][RECEIPT], NO_CODE
    # a charge has its payment's receipt, so the payment may be in the file all the same
    told = sheet.receipts if cells[place][PAID_IN] == "" else tuple(one for one in sheet.receipts if one != lost)
    return replace(sheet, content=_written(cells), receipts=told, proves=None, sort="changed by a spreadsheet")


SPOILERS: dict[str, Callable[[Sheet, Cells, int], Sheet]] = {
    "row missing": _row_missing,
    "amount changed": _amount_changed,
    "cut off": _cut_off,
    "of another shortcode": _of_another_shortcode,
    "no statement": _no_statement,
    "changed by a spreadsheet": _changed_by_a_spreadsheet,
}


def _written(cells: Cells) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(cells)
    return text.getvalue().encode()
