"""The judge of compared days and statements: L16 while it storms, and against M-PESA's books when it is over.

Imports neither layer. It sees days in plain values (`office.shown_day`), payments, and M-PESA's books, in which it is
noted what a statement told that was taken in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Shown = Mapping[str, Any]

BLOCKING = {"amount_mismatch", "contradicted", "receipt_taken", "reversed_externally", "needs_review"}
MINUTE_MS = 60_000
COMPARING_MS = MINUTE_MS
"""What came while a day was being compared may be in its sums or beside them."""

LOOKED_AT_WITHIN_MS = 60 * MINUTE_MS
"""So long after news a tick compares what was closed."""


class DayJudge:
    """Looks at each compared day whenever it is written, and notes when each credit was first seen."""

    def __init__(self, books: Mapping[str, Shown], now_ms: Callable[[], int]) -> None:
        self.broken: list[str] = []
        self.days: dict[str, Shown] = {}
        self._books = books
        self._now_ms = now_ms
        self._first_ms: dict[Any, int] = {}

    def credited(self, payment: Shown) -> None:
        """A payment as it stands now."""
        for credit in payment["credits"]:
            for name in _names_of(credit, payment):
                self._first_ms.setdefault(name, self._now_ms())

    def look(self, day: Shown) -> None:
        """A day as it was written."""
        before = self.days.get(day["day"])
        self.days[day["day"]] = day
        if not day["closed"]:
            return
        if before is None or before["closings"] != day["closings"]:
            if day["open"]:
                self.broken.append(f"L16 {day['day']} is closed over {day['open']} differences that nobody explained")
        elif before["sums"] != day["sums"]:
            self.broken.append(f"L16 {day['day']} is closed, and its books went to {day['sums']} from {before['sums']}")

    def restored(self, days: Iterable[Shown]) -> None:
        """The table is what it was at a moment before."""
        self.days = {day["day"]: day for day in days}

    def close(self, payments: Mapping[str, Shown], booked: Mapping[str, str], beyond: set[str]) -> list[str]:
        """All that holds at rest. booked: receipt → its day with us. beyond: payments that no gateway can know better.

        What our books have late of a closed day is told beside it; M-Pesa's side has all that statements told, and
        nothing that M-PESA has not.
        """
        for name, day in self.days.items():
            self.broken += self._mpesas_side(name, day)
        closed = {name: day for name, day in self.days.items() if day["closed"]}
        for payment in payments.values():
            if not BLOCKING & set(payment["flags"]) and payment["id"].removeprefix("pay_") not in beyond:
                for credit in payment["credits"]:
                    of_day = booked.get(credit["receipt"], "")
                    self.broken += self._late(credit, payment, closed[of_day]) if of_day in closed else ()
        return self.broken

    def _mpesas_side(self, name: str, day: Shown) -> Iterable[str]:
        """Count and sum lie between what statements told and what there is."""
        of_day = [entry for entry in self._books.values() if _day(entry) == name and not entry.get("till")]
        least = [entry for entry in of_day if "stated_at_ms" in entry]
        count, total = day["mpesa"]
        if not (len(least) <= count <= len(of_day) and _sum(least) <= total <= _sum(of_day)):
            yield (
                f"L16 {name} has {count} of M-PESA's payments and {total}; statements told {len(least)} and "
                f"{_sum(least)}, the books have {len(of_day)} and {_sum(of_day)}"
            )

    def _late(self, credit: Shown, payment: Shown, day: Shown) -> Iterable[str]:
        receipt = credit["receipt"]
        first_ms = min(self._first_ms[name] for name in _names_of(credit, payment))
        entry = self._books.get(receipt)
        late = day["run_at_ms"] + COMPARING_MS < first_ms < self._now_ms() - LOOKED_AT_WITHIN_MS
        if entry is not None and _day(entry) == day["day"] and late and not day["has_news"]:
            yield f"L16 {receipt} was credited after {day['day']} was closed, and is no news of it"


def _names_of(credit: Shown, payment: Shown) -> list[Any]:
    """Money of a prompt is the same before its receipt is told, and before it is known to be of the prompt."""
    of_prompt = [(payment["id"], credit["attempt"])] if credit["attempt"] is not None else []
    return [*of_prompt, *([credit["receipt"]] if credit["receipt"] is not None else [])]


def _day(entry: Shown) -> str:
    """In Nairobi."""
    return (datetime.fromtimestamp(entry["at_ms"] / 1000, UTC) + timedelta(hours=3)).date().isoformat()


def _sum(entries: Iterable[Shown]) -> int:
    return sum(entry["amount"] for entry in entries)
