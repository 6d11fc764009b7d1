"""Sums of days in DynamoDB: one item for each owner and day, which the stream adds to.

| item | `pk`               | own attributes                                                     | indexes | TTL   |
|------|--------------------|--------------------------------------------------------------------|---------|-------|
| day  | DAY#<owner>#<day>  | version, as_of, [counted_until], one mark for each shard and       | none    | never |
|      |                    | one number for each sum, all of them at the top                    |         |       |

A mark's name is `mark.<shard>`, its value the sequence number with 40 digits, `@` and when it was set. A sum's name is
`sum.<what>`. At the top, since DynamoDB adds only there. Example, as plain values:

  DAY#shop#2026-03-02  {"version": 7, "as_of": 1772442934000, "sum.status.paid.count": 3, "sum.hour.12.paid": 3, …,
                        "mark.shardId-0001": "0000000000000000000300000000000499659000@1772442934000"}
"""

from __future__ import annotations

from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.domain.day_sums import DaySums, Sums, fresh_marks, mark_of, place_in_shard
from gateway.ports.days import Counting

DAY, MARK, SUM = "DAY#", "mark.", "sum."


class DynamoDays:
    """The Days port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def count(self, counting: Counting, /) -> DaySums | None:
        """One write. Where it is refused, the day as it stands then: also when a first try of ours has done it."""
        expression, key = Expression(), _key(counting.owner, counting.day)
        sets: dict[Path, Any] = {
            ("as_of",): counting.now_ms,
            (MARK + counting.shard,): mark_of(counting.last, counting.now_ms),
        }
        adds = {("version",): 1, **{(SUM + name,): value for name, value in counting.change.items()}}
        change = f"{expression.change(sets)} ADD " + ", ".join(
            f"{expression.path(path)} {expression.value(value)}" for path, value in adds.items()
        )
        conflict = self._table.change_by(key, change, _clauses(counting, expression), expression)
        return None if conflict is None else _from_item(conflict.stored or {"pk": {"S": key}})

    def read_day(self, owner: str, day: str, /) -> DaySums | None:
        """One consistent read."""
        item = self._table.read(_key(owner, day))
        return _from_item(item) if item else None

    def replace_day(self, before: DaySums, sums: Sums, counted_until_ms: int, now_ms: int, /) -> bool:
        """One write, on condition that the version is `before`'s (0: there is none)."""
        kept = fresh_marks(before.marks, now_ms)
        changed: dict[Path, Any] = {
            ("version",): before.version + 1,
            ("as_of",): now_ms,
            ("counted_until",): counted_until_ms,
            **{(SUM + name,): None for name in before.sums},
            **{(SUM + name,): value for name, value in sums.items()},
            **{(MARK + shard,): None for shard in before.marks if shard not in kept},
        }
        unchanged = {"version": before.version or None}
        return self._table.change(_key(before.owner, before.day), changed, unchanged) is None


def _key(owner: str, day: str) -> str:
    return f"{DAY}{owner}#{day}"


def _clauses(counting: Counting, expression: Expression) -> list[str]:
    """Nothing of it was counted: neither by this shard before, nor by a recount."""
    if counting.seen is not None:
        return [expression.equals("version", counting.seen.version or None)]
    mark, until = expression.path((MARK + counting.shard,)), expression.path(("counted_until",))
    first, oldest = expression.value(place_in_shard(counting.first)), expression.value(counting.oldest_ms)
    return [
        f"(attribute_not_exists({mark}) OR {mark} < {first})",
        f"(attribute_not_exists({until}) OR {until} < {oldest})",
    ]


def _from_item(item: Item) -> DaySums:
    values = items.unpacked(item)
    owner, _, day = values["pk"].removeprefix(DAY).rpartition("#")
    return DaySums(
        owner=owner,
        day=day,
        sums=_under(SUM, values),
        marks=_under(MARK, values),
        counted_until_ms=values.get("counted_until", 0),
        as_of_ms=values.get("as_of", 0),
        version=values.get("version", 0),
    )


def _under(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
