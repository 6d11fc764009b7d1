"""Worlds in which the audit log is written: nothing is lost or told twice, and whatever somebody altered is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.ports import Flow
from tests.simulation.case import Case
from tests.simulation.faults import MENU, SORTS, Weather
from tests.simulation.swarm import play, play_many

OF_THE_LOG = ("audit_log", "audit_tampered", "log_off", "log_batch_again", "log_two_writers", "log_check_twice")
BESIDE = ("crash_before", "crash_after", "call_answer_lost", "call_late_effect", "store_own_conflict", "clock_step")
QUIET = tuple(line for line in OF_THE_LOG if line not in ("audit_tampered", "log_off"))
WHOLE = [Case(seed, payments=10, lines=(*QUIET, *BESIDE), strong=True) for seed in (14, 33, 73, 78)]
"""Small worlds that have a log, and nobody who alters it."""

OTHERS = [Case(seed, payments=6, lines=("audit_log", "audit_tampered")) for seed in range(1, 60)]


@pytest.fixture(autouse=True)
def _the_log_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whichever world has these lines at all."""
    for line in ("audit_log", "audit_tampered"):
        monkeypatch.setitem(MENU, line, (1.0, 1.0))


def test_a_log_in_storms_is_whole_and_nothing_is_found_in_it() -> None:
    """Under crashes, lost answers, late writes, two writers and checks at once, and batches that come again."""
    whole = play_many(WHOLE)
    assert [] == whole.broken
    assert len(WHOLE) == whole.coverage.log["a log was whole"] == whole.hits["audit_log"]
    assert set() == {
        "a page was hung behind another writer's",
        "a batch came again that was told",
        "a check came to its end",
    } - set(whole.coverage.log)


@pytest.mark.parametrize("sort", SORTS["audit_tampered"])
def test_what_somebody_alters_is_found_and_located(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At random moments, in an item or in a page."""
    monkeypatch.setitem(SORTS, "audit_tampered", (sort,))
    cases = [case for case in OTHERS if _is_tampered(case)][:4]
    whole = play_many(cases)
    assert [] == whole.broken
    assert whole.sorts["audit_tampered", sort] >= 3


def _is_tampered(case: Case) -> bool:
    return _has(case, "audit_log", "audit_tampered")


def _has(case: Case, *lines: str) -> bool:
    return set(lines) <= set(Weather(str(case.seed)).rates)


def test_what_a_restore_set_back_is_found_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table lost its last minutes, of which the log tells; its new stream is another."""
    monkeypatch.setitem(MENU, "table_restored", (1.0, 1.0))
    cases = [Case(seed, payments=12, lines=("audit_log", "table_restored")) for seed in range(140, 200)]
    whole = play_many([case for case in cases if _has(case, "audit_log", "table_restored")])
    assert [] == whole.broken
    assert whole.coverage.log["what a restore set back was found"] >= 2


def test_a_world_goes_as_it_would_without_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """So seeds of worlds that were kept before there was one keep their worlds."""
    with_log = play(WHOLE[0])
    monkeypatch.setattr("tests.simulation.storm.audit_of", lambda *_: None)
    without = play(WHOLE[0])
    assert (without.trace_hash, without.steps) == (with_log.trace_hash, with_log.steps)
    assert set(with_log.hits) - set(without.hits) >= {"audit_log", "log_two_writers"}


def test_the_same_seed_writes_the_same_log() -> None:
    """Call by call, as the rest of the world."""
    traces: tuple[list[str], list[str]] = ([], [])
    for trace in traces:
        play(WHOLE[1], trace)
    assert traces[0] == traces[1]
    assert any("audit_check AuditLog.read_page" in line for line in traces[0])


def _nothing(*_: Any) -> int:
    return 0


def _writes_nothing(*_: Any) -> Flow[bool]:
    yield from ()
    return True


def _none(*_: Any) -> list[Any]:
    return []


def _never(*_: Any) -> bool:
    return False


BROKEN_GATEWAYS: dict[str, tuple[str, Callable[..., Any], str]] = {
    "what was told is told again": ("gateway.domain.audit.page.Head.told", _nothing, "entries (record"),
    "a page is not written": ("gateway.flows.audit.write.append", _writes_nothing, "has 0 entries"),
    "each late change is a finding": (
        "gateway.domain.audit.check.Check._stands",
        _never,
        "and nothing was wrong with it",
    ),
}
"""What is replaced by what, and what the judge then says."""


@pytest.mark.parametrize("name", BROKEN_GATEWAYS)
def test_a_broken_gateway_is_noticed_by_the_judge_of_the_log(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, instead, says = BROKEN_GATEWAYS[name]
    monkeypatch.setattr(place, instead)
    broken = "\n".join(sentence for case in WHOLE for _, sentences in play(case).broken for sentence in sentences)
    assert says in broken


def test_a_check_that_compares_nothing_is_noticed_where_somebody_altered_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SORTS, "audit_tampered", ("a fact",))
    monkeypatch.setattr("gateway.domain.audit.check.Check._stands", lambda *_: True)
    monkeypatch.setattr("gateway.domain.audit.check._wrong_with", _none)
    cases = [case for case in OTHERS if _is_tampered(case)][:3]
    broken = [sentence for case in cases for _, sentences in play(case).broken for sentence in sentences]
    assert any("was altered, and nobody found it" in sentence for sentence in broken)
