"""The plan of the nightly check: when it begins, from where, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.domain.audit.check import Check, Finding, Found
from gateway.domain.days import day_begins_ms, day_of, eat
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS

BEGINS_MS = 4 * HOUR_MS
"""After midnight in Nairobi."""

DAYS_BACK, DAYS_BACK_WEEKLY, DAYS_BACK_MONTHLY = 1, 8, 32
"""From where a run begins: the day before; on Sundays, and on the first of a month, far enough to meet all again."""

SUNDAY = 7
"""ISO 8601's number of it."""

WAITS_MS = 10 * MINUTE_MS
"""So long the stream may take to tell of a change, before the log is said to lack it."""

KEPT_FINDINGS = 50
WAITING_MAX = 1_000
"""Items on which a run waits; what changes so often that it does not settle is met again by the next run."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that stood otherwise than the log had it. mark: of the log. shard, place: of its last record."""

    item: str
    mark: str
    shard: str
    place: int


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """at: the page that a run goes on with, 0 between two runs. before: the mark it hangs on.

    judged_ms: when what waits is held against the table; 0: not planned. newest, newest_mark: the last page of the run
    that ended last. findings: of the run that goes on, or ended last; found: how many there were. strange: pages beyond
    the log's end that were told of.
    """

    began_ms: int = 0
    ended_ms: int = 0
    at: int = 0
    before: str | None = None
    waiting: tuple[Waiting, ...] = ()
    judged_ms: int = 0
    newest: int = 0
    newest_mark: str = ""
    findings: tuple[Finding, ...] = ()
    found: int = 0
    strange: tuple[int, ...] = ()
    version: int = 0

    def is_due(self, now_ms: int) -> bool:
        """Whether there is something to do."""
        return bool(self.at) or now_ms >= next_check_ms(self)

    def begun(self, now_ms: int, first: int, findings: Iterable[Finding]) -> AuditProgress:
        """A run begins with this page."""
        fresh = replace(self, began_ms=now_ms, at=first, before="" if first == 1 else None, waiting=(), judged_ms=0)
        return replace(fresh, findings=(), found=0).with_findings(findings)

    def with_findings(self, findings: Iterable[Finding]) -> AuditProgress:
        """More was found. The first ones are kept. Late entries are not counted: they were when they were added.

        What is found again, by a run whose process died before it came to its end, is the same.
        """
        new = tuple(one for one in findings if one not in self.findings)
        found = self.found + sum(one.what is not Found.LATE for one in new)
        return replace(self, findings=(*self.findings, *new)[:KEPT_FINDINGS], found=found)

    def after(self, check: Check) -> AuditProgress:
        """As far as the check has come."""
        waiting = tuple(
            Waiting(item, check.mark_of(item), check.shard_of(item), check.place_of(item)) for item in check.waiting
        )
        went_on = replace(self, at=check.at, before=check.before, waiting=waiting[:WAITING_MAX])
        return went_on.with_findings(check.findings)

    def ended(self, now_ms: int, newest: int, mark: str) -> AuditProgress:
        """The run came to the last page."""
        done = replace(self, ended_ms=now_ms, at=0, before=None, waiting=(), judged_ms=0)
        return replace(done, newest=newest, newest_mark=mark)


def next_check_ms(progress: AuditProgress) -> int:
    """When the next nightly run may begin."""
    if not progress.began_ms:
        return 0
    night_ms = day_begins_ms(day_of(progress.began_ms)) + BEGINS_MS
    return night_ms if progress.began_ms < night_ms else night_ms + DAY_MS


def since_ms(now_ms: int) -> int:
    """From when on pages are gone through by a run that begins now."""
    today = eat(now_ms)
    weekly = DAYS_BACK_WEEKLY if today.isoweekday() == SUNDAY else DAYS_BACK
    back = DAYS_BACK_MONTHLY if today.day == 1 else weekly
    return day_begins_ms(day_of(now_ms)) - back * DAY_MS
