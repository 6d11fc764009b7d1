"""The text of a payout file → its lines, each checked as a payout of its own. One bad line refuses the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.money_out.files import LINES_MAX
from gateway.web.bodies import shown
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.payout_requests import PayoutRequest
from gateway.web.requests import read_model

COLUMNS = ("phone", "amount", "purpose", "remarks", "order")
NEEDED = ("phone", "amount")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What spreadsheets put between cells where they do not put commas."""


_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]{1,3}")
SAVE_ANEW = "format the column as text, type the number again and save the file"

FIGURES_MAX = 12
"""Of an amount in shillings: more than all money there is."""


@dataclass(frozen=True, slots=True)
class Line:
    """number: of its row as a spreadsheet shows it, the heading being 1."""

    number: int
    wanted: PayoutRequest


def lines_of(text: str) -> list[Line]:
    """All lines of the file. Raises ApiError 422 that names the bad ones by number."""
    rows = _rows(text)
    if not rows:
        raise bad_fields([BadField("csv", "field_invalid", "csv has a heading and no line below it.")])
    if len(rows) > LINES_MAX:
        detail = f"csv has {len(rows)} lines; {LINES_MAX} are the most. Split it, and send each part with its own key."
        raise bad_fields([BadField("csv", "field_invalid", detail)])
    lines: list[Line] = []
    bad: list[BadField] = []
    for number, row in rows:
        try:
            lines.append(Line(number, read_model(PayoutRequest, _fields(row))))
        except ApiError as error:
            bad += [_of_line(number, field, row) for field in error.fields]
    bad += _repeated(lines)
    if bad:
        raise bad_fields(bad)
    return lines


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The lines below the heading, by their numbers; empty ones count and are left out. Raises ApiError."""
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    rows, read = [], 0
    try:
        heading = [name.strip().lower() for name in next(reader, [])]
        _check_heading(heading)
        read = 1
        for cells in reader:
            read += 1
            if any(cells):
                rows.append((read, _row(read, heading, cells)))
    except csv.Error:
        detail = f"Line {read + 1} is no CSV: a cell in quotes does not end, or more stands behind its closing quote."
        raise bad_fields([BadField(f"csv.{read + 1}", "field_invalid", detail)]) from None
    return rows


def _check_heading(heading: list[str]) -> None:
    """Raises ApiError where a column is missing, unknown or there twice."""
    wrong = _wrong_with(heading)
    if wrong is not None:
        must = f"The first line must name the columns: phone and amount, and of {', '.join(COLUMNS[2:])} what you use."
        raise bad_fields([BadField("csv", "field_invalid", f"{wrong}. {must}")])


def _wrong_with(heading: list[str]) -> str | None:
    """None: all its columns are known, and those that are needed are there."""
    split = next((name for mark, name in SEPARATORS.items() if len(heading) == 1 and mark in heading[0]), None)
    if split is not None:
        return f"The cells are separated by {split}; save the file with commas between them"
    if "" in heading:
        return "A column has no name: is there a comma too many"
    twice = next((name for name in heading if heading.count(name) > 1), None)
    if twice is not None:
        return f'The column "{shown(twice)}" stands there twice'
    unknown = next((name for name in heading if name not in COLUMNS), None)
    if unknown is not None:
        return f'The column "{shown(unknown)}" is not known'
    missing = [name for name in NEEDED if name not in heading]
    return f"The column {missing[0]} is missing" if missing else None


def _row(number: int, heading: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) > len(heading):
        detail = f"Line {number} has {len(cells)} cells; the heading has {len(heading)}."
        raise bad_fields([BadField(f"csv.{number}", "field_invalid", detail)])
    return {name: cell.strip() for name, cell in zip(heading, cells, strict=False)}


def _fields(row: dict[str, str]) -> dict[str, Any]:
    """As `POST /v1/payouts` takes them: an empty cell is an absent field, and an amount is a number.

    Of endless figures the first ones do: they are too large all the same, and Python converts no more than 4,300.
    """
    fields: dict[str, Any] = {name: cell for name, cell in row.items() if cell}
    amount = row.get("amount", "")
    if amount.isascii() and amount.isdecimal():
        fields["amount"] = int(amount.lstrip("0")[:FIGURES_MAX] or "0")
    return fields


def _of_line(number: int, field: BadField, row: Mapping[str, str]) -> BadField:
    shortened = field.param in NEEDED and _SHORTENED.fullmatch(row.get(field.param, ""))
    detail = f"{field.param}: a spreadsheet wrote a shortened number; {SAVE_ANEW}." if shortened else field.detail
    return BadField(f"csv.{number}.{field.param}", field.code, f"Line {number}: {detail}")


def _repeated(lines: list[Line]) -> list[BadField]:
    """Lines that pay the same again: a copied line is a salary paid twice."""
    first: dict[tuple[str, int, str | None], int] = {}
    bad = []
    for line in lines:
        same = (line.wanted.phone, line.wanted.amount, line.wanted.order)
        if same in first:
            detail = f"Line {line.number} repeats line {first[same]}. If both are meant, give each its own order."
            bad.append(BadField(f"csv.{line.number}", "field_invalid", detail))
        first.setdefault(same, line.number)
    return bad
