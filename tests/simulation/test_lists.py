"""Worlds whose shortcode is registered for M-Pesa's own list: no receipt of its books is without a place in the end."""

from __future__ import annotations

import pytest

from gateway.flows.settings import FlowSettings
from gateway.ports import Flow
from tests.simulation import lists
from tests.simulation.actors import actors
from tests.simulation.case import Case
from tests.simulation.storm import Storm
from tests.simulation.swarm import play

SEEDS = range(12)
SILENT = ("callback_lost", "c2b_lost", "query_no_answer", "query_processing_for_ever", "crash_after", "call_error")
"""News is lost, and so are processes."""

OF_THE_LIST = (
    *("list_registered", "list_row_late", "list_tick_missed"),
    *("list_away", "list_answer_lost", "list_empty_oddly"),
)


def silent_world(seed: int) -> Case:
    """News is lost, the list is read in bad weather; all at its worst."""
    return Case(seed, payments=10, lines=(*SILENT, *OF_THE_LIST), strong=True)


def is_registered(seed: int) -> bool:
    """Whether this world has the list."""
    storm = Storm(silent_world(seed))
    actors(storm, silent_world(seed))
    return storm.lists.registered


def test_what_nobody_tells_of_is_found_by_the_list_alone() -> None:
    """Rows come an hour late, ticks are missed, answers lost: each receipt is a credit or on a list in the end."""
    worlds = [seed for seed in SEEDS if is_registered(seed)]
    assert len(worlds) >= 3
    assert [] == [play(silent_world(seed)).broken for seed in worlds if play(silent_world(seed)).broken]


def test_a_list_that_is_not_read_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the judge asks for what only the list tells."""

    def reads_nothing(_: FlowSettings) -> Flow[None]:
        yield from ()

    monkeypatch.setattr(lists, "_tick", reads_nothing)
    broken = [law for seed in SEEDS for _, laws in play(silent_world(seed)).broken for law in laws]
    assert [law for law in broken if law.startswith("L1 ") and "shown nowhere" in law]
