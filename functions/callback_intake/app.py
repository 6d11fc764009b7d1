"""What Safaricom tells of a prompt or of a request of ours, and whatever waits in the retry queue."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.aws.world import world
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.flows.strangers import Taken
from gateway.flows.take_callback import take_stk_callback
from gateway.observability import observed
from gateway.ports import Flow
from gateway.settings import Settings
from gateway.web.http import HttpAnswer, Request, read_request, to_api_gateway
from gateway.web.intake import RESULT_ROUTES, answer_delivery, drain_records, result_delivery, stk_delivery

Arrived = Callable[[Request, int], Delivery]
flow_settings = cache(FlowSettings.of)
"""Read once by each process."""

Take = Callable[[Delivery, Settings, FlowSettings], Flow[Taken]]


def handler(event: dict[str, Any], context: Any) -> HttpAnswer | dict[str, Any]:
    """A callback or result (HTTP API, payload 2.0) → 200 once it is kept; a batch of the queue → what comes again."""
    with observed(context):
        return _drained(event, context) if "Records" in event else _taken(event, context)


def _taken(event: dict[str, Any], context: Any) -> HttpAnswer:
    here = world().begin(context)
    request = read_request(event)
    arrived, take = _door(request.route_key)
    answer = answer_delivery(
        lambda now_ms: arrived(request, now_ms),
        lambda delivery: take(delivery, here.settings, flow_settings(here.settings)),
        here,
    )
    return to_api_gateway(answer, request.id, here.settings.text("GATEWAY_VERSION"))


def _door(route_key: str) -> tuple[Arrived, Take]:
    """What was delivered, and who takes it. A payer waits for a prompt's callback, so it loads nothing but its own."""
    if route_key not in RESULT_ROUTES:
        return stk_delivery, take_stk_callback
    from gateway.flows.take_result import take_result  # noqa: PLC0415  money out, which callbacks need not know

    return result_delivery, take_result


def _drained(event: dict[str, Any], context: Any) -> dict[str, Any]:
    from gateway.flows.drain import drain  # noqa: PLC0415  as above

    here = world().begin(context)
    flow = flow_settings(here.settings)
    return drain_records(event, lambda text: drain(text, here.settings, flow), here)
