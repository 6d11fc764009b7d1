"""Refunds from the wish to the money that is back, and every way in which that can go wrong."""

from __future__ import annotations

import pytest

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.facts import Fact, QueryAnswered, RefundReserved
from gateway.domain.money_out.facts import Hold
from gateway.domain.refunds import NoWay, RefundObjection, RefundRefused
from gateway.domain.statuses import Flag, PaymentStatus
from gateway.ports import StoreUnavailable
from tests.unit.money_out.refund_stage import (
    AT_MS,
    PAYS_FROM,
    PHONE,
    RECEIPT,
    RETURN,
    SECOND,
    RefundStage,
    paid_by_prompt,
    paid_out_result,
    reversed_on_the_portal,
    reversed_result,
    typed_by_hand,
)

LOST = MaybeSent(MaybeSentReason.READ_TIMEOUT)
NO = Refused("400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD)
"""Daraja does not take it."""


@pytest.fixture
def stage() -> RefundStage:
    """A payment of 1,500 shillings, paid by prompt."""
    made = RefundStage()
    made.paid()
    return made


def refusal(stage: RefundStage, **wish: object) -> RefundRefused:
    """Why a wish is refused; nothing of it may be stored."""
    with pytest.raises(RefundRefused) as refused:
        stage.refund(**wish)  # type: ignore[arg-type]  # a wish of the test
    assert not stage.world.outgoings.outgoings
    assert not stage.of_payment.refunds
    return refused.value


# --- the way it should go ---------------------------------------------------------------------------------------


def test_the_whole_of_a_receipt_is_taken_back_by_m_pesa(stage: RefundStage) -> None:
    """Asked, approved, handed over, told: the payment is refunded, and nothing is left to do."""
    out_id = stage.reversal()
    (transfer,) = stage.world.transfers.handed_over
    stage.tell(out_id, reversed_result())
    done = stage.work(out_id, times=3)

    assert ("reversal", "174379", RECEIPT, 1_500) == (
        transfer.method,
        transfer.shortcode,
        transfer.recipient,
        transfer.amount_kes,
    )
    assert ("succeeded", RETURN) == (done.status, done.receipt)
    assert (PaymentStatus.REFUNDED, 1_500, 0) == (
        stage.of_payment.status,
        stage.of_payment.returned_kes,
        stage.of_payment.reserved_kes,
    )
    assert (None, None) == (stage.record(out_id).due_at_ms, stage.payment_is_due)


def test_a_part_is_paid_out_to_the_number_that_paid_once_m_pesa_has_shown_the_receipt(stage: RefundStage) -> None:
    out_id = stage.refund(500).record.id
    stage.approve(out_id)
    held = stage.work(out_id)
    stage.m_pesa_shows()
    stage.later(2)
    stage.work(out_id)
    stage.tell(out_id, paid_out_result(out_id, 1, 500))
    stage.work(out_id, times=3)

    assert (Hold.CHECK, [RECEIPT]) == (held.waiting_for, stage.asked_about)
    (transfer,) = stage.world.transfers.handed_over
    assert ("b2c", PAYS_FROM, PHONE, 500) == (
        transfer.method,
        transfer.shortcode,
        transfer.recipient,
        transfer.amount_kes,
    )
    assert (PaymentStatus.PARTIALLY_REFUNDED, 500) == (stage.of_payment.status, stage.of_payment.returned_kes)


def test_nothing_goes_back_before_somebody_agreed(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.later(5)
    assert ("awaiting_approval", []) == (stage.work(out_id, times=3).status, stage.handed_over)


def test_the_same_wish_twice_is_one_refund(stage: RefundStage) -> None:
    first, again = stage.refund(), stage.refund()
    assert (True, False, first.record.id) == (first.created, again.created, again.record.id)
    assert 1_500 == stage.of_payment.reserved_kes


def test_a_rejected_refund_gives_its_place_back(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.reject(out_id)
    stage.work(out_id)
    assert (0, "awaiting_approval") == (stage.of_payment.reserved_kes, stage.refund(key="r2").state.status)


def test_what_nobody_approves_gives_its_place_back(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.later(73 * 60)
    lapsed = stage.work(out_id, times=2)
    assert ("lapsed", 0) == (lapsed.status, stage.of_payment.reserved_kes)


# --- how much, and of what --------------------------------------------------------------------------------------


def test_more_than_was_received_is_refused(stage: RefundStage) -> None:
    why = refusal(stage, amount=1_501)
    assert (RefundObjection.TOO_LARGE, 1_500) == (why.why, why.left_kes)


def test_an_unpaid_payment_has_nothing_to_refund() -> None:
    stage = RefundStage()
    stage.paid(facts=paid_by_prompt()[:2])
    assert (RefundObjection.TOO_LARGE, 0) == ((why := refusal(stage)).why, why.left_kes)


def test_a_refund_on_its_way_holds_its_money(stage: RefundStage) -> None:
    first = stage.refund(1_000).record.id
    with pytest.raises(RefundRefused) as refused:
        stage.refund(600, key="r2")
    assert (RefundObjection.LIVE, 500, (first,)) == (refused.value.why, refused.value.left_kes, refused.value.live)


def test_two_parts_fit_beside_each_other(stage: RefundStage) -> None:
    stage.refund(1_000)
    stage.refund(500, key="r2")
    assert 1_500 == stage.of_payment.reserved_kes


def test_what_is_left_of_a_part_is_paid_out_and_not_reversed(stage: RefundStage) -> None:
    """M-Pesa takes back whole receipts of which nothing has gone."""
    stage.refund(1_000)
    assert "b2c" == stage.refund(key="r2").record.asked.method


def test_a_part_cannot_be_reversed(stage: RefundStage) -> None:
    assert NoWay.PART_OF_A_REVERSAL == refusal(stage, amount=500, method="reversal").way


def test_of_two_receipts_one_is_taken_back_by_its_name() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND)])
    asked = stage.refund(receipt=RECEIPT).record.asked
    assert ("reversal", RECEIPT, 1_500) == (asked.method, asked.original_receipt, asked.amount_kes)


def test_of_two_receipts_the_newer_one_is_meant_where_the_sum_is_one() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND)])
    assert SECOND == stage.refund(1_500).record.asked.original_receipt


def test_several_receipts_of_one_number_are_paid_out_as_one() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(amount=900), *paid_by_prompt(2, SECOND, 600)])
    asked = stage.refund().record.asked
    assert ("b2c", 1_500, PHONE) == (asked.method, asked.amount_kes, asked.phone)
    (reserved,) = [fact for fact in stage.payment.facts.values() if isinstance(fact, RefundReserved)]
    assert {SECOND: 600, RECEIPT: 900} == reserved.parts


def test_money_of_two_numbers_goes_back_receipt_by_receipt() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(amount=900), *paid_by_prompt(2, SECOND, 600, phone="254722000111")])
    assert NoWay.TWO_NUMBERS == refusal(stage).way


def test_money_by_hand_is_taken_back_whole_but_not_paid_out_in_part() -> None:
    """M-Pesa tells only a mask or a hash of who typed it."""
    stage = RefundStage()
    stage.paid(facts=[typed_by_hand()])
    assert NoWay.NUMBER_NOT_KNOWN == refusal(stage, amount=500).way
    asked = stage.refund().record.asked
    assert ("reversal", "", None) == (asked.method, asked.fallback, asked.phone)


def test_less_than_m_pesas_least_is_given_back_by_hand(stage: RefundStage) -> None:
    assert NoWay.BELOW_MINIMUM == refusal(stage, amount=9).way


def test_a_small_payment_is_taken_back_whole() -> None:
    stage = RefundStage()
    stage.paid(facts=paid_by_prompt(amount=5), amount=5)
    asked = stage.refund().record.asked
    assert ("reversal", "", 5, None) == (asked.method, asked.fallback, asked.amount_kes, asked.phone)


def test_without_an_account_that_pays_out_only_whole_receipts_go_back(stage: RefundStage) -> None:
    assert NoWay.NO_PAYOUT_SHORTCODE == refusal(stage, amount=500, pays_from="").way


def test_money_without_its_code_cannot_be_refunded_yet() -> None:
    """Two queries prove that it came; a refund needs M-Pesa's code."""
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt()[:2], *nameless()])
    assert (RefundObjection.NOT_POSSIBLE, NoWay.NO_RECEIPT) == ((why := refusal(stage)).why, why.way)


def nameless() -> list[Fact]:
    """M-Pesa says twice that the prompt was paid, and not under which code."""
    times = (AT_MS + 90_000, AT_MS + 120_000)
    return [
        QueryAnswered(number=1, result_code="0", checkout_request_id="ws_CO_1", said_at_ms=at_ms, learned_at_ms=at_ms)
        for at_ms in times
    ]


# --- money that came twice ----------------------------------------------------------------------------------------


def test_what_came_twice_goes_back_only_once_m_pesas_own_books_show_both_receipts() -> None:
    """A second receipt that nobody paid would give the first one away."""
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND)])
    out_id = stage.refund(receipt=SECOND).record.id
    stage.approve(out_id)
    held = stage.work(out_id)
    stage.m_pesa_shows(RECEIPT)
    stage.later(2)
    still = stage.work(out_id)
    stage.m_pesa_shows(SECOND)
    stage.later(5)

    assert (Hold.CHECK, Hold.CHECK, [RECEIPT, SECOND]) == (held.waiting_for, still.waiting_for, stage.asked_about)
    assert ("accepted", 1) == (stage.work(out_id).status, len(stage.handed_over))


def test_a_second_receipt_that_m_pesa_does_not_know_keeps_the_refund_here() -> None:
    stage = RefundStage()
    stage.paid(facts=[*paid_by_prompt(), *paid_by_prompt(2, SECOND)])
    out_id = stage.refund(receipt=RECEIPT).record.id
    stage.approve(out_id)
    stage.work(out_id)
    stage.m_pesa_shows(RECEIPT)
    stage.m_pesa_shows(SECOND, amount=1)
    stage.later(5)

    assert (Hold.CHECK, []) == (stage.work(out_id).waiting_for, stage.handed_over)


# --- a reversal that is refused, lost or not needed ---------------------------------------------------------------


def test_a_refused_reversal_becomes_a_payout_with_an_approval_of_its_own(stage: RefundStage) -> None:
    out_id = stage.reversal()
    first_terms = stage.record(out_id).asked
    stage.tell(out_id, reversed_result(1))
    waits = stage.work(out_id)
    stage.approve(out_id)
    stage.work(out_id)
    stage.m_pesa_shows()
    stage.later(2)
    stage.work(out_id)
    stage.tell(out_id, paid_out_result(out_id, 2, 1_500), number=2)
    stage.work(out_id, times=3)

    assert ("awaiting_approval", "b2c", "insufficient_balance", first_terms.id) == (
        waits.status,
        waits.method,
        waits.refusal.code if waits.refusal else None,
        out_id,
    )
    assert ["reversal", "b2c"] == [one.method for one in stage.world.transfers.handed_over]
    assert ["174379", PAYS_FROM] == [one.shortcode for one in stage.world.transfers.handed_over]
    assert (PaymentStatus.REFUNDED, 1_500) == (stage.of_payment.status, stage.of_payment.returned_kes)


def test_a_strangers_word_on_a_refused_reversal_is_asked_about_only_until_the_payout_went(stage: RefundStage) -> None:
    """Asked by the receipt, M-Pesa tells of the payment alone: for days that would settle nothing."""
    stage.world.transfers.answers.append(NO)
    out_id = stage.reversal()
    stage.approve(out_id)
    stage.work(out_id)
    stage.m_pesa_shows()
    stage.later(2)
    stage.work(out_id)
    stage.tell(out_id, paid_out_result(out_id, 2, 1_500), number=2)
    before = list(stage.questions)
    stage.tell(out_id, reversed_result(), listed=False)
    for _ in range(4):
        stage.later(20)
        stage.work(out_id)
    assert ("succeeded", None) == (stage.state(out_id).status, stage.record(out_id).due_at_ms)
    assert before == stage.questions


def test_a_reversal_that_was_asked_for_by_name_does_not_become_a_payout(stage: RefundStage) -> None:
    out_id = stage.refund(method="reversal").record.id
    stage.approve(out_id)
    stage.work(out_id)
    stage.tell(out_id, reversed_result(1))
    assert ("failed", 0) == (stage.work(out_id, times=2).status, stage.of_payment.reserved_kes)


def test_no_payout_follows_a_reversal_of_which_nobody_knows(stage: RefundStage) -> None:
    """The answer is lost, no result comes: M-Pesa is asked about the receipt, and then it is a person's."""
    stage.world.transfers.answers.append(LOST)
    out_id = stage.reversal()
    for _ in range(12):
        stage.later(3)
        stage.work(out_id)
    state = stage.state(out_id)

    assert ("unresolved", "", "", 1) == (state.status, state.terms, state.approved_terms, len(stage.handed_over))
    assert ([RECEIPT], 1_500) == (stage.asked_about, stage.of_payment.reserved_kes)


def test_what_m_pesa_says_of_the_payment_says_nothing_of_its_reversal(stage: RefundStage) -> None:
    """Asked by the receipt, it tells how the payment stands: that neither proves the refund nor ends it."""
    stage.world.transfers.answers.append(LOST)
    out_id = stage.reversal()
    for state in ("Completed", "Cancelled"):
        stage.tell_status(out_id, status_of_payment(state))
    told = stage.state(out_id)
    assert ("unknown", [], "") == (told.status, sorted(told.flags), told.terms)


def test_a_reversal_that_did_not_leave_waits_although_m_pesa_knows_the_payment(stage: RefundStage) -> None:
    """Its sender was slow, so M-Pesa was asked by the receipt; then the sender says that it sent nothing."""
    stage.world.transfers.answers.append(NotSent(NotSentReason.UNREACHABLE, retryable=False))
    out_id = stage.reversal()
    stage.tell_status(out_id, status_of_payment("Completed"))
    waits = stage.state(out_id)
    stage.later(5)
    assert ("approved", "accepted") == (waits.status, stage.work(out_id).status)


def status_of_payment(state: str) -> dict[str, object]:
    """M-Pesa's answer about the payment's receipt."""
    told = {"TransactionStatus": state, "ReceiptNo": RECEIPT, "Amount": 1_500.0}
    return {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "done",
        "OriginatorConversationID": "3213-416199-2",
        "ConversationID": "AG_20260302_9",
        "TransactionID": "SGL0000000",
        "ResultParameters": {"ResultParameter": [{"Key": k, "Value": v} for k, v in told.items()]},
    }


def test_a_result_after_a_lost_answer_counts(stage: RefundStage) -> None:
    """The acknowledgement that named its id never came; the result carries the tag of the only send."""
    stage.world.transfers.answers.append(LOST)
    out_id = stage.reversal()
    stage.tell(out_id, reversed_result())
    assert ("succeeded", 1_500) == (stage.work(out_id, times=2).status, stage.of_payment.returned_kes)


def test_m_pesas_list_ends_a_reversal_that_nobody_answered(stage: RefundStage) -> None:
    """M-Pesa takes a payment back once: the reversal in its list is this one. It is counted once, and as ours."""
    stage.world.transfers.answers.append(LOST)
    out_id = stage.reversal()
    stage.later(10)
    stage.keep(reversed_on_the_portal())
    stage.later(1)
    stage.look_at_payment()
    stage.work(out_id, times=3)

    assert ("succeeded", RETURN) == (stage.state(out_id).status, stage.state(out_id).receipt)
    assert (PaymentStatus.REFUNDED, 1_500, frozenset()) == (
        stage.of_payment.status,
        stage.of_payment.returned_kes,
        stage.of_payment.flags & {Flag.NEEDS_REVIEW, Flag.REVERSED_EXTERNALLY},
    )


def test_already_reversed_means_that_the_money_is_back(stage: RefundStage) -> None:
    """By a person at the portal: nothing else gives it back, and the payment says so."""
    out_id = stage.reversal()
    stage.tell(out_id, reversed_result("R000001"))
    done = stage.work(out_id, times=3)

    assert ("failed", "already_reversed", "") == (done.status, done.failure.code if done.failure else "", done.terms)
    assert (PaymentStatus.REFUNDED, 1_500, 0, True) == (
        stage.of_payment.status,
        stage.of_payment.returned_kes,
        stage.of_payment.reserved_kes,
        Flag.REVERSED_EXTERNALLY in stage.of_payment.flags,
    )


def test_already_reversed_and_then_named_by_the_list_counts_once(stage: RefundStage) -> None:
    out_id = stage.reversal()
    stage.tell(out_id, reversed_result("R000001"))
    stage.work(out_id, times=3)
    stage.keep(reversed_on_the_portal())
    assert 1_500 == stage.of_payment.returned_kes


def test_a_refund_whose_money_went_back_at_the_portal_is_withdrawn_before_it_goes(stage: RefundStage) -> None:
    out_id = stage.refund(500).record.id
    stage.approve(out_id)
    stage.keep(reversed_on_the_portal())
    stage.later(1)
    done = stage.work(out_id, times=3)

    assert ("rejected", []) == (done.status, stage.handed_over)
    assert (1_500, 0) == (stage.of_payment.returned_kes, stage.of_payment.reserved_kes)


def test_a_refund_that_nobody_approved_is_withdrawn_when_the_list_shows_its_reversal(stage: RefundStage) -> None:
    out_id = stage.refund().record.id
    stage.keep(reversed_on_the_portal())
    stage.later(10)
    stage.look_at_payment()
    assert "rejected" == stage.state(out_id).status


def test_money_that_goes_back_twice_asks_for_a_person(stage: RefundStage) -> None:
    """Paid out in part, and the whole reversed at the portal."""
    out_id = stage.refund(500).record.id
    stage.approve(out_id)
    stage.work(out_id)
    stage.m_pesa_shows()
    stage.later(2)
    stage.work(out_id)
    stage.tell(out_id, paid_out_result(out_id, 1, 500, receipt="SGM00PAYOT"))
    stage.work(out_id, times=2)
    stage.keep(reversed_on_the_portal())

    assert (2_000, True) == (stage.of_payment.returned_kes, Flag.NEEDS_REVIEW in stage.of_payment.flags)


# --- who dies on the way ------------------------------------------------------------------------------------------


def test_the_sweep_makes_the_item_of_whoever_died_after_taking_the_place(stage: RefundStage) -> None:
    wish = stage.wish()
    stage.fail_once("Outgoings.create_outgoing")
    with pytest.raises(StoreUnavailable):
        stage.refund()
    stage.later(3)
    stage.look_at_payment()

    assert ("awaiting_approval", 1_500) == (stage.state(wish.id).status, stage.record(wish.id).asked.amount_kes)


def test_the_same_request_makes_the_item_too(stage: RefundStage) -> None:
    stage.fail_once("Outgoings.create_outgoing")
    with pytest.raises(StoreUnavailable):
        stage.refund()
    assert (True, 1_500) == (stage.refund().created, stage.of_payment.reserved_kes)


def test_one_key_for_two_payments_names_one_refund(stage: RefundStage) -> None:
    first = stage.refund()
    again = stage.refund(payment_id="pay_" + "9" * 32)
    assert (False, first.record.id) == (again.created, again.record.id)


def test_one_key_for_two_payments_at_once_holds_money_in_one(stage: RefundStage) -> None:
    """The other request was faster between the two steps: the place that this one took is given back."""
    other = stage.another_payment()
    stage.meanwhile("Store.save_payment", lambda: stage.refund(payment_id=other))
    begun = stage.refund()

    assert (other, 0, 1) == (begun.record.asked.payment, stage.of_payment.reserved_kes, len(stage.of_payment.refunds))


def test_a_refunded_payment_has_nothing_left(stage: RefundStage) -> None:
    out_id = stage.reversal()
    stage.tell(out_id, reversed_result())
    stage.work(out_id, times=2)
    with pytest.raises(RefundRefused) as refused:
        stage.refund(key="r2")
    assert (RefundObjection.TOO_LARGE, 0) == (refused.value.why, refused.value.left_kes)
