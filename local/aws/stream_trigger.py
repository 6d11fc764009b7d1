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
    *("FilterCriteria", "DestinationConfig", "Enabled", "TumblingWindowInSeconds"),
}
BATCH_DEFAULT = 100
BACKOFF_S_MAX = 60.0
SHARD = "shardId-local"
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
        self._windows = Windows(int(given.get("TumblingWindowInSeconds", 0)), self._stream_arn)
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
            if self._window_s and not self._clock.frozen:
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
            await self._close_window(batch)
            outcome = await self._function.invoke(self._event(batch))
            tries += 1
            left = batch if not self._windows.take(outcome) else self._left(batch, outcome)
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
        return json.dumps({"Records": records, **self._windows.told()}).encode()

    async def _close_window(self, batch: list[Change]) -> None:
        """The last call of a window, when the first record of a later one comes (Amazon calls as it ends)."""
        if self._windows.begins(batch[0].record["dynamodb"]["ApproximateCreationDateTime"]):
            while not self._windows.take(await self._function.invoke(self._windows.last_call())):
                await self._clock.sleep(BACKOFF_S_MAX)
            self._windows.close()
            self._windows.begins(batch[0].record["dynamodb"]["ApproximateCreationDateTime"])

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
                "shardId": SHARD,
                "startSequenceNumber": ends[0]["SequenceNumber"],
                "endSequenceNumber": ends[1]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": iso_time(ends[0]["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": iso_time(ends[1]["ApproximateCreationDateTime"]),
                "batchSize": len(batch),
                "streamArn": self._stream_arn,
            },
        }


class Windows:
    """Tumbling windows: calls of one window hand a state on, and tell which shard they are from. length_s 0: none."""

    def __init__(self, length_s: int, stream_arn: str) -> None:
        self._length_s = length_s
        self._stream_arn = stream_arn
        self._start_s: int | None = None
        self._state: Any = {}

    def begins(self, at_s: float) -> bool:
        """Whether a record of this moment ends the window that is open; if none is, it opens one."""
        if not self._length_s:
            return False
        start_s = int(at_s) // self._length_s * self._length_s
        if self._start_s is None:
            self._start_s = start_s
        return start_s > self._start_s

    def close(self) -> None:
        """The next record opens a window."""
        self._start_s, self._state = None, {}

    def told(self, *, last: bool = False) -> dict[str, Any]:
        """What an event says of its window."""
        if self._start_s is None:
            return {}
        return {
            "window": {"start": iso_time(self._start_s), "end": iso_time(self._start_s + self._length_s)},
            "state": self._state,
            "shardId": SHARD,
            "eventSourceARN": self._stream_arn,
            "isFinalInvokeForWindow": last,
            "isWindowTerminatedEarly": False,
        }

    def last_call(self) -> bytes:
        """The event that ends the window."""
        return json.dumps({"Records": [], **self.told(last=True)}).encode()

    def take(self, outcome: Outcome) -> bool:
        """Keep the state that a call answers with; without one, Amazon takes the call for failed."""
        if not self._length_s:
            return True
        value = None if outcome.failed else outcome.value()
        if not isinstance(value, dict) or "state" not in value:
            return False
        self._state = value["state"]
        return True
