"""The Orphans port over DynamoDB. The item stands in the table at the top of `store.py`."""

from __future__ import annotations

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.ports import Orphan


class DynamoOrphans:
    """The Orphans port over the one table. shards: of the `due` index."""

    def __init__(self, table: Table, shards: int) -> None:
        self._table = table
        self._shards = shards

    def read_orphan(self, key: str, /) -> Orphan | None:
        """One consistent read."""
        item = self._table.read(items.ORPHAN + key)
        return orphan_from_item(item) if item else None

    def save_orphan(self, before: Orphan, after: Orphan, /) -> bool:
        """Write times, tries and whether it was matched, on condition that it is still due as `before`."""
        key = items.ORPHAN + before.key
        values = {
            **items.due_attributes(key, after.due_at_ms, self._shards),
            "tries": after.tries or None,
            "matched_at": after.matched_at_ms,
        }
        changed: dict[Path, object] = {(name,): value for name, value in values.items()}
        conflict = self._table.change(key, changed, {"pk": key, "due_at": before.due_at_ms})
        return conflict is None or (conflict.retried and _stands(conflict.stored, after))

    def list_orphans(self, day: str, limit: int, /) -> tuple[Orphan, ...]:
        """What came on this day in Nairobi, oldest first."""
        expression = Expression()
        clauses = [expression.equals("day_key", f"{items.ORPHAN}{day}")]
        entries = self._table.query("by_day", clauses, expression, limit, newest_first=False)
        keys = [entry["pk"]["S"] for entry in entries]
        found = self._table.read_together(keys)
        return tuple(orphan_from_item(found[key]) for key in keys if key in found)


def orphan_from_item(item: Item) -> Orphan:
    """A stored orphan."""
    values = items.unpacked(item)
    return Orphan(
        key=values["pk"].removeprefix(items.ORPHAN),
        what=values["what"],
        body=bytes(values["body"]),
        learned_at_ms=values["learned_at"],
        expires_at_ms=values["expires_at"] * 1000,
        due_at_ms=values.get("due_at"),
        tries=values.get("tries", 0),
        matched_at_ms=values.get("matched_at"),
    )


def _stands(stored: Item | None, after: Orphan) -> bool:
    """Whether what stands there is this very change, made by a first try whose answer was lost."""
    if stored is None:
        return False
    now = orphan_from_item(stored)
    return (now.due_at_ms, now.tries, now.matched_at_ms) == (after.due_at_ms, after.tries, after.matched_at_ms)
