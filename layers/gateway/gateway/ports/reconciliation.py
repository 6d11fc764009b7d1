"""M-Pesa's lists: where they come from, M-Pesa's book as we keep it, and the days that were compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.facts import Source
from gateway.domain.receipts import ReceiptRecord
from gateway.domain.reconciliation.compare import Line
from gateway.domain.reconciliation.day import DayRecord, Plan
from gateway.domain.reconciliation.decisions import Decision
from gateway.domain.reconciliation.rows import MpesaRow, PulledRow
from gateway.domain.reconciliation.windows import PullMark


@dataclass(frozen=True, slots=True)
class PulledPage:
    """What an answer held. told: rows that Safaricom sent, those that cannot be read among them.

    doubtful: it held nothing, in words that may as well mean that something broke.
    """

    rows: tuple[PulledRow, ...]
    told: int
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPage:
    """Rows of one day (in Nairobi, by M-Pesa's completion) as they were told at once.

    part: where they were told; the same part again is the same page, told anew.
    """

    shortcode: str
    day: str
    source: Source
    part: str
    rows: tuple[MpesaRow, ...]
    learned_at_ms: int


@dataclass(frozen=True, slots=True)
class BookRows:
    """Rows of some pages, as told: a row may stand in two. cursor None: no more."""

    rows: tuple[MpesaRow, ...]
    cursor: str | None


class Pull(Protocol):
    """Safaricom's Pull Transactions. Raises the errors of `daraja.errors`."""

    def rows(self, token: str, shortcode: str, from_ms: int, until_ms: int, offset: int, /) -> PulledPage:
        """A page of what customers paid in a stretch of time, from the offset-th row on."""


class Books(Protocol):
    """M-Pesa's book in DynamoDB. Raise StoreUnavailable."""

    def read_pull_mark(self, shortcode: str, /) -> PullMark | None:
        """How far a shortcode's list is known; None: never asked about."""

    def save_pull_mark(self, before: PullMark | None, after: PullMark, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version. False: another run is at work."""

    def keep_page(self, page: BookPage, /) -> None:
        """Keep a page; the same part again takes its place."""

    def rows_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> BookRows:
        """The rows of some pages of a day. An index: may be a moment behind."""

    def read_receipts(self, receipts: tuple[str, ...], /) -> tuple[ReceiptRecord, ...]:
        """Those of these receipts that are known, read consistently, in any order."""


class Reconciliations(Protocol):
    """Compared days in DynamoDB, and the plan of the runs. Raise StoreUnavailable."""

    def read_day(self, owner: str, shortcode: str, day: str, /) -> DayRecord | None:
        """One consistent read; None: never compared."""

    def list_days(self, owner: str, shortcode: str, month: str, /) -> tuple[DayRecord, ...]:
        """The compared days of a month like 2026-03, oldest first. An index: may be a moment behind."""

    def keep_lines(self, record: DayRecord, lines: tuple[Line, ...], /) -> None:
        """Keep the lines of a record, before the record that names them."""

    def read_lines(self, record: DayRecord, /) -> tuple[Line, ...]:
        """The lines of a record."""

    def save_day(self, before: DayRecord | None, after: DayRecord, /) -> bool:
        """Write, on condition that it is absent or of `before`'s version."""

    def keep_decision(self, record: DayRecord, decision: Decision, /) -> bool:
        """Keep a decision about a day under its number. False: another one stands there."""

    def read_decisions(self, record: DayRecord, /) -> tuple[Decision, ...]:
        """The decisions that a record counts, in order, read consistently."""

    def read_uncounted(self, record: DayRecord, most: int, /) -> tuple[Decision, ...]:
        """Those that are kept under the next numbers and that it does not count yet, in order, read consistently."""

    def read_plan(self) -> Plan:
        """What is left to do; a plan that never was, before the first."""

    def save_plan(self, before: Plan, after: Plan, /) -> bool:
        """Write, on condition that the version is `before`'s. False: another run is at work."""
