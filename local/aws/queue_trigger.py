"""SQS event source mapping: messages in batches to a function, deleted when it is done with them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from local.aws.backing import Backing, Call
from local.aws.errors import TemplateError
from local.aws.function_spec import EventSource, FunctionSpec
from local.aws.functions import Function
from local.aws.invocation import Outcome
from local.aws.known_properties import refuse_unknown
from local.aws.names import REGION, queue_url
from local.aws.queue_journal import QueueJournal
from local.aws.waits import first_of
from local.clock import Clock

PROPERTIES = {
    *("Queue", "BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "ScalingConfig", "Enabled"),
}
BATCH_MAX = 10
CONCURRENCY_DEFAULT = 5
PARTIAL = "ReportBatchItemFailures"
EARLY_S = 0.05
"""Messages are looked for this much after they become visible."""

Message = dict[str, Any]


class QueueTrigger:
    """One queue in front of one function."""

    def __init__(
        self, spec: FunctionSpec, source: EventSource, function: Function, backing: Backing, journal: QueueJournal,
        clock: Clock, visibility_s: float,
    ) -> None:  # fmt: skip
        given, place = source.properties, f"{spec.logical_id}.Events.{source.name}"
        refuse_unknown(given, PROPERTIES, place)
        refuse_unknown(given.get("ScalingConfig", {}), {"MaximumConcurrency"}, f"{place}.ScalingConfig")
        self.enabled = bool(given.get("Enabled", True))
        self._arn = str(given["Queue"])
        self._url = queue_url(self._arn.rpartition(":")[2])
        self._batch = int(given.get("BatchSize", BATCH_MAX))
        self._window_s = float(given.get("MaximumBatchingWindowInSeconds", 0))
        self._partial = PARTIAL in given.get("FunctionResponseTypes", [])
        self._concurrency = int(given.get("ScalingConfig", {}).get("MaximumConcurrency", CONCURRENCY_DEFAULT))
        if not 1 <= self._batch <= BATCH_MAX:
            raise TemplateError(f"{place}: a BatchSize of {self._batch} is not run here; 1 to {BATCH_MAX} are.")
        self._function = function
        self._backing = backing
        self._journal = journal
        self._clock = clock
        self._visibility_s = visibility_s
        self._wanted = asyncio.Event()
        self._wakers: set[asyncio.Task[None]] = set()

    async def take(self, call: Call, _answer: dict[str, Any]) -> None:
        """A call of SQS that succeeded: look for messages when one becomes visible."""
        if call.service != "sqs" or call.request.get("QueueUrl") != self._url:
            return
        match call.operation:
            case "SendMessage":
                self._wake_in(float(call.request.get("DelaySeconds", 0)))
            case "SendMessageBatch":
                for entry in call.request["Entries"]:
                    self._wake_in(float(entry.get("DelaySeconds", 0)))
            case "ChangeMessageVisibility":
                self._wake_in(float(call.request["VisibilityTimeout"]))

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            while True:
                await self._wanted.wait()
                if self._window_s:
                    await self._clock.sleep(self._window_s)
                with self._clock.busy():
                    await self._drain()
        finally:
            for waker in self._wakers:
                waker.cancel()

    def _wake_in(self, seconds: float) -> None:
        if seconds <= 0:
            self._wanted.set()
            return
        waker = asyncio.create_task(self._wake_after(seconds))
        self._wakers.add(waker)
        waker.add_done_callback(self._wakers.discard)

    async def _wake_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds + EARLY_S)
        self._wanted.set()

    async def _drain(self) -> None:
        """Take batches, several at once, until none is there and all are done."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._wanted.clear()
                messages = await self._receive() if len(running) < self._concurrency else []
                if messages:
                    running.add(asyncio.create_task(self._deliver(messages)))
                    continue
                if not running:
                    return
                await first_of(self._wanted.wait(), asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED))
                running = {task for task in running if not task.done()}
        finally:
            for task in running:
                task.cancel()

    async def _receive(self) -> list[Message]:
        answer = await self._backing.call(
            "sqs", "ReceiveMessage",
            QueueUrl=self._url, MaxNumberOfMessages=self._batch, WaitTimeSeconds=0,
            AttributeNames=["All"], MessageAttributeNames=["All"],
        )  # fmt: skip
        messages: list[Message] = answer.get("Messages", [])
        return messages

    async def _deliver(self, messages: list[Message]) -> None:
        event = {"Records": [self._record(message) for message in messages]}
        outcome = await self._function.invoke(json.dumps(event).encode())
        failed = failed_ids(outcome, {message["MessageId"] for message in messages}, partial=self._partial)
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            await self._delete(done)
        if failed:
            self._wake_in(self._visibility_s)

    async def _delete(self, messages: list[Message]) -> None:
        entries = [{"Id": str(index), "ReceiptHandle": one["ReceiptHandle"]} for index, one in enumerate(messages)]
        await self._backing.call("sqs", "DeleteMessageBatch", QueueUrl=self._url, Entries=entries)
        for message in messages:
            self._journal.gone(message["MessageId"])

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": REGION,
        }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    told = {name[0].lower() + name[1:]: part for name, part in value.items()}
    return {"stringListValues": [], "binaryListValues": [], **told}


def failed_ids(outcome: Outcome, ids: set[str], *, partial: bool) -> set[str]:
    """Ids of messages that come again. A reply that cannot be read, or names a stranger, fails all of them."""
    if outcome.failed:
        return ids
    if not partial:
        return set()
    failures = reported_failures(outcome)
    if failures is None or not failures <= ids:
        return ids
    return failures


def reported_failures(outcome: Outcome) -> set[str] | None:
    """What `batchItemFailures` names; empty when there is none; None when it cannot be read."""
    value = outcome.value()
    if value is None:
        return set()
    if not isinstance(value, dict):
        return None
    listed = value.get("batchItemFailures")
    if listed is None:
        return set()
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return None
    named = [one.get("itemIdentifier") for one in listed]
    return set(named) if all(isinstance(one, str) and one for one in named) else None
