"""The Reconciliations port in memory."""

from __future__ import annotations

from itertools import takewhile

from gateway.domain.reconciliation.compare import Line
from gateway.domain.reconciliation.day import DayRecord, Plan
from gateway.domain.reconciliation.decisions import Decision


class MemoryReconciliations:
    """Days, lines, what people decided, and one plan."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, str, str], DayRecord] = {}
        self.lines: dict[tuple[str, str, str, str], tuple[Line, ...]] = {}
        self.said: dict[tuple[str, str, str, int], Decision] = {}
        self.plan = Plan()

    def read_day(self, owner: str, shortcode: str, day: str, /) -> DayRecord | None:
        return self.days.get((owner, shortcode, day))

    def list_days(self, owner: str, shortcode: str, month: str, /) -> tuple[DayRecord, ...]:
        found = [key for key in self.days if key[:2] == (owner, shortcode) and key[2].startswith(month)]
        return tuple(self.days[key] for key in sorted(found))

    def keep_lines(self, record: DayRecord, lines: tuple[Line, ...], /) -> None:
        self.lines[record.owner, record.shortcode, record.day, record.lines_key] = lines

    def read_lines(self, record: DayRecord, /) -> tuple[Line, ...]:
        return self.lines[record.owner, record.shortcode, record.day, record.lines_key]

    def save_day(self, before: DayRecord | None, after: DayRecord, /) -> bool:
        key = after.owner, after.shortcode, after.day
        stored = self.days.get(key)
        if (stored.version if stored else None) != (before.version if before else None):
            return False
        self.days[key] = after
        return True

    def keep_decision(self, record: DayRecord, decision: Decision, /) -> bool:
        key = record.owner, record.shortcode, record.day, decision.number
        return self.said.setdefault(key, decision) == decision

    def read_decisions(self, record: DayRecord, /) -> tuple[Decision, ...]:
        numbers = range(1, record.decisions + 1)
        return tuple(self.said[record.owner, record.shortcode, record.day, number] for number in numbers)

    def read_uncounted(self, record: DayRecord, most: int, /) -> tuple[Decision, ...]:
        numbers = range(record.decisions + 1, record.decisions + most + 1)
        keys = [(record.owner, record.shortcode, record.day, number) for number in numbers]
        return tuple(self.said[key] for key in takewhile(self.said.__contains__, keys))

    def read_plan(self) -> Plan:
        return self.plan

    def save_plan(self, before: Plan, after: Plan, /) -> bool:
        if self.plan.version != before.version:
            return False
        self.plan = after
        return True
