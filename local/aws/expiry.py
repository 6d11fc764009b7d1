"""DynamoDB's time to live, on the local clock: an item whose time is over is deleted."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import json
from typing import Any

from local.aws.backing import Backing, BackingError
from local.aws.table_journal import Change, Item, key_of
from local.aws.waits import first_of
from local.clock import Clock


class Expiry:
    """Follows a table's changes and deletes what is over. Amazon takes hours for that; here it is at once."""

    def __init__(self, table: str, attribute: str, backing: Backing, clock: Clock) -> None:
        self._table = table
        self._attribute = attribute
        self._backing = backing
        self._clock = clock
        self._ends: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._earlier = asyncio.Event()

    def take(self, change: Change) -> None:
        """One more change."""
        told = change.record["dynamodb"]
        self.take_item(told["Keys"], told.get("NewImage", {}))

    def take_item(self, keys: Item, item: Item) -> None:
        """An item as it is now."""
        ends = item.get(self._attribute, {}).get("N")
        if ends is not None:
            heapq.heappush(self._ends, (float(ends), next(self._order), key_of(keys)))
            self._earlier.set()

    async def run(self) -> None:
        """Delete until cancelled."""
        while True:
            self._earlier.clear()
            if not self._ends:
                await self._earlier.wait()
                continue
            if self._clock.now() > self._ends[0][0]:
                await self._delete(*heapq.heappop(self._ends))
                continue
            await first_of(self._clock.sleep_until(self._ends[0][0] + 1), self._earlier.wait())

    async def _delete(self, ends_s: float, _order: int, key: str) -> None:
        values: dict[str, Any] = {":ends": {"N": f"{ends_s:.0f}"}}
        with self._clock.busy(), contextlib.suppress(BackingError):  # changed meanwhile: a later entry has it
            await self._backing.call(
                "dynamodb", "DeleteItem",
                TableName=self._table, Key=json.loads(key), ConditionExpression="#ends = :ends",
                ExpressionAttributeNames={"#ends": self._attribute}, ExpressionAttributeValues=values,
            )  # fmt: skip
