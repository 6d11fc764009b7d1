"""Safaricom's STK callbacks, and whatever waits in the retry queue."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.flows.drain import drain
from gateway.flows.settings import FlowSettings
from gateway.flows.take_callback import take_stk_callback
from gateway.observability import observed
from gateway.web.http import HttpAnswer, read_request, to_api_gateway
from gateway.web.intake import answer_delivery, drain_records, stk_delivery


def handler(event: dict[str, Any], context: Any) -> HttpAnswer | dict[str, Any]:
    """A callback (HTTP API, payload 2.0) → 200 once it is kept; a batch of the retry queue → what must come again."""
    with observed(context):
        return _drained(event, context) if "Records" in event else _taken(event, context)


def _taken(event: dict[str, Any], context: Any) -> HttpAnswer:
    here = world().begin(context)
    request = read_request(event)
    answer = answer_delivery(
        lambda now_ms: stk_delivery(request, now_ms),
        lambda delivery: take_stk_callback(delivery, here.settings, FlowSettings.of(here.settings)),
        here,
    )
    return to_api_gateway(answer, request.id, here.settings.text("GATEWAY_VERSION"))


def _drained(event: dict[str, Any], context: Any) -> dict[str, Any]:
    here = world().begin(context)
    flow = FlowSettings.of(here.settings)
    return drain_records(event, lambda text: drain(text, here.settings, flow), here)
