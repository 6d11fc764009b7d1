"""DynamoDB stream mapping: changes in order to a function, again and again until it is done with them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from typing import Any

from local.aws.async_invoke import iso_time, send_to_destination
from local.aws.backing import Backing
from local.aws.checkpoints import Checkpoints
from local.aws.filter_pattern import passes, read_filters
from local.aws.function_spec import EventSource, FunctionSpec, failure_destination
from local.aws.functions import Function
from local.aws.invocation import Outcome
from local.aws.known_properties import refuse_unknown
from local.aws.names import REGION
from local.aws.queue_trigger import PARTIAL, reported_failures
from local.aws.table_journal import Change
from local.clock import Clock

PROPERTIES = {
    *("Stream", "StartingPosition", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor"),
    *("MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "FunctionResponseTypes"),
    *("FilterCriteria", "DestinationConfig", "Enabled"),
}
BATCH_DEFAULT = 100
BACKOFF_S_MAX = 60.0
FOR_EVER = -1


class StreamTrigger:
    """One table's stream in front of one function. One shard, so everything is in order."""

    def __init__(
        self, spec: FunctionSpec, source: EventSource, function: Function, backing: Backing, checkpoints: Checkpoints,
        clock: Clock,
    ) -> None:  # fmt: skip
        given, place = source.properties, f"{spec.logical_id}.Events.{source.name}"
        refuse_unknown(given, PROPERTIES, place)
        self.name = f"{spec.logical_id}.{source.name}"
        self.enabled = bool(given.get("Enabled", True))
        self._stream_arn = str(given["Stream"])
        self._batch = int(given.get("BatchSize", BATCH_DEFAULT))
        self._window_s = float(given.get("MaximumBatchingWindowInSeconds", 0))
        self._retries = int(given.get("MaximumRetryAttempts", FOR_EVER))
        self._age_s_max = float(given.get("MaximumRecordAgeInSeconds", FOR_EVER))
        self._bisects = bool(given.get("BisectBatchOnFunctionError", False))
        self._partial = PARTIAL in given.get("FunctionResponseTypes", [])
        self._filters = read_filters(given.get("FilterCriteria", {}), place)
        self._on_failure_arn = failure_destination(given.get("DestinationConfig", {}), place)
        self._spec = spec
        self._function = function
        self._backing = backing
        self._checkpoints = checkpoints
        self._clock = clock
        self._waiting: deque[Change] = deque()
        self._wanted = asyncio.Event()

    def take(self, change: Change) -> None:
        """One more change."""
        self._waiting.append(change)
        self._wanted.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._window_s:
                await self._clock.sleep(self._window_s)
            with self._clock.busy():
                while self._waiting:
                    await self._next_batch()

    async def _next_batch(self) -> None:
        batch: list[Change] = []
        last = self._waiting[0]
        while self._waiting and len(batch) < self._batch:
            last = self._waiting.popleft()
            if passes(self._filters, last.record):
                batch.append(last)
        await self._deliver(batch)
        self._checkpoints.reach(self.name, last.number)

    async def _deliver(self, batch: list[Change]) -> None:
        tries = 0
        while batch:
            outcome = await self._function.invoke(self._event(batch))
            tries += 1
            left = self._left(batch, outcome)
            if not left:
                return
            if len(left) < len(batch):
                batch, tries = left, 0
            elif self._bisects and len(batch) > 1:
                middle = len(batch) // 2
                await self._deliver(batch[:middle])
                batch, tries = batch[middle:], 0
            elif self._gives_up(batch, tries):
                await self._tell_destination(batch, tries)
                return
            await self._clock.sleep(min(BACKOFF_S_MAX, 2.0**tries))

    def _left(self, batch: list[Change], outcome: Outcome) -> list[Change]:
        """What the function has not done: from the first failure on, since order is kept."""
        if outcome.failed:
            return batch
        failures = reported_failures(outcome) if self._partial else set()
        if failures is None:
            return batch
        numbers = [change.record["dynamodb"]["SequenceNumber"] for change in batch]
        if not failures <= set(numbers):
            return batch
        return next((batch[index:] for index, number in enumerate(numbers) if number in failures), [])

    def _gives_up(self, batch: list[Change], tries: int) -> bool:
        age_s = self._clock.now() - batch[0].record["dynamodb"]["ApproximateCreationDateTime"]
        too_old = self._age_s_max != FOR_EVER and age_s > self._age_s_max
        return too_old or (self._retries != FOR_EVER and tries > self._retries)

    def _event(self, batch: list[Change]) -> bytes:
        records = [{**change.record, "awsRegion": REGION, "eventSourceARN": self._stream_arn} for change in batch]
        return json.dumps({"Records": records}).encode()

    async def _tell_destination(self, batch: list[Change], tries: int) -> None:
        if self._on_failure_arn is not None:
            await send_to_destination(self._backing, self._on_failure_arn, self._told(batch, tries))

    def _told(self, batch: list[Change], tries: int) -> dict[str, Any]:
        """Where the function gave up; as with Amazon, without the records."""
        ends = [change.record["dynamodb"] for change in (batch[0], batch[-1])]
        return {
            "version": "1.0",
            "timestamp": iso_time(self._clock.now()),
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": self._spec.arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": tries,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "DDBStreamBatchInfo": {
                "shardId": "shardId-local",
                "startSequenceNumber": ends[0]["SequenceNumber"],
                "endSequenceNumber": ends[1]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": iso_time(ends[0]["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": iso_time(ends[1]["ApproximateCreationDateTime"]),
                "batchSize": len(batch),
                "streamArn": self._stream_arn,
            },
        }
