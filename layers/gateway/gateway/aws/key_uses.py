"""The KeyUses port over DynamoDB: `USED#key_…  {"day": "2026-03-02"}`."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.aws import items
from gateway.aws.table import Expression, Table

USED = "USED#"


class DynamoKeyUses:
    """The KeyUses port over the one table. It remembers what it noted, for as long as the process lives."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._noted: dict[str, str] = {}

    def note_use(self, key_id: str, day: str, /) -> None:
        """Unless this day or a later one stands there. A refusal means that another process was first."""
        if self._noted.get(key_id) == day:
            return
        expression = Expression()
        change = expression.change({("day",): day})
        place = expression.path(("day",))
        later = f"(attribute_not_exists({place}) OR {place} < {expression.value(day)})"
        self._table.change_by(USED + key_id, change, [later], expression)
        self._noted[key_id] = day

    def read_uses(self, key_ids: tuple[str, ...], /) -> Mapping[str, str]:
        """The last day of each."""
        found = self._table.read_together([USED + key_id for key_id in dict.fromkeys(key_ids)])
        return {pk.removeprefix(USED): str(items.unpacked(item)["day"]) for pk, item in found.items()}
