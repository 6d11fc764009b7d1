"""A statement's bytes as a head and a table of cells. Pure.

As the organisation's portal exports it: some lines above the table (`Short Code`, `Account`, `Time Period`, `Date of
Report`, balances), then a row of titles, then the rows. What people do to such a file on its way is read as well: a
mark of UTF-8 or UTF-16, semicolons or tabs in place of commas, gzip.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

BYTES_MAX = 5 * 1024 * 1024
"""Of the file as it was sent."""

UNZIPPED_MAX = 20 * 1024 * 1024
ROWS_MAX = 100_000
CELLS_MAX = 200
"""In a line; the portal's have thirteen."""

HEAD_LINES_MAX = 40
"""The titles stand among the first lines, or it is no statement."""

GZIP = b"\x1f\x8b"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PDF = b"%PDF"

TITLES: Mapping[str, tuple[str, ...]] = {
    "receipt": ("receiptno", "receipt", "receiptnumber", "transactionid"),
    "completed": ("completiontime",),
    "status": ("transactionstatus", "status"),
    "paid_in": ("paidin",),
    "withdrawn": ("withdrawn",),
    "balance": ("balance",),
    "reason": ("reasontype",),
    "other_party": ("otherpartyinfo",),
    "linked": ("linkedtransactionid",),
    "account": ("acno", "accountno"),
}
"""Our name of a column → how its title is written, letters and digits alone."""

NEEDED: Mapping[str, str] = {
    "receipt": "Receipt No.",
    "completed": "Completion Time",
    "status": "Transaction Status",
    "paid_in": "Paid In",
    "withdrawn": "Withdrawn",
    "reason": "Reason Type",
}
"""Columns without which a row says nothing that could be believed, as the portal names them."""


class StatementUnreadable(Exception):
    """The file cannot be taken for a statement. The text says why and what to do, and quotes nothing of the file.

    too_large: it is more than is read.
    """

    def __init__(self, text: str, *, too_large: bool = False) -> None:
        super().__init__(text)
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row under the titles. line: where it begins in the file, from 1. cells: by our names of columns."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatementTable:
    """head: label → what stands behind it, of the lines above the table. columns: those of ours that there are.

    digest: SHA-256 of the file, unpacked.
    """

    digest: str
    head: Mapping[str, str]
    columns: frozenset[str]
    rows: tuple[TableRow, ...]


def read_table(content: bytes) -> StatementTable:
    """The file's head and rows. Raises StatementUnreadable."""
    plain = _unzipped(content)
    lines = _lines(_text(plain))
    head: list[Sequence[str]] = []
    for _, cells in lines:
        places = _places(cells)
        if "receipt" in places and len(places) > 1:
            digest = hashlib.sha256(plain).hexdigest()
            return StatementTable(digest, _head(head), frozenset(places), tuple(_rows(lines, places)))
        head.append(cells)
        if len(head) > HEAD_LINES_MAX:
            break
    raise StatementUnreadable(
        "No row of titles with Receipt No. stands among its first lines. Export the statement of the organisation's "
        "account from the portal as CSV, and send that file as it is."
    )


def too_many_bytes(size: int) -> StatementUnreadable:
    """Of a file that is not even looked into."""
    text = f"The file has {size:,} bytes, and {BYTES_MAX:,} are read. {_SHORTER} Or pack it with gzip."
    return StatementUnreadable(text, too_large=True)


def _unzipped(content: bytes) -> bytes:
    """What gzip packed, if it did; never more than is read."""
    if len(content) > BYTES_MAX:
        raise too_many_bytes(len(content))
    if not content.startswith(GZIP):
        return content
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(content, UNZIPPED_MAX + 1)
    except zlib.error as error:
        raise StatementUnreadable("It begins like gzip and cannot be unpacked. Send it again, or unpacked.") from error
    if len(plain) > UNZIPPED_MAX:
        raise StatementUnreadable(f"It unpacks to more than {UNZIPPED_MAX:,} bytes. {_SHORTER}", too_large=True)
    if not unpacking.eof or unpacking.unused_data:
        raise StatementUnreadable(
            "It is gzip and ends too soon, or goes on behind its end. Send it again, or unpacked."
        )
    return plain


_SHORTER = "Export fewer days at a time; files may overlap."


def _text(content: bytes) -> str:
    """The characters, whatever wrote them."""
    if content.startswith(_WORKBOOKS):
        raise StatementUnreadable(
            "It is a workbook or a zip file. Save it as CSV, or export it from the portal as CSV."
        )
    if content.startswith(_PDF):
        raise StatementUnreadable("It is a PDF. Export the statement from the portal as CSV.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row of cells with the line on which it begins. Raises StatementUnreadable."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    begins = 1
    try:
        for cells in reader:
            if len(cells) > CELLS_MAX:
                raise StatementUnreadable(
                    f"Line {begins} has more than {CELLS_MAX} cells. Send the portal's file as it is."
                )
            yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise StatementUnreadable(
            f"Line {begins} cannot be read: a quotation mark may be missing there. Send the portal's file as it is."
        ) from error


def _delimiter(text: str) -> str:
    """What separates cells in the row of titles."""
    titles = next((line for line in text.splitlines()[: HEAD_LINES_MAX + 1] if _plain(line).startswith("receipt")), "")
    return max(",;\t", key=titles.count)


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Where each column of ours stands, if this is the row of titles."""
    plain = [_plain(cell) for cell in cells]
    found = {}
    for name, written in TITLES.items():
        place = next((plain.index(one) for one in written if one in plain), None)
        if place is not None:
            found[name] = place
    return found


def _head(lines: Sequence[Sequence[str]]) -> dict[str, str]:
    """What stands behind each label; what has no label is kept with the label before it."""
    found: dict[str, str] = {}
    for cells in lines:
        label = ""
        for cell in cells:
            name, colon, behind = cell.partition(":")
            if (colon and not re.search(r"\d$", name)) or _plain(cell) in _LABELS:
                label = _plain(name)
                found.setdefault(label, behind.strip())
            elif label and cell:
                found[label] = f"{found[label]} {cell}".strip()
    return found


_LABELS = frozenset(
    {
        *("accountholder", "shortcode", "account", "timeperiod", "operator", "dateofreport"),
        *("openingbalance", "closingbalance", "availablebalance", "totalpaidin", "totalwithdrawn"),
    }
)
"""Labels of the head, for files that write them without a colon."""


def _rows(lines: Iterator[tuple[int, list[str]]], places: Mapping[str, int]) -> Iterator[TableRow]:
    count = 0
    for line, cells in lines:
        if not any(cells):
            continue
        count += 1
        if count > ROWS_MAX:
            raise StatementUnreadable(f"It has more than {ROWS_MAX:,} rows. {_SHORTER}", too_large=True)
        yield TableRow(line, {name: cells[place] if place < len(cells) else "" for name, place in places.items()})
