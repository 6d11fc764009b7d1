"""A day's payments against what was told of them: what is missing, and the wish to have it told."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from cli.failure import Exit, Failure
from cli.stack import Stack
from gateway.aws.feed import DynamoFeed
from gateway.aws.repairs import DynamoRepairs
from gateway.aws.store import DynamoStore
from gateway.domain.days import day_of
from gateway.domain.events import KEPT_DAYS
from gateway.domain.policy import DAY_MS
from gateway.domain.repairs import Task, TaskKind
from gateway.flows.repair import payments_of_day
from gateway.flows.untold import Untold, untold_of
from gateway.ports import Call, Flow, run

DAY = re.compile(r"\d{4}-\d\d-\d\d")
TRIES = 5
ANY_SHARDS = 1
"""Of the index `due`, which nothing here writes."""


class Tools:
    """Performs the calls of flows that only read."""

    def __init__(self, stack: Stack) -> None:
        self._adapters: Mapping[str, Any] = {
            "Store": DynamoStore(stack.table, ANY_SHARDS, _now_ms),
            "Feed": DynamoFeed(stack.table),
        }

    def perform(self, call: Call, /) -> Any:
        """Carry out a call."""
        return getattr(self._adapters[call.port], call.method)(*call.args)


def day_in(text: str) -> str:
    """The day that was typed. Raises Failure."""
    if not DAY.fullmatch(text):
        raise Failure(Exit.USAGE, f"{text} is no day", "a day is like 2026-03-02, in Nairobi", "name one")
    if text < day_of(_now_ms() - KEPT_DAYS * DAY_MS):
        raise Failure(
            Exit.USAGE,
            f"{text} is too long ago",
            f"what was told is remembered for {KEPT_DAYS} days",
            "name a later one",
        )
    return text


def untold_on(stack: Stack, owner: str, day: str) -> list[dict[str, Any]]:
    """Payments of this day of which something was never told, newest first. Changes nothing."""
    return [_row(untold) for untold in run(_untold(owner, day), Tools(stack))]


def ask_to_tell(stack: Stack, owners: list[str], day: str) -> None:
    """Put the day on the list of the function that repairs; it takes it up at its next tick. Raises Failure."""
    repairs = DynamoRepairs(stack.table)
    for _ in range(TRIES):
        progress = repairs.read_progress()
        wanted = progress.with_tasks(Task(TaskKind.PAYMENTS, owner, day) for owner in owners)
        if repairs.save_progress(progress, wanted):
            return
    raise Failure(Exit.UNREACHABLE, "The day was not put on the list", "a repair is at work on it", "repeat")


def _untold(owner: str, day: str) -> Flow[list[Untold]]:
    task, cursor, found = Task(TaskKind.PAYMENTS, owner, day), None, list[Untold]()
    while True:
        records, cursor = yield from payments_of_day(task, cursor)
        found += yield from untold_of(records, task.since_ms, _now_ms())
        if cursor is None:
            return found


def _row(untold: Untold) -> dict[str, Any]:
    missing = [f"{event.type} {event.discriminator}".rstrip() for event in untold.missing]
    again = [f"{event.type} {event.discriminator}".rstrip() for event in untold.again]
    latest = [] if untold.latest_told or missing else [f"payment.updated {untold.record.version}"]
    return {"payment": untold.record.id, "never_told": missing + latest, "not_told_to_all": again}


def _now_ms() -> int:
    return int(time.time() * 1000)
