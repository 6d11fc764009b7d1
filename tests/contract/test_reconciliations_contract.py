"""Compared days: the same tests on those over DynamoDB (moto) and on those in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from gateway.aws.clients import ELSEWHERE, table_client
from gateway.aws.reconciliation import DynamoReconciliations
from gateway.aws.table import Table
from gateway.domain.facts import Source
from gateway.domain.reconciliation.compare import Action, Line, LineKind, Proposal, Side
from gateway.domain.reconciliation.day import DayNews, DayRecord, DayState, Plan, PlannedStep, StepKind, lines_key
from gateway.domain.reconciliation.decisions import Decision, DecisionKind, named
from gateway.ports.reconciliation import Reconciliations
from tests.dynamo_table import TABLE, create_table
from tests.gateway_samples import AT_MS, payment_id
from tests.memory_reconciliations import MemoryReconciliations


@pytest.fixture(params=["dynamodb", "memory"])
def days(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reconciliations]:
    """None yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = table_client(ELSEWHERE.table)
        create_table(client)
        ports: dict[str, Reconciliations] = {
            "dynamodb": DynamoReconciliations(Table(client, TABLE)),
            "memory": MemoryReconciliations(),
        }
        yield ports[request.param]


def line(number: int, **changes: Any) -> Line:
    """Money of nobody."""
    usual: dict[str, Any] = {
        "kind": LineKind.UNASSIGNED,
        "receipt": f"SGL{number:07d}",
        "payment": None,
        "ours_kes": None,
        "mpesa_kes": number,
        "at_ms": AT_MS,
        "proposed": Proposal(Action.ASSIGN, ("same amount", "same phone"), payment_id(1)),
    }
    return Line(**(usual | changes))


def record(*lines: Line, **changes: Any) -> DayRecord:
    """The day with these lines."""
    usual: dict[str, Any] = {
        "owner": "shop",
        "shortcode": "174379",
        "day": "2026-03-02",
        "state": DayState.DIFFERENCES,
        "source": Source.PULL,
        "complete": True,
        "run_at_ms": AT_MS,
        "ours": Side(201, 171_200),
        "mpesa": Side(203, 172_900),
        "both": Side(200, 170_900),
        "not_judged": Side(0, 0),
        "fees_kes": 12,
        "line_count": len(lines),
        "lines_key": lines_key(lines),
        "version": 1,
    }
    return DayRecord(**(usual | changes))


def test_a_day_comes_back_as_it_was_kept_and_only_under_its_owner(days: Reconciliations) -> None:
    assert days.save_day(None, record())
    assert record() == days.read_day("shop", "174379", "2026-03-02")
    assert days.read_day("other", "174379", "2026-03-02") is None


def test_only_who_saw_the_last_outcome_writes_the_next(days: Reconciliations) -> None:
    after = replace(record(), state=DayState.BALANCED, complete=False, version=2)
    answers = [days.save_day(None, record()), days.save_day(None, after), days.save_day(record(), after)]
    assert [True, False, True] == answers
    assert after == days.read_day("shop", "174379", "2026-03-02")


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_lines_come_back_in_order_however_many(days: Reconciliations, count: int) -> None:
    """A hundred lie in an item."""
    settled = line(0, kind=LineKind.MISSING_AT_MPESA, receipt=None, certain=False, settled="set aside", mpesa_kes=None)
    lines = (settled, *(line(number) for number in range(1, count)))[:count]
    days.keep_lines(record(*lines), lines)
    assert lines == days.read_lines(record(*lines))


def test_the_days_of_a_month_are_listed_in_order(days: Reconciliations) -> None:
    for day in ("2026-03-31", "2026-03-01", "2026-02-28", "2026-04-01"):
        days.save_day(None, record(day=day))
    days.save_day(None, record(day="2026-03-02", owner="other"))
    assert ["2026-03-01", "2026-03-31"] == [one.day for one in days.list_days("shop", "174379", "2026-03")]


def said(number: int, **changes: Any) -> Decision:
    """An explanation of a line."""
    usual: dict[str, Any] = {
        "number": number,
        "kind": DecisionKind.EXPLAINED,
        "by": "person_1",
        "at_ms": AT_MS,
        "note": "till float",
        "line": named(line(number)),
    }
    return Decision(**(usual | changes))


def test_a_decision_is_kept_once_and_never_changed(days: Reconciliations) -> None:
    """The same once more is as good as kept; another under its number is not."""
    other = said(1, note="something else")
    answers = [days.keep_decision(record(), one) for one in (said(1), said(1), other)]
    assert [True, True, False] == answers
    assert (said(1),) == days.read_decisions(record(decisions=1))


@pytest.mark.parametrize("count", [0, 1, 101])
def test_the_decisions_that_a_day_counts_come_back_in_order(days: Reconciliations, count: int) -> None:
    closed = said(2, kind=DecisionKind.CLOSED, line=None, note="")
    kept = [said(1), closed, *(said(number) for number in range(3, 103))]
    for one in kept:
        days.keep_decision(record(), one)
    assert tuple(kept[:count]) == days.read_decisions(record(decisions=count))


@pytest.mark.parametrize(
    ("counted", "most", "found"), [(0, 9, [1, 2, 3]), (1, 1, [2]), (2, 9, [3]), (3, 9, []), (4, 9, [5])]
)
def test_what_a_day_does_not_count_yet_comes_up_to_the_first_number_that_is_free(
    days: Reconciliations, counted: int, most: int, found: list[int]
) -> None:
    for number in (1, 2, 3, 5):
        days.keep_decision(record(), said(number))

    assert found == [one.number for one in days.read_uncounted(record(decisions=counted), most)]


def test_a_closed_day_and_what_came_of_it_come_back_as_they_were_kept(days: Reconciliations) -> None:
    news = DayNews(found_at_ms=AT_MS, ours=Side(1, 2), mpesa=Side(3, 4), line_count=1, lines_key="0" * 16)
    closed = record(
        state=DayState.CLOSED, decisions=3, open_count=0, explained_count=2, closings=(1, 2, 3), closed_by="person_1",
        closed_at_ms=AT_MS, news=news,
    )  # fmt: skip
    opened = replace(closed, state=DayState.BALANCED, closed_by="", closed_at_ms=0, news=None, version=2)
    days.save_day(None, closed)
    assert closed == days.read_day("shop", "174379", "2026-03-02")
    assert days.save_day(closed, opened)
    assert opened == days.read_day("shop", "174379", "2026-03-02")


def test_a_plan_moves_only_for_who_saw_it(days: Reconciliations) -> None:
    steps = (
        PlannedStep(StepKind.AGAIN, "174379", "2026-03-01", "1772312400000-1772319600000"),
        PlannedStep(StepKind.COMPARE, "174379", "2026-03-01", "corner-shop"),
    )
    first = Plan(AT_MS, steps, 1)
    answers = [
        days.save_plan(Plan(), first), days.save_plan(Plan(), first), days.save_plan(first, first.without(steps[0]))
    ]  # fmt: skip
    assert [True, False, True] == answers
    assert Plan(AT_MS, steps[1:], 2) == days.read_plan()


def test_a_plan_remembers_how_often_a_step_was_begun(days: Reconciliations) -> None:
    steps = tuple(PlannedStep(StepKind.PAIR, "174379", day, "shop#1") for day in ("2026-03-02", "2026-03-01"))
    plans = [first := Plan(AT_MS, steps, 1), first.begun(), first.begun().begun().begun()]
    for before, after in itertools.pairwise((Plan(), *plans)):
        days.save_plan(before, after)
    assert [1, 2] == [step.tries for step in days.read_plan().steps]
