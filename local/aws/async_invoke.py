"""Asynchronous invocation: two more tries a minute or two apart, then the failure destination."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from local.aws.backing import Backing
from local.aws.function_spec import FunctionSpec
from local.aws.functions import FunctionHost
from local.aws.invocation import Outcome
from local.aws.names import queue_url
from local.clock import Clock

RETRY_AFTER_S = (60.0, 120.0)


class AsyncInvoker:
    """Calls functions as Amazon's own services do that do not wait for an answer."""

    def __init__(self, host: FunctionHost, backing: Backing, clock: Clock) -> None:
        self._host = host
        self._backing = backing
        self._clock = clock
        self._retries: set[asyncio.Task[None]] = set()

    async def invoke(self, spec: FunctionSpec, body: bytes) -> Outcome:
        """The first try; what follows a failure happens in the background."""
        began_s = self._clock.now()
        outcome = await self._call(spec, body)
        if outcome.failed:
            retry = asyncio.create_task(self._after_failure(spec, body, outcome, began_s))
            self._retries.add(retry)
            retry.add_done_callback(self._retries.discard)
        return outcome

    async def stop(self) -> None:
        """Give up what waits for another try."""
        for retry in self._retries:
            retry.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)

    async def _call(self, spec: FunctionSpec, body: bytes) -> Outcome:
        return await self._host.functions[spec.logical_id].invoke(body)

    async def _after_failure(self, spec: FunctionSpec, body: bytes, outcome: Outcome, began_s: float) -> None:
        config, tries = spec.async_config, 1
        condition = "RetriesExhausted"
        for wait_s in RETRY_AFTER_S[: config.retries]:
            if self._clock.now() + wait_s - began_s > config.age_s_max:
                condition = "EventAgeExceeded"
                break
            await self._clock.sleep(wait_s)
            outcome = await self._call(spec, body)
            tries += 1
            if not outcome.failed:
                return
        if config.on_failure_arn is not None:
            told = self._told(spec, json.loads(body), outcome, condition, tries)
            await send_to_destination(self._backing, config.on_failure_arn, told)

    def _told(self, spec: FunctionSpec, event: Any, outcome: Outcome, condition: str, tries: int) -> dict[str, Any]:
        return {
            "version": "1.0",
            "timestamp": iso_time(self._clock.now()),
            "requestContext": {
                "functionArn": f"{spec.arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": tries,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": outcome.error,
        }


def iso_time(now_s: float) -> str:
    """`2026-11-25T08:00:00.000Z`."""
    return datetime.fromtimestamp(now_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def send_to_destination(backing: Backing, queue_arn: str, told: dict[str, Any]) -> None:
    """Put what failed into the queue of the failure destination."""
    url = queue_url(queue_arn.rpartition(":")[2])
    await backing.call("sqs", "SendMessage", QueueUrl=url, MessageBody=json.dumps(told))
