"""The Links and Counts ports over DynamoDB. The items stand in the table at the top of `store.py`.

Examples, as plain values:
  LINK#plink_9c…  {"owner": "shop", "title": "Church roof", "min_kes": 50, "max_kes": 5000, "max_payments": 40,
                   "paid": 3, "held": {"pay_5f0c…": 1772442904000}, "version": 9, "day_key": "LINK#shop", …}
  COUNT#link:9c…  {"times": 4, "expires_at": 1772446504}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gateway.aws import items
from gateway.aws.table import Expression, Path, Table
from gateway.aws.values import Item
from gateway.domain.links import Link
from gateway.ports.links import LinkPage

LINK, COUNT = "LINK#", "COUNT#"

CHANGING = ("title", "active", "paid", "held")
"""What of a link is ever written again. All else stays as it was made."""

COUNT_OUTLIVES_S = 3600
"""A count is of no use after its end; this leaves room for clocks that differ."""


class DynamoLinks:
    """The Links port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create_link(self, link: Link, /) -> Link | None:
        """Put if absent. None: created. Else the link that stands there."""
        item = items.packed(link_to_values(link))
        conflict = self._table.put_if_absent(item)
        if conflict is None or (conflict.retried and conflict.stored == item):
            return None
        return link_from_item(conflict.stored or item)

    def read_link(self, link_id: str, /) -> Link | None:
        """One consistent read."""
        item = self._table.read(LINK + link_id)
        return link_from_item(item) if item else None

    def save_link(self, before: Link, after: Link, /) -> bool:
        """Write what may change, on condition that the version is `before`'s."""
        changed: dict[Path, Any] = {
            (name,): getattr(after, name) for name in CHANGING if getattr(after, name) != getattr(before, name)
        }
        changed["version",] = before.version + 1
        conflict = self._table.change(LINK + before.id, changed, {"version": before.version})
        return conflict is None or (conflict.retried and _shows(conflict.stored, changed))

    def list_links(self, owner: str, limit: int, cursor: str | None, /) -> LinkPage:
        """A page, newest first. cursor: the last link's sort key; whoever hands it out signs it."""
        expression = Expression()
        clauses = [expression.equals("day_key", LINK + owner)]
        if cursor is not None:
            clauses.append(f"{expression.path(('day_sort',))} < {expression.value(cursor)}")
        entries = self._table.query("by_day", clauses, expression, limit + 1, newest_first=True)
        shown = entries[:limit]
        found = self._table.read_together([entry["pk"]["S"] for entry in shown])
        links = tuple(link_from_item(found[entry["pk"]["S"]]) for entry in shown if entry["pk"]["S"] in found)
        return LinkPage(links, shown[-1]["day_sort"]["S"] if len(entries) > limit else None)


class DynamoCounts:
    """The Counts port over the one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def count_up(self, name: str, most: int, ends_at_ms: int, /) -> bool:
        """One more under this name, unless there are `most`. A lost answer may count twice, never too little."""
        return self._table.add_below(COUNT + name, "times", most, ends_at_ms // 1000 + COUNT_OUTLIVES_S)


def link_to_values(link: Link) -> dict[str, Any]:
    """The whole item."""
    stored = {field.name: getattr(link, field.name) for field in fields(link) if field.name != "id"}
    return {
        "pk": LINK + link.id,
        **stored,
        "held": dict(link.held),
        "day_key": LINK + link.owner,
        "day_sort": items.sort_key(link.created_at_ms, link.id),
    }


def link_from_item(item: Item) -> Link:
    """A stored link. What a newer release added is left alone."""
    values = items.unpacked(item)
    names = {field.name for field in fields(Link)}
    known = {name: value for name, value in values.items() if name in names}
    return Link(**{**known, "id": values["pk"].removeprefix(LINK)})


def _shows(stored: Item | None, changed: Mapping[Path, Any]) -> bool:
    """Whether what stands there is this very change, made by a first try whose answer was lost."""
    values = items.unpacked(stored) if stored else {}
    return all(values.get(path[0]) == value for path, value in changed.items())
