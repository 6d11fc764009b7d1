"""The nightly repair's own item, and the lists that it goes through.

| item     | `pk`    | own attributes                       | indexes | TTL   |
|----------|---------|--------------------------------------|---------|-------|
| progress | REPAIR# | began, tasks, [cursor], version      | none    | never |

Example, as plain values:

  REPAIR#  {"began": 1772496000000, "tasks": ["payments#2026-03-02#1772402400000#shop"], "version": 12}
"""

from __future__ import annotations

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.domain.repairs import RepairProgress, Task
from gateway.domain.shop import ShopSettings
from gateway.ports.repairs import ReceiptPage

PROGRESS_PK = "REPAIR#"
SHOPS_MAX = 1_000


class DynamoRepairs:
    """The Repairs port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def shops(self) -> tuple[ShopSettings, ...]:
        """By the index that lists settings."""
        expression = Expression()
        clauses = [expression.equals("day_key", items.SETTINGS)]
        entries = self._table.query("by_day", clauses, expression, SHOPS_MAX, newest_first=False)
        found = self._table.read_together([entry["pk"]["S"] for entry in entries])
        return tuple(items.settings_from_item(item) for item in found.values())

    def receipts_of_day(self, shortcode: str, day: str, limit: int, cursor: str | None, /) -> ReceiptPage:
        """In the order of the receipts' codes."""
        expression = Expression()
        clauses = [expression.equals("day_key", f"{items.RECEIPT}{shortcode}#{day}")]
        if cursor is not None:
            clauses.append(f"{expression.path(('day_sort',))} > {expression.value(cursor)}")
        entries = self._table.query("by_day", clauses, expression, limit + 1, newest_first=False)
        shown = [entry["pk"]["S"] for entry in entries[:limit]]
        found = self._table.read_together(shown)
        records = [items.receipt_from_item(found[key]) for key in shown if key in found]
        return ReceiptPage(tuple(records), _receipt(shown[-1]) if len(entries) > limit else None)

    def read_progress(self) -> RepairProgress:
        """One consistent read."""
        item = self._table.read(PROGRESS_PK)
        if item is None:
            return RepairProgress()
        values = items.unpacked(item)
        return RepairProgress(
            began_ms=values["began"],
            tasks=tuple(Task.read(text) for text in values["tasks"]),
            cursor=values.get("cursor"),
            version=values["version"],
        )

    def save_progress(self, before: RepairProgress, after: RepairProgress, /) -> bool:
        """One write."""
        changed: dict[Path, object] = {
            ("began",): after.began_ms,
            ("tasks",): [str(task) for task in after.tasks],
            ("cursor",): after.cursor,
            ("version",): before.version + 1,
        }
        conflict = self._table.change(PROGRESS_PK, changed, {"version": before.version or None})
        return conflict is None


def _receipt(key: str) -> str:
    return key.removeprefix(items.RECEIPT)
