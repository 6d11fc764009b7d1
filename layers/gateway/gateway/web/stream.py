"""A batch of the table's stream, as Lambda hands it over → what is told of it, and what must come again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.flows.publish import Change, Describe
from gateway.flows.publish_batch import Streamed, publish_batch
from gateway.ports import Performer, run


def tell_batch(
    event: Mapping[str, Any],
    change_of: Callable[[Mapping[str, Any]], Change | None],
    describe: Describe,
    world: Performer,
) -> dict[str, Any]:
    """Handle a batch of the stream in order: what must come again, if anything.

    The stream's window is there for one thing: with it, and only with it, a batch tells which shard it comes from.
    Lambda wants a state back; nothing is kept in it.
    """
    records = [Streamed(one["dynamodb"]["SequenceNumber"], partial(change_of, one)) for one in event["Records"]]
    again = run(publish_batch(records, event["shardId"], describe), world)
    return {"state": {}, "batchItemFailures": [{"itemIdentifier": again}] if again else []}
