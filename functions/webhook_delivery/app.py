"""Tells shops' endpoints of events: one signed message a try."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.flows.webhook_delivery import handle_message
from gateway.observability import observed
from gateway.web.intake import drain_records
from gateway.web.views import event_view


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of one of the two queues → what must come again. What a shop answered is no failure of ours."""
    with observed(context):
        here = world().begin(context)
        policy, loopback = here.settings.policy, here.settings.webhooks_to_loopback
        return drain_records(
            event,
            lambda text: handle_message(text, lambda *of: event_view(of[0], of[1], policy), loopback=loopback),
            here,
        )
