"""The plan of what is to be compared: moved by whoever saw it last."""

from __future__ import annotations

from gateway.domain.reconciliation.day import Plan, PlannedStep, StepKind
from gateway.domain.reconciliation.statement_record import StatementRecord
from gateway.domain.shop import Shortcode
from gateway.ports import Ambient, Flow, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations

ROUNDS_MAX = 4
STEPS_OF_STATEMENTS_MAX = 2_000
"""With so many steps planned statements add none: the plan is one item, and late money must still find room in it."""


def plan_day(owner: str, code: Shortcode, day: str) -> Flow[None]:
    """Have a day compared by one of the next ticks. Raises StoreUnavailable."""
    yield from _add(PlannedStep(StepKind.COMPARE, code.business_number, day, owner))


def plan_statement(record: StatementRecord) -> Flow[None]:
    """It is gone on with by the ticks, in case nobody waits until all of it is taken in. Raises StoreUnavailable."""
    yield from _add(
        PlannedStep(StepKind.STATEMENT, "", "", f"{record.owner}#{record.id}"), most=STEPS_OF_STATEMENTS_MAX
    )


def plan_days(record: StatementRecord) -> Flow[None]:
    """The days that a statement tells of are compared by the next ticks, the newest first. Raises StoreUnavailable."""
    days = [PlannedStep(StepKind.COMPARE, record.shortcode, day, record.owner) for day in reversed(record.days)]
    yield from _add(*days, most=STEPS_OF_STATEMENTS_MAX)


def _add(*steps: PlannedStep, most: int | None = None) -> Flow[None]:
    """most: steps of the plan beyond which none of these is added; what is left out is told of."""
    for _ in range(ROUNDS_MAX):
        plan = yield from call(Reconciliations.read_plan)
        planned = {str(step) for step in plan.steps}
        new = [step for step in steps if str(step) not in planned]
        room = len(new) if most is None else max(0, most - len(plan.steps))
        if new[:room] and not (yield from saved_plan(plan, plan.also(*new[:room]))):
            continue
        if new[room:]:
            yield from call(Ambient.report, "plan_full", {"steps": len(plan.steps), "left_out": len(new[room:])})
        return
    raise StoreUnavailable("the plan changes faster than a step can be added")


def saved_plan(before: Plan, after: Plan) -> Flow[Plan | None]:
    """None: another run changed the plan."""
    return after if (yield from call(Reconciliations.save_plan, before, after)) else None
