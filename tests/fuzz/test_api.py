"""The shop's API against its own description, as every kind of caller: here in memory, in `make fuzz` over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fuzz.api_callers import RIGHT, WRONG
from tests.fuzz.api_run import Outcome, Target, again_as, reach_the_rest, run_all
from tests.fuzz.api_targets import in_memory

EXAMPLES = 2
OPERATIONS_AT_LEAST = 45
OPENED_AT_LEAST = 25
"""Of those that ask for a secret key and name what belongs to the shop, so many may be asked twice."""


@pytest.fixture(scope="module")
def target() -> Target:
    """One gateway for all of it: the handlers in memory."""
    return in_memory()


@pytest.fixture(scope="module")
def entitled(target: Target) -> Outcome:
    """Every operation by who may call it: each boundary of each field, then chance."""
    outcome = run_all(target, RIGHT, EXAMPLES, ("examples", "coverage", "fuzzing"))
    reach_the_rest(target, outcome)
    return outcome


def test_every_operation_keeps_its_description_for_who_may_call_it(entitled: Outcome) -> None:
    """Status, headers, content type, body; what is described is taken, and nothing else is; no 5xx."""
    assert "" == str(entitled)


def test_every_operation_of_the_description_is_tried(target: Target, entitled: Outcome) -> None:
    """All that /openapi.json names, and no fewer than there were."""
    assert set(target.operations) == set(entitled.statuses)
    assert OPERATIONS_AT_LEAST <= len(target.operations)


def test_every_operation_gives_a_good_answer_once(target: Target, entitled: Outcome) -> None:
    """Else only refusals would have been tried."""
    assert [] == entitled.never_good(target.operations)


@pytest.mark.parametrize("caller", WRONG)
def test_no_operation_lets_anybody_in_who_may_not(caller: str, target: Target, entitled: Outcome) -> None:
    """Without a credential, with a wrong one, another shop's, another payment's: no good answer, and no 5xx.

    Asked is what got a good answer before. `make fuzz` has cases of their own for these callers.
    """
    tried = again_as(target, caller, entitled)
    assert "" == str(tried)
    assert set(target.operations) == set(tried.statuses)


def test_whoever_is_let_in_by_mistake_is_noticed(target: Target, entitled: Outcome) -> None:
    """The shop's own key, said to be another shop's: what it opens for the shop it opens here."""
    mistaken = replace(target, keys=replace(target.keys, other_secret=target.keys.secret))
    tried = again_as(mistaken, "other", entitled)
    assert OPENED_AT_LEAST <= len([check for _, check, _ in tried.failures if check == "no_entry"])
