"""How much money waits for a person, by day: read from the entries of the list alone, never from the money's items."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.days import day_of
from gateway.domain.receipts import Standing
from gateway.ports import Flow, call
from gateway.ports.received import Received, WaitingQuery

PAGE = 1_000
PAGES_MAX = 10


@dataclass(slots=True)
class DaySum:
    """What came on one day and waits."""

    count: int = 0
    amount_kes: int = 0


@dataclass(slots=True)
class Waits:
    """All that waits. complete False: the newest of it were counted, and there is more."""

    days: dict[str, DaySum] = field(default_factory=dict)
    oldest_ms: int | None = None
    complete: bool = True

    @property
    def count(self) -> int:
        """How many receipts."""
        return sum(day.count for day in self.days.values())

    @property
    def amount_kes(self) -> int:
        """How many shillings."""
        return sum(day.amount_kes for day in self.days.values())


def what_waits(numbers: tuple[str, ...], standing: Standing) -> Flow[Waits]:
    """Count what is unmatched (or set aside) at these shortcodes, newest first. Raises StoreUnavailable."""
    waits = Waits()
    place: str | None = None
    for _ in range(PAGES_MAX):
        page = yield from call(Received.waiting_entries, WaitingQuery(numbers=numbers, standing=standing), PAGE, place)
        for entry in page.entries:
            day = waits.days.setdefault(day_of(entry.at_ms), DaySum())
            day.count += 1
            day.amount_kes += entry.amount_kes
            waits.oldest_ms = entry.at_ms
        place = page.cursor
        if place is None:
            return waits
    waits.complete = False
    return waits
