"""Every minute whatever is due; between minutes the payments that somebody waits for."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.flows.settings import FlowSettings
from gateway.flows.sweep import check_payment, next_due_at_ms, sweep
from gateway.observability import observed
from gateway.ports import run
from gateway.web.intake import drain_records


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The schedule's tick → counts, and when something is due next; a batch of the checks queue → what comes again."""
    with observed(context):
        here = world().begin(context)
        flow = FlowSettings.of(here.settings, calls_safaricom=True)
        if "Records" in event:
            return drain_records(event, lambda payment_id: check_payment(payment_id, flow, asked_for=True), here)
        swept = run(sweep(flow), here)
        next_ms = run(next_due_at_ms(flow), here) if swept.due == 0 else None
        return {"due": swept.due, "done": swept.done, "failed": swept.failed, "next_due_at_ms": next_ms}
