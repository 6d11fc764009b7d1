"""A compared day as it is kept and shown, and the plan of the mornings' runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from gateway.domain.days import day_begins_ms, day_of
from gateway.domain.facts import Source
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.domain.reconciliation.compare import Comparison, Line, Side
from gateway.domain.reconciliation.decisions import Decision, explanations, line_id, open_lines
from gateway.domain.reconciliation.events import DayEvent

BEGINS_MS = 5 * HOUR_MS
"""After midnight in Nairobi."""

DAYS_MAX = 7
"""Days without a run that the next one makes up for."""

TRIES_MAX = 3
"""So often a step of a run is begun; one that never comes to its end is left out of the run then."""

DAYS_AGAIN = 2
"""Days that each run compares: yesterday, and the day before once more, since news may come late."""


class DayState(StrEnum):
    """How a day stands. The values are part of the API."""

    NOT_RUN = "not_run"
    DIFFERENCES = "differences"
    INCOMPLETE = "incomplete"
    """Nothing differs so far; M-Pesa's list does not cover the whole day, or the day is not over."""

    BALANCED = "balanced"
    """Nothing is left to look at; what differs is explained."""

    CLOSED = "closed"
    """A person closed the day: its sums stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNews:
    """What came of a closed day since: both sums as they would be now, and the name of the lines that tell of it."""

    found_at_ms: int
    ours: Side
    mpesa: Side
    line_count: int
    lines_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """What came of comparing a day. complete: M-Pesa's list covers all of it. lines_key: the name of its lines.

    decisions: how many were made about it. open_count: lines that somebody must look at. closings: the numbers of the
    decisions that closed the day and opened it again, by turns. news: of a closed day.
    """

    owner: str
    shortcode: str
    day: str
    state: DayState
    source: Source
    complete: bool
    run_at_ms: int
    ours: Side
    mpesa: Side
    both: Side
    not_judged: Side
    fees_kes: int
    line_count: int
    lines_key: str
    version: int = 0
    decisions: int = 0
    open_count: int = 0
    explained_count: int = 0
    closings: tuple[int, ...] = ()
    closed_by: str = ""
    closed_at_ms: int = 0
    news: DayNews | None = None

    @property
    def difference_kes(self) -> int:
        """M-Pesa's sum without ours."""
        return self.mpesa.sum_kes - self.ours.sum_kes

    @property
    def is_closed(self) -> bool:
        """Whether its sums stay, whatever comes."""
        return self.state is DayState.CLOSED

    @property
    def outcome(self) -> str:
        """A name that follows from all that the comparison found, sums and lines: who names it has seen them."""
        sums = [(side.count, side.sum_kes) for side in (self.ours, self.mpesa, self.both, self.not_judged)]
        text = json.dumps([self.lines_key, self.complete, self.fees_kes, sums])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def day_record(
    owner: str,
    shortcode: str,
    found: Comparison,
    before: DayRecord | None,
    decisions: Sequence[Decision] = (),
    *,
    complete: bool,
    now_ms: int,
    source: Source = Source.PULL,
) -> DayRecord:
    """The record of a comparison, in the place of the one before. decisions: all that were made about the day.

    source: the list of M-Pesa's that it goes by.
    """
    record = DayRecord(
        owner=owner,
        shortcode=shortcode,
        day=found.day,
        state=DayState.INCOMPLETE,
        source=source,
        complete=complete,
        run_at_ms=now_ms,
        ours=found.ours,
        mpesa=found.mpesa,
        both=found.both,
        not_judged=found.not_judged,
        fees_kes=found.fees_kes,
        line_count=len(found.lines),
        lines_key=lines_key(found.lines),
        version=(before.version if before else 0) + 1,
        closings=before.closings if before else (),
    )
    return judged(record, found.lines, decisions)


def judged(record: DayRecord, lines: Sequence[Line], decisions: Sequence[Decision]) -> DayRecord:
    """The record as its lines and all decisions have it. Of a day that is not closed."""
    explained = explanations(decisions)
    open_count = len(open_lines(lines, explained))
    judgement = DayState.BALANCED if record.complete else DayState.INCOMPLETE
    return replace(
        record,
        state=DayState.DIFFERENCES if open_count else judgement,
        decisions=len(decisions),
        open_count=open_count,
        explained_count=sum(line_id(line) in explained for line in lines),
    )


def closed(record: DayRecord, decision: Decision) -> DayRecord:
    """The day, closed by this decision: from now on its sums stay."""
    return replace(
        record,
        state=DayState.CLOSED,
        decisions=decision.number,
        closings=(*record.closings, decision.number),
        closed_by=decision.by,
        closed_at_ms=decision.at_ms,
        version=record.version + 1,
    )


def reopened(record: DayRecord, lines: Sequence[Line], decisions: Sequence[Decision]) -> DayRecord:
    """The day, open again by the last of these decisions, with the sums that it was closed with."""
    opened = replace(
        record,
        closings=(*record.closings, decisions[-1].number),
        closed_by="",
        closed_at_ms=0,
        news=None,
        version=record.version + 1,
    )
    return judged(opened, lines, decisions)


def with_news(record: DayRecord, found: Comparison, lines: Sequence[Line], now_ms: int) -> DayRecord:
    """The closed day with what came since; itself where nothing did, or nothing new."""
    differs = lines or (found.ours, found.mpesa) != (record.ours, record.mpesa)
    news = DayNews(
        found_at_ms=record.news.found_at_ms if record.news else now_ms,
        ours=found.ours,
        mpesa=found.mpesa,
        line_count=len(lines),
        lines_key=lines_key(lines),
    )
    wanted = news if differs else None
    if wanted == record.news:
        return record
    fresh = replace(news, found_at_ms=now_ms) if differs else None
    return replace(record, news=fresh, version=record.version + 1)


def of_news(record: DayRecord) -> DayRecord:
    """The record under whose name the lines of the news are kept."""
    news = record.news
    return replace(record, line_count=news.line_count, lines_key=news.lines_key) if news else record


def lines_key(lines: Iterable[Line]) -> str:
    """A name that follows from the lines: a run that finds the same keeps them once."""
    text = json.dumps([asdict(line) for line in lines], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def outcome_of(record: DayRecord) -> str:
    """What tells one outcome of a day from another."""
    judged_by = "" if record.source is Source.PULL else f".{record.source}"
    return f"{record.lines_key}.{'complete' if record.complete else 'incomplete'}{judged_by}"


def day_news(before: DayRecord | None, after: DayRecord) -> tuple[DayEvent, ...]:
    """What is new between two images: another outcome, that somebody must look, that somebody closed or opened the day.

    Of a closed day no outcome is told any more, but what came since.
    """
    turned = bool(after.closings) and (before is None or before.closings != after.closings)
    if after.is_closed:
        news = after.news is not None and (before is None or _what_came(before) != _what_came(after))
        return (*((DayEvent.CLOSED,) if turned else ()), *((DayEvent.NEWS,) if news else ()))
    opened = (DayEvent.REOPENED,) if turned else ()
    if before is not None and outcome_of(before) == outcome_of(after):
        return opened
    differs = (DayEvent.DIFFERENCE,) if after.state is DayState.DIFFERENCES else ()
    return (*opened, DayEvent.FINISHED, *differs)


def _what_came(record: DayRecord) -> DayNews | None:
    """Without when it was found."""
    return replace(record.news, found_at_ms=0) if record.news else None


def discriminator_of(record: DayRecord, type_: DayEvent) -> str:
    """What tells this event of a day from others of its type."""
    if type_ in (DayEvent.CLOSED, DayEvent.REOPENED):
        return f"{type_.value.partition('.')[2]}.{record.closings[-1]}"
    if type_ is DayEvent.NEWS and record.news is not None:
        news = record.news
        return f"news.{record.closings[-1]}.{news.lines_key}.{news.ours.sum_kes}.{news.mpesa.sum_kes}"
    return outcome_of(record)


def event_id(record: DayRecord, type_: DayEvent) -> str:
    """`evt_` and 32 hex characters, the same however often this is told."""
    what = f"{record.owner}|{record.shortcode}|{record.day}|{discriminator_of(record, type_)}"
    return "evt_" + hashlib.sha256(f"{type_}|{what}".encode()).hexdigest()[:32]


# --- the plan -----------------------------------------------------------------------------------------------------


class StepKind(StrEnum):
    """What a run does: read of a list again, go on with a statement, compare a day or, without a list, only pair."""

    AGAIN = "again"
    STATEMENT = "statement"
    COMPARE = "compare"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a run. name: of AGAIN the times, of STATEMENT owner and id, else the owner.

    shortcode: as Daraja calls it; of STATEMENT empty, since the file says it.

    tries: how often it was begun and did not come to its end.
    """

    kind: StepKind
    shortcode: str
    day: str
    name: str
    tries: int = 0

    def __str__(self) -> str:
        """What is to be done, without the tries."""
        return f"{self.kind}#{self.shortcode}#{self.day}#{self.name}"

    @classmethod
    def read(cls, text: str) -> PlannedStep:
        """Inverse of `str`; never tried."""
        kind, shortcode, day, name = text.split("#", 3)
        return cls(StepKind(kind), shortcode, day, name)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of the last run. began_ms: when it was planned; 0: never."""

    began_ms: int = 0
    steps: tuple[PlannedStep, ...] = ()
    version: int = 0

    def begun(self) -> Plan:
        """The first step is being tried, and stands behind the others in case it does not come to its end.

        The reading of a list stays before what is compared with it.
        """
        tried = replace(self.steps[0], tries=self.steps[0].tries + 1)
        lists = [step for step in self.steps[1:] if step.kind is StepKind.AGAIN]
        days = [step for step in self.steps[1:] if step.kind is not StepKind.AGAIN]
        steps = [*lists, tried, *days] if tried.kind is StepKind.AGAIN else [*lists, *days, tried]
        return self._with(steps)

    def also(self, *asked: PlannedStep) -> Plan:
        """These are to be done as well; itself where they are planned already."""
        planned = {str(step) for step in self.steps}
        new = [step for step in asked if str(step) not in planned]
        return self._with((*self.steps, *new)) if new else self

    def without(self, done: PlannedStep) -> Plan:
        """Nothing is left to do of a step."""
        return self._with(step for step in self.steps if str(step) != str(done))

    def went_on(self, done: PlannedStep) -> Plan:
        """The step that was begun did a part of its work, and goes on when the others had their turn."""
        return self._with(replace(step, tries=0) if str(step) == str(done) else step for step in self.steps)

    def put_back(self, before: Plan) -> Plan:
        """The step that was begun has to wait: nothing was tried."""
        return self._with(before.steps)

    def _with(self, steps: Iterable[PlannedStep]) -> Plan:
        return replace(self, steps=tuple(steps), version=self.version + 1)


def next_run_ms(plan: Plan) -> int:
    """When the next run is to be planned: each morning; of a plan that never was, at once."""
    if not plan.began_ms:
        return 0
    morning_ms = day_begins_ms(day_of(plan.began_ms)) + BEGINS_MS
    return morning_ms if plan.began_ms < morning_ms else morning_ms + DAY_MS


def days_to_compare(plan: Plan, now_ms: int) -> list[str]:
    """Days that are over, the oldest first. None for a stack that has only begun: it has no day behind it."""
    if not plan.began_ms:
        return []
    since = (day_begins_ms(day_of(now_ms)) - day_begins_ms(day_of(plan.began_ms))) // DAY_MS
    count = min(max(since, 1) + DAYS_AGAIN - 1, DAYS_MAX)
    return [day_of(now_ms - back * DAY_MS) for back in range(count, 0, -1)]
