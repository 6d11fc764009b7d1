"""Orders of events that are known to have broken payment systems, and where each is shown here.

A row is an order; behind it stands the story that tells it, or the test that tries every cut of it. A long storm counts
most of them as well (`tests/simulation/stories.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gateway.flows

TESTS = Path(__file__).parents[1]

STORIES = {
    "callback, then the push's answer": "callback_before_the_answer.txt",
    "C2B, then callback, then the push's answer": "echo_then_callback_then_answer.txt",
    "query 0, then C2B, then a callback with another receipt": "query_then_echo_then_another_receipt.txt",
    "failed, then paid, then failed": "failed_then_paid_then_failed.txt",
    "late success of attempt 1 while attempt 2 is prompted": "late_success_beside_the_second_prompt.txt",
    "cancel beside success": "cancel_beside_success.txt",
    "expiry beside success": "expiry_beside_success.txt",
    "reversal on the portal": "reversed_on_the_portal.txt",
    "one key fifty times": "same_request_fifty_times.txt",
    "two payments for one phone": "two_payments_for_one_phone.txt",
    "token revoked": "token_revoked.txt",
    "one receipt named for two payments": "one_receipt_for_two_payments.txt",
    "restored without the payment": "restored_without_the_payment.txt",
}

TRIED = {
    "cancel beside success, every cut": (
        "simulation/test_crash_matrix.py",
        "test_no_two_flows_at_once_break_a_law",
    ),
    "one key fifty times at once": (
        "laws/test_law_13_idempotency.py",
        "test_law_13_fifty_requests_with_one_key_at_once_are_one_payment_and_one_push",
    ),
    "two payments for one phone at once": (
        "laws/test_law_5_prompts.py",
        "test_law_5_of_two_payments_for_one_phone_at_once_one_prompts",
    ),
    "token revoked beside a hundred cold starts": (
        "laws/test_law_18_cost.py",
        "test_law_18_a_hundred_cold_processes_make_one_oauth_call_and_all_prompt",
    ),
    "token revoked beside a thousand callers": (
        "simulation/test_seeds.py",
        "test_a_thousand_processes_at_a_dead_token_ask_for_one_new_token",
    ),
    "a release goes out beside a burst of callbacks": (
        "simulation/test_disasters.py",
        "test_a_burst_of_callbacks_while_a_release_goes_out_is_kept_by_both_releases",
    ),
    "a restore beside callbacks": (
        "simulation/test_disasters.py",
        "test_callbacks_on_both_sides_of_a_restore_give_one_credit_or_are_kept_apart",
    ),
    "the stream forgets": (
        "simulation/test_seeds.py",
        "test_what_the_stream_forgets_is_told_by_the_night_all_the_same",
    ),
    "a claim beside the callback of the same receipt": (
        "laws/test_claims_at_once.py",
        "test_law_2_claimed_money_is_credited_once_whoever_is_faster",
    ),
}

NOT_YET = {
    "refund beside a second receipt": "refund",
    "refund beside a reversal on the portal": "refund",
    "two approvals beside the limit": "approv",
    "a day's close beside a late receipt": "close_day",
}
"""Their flows do not exist. Whoever writes them (a part of the file's name) tells the story as well."""


@pytest.mark.parametrize("order", STORIES)
def test_the_story_is_there(order: str) -> None:
    """A file of acts and times."""
    assert "\n0:00 " in (TESTS / "scenarios" / STORIES[order]).read_text(encoding="utf-8")


@pytest.mark.parametrize("order", TRIED)
def test_the_test_is_there(order: str) -> None:
    """A function of that name, that asserts something."""
    file, name = TRIED[order]
    text = (TESTS / file).read_text(encoding="utf-8")
    body = re.search(rf"^def {name}\(.*?(?=^def |^@pytest|\Z)", text, re.DOTALL | re.MULTILINE)
    assert body is not None
    assert "assert " in body.group()


@pytest.mark.parametrize("order", NOT_YET)
def test_what_is_not_yet_shown_has_no_flow_yet(order: str) -> None:
    """When it has: move the row to the stories or the tests."""
    flows = [file.name for file in Path(gateway.flows.__path__[0]).glob("*.py")]
    assert [] == [name for name in flows if NOT_YET[order] in name]
