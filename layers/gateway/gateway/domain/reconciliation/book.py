"""A compared day with all that belongs to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.reconciliation.compare import Line
from gateway.domain.reconciliation.day import DayRecord
from gateway.domain.reconciliation.decisions import Decision, line_id


@dataclass(frozen=True, slots=True)
class DayBook:
    """A day, its lines, what came since it was closed, and what people decided, in order."""

    record: DayRecord
    lines: tuple[Line, ...]
    news: tuple[Line, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def line(self, name: str) -> Line | None:
        """The line with this id."""
        return next((line for line in self.lines if line_id(line) == name), None)
