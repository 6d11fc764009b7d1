"""Pairs of faults that are left out end as one that is tried: a bug that only a pair finds is found all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.flows.drain import drain
from gateway.ports import Flow, StoreUnavailable
from tests.simulation import crash_matrix
from tests.simulation.crash_matrix import boundaries_of, judged, paired_faults
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.known_worlds import Faults
from tests.simulation.lives import LIVES, PHONE
from tests.simulation.world import Fault, World

SHORT = "money_that_nobody_expects"


def money_that_nobody_expects(world: World) -> None:
    """Typed at the paybill, with a reference that no payment has: some ten calls."""
    world.safaricom.menu_payment(PHONE, 30, "no such order")


@pytest.fixture
def forgetful_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue whose messages are dropped when the table is away: news is lost by two faults, and by no single one."""

    def forgetting(message: str, *others: Any) -> Flow[None]:
        try:
            yield from drain(message, *others)
        except StoreUnavailable:
            return

    monkeypatch.setattr("tests.simulation.world.drain", forgetting)
    monkeypatch.setitem(LIVES, SHORT, money_that_nobody_expects)
    monkeypatch.setattr(crash_matrix, "begun_alike", dict)


def every_pair(life: str, firsts: int) -> Iterator[Faults]:
    """All that begin at one of so many calls, none left out."""
    for first in boundaries_of(life)[:firsts]:
        for one in Fault:
            for second in boundaries_of(life, {first.index: one})[first.index + 1 :]:
                for other in Fault:
                    yield (first, one), (second, other)


def broken_by(life: str, faults: Faults) -> tuple[str, ...]:
    """The laws, by a run from beginning to end."""
    return tuple(judged(life, {boundary.index: fault for boundary, fault in faults})[1])


@pytest.mark.usefixtures("forgetful_drain")
def test_a_bug_that_only_a_pair_finds_is_found() -> None:
    tried = paired_faults(SHORT, most=500)
    broken = [verdict for verdict in tried if verdict.broken]
    assert {2} == {len(verdict.faults) for verdict in broken}
    assert {"L1 1 receipts are in M-PESA's books and shown nowhere, 0 deliveries were not taken"} == {
        sentence for verdict in broken for sentence in verdict.broken
    }


@pytest.mark.usefixtures("forgetful_drain")
def test_a_run_that_ends_where_a_world_is_known_has_the_verdict_of_the_whole_run() -> None:
    """Each tenth of them, and each that broke a law."""
    tried = paired_faults(SHORT, most=800)
    chosen = [verdict for number, verdict in enumerate(tried) if verdict.broken or number % 10 == 0]
    with remembered_folds():
        assert [] == [verdict for verdict in chosen if verdict.broken != broken_by(SHORT, verdict.faults)]
    assert len(chosen) > 80


@pytest.mark.long
@pytest.mark.usefixtures("forgetful_drain")
def test_all_pairs_break_the_laws_that_the_tried_ones_break() -> None:
    """All that begin where the money is told; what comes later is the sweep's, which has nothing to lose."""
    tried = paired_faults(SHORT)
    with remembered_folds():
        all_pairs = [broken_by(SHORT, faults) for faults in every_pair(SHORT, firsts=3)]

    assert set(all_pairs) == {verdict.broken for verdict in tried}
    assert len(all_pairs) > 1_500
    assert len(set(all_pairs)) > 1
