"""Lines that hold in a peak, an outage and a flood, and that keep errors silent about what they carry."""

from __future__ import annotations

from tests.laws.mutant import Mutant

VIRTUAL = "tests/load/test_virtual_time.py::test_"
SECRECY = "tests/security/test_secrecy_of_routes.py::test_law_15_"

LOAD_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L8",
        "the oldest have the fifth place of each sweep, and with few questions never a turn",
        "flows/sweep.py",
        "    place = now_ms // MINUTE_MS % OLDEST_SHARE\n",
        "    place = 0\n",
        VIRTUAL + "after_an_outage_the_oldest_keep_a_fifth_of_the_questions",
    ),
    Mutant(
        "L8",
        "a question that cannot be asked stands before its deadline",
        "flows/sweep.py",
        "    if step is None or step.at_ms > now_ms:\n        return False\n    yield from _do(step, question",
        "    if step is None or step.at_ms:\n        return False\n    yield from _do(step, question",
        VIRTUAL + "a_deadline_counts_although_nobody_can_be_asked",
    ),
    Mutant(
        "L18",
        "what the drain queues again comes again at once",
        "flows/drain.py",
        "AGAIN_S = 30\n",
        "AGAIN_S = 0\n",
        VIRTUAL + "a_table_that_is_away_is_not_asked_without_a_pause",
    ),
    Mutant(
        "L18",
        "a token that came with the cold start is taken for the newest",
        "flows/token.py",
        "        if lease is not None and (stored.generation if stored else 0) < lease.generation:\n",
        "        if lease is None:\n",
        VIRTUAL + "a_token_that_came_with_the_cold_start_is_not_taken_for_the_newest",
    ),
    Mutant(
        "L18",
        "a table that hung is asked again while Safaricom waits",
        "flows/intake.py",
        "        if (hangs and of_table) or left_ms < TO_QUEUE_MS:\n",
        "        if left_ms < TO_QUEUE_MS:\n",
        "tests/load/test_time_limits.py::test_a_table_that_hangs_is_asked_once_and_then_the_queue_takes_it",
    ),
    Mutant(
        "L15",
        "an unforeseen error leaves with its text",
        "observability.py",
        '        raise HandlerFailed(f"{type(error).__name__} at {_place(error)}") from None\n',
        "        raise\n",
        SECRECY + "a_route_tells_no_canary",
    ),
)
