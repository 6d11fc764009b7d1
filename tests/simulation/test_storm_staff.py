"""Worlds to which the shop's staff comes: statements in storms, days that are closed, and whether the judge notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.reconciliation.day import DayRecord
from gateway.domain.reconciliation.rows import RowKind
from gateway.ports import Flow
from tests.simulation.case import Case
from tests.simulation.faults import MENU
from tests.simulation.swarm import play, play_many

STAFF = ("statement_sent", "day_closed")
BESIDE_THEM = ("callback_lost", "callback_late", "c2b_lost", "c2b_late", "query_processing_for_ever", "crash_after")
CASES = [Case(seed, payments=15, lines=(*STAFF, *BESIDE_THEM), strong=True) for seed in (9, 10, 17, 35, 40)]
"""Small worlds in which much comes of what the staff does."""


@pytest.fixture(autouse=True)
def _staff_always_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whichever world has these lines at all."""
    for line in STAFF:
        monkeypatch.setitem(MENU, line, (1.0, 1.0))


def test_statements_and_closed_days_in_storms_break_no_law() -> None:
    """And they do what they are for: statements are believed and refused, days are closed and have news."""
    whole = play_many(CASES)
    assert [] == whole.broken
    assert set() == {
        "a statement was taken in",
        "a statement was refused",
        "a statement told money of which nobody else had told",
        "a difference was explained",
        "a day was closed",
        "a day was opened again",
        "a closed day had news",
    } - set(whole.coverage.office)


def _nothing(*_: Any) -> None:
    return None


def _never(*_: Any) -> bool:
    return False


def _does_nothing(*_: Any) -> Flow[None]:
    yield from ()


def _whatever_came_is_a_payment(_: str, signed_cents: int) -> RowKind:
    return RowKind.PAYMENT if signed_cents > 0 else RowKind.OTHER


def _closed_sums_follow(record: DayRecord, found: Any, *_: Any) -> DayRecord:
    return replace(record, ours=found.ours, mpesa=found.mpesa, version=record.version + 1)


SILENCE = (
    "gateway.domain.reconciliation.silence._may_be_its_own",
    "gateway.flows.reconciliation.silence.lacks_known_money",
)
LATE = tuple(
    f"gateway.flows.publish.{look}"
    for look in ("look_at_closed_days_of_payment", "look_at_closed_days_of_money", "compare_what_was_closed")
)
BROKEN_GATEWAYS: dict[str, tuple[tuple[str, ...], Callable[..., Any], str]] = {
    "a statement need not add up": (("gateway.domain.reconciliation.statement._check_sums",), _nothing, "L16"),
    "whatever came in is a customer's payment": (
        ("gateway.domain.reconciliation.statement.statement_kind",),
        _whatever_came_is_a_payment,
        "L7",
    ),
    "a statement's rows are told to no payment": (
        ("gateway.flows.reconciliation.statement.take_rows",),
        _does_nothing,
        "L1",
    ),
    "silence ends also what the statement may have": (SILENCE, _never, "L4"),
    "closed sums follow what comes": (("gateway.flows.reconciliation.run.with_news",), _closed_sums_follow, "L16"),
    "a day is closed over what nobody explained": (
        ("gateway.flows.reconciliation.decide._objection",),
        _nothing,
        "L16",
    ),
    "nobody looks at closed days": (LATE, _does_nothing, "L16"),
}
"""What is replaced by what, and the law that then breaks."""


@pytest.mark.parametrize("name", BROKEN_GATEWAYS)
def test_a_broken_gateway_is_noticed_by_the_judge_of_days_and_statements(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, instead, law = BROKEN_GATEWAYS[name]
    for place in places:
        monkeypatch.setattr(place, instead)
    broken = [sentence for case in CASES for _, sentences in play(case).broken for sentence in sentences]
    assert law in {sentence.partition(" ")[0] for sentence in broken}
