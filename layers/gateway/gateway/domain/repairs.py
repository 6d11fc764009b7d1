"""The plan of a nightly repair: which days are looked at, and how far it has come.

Each version of a payment is looked at once: a run looks at what changed since the run before it began. Payments that
change late (they expire, or money comes by hand) are met under the days on which that mostly happens, and through the
receipts of the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import DAY_MS, HOUR_MS

DAYS_BACK = (1, 2, 8, 31)
"""Days of creation that each run goes through: yesterday, the default life of a payment, a week's, the longest one."""

NIGHTS_MAX = 7
"""Nights without a run that the next one makes up for."""

BEGINS_MS = 3 * HOUR_MS
"""After midnight in Nairobi."""

OVERLAP_MS = 2 * HOUR_MS


class TaskKind(StrEnum):
    """What is gone through."""

    PAYMENTS = "payments"
    RECEIPTS = "receipts"


@dataclass(frozen=True, slots=True)
class Task:
    """A day of an owner's payments, or of a shortcode's receipts. name: owner or shortcode."""

    kind: TaskKind
    name: str
    day: str
    since_ms: int = 0
    """Payments that changed before are left alone; 0: none is."""

    def __str__(self) -> str:
        return f"{self.kind}#{self.day}#{self.since_ms}#{self.name}"

    @classmethod
    def read(cls, text: str) -> Task:
        """Inverse of `str`."""
        kind, day, since_ms, name = text.split("#", 3)
        return cls(TaskKind(kind), name, day, int(since_ms))


@dataclass(frozen=True, slots=True)
class RepairProgress:
    """How far the repair has come. began_ms: the last nightly run. cursor: in the first of the tasks that are left."""

    began_ms: int = 0
    tasks: tuple[Task, ...] = ()
    cursor: str | None = None
    version: int = 0

    def after_page(self, cursor: str | None) -> RepairProgress:
        """A page was gone through; without a cursor the task is done."""
        return replace(self, tasks=self.tasks if cursor else self.tasks[1:], cursor=cursor)

    def with_tasks(self, tasks: Iterable[Task]) -> RepairProgress:
        """More to do, behind what is left."""
        return replace(self, tasks=(*self.tasks, *(task for task in tasks if task not in self.tasks)))


def next_run_ms(progress: RepairProgress) -> int:
    """When the next nightly run may begin."""
    if not progress.began_ms:
        return 0
    night_ms = day_begins_ms(day_of(progress.began_ms)) + BEGINS_MS
    return night_ms if progress.began_ms < night_ms else night_ms + DAY_MS


def planned(progress: RepairProgress, owners: Iterable[str], shortcodes: Iterable[str], now_ms: int) -> RepairProgress:
    """The progress with a new run's tasks, newest days first.

    The run before did not go through the day on which it began, so this one looks back to that day's beginning.
    """
    since_ms = min(progress.began_ms - OVERLAP_MS, day_begins_ms(day_of(progress.began_ms))) if progress.began_ms else 0
    nights = range(_nights_since(progress, now_ms))
    of_payments = {day_of(now_ms - (back + night) * DAY_MS): None for back in DAYS_BACK for night in nights}
    of_receipts = [day_of(now_ms - (DAYS_BACK[0] + night) * DAY_MS) for night in nights]
    tasks = [Task(TaskKind.PAYMENTS, owner, day, since_ms) for day in of_payments for owner in sorted(owners)]
    tasks += [Task(TaskKind.RECEIPTS, number, day, since_ms) for day in of_receipts for number in sorted(shortcodes)]
    return replace(progress, began_ms=now_ms).with_tasks(tasks)


def _nights_since(progress: RepairProgress, now_ms: int) -> int:
    """Nights since the last run, this one among them. The stream forgets after a day: nobody else makes up for them."""
    if not progress.began_ms:
        return 1
    days = (day_begins_ms(day_of(now_ms)) - day_begins_ms(day_of(progress.began_ms))) // DAY_MS
    return min(max(days, 1), NIGHTS_MAX)
