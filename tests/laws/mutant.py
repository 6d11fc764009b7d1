"""A mutant of money code: a line, what it is broken into, and the test that must then fail.

`old` occurs exactly once in its file. The test is a node id of pytest, run on the broken copy alone.
"""

from __future__ import annotations

from dataclasses import dataclass

LAWS = "tests/laws/"
STORY = "tests/scenarios/test_scenarios.py::test_the_story_happens_as_it_is_told"

L1 = f"{LAWS}test_law_1_no_loss.py::test_law_1_"
L2 = f"{LAWS}test_law_2_one_credit.py::test_law_2_"
L3 = f"{LAWS}test_law_3_sticky.py::test_law_3_"
L4 = f"{LAWS}test_law_4_no_failure_by_clock.py::test_law_4_"
L5 = f"{LAWS}test_law_5_prompts.py::test_law_5_"
L6 = f"{LAWS}test_law_6_order.py::test_law_6_"
L7 = f"{LAWS}test_law_7_match.py::test_law_7_"
L8 = f"{LAWS}test_law_8_deadlines.py::test_law_8_"
L12 = f"{LAWS}test_law_12_events.py::test_law_12_"
L13 = f"{LAWS}test_law_13_idempotency.py::test_law_13_"
L14 = f"{LAWS}test_law_14_strangers.py::test_law_14_"
L15 = f"{LAWS}test_law_15_secrecy.py::test_law_15_"
L18 = f"{LAWS}test_law_18_cost.py::test_law_18_"


@dataclass(frozen=True)
class Mutant:
    """law: which one it breaks. what: in words. file: under layers/gateway/gateway. test: must fail on it."""

    law: str
    what: str
    file: str
    old: str
    new: str
    test: str
