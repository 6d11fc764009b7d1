"""Everything that calls functions beside HTTP: schedules, queues, streams; each follows the local clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.aws.async_invoke import AsyncInvoker
from local.aws.backing import Backing
from local.aws.checkpoints import Checkpoints
from local.aws.errors import TemplateError
from local.aws.function_spec import EventSource, FunctionSpec
from local.aws.functions import FunctionHost
from local.aws.queue_journal import QueueJournal
from local.aws.queue_trigger import QueueTrigger
from local.aws.schedules import Schedule
from local.aws.stream_trigger import StreamTrigger
from local.aws.template import Template
from local.clock import Clock

VISIBILITY_S_DEFAULT = 30.0


@dataclass
class Triggers:
    """All triggers of a stack."""

    schedules: list[Schedule]
    queues: list[QueueTrigger]
    streams: Mapping[str, list[StreamTrigger]]
    """By the logical id of the table."""
    invoker: AsyncInvoker

    def start(self) -> list[asyncio.Task[None]]:
        """Begin to serve; the caller cancels the tasks."""
        streams = [one for streams in self.streams.values() for one in streams]
        serving: list[Schedule | QueueTrigger | StreamTrigger] = [*self.schedules, *self.queues, *streams]
        return [asyncio.create_task(one.run()) for one in serving if one.enabled]


def build_triggers(
    template: Template, specs: Iterable[FunctionSpec], host: FunctionHost, backing: Backing,
    journal: QueueJournal, checkpoints: Checkpoints, clock: Clock,
) -> Triggers:  # fmt: skip
    """Read the triggers of all functions. Raises TemplateError for what is not understood."""
    built = Triggers([], [], {}, AsyncInvoker(host, backing, clock))
    streams: dict[str, list[StreamTrigger]] = {}
    for spec, source in [(one, source) for one in specs for source in one.events]:
        function = host.functions[spec.logical_id]
        match source.type:
            case "Schedule":
                built.schedules.append(Schedule(spec, source, host, clock, built.invoker.invoke))
            case "SQS":
                visibility_s = _visibility_s(template, spec, source)
                queue = QueueTrigger(spec, source, function, backing, journal, clock, visibility_s)
                built.queues.append(queue)
                backing.on_done(queue.take)
            case "DynamoDB":
                table = _table(template, spec, source)
                trigger = StreamTrigger(spec, source, function, backing, checkpoints, clock)
                streams.setdefault(table, []).append(trigger)
            case _:
                pass  # HttpApi: the routes have it
    built.streams = streams
    return built


def _visibility_s(template: Template, spec: FunctionSpec, source: EventSource) -> float:
    """The queue's visibility timeout, which must cover the function's own (Amazon refuses less)."""
    queue = template.names.logical_id_of(str(source.properties.get("Queue", "")))
    if queue is None:
        raise TemplateError(f"{spec.logical_id}.Events.{source.name}: Queue is no queue of this template.")
    visibility_s = float(template.resources[queue].properties.get("VisibilityTimeout", VISIBILITY_S_DEFAULT))
    if visibility_s < spec.timeout_s:
        raise TemplateError(
            f"{queue}: VisibilityTimeout {visibility_s:g} s is less than the {spec.timeout_s:g} s of {spec.logical_id}."
        )
    return visibility_s


def _table(template: Template, spec: FunctionSpec, source: EventSource) -> str:
    place = f"{spec.logical_id}.Events.{source.name}"
    table = template.names.logical_id_of(str(source.properties.get("Stream", "")))
    if table is None or "StreamSpecification" not in template.resources[table].properties:
        raise TemplateError(f"{place}: Stream is no stream of a table of this template.")
    return table
