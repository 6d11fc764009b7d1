"""What in a file of payouts a person should look at before approving it: what differs from what was paid out before.

It proves nothing and forbids nothing: the lines that an error or a fraud would hide in are shown first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.money_out.outgoing import OutgoingAsked


class Why(StrEnum):
    """Why a line is worth a look."""

    NEW = "new_recipient"
    """Nothing was paid out to this number before."""
    OTHER_AMOUNT = "other_amount"
    """The last payout to this number had another amount."""
    TWICE = "twice"
    """Another line of the file goes to the same number."""
    ABOVE_LIMIT = "above_limit"
    """All that the file pays this number is more than one recipient may get in a day: what is too much waits."""


@dataclass(frozen=True, slots=True)
class LineCheck:
    """whys: in the order of `Why`; empty: as before. last_kes: the last payout to this number, None: there was none."""

    whys: tuple[Why, ...]
    last_kes: int | None


def checked_lines(
    lines: Sequence[OutgoingAsked], earlier: Iterable[OutgoingAsked], recipient_kes: int
) -> Mapping[str, LineCheck]:
    """Each line by its id. earlier: payouts that went, newest first; without any, no recipient counts as new."""
    last: dict[str, int] = {}
    for one in earlier:
        last.setdefault(_recipient(one), one.amount_kes)
    times = Counter(_recipient(line) for line in lines)
    sums: Counter[str] = Counter()
    for line in lines:
        sums[_recipient(line)] += line.amount_kes
    return {
        line.id: LineCheck(tuple(_whys(line, last, times, sums, recipient_kes)), last.get(_recipient(line)))
        for line in lines
    }


def _recipient(asked: OutgoingAsked) -> str:
    return asked.party or asked.phone or ""


def _whys(
    line: OutgoingAsked, last: Mapping[str, int], times: Mapping[str, int], sums: Mapping[str, int], recipient_kes: int
) -> Iterable[Why]:
    to = _recipient(line)
    if last and to not in last:
        yield Why.NEW
    if last.get(to, line.amount_kes) != line.amount_kes:
        yield Why.OTHER_AMOUNT
    if times[to] > 1:
        yield Why.TWICE
    if sums[to] > recipient_kes:
        yield Why.ABOVE_LIMIT
