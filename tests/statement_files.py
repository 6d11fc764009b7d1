"""Statements as the organisation's portal exports them, written by tests. Balances are counted here, on their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TITLES = (
    *("Receipt No.", "Completion Time", "Initiation Time", "Details", "Transaction Status", "Paid In", "Withdrawn"),
    *("Balance", "Balance Confirmed", "Reason Type", "Other Party Info", "Linked Transaction ID", "A/C No."),
)
PAYER = "254712345678 - AMINA WANJIKU OTIENO"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row. paid: shillings that came in, or less than 0 that went out, as text like "100.00" or "-5.50"."""

    receipt: str
    at_ms: int
    paid: str = "100.00"
    reason: str = "Pay Bill Online"
    linked: str = ""
    reference: str = "INV1042"
    status: str = "Completed"
    party: str = PAYER


def portal_file(
    entries: Sequence[Entry],
    from_ms: int,
    until_ms: int,
    *,
    made_ms: int | None = None,
    shortcode: str = "174379",
    account: str = "Utility Account",
    opening: str = "1,000.00",
    newest_first: bool = True,
) -> bytes:
    """The file. made_ms: its Date of Report; None: an hour after the period."""
    balance = _cents(opening)
    rows = []
    for entry in entries:
        moved = _cents(entry.paid) if entry.status == "Completed" else 0
        balance += moved
        rows.append(_row(entry, balance))
    written = io.StringIO()
    file = csv.writer(written, lineterminator="\r\n")
    file.writerow(["Account Holder:", f"{shortcode} - CORNER SHOP"])
    file.writerow(["Short Code:", shortcode])
    file.writerow(["Account:", account])
    file.writerow(["Time Period:", "", f"From {_time(from_ms)}", "", f"To {_time(until_ms)}"])
    made = _time(until_ms + 3_600_000 if made_ms is None else made_ms)
    file.writerow(["Operator:", "wanjiku", "Date of Report:", made])
    file.writerow(["Opening Balance:", opening, "Closing Balance:", _money(balance)])
    file.writerow(TITLES)
    file.writerows(reversed(rows) if newest_first else rows)
    return written.getvalue().encode()


def _row(entry: Entry, balance: int) -> list[str]:
    came = not entry.paid.startswith("-")
    return [
        entry.receipt,
        _time(entry.at_ms),
        _time(entry.at_ms),
        f"{entry.reason} from {entry.party} Acc. {entry.reference}",
        entry.status,
        entry.paid if came else "",
        "" if came else entry.paid,
        _money(balance) if entry.status == "Completed" else "",
        "true",
        entry.reason,
        entry.party,
        entry.linked,
        entry.reference,
    ]


def _time(at_ms: int) -> str:
    return (datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(hours=3)).strftime("%d-%m-%Y %H:%M:%S")


def _cents(told: str) -> int:
    return round(float(told.replace(",", "")) * 100)


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"
