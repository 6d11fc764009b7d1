"""A template, running: backing services, functions, HTTP APIs and triggers, with their files in one folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.aws.backing import Backing
from local.aws.bus_record import BusRecord
from local.aws.checkpoints import Checkpoints
from local.aws.errors import TemplateError
from local.aws.expiry import Expiry
from local.aws.function_spec import FunctionSpec, read_functions
from local.aws.functions import FunctionHost
from local.aws.gatekeeper import Gatekeeper
from local.aws.http_api import HttpApi
from local.aws.kept_files import KeptFiles
from local.aws.known_properties import refuse_unknown
from local.aws.needs import Needs
from local.aws.parameter_file import ParameterFile
from local.aws.queue_journal import QueueJournal
from local.aws.resources import create_buckets, create_buses, create_queues, create_table
from local.aws.routes import routes_of
from local.aws.streams import TableStream
from local.aws.table_journal import TableJournal
from local.aws.template import Resource, Template
from local.aws.triggers import Triggers, build_triggers
from local.clock import Clock


@dataclass
class OpenTable:
    """A table and what follows its stream."""

    journal: TableJournal
    stream: TableStream | None
    expiry: Expiry | None


class Stack:
    """Start it, use it, stop it: once."""

    def __init__(self, template: Template, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "logs").mkdir(exist_ok=True)
        self.template = template
        self.clock = clock
        self.specs: list[FunctionSpec] = read_functions(template)
        self._folder = folder
        self.backing = Backing(clock, folder / "logs" / "backing.log")
        self.host = FunctionHost(self.specs, clock, folder / "logs")
        self._parameters = ParameterFile(folder / "parameters.json", self.backing)
        self._queue_journal = QueueJournal(folder / "queues.jsonl", self.backing, clock)
        self._checkpoints = Checkpoints(folder / "checkpoints.json")
        needs = Needs(template, self._parameters.key_of)
        self.gatekeeper = Gatekeeper(self.specs, self.backing, needs, clock)
        self._kept_files = KeptFiles(folder, template, self.backing)
        self.gatekeeper.on_file(self._kept_files.take)
        self.bus = BusRecord(clock)
        self._triggers: Triggers = build_triggers(
            template, self.specs, self.host, self.backing, self._queue_journal, self._checkpoints, clock
        )
        self.apis = {api.logical_id: self._api(api) for api in template.of_type("AWS::Serverless::HttpApi")}
        self._tables: list[OpenTable] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def endpoint_url(self) -> str:
        """Where boto3 finds everything: `AWS_ENDPOINT_URL`. A caller who is no function may do everything."""
        return self.gatekeeper.url

    async def start(self, listening: Mapping[str, socket.socket]) -> None:
        """Start everything. `listening`: a bound socket for each HTTP API, by logical id."""
        if set(listening) != set(self.apis):
            raise TemplateError(f"The local run serves {sorted(listening)}; the template has {sorted(self.apis)}.")
        self._queue_journal.open()
        await asyncio.gather(self.gatekeeper.start(), self.host.start())
        self.host.endpoint_url = self.gatekeeper.url
        await asyncio.gather(self.host.prewarm(), self._start_backing())
        self._tasks += self._triggers.start()
        self.clock.on_put_back(self._put_queues_back)
        for name, socket_ in listening.items():
            await self.apis[name].start(socket_)

    async def stop(self) -> None:
        """Close the doors, then end triggers, workers and services."""
        await asyncio.gather(*(api.stop() for api in self.apis.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._triggers.invoker.stop()
        await self.host.stop()
        await self.gatekeeper.stop()
        await self.backing.stop()
        for table in self._tables:
            table.journal.close()
        self._queue_journal.close()

    def _put_queues_back(self, seconds: float) -> None:
        self._tasks.append(asyncio.create_task(self._queue_journal.put_back(seconds)))

    async def _start_backing(self) -> None:
        """Resources first, then what earlier runs left, and only then the followers that act on changes."""
        await self.backing.start()
        await create_queues(self.backing, self.template)
        await create_buckets(self.backing, self.template)
        await self._kept_files.restore()
        await create_buses(self.backing, self.template)
        await self._parameters.restore()
        for table in self.template.of_type("AWS::DynamoDB::Table"):
            self._tables.append(await self._open_table(table))
        for follower in (self._parameters.take, self._queue_journal.take, self.bus.take):
            self.backing.on_done(follower)
        await self._queue_journal.restore()

    async def _open_table(self, table: Resource) -> OpenTable:
        name = self.template.names.name(table.logical_id)
        triggers = self._triggers.streams.get(table.logical_id, [])
        key_names = [part["AttributeName"] for part in table.properties["KeySchema"]]
        journal = TableJournal(self._folder / f"{table.logical_id}.jsonl", key_names)
        kept = journal.load(min((self._checkpoints.of(one.name) for one in triggers), default=0))
        await create_table(self.backing, name, table, kept.items.values())
        opened = OpenTable(journal, None, self._expiry(name, table))
        if opened.expiry is not None:
            for item in kept.items.values():
                opened.expiry.take_item({key: item[key] for key in key_names}, item)
            self._tasks.append(asyncio.create_task(opened.expiry.run()))
        if "StreamSpecification" in table.properties:
            opened.stream = TableStream(name, self.backing, journal)
            await opened.stream.open()
            self.backing.on_done(opened.stream.take)
            followers = [trigger.take for trigger in triggers]
            for follower in [*followers, opened.expiry.take] if opened.expiry is not None else followers:
                opened.stream.follow(follower)
        for trigger in triggers:
            for change in kept.undone:
                if change.number > self._checkpoints.of(trigger.name):
                    trigger.take(change)
        return opened

    def _expiry(self, name: str, table: Resource) -> Expiry | None:
        given = table.properties.get("TimeToLiveSpecification", {})
        refuse_unknown(given, {"AttributeName", "Enabled"}, f"{table.logical_id}.TimeToLiveSpecification")
        return Expiry(name, given["AttributeName"], self.backing, self.clock) if given.get("Enabled") else None

    def _api(self, api: Resource) -> HttpApi:
        names = self.template.names
        routes = routes_of(api.logical_id, self.specs, names)
        return HttpApi(names.ref(api.logical_id, api.logical_id), routes, self.host, self.clock)
