"""Each morning yesterday is compared with M-Pesa's book, and whenever somebody asks for a day.

The plan of a run is kept, and each step of it can be repeated: a run that ends early is taken up by the next tick. A
step is put behind the others before it is begun: one that dies with its tick (a day too big for it) holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from daraja.errors import DarajaError
from gateway.domain.days import day_begins_ms
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.compare import Comparison, Line, OurMoney, compare
from gateway.domain.reconciliation.day import (
    TRIES_MAX,
    DayRecord,
    DayState,
    Plan,
    PlannedStep,
    StepKind,
    day_record,
    days_to_compare,
    next_run_ms,
    of_news,
    with_news,
)
from gateway.domain.reconciliation.news import news_lines
from gateway.domain.reconciliation.statement_record import StatementState
from gateway.domain.reconciliation.windows import Stretch, stretches_of
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.flows.reconciliation.gather import Known, books_of, gather, is_complete, read_again, source_of
from gateway.flows.reconciliation.pair import pair
from gateway.flows.reconciliation.plan import ROUNDS_MAX, plan_day, plan_days, saved_plan
from gateway.flows.reconciliation.pull import TIME_RESERVE_MS, Read, Reader, read_stretch
from gateway.flows.reconciliation.silence import judge_silence
from gateway.flows.reconciliation.statement import NoFile, take_in
from gateway.flows.reconciliation.time_left import DayTooBig
from gateway.flows.settings import FlowSettings
from gateway.ports import Ambient, Flow, Secrets, StoreUnavailable, call
from gateway.ports.reconciliation import Reconciliations
from gateway.ports.repairs import Repairs

GIVEN_UP_AFTER_MS = 3 * HOUR_MS
"""A list that cannot be read once more is left alone after this time: the day is compared with what there is."""

DECIDED_MAX = 8
"""So many decisions of others may come in between before the day is compared once more."""

DAY_TIME_MS = 20_000
"""A day is not begun with less than this left, where the next tick would give it more."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a tick did. next_ms: when there is something to do again."""

    steps: int
    next_ms: int


def run_due(settings: FlowSettings) -> Flow[Ran]:
    """Go on with what is left of the run, as long as there is time; in the morning, first plan a new one."""
    shops = yield from call(Repairs.shops)
    plan = yield from _planned(shops)
    done = 0
    while plan.steps and (yield from _is_time_for(plan.steps[0], done)):
        after = yield from _step(plan, shops, settings)
        if after is None:
            break
        plan, done = after, done + 1
    return Ran(done, 0 if plan.steps else next_run_ms(plan))


def _is_time_for(step: PlannedStep, done: int) -> Flow[bool]:
    """Whether a step should begin now: a day that may need a whole tick, only early in one."""
    left_ms = yield from call(Ambient.time_left_ms)
    may_be_long = step.kind is not StepKind.AGAIN and (done or step.tries)
    return left_ms >= (DAY_TIME_MS if may_be_long else TIME_RESERVE_MS)


def _step(plan: Plan, shops: Iterable[ShopSettings], settings: FlowSettings) -> Flow[Plan | None]:
    """The plan once its first step is done or given up. None: later, or another run is at work."""
    step = plan.steps[0]
    if step.tries >= TRIES_MAX:
        named = {"step": str(step.kind), "shortcode": step.shortcode, "day": step.day, "name": step.name}
        yield from call(Ambient.report, "day_given_up", named)
        return (yield from saved_plan(plan, plan.without(step)))
    begun = yield from saved_plan(plan, plan.begun())
    if begun is None:
        return None
    try:
        done = yield from _do(step, plan, shops, settings)
    except DayTooBig:
        return None
    if not done:
        later = begun.went_on(step) if step.kind is StepKind.STATEMENT else begun.put_back(plan)
        yield from saved_plan(begun, later)
        return None
    return (yield from saved_plan(begun, begun.without(step)))


def _planned(shops: Iterable[ShopSettings]) -> Flow[Plan]:
    """The plan, with the steps of a new run where it is time for one."""
    plan = yield from call(Reconciliations.read_plan)
    now_ms = yield from call(Ambient.now_ms)
    if now_ms < next_run_ms(plan):
        return plan
    steps = _steps(plan, shops, now_ms)
    new = replace(plan, began_ms=now_ms, steps=(*steps, *_asked_for(plan, steps)), version=plan.version + 1)
    saved = yield from call(Reconciliations.save_plan, plan, new)
    return new if saved else (yield from call(Reconciliations.read_plan))


def _steps(plan: Plan, shops: Iterable[ShopSettings], now_ms: int) -> tuple[PlannedStep, ...]:
    """First the newest day's lists once more, since rows may come late; then each day, the newest first."""
    days = days_to_compare(plan, now_ms)[::-1]
    codes = sorted({(shop.owner, code.business_number, code.pull) for shop in shops for code in shop.shortcodes})
    begins_ms = day_begins_ms(days[0]) if days else now_ms
    again = [
        PlannedStep(StepKind.AGAIN, number, days[0], f"{one.from_ms}-{one.until_ms}")
        for number in sorted({number for _, number, pulled in codes if pulled})
        for one in (stretches_of(begins_ms, begins_ms + DAY_MS, now_ms) if days else ())
    ]
    of_days = [
        PlannedStep(StepKind.COMPARE if pulled else StepKind.PAIR, number, day, owner)
        for day in days
        for owner, number, pulled in codes
    ]
    return (*again, *of_days)


def _asked_for(plan: Plan, steps: Iterable[PlannedStep]) -> list[PlannedStep]:
    """What somebody asked for, or late money is of, and no tick got to: days and statements. A morning forgets none."""
    planned = {str(step) for step in steps}
    kinds = (StepKind.COMPARE, StepKind.STATEMENT)
    return [step for step in plan.steps if step.kind in kinds and str(step) not in planned]


def _do(step: PlannedStep, plan: Plan, shops: Iterable[ShopSettings], settings: FlowSettings) -> Flow[bool]:
    """Whether the step is done; what is nobody's any more is."""
    if step.kind is StepKind.STATEMENT:
        return (yield from _go_on_with(step, settings))
    whose = [shop for shop in shops if step.kind is StepKind.AGAIN or shop.owner == step.name]
    code = next((found for shop in whose if (found := shop.account(step.shortcode))), None)
    if code is None:
        return True
    if step.kind is StepKind.AGAIN:
        return (yield from _read_again(code, step, plan, settings))
    if step.kind is StepKind.COMPARE:
        yield from reconcile_day(step.name, code, step.day, settings)
    else:
        yield from pair((yield from gather(step.name, code, step.day)), step.name, settings)
    return True


def _go_on_with(step: PlannedStep, settings: FlowSettings) -> Flow[bool]:
    """A statement that nobody waits for any more. False: some of it is left. Then its days are compared."""
    owner, _, statement = step.name.partition("#")
    try:
        record = yield from take_in(owner, statement, settings)
    except NoFile:
        return True
    if record is None or record.state is not StatementState.READ:
        return record is None or record.state is StatementState.REFUSED
    yield from plan_days(record)
    return True


def _read_again(code: Shortcode, step: PlannedStep, plan: Plan, settings: FlowSettings) -> Flow[bool]:
    """A stretch of the day's list once more. False: later, as long as it is early."""
    from_ms, _, until_ms = step.name.partition("-")
    reader = Reader(code, (yield from call(Secrets.read_keys)), settings)
    try:
        read = yield from read_stretch(reader, Stretch(int(from_ms), int(until_ms)))
    except DarajaError as error:
        yield from call(Ambient.report, "pull_failed", {"shortcode": step.shortcode, "error": type(error).__name__})
        read = Read.UNFINISHED
    now_ms = yield from call(Ambient.now_ms)
    return read is not Read.UNFINISHED or now_ms - plan.began_ms >= GIVEN_UP_AFTER_MS


# --- one day ------------------------------------------------------------------------------------------------------


def reconcile_now(
    owner: str, code: Shortcode, day: str, settings: FlowSettings
) -> Flow[tuple[DayRecord, tuple[Line, ...]] | None]:
    """Compare a day for somebody who waits. None: there is no time for all of it; it is planned. Raises PortError."""
    try:
        return (yield from reconcile_day(owner, code, day, settings))
    except DayTooBig:
        yield from plan_day(owner, code, day)
        return None


def reconcile_day(
    owner: str, code: Shortcode, day: str, settings: FlowSettings
) -> Flow[tuple[DayRecord, tuple[Line, ...]]]:
    """Compare a day and keep what came of it: of a closed day beside its sums and lines, which stay.

    Raises PortError, DayTooBig; may be repeated.
    """
    for _ in range(ROUNDS_MAX):
        before = yield from call(Reconciliations.read_day, owner, code.business_number, day)
        known = yield from gather(owner, code, day)
        yield from read_again((yield from pair(known, owner, settings)), known)
        yield from read_again((yield from judge_silence(known, owner, code, day, settings)), known)
        books = yield from books_of(known, owner, code, day)
        found = compare(books)
        if before is not None and before.is_closed:
            lines = yield from call(Reconciliations.read_lines, before)
            record = yield from _keep_news(before, lines, found, books.ours, known)
        else:
            lines = found.lines
            record = yield from _keep_among_decisions(before, found, owner, code, known)
        if record is not None:
            return record, lines
    raise StoreUnavailable("a day changes faster than it can be compared")


def _keep_among_decisions(
    before: DayRecord | None, found: Comparison, owner: str, code: Shortcode, known: Known
) -> Flow[DayRecord | None]:
    """What a comparison found. Who explains a line meanwhile changes nothing of it: that is no reason to compare again.

    None: somebody else compared or closed the day.
    """
    for _ in range(DECIDED_MAX):
        record = yield from _keep_outcome(before, found, owner, code, known)
        if record is not None or before is None:
            return record
        now = yield from call(Reconciliations.read_day, owner, code.business_number, found.day)
        if now is None or now.is_closed:
            return None
        if (now.run_at_ms, now.outcome) != (before.run_at_ms, before.outcome):
            return None
        before = now
    return None


def _keep_outcome(
    before: DayRecord | None, found: Comparison, owner: str, code: Shortcode, known: Known
) -> Flow[DayRecord | None]:
    """What a comparison found, as what people said of its lines has it. None: the day changed meanwhile."""
    decisions = (yield from call(Reconciliations.read_decisions, before)) if before and before.decisions else ()
    now_ms = yield from call(Ambient.now_ms)
    record = day_record(
        owner,
        code.business_number,
        found,
        before,
        decisions,
        complete=is_complete(known, found.day),
        source=source_of(known, found.day),
        now_ms=now_ms,
    )
    yield from call(Reconciliations.keep_lines, record, found.lines)
    if not (yield from call(Reconciliations.save_day, before, record)):
        return None
    yield from _report(record)
    return record


def _keep_news(
    before: DayRecord, lines: tuple[Line, ...], found: Comparison, ours: Sequence[OurMoney], known: Known
) -> Flow[DayRecord | None]:
    """What came of a closed day since, beside what it was closed with. None: the day changed meanwhile."""
    news = news_lines(lines, before.run_at_ms, found, ours, known.payments)
    now_ms = yield from call(Ambient.now_ms)
    record = with_news(before, found, news, now_ms)
    if record is before:
        return before
    yield from call(Reconciliations.keep_lines, of_news(record), news)
    if not (yield from call(Reconciliations.save_day, before, record)):
        return None
    sums = {"day": record.day, "shortcode": record.shortcode, "owner": record.owner, "lines": len(news)}
    yield from call(Ambient.report, "closed_day_news", sums)
    return record


def _report(record: DayRecord) -> Flow[None]:
    """For who runs the stack. Shops are told by what the table's stream brings (`tell.py`)."""
    sums = {"day": record.day, "shortcode": record.shortcode, "owner": record.owner, "lines": record.line_count}
    name = "day_differs" if record.state is DayState.DIFFERENCES else "day_balanced"
    yield from call(Ambient.report, name, {**sums, "difference": record.difference_kes})
