"""Who is asked about first when Safaricom takes only some questions, and what becomes of who had no turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.decisions import MoneySetAside
from gateway.domain.policy import MINUTE_MS
from gateway.flows.check import ask_soon
from gateway.flows.keep import claim_record
from gateway.flows.sweep import OLDEST_SHARE, _mixed, check_payment
from gateway.flows.take_money import match_again
from gateway.ports import Pace, run
from tests.laws.deliveries import R1, SETTINGS, T0_MS, accepted, begun, callback, fact_of, money, payment, shown, told
from tests.memory_store import MemoryWorld


@pytest.mark.parametrize(
    ("turns", "minute"),
    [
        ("9 8 7 6 0 5 4 3 2 1", 0),
        ("9 8 7 0 6 5 4 3 1 2", 1),
        ("9 8 0 7 6 5 4 1 3 2", 2),
        ("9 0 8 7 6 5 1 4 3 2", 3),
        ("0 9 8 7 6 1 5 4 3 2", 4),
        ("9 8 7 6 0 5 4 3 2 1", 5),
    ],
)
def test_the_newest_come_first_and_every_fifth_turn_is_the_oldests(turns: str, minute: int) -> None:
    """In each of five minutes it is another one of the first five turns, so that one turn a minute is enough."""
    waiting: list[object] = [*"0123456789"]
    assert 5 == OLDEST_SHARE
    assert turns.split() == _mixed(waiting, minute * MINUTE_MS)  # type: ignore[arg-type]  # only moved


def test_law_8_an_attempt_that_has_no_turn_and_no_deadline_left_stays_due() -> None:
    """Nobody answered in time, the shared pace is used up: the next sweep asks."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted(), told("timer", 900, deadline="answer", n=1))
    world.ambient.at_ms = T0_MS + 2 * 3_600_000
    world.store.paces["stk_query"] = Pace(next_at_ms=world.ambient.at_ms + 10_000, apart_ms=1_000)
    run(check_payment(record.id, SETTINGS), world)
    standing = world.store.payments[record.id]
    assert ("unresolved", T0_MS + 26_000, []) == (shown(standing)["status"], standing.due_at_ms, world.daraja.queries)


def test_nobody_is_troubled_for_a_payment_of_which_everything_is_known() -> None:
    """Whoever asks and however often: no note on the queue, no question."""
    world = MemoryWorld()
    record = payment(world.store, begun(), accepted(), callback("0", 12, "paid"))
    world.ambient.at_ms = T0_MS + 60_000
    queued = run(ask_soon(record, SETTINGS.state(record), SETTINGS, forced=True), world)
    assert (False, {}) == (queued, world.queues.checks)


def test_what_a_person_set_aside_is_not_matched_again() -> None:
    """Though a payment carries the reference by now; and it is looked at no more."""
    world = MemoryWorld()
    told_money = fact_of(money(R1, 60, "typed", reference="LATER"))
    aside = MoneySetAside(receipt=R1, turn=1, aside=True, actor="amina", said_at_ms=T0_MS, learned_at_ms=T0_MS)
    lies = replace(claim_record(R1, None, "174379", (told_money, aside)), due_at_ms=T0_MS)
    world.store.create_receipt(lies)
    payment(world.store, account_reference="LATER")
    run(match_again(lies, SETTINGS), world)
    assert (None, None) == (world.store.receipts[R1].owner, world.store.receipts[R1].due_at_ms)
