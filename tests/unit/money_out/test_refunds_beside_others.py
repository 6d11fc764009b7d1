"""A refund beside other refunds, beside other news of the payment, and what M-Pesa is asked about it, and when."""

from __future__ import annotations

import pytest

from daraja.errors import MaybeSent, MaybeSentReason
from gateway.domain.facts import Source
from gateway.domain.refunds import LOOKS_APART_MS, RefundObjection, RefundRefused
from gateway.domain.statuses import PaymentStatus
from gateway.ports import DueItem
from gateway.ports.money_out import TransferAnswer
from tests.unit.money_out.refund_stage import (
    AT_MS,
    PAYMENT,
    RECEIPT,
    SECOND,
    RefundStage,
    paid_by_prompt,
    reversed_on_the_portal,
    reversed_result,
    typed_by_hand,
)

LOST = MaybeSent(MaybeSentReason.READ_TIMEOUT)


@pytest.fixture
def stage() -> RefundStage:
    """A payment of 1,500 shillings, paid by prompt."""
    made = RefundStage()
    made.paid()
    return made


def test_what_holds_the_money_of_a_receipt_is_named_to_who_asks_for_that_receipt(stage: RefundStage) -> None:
    """They learn that it is on its way already, and not that it was never there."""
    first = stage.refund().record.id
    with pytest.raises(RefundRefused) as refused:
        stage.refund(receipt=RECEIPT, key="r2")
    assert (RefundObjection.LIVE, (first,)) == (refused.value.why, refused.value.live)


def test_what_holds_other_money_does_not_stand_in_the_way_of_too_much() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND)])
    stage.refund(receipt=SECOND)
    with pytest.raises(RefundRefused) as refused:
        stage.refund(1_600, receipt=RECEIPT, key="r2")
    assert RefundObjection.TOO_LARGE == refused.value.why


@pytest.mark.parametrize(
    ("asked", "told_by"), [([], Source.PULL), ([RECEIPT, SECOND], Source.C2B), ([RECEIPT, SECOND], Source.STATEMENT)]
)
def test_what_m_pesas_own_books_have_shown_already_is_not_asked_about(asked: list[str], told_by: Source) -> None:
    """A confirmation is a message, and a statement a file, that somebody else could have made; the list is not."""
    stage = RefundStage()
    both = [typed_by_hand(one, told_by=told_by) for one in (RECEIPT, SECOND)]
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND), *both])
    stage.reversal(1_500)
    assert asked == stage.asked_about


def test_a_reversal_that_m_pesa_took_is_asked_about_by_the_id_that_m_pesa_gave_it(stage: RefundStage) -> None:
    """By the payment's receipt it would tell of the payment alone."""
    stage.world.transfers.answers.append(TransferAnswer("AG_20260302_1", "3124-481d-1"))
    out_id = stage.reversal()
    stage.later(5)
    stage.work(out_id)
    assert ["3124-481d-1"] == stage.questions


def test_a_reversal_in_m_pesas_list_is_looked_at_at_once(stage: RefundStage) -> None:
    """And not with the next look, which is hours away."""
    stage.world.transfers.answers.append(LOST)
    stage.reversal()
    stage.later(3)
    stage.look_at_payment()
    before = stage.payment_is_due
    stage.keep(reversed_on_the_portal())

    assert (AT_MS + 13 * 60_000 + LOOKS_APART_MS, AT_MS + 900_000) == (
        before and before.due_at_ms,
        stage.payment_is_due and stage.payment_is_due.due_at_ms,
    )


def test_a_refund_that_was_withdrawn_counts_no_more(stage: RefundStage) -> None:
    """Neither as money that goes back twice, nor in the place of the one that follows it."""
    stage.reject(stage.refund(1_000).record.id)
    out_id = stage.reversal(key="r2")
    stage.tell(out_id, reversed_result())
    stage.work(out_id, times=3)

    assert (PaymentStatus.REFUNDED, frozenset()) == (stage.of_payment.status, stage.of_payment.flags)


def test_a_look_after_a_refund_puts_off_no_question_about_a_prompt() -> None:
    """Typed by hand beside a live prompt: the money goes back, and M-Pesa is asked about the prompt as ever.

    The sweep is late, so that both are due.
    """
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt()[:2], typed_by_hand()])
    stage.look_at_payment()
    stage.refund()
    stage.later(4)
    stage.look_at_payment()
    assert DueItem(f"PAY#{PAYMENT}", stage.world.ambient.at_ms) == stage.payment_is_due
