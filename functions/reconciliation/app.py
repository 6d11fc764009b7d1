"""M-Pesa's own lists: fetched each hour, compared with what we have each morning and when somebody asks."""

from __future__ import annotations

from typing import Any

from gateway.aws.world import world
from gateway.flows.reconciliation.pull import pull_due
from gateway.flows.reconciliation.run import run_due
from gateway.flows.settings import FlowSettings
from gateway.observability import observed
from gateway.ports import run
from gateway.web.console.closing import CLOSING_PAGES
from gateway.web.console.days import DAY_PAGES
from gateway.web.console.statements import STATEMENT_PAGES
from gateway.web.reconciliation import ENDPOINTS as OF_DAYS
from gateway.web.serving import serve
from gateway.web.statements import ENDPOINTS as OF_STATEMENTS

ENDPOINTS = {**OF_DAYS, **OF_STATEMENTS}
PAGES = {**DAY_PAGES, **CLOSING_PAGES, **STATEMENT_PAGES}


def handler(event: dict[str, Any], context: Any) -> Any:
    """An HTTP API event (payload 2.0) → its answer; the schedule's tick → what was done, and when there is more."""
    with observed(context):
        if "routeKey" in event:
            return serve(ENDPOINTS, event, lambda: world().begin(context), PAGES)
        here = world().begin(context)
        flow = FlowSettings.of(here.settings)
        pulled = run(pull_due(flow), here)
        ran = run(run_due(flow), here)
        next_ms = min(ran.next_ms, pulled.next_ms or ran.next_ms)
        return {"rows": pulled.rows, "failed": pulled.failed, "steps": ran.steps, "next_due_at_ms": next_ms}
