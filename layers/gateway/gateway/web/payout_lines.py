"""The text of a payout file → its lines, each checked as a payout of its own. One bad line refuses the file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from gateway.domain.money_out.files import LINES_MAX
from gateway.web.errors import ApiError, BadField, bad_fields
from gateway.web.payout_requests import PayoutRequest
from gateway.web.requests import read_model

COLUMNS = ("phone", "amount", "purpose", "remarks", "order")
NEEDED = ("phone", "amount")
TOLD_MAX = 50
"""Bad lines that one answer names."""


FIGURES_MAX = 12
"""Of an amount in shillings: more than all money there is."""


@dataclass(frozen=True, slots=True)
class Line:
    """number: as an editor shows it."""

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
            bad += [_of_line(number, field) for field in error.fields]
    bad += _repeated(lines)
    if bad:
        raise bad_fields(bad[:TOLD_MAX])
    return lines


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The lines below the heading, by their numbers; empty ones are left out. Raises ApiError."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        heading = [name.strip().lower() for name in next(reader, [])]
        _check_heading(heading)
        return [(reader.line_num, _row(reader.line_num, heading, cells)) for cells in reader if any(cells)]
    except csv.Error as error:
        detail = f"Line {reader.line_num} is no CSV: {error}."
        raise bad_fields([BadField(f"csv.{reader.line_num}", "field_invalid", detail)]) from None


def _check_heading(heading: list[str]) -> None:
    """Raises ApiError where a column is missing, unknown or there twice."""
    if not heading or len(set(heading)) != len(heading) or not set(NEEDED) <= set(heading) <= set(COLUMNS):
        detail = (
            f"The first line must name the columns: phone and amount, and of {', '.join(COLUMNS[2:])} what you use."
        )
        raise bad_fields([BadField("csv", "field_invalid", detail)])


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


def _of_line(number: int, field: BadField) -> BadField:
    return BadField(f"csv.{number}.{field.param}", field.code, f"Line {number}: {field.detail}")


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
