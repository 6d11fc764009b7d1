"""The plan of what is to be compared: moved by whoever saw it last."""

from __future__ import annotations

from gateway.domain.reconciliation.day import Plan, PlannedStep, StepKind
from gateway.domain.reconciliation.statement_record import StatementRecord
from gateway.domain.shop import Shortcode
from gateway.ports import Flow, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations

ROUNDS_MAX = 4


def plan_day(owner: str, code: Shortcode, day: str) -> Flow[None]:
    """Have a day compared by one of the next ticks. Raises StoreUnavailable."""
    yield from _add(PlannedStep(StepKind.COMPARE, code.business_number, day, owner))


def plan_statement(record: StatementRecord) -> Flow[None]:
    """It is gone on with by the ticks, in case nobody waits until all of it is taken in. Raises StoreUnavailable."""
    yield from _add(PlannedStep(StepKind.STATEMENT, "", "", f"{record.owner}#{record.id}"))


def plan_days(record: StatementRecord) -> Flow[None]:
    """The days that a statement tells of are compared by the next ticks. Raises StoreUnavailable."""
    yield from _add(*(PlannedStep(StepKind.COMPARE, record.shortcode, day, record.owner) for day in record.days))


def _add(*steps: PlannedStep) -> Flow[None]:
    for _ in range(ROUNDS_MAX):
        plan = yield from call(Reconciliations.read_plan)
        after = plan.also(*steps)
        if after is plan or (yield from saved_plan(plan, after)):
            return
    raise StoreUnavailable("the plan changes faster than a step can be added")


def saved_plan(before: Plan, after: Plan) -> Flow[Plan | None]:
    """None: another run changed the plan."""
    return after if (yield from call(Reconciliations.save_plan, before, after)) else None
