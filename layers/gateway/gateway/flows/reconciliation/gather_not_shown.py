"""Payouts and refunds that M-Pesa said had succeeded, and that the statement of the account that pays lacks."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.policy import DAY_MS
from gateway.domain.reconciliation.proven import Proven
from gateway.domain.reconciliation.rows import MpesaRow
from gateway.domain.reconciliation.sent import Outgoing, is_not_shown, shown_ways
from gateway.domain.shop import Shortcode
from gateway.flows.reconciliation.book_rows import numbers_of, rows_of
from gateway.flows.reconciliation.gather_sent import Sent, asked_for_on
from gateway.ports import Flow

DAYS_BEFORE = 4
"""A payout may wait three days for its approval, and one more for a place in the day's limits."""

LOOKED_THROUGH_MAX = 5_000
"""So many payouts and refunds at most are looked through, the newest days first."""


def gather_not_shown(
    rows: Sequence[MpesaRow], proven: Proven, sent: Sent, owner: str, code: Shortcode, day: str
) -> Flow[tuple[Outgoing, ...]]:
    """Those that M-Pesa completed on this day by its own word. rows: of the day; proven: as far as they were found.

    Raises StoreUnavailable, DayTooBig.
    """
    ways = shown_ways(rows, sent.by_receipt)
    if not ways:
        return ()
    numbers = numbers_of(code)
    asked = yield from _asked_for(owner, day, sent)
    missed = [one for one in asked if day_of(one.from_ms) == day and is_not_shown(one, numbers, rows, proven, ways)]
    if not missed:
        return ()
    begins_ms = day_begins_ms(day)
    for beside in (day_of(begins_ms - 1), day_of(begins_ms + DAY_MS)):
        more = yield from rows_of(owner, code, beside)
        rows, proven = (*rows, *more), proven.seen(beside, more)
    return tuple(one for one in missed if is_not_shown(one, numbers, rows, proven, ways))


def _asked_for(owner: str, day: str, sent: Sent) -> Flow[list[Outgoing]]:
    """What was asked for on this day and on those before, a day at a time."""
    found: list[Outgoing] = []
    for back in range(DAYS_BEFORE + 1):
        made_on = day_of(day_begins_ms(day) - back * DAY_MS)
        known = sent.listed.get(made_on)
        found += (yield from asked_for_on(owner, made_on)) if known is None else known
        if len(found) >= LOOKED_THROUGH_MAX:
            break
    return found
