"""Storms over refunds break no law; a gateway that is broken in one place is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain import refunds
from gateway.domain.money_out.refund import Outcome
from gateway.flows.money_out import tell_payment
from tests.simulation.storm_refunds import played


def _as_if_nothing_were_held(state: Any, _: Any) -> dict[str, int]:
    return {credit.receipt or "": credit.amount_kes for credit in state.credits}


BREAKAGES: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "nothing is held": (refunds, "_left", _as_if_nothing_were_held),
    "every outcome frees the money": (tell_payment, "outcome_of", lambda *_: Outcome.RELEASED),
}


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_over_refunds_breaks_no_law(seed: int) -> None:
    assert [] == played(seed)[0]


@pytest.mark.parametrize("breakage", sorted(BREAKAGES))
def test_a_broken_gateway_is_noticed(breakage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BREAKAGES[breakage])
    assert [] != [broken for seed in range(2) for broken in played(seed)[0]]
