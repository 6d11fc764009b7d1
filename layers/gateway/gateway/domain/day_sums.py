"""What a day's payments come to: counts and sums by status, failure code and hour.

A payment counts under the day of its creation, with what follows from its facts. A change of a payment changes the
sums by the difference, so the sums of all changes are the sums of the payments as they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.days import day_of, eat
from gateway.domain.fold import state_of
from gateway.domain.payment import Asked, PaymentRecord, PaymentState
from gateway.domain.policy import DAY_MS

COUNT, AMOUNT, RECEIVED, RETURNED, PAID = "count", "amount", "received", "returned", "paid"
STATUS, FAILURE, HOUR = "status", "failure", "hour"

SEQUENCE_DIGITS = 40
"""At most so many has a sequence number of the stream."""

MARKS_KEPT_MS = 2 * DAY_MS

Sums = Mapping[str, int]
"""By name, like `status.paid.count` or `hour.09.received`. What is not there is 0."""


@dataclass(frozen=True, slots=True)
class DaySums:
    """A day of an owner as it was counted.

    marks: of each shard of the stream up to where it was counted (`mark_of`). counted_until_ms: changes of
    payments up to then are in the sums by a recount, whatever the stream tells of them. as_of_ms: when something was
    counted last. version: of the item.
    """

    owner: str
    day: str
    sums: Sums = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    counted_until_ms: int = 0
    as_of_ms: int = 0
    version: int = 0

    def counted(self, shard: str, sequence: str, changed_ms: int) -> bool:
        """Whether a record of the stream, about a change of then, is in these sums."""
        return changed_ms <= self.counted_until_ms or place_in_shard(sequence) <= self.marks.get(shard, "")


def place_in_shard(sequence: str) -> str:
    """A sequence number of the stream so that texts compare as numbers do."""
    return sequence.zfill(SEQUENCE_DIGITS)


def mark_of(sequence: str, now_ms: int) -> str:
    """Where a shard was counted up to, and when: greater than that record's place, less than the next one's."""
    return f"{place_in_shard(sequence)}@{now_ms}"


def fresh_marks(marks: Mapping[str, str], now_ms: int) -> dict[str, str]:
    """Without those of shards that ended long ago: the stream forgets after a day."""
    return {shard: mark for shard, mark in marks.items() if now_ms - int(mark.partition("@")[2]) < MARKS_KEPT_MS}


def sums_of(record: PaymentRecord) -> Counter[str]:
    """What one payment adds to its day."""
    state = state_of(record.asked, record.facts)
    names = [f"{STATUS}.{state.status}", f"{HOUR}.{eat(record.asked.created_at_ms):%H}"]
    parts = _parts(record.asked, state)
    sums = Counter({f"{name}.{part}": value for name in names for part, value in parts.items()})
    if state.received_kes >= record.asked.amount_kes:
        sums[f"{names[1]}.{PAID}"] = 1
    if state.failure is not None:
        sums[f"{FAILURE}.{state.failure.code}.{COUNT}"] = 1
        sums[f"{FAILURE}.{state.failure.code}.{AMOUNT}"] = record.asked.amount_kes
    return +sums


def difference(before: PaymentRecord | None, after: PaymentRecord) -> Counter[str]:
    """What a change of a payment adds to (or takes from) its day; without what stays."""
    change = sums_of(after)
    change.subtract(sums_of(before) if before is not None else {})
    return Counter({name: value for name, value in change.items() if value})


def day_of_payment(record: PaymentRecord) -> str:
    """The Nairobi day under which a payment counts."""
    return day_of(record.asked.created_at_ms)


def _parts(asked: Asked, state: PaymentState) -> dict[str, int]:
    return {COUNT: 1, AMOUNT: asked.amount_kes, RECEIVED: state.received_kes, RETURNED: state.returned_kes}
