"""L16 of a closed day: its sums and lines stay whatever comes, what comes stands beside them, and no word is lost.

Random acts of two accountants and of M-Pesa's list; each may die before or after any of its writes, or be overtaken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.reconciliation.compare import LineKind
from gateway.domain.reconciliation.day import DayRecord, DayState
from gateway.domain.reconciliation.decisions import Decision, DecisionKind, explanations, line_id, open_lines
from gateway.flows.reconciliation.decide import Wish, close_day, decide
from gateway.flows.reconciliation.explain_many import ManyWish, explain_many
from gateway.flows.reconciliation.run import reconcile_day
from gateway.ports import Call, Flow, run
from tests import gateway_samples as sample
from tests.memory_store import MemoryWorld
from tests.unit.reconciliation.days_world import DAY, MORNING_MS, covered_world, listed, theirs
from tests.unit.reconciliation.pull_world import PAYBILL, SETTINGS

KEY = ("shop", "174379", DAY)
KINDS = (LineKind.UNASSIGNED, LineKind.MISSING_HERE, LineKind.MISSING_AT_MPESA)
ACTS = ("compare", "explain", "explain_all", "close", "reopen", "row", "payment", "money")


class Died(Exception):
    """The process is gone."""


WRITES = frozenset({"save_day", "keep_decision", "keep_lines", "save_payment", "save_plan"})


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does. at: at its n-th write something happens to it; None: nothing does.

    how: it dies before the write, it dies after it, or somebody else does `other` before it.
    """

    name: str
    number: int
    at: int | None = None
    how: str = "before"
    other: str = "compare"


@dataclass
class Fated:
    """A process to whom that happens."""

    world: MemoryWorld
    act: Act
    overtaken: Callable[[], None]
    writes: int = 0

    def perform(self, call: Call, /) -> Any:
        """Carry out a call."""
        hit = call.method in WRITES and self.writes == self.act.at
        self.writes += call.method in WRITES
        if hit and self.act.how == "before":
            raise Died
        if hit and self.act.how == "overtaken":
            self.overtaken()
        answer = self.world.perform(call)
        if hit and self.act.how == "after":
            raise Died
        return answer


@dataclass
class Books:
    """A day on the morning after it, and what must hold of it."""

    world: MemoryWorld = field(default_factory=covered_world)
    receipts: list[str] = field(default_factory=list)
    said: dict[Any, Decision] = field(default_factory=dict)
    closed: DayRecord | None = None

    def __post_init__(self) -> None:
        """The day is over."""
        self.world.ambient.at_ms = MORNING_MS

    def record(self) -> DayRecord | None:
        """As it stands."""
        return self.world.reconciliations.days.get(KEY)

    def act(self, act: Act) -> None:
        """One act, by a process that may die or be overtaken."""
        self.world.ambient.at_ms += 60_000
        flow = self._flow(act.name, act.number)
        if flow is None:
            self._from_outside(act.name)
            return
        fated = Fated(self.world, act, lambda: self.act(Act(act.other, act.number + 1)))
        with suppress(Died):
            run(flow, fated)

    def _flow(self, name: str, number: int) -> Flow[Any] | None:
        wish = Wish(kind=DecisionKind.CLOSED, by=f"person_{number % 2}", note=f"note {number}")
        flows: dict[str, Callable[[], Flow[Any]]] = {
            "compare": lambda: reconcile_day("shop", PAYBILL, DAY, SETTINGS),
            "close": lambda: close_day("shop", PAYBILL, DAY, wish, SETTINGS),
            "reopen": lambda: decide("shop", PAYBILL, DAY, replace(wish, kind=DecisionKind.REOPENED)),
            "explain": lambda: decide(
                "shop", PAYBILL, DAY, replace(wish, kind=DecisionKind.EXPLAINED, line=self._line(number))
            ),
            "explain_all": lambda: explain_many(
                "shop", PAYBILL, DAY, ManyWish(by=wish.by, note=wish.note, kind=KINDS[number % len(KINDS)])
            ),
        }
        return flows[name]() if name in flows else None

    def _line(self, number: int) -> str:
        record = self.record()
        lines = self.world.reconciliations.read_lines(record) if record else ()
        return line_id(lines[number % len(lines)]) if lines else "line_" + "0" * 16

    def _from_outside(self, name: str) -> None:
        """A row of M-Pesa's list, a payment that its callback told of, or money of nobody."""
        number = len(self.receipts) + 1
        receipt = f"SGL{number:07d}"
        if name != "payment":
            self.receipts.append(receipt)
        if name == "money":
            self.world.store.create_receipt(sample.owned(receipt, None))
        if name == "payment":
            now_ms = self.world.ambient.at_ms
            told = replace(sample.success(receipt=receipt), said_at_ms=now_ms, learned_at_ms=now_ms)
            paid = sample.record(number, (sample.begun(), sample.accepted(), told))
            self.world.store.create_payment(paid, SETTINGS.indexed(paid, SETTINGS.state(paid)))
            self.world.store.create_receipt(sample.owned(receipt, number))
            self.receipts.append(receipt)
        listed(self.world, *(theirs(one) for one in self.receipts))

    def broken(self) -> list[str]:
        """What does not hold after an act."""
        kept = self.world.reconciliations.said
        before, self.said = self.said, dict(kept)
        record = self.record()
        closed, self.closed = self.closed, record if record is not None and record.is_closed else None
        rules = {"a decision is lost or another one": before.items() <= kept.items()}
        if record is not None:
            rules |= self._rules_of(record)
        if closed is not None and self.closed is not None and closed.closings == self.closed.closings:
            rules["what was closed changed"] = _books_of(closed) == _books_of(self.closed)
        return [rule for rule, holds in rules.items() if not holds]

    def _rules_of(self, record: DayRecord) -> dict[str, bool]:
        decisions = self.world.reconciliations.read_decisions(record)
        kinds = [decisions[number - 1].kind for number in record.closings]
        turns = [(DecisionKind.CLOSED, DecisionKind.REOPENED)[place % 2] for place in range(len(kinds))]
        left = open_lines(self.world.reconciliations.read_lines(record), explanations(decisions))
        return {
            "decisions stand in their order": [one.number for one in decisions] == list(range(1, record.decisions + 1)),
            "a day is closed and opened by turns": kinds == turns,
            "it is closed by a decision": record.is_closed == bool(len(kinds) % 2),
            "an open line is shown": record.is_closed or (record.state is DayState.DIFFERENCES) == bool(left),
            "no closed day has an open line": not (record.is_closed and left),
        }


def _books_of(record: DayRecord) -> tuple[Any, ...]:
    """What was closed."""
    return record.ours, record.mpesa, record.both, record.fees_kes, record.lines_key, record.complete, record.run_at_ms


acts = st.lists(
    st.builds(
        Act,
        name=st.sampled_from(ACTS),
        number=st.integers(0, 5),
        at=st.one_of(st.none(), st.integers(0, 3)),
        how=st.sampled_from(["before", "after", "overtaken", "overtaken"]),
        other=st.sampled_from(ACTS),
    ),
    max_size=14,
)


@given(acts)
@example([Act(name, 0) for name in ("compare", "close", "row", "compare")])
def test_law_16_a_closed_day_stays_and_no_decision_is_lost(acts: list[Act]) -> None:
    """Whatever two people, the list and crashes do to it."""
    books = Books()
    broken = []
    for act in acts:
        books.act(act)
        broken += books.broken()
    assert [] == broken


@given(acts)
def test_law_16_what_came_of_a_closed_day_is_shown_to_the_shilling(acts: list[Act]) -> None:
    """Once it is compared: the closed sums, or the news beside them, say what M-Pesa's book has."""
    books = Books()
    for act in (*acts, Act("compare", 0)):
        books.act(act)
    record = books.record()
    assert record is not None
    assert 100 * len(books.receipts) == (record.news or record).mpesa.sum_kes
