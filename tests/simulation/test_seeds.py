"""Worlds of the storm: each that ever broke a law, a quick set of others, and whether a broken gateway is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.ports import Flow
from tests.simulation.case import Case, kept_cases
from tests.simulation.coverage import Coverage, kinds_to_meet, port_calls_of_flows
from tests.simulation.faults import MENU, At
from tests.simulation.swarm import main, minimised, play, play_many

TOP = Path(__file__).parents[2]
QUICK = [Case(seed) for seed in range(1, 41)]
"""2,000 payments."""


@pytest.mark.parametrize("case", kept_cases(), ids=Case.words)
def test_a_world_that_once_broke_a_law_breaks_none(case: Case) -> None:
    """Each was found in a storm, and mended; `tests/simulation/test_found.py` has the rules."""
    assert [] == play(case).broken


@pytest.mark.parametrize("first", range(0, len(QUICK), 10))
def test_no_law_breaks_in_the_quick_set(first: int) -> None:
    """Ten worlds of fifty payments each."""
    assert [] == play_many(QUICK[first : first + 10]).broken


def test_most_lives_hold_facts_in_conflict_and_every_world_is_full_of_faults() -> None:
    whole = play_many(QUICK[:4])
    assert whole.conflicts > whole.payments / 2
    assert whole.faults > 5 * whole.payments


def test_the_same_seed_plays_the_same_world_call_by_call() -> None:
    """Here, again, and in another process, where sets have another order."""
    first: list[str] = []
    again: list[str] = []
    hashes = {play(Case(7), first).trace_hash, play(Case(7), again).trace_hash}
    command = [sys.executable, "-m", "tests.simulation.swarm", "--seed", "7"]
    paths = os.pathsep.join(sys.path)
    elsewhere = subprocess.run(
        command, env={"PYTHONPATH": paths, "PYTHONHASHSEED": "77"}, cwd=TOP, capture_output=True, text=True, check=True
    )
    assert (first, 1) == (again, len(hashes))
    assert f"trace {hashes.pop():08x} over" in elsewhere.stdout


def test_other_chances_play_another_world() -> None:
    assert play(Case(7)).trace_hash != play(Case(7, salt=1)).trace_hash


def _concludes_nothing(*_: Any) -> Flow[list[Any]]:
    yield from ()
    return []


def _never(*_: Any) -> bool:
    return False


def _always(*_: Any) -> bool:
    return True


def _none(*_: Any) -> list[Any]:
    return []


BROKEN_GATEWAYS: dict[str, tuple[str, Callable[..., Any]]] = {
    "a receipt is credited without being claimed": ("gateway.flows.keep._claim", _concludes_nothing),
    "nobody is asked": ("gateway.domain.due.wants_asking", _never),
    "every address is Safaricom's": ("gateway.settings.Settings.is_safaricom", _always),
    "a phone is taken over while its prompt lives": ("gateway.domain.guard._certainly_gone", _always),
    "a half-done claim is not mended": ("gateway.flows.publish.mend_receipt", _concludes_nothing),
    "every callback decides alone": ("gateway.domain.evidence._trusted", _always),
    "a success that queries deny is forgotten": ("gateway.domain.evidence._denied_successes", _none),
}
"""What is replaced by what."""


@pytest.mark.parametrize("name", BROKEN_GATEWAYS)
def test_a_broken_gateway_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is worth something."""
    place, instead = BROKEN_GATEWAYS[name]
    monkeypatch.setattr(place, instead)
    assert any(play(case).broken for case in QUICK)


def test_a_failing_world_is_made_small_and_is_replayed_by_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few actors, a few kinds of faults, a short storm; the words on the command line name the same world."""
    monkeypatch.setattr("gateway.domain.evidence._denied_successes", _none)
    monkeypatch.setattr("tests.simulation.minimise.TRIES_MAX", 12)
    monkeypatch.setattr("tests.simulation.minimise.TRIED_IN_ALL", 1_200)
    failing = next(case for case in (Case(seed, payments=4) for seed in range(1, 200)) if play(case).broken)
    small = minimised(failing)
    assert len(small.only or ()) + len(small.lines or ()) < failing.payments + len(play(failing).lines) // 2
    assert [small] == kept_cases(small.words() + "  # why")
    assert [] != play(small).broken


def test_a_run_that_met_nothing_names_every_blind_spot() -> None:
    """Each fault line, each kind of fact and each port call is asked for, so that a new one cannot be forgotten."""
    blind = "\n".join(Coverage().blind_spots({}, {}))
    wanted = {*MENU, *kinds_to_meet(), *port_calls_of_flows(), *At}
    assert set() == {word for word in wanted if word not in blind}


def test_the_kinds_of_facts_that_flows_make_are_read_from_their_source() -> None:
    assert {"attempt_begun", "callback", "query", "money_received", "not_sent", "timer"} <= kinds_to_meet()


def test_the_last_line_says_what_was_played(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["--payments", "100", "--processes", "1"])
    last = capsys.readouterr().out.splitlines()[-1].split("  ")
    assert ["payments 100", "seeds 2", "laws broken 0"] == [last[0], last[1], last[3]]
