"""What the local stream tells of a write, where the emulator tells otherwise than Amazon."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from local.aws.backing import Backing, Call
from local.aws.streams import TableStream
from local.aws.table_journal import Change, TableJournal
from tests.own_loop import in_own_loop

KEYS = {"pk": {"S": "CIRCUIT#600998"}}
ITEM = {**KEYS, "version": {"N": "1"}}


class Emulator:
    """Stands for moto: a stream of one shard that tells these records once."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records

    async def call(self, _service: str, operation: str, **_request: Any) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "ListStreams": {"Streams": [{"StreamArn": "arn:stream"}]},
            "DescribeStream": {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}},
            "GetShardIterator": {"ShardIterator": "first"},
            "GetRecords": {"NextShardIterator": "next", "Records": self._records},
        }
        return answers[operation]


def told_of(tmp_path: Path, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes that a follower gets after a write that the emulator told of like this."""
    changes: list[Change] = []

    async def story() -> None:
        journal = TableJournal(tmp_path / "table.jsonl", ["pk"])
        journal.load(0)
        stream = TableStream("table", cast("Backing", Emulator(records)), journal)
        stream.follow(changes.append)
        await stream.open()
        await stream.take(Call("dynamodb", "UpdateItem", {}), {})
        journal.close()

    in_own_loop(story())
    return [change.record for change in changes]


def record(name: str, **images: dict[str, Any]) -> dict[str, Any]:
    return {"eventName": name, "dynamodb": {"Keys": KEYS, **images}}


def test_an_update_that_makes_its_item_is_one_insert(tmp_path: Path) -> None:
    told = told_of(tmp_path, [record("INSERT", NewImage=KEYS), record("MODIFY", OldImage=KEYS, NewImage=ITEM)])

    assert [("INSERT", None, ITEM)] == [
        (one["eventName"], one["dynamodb"].get("OldImage"), one["dynamodb"]["NewImage"]) for one in told
    ]


def test_a_write_that_changed_nothing_is_not_told(tmp_path: Path) -> None:
    assert [] == told_of(tmp_path, [record("MODIFY", OldImage=ITEM, NewImage=ITEM)])
