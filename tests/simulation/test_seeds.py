"""Worlds of the storm: each that ever broke a law, a quick set of others, and whether a broken gateway is noticed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.policy import Policy
from gateway.ports import Flow
from tests.simulation import herd
from tests.simulation.actors import actors
from tests.simulation.case import Case, kept_cases
from tests.simulation.consumers import STREAM
from tests.simulation.coverage import BESIDE_THE_STORM, Coverage, calls_to_meet, kinds_to_meet, too_seldom
from tests.simulation.faults import MENU, ONCE_IN_A_WORLD, SORTS, At, Weather
from tests.simulation.port_calls import port_calls_of_flows
from tests.simulation.stories import STORIES
from tests.simulation.storm import Storm
from tests.simulation.swarm import main, minimised, play, play_many

TOP = Path(__file__).parents[2]
BOMBED = (8, 12, 13)
OF_A_FAILING_WORLD = (
    *("query_against_callback", "query_wrong_code", "push_reset_after", "callback_repeated", "callback_late"),
    *("queue_twice", "c2b_typed_oddly", "sweep_twice", "crash_after", "call_error"),
)
"""Two of these are enough to fail; most have nothing to do with it."""

WITH_A_LOG = {line: (line, "audit_log") for line in ("audit_tampered", "log_off", "log_check_twice")}
"""What happens to an audit log happens where there is one."""

QUICK = [Case(seed) for seed in range(1, 17)]
"""800 payments; `make simulate` has more."""


@pytest.mark.parametrize("case", kept_cases(), ids=Case.words)
def test_a_world_that_once_broke_a_law_breaks_none(case: Case) -> None:
    """Each was found in a storm, and mended; `tests/simulation/test_found.py` has the rules."""
    assert [] == play(case).broken


@pytest.mark.parametrize("first", range(0, len(QUICK), 4))
def test_no_law_breaks_in_the_quick_set(first: int) -> None:
    """Four worlds of fifty payments each."""
    assert [] == play_many(QUICK[first : first + 4]).broken


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


def _mends_nothing(*_: Any) -> Flow[bool]:
    yield from ()
    return False


def _never(*_: Any) -> bool:
    return False


def _always(*_: Any) -> bool:
    return True


def _none(*_: Any) -> list[Any]:
    return []


MENDS = ("gateway.flows.publish.mend_claim", "gateway.flows.repair.mend_claim")
"""At once, by the stream; and at night, when the stream has forgotten."""

BROKEN_GATEWAYS: dict[str, tuple[Sequence[str], Callable[..., Any]]] = {
    "a receipt is credited without being claimed": (["gateway.flows.keep._claim"], _concludes_nothing),
    "nobody is asked": (["gateway.domain.due.wants_asking"], _never),
    "every address is Safaricom's": (["gateway.settings.Settings.is_safaricom"], _always),
    "a phone is taken over while its prompt lives": (["gateway.domain.guard._certainly_gone"], _always),
    "a half-done claim is not mended": (MENDS, _mends_nothing),
    "every callback decides alone": (["gateway.domain.evidence._trusted"], _always),
    "a success that queries deny is forgotten": (["gateway.domain.evidence._told_successes"], _none),
}
"""What is replaced by what."""


@pytest.mark.parametrize("name", BROKEN_GATEWAYS)
def test_a_broken_gateway_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is worth something."""
    places, instead = BROKEN_GATEWAYS[name]
    for place in places:
        monkeypatch.setattr(place, instead)
    assert any(play(case).broken for case in QUICK)


def test_a_failing_world_is_made_small_and_is_replayed_by_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few actors, a few kinds of faults, a short storm; the words on the command line name the same world."""
    monkeypatch.setattr("gateway.domain.evidence._told_successes", _none)
    monkeypatch.setattr("tests.simulation.minimise.TRIES_MAX", 12)
    monkeypatch.setattr("tests.simulation.minimise.TRIED_IN_ALL", 1_200)
    cases = (Case(seed, payments=4, lines=OF_A_FAILING_WORLD, strong=True) for seed in count(1))
    failing = next(case for case in cases if play(case).broken)
    small = minimised(failing)
    assert len(small.only or ()) + len(small.lines or ()) < failing.payments + len(play(failing).lines) // 2
    assert [small] == kept_cases(small.words() + "  # why")
    assert [] != play(small).broken


def test_a_broken_gateway_fails_the_command_which_prints_the_line_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The line is kept as well; typed again it shows the same broken law, and none once the gateway is mended."""
    kept = tmp_path / "seeds.txt"
    with monkeypatch.context() as broken:
        broken.setattr("gateway.flows.keep._claim", _concludes_nothing)
        broken.setattr("tests.simulation.case.SEEDS", kept)
        broken.setattr("tests.simulation.minimise.TRIED_IN_ALL", 200)
        assert 1 == main(["--seeds", "1", "--processes", "1"])
        told = capsys.readouterr().out
        words = re.findall(r"replay: python -m tests\.simulation\.swarm (.+)", told)[0].split()
        again = main(words)
        replayed = capsys.readouterr().out
    assert (1, words) == (again, kept.read_text(encoding="utf-8").partition("  #")[0].split())
    assert "BROKEN seed 1: L2 " in told
    assert "BROKEN L2 " in replayed
    assert 0 == main(words)


def test_a_long_run_wants_each_line_of_the_menu_often_and_each_sort_once() -> None:
    """A thousand times what may happen at each step, a hundred times what happens once in a world."""
    often = {line: 100 if line in ONCE_IN_A_WORLD else 1_000 for line in MENU}
    sorts = {(line, name): 1 for line, names in SORTS.items() for name in names}
    seldom = {**often, "bomber": 999, "table_restored": 99}
    assert ([], 2) == (too_seldom(often, sorts), len(too_seldom(seldom, sorts)))
    assert ["month_edge was never November"] == too_seldom(often, {**sorts, ("month_edge", "November"): 0})


def test_a_long_run_with_a_blind_spot_fails_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred payments cannot have met everything."""
    monkeypatch.setattr("tests.simulation.herd.CALLERS", 20)
    assert 1 == main(["--payments", "100", "--processes", "1", "--long"])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("BLIND  ") for line in lines)
    assert lines[-1].endswith("laws broken 0")


def test_a_thousand_processes_at_a_dead_token_ask_for_one_new_token() -> None:
    """Two at most; whoever cannot prompt in time is told that nothing was sent."""
    herded = herd.callers_at_a_dead_token()
    assert 1 <= herded.oauth_calls <= 2
    assert 0.99 * herd.CALLERS <= herded.prompts <= herd.CALLERS


def test_a_bomber_makes_a_phone_ring_no_more_than_a_day_allows() -> None:
    """Worlds with a bomber beside each payment and no other trouble."""
    whole = play_many([Case(seed, payments=12, lines=("bomber",), strong=True) for seed in BOMBED])
    assert [] == whole.broken
    assert 5 <= whole.prompts_a_day_max <= Policy().prompts_per_day


@pytest.mark.parametrize("line", sorted(ONCE_IN_A_WORLD))
def test_what_happens_once_in_a_world_breaks_no_law(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone, in the first two worlds that have it, where it surely happens."""
    lines = WITH_A_LOG.get(line, (line,))
    for one in lines:
        monkeypatch.setitem(MENU, one, (1.0, 1.0))
    cases = (Case(seed, payments=15, lines=lines) for seed in count(1) if set(lines) <= set(Weather(str(seed)).rates))
    whole = play_many(list(islice(cases, 2)))
    assert [] == whole.broken
    assert whole.hits[line] >= 2


def test_a_run_that_met_nothing_names_every_blind_spot() -> None:
    """Each fault line, each kind of fact and each port call is asked for, so that a new one cannot be forgotten."""
    blind = "\n".join(Coverage().blind_spots({}, {}))
    wanted = {*MENU, *kinds_to_meet(), *calls_to_meet(), *At, *STORIES}
    assert set() == {word for word in wanted if word not in blind}


def test_what_is_beside_the_storm_is_called_by_some_flow() -> None:
    """An excuse for a call that nobody makes any more is none."""
    called = port_calls_of_flows()
    assert set() == set(BESIDE_THE_STORM) - called - {name.partition(".")[0] for name in called}


def test_what_the_stream_forgets_is_told_by_the_night_all_the_same() -> None:
    """Its consumer is off for 26 hours; what is older than a day is gone from the stream, and no law breaks."""
    case = Case(4, payments=30, lines=())
    storm = Storm(case)
    actors(storm, case)
    storm.end_ms = storm.consumers.switch_off(STREAM, 0)
    storm.blow()
    assert [] == storm.auditor.close(storm.calm())
    assert len(storm.consumers.stream_lost) > 10


def test_the_kinds_of_facts_that_flows_make_are_read_from_their_source() -> None:
    assert {"attempt_begun", "callback", "query", "money_received", "not_sent", "timer"} <= kinds_to_meet()


def test_the_last_line_says_what_was_played(capsys: pytest.CaptureFixture[str]) -> None:
    """Payments that were begun: of those that were wanted, some found the region away, and others were bombs."""
    whole = play_many(QUICK[:2])
    assert 0 == main(["--payments", "100", "--processes", "1"])
    last = capsys.readouterr().out.splitlines()[-1].split("  ")
    assert [f"payments {whole.payments}", "seeds 2", f"faults hit {whole.faults}", "laws broken 0"] == last
