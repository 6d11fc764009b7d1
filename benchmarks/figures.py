"""What every program here gives back: figures, each with its budget and the command that measures it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. ok None: there is no budget, or it could not be measured; then `measured` says why."""

    what: str
    measured: str
    budget: str = ""
    ok: bool | None = None
    command: str

    @property
    def verdict(self) -> str:
        """`ok`, `OVER`, or nothing."""
        return "" if self.ok is None else "ok" if self.ok else "OVER"


HEADINGS = ("figure", "measured", "budget", "", "command")


def at_most(what: str, measured: float, most: float, command: str, *, unit: str = "", digits: int = 2) -> Figure:
    """A figure that holds while it is not above its budget."""
    return Figure(
        what=what,
        measured=f"{measured:.{digits}f}{unit}",
        budget=f"≤ {most:g}{unit}",
        ok=measured <= most,
        command=command,
    )


def told(what: str, measured: str, command: str) -> Figure:
    """A figure without a budget."""
    return Figure(what=what, measured=measured, command=command)


def table(figures: Sequence[Figure]) -> str:
    """The figures as text in columns."""
    rows = [HEADINGS, *((one.what, one.measured, one.budget, one.verdict, one.command) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])
