"""A compared day as a file for a spreadsheet: UTF-8 with a mark in front, Nairobi's times, nothing that could run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from gateway.domain.days import eat
from gateway.domain.reconciliation.book import DayBook
from gateway.domain.reconciliation.compare import Line
from gateway.domain.reconciliation.decisions import Decision, explanations, line_id
from gateway.web.http import Answer

COLUMNS = (
    "day", "shortcode", "n", "kind", "receipt", "payment", "ours_kes", "mpesa_kes", "at_nairobi", "certain",
    "proposed", "proposed_payment", "why", "resolution", "resolved_by", "resolved_at_nairobi", "since_closing",
)  # fmt: skip
_RUNS = re.compile(r"^(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])|(?<=[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Before what a spreadsheet takes for a formula when a cell begins with it, or what it takes for another cell: one that
separates by `;` cuts there, whatever separates here. Signs of full width are signs to some.
"""

MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


def csv_answer(shortcode: str, day: str, book: DayBook | None, names: Mapping[str, str] | None = None) -> Answer:
    """The differences of a day, a row each, then what came since it was closed; the heading alone where there is none.

    names: of persons, by their ids, for who may see them.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows(shortcode, day, book, names or {}) if book else ():
        writer.writerow([harmless(cell) for cell in row])
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="reconciliation-{shortcode}-{day}.csv"',
        "Cache-Control": "no-store",
    }
    return Answer(status=200, body=MARK + text.getvalue(), headers=headers)


def _rows(shortcode: str, day: str, book: DayBook, names: Mapping[str, str]) -> Iterator[tuple[str | int | None, ...]]:
    explained = explanations(book.decisions)
    for since_closing, lines in (("no", book.lines), ("yes", book.news)):
        for number, line in enumerate(lines, 1):
            said = explained.get(line_id(line))
            yield (*_line(shortcode, day, number, line), *_resolved(line, said, names), since_closing)


def _line(shortcode: str, day: str, number: int, line: Line) -> tuple[str | int | None, ...]:
    return (
        day,
        shortcode,
        number,
        str(line.kind),
        line.receipt,
        line.payment,
        line.ours_kes,
        line.mpesa_kes,
        _nairobi(line.at_ms),
        "yes" if line.certain else "no",
        str(line.proposed.action),
        line.proposed.payment,
        "; ".join(line.proposed.why),
    )


def _resolved(line: Line, said: Decision | None, names: Mapping[str, str]) -> tuple[str, str, str]:
    """The explanation, by whom, when."""
    if said is None:
        return line.settled, "", ""
    return said.note, names.get(said.by, said.by), _nairobi(said.at_ms)


def _nairobi(at_ms: int) -> str:
    return f"{eat(at_ms):%Y-%m-%d %H:%M:%S}"


def harmless(cell: str | int | None) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str):
        return _RUNS.sub("'", cell)
    return "" if cell is None else cell
