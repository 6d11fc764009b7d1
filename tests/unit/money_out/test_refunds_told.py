"""A payment hears of its refund's outcome: at once by whoever learned it, or by the sweep that follows."""

from __future__ import annotations

import pytest

from daraja.errors import RefusalCause, Refused
from gateway.domain.statuses import PaymentStatus
from gateway.flows.drain import drain
from gateway.ports import StoreUnavailable, run
from gateway.settings import Settings
from tests.unit.money_out.refund_stage import PAYMENT, RefundStage, reversed_on_the_portal, reversed_result

NO = Refused("400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD)
"""Daraja does not take it."""


@pytest.fixture
def stage() -> RefundStage:
    """A payment of 1,500 shillings, paid by prompt."""
    made = RefundStage()
    made.paid()
    return made


def test_the_payment_knows_as_soon_as_the_result_is_kept(stage: RefundStage) -> None:
    """Without a sweep: a shop that asks now must not hear that the money is still there."""
    out_id = stage.reversal()
    stage.tell(out_id, reversed_result())
    assert (PaymentStatus.REFUNDED, 1_500, False, "returned") == (
        stage.of_payment.status,
        stage.of_payment.returned_kes,
        stage.of_payment.safe_to_fulfil,
        stage.record(out_id).payment_told,
    )


def test_the_result_told_again_brings_what_was_lost_to_the_payment(stage: RefundStage) -> None:
    """Who took it first died after keeping it in the refund."""
    out_id = stage.reversal()
    stage.fail_once("Store.save_payment")
    stage.tell(out_id, reversed_result())
    before = stage.of_payment.returned_kes
    stage.tell(out_id, reversed_result())
    assert (0, 1_500) == (before, stage.of_payment.returned_kes)


def test_a_no_frees_the_money_at_once(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.reject(out_id)
    assert (0, "released") == (stage.of_payment.reserved_kes, stage.record(out_id).payment_told)


def test_what_m_pesa_does_not_take_frees_the_money_at_once(stage: RefundStage) -> None:
    """By its answer to the hand-over."""
    stage.world.transfers.answers.append(NO)
    out_id = stage.refund(method="reversal").record.id
    stage.approve(out_id)
    stage.work(out_id)
    assert ("failed", 0, "released") == (
        stage.state(out_id).status, stage.of_payment.reserved_kes, stage.record(out_id).payment_told
    )  # fmt: skip


def test_what_nobody_approved_frees_the_money_as_it_lapses(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.later(73 * 60)
    stage.work(out_id)
    assert ("lapsed", 0) == (stage.state(out_id).status, stage.of_payment.reserved_kes)


def test_what_is_withdrawn_frees_the_money_at_once(stage: RefundStage) -> None:
    """The list shows that somebody was faster."""
    out_id = stage.refund(500).record.id
    stage.approve(out_id)
    stage.keep(reversed_on_the_portal())
    stage.work(out_id)
    assert ("rejected", 0) == (stage.state(out_id).status, stage.of_payment.reserved_kes)


def test_the_reversal_that_the_list_shows_is_told_in_the_same_look(stage: RefundStage) -> None:
    """Nobody had answered the hand-over."""
    out_id = stage.reversal()
    stage.keep(reversed_on_the_portal())
    stage.later(5)
    stage.look_at_payment()
    assert ("succeeded", "returned") == (stage.state(out_id).status, stage.record(out_id).payment_told)


def test_an_answer_that_waited_in_the_queue_is_told_as_it_is_kept(stage: RefundStage) -> None:
    """The table was away when M-Pesa refused."""
    stage.world.transfers.answers.append(NO)
    out_id = stage.refund(method="reversal").record.id
    stage.approve(out_id)
    written = "Outgoings.save_outgoing"
    stage.meanwhile("Ambient.draw", lambda: stage.meanwhile(written, lambda: stage.fail_once(written)))
    stage.work(out_id)
    (message,) = stage.world.queues.retries
    before = stage.of_payment.reserved_kes
    run(drain(message, Settings({}), stage.settings), stage.world)
    assert (1_500, 0, "released") == (before, stage.of_payment.reserved_kes, stage.record(out_id).payment_told)


def test_the_item_stays_due_until_the_payment_holds_the_outcome(stage: RefundStage) -> None:
    """The table fails between the two, for who brought the result and for the sweep: the sweep meets the item again."""
    out_id = stage.reversal()
    stage.fail_once("Store.save_payment")
    stage.tell(out_id, reversed_result())
    stage.work(out_id)
    stage.fail_once("Store.save_payment")
    with pytest.raises(StoreUnavailable):
        stage.work(out_id)
    between = (stage.of_payment.returned_kes, stage.record(out_id).due_at_ms is not None)
    stage.work(out_id)

    assert (0, True) == between
    assert (1_500, "returned", None) == (
        stage.of_payment.returned_kes,
        stage.record(out_id).payment_told,
        stage.record(out_id).due_at_ms,
    )


def test_a_refund_whose_payment_is_away_stays_due(stage: RefundStage) -> None:
    """A table that lost it may have it again: until then nobody has been told."""
    out_id = stage.reversal()
    away = stage.world.store.payments.pop(PAYMENT)
    stage.tell(out_id, reversed_result())
    stage.work(out_id, times=2)
    still = stage.record(out_id).due_at_ms
    stage.world.store.payments[PAYMENT] = away
    stage.later(1)
    stage.work(out_id)

    assert still is not None
    assert 1_500 == stage.of_payment.returned_kes
