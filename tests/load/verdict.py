"""What each test of `make load` gives back: lines of one table. Times are told as ratios; what must hold are counts."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line. holds None: nothing is promised, the line only tells."""

    test: str
    must: str
    found: str
    holds: bool | None = None

    @property
    def word(self) -> str:
        """`held`, `BROKEN`, or nothing."""
        return "" if self.holds is None else "held" if self.holds else "BROKEN"


HEADINGS = ("test", "what must hold", "found", "")


def table(verdicts: Sequence[Verdict]) -> str:
    """The lines as text in columns."""
    rows = [HEADINGS, *((one.test, one.must, one.found, one.word) for one in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def ratio(over: Sequence[float], under: Sequence[float], percent: int) -> float:
    """The percentile of the first as a multiple of that of the second."""
    return percentile(over, percent) / percentile(under, percent)


def percentile(values: Sequence[float], percent: int) -> float:
    """50 is the median; with few values, 99 is the largest."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def loopback_only(url: str) -> str:
    """The address. Raises ValueError when it leads anywhere but to this machine: load is for nobody else's server."""
    host = urlsplit(url).hostname
    if host not in LOOPBACK:
        raise ValueError(f"{host} is not this machine. The load tests send to {', '.join(LOOPBACK)} only.")
    return url
