"""One call of a function, and what came of it."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """Either the handler's answer or an error as Lambda reports it."""

    answer: bytes = b"null"
    error: dict[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """The function raised, ran out of time, ended early or could not be started."""
        return self.error is not None

    def value(self) -> Any:
        """The answer as data."""
        return json.loads(self.answer)


@dataclass(eq=False)
class Invocation:
    """An event on its way through a function."""

    body: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: asyncio.Future[Outcome] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    task: asyncio.Task[Any] | None = field(default_factory=asyncio.current_task)
    """Who waits for it, and is busy meanwhile."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a worker has it: the function's time counts from there."""

    def settle(self, outcome: Outcome) -> None:
        """Give the outcome, unless there is one already."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


def failure(kind: str, message: str) -> Outcome:
    """An error of the platform itself."""
    return Outcome(error={"errorType": kind, "errorMessage": message})
