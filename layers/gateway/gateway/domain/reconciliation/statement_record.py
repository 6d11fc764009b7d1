"""A statement that somebody sends: how far it is taken in, and what was found in it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.days import day_of
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.proven import ProvenStretch
from gateway.domain.reconciliation.rows import RowKind
from gateway.domain.reconciliation.statement import RefusedRow, Statement

REFUSED_SHOWN_MAX = 100
"""Lines of refused rows that are kept; their number is told in any case."""

DAYS_MAX = 40
"""Days that are compared after a statement; older ones of a longer one when somebody asks."""


class StatementState(StrEnum):
    """How far it is. The values are part of the API."""

    WAITING = "waiting_for_file"
    READING = "reading"
    READ = "read"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """actor: who sends it. digest: SHA-256 of the file, once it was read. rows: completed ones; done: taken in so far.

    proves: a payment of its time that is not in it was not made; why_not: what stands against that. problem: why it is
    refused; too_large: since it has more than is read.
    """

    owner: str
    id: str
    actor: str
    made_at_ms: int
    state: StatementState = StatementState.WAITING
    shortcode: str = ""
    digest: str = ""
    account: str = ""
    from_ms: int = 0
    until_ms: int = 0
    proves: bool = False
    why_not: str = ""
    rows: int = 0
    payments: int = 0
    declined: int = 0
    refused_rows: tuple[RefusedRow, ...] = ()
    refused_count: int = 0
    done: int = 0
    read_at_ms: int = 0
    problem: str = ""
    too_large: bool = False
    version: int = 0

    @property
    def days(self) -> tuple[str, ...]:
        """The days in Nairobi that it tells of, oldest first; the last ones of many."""
        if not self.from_ms or self.until_ms < self.from_ms:
            return ()
        times = (*range(self.from_ms, self.until_ms, DAY_MS), self.until_ms)
        return tuple(sorted({day_of(at_ms) for at_ms in times}))[-DAYS_MAX:]

    def begun(self, statement: Statement, shortcode: str) -> StatementRecord:
        """The file is read and adds up; nothing of it is taken in yet. shortcode: as Daraja calls it."""
        return replace(
            self,
            state=StatementState.READING,
            shortcode=shortcode,
            digest=statement.digest,
            account=statement.account,
            from_ms=statement.from_ms,
            until_ms=statement.until_ms,
            proves=statement.proves,
            why_not=statement.why_not,
            rows=len(statement.rows),
            payments=sum(row.kind is RowKind.PAYMENT for row in statement.rows),
            declined=statement.declined,
            refused_rows=statement.refused[:REFUSED_SHOWN_MAX],
            refused_count=len(statement.refused),
            version=self.version + 1,
        )

    def further(self, done: int) -> StatementRecord:
        """So many rows are taken in."""
        return replace(self, done=done, version=self.version + 1)

    def ended(self, now_ms: int) -> StatementRecord:
        """All of it is taken in."""
        return replace(self, state=StatementState.READ, read_at_ms=now_ms, version=self.version + 1)

    def turned_down(self, problem: str, now_ms: int, *, too_large: bool = False) -> StatementRecord:
        """Nothing, or nothing more, of it is taken in."""
        return replace(
            self,
            state=StatementState.REFUSED,
            problem=problem,
            too_large=too_large,
            read_at_ms=now_ms,
            version=self.version + 1,
        )


def book_of(owner: str, shortcode: str) -> str:
    """The book in which a shop's statements are kept: apart from Pull's, for Safaricom itself told that.

    Another shop with the same shortcode does not see what this one's people sent.
    """
    return f"{owner}@{shortcode}"


def stretch_of(record: StatementRecord, statement: Statement, now_ms: int) -> ProvenStretch:
    """What it proves, with the number of different rows of each day."""
    keys = {
        (row.as_row().key, day_of(row.completed_at_ms))
        for row in statement.rows
        if record.from_ms <= row.completed_at_ms <= record.until_ms
    }
    counts: Mapping[str, int] = Counter(day for _, day in keys)
    return ProvenStretch(
        statement=statement.name,
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        read_at_ms=now_ms,
        counts=dict(sorted(counts.items())),
    )
