"""The organisation's statement: what each row says, and whether all rows are there. Pure.

A statement proves something because it adds up: opening + in − out = closing, and each row's balance follows from the
one before. One that does not add up is refused whole. Where it ends is not what its period says but what had happened
when it was made: a period may end tonight in a file of this morning.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gateway.domain.facts import Source
from gateway.domain.policy import MINUTE_MS
from gateway.domain.reconciliation.rows import MpesaRow, RowKind, kind_of
from gateway.domain.reconciliation.statement_cells import CENTS, cents, code_in, moment_ms, name_in, phone_in
from gateway.domain.reconciliation.statement_table import (
    NEEDED,
    StatementTable,
    StatementUnreadable,
    TableRow,
    read_table,
)

SETTLED_MS = 5 * MINUTE_MS
"""Of the last minutes before it was made a statement may lack a row."""

_RECEIVING = ("utility", "merchant")
"""Accounts that customers' payments arrive in: a Paybill's and a till's. The silence of another one proves nothing."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be believed. line: in the file, from 1. why: quotes nothing of the file."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One completed row. signed_cents: what it added to the account; less than 0: it went out."""

    line: int
    receipt: str
    kind: RowKind
    signed_cents: int
    completed_at_ms: int
    word: str
    linked: str = ""
    reference: str = ""
    payer_phone: str | None = field(default=None, repr=False)
    phone_ending: str = ""
    payer_name: str = field(default="", repr=False)

    @property
    def amount_kes(self) -> int | None:
        """Whole shillings; None where there are cents."""
        whole, rest = divmod(abs(self.signed_cents), CENTS)
        return None if rest else whole

    def as_row(self, statement: str = "") -> MpesaRow:
        """As M-Pesa's book keeps it: without the payer. statement: that tells of it, by its name."""
        return MpesaRow(
            receipt=self.receipt,
            kind=self.kind,
            amount_kes=self.amount_kes,
            amount_cents=abs(self.signed_cents) if self.amount_kes is None else None,
            completed_at_ms=self.completed_at_ms,
            word=self.word,
            linked=self.linked,
            told_by=Source.STATEMENT,
            told_in=statement,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that adds up. rows: completed ones, oldest first.

    shortcode: that it names, or empty. from_ms, until_ms: the time that it tells of whole. proves: that a payment of
    this time which is not in it was not made; why_not: what stands against that, for people.
    """

    digest: str
    shortcode: str
    account: str
    from_ms: int
    until_ms: int
    rows: tuple[StatementRow, ...]
    refused: tuple[RefusedRow, ...]
    declined: int
    proves: bool
    why_not: str = ""

    @property
    def name(self) -> str:
        """What M-Pesa's book and what is proven call it by: the same file has the same name."""
        return self.digest[:32]


def read_statement(content: bytes, now_ms: int) -> Statement:
    """What the file says. Raises StatementUnreadable: also for one that does not add up."""
    table = read_table(content)
    _check_columns(table)
    completed = [row for row in table.rows if _is_completed(row)]
    money = [_Moved.read(row) for row in completed]
    if _is_newest_first(money, _ends(table)):
        money.reverse()
    _check_sums(table, money)
    period = _period(table)
    rows, refused = _read_rows(completed, period, now_ms)
    until_ms = _until_ms(table, period, money, now_ms)
    from_ms = period[0] if period and _ends(table) else min((one.at_ms for one in money if one.at_ms), default=until_ms)
    why_not = _why_not(table, refused, from_ms, until_ms)
    return Statement(
        digest=table.digest,
        shortcode=re.sub(r"\D", "", table.head.get("shortcode", "")),
        account=_account(table),
        from_ms=from_ms,
        until_ms=until_ms,
        rows=tuple(sorted(rows, key=lambda row: (row.completed_at_ms, row.receipt, -row.signed_cents))),
        refused=tuple(sorted(refused, key=lambda row: row.line)),
        declined=len(table.rows) - len(completed),
        proves=not why_not,
        why_not=why_not,
    )


def _check_columns(table: StatementTable) -> None:
    missing = [title for name, title in NEEDED.items() if name not in table.columns]
    if missing:
        raise StatementUnreadable(
            f"Columns are missing: {', '.join(missing)}. Export the statement again with all its columns."
        )
    if "balance" not in table.columns and _ends(table) is None:
        raise StatementUnreadable(
            "Neither the column Balance nor Opening Balance and Closing Balance are there, so nothing shows that all "
            "rows are. Export the statement again as the portal makes it, with the lines above the table."
        )


def _is_completed(row: TableRow) -> bool:
    return row.cells["status"].lower() == "completed"


# --- that it adds up ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moved:
    """The money of a row. at_ms: None where its time cannot be read. balance_cents: None where there is none."""

    line: int
    at_ms: int | None
    signed_cents: int
    balance_cents: int | None

    @classmethod
    def read(cls, row: TableRow) -> _Moved:
        """Raises StatementUnreadable: without its amount no row adds up."""
        came, went = cents(row.cells["paid_in"]), cents(row.cells["withdrawn"])
        balance = row.cells.get("balance", "")
        balance_cents = cents(balance) if balance else None
        if came is None or went is None or (balance and balance_cents is None):
            raise StatementUnreadable(
                f"Line {row.line}: Paid In, Withdrawn or Balance is no amount, so the file cannot be added up. Send "
                "the portal's file as it is; a spreadsheet that saved it may have changed it."
            )
        return cls(row.line, moment_ms(row.cells["completed"]), came - abs(went), balance_cents)


def _ends(table: StatementTable) -> tuple[int, int] | None:
    """Opening and closing balance in cents, where the head tells both."""
    opening, closing = (table.head.get(name) for name in ("openingbalance", "closingbalance"))
    if not opening or not closing:
        return None
    found = cents(opening), cents(closing)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _is_newest_first(moved: Sequence[_Moved], ends: tuple[int, int] | None) -> bool:
    """Whether more balances follow from the row below than from the row above; times may be damaged, or equal."""
    opening = None if ends is None else ends[0]
    balances = [opening, *(one.balance_cents for one in moved), opening]
    fits = [
        sum(balance is not None and _follows(one, balance) for one, balance in zip(moved, beside, strict=False))
        for beside in (balances, balances[2:])
    ]
    return fits[1] > fits[0]


def _check_sums(table: StatementTable, moved: Sequence[_Moved]) -> None:
    """Raises StatementUnreadable: it names the first row that does not follow, or the sums that differ."""
    ends = _ends(table)
    if "balance" in table.columns:
        _check_balances(moved, ends[0] if ends else None)
    if ends is None:
        return
    came = sum(one.signed_cents for one in moved if one.signed_cents > 0)
    went = -sum(one.signed_cents for one in moved if one.signed_cents < 0)
    if ends[0] + came - went != ends[1]:
        raise StatementUnreadable(
            f"It does not add up: opening {_shown(ends[0])} + in {_shown(came)} − out {_shown(went)} is "
            f"{_shown(ends[0] + came - went)}, and closing is {_shown(ends[1])}. Rows are missing or were changed: "
            "nothing of it was taken in. Export it again, with all kinds of transactions."
        )


def _check_balances(moved: Sequence[_Moved], opening_cents: int | None) -> None:
    """Each row's balance is the one before it and what the row moved. Of one time, rows may stand in any order."""
    balance = opening_cents
    for _, found in groupby(moved, key=lambda one: one.at_ms):
        together = list(found)
        odd, reached = _in_order(together, balance)
        if odd is None:
            balance = reached
            continue
        ended = _in_some_order(together, balance)
        if ended is None:
            raise _broken(odd, reached or 0)
        balance = ended


def _in_order(together: Sequence[_Moved], balance: int | None) -> tuple[_Moved | None, int | None]:
    """The first row that does not follow from the one before, if any, and the balance that was reached."""
    for one in together:
        if balance is not None and not _follows(one, balance):
            return one, balance
        balance = one.balance_cents if one.balance_cents is not None else balance
    return None, balance


def _in_some_order(together: Sequence[_Moved], balance: int | None) -> int | None:
    """The balance after all of these rows, in whichever order they follow from each other; None: in none.

    A row leads from one balance to another, so an order is a walk over all of them, each once (Hierholzer's).
    """
    ways: defaultdict[int, list[int]] = defaultdict(list)
    left: Counter[int] = Counter()
    for one in reversed(together):
        if one.balance_cents is None:
            return None
        before = one.balance_cents - one.signed_cents
        ways[before].append(one.balance_cents)
        left[before] += 1
        left[one.balance_cents] -= 1
    begins = [at for at, count in left.items() for _ in range(count)]
    start = balance if balance is not None else next(iter(begins), next(reversed(ways)))
    if begins not in ([], [start]):
        return None
    walk, under_way = [], [start]
    while under_way:
        further = ways[under_way[-1]]
        if further:
            under_way.append(further.pop())
        else:
            walk.append(under_way.pop())
    return walk[0] if len(walk) == len(together) + 1 else None


def _follows(one: _Moved, balance: int) -> bool:
    return one.balance_cents == balance + one.signed_cents


def _broken(one: _Moved, balance: int) -> StatementUnreadable:
    told = "nothing" if one.balance_cents is None else _shown(one.balance_cents)
    return StatementUnreadable(
        f"It does not add up at line {one.line}: the balance before it is {_shown(balance)} and the row moves "
        f"{_shown(one.signed_cents)}, which is {_shown(balance + one.signed_cents)}, and the row says {told}. A row is "
        "missing or was changed there: nothing of it was taken in. Export it again, with all kinds of transactions."
    )


def _shown(amount_cents: int) -> str:
    return f"{'−' if amount_cents < 0 else ''}{abs(amount_cents) // CENTS:,}.{abs(amount_cents) % CENTS:02d}"


# --- which time it tells of ---------------------------------------------------------------------------------------


def _period(table: StatementTable) -> tuple[int, int] | None:
    """From and to of the head's Time Period, where it can be read."""
    told = re.sub(r"\s+", " ", table.head.get("timeperiod", ""))
    found = re.fullmatch(r"(?i)(?:from )?(.+?) to (.+)", told)
    if found is None:
        return None
    from_ms, until_ms = moment_ms(found[1]), moment_ms(found[2], last=True)
    return None if from_ms is None or until_ms is None or until_ms < from_ms else (from_ms, until_ms)


def _until_ms(table: StatementTable, period: tuple[int, int] | None, moved: Sequence[_Moved], now_ms: int) -> int:
    """Up to when all rows are there: never beyond what had happened when it was made."""
    newest_ms = max((one.at_ms for one in moved if one.at_ms), default=period[0] if period else now_ms)
    made_ms = _made_ms(table)
    known_ms = newest_ms if made_ms is None or period is None or not _ends(table) else made_ms - SETTLED_MS
    return min(max(known_ms, newest_ms), period[1] if period else newest_ms, now_ms - SETTLED_MS)


def _made_ms(table: StatementTable) -> int | None:
    """Date of Report: when the portal made the file. It may stand behind the operator's name."""
    for label, told in table.head.items():
        text = told if label.endswith("dateofreport") else told.partition("Date of Report:")[2]
        if text and (at_ms := moment_ms(text.strip())) is not None:
            return at_ms
    return None


def _account(table: StatementTable) -> str:
    """The account's name as the portal writes it: letters alone, so nothing of anybody's."""
    return re.sub(r"[^A-Za-z ]", "", table.head.get("account", "")).strip()[:40]


def _why_not(table: StatementTable, refused: Collection[RefusedRow], from_ms: int, until_ms: int) -> str:
    """What keeps its silence from proving anything. Empty: it does."""
    if not any(name in _account(table).lower() for name in _RECEIVING):
        return "It is not said to be of the account that customers' payments arrive in (Utility; of a till Merchant)."
    if refused:
        return "Rows of it could not be read."
    return "" if from_ms < until_ms else "It tells of no time that is over."


# --- rows ---------------------------------------------------------------------------------------------------------


def _read_rows(
    rows: Sequence[TableRow], period: tuple[int, int] | None, now_ms: int
) -> tuple[list[StatementRow], list[RefusedRow]]:
    read: list[StatementRow] = []
    refused: list[RefusedRow] = []
    for row in rows:
        why = _why_refused(row, period, now_ms)
        if why:
            refused.append(RefusedRow(row.line, why))
        else:
            read.append(_row(row.line, row.cells))
    return read, refused


def _why_refused(row: TableRow, period: tuple[int, int] | None, now_ms: int) -> str:
    at_ms = moment_ms(row.cells["completed"])
    if not code_in(row.cells["receipt"]):
        return "Receipt No. is no M-PESA code of ten letters and digits; a spreadsheet may have changed it"
    if at_ms is None:
        return "Completion Time is no time like 02-03-2026 12:15:09"
    if period and not period[0] <= at_ms <= period[1]:
        return "Completion Time lies outside the file's period; a spreadsheet may have swapped day and month"
    if at_ms > now_ms + SETTLED_MS:
        return "Completion Time is still to come; a spreadsheet may have swapped day and month"
    return ""


def _row(line: int, cells: Mapping[str, str]) -> StatementRow:
    signed = (cents(cells["paid_in"]) or 0) - abs(cents(cells["withdrawn"]) or 0)
    word = cells["reason"]
    party = cells.get("other_party", "")
    phone, ending = phone_in(party)
    return StatementRow(
        line=line,
        receipt=code_in(cells["receipt"]),
        kind=statement_kind(word, signed),
        signed_cents=signed,
        completed_at_ms=moment_ms(cells["completed"]) or 0,
        word=re.sub(r"[^A-Za-z /-]", "", word)[:40],
        linked=code_in(cells.get("linked", "")),
        reference=cells.get("account", "")[:40],
        payer_phone=phone,
        phone_ending=ending,
        payer_name=name_in(party),
    )


def statement_kind(word: str, signed_cents: int) -> RowKind:
    """What a row is about, by Reason Type and direction: only what came in is a payment, only what went a reversal.

    A row without a word says nothing.
    """
    kind = kind_of(word) if word.strip() else RowKind.OTHER
    came = {RowKind.PAYMENT}
    if signed_cents == 0 or (kind in came) != (signed_cents > 0):
        return RowKind.OTHER
    return kind
