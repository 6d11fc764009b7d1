"""The table's stream → events and sums of days; every quarter of an hour, what is left to repair."""

from __future__ import annotations

from typing import Any

from gateway.aws.stream import change_of
from gateway.aws.world import world
from gateway.flows.repair import repair
from gateway.observability import observed
from gateway.ports import run
from gateway.web.stream import tell_batch
from gateway.web.views import event_view


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of the stream → what must come again, if anything; the schedule's tick → what was repaired."""
    with observed(context):
        here = world().begin(context)
        policy = here.settings.policy
        if "Records" in event:
            return tell_batch(event, change_of, lambda record, state: event_view(record, state, policy), here)
        done = run(repair(lambda record, state: event_view(record, state, policy)), here)
        return {"told": done.told, "mended": done.mended, "next_due_at_ms": done.next_ms}
