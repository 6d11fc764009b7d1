"""Outages and peaks in virtual time, small enough for every run. `make load` plays them at their full size."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from gateway.domain.statuses import PaymentStatus
from gateway.flows.token import access_token
from gateway.ports import StoredToken
from tests.load.away import AwayWorld, Outage, outage
from tests.load.duplicates import copies_at_once
from tests.load.herd import TokenWorld, early_refresh_with_a_death, expiry, expiry_with_a_death
from tests.load.peak import Peak, RefusingWorld, callbacks_at_once, peak
from tests.load.settled import sweep_beside
from tests.load.virtual import HOUR_MS, MINUTE_MS, START_MS
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.processes import End

CALLERS = 1_000


@pytest.fixture(scope="module")
def away() -> Outage:
    """A hundred prompts wait for news through forty minutes in which Safaricom does not answer."""
    with remembered_folds():
        return outage(100, away_h=0.7, after_h=1.0, late_every_ms=5 * MINUTE_MS)


def test_after_an_outage_the_newest_payers_are_asked_about_first(away: Outage) -> None:
    """Whoever pays now is asked about in the first sweep after his 25 seconds, however many wait."""
    assert 5 <= len(away.late)
    assert 100_000 > max(away.late.values())


def test_after_an_outage_the_oldest_keep_a_fifth_of_the_questions(away: Outage) -> None:
    """Safaricom takes five a minute, which is less than one round of five in each sweep."""
    assert 0.2 <= round(away.oldest_share, 2) <= 0.5


def test_an_outage_fails_nobody_and_leaves_nobody_pending_for_ever(away: Outage) -> None:
    """Time says unresolved, as after any silence; answers say paid; nothing says failed."""
    statuses = away.world.statuses()
    assert {PaymentStatus.UNRESOLVED, PaymentStatus.PAID, PaymentStatus.PENDING} >= set(statuses)
    assert 0 < statuses[PaymentStatus.PAID]
    assert len(away.late) >= statuses.get(PaymentStatus.PENDING, 0)


def test_an_outage_makes_no_storm(away: Outage) -> None:
    """Not more than Safaricom's own limit in any minute, and so no 429."""
    assert 0 == away.world.too_many
    passed_ms = away.world.agenda.now - START_MS
    assert away.daraja_calls <= 2 * 5 * passed_ms / MINUTE_MS


def test_a_deadline_counts_although_nobody_can_be_asked() -> None:
    """More wait than there are turns: a quarter of an hour after its prompt each is unresolved all the same."""
    world = AwayWorld((0, START_MS * 2))
    for number in range(150):
        world.waits(number, START_MS - MINUTE_MS)
    world.sweep_each_minute(START_MS + 17 * MINUTE_MS)
    world.pass_time(17 * MINUTE_MS)
    assert {PaymentStatus.UNRESOLVED: 150} == world.statuses()


def test_a_thousand_cold_processes_make_one_oauth_call_and_all_get_the_token() -> None:
    """The losers wait for the one that fetches; SSM is not asked at every turn."""
    herd = expiry(CALLERS)
    assert (1, CALLERS, 0) == (herd.oauth_calls, herd.served, herd.not_sent)
    assert 3 * CALLERS >= herd.parameter_reads


def test_who_fetches_the_token_dies_and_nobody_waits_longer_than_his_lease() -> None:
    """Two OAuth calls in all. Those who came with him are told that nothing was sent; all who come after get one."""
    with_him, after = expiry_with_a_death(CALLERS)
    assert (1, 0, CALLERS - 1) == (with_him.oauth_calls, with_him.served, with_him.not_sent)
    assert (2, CALLERS, 0) == (after.oauth_calls, after.served, after.not_sent)


def test_a_token_that_came_with_the_cold_start_is_not_taken_for_the_newest() -> None:
    """Keys and token come in one call; a successor that was stored meanwhile is read, and not killed by another."""
    world = TokenWorld()
    world.had_token(START_MS + HOUR_MS)
    older = StoredToken("token-old", 0, START_MS - HOUR_MS, START_MS - 1)
    with patch.object(world, "port_secrets", side_effect=[older, world.ssm_token]):
        caller = world.run("caller", access_token(), timeout_ms=10_000)
        world.pass_time(MINUTE_MS)
    assert (0, world.ssm_token) == (world.oauth_calls, caller.value)


def test_the_sweep_that_fetches_early_dies_and_no_payer_notices() -> None:
    """The old token holds for minutes; the next sweep fetches another."""
    herd = early_refresh_with_a_death(CALLERS)
    assert (2, CALLERS, 0) == (herd.oauth_calls, herd.served, herd.not_sent)


@pytest.mark.parametrize("refused", [0.0, 0.3])
def test_callbacks_that_come_all_at_once_are_all_credited(refused: float) -> None:
    """Each is told 200 at once, the retry queue is empty within ten minutes, and no receipt is missing."""
    found: Peak = peak(600, refused)
    assert (600, 0, 0, 0) == (found.paid, found.refused_deliveries, found.dead_letters, found.still_waiting)
    assert 600 > found.empty_after_s


@pytest.mark.parametrize("seed", range(1, 6))
def test_fifty_copies_of_one_callback_at_once_are_one_credit_and_waste_little(seed: int) -> None:
    """At most three capacity units for each copy that changes nothing."""
    found = copies_at_once(seed=seed)
    assert (True, 1) == (found.paid, found.credits)
    assert 0 <= found.wasted <= 3


def test_a_table_that_refuses_three_requests_of_ten_costs_no_storm() -> None:
    """At most three times the requests."""
    assert 3 * peak(300, 0.0).requests >= peak(300, 0.3).requests


def test_a_table_that_is_away_is_not_asked_without_a_pause() -> None:
    """What waits in the retry queue comes again each half minute, and is all there when the table is back."""
    world = RefusingWorld(refused=1.0)
    callbacks_at_once(world, 50)
    world.pass_time(10 * MINUTE_MS)
    while_away = world.ends["drain", End.DONE]
    world.refused = 0.0
    world.pass_time(2 * MINUTE_MS)
    assert 50 * 20 >= while_away
    assert ({PaymentStatus.PAID: 50}, 0) == (world.statuses(), world.waiting)


def test_ten_million_settled_payments_cost_a_sweep_nothing() -> None:
    """The same reads as beside ten."""
    few, many = sweep_beside(10, 20), sweep_beside(10_000_000, 20)
    assert few == many
    assert (20, 0, 0) == (many.read.payments, many.settled_read, many.index_entries_of_settled)
