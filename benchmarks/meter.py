"""Counts what a DynamoDB client does, call by call, with the units that the real one would bill.

It listens to the client's own events, so no call escapes it, whatever the operation; a second client looks at the item
before and after each write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import capacity_units as rules
from gateway.aws.values import Item, item_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITES = frozenset({"PutItem", "UpdateItem"})
READS = frozenset({"GetItem"})
QUERIES = frozenset({"Query"})
BATCHES = frozenset({"BatchGetItem"})
OTHER_SERVICES_OF_THE_TABLE = "other"


@dataclass(frozen=True, slots=True)
class Counted:
    """One call. doing: who did it, as the meter was told. about: the item's key without its id, or the index."""

    doing: str
    operation: str
    about: str
    write_units: int = 0
    index_units: int = 0
    read_units: float = 0.0
    refused: bool = False
    size: int = 0

    @property
    def is_write(self) -> bool:
        """Whether it changed the table, or tried to."""
        return self.operation in WRITES

    @property
    def is_read(self) -> bool:
        """Whether it read an item by its key."""
        return self.operation in READS


@dataclass(frozen=True, slots=True)
class Sum:
    """What some calls cost together."""

    writes: int
    reads: int
    write_units: int
    index_units: int
    read_units: float
    operations: frozenset[str]

    @property
    def all_write_units(self) -> int:
        """Of the table and its indexes."""
        return self.write_units + self.index_units


def summed(calls: Iterable[Counted]) -> Sum:
    """The sum of these calls. reads: of items; a query of an index counts in the units alone."""
    kept = list(calls)
    return Sum(
        writes=sum(one.is_write for one in kept),
        reads=sum(one.is_read for one in kept),
        write_units=sum(one.write_units for one in kept),
        index_units=sum(one.index_units for one in kept),
        read_units=sum(one.read_units for one in kept),
        operations=frozenset(one.operation for one in kept),
    )


class Meter:
    """Set `doing` before each step; `calls` holds what was counted."""

    def __init__(self, watched: DynamoDBClient, onlooker: DynamoDBClient, table: str) -> None:
        self.doing = ""
        self.calls: list[Counted] = []
        self._onlooker = onlooker
        self._table = table
        self._indexes = rules.indexes_of(onlooker, table)
        events: Any = watched.meta.events
        events.register("before-parameter-build.dynamodb.*", self._before)
        events.register("after-call.dynamodb.*", self._after)

    def _before(self, params: Any, model: Any, context: Any, **_: Any) -> None:
        context["counted"] = params
        if model.name in WRITES:
            context["image_before"] = self._image(_key_of(params))

    def _after(self, http_response: Any, parsed: Any, model: Any, context: Any, **_: Any) -> None:
        params = context["counted"]
        if model.name in WRITES:
            self.calls.append(self._write(params, model.name, context["image_before"], http_response.status_code))
        elif model.name in READS:
            self.calls.append(self._read(params, parsed))
        elif model.name in QUERIES:
            size = sum(item_size(entry) for entry in parsed.get("Items", []))
            units = rules.read_units(size, consistent=False)
            self.calls.append(Counted(self.doing, model.name, params["IndexName"], read_units=units, size=size))
        elif model.name in BATCHES:
            self.calls += self._batch(parsed)
        else:
            self.calls.append(Counted(self.doing, model.name, OTHER_SERVICES_OF_THE_TABLE))

    def _batch(self, parsed: Any) -> list[Counted]:
        """One entry for each item: a batch costs what its items cost."""
        found = [item for items in parsed["Responses"].values() for item in items]
        return [
            Counted(
                self.doing,
                "BatchGetItem",
                _kind_of(item["pk"]["S"]),
                read_units=rules.read_units(item_size(item), consistent=True),
                size=item_size(item),
            )
            for item in found
        ]

    def _write(self, params: Any, operation: str, before: Item | None, status: int) -> Counted:
        key = _key_of(params)
        after = self._image(key)
        return Counted(
            self.doing,
            operation,
            _kind_of(key),
            write_units=rules.write_units(before, after),
            index_units=rules.index_write_units(before, after, self._indexes),
            refused=status != 200,  # noqa: PLR2004  HTTP's OK
            size=item_size(after or {}),
        )

    def _read(self, params: Any, parsed: Any) -> Counted:
        size = item_size(parsed.get("Item", {}))
        units = rules.read_units(size, consistent=params.get("ConsistentRead", False))
        return Counted(self.doing, "GetItem", _kind_of(params["Key"]["pk"]["S"]), read_units=units, size=size)

    def _image(self, key: str) -> Item | None:
        found: Any = self._onlooker.get_item(TableName=self._table, Key={"pk": {"S": key}}, ConsistentRead=True)
        image: Item | None = found.get("Item")
        return image


def _key_of(params: Any) -> str:
    key: str = (params.get("Key") or params["Item"])["pk"]["S"]
    return key


def _kind_of(key: str) -> str:
    return key.partition("#")[0]
