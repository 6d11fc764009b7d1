"""The organisation's statement as its portal gives it: one account, a period, each row with the balance after it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from local.daraja_simulator.books import CHARGES, FROM_CUSTOMERS
from local.daraja_simulator.times import eat

if TYPE_CHECKING:
    from local.daraja_simulator.books import BookEntry
    from local.daraja_simulator.shortcodes import Shortcode
    from local.daraja_simulator.world import World

COLUMNS = (
    "Receipt No.",
    "Completion Time",
    "Initiation Time",
    "Details",
    "Transaction Status",
    "Paid In",
    "Withdrawn",
    "Balance",
    "Balance Confirmed",
    "Reason Type",
    "Other Party Info",
    "Linked Transaction ID",
    "A/C No.",
)
REASONS = {
    "b2c": "Business Payment to Customer via API",
    "by_hand": "Business Payment to Customer",
    "pochi": "Business Pay To Pochi",
    "b2b": "Business Pay Bill",
    "b2b_received": "Business Pay Bill",
    "own_float": "Organization Transfer From MMF to Utility",
    "tax": "Pay Tax To KRA",
    "ussd_push": "Merchant to Merchant Payment",
    "standing_order": "Standing Order Pay Bill",
    "reversal": "Online Transaction Reversal",
}


def statement(world: World, shortcode: Shortcode, account: str, start_s: float, end_s: float) -> str:
    """CSV of [start, end): a head with opening and closing balance, then rows, newest first as on the portal."""
    mine = _of_account(world.books.of(shortcode), account)
    inside = [entry for entry in mine if start_s <= entry.at_s < end_s]
    later = sum(entry.signed_kes for entry in mine if entry.at_s >= end_s)
    closing = world.books.available(shortcode, account) - later
    opening = closing - sum(entry.signed_kes for entry in inside)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(["Account Holder:", f"{shortcode.party} - {shortcode.name}"])
    rows.writerow(["Short Code:", shortcode.number])
    rows.writerow(["Account:", f"{account.title()} Account"])
    rows.writerow(["Time Period:", f"From {_time(start_s)} To {_time(end_s)}"])
    rows.writerow(["Operator:", "accountant", "Date of Report:", _time(world.clock.now())])
    rows.writerow(["Opening Balance:", _money(opening), "Closing Balance:", _money(closing)])
    rows.writerow(COLUMNS)
    rows.writerows(reversed(_rows(inside, opening)))
    return written.getvalue()


def _of_account(entries: list[BookEntry], account: str) -> list[BookEntry]:
    """Fees are rows of the account of charges, under the receipt that they were paid for."""
    if account != CHARGES:
        return [entry for entry in entries if entry.account == account]
    return [
        replace(entry, amount_kes=entry.fee_kes, direction="out", account=CHARGES) for entry in entries if entry.fee_kes
    ]


def _rows(entries: list[BookEntry], opening_kes: int) -> list[list[str]]:
    balance, rows = opening_kes, []
    for entry in entries:
        balance += entry.signed_kes
        rows.append(_row(entry, balance))
    return rows


def _row(entry: BookEntry, balance_kes: int) -> list[str]:
    customer = entry.kind in FROM_CUSTOMERS
    verb = "from" if entry.direction == "in" else "to"
    reason = "Pay Merchant" if entry.account == "merchant" else "Pay Bill Online"
    reason = f"{REASONS.get(entry.kind, reason)}{' Charge' if entry.account == CHARGES else ''}"
    return [
        entry.receipt,
        _time(entry.at_s),
        _time(entry.at_s),
        f"{reason} {verb} {entry.payer} - {entry.payer_name}" + (f" Acc. {entry.reference}" if entry.reference else ""),
        "Completed",
        _money(entry.amount_kes) if entry.direction == "in" else "",
        _money(-entry.amount_kes) if entry.direction == "out" else "",
        _money(balance_kes),
        "true",
        reason,
        f"{entry.payer} - {entry.payer_name}",
        entry.linked,
        entry.reference if customer else "",
    ]


def _time(at_s: float) -> str:
    return eat(at_s).strftime("%d-%m-%Y %H:%M:%S")


def _money(kes: int) -> str:
    return f"{kes:.2f}"
