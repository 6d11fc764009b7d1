"""What must hold of refunds: M-Pesa's books against what payments hold and say.

It reads plain values and imports neither layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Shown = Mapping[str, Any]
Books = Mapping[str, Sequence[int]]

ENDED = {"succeeded", "failed", "rejected", "lapsed"}


def broken_at_any_time(payments: Sequence[Shown], books: Books) -> Iterator[str]:
    """L9: held and returned within what was received; money leaves for a refund once, and never more than came."""
    for payment in payments:
        taken = payment["held"] + (0 if payment["external"] else payment["returned"])
        if taken > payment["received"]:
            yield f"L9 {payment['id']} holds or gave back {taken} of {payment['received']}"
        went = sum(sum(books.get(refund, ())) for refund in payment["refunds"])
        if went > payment["received"]:
            yield f"L9 {payment['id']} received {payment['received']}, and M-Pesa gave {went} back"
    for refund, booked in books.items():
        if len(booked) > 1:
            yield f"L9 money left {len(booked)} times for {refund}"


def broken_at_rest(payments: Sequence[Shown], items: Mapping[str, str], books: Books) -> Iterator[str]:
    """L8, L9 in the end: each place has its item and the item's outcome, and the payment says what the books have."""
    for payment in payments:
        for refund in payment["live"]:
            if items.get(refund, "missing") in ENDED | {"missing"}:
                yield f"L8 {payment['id']} still holds {refund}, whose item is {items.get(refund, 'missing')}"
        went = sum(sum(books.get(refund, ())) for refund in payment["refunds"])
        if went and not payment["external"] and payment["returned"] != went and not payment["live"]:
            yield f"L9 {payment['id']} says {payment['returned']} went back, M-Pesa's books {went}"
        if went and not payment["live"] and payment["status"] not in ("refunded", "partially_refunded"):
            yield f"L9 {payment['id']} gave {went} back and stands {payment['status']}"
