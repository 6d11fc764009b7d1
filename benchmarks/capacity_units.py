"""DynamoDB's capacity units from the sizes of items, by its published rules. Emulators answer a constant.

A write unit is 1 KB of the larger image, a consistent read unit 4 KB; a refused conditional write costs as much as one
that is carried out. An index entry that comes or goes is a write, one whose key changes is two, one that stays is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.aws.values import Item, item_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Index:
    """A keys-only index. keys: its own key attributes and the table's."""

    name: str
    keys: tuple[str, ...]

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item; None when the item lacks one of the keys."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {key: item[key] for key in self.keys}


def indexes_of(client: DynamoDBClient, table: str) -> tuple[Index, ...]:
    """The table's indexes. Raises ValueError for one that holds more than keys: its costs are others."""
    description: Any = client.describe_table(TableName=table)["Table"]
    own = [part["AttributeName"] for part in description["KeySchema"]]
    found = []
    for index in description.get("GlobalSecondaryIndexes", []):
        if index["Projection"]["ProjectionType"] != "KEYS_ONLY":
            raise ValueError(f"The index {index['IndexName']} holds more than keys.")
        found.append(Index(index["IndexName"], (*(part["AttributeName"] for part in index["KeySchema"]), *own)))
    return tuple(found)


def units(size: int, unit_bytes: int) -> int:
    """Whole units for so many bytes; nothing costs less than one."""
    return max(1, -(-size // unit_bytes))


def write_units(before: Item | None, after: Item | None) -> int:
    """Of the table itself, for a write that found `before` and left `after`."""
    size = max(item_size(image) for image in (before or {}, after or {}))
    return units(size, WRITE_UNIT_BYTES)


def index_write_units(before: Item | None, after: Item | None, indexes: tuple[Index, ...]) -> int:
    """Of all indexes, for the same write."""
    return sum(_entry_units(index.entry(before), index.entry(after)) for index in indexes)


def _entry_units(old: Item | None, new: Item | None) -> int:
    if old == new:
        return 0
    return sum(units(item_size(entry), WRITE_UNIT_BYTES) for entry in (old, new) if entry is not None)


def read_units(size: int, *, consistent: bool) -> float:
    """For a read of so many bytes."""
    return units(size, READ_UNIT_BYTES) * (1.0 if consistent else 0.5)
