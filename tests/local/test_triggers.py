"""Corners of schedules, queues, streams and filters that the whole stack does not reach quickly."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from local.aws.backing import Backing
from local.aws.checkpoints import Checkpoints
from local.aws.filter_pattern import matches
from local.aws.function_spec import EventSource, FunctionSpec, read_functions
from local.aws.functions import Function, FunctionHost, Worker
from local.aws.invocation import Outcome, failure
from local.aws.queue_trigger import failed_ids
from local.aws.schedules import Schedule
from local.aws.stream_trigger import StreamTrigger
from local.aws.table_journal import Change, TableJournal
from local.aws.template import read_template
from local.clock import Clock
from tests.local.toys import write_toys
from tests.own_loop import in_own_loop


@pytest.fixture
def spec(tmp_path: Path) -> FunctionSpec:
    return read_functions(read_template(write_toys(tmp_path)))[0]


def on_a_clock(story: Callable[[Clock], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        clock = Clock()
        clock.freeze()
        ticking = asyncio.create_task(clock.run())
        await story(clock)
        ticking.cancel()

    in_own_loop(whole())


@dataclass
class Scripted:
    """Stands for a function: each call is written down and answered by the next outcome of a script."""

    outcomes: list[Outcome]
    calls: list[list[str]] = field(default_factory=list)

    async def invoke(self, body: bytes) -> Outcome:
        records = json.loads(body)["Records"]
        self.calls.append([record["dynamodb"]["SequenceNumber"] for record in records])
        return self.outcomes.pop(0) if self.outcomes else Outcome()


@dataclass
class Sent:
    """Stands for the backing services: keeps what is sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    async def call(self, _service: str, _operation: str, **request: Any) -> dict[str, Any]:
        self.messages.append(json.loads(request["MessageBody"]))
        return {}


def change(number: int, at_s: float) -> Change:
    told = {"SequenceNumber": str(number), "Keys": {"pk": {"S": "x"}}, "ApproximateCreationDateTime": at_s}
    return Change(number, {"eventName": "INSERT", "dynamodb": told})


FAILED = failure("ValueError", "x")


def play_stream(
    tmp_path: Path, spec: FunctionSpec, outcomes: list[Outcome], **given: Any
) -> tuple[list[list[str]], list[dict[str, Any]], int]:
    """Three changes through a mapping: what was called, what went to the destination, how far it came."""
    function, backing = Scripted(outcomes), Sent()
    checkpoints = Checkpoints(tmp_path / "checkpoints.json")
    properties = {"Stream": "arn:stream", "DestinationConfig": {"OnFailure": {"Destination": "arn:q:dead"}}, **given}

    async def story(clock: Clock) -> None:
        trigger = StreamTrigger(
            spec, EventSource("Changes", "DynamoDB", properties), cast("Function", function),
            cast("Backing", backing), checkpoints, clock,
        )  # fmt: skip
        for number in (1, 2, 3):
            trigger.take(change(number, clock.now()))
        serving = asyncio.create_task(trigger.run())
        await clock.advance(600)
        serving.cancel()

    on_a_clock(story)
    return function.calls, backing.messages, checkpoints.of("ToyFunction.Changes")


def play_windows(tmp_path: Path, spec: FunctionSpec, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Two changes of one minute and one of a later one through windows of a minute: the events."""
    events: list[dict[str, Any]] = []

    class Told:
        async def invoke(self, body: bytes) -> Outcome:
            events.append(json.loads(body))
            return outcomes.pop(0)

    properties = {"Stream": "arn:stream", "TumblingWindowInSeconds": 60, "BatchSize": 2}

    async def story(clock: Clock) -> None:
        trigger = StreamTrigger(
            spec, EventSource("Changes", "DynamoDB", properties), cast("Function", Told()),
            cast("Backing", Sent()), Checkpoints(tmp_path / "checkpoints.json"), clock,
        )  # fmt: skip
        for number, at_s in ((1, 600.0), (2, 601.0), (3, 665.0)):
            trigger.take(change(number, at_s))
        serving = asyncio.create_task(trigger.run())
        await clock.advance(600)
        serving.cancel()

    on_a_clock(story)
    return events


def reported(*numbers: str) -> Outcome:
    return Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": one} for one in numbers]}).encode())


def test_calls_of_one_window_hand_a_state_on_and_name_their_shard(tmp_path: Path, spec: FunctionSpec) -> None:
    """The last call of a window carries no records; a call that answers without a state is made again."""
    counted = Outcome(json.dumps({"state": {"seen": 2}, "batchItemFailures": []}).encode())
    events = play_windows(tmp_path, spec, [Outcome(b"{}"), counted, counted, counted])

    assert [(["1", "2"], {}), (["1", "2"], {}), ([], {"seen": 2}), (["3"], {})] == [
        ([record["dynamodb"]["SequenceNumber"] for record in event["Records"]], event["state"]) for event in events
    ]
    assert {"shardId-local"} == {event["shardId"] for event in events}
    assert [False, False, True, False] == [event["isFinalInvokeForWindow"] for event in events]


def test_a_failed_batch_comes_again_in_order_before_anything_later(tmp_path: Path, spec: FunctionSpec) -> None:
    calls, dead, reached = play_stream(tmp_path, spec, [FAILED], BatchSize=2)

    assert ([["1", "2"], ["1", "2"], ["3"]], [], 3) == (calls, dead, reached)


def test_a_failed_batch_is_halved_until_the_one_change_is_alone(tmp_path: Path, spec: FunctionSpec) -> None:
    calls, dead, _ = play_stream(
        tmp_path, spec, [FAILED, FAILED, FAILED], BisectBatchOnFunctionError=True, MaximumRetryAttempts=1
    )

    assert [["1", "2", "3"], ["1"], ["1"], ["2", "3"]] == calls
    assert [("1", "1")] == [
        (told["DDBStreamBatchInfo"]["startSequenceNumber"], told["DDBStreamBatchInfo"]["endSequenceNumber"])
        for told in dead
    ]


def test_reported_failures_are_where_the_batch_goes_on(tmp_path: Path, spec: FunctionSpec) -> None:
    calls, _, reached = play_stream(tmp_path, spec, [reported("2")], FunctionResponseTypes=["ReportBatchItemFailures"])

    assert ([["1", "2", "3"], ["2", "3"]], 3) == (calls, reached)


@pytest.mark.parametrize(
    ("outcome", "partial", "failed"),
    [
        (FAILED, True, {"a", "b"}),
        (Outcome(), True, set()),
        (reported(), True, set()),
        (reported("a"), True, {"a"}),
        (reported("a"), False, set()),
        (reported("stranger"), True, {"a", "b"}),
        (reported(""), True, {"a", "b"}),
        (Outcome(b'{"batchItemFailures": "a"}'), True, {"a", "b"}),
    ],
)
def test_which_messages_of_a_batch_come_again(outcome: Outcome, partial: bool, failed: set[str]) -> None:
    assert failed == failed_ids(outcome, {"a", "b"}, partial=partial)


@pytest.mark.parametrize(
    ("pattern", "value", "passes"),
    [
        ({"a": ["x"]}, {"a": "x"}, True),
        ({"a": ["x"]}, {}, False),
        ({"a": [{"prefix": "PAY#"}, {"prefix": "RCPT#"}]}, {"a": "RCPT#1"}, True),
        ({"a": [{"prefix": "PAY#"}]}, {"a": "PHONE#1"}, False),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "z"}, True),
        ({"a": [{"numeric": [">", 1, "<=", 3]}]}, {"a": 3}, True),
        ({"a": [{"numeric": [">", 1, "<=", 3]}]}, {"a": 4}, False),
        ({"a": {"b": ["x"]}, "c": [1]}, {"a": {"b": "x"}, "c": True}, False),
    ],
)
def test_a_record_passes_what_its_filter_pattern_asks_for(pattern: Any, value: Any, passes: bool) -> None:
    assert passes is matches(pattern, value)


class Ticks:
    """A schedule on a clock, and the times at which it called, in seconds after its start."""

    def __init__(self, spec: FunctionSpec, clock: Clock, answers: Callable[[float], Any]) -> None:
        self._clock = clock
        self._began_s = clock.now()
        self._answers = answers
        self._host = FunctionHost([], clock, Path())
        self._spec = spec
        self.at: list[int] = []
        source = EventSource("EveryMinute", "Schedule", {"Schedule": "rate(1 minute)"})
        self.serving = asyncio.create_task(Schedule(spec, source, self._host, clock, self._invoke).run())

    async def _invoke(self, spec: FunctionSpec, _body: bytes) -> Outcome:
        self.at.append(round(self._clock.now() - self._began_s))
        outcome = Outcome(json.dumps(self._answers(self._clock.now())).encode())
        self._host.invoked(cast("Function", _Named(spec)), outcome)
        return outcome

    def something_else_runs(self, outcome: Outcome | None = None) -> None:
        """Another function was invoked."""
        self._host.invoked(cast("Function", _Named(self._spec)), outcome or Outcome())


@dataclass
class _Named:
    spec: FunctionSpec


def test_every_tick_is_played_when_the_handler_tells_nothing(spec: FunctionSpec) -> None:
    async def story(clock: Clock) -> None:
        ticks = Ticks(spec, clock, lambda _: None)
        await clock.advance(300)
        assert [60, 120, 180, 240, 300] == ticks.at
        ticks.serving.cancel()

    on_a_clock(story)


def test_ticks_before_the_next_work_are_skipped_while_time_is_moved(spec: FunctionSpec) -> None:
    async def story(clock: Clock) -> None:
        due_s = clock.now() + 3_605
        ticks = Ticks(spec, clock, lambda now_s: {"next_due_at_ms": None if now_s > due_s else due_s * 1000})
        await clock.advance(86_400)
        assert [60, 3_660] == ticks.at
        ticks.serving.cancel()

    on_a_clock(story)


def test_after_another_functions_work_the_next_tick_is_played(spec: FunctionSpec) -> None:
    async def story(clock: Clock) -> None:
        ticks = Ticks(spec, clock, lambda _: {"next_due_at_ms": None})
        await clock.advance(3_000)
        ticks.something_else_runs()
        await clock.advance(3_000)
        assert [60, 3_060] == ticks.at
        ticks.serving.cancel()

    on_a_clock(story)


def test_another_schedule_that_finds_nothing_to_do_does_not_bring_ticks_back(spec: FunctionSpec) -> None:
    async def story(clock: Clock) -> None:
        ticks = Ticks(spec, clock, lambda _: {"done": 0, "next_due_at_ms": None})
        await clock.advance(3_000)
        ticks.something_else_runs(Outcome(b'{"told": 0, "next_due_at_ms": null}'))
        await clock.advance(3_000)
        ticks.something_else_runs(Outcome(b'{"told": 1, "next_due_at_ms": null}'))
        await clock.advance(3_000)
        assert [60, 6_060] == ticks.at
        ticks.serving.cancel()

    on_a_clock(story)


def test_a_clock_that_is_put_back_does_not_stop_a_schedule(spec: FunctionSpec) -> None:
    async def story(clock: Clock) -> None:
        ticks = Ticks(spec, clock, lambda _: None)
        await clock.advance(600)
        seen = len(ticks.at)
        clock.reset()
        clock.freeze()
        await clock.advance(61)
        assert seen + 1 == len(ticks.at)
        ticks.serving.cancel()

    on_a_clock(story)


def item(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}}


def test_a_journal_gives_back_the_last_state_and_what_is_undone(tmp_path: Path) -> None:
    """Numbers count on, a deleted item stays deleted, and a line that a crash cut off is left out."""
    path = tmp_path / "table.jsonl"
    journal = TableJournal(path, ["pk"])
    journal.load(0)
    for name, image in (("a", {"NewImage": item("a")}), ("b", {"NewImage": item("b")}), ("a", {})):
        journal.append({"dynamodb": {"Keys": item(name), **image}})
    journal.close()
    path.write_bytes(path.read_bytes() + b'{"n": 4, "rec')

    again = TableJournal(path, ["pk"])
    kept = again.load(2)
    again.close()

    assert [item("b")] == list(kept.items.values())
    assert [3] == [one.number for one in kept.undone]
    assert 3 == again.last_number


def test_waiting_for_ever_is_not_a_wake_up_time() -> None:
    async def story(clock: Clock) -> None:
        waiting = asyncio.create_task(clock.sleep_until(math.inf))
        await clock.advance(86_400)
        assert not waiting.done()
        waiting.cancel()

    on_a_clock(story)


def test_a_spec_says_who_calls(spec: FunctionSpec) -> None:
    assert replace(spec, logical_id="Other").access_key != spec.access_key


def test_a_call_that_is_answered_as_it_is_cancelled_is_cancelled(spec: FunctionSpec, tmp_path: Path) -> None:
    """Or the trigger that waits for it serves on, and whoever stops the world waits for ever."""

    async def story(clock: Clock) -> None:
        function = FunctionHost([spec], clock, tmp_path).functions[spec.logical_id]
        worker = Worker(function)
        function.workers[worker.id] = worker
        calling = asyncio.create_task(function.invoke(b"{}"))
        taken = await function.next_for(worker)
        await settled()
        taken.settle(Outcome())
        calling.cancel()
        await settled()

        assert calling.cancelled()

    on_a_clock(story)


def test_a_clock_that_is_moved_as_it_is_stopped_stops() -> None:
    async def story(_: Clock) -> None:
        clock = Clock()
        ticking = asyncio.create_task(clock.run())
        await settled()
        clock.freeze()
        ticking.cancel()
        await settled()

        assert ticking.cancelled()

    on_a_clock(story)


async def settled() -> None:
    """What can go on without time passing has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)
