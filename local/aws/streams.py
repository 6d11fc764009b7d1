"""A table's stream: read after every write, written to the journal, handed to whoever follows.

A write is answered only after the journal has it, so what a caller was told is there after a crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from local.aws.backing import Backing, Call
from local.aws.table_journal import Change, TableJournal

RECORDS_A_READ = 100
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement"}


class TableStream:
    """The stream of one table."""

    def __init__(self, table: str, backing: Backing, journal: TableJournal) -> None:
        self._table = table
        self._backing = backing
        self._journal = journal
        self._iterator = ""
        self._reading = asyncio.Lock()
        self._asked = 0
        self._read = 0
        self._followers: list[Callable[[Change], None]] = []

    def follow(self, follower: Callable[[Change], None]) -> None:
        """Call `follower` with every change from now on, in order."""
        self._followers.append(follower)

    async def open(self) -> None:
        """Start at the end of the emulator's stream."""
        streams = await self._backing.call("dynamodbstreams", "ListStreams", TableName=self._table)
        stream_arn = streams["Streams"][0]["StreamArn"]
        described = await self._backing.call("dynamodbstreams", "DescribeStream", StreamArn=stream_arn)
        shard = described["StreamDescription"]["Shards"][0]["ShardId"]
        answer = await self._backing.call(
            "dynamodbstreams", "GetShardIterator",
            StreamArn=stream_arn, ShardId=shard, ShardIteratorType="LATEST",
        )  # fmt: skip
        self._iterator = answer["ShardIterator"]

    async def take(self, call: Call, _answer: dict[str, Any]) -> None:
        """A call that succeeded: if it wrote, wait until the journal has it."""
        if call.service == "dynamodb" and call.operation in WRITES and self._iterator:
            self._asked += 1
            await self._read_up_to(self._asked)

    async def _read_up_to(self, asked: int) -> None:
        """Read once for all writes that were done when the reading began."""
        async with self._reading:
            if self._read >= asked:
                return
            covered = self._asked
            while len(await self._read_once()) == RECORDS_A_READ:
                pass
            self._read = covered

    async def _read_once(self) -> list[dict[str, Any]]:
        answer = await self._backing.call(
            "dynamodbstreams", "GetRecords", ShardIterator=self._iterator, Limit=RECORDS_A_READ
        )
        self._iterator = answer["NextShardIterator"]
        records: list[dict[str, Any]] = answer["Records"]
        for record in records:
            self._take_record(record)
        return records

    def _take_record(self, record: dict[str, Any]) -> None:
        told = record["dynamodb"]
        if told.get("OldImage") == told.get("NewImage"):
            return  # moto tells of writes that changed nothing; Amazon does not
        if told.get("NewImage") == told["Keys"]:
            return  # moto puts the bare key before an update that makes its item; the whole item follows
        change = self._journal.append(_as_one_insert(record) if told.get("OldImage") == told["Keys"] else record)
        for follower in self._followers:
            follower(change)


def _as_one_insert(record: dict[str, Any]) -> dict[str, Any]:
    """The second half of an update that made its item, as Amazon tells of the whole."""
    told = {name: value for name, value in record["dynamodb"].items() if name != "OldImage"}
    return {**record, "eventName": "INSERT", "dynamodb": told}
