"""L8: nothing waits for ever. What is open has a next step with a time, and ends or is listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from gateway.domain.fold import state_of
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import HOUR_MS, MINUTE_MS
from tests.laws.alphabets import CASES
from tests.laws.deliveries import shown
from tests.laws.orders import Table, all_orders, beginning
from tests.laws.profiles import LONG, QUICK
from tests.laws.random_lives import Life, broken_by, lives
from tests.simulation.fold_memory import remembered_folds
from tests.simulation.lives import PHONE, shop_asks
from tests.simulation.safaricom import FROM_ELSEWHERE, Payer
from tests.simulation.world import World, asked

Case = tuple[list[dict[str, Any]], list[dict[str, Any]]]
LIVE = {"sending", "prompted", "unknown"}


@remembered_folds()
@QUICK
@given(lives())
def test_law_8_after_the_calm_nothing_waits(life: Life) -> None:
    """Random lives and faults: no attempt is live half a day later, and nothing has been due for long."""
    assert [] == broken_by(life, "L8")


@pytest.mark.long
@LONG
@given(lives())
def test_law_8_after_the_calm_nothing_waits_in_thousands(life: Life) -> None:
    """As above, with fresh lives each time."""
    assert [] == broken_by(life, "L8")


def tables(case: Case) -> Iterator[Table]:
    """Those that a delivery was written to, so that their index attribute is the gateway's own work."""
    return (table for table in all_orders(beginning(*case[0]), case[1], 2) if table.came)


def oldest_live_begun_ms(table: Table) -> int:
    """When the attempt began that has lived for longest. Raises ValueError where none lives."""
    attempts = state_of(table.record.asked, table.record.facts).attempts
    return min(attempt.begun_at_ms for attempt in attempts if attempt.status in LIVE)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_8_an_attempt_that_lives_makes_its_payment_due_within_a_quarter_of_an_hour(case: Case) -> None:
    """Whatever was delivered: the sweep meets the payment again in time, counted from when the attempt began."""
    late = [
        (sorted(table.came), table.record.due_at_ms)
        for table in tables(case)
        if LIVE & set(shown(table.record)["attempts"].values())
        and not (table.record.due_at_ms or HOUR_MS * 10**6) <= oldest_live_begun_ms(table) + 15 * MINUTE_MS
    ]
    assert [] == late


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_law_8_a_payment_that_is_over_costs_the_sweep_nothing(case: Case) -> None:
    """Paid by the only attempt, trusted, with its receipt: out of the index."""
    settled = [
        table.record.due_at_ms
        for table in tables(case)
        if (state := shown(table.record))["status"] == "paid"
        and not state["flags"]
        and set(state["attempts"].values()) <= {"succeeded"}
    ]
    assert {None} >= set(settled)


def test_law_8_every_open_payment_expires_at_its_time() -> None:
    """A payment that nobody ever tries to pay is `expired` within a minute of its time."""
    world = World()
    shop_asks(world, asked("order-1", hours=1), phone=None)
    world.pass_time(HOUR_MS - MINUTE_MS)
    assert ["open"] == [payment["status"] for payment in world.payments()]
    world.pass_time(2 * MINUTE_MS)
    assert ["expired"] == [payment["status"] for payment in world.payments()]


def test_law_8_a_lost_callback_is_found_within_ninety_seconds_of_the_pin() -> None:
    """No page polls: the minute sweep asks twice."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(callbacks=(), after_ms=10_000)]
    shop_asks(world, asked("order-1"))
    world.pass_time(10_000 + 90_000 + 60_000)
    (payment,) = world.payments()
    (record,) = world.store.payments.values()
    pin_ms = world.safaricom.pushes[0].ended_at_ms or 0
    assert "paid" == payment["status"]
    assert max(fact.learned_at_ms for fact in record.facts.values()) - pin_ms <= 120_000


def test_law_8_evidence_from_a_doubtful_address_is_asked_about_until_it_is_settled() -> None:
    """A stranger says "failed": the attempt ends only when M-PESA itself was asked."""
    world = World()
    world.safaricom.payers[PHONE] = [Payer(code="1032", callback_from=FROM_ELSEWHERE)]
    shop_asks(world, asked("order-1"))
    world.pass_time(8_000, sweeps=False)
    assert ["pending"] == [payment["status"] for payment in world.payments()]
    world.pass_time(2 * MINUTE_MS)
    assert ["failed"] == [payment["status"] for payment in world.payments()]
    assert world.safaricom.queries > 0


def break_whoever_reads(world: World, broken_id: str) -> None:
    """One item of the table raises what no port raises."""
    read_payment = world.store.read_payment

    def reads(payment_id: str, /) -> PaymentRecord | None:
        if payment_id == broken_id:
            raise ValueError(payment_id)
        return read_payment(payment_id)

    world.store.read_payment = reads  # type: ignore[method-assign]  # as said


def test_law_8_an_item_that_breaks_the_sweep_does_not_hold_up_the_others() -> None:
    """The broken one is put off and reported; the payment behind it is handled by the same sweep."""
    world = World()
    shop_asks(world, asked("order-1", hours=1), phone=None)
    shop_asks(world, asked("order-2", hours=1), phone=None)
    break_whoever_reads(world, asked("order-1").id)
    world.pass_time(HOUR_MS + MINUTE_MS)
    assert {"open", "expired"} == {payment["status"] for payment in world.payments()}
    assert "sweep_item_broken" in {name for name, _ in world.reports}
