"""One live prompt on a phone, and its windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.facts import NotSentReason
from gateway.domain.fold import state_of
from gateway.domain.guard import Guard, Refusal, Wanted, is_mine, take
from gateway.domain.payment import Attempt
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS, Policy
from tests import gateway_samples as sample
from tests.laws.deliveries import T0_MS, accepted, begun, callback, fact_of, query

POLICY = Policy()
WANTED = Wanted(
    phone_key="p" * 32, owner="shop", payment_id="pay_2", number=1, sender="s2", until_ms=T0_MS + 10 * MINUTE_MS
)
HELD = Guard(
    phone_key="p" * 32,
    payment_id="pay_1",
    number=1,
    sender="s1",
    until_ms=T0_MS + 203_000,
    prompted_ms={"shop": (T0_MS,)},
    version=3,
)


def attempt(*deliveries: dict[str, Any]) -> Attempt:
    record = sample.record(1, [fact_of(d) for d in (begun(), accepted(), *deliveries)])
    return state_of(record.asked, record.facts).attempts[0]


def test_a_phone_without_guard_is_free() -> None:
    taken = take(None, WANTED, None, T0_MS, POLICY)
    assert isinstance(taken, Guard)
    assert ("pay_2", {"shop": (T0_MS,)}, 1) == (taken.payment_id, dict(taken.prompted_ms), taken.version)


def test_a_guard_that_has_not_run_out_holds_the_phone() -> None:
    assert Refusal(NotSentReason.PHONE_BUSY, HELD.until_ms) == take(HELD, WANTED, attempt(), T0_MS + 60_000, POLICY)


def test_a_guard_whose_attempt_nobody_finds_holds_the_phone_all_the_same() -> None:
    assert isinstance(take(HELD, WANTED, None, T0_MS + 60_000, POLICY), Refusal)


def test_a_guard_that_has_run_out_is_taken_whatever_became_of_its_attempt() -> None:
    taken = take(HELD, WANTED, attempt(), HELD.until_ms, POLICY)
    assert isinstance(taken, Guard)
    assert (4, (T0_MS, HELD.until_ms)) == (taken.version, taken.prompted_ms["shop"])


@pytest.mark.parametrize(
    ("code", "free"),
    [("0", True), ("1032", True), ("2001", True), ("1037", False), ("1036", False), ("9999", False)],
)
def test_an_attempt_that_ended_frees_the_phone_unless_its_prompt_may_come_up_again(code: str, free: bool) -> None:
    """After 1037, 1036 and 9999 the guard is kept until it runs out."""
    ended = attempt(callback(code, 20, "end"), query(code, 30), query(code, 55))
    assert free == isinstance(take(HELD, WANTED, ended, T0_MS + 60_000, POLICY), Guard)


def test_only_the_very_sender_finds_its_own_guard() -> None:
    mine = Wanted(phone_key="p", owner="shop", payment_id="pay_1", number=1, sender="s1", until_ms=0)
    assert is_mine(HELD, mine)
    assert not is_mine(HELD, replace(mine, sender="s3"))
    assert not is_mine(HELD, replace(mine, number=2))
    assert not is_mine(None, mine)


def prompted(*times_ms: int, unanswered: int = 0) -> Guard:
    return replace(HELD, until_ms=0, prompted_ms={"shop": times_ms}, unanswered=unanswered)


def test_the_fourth_prompt_in_ten_minutes_waits_until_the_first_has_left_the_window() -> None:
    guard = prompted(T0_MS, T0_MS + 60_000, T0_MS + 120_000)
    busy = take(guard, WANTED, attempt(callback("1", 20, "end")), T0_MS + 300_000, POLICY)
    assert Refusal(NotSentReason.TOO_MANY_PROMPTS, T0_MS + 10 * MINUTE_MS) == busy


def test_the_eleventh_prompt_of_a_day_waits_for_the_next_day() -> None:
    guard = prompted(*(T0_MS + hour * HOUR_MS for hour in range(10)))
    busy = take(guard, WANTED, attempt(callback("1", 20, "end")), T0_MS + 12 * HOUR_MS, POLICY)
    assert Refusal(NotSentReason.TOO_MANY_PROMPTS, T0_MS + DAY_MS) == busy


def test_one_shops_prompts_do_not_use_up_anothers_windows() -> None:
    guard = prompted(T0_MS, T0_MS + 60_000, T0_MS + 120_000)
    other = replace(WANTED, owner="other")
    assert isinstance(take(guard, other, attempt(callback("1", 20, "end")), T0_MS + 300_000, POLICY), Guard)


@pytest.mark.parametrize(
    ("unanswered_before", "pause_ms"), [(1, 0), (2, 10 * MINUTE_MS), (3, HOUR_MS), (4, DAY_MS), (9, DAY_MS)]
)
def test_pauses_grow_with_each_prompt_in_a_row_that_nobody_answered(unanswered_before: int, pause_ms: int) -> None:
    """With the third in a row ten minutes, then an hour, then a day."""
    last_ms = T0_MS + HOUR_MS
    guard = prompted(last_ms, unanswered=unanswered_before)
    answer = take(guard, WANTED, attempt(callback("1032", 20, "cancelled")), last_ms + 1, POLICY)
    free_from_ms = answer.retry_at_ms if isinstance(answer, Refusal) else last_ms
    assert last_ms + pause_ms == free_from_ms


def test_an_answered_prompt_ends_the_row() -> None:
    answer = take(prompted(T0_MS, unanswered=2), WANTED, attempt(callback("2001", 20, "PIN")), T0_MS + 60_000, POLICY)
    assert isinstance(answer, Guard)
    assert 0 == answer.unanswered


def test_prompts_older_than_a_day_are_forgotten() -> None:
    taken = take(prompted(T0_MS), WANTED, attempt(callback("1", 20, "end")), T0_MS + DAY_MS + 1, POLICY)
    assert isinstance(taken, Guard)
    assert (T0_MS + DAY_MS + 1,) == taken.prompted_ms["shop"]
