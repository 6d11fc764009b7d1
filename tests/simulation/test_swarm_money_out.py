"""The command that plays many storms of payouts and refunds says what came of them, and fails where a law broke."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation import swarm_money_out
from tests.simulation.swarm_money_out import KINDS, kept_seeds, main, play


@pytest.mark.parametrize(("kind", "seed"), kept_seeds())
def test_a_storm_that_once_broke_a_law_breaks_none(kind: str, seed: int) -> None:
    """What was wrong is told without the storm in `tests/unit/money_out`."""
    assert [] == KINDS[kind](seed)[0]


def test_the_last_line_says_what_it_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--count", "20", "--first", "1"])
    last = capsys.readouterr().out.splitlines()[-1].split("  ")
    assert (0, ["doubled 0", "forgotten 0", "laws broken 0"]) == (code, last[-3:])
    assert ["payouts", "refunds", "seeds", "faults hit"] == [one.rpartition(" ")[0] for one in last[:4]]


def test_a_broken_law_is_told_with_its_replay_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told apart: money that left twice, and what nobody looks after any more."""
    broken = ["L10 out_1 was paid 2 times", "L8 out_2 still stands unknown"]
    played = (broken, Counter({"stands failed": 1}))
    monkeypatch.setitem(swarm_money_out.KINDS, "payouts", lambda _: played)
    code = main(["--seed", "7", "--kind", "payouts"])
    out = capsys.readouterr().out
    assert (1, True) == (code, "BROKEN  --seed 7 --kind payouts: L10 out_1 was paid 2 times" in out)
    assert "doubled 1  forgotten 1  laws broken 2" in out


def test_a_long_run_fails_on_what_it_never_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    met = Counter({"stands failed": 1, "fault lost Outgoings.save_outgoing": 1})
    monkeypatch.setitem(swarm_money_out.KINDS, "payouts", lambda _: ([], met))
    code = main(["--seed", "7", "--kind", "payouts", "--long"])
    out = capsys.readouterr().out
    assert (1, True) == (code, "BLIND SPOT  stands succeeded" in out)
    assert "BLIND SPOT  fault after Outgoings.save_outgoing" in out


def test_storms_are_played_once_each_one_seed_after_the_other_until_enough_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some make little: further waves follow."""
    seeds: list[int] = []

    def storm(seed: int) -> tuple[list[str], Counter[str]]:
        seeds.append(seed)
        return [], Counter({"stands failed": seed % 4})

    monkeypatch.setattr(swarm_money_out, "KINDS", {"payouts": storm})
    whole = play(200, first=5, processes=1)
    assert list(range(5, 5 + len(seeds))) == seeds
    assert (len(seeds), sum(seed % 4 for seed in seeds)) == (whole.seeds["payouts"], whole.made["payouts"])
    assert 200 <= whole.made["payouts"] < 210
