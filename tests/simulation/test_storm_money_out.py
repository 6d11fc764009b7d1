"""Storms over payouts break no law; a gateway that is broken in one place is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.money_out import evidence, fold
from gateway.domain.money_out.limits import Limit, Place
from gateway.flows.money_out import decide, limits
from tests.simulation.storm_money_out import played

DECISION = fold._decision  # the rule itself, to break it


def _no_limit(limit: Limit, *_: Any) -> tuple[Place, Limit]:
    return Place.TAKEN, limit


def _no_end(limit: Limit, *_: Any, **__: Any) -> Limit:
    return limit


def _any_decision(*given: Any) -> Any:
    return replace(DECISION(*given), valid=True)


BREAKAGES: dict[str, tuple[tuple[Any, str, Callable[..., Any]], ...]] = {
    "no limit holds": ((limits, "with_place", _no_limit),),
    "a place never ends": ((limits, "with_end", _no_end),),
    "strangers are believed": ((evidence, "is_listed", lambda _: True),),
    "anybody may approve anything": ((fold, "_decision", _any_decision), (decide, "_against", lambda *_: None)),
}


@pytest.mark.parametrize("seed", range(12))
def test_a_storm_over_payouts_breaks_no_law(seed: int) -> None:
    """Twelve payouts, persons, sweeps and M-Pesa at once; then M-Pesa's books against what we say."""
    broken, met = played(seed)
    assert [] == broken
    assert met["fine"] > 1_000


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES.keys())
def test_a_broken_gateway_is_noticed(
    monkeypatch: pytest.MonkeyPatch, breakage: tuple[tuple[Any, str, Callable[..., Any]], ...]
) -> None:
    """Within a few storms."""
    for module, name, broken in breakage:
        monkeypatch.setattr(module, name, broken)
    assert any(played(seed)[0] for seed in (2, 4, 5, 9))


def test_storms_meet_every_way_in_which_a_payout_can_stand() -> None:
    """And every fault."""
    met = sum((played(seed)[1] for seed in range(20, 26)), start=played(19)[1])
    stands = {"awaiting_approval", "failed", "rejected", "succeeded", "unresolved"}
    faults = {name.split()[1] for name in met if name.startswith("fault ")}
    assert {"before", "after", "error", "lost"} == faults
    assert {f"stands {name}" for name in stands} | {"slow"} <= set(met)
