"""L9: a refund's money goes back once, also where another round, another payment or M-Pesa's portal came between."""

from __future__ import annotations

import pytest

from daraja.errors import MaybeSent, MaybeSentReason
from gateway.domain.facts import RefundReserved
from gateway.flows.money_out.refund import begin_refund
from gateway.ports import run
from tests import gateway_samples as samples
from tests.unit.money_out.refund_stage import (
    AT_MS,
    PAYMENT,
    RECEIPT,
    RefundStage,
    paid_by_prompt,
    reversed_on_the_portal,
)
from tests.unit.money_out.stage import NOT_KNOWN

OTHER = samples.payment_id(2)


@pytest.fixture
def stage() -> RefundStage:
    """A payment of 1,500 that was paid by a prompt."""
    stage = RefundStage()
    stage.paid()
    return stage


def not_known_by_m_pesa(stage: RefundStage) -> str:
    """A part is paid out, the answer is lost, and M-Pesa does not know the transfer: it may be sent once more."""
    stage.world.transfers.answers.append(MaybeSent(MaybeSentReason.READ_TIMEOUT))
    out_id = stage.refund(500).record.id
    stage.approve(out_id)
    stage.work(out_id)
    stage.m_pesa_shows()
    stage.later(2)
    stage.work(out_id)
    for minutes in (1, 12):
        stage.later(minutes)
        stage.tell_status(out_id, NOT_KNOWN)
    return out_id


def test_law_9_a_second_hand_over_goes_where_the_money_is_still_here(stage: RefundStage) -> None:
    out_id = not_known_by_m_pesa(stage)
    stage.approve(out_id)
    for _ in range(4):
        stage.work(out_id)
        stage.m_pesa_shows()
        stage.later(2)
    assert ("accepted", 2) == (stage.state(out_id).status, len(stage.handed_over))


def test_law_9_a_second_hand_over_does_not_follow_a_reversal_at_the_portal(stage: RefundStage) -> None:
    """The money went back otherwise between the two: nobody is paid on top of it, whoever agreed to that."""
    out_id = not_known_by_m_pesa(stage)
    stage.keep(reversed_on_the_portal())
    stage.approve(out_id)
    for _ in range(4):
        stage.work(out_id)
        stage.later(2)
    assert 1 == len(stage.handed_over)


def with_a_place_of_the_same_refund(stage: RefundStage) -> str:
    """One key, two payments, at once; who took the second place died before giving it back."""
    out_id = stage.refund().record.id
    stage.world.store.payments[OTHER] = samples.record(2, paid_by_prompt(receipt="SGL39ZZZZZ"), amount_kes=1_500)
    item = stage.world.outgoings.outgoings.pop(out_id)
    stage.meanwhile("Store.save_payment", lambda: stage.world.outgoings.outgoings.update({out_id: item}))
    stage.meanwhile("Outgoings.create_outgoing", stop)
    with pytest.raises(SystemExit):
        run(begin_refund(stage.wish(payment_id=OTHER), stage.settings), stage.world)
    return out_id


def stop() -> None:
    """The process is gone."""
    raise SystemExit


def test_law_9_a_place_of_another_payments_refund_is_given_back(stage: RefundStage) -> None:
    """Else this payment could never be refunded, and what M-Pesa tells of it would end the other one's refund."""
    out_id = with_a_place_of_the_same_refund(stage)
    held = [fact for fact in stage.world.store.payments[OTHER].facts.values() if isinstance(fact, RefundReserved)]
    stage.later(3)
    stage.look_at_payment(OTHER)
    of_other = stage.settings.state(stage.world.store.payments[OTHER])
    assert ([out_id], [False]) == ([fact.refund_id for fact in held], [one.is_live for one in of_other.refunds])
    assert (PAYMENT, RECEIPT) == (stage.record(out_id).asked.payment, stage.record(out_id).asked.original_receipt)
    assert [True] == [one.is_live for one in stage.of_payment.refunds]
    assert stage.world.ambient.at_ms > AT_MS
