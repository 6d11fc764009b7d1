"""What must hold of money that goes out: M-Pesa's books against what persons agreed to and what we say.

It reads M-Pesa's books and payouts in plain values, and imports neither layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Shown = Mapping[str, Any]

OPEN = {"sending", "accepted", "unknown"}
NOTHING_LEFT = {"awaiting_approval", "approved", "rejected", "lapsed", "failed"}


def broken_at_any_time(payouts: Sequence[Shown], books: Sequence[Shown], day_limit_kes: int) -> Iterator[str]:
    """L10 and L11: one transfer for each payout at most, none without an approval, no day above its limit."""
    by_id = {payout["id"]: payout for payout in payouts}
    times = Counter(booked["payout"] for booked in books)
    yield from (f"L10 {out_id} was paid {count} times" for out_id, count in times.items() if count > 1)
    for booked in books:
        yield from _not_agreed(booked, by_id.get(booked["payout"]))
    for payout in payouts:
        yield from _misjudged(payout, paid=payout["id"] in times)
    days = Counter[str]()
    for booked in books:
        days[booked["day"]] += booked["amount"]
    yield from (f"L10 on {day} {kes} went out" for day, kes in days.items() if kes > day_limit_kes)


def _not_agreed(booked: Shown, payout: Shown | None) -> Iterator[str]:
    if payout is None:
        yield f"L11 {booked['payout']} was paid and is not known"
    elif not payout["agreed"]:
        yield f"L11 {payout['id']} was paid without an approval of another person"
    elif booked["amount"] != payout["amount"] or booked["phone"] not in payout["recipients"]:
        yield f"L11 {payout['id']} was paid otherwise than was agreed"


def _misjudged(payout: Shown, *, paid: bool) -> Iterator[str]:
    if paid and payout["status"] in NOTHING_LEFT:
        yield f"L4 {payout['id']} was paid and stands {payout['status']}"
    if not paid and payout["status"] == "succeeded":
        yield f"L7 {payout['id']} stands succeeded and was not paid"


def broken_at_rest(payouts: Sequence[Shown], books: Sequence[Shown], limits: Mapping[str, Shown]) -> Iterator[str]:
    """L8 in the end: what was paid says so, what is open is listed, and the limits count what the books have."""
    for payout in payouts:
        paid = any(booked["payout"] == payout["id"] for booked in books)
        if payout["status"] in OPEN:
            yield f"L8 {payout['id']} still stands {payout['status']}"
        if paid and payout["status"] != "succeeded":
            yield f"L8 {payout['id']} was paid and stands {payout['status']}"
        if payout["status"] in ("succeeded", "failed", "rejected", "lapsed") and payout["due_at_ms"] is not None:
            yield f"L8 {payout['id']} stands {payout['status']} and is still due"
    still = {payout["id"] for payout in payouts if payout["status"] in ("approved", "unresolved", "awaiting_approval")}
    for name, limit in limits.items():
        held = set(limit["in_flight"]) - still
        if held:
            yield f"L10 {name} still holds {sorted(held)}"
    for day in {booked["day"] for booked in books}:
        counted = limits.get(f"shop#{day}", {"settled": 0})["settled"]
        booked_kes = sum(booked["amount"] for booked in books if booked["day"] == day)
        if counted != booked_kes:
            yield f"L10 the limit of {day} counts {counted}, M-Pesa's books {booked_kes}"
