"""The plan of what is to be compared: moved by whoever saw it last."""

from __future__ import annotations

from gateway.domain.reconciliation.day import Plan, PlannedStep, StepKind
from gateway.domain.shop import Shortcode
from gateway.ports import Flow, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations

ROUNDS_MAX = 4


def plan_day(owner: str, code: Shortcode, day: str) -> Flow[None]:
    """Have a day compared by one of the next ticks. Raises StoreUnavailable."""
    step = PlannedStep(StepKind.COMPARE, code.business_number, day, owner)
    for _ in range(ROUNDS_MAX):
        plan = yield from call(Reconciliations.read_plan)
        after = plan.also(step)
        if after is plan or (yield from saved_plan(plan, after)):
            return
    raise StoreUnavailable("the plan changes faster than a day can be added")


def saved_plan(before: Plan, after: Plan) -> Flow[Plan | None]:
    """None: another run changed the plan."""
    return after if (yield from call(Reconciliations.save_plan, before, after)) else None
