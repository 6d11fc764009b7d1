"""Paybill and Till: M-PESA asks whether it may take a payment, and tells that it has."""

from __future__ import annotations

from functools import cache
from typing import Any

from gateway.aws.world import quick_world, world
from gateway.domain.validation import policy_named
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import take_c2b_confirmation
from gateway.observability import observed
from gateway.web.http import HttpAnswer, read_request, to_api_gateway
from gateway.web.intake import answer_delivery, answer_validation, c2b_delivery

flow_settings = cache(FlowSettings.of)
"""Read once by each process."""

VALIDATION = "POST /in/c2b/{shortcode}/{tag}/validation"


def handler(event: dict[str, Any], context: Any) -> HttpAnswer:
    """A validation request → the policy's answer within two seconds; a confirmation → 200 once it is kept.

    Validation is never credit, M-PESA waits about eight seconds for it, and a refusal turns money away: so every doubt
    is a yes, and where the policy accepts all, no table, queue or parameter is asked.
    """
    with observed(context):
        here = world().begin(context)
        request = read_request(event)
        if request.route_key == VALIDATION:
            policy = policy_named(here.settings.text("C2B_VALIDATION"))
            answer = answer_validation(request, policy, lambda: quick_world().begin(context))
        else:
            answer = answer_delivery(
                lambda now_ms: c2b_delivery(request, now_ms),
                lambda delivery: take_c2b_confirmation(delivery, here.settings, flow_settings(here.settings)),
                here,
            )
        return to_api_gateway(answer, request.id, here.settings.text("GATEWAY_VERSION"))
