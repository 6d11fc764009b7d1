"""A compared day as a file for a spreadsheet: UTF-8 with a mark in front, Nairobi's times, nothing that could run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from gateway.domain.days import eat
from gateway.domain.reconciliation.compare import Line
from gateway.web.http import Answer

COLUMNS = (
    "day", "shortcode", "n", "kind", "receipt", "payment", "ours_kes", "mpesa_kes", "at_nairobi", "certain",
    "proposed", "proposed_payment", "why", "resolution",
)  # fmt: skip
_RUNS = re.compile(r"^(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])|(?<=[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Before what a spreadsheet takes for a formula when a cell begins with it, or what it takes for another cell: one that
separates by `;` cuts there, whatever separates here. Signs of full width are signs to some.
"""

MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


def csv_answer(shortcode: str, day: str, lines: Iterable[Line]) -> Answer:
    """The differences of a day, a row each; the heading alone where there are none."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, line in enumerate(lines, 1):
        writer.writerow([harmless(cell) for cell in _row(shortcode, day, number, line)])
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="reconciliation-{shortcode}-{day}.csv"',
        "Cache-Control": "no-store",
    }
    return Answer(status=200, body=MARK + text.getvalue(), headers=headers)


def _row(shortcode: str, day: str, number: int, line: Line) -> tuple[str | int | None, ...]:
    return (
        day,
        shortcode,
        number,
        str(line.kind),
        line.receipt,
        line.payment,
        line.ours_kes,
        line.mpesa_kes,
        f"{eat(line.at_ms):%Y-%m-%d %H:%M:%S}",
        "yes" if line.certain else "no",
        str(line.proposed.action),
        line.proposed.payment,
        "; ".join(line.proposed.why),
        line.settled,
    )


def harmless(cell: str | int | None) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str):
        return _RUNS.sub("'", cell)
    return "" if cell is None else cell
