"""The shop's API against its own description, as every kind of caller: here in memory, in `make fuzz` over HTTP."""

from __future__ import annotations

import pytest

from tests.fuzz.api_callers import RIGHT, WRONG
from tests.fuzz.api_run import Outcome, Target, reach_the_rest, run_all
from tests.fuzz.api_targets import in_memory

EXAMPLES = 2
OPERATIONS_AT_LEAST = 45


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
@pytest.mark.usefixtures("entitled")
def test_no_operation_lets_anybody_in_who_may_not(caller: str, target: Target) -> None:
    """Without a credential, with a wrong one, another shop's, another payment's: no good answer, and no 5xx."""
    assert "" == str(run_all(target, caller, 1, ("fuzzing",)))
