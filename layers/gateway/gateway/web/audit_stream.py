"""A batch of the table's stream, as Lambda hands it over → a page of the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.domain.audit.entry import ItemChange
from gateway.flows.audit.write import Changed, write_log
from gateway.ports import Ambient, Flow, Performer, PortError, call, run

ChangeOf = Callable[[Mapping[str, Any], bytes], ItemChange | None]


def log_batch(event: Mapping[str, Any], change_of: ChangeOf, world: Performer) -> dict[str, Any]:
    """Write a batch down: what must come again, if anything. The stream's window is there as in `web/stream.py`.

    A page is written as a whole or not at all, so it is the whole batch that comes again.
    """
    records = [Changed(one["dynamodb"]["SequenceNumber"], partial(change_of, one)) for one in event["Records"]]
    written = run(_written(records, event["shardId"]), world)
    again = [] if written else [{"itemIdentifier": records[0].sequence}]
    return {"state": {}, "batchItemFailures": again}


def _written(records: list[Changed], shard: str) -> Flow[bool]:
    try:
        entries = yield from write_log(records, shard)
    except PortError as error:
        yield from call(Ambient.report, "audit_not_written", {"error": type(error).__name__})
        return False
    if entries:
        yield from call(Ambient.report, "audit_written", {"entries": entries})
    return True
