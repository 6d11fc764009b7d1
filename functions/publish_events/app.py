"""The table's stream → events on the bus; mends a claim that a crash left half done."""

from __future__ import annotations

from typing import Any

from gateway.aws.stream import change_of
from gateway.aws.world import world
from gateway.flows.publish import publish_change
from gateway.observability import observed
from gateway.web.intake import tell_records
from gateway.web.views import event_view


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of the stream → the first record that must come again, if any: order is kept within a shard."""
    with observed(context):
        here = world().begin(context)
        policy = here.settings.policy
        return tell_records(
            event, lambda record: publish_change(change_of(record), lambda *of: event_view(of[0], of[1], policy)), here
        )
