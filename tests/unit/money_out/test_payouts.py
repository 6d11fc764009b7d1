"""A payout from the wish to the receipt, and every way in which that can go wrong."""

from __future__ import annotations

import pytest

from daraja.errors import MaybeSent, MaybeSentReason
from daraja.results import Unreadable
from gateway.domain.money_out.outgoing import OutgoingFlag, originator_conversation_id
from gateway.domain.money_out.policy import OutPolicy
from gateway.flows.money_out.decide import Approver, DecisionRefused, Objection
from gateway.flows.money_out.work import work_on_outgoing
from gateway.flows.strangers import Taken
from gateway.ports import QueueUnavailable, StoreUnavailable, run
from gateway.ports.money_out import TransferAnswer
from tests.memory_store import START_MS
from tests.unit.money_out.stage import BRENDA, NOT_KNOWN, Stage, failure, status_of, success

HOUR = 60


def die() -> None:
    """The process is gone."""
    raise SystemExit


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- the way it should go ---------------------------------------------------------------------------------------


def test_a_payout_goes_out_once_and_says_so(stage: Stage) -> None:
    """Asked, approved, handed over, told: one transfer, one receipt, nothing left to do."""
    out_id = stage.sent()
    told = stage.tell(out_id, success(out_id))
    done = stage.work(out_id)

    assert (Taken.KEPT, "succeeded", "SGL31QW9XY", "Amina W. O.") == (
        told,
        done.status,
        done.receipt,
        done.recipient_name,
    )
    assert [originator_conversation_id(out_id, 1)] == stage.handed_over
    assert (None, (250, 0)) == (stage.record(out_id).due_at_ms, stage.used_kes())


def test_what_is_handed_over_is_what_was_approved(stage: Stage) -> None:
    stage.sent()
    (transfer,) = stage.world.transfers.handed_over

    assert ("b2c", "BusinessPayment", "174379", "254722000111", 250) == (
        transfer.method,
        transfer.command,
        transfer.shortcode,
        transfer.recipient,
        transfer.amount_kes,
    )
    assert transfer.result_url.startswith(f"https://in.example/in/result/out/out{1:032x}/1/")
    assert transfer.timeout_url.startswith(f"https://in.example/in/timeout/out/out{1:032x}/1/")


def test_nothing_goes_out_before_somebody_agreed(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.later(1)
    assert ("awaiting_approval", []) == (stage.work(out_id, times=3).status, stage.handed_over)


def test_the_same_wish_twice_is_one_payout(stage: Stage) -> None:
    first, again = stage.begin(), stage.begin()
    assert (True, False, first.record.id) == (first.created, again.created, again.record.id)


def test_an_approval_has_it_looked_at_at_once(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.approve(out_id)
    assert [out_id] == [wanted for wanted, _ in stage.world.queues.checks]


def test_the_sweep_leaves_sending_to_a_run_of_its_own(stage: Stage) -> None:
    """So that no payer waits for it; and looks again in case that died."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.world.queues.checks.clear()
    swept = stage.sweep(out_id)

    assert ("approved", [], [out_id]) == (
        swept.status,
        stage.handed_over,
        [one for one, _ in stage.world.queues.checks],
    )
    assert START_MS + 120_000 == stage.record(out_id).due_at_ms


def test_a_small_one_needs_no_second_person_where_the_policy_says_so() -> None:
    stage = Stage(policy=OutPolicy(approve_above_kes=300))
    begun = stage.begin()
    assert ("approved", True) == (begun.state.status, begun.created)


def test_small_ones_to_one_recipient_count_together() -> None:
    """Else who wants to be paid unseen asks for little, often."""
    stage = Stage(policy=OutPolicy(approve_above_kes=500))
    states = [stage.begin(number).state.status for number in (1, 2, 3)]
    assert ["approved", "approved", "awaiting_approval"] == states


# --- who may agree ----------------------------------------------------------------------------------------------


def refusal(stage: Stage, out_id: str, person: Approver = BRENDA, terms: str = "") -> Objection:
    """Why this approval is not taken."""
    with pytest.raises(DecisionRefused) as refused:
        stage.approve(out_id, person, terms)
    return refused.value.why


def test_who_asked_for_it_cannot_agree_to_it(stage: Stage) -> None:
    out_id = stage.begin(maker=BRENDA.subject).record.id
    assert Objection.OWN == refusal(stage, out_id)
    assert {} == stage.record(out_id).facts


def test_an_approval_of_other_terms_is_none(stage: Stage) -> None:
    out_id = stage.begin().record.id
    assert Objection.OTHER_TERMS == refusal(stage, out_id, terms="0" * 16)
    assert {} == stage.record(out_id).facts


def test_what_was_rejected_cannot_be_approved(stage: Stage) -> None:
    out_id = stage.begin().record.id
    terms = stage.state(out_id).terms
    stage.reject(out_id)
    assert (Objection.NOT_WAITING, "rejected") == (refusal(stage, out_id, terms=terms), stage.state(out_id).status)


def test_what_was_approved_may_still_be_rejected_until_it_is_sent(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.reject(out_id)
    assert ("rejected", []) == (stage.work(out_id, times=2).status, stage.handed_over)


def test_what_was_sent_cannot_be_rejected(stage: Stage) -> None:
    out_id = stage.sent()
    with pytest.raises(DecisionRefused) as refused:
        stage.reject(out_id)
    assert Objection.NOT_WAITING == refused.value.why


def test_a_sign_in_of_long_ago_does_not_do(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.later(6)
    old = Approver("google|otieno", "Otieno", START_MS)
    with pytest.raises(DecisionRefused) as refused:
        stage.decide_as_signed_in(out_id, old)
    assert Objection.SIGN_IN_TOO_OLD == refused.value.why


def test_somebody_elses_payout_is_not_there(stage: Stage) -> None:
    out_id = stage.begin(owner="other").record.id
    assert Objection.UNKNOWN == refusal(stage, out_id, terms=stage.state(out_id).terms)


def test_the_same_approval_twice_is_one(stage: Stage) -> None:
    """A lost answer, a double click."""
    out_id = stage.begin().record.id
    terms = stage.state(out_id).terms
    first, again = stage.approve(out_id, terms=terms), stage.approve(out_id, terms=terms)
    assert (True, False, 1) == (first.changed, again.changed, len(again.state.approvals))


def test_nobody_agreed_within_three_days(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.later(72 * HOUR)
    terms = stage.state(out_id).terms
    assert ("lapsed", Objection.NOT_WAITING) == (stage.work(out_id).status, refusal(stage, out_id, terms=terms))


# --- answers that get lost --------------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_about_by_our_own_id_and_never_repeated(stage: Stage) -> None:
    stage.world.transfers.answers.append(MaybeSent(MaybeSentReason.READ_TIMEOUT))
    out_id = stage.sent()
    stage.later(1)
    waiting = stage.work(out_id)

    assert ("unknown", [originator_conversation_id(out_id, 1)]) == (waiting.status, stage.questions)
    assert Taken.KEPT == stage.tell_status(out_id, status_of(out_id))
    assert ("succeeded", 1) == (stage.work(out_id).status, len(stage.handed_over))


def test_an_id_that_was_seen_before_is_taken_and_asked_about(stage: Stage) -> None:
    stage.world.transfers.answers.append(TransferAnswer("", "", seen_before=True))
    out_id = stage.sent()
    assert ("unknown", 1) == (stage.work(out_id, times=3).status, len(stage.handed_over))


def test_a_sender_that_dies_after_its_beginning_has_perhaps_sent(stage: Stage) -> None:
    """So it is asked about, and what another approval hands over again has the same id."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.meanwhile("Store.save_pace", lambda: stage.meanwhile("Outgoings.save_outgoing", die))
    with pytest.raises(SystemExit):
        stage.work(out_id)
    stage.later(1)
    silent = stage.work(out_id).status
    stage.tell_status(out_id, NOT_KNOWN)
    stage.later(12)
    stage.tell_status(out_id, NOT_KNOWN)
    known = stage.state(out_id)
    stage.approve(out_id)
    stage.work(out_id, times=2)

    assert ("unknown", {OutgoingFlag.MAY_BE_SENT_AGAIN}) == (silent, set(known.flags))
    assert [originator_conversation_id(out_id, 1)] == stage.handed_over
    assert "accepted" == stage.state(out_id).status


def test_what_m_pesa_does_not_know_is_not_sent_again_without_another_approval(stage: Stage) -> None:
    stage.world.transfers.answers.append(MaybeSent(MaybeSentReason.CONNECTION_CUT))
    out_id = stage.sent()
    for _ in range(6):
        stage.later(6)
        stage.tell_status(out_id, NOT_KNOWN)
        stage.work(out_id)
    assert ("unresolved", 1) == (stage.state(out_id).status, len(stage.handed_over))


def test_a_day_later_it_is_not_sent_again_even_with_an_approval(stage: Stage) -> None:
    """So long M-Pesa surely knows a repetition, and no longer."""
    stage.world.transfers.answers.append(MaybeSent(MaybeSentReason.CONNECTION_CUT))
    out_id = stage.sent()
    stage.later(1)
    stage.tell_status(out_id, NOT_KNOWN)
    stage.later(12)
    stage.tell_status(out_id, NOT_KNOWN)
    stage.later(24 * HOUR)
    stage.approve(out_id)
    assert ("unresolved", 1) == (stage.work(out_id, times=4).status, len(stage.handed_over))


def test_an_answer_that_the_table_does_not_take_waits_in_the_queue(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.approve(out_id)
    away = StoreUnavailable("away")
    stage.meanwhile("Transfers.hand_over", lambda: stage.world.fail_next["Outgoings.save_outgoing"].append(away))
    stage.work(out_id)
    assert ("sending", 1) == (stage.state(out_id).status, len(stage.world.queues.retries))


def test_a_look_at_what_is_not_there_does_nothing(stage: Stage) -> None:
    """A table that was restored may lack what a queue still names."""
    run(work_on_outgoing(f"out_{9:032x}", stage.settings), stage.world)
    assert ([], {}) == (stage.handed_over, stage.world.outgoings.outgoings)


def test_a_look_that_cannot_be_queued_is_left_to_the_sweep(stage: Stage) -> None:
    out_id = stage.begin().record.id
    stage.world.fail_next["Queues.send_check"].append(QueueUnavailable("away"))
    stage.approve(out_id)
    assert ("approved", START_MS) == (stage.state(out_id).status, stage.record(out_id).due_at_ms)


# --- results ----------------------------------------------------------------------------------------------------


def test_a_result_before_the_answer_counts(stage: Stage) -> None:
    """M-Pesa is faster than Daraja's own acknowledgement."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.meanwhile("Transfers.hand_over", lambda: stage.tell(out_id, success(out_id)))
    assert ("succeeded", 1) == (stage.work(out_id).status, len(stage.handed_over))


def test_a_result_told_twice_is_one(stage: Stage) -> None:
    out_id = stage.sent()
    assert [Taken.KEPT, Taken.KNOWN] == [stage.tell(out_id, success(out_id)) for _ in range(2)]


def test_a_time_out_in_the_queue_is_no_failure(stage: Stage) -> None:
    """The result may follow, and does."""
    out_id = stage.sent()
    stage.tell_timeout(out_id)
    waiting = stage.state(out_id).status
    stage.tell(out_id, success(out_id))
    assert ("accepted", "succeeded") == (waiting, stage.state(out_id).status)


def test_too_little_money_fails_it_and_gives_its_place_back(stage: Stage) -> None:
    out_id = stage.sent()
    stage.tell(out_id, failure(out_id))
    failed = stage.work(out_id)
    assert ("failed", "insufficient_balance", (0, 0)) == (
        failed.status,
        failed.failure and failed.failure.code,
        stage.used_kes(),
    )


def test_a_result_from_elsewhere_proves_nothing(stage: Stage) -> None:
    """It is kept, and M-Pesa is asked."""
    out_id = stage.sent()
    assert Taken.KEPT == stage.tell(out_id, success(out_id), listed=False)
    stage.later(1)
    stage.work(out_id)
    assert ("accepted", 1) == (stage.state(out_id).status, len(stage.questions))


@pytest.mark.parametrize(
    "changed", [{"TransactionAmount": 251}, {"TransactionReceipt": ""}, {"TransactionAmount": "25O"}]
)
def test_a_result_that_does_not_fit_pays_nothing(stage: Stage, changed: dict[str, object]) -> None:
    out_id = stage.sent()
    stage.tell(out_id, success(out_id, **changed))
    assert ("accepted", True) == (
        stage.state(out_id).status,
        OutgoingFlag.NEEDS_REVIEW in stage.state(out_id).flags,
    )


def test_an_unreadable_result_is_known_to_the_payout_and_handed_back(stage: Stage) -> None:
    out_id = stage.sent()
    body = success(out_id) | {"ResultCode": None}
    with pytest.raises(Unreadable):
        stage.tell(out_id, body)
    assert {OutgoingFlag.NEEDS_REVIEW} == stage.state(out_id).flags


def test_a_result_with_two_receipts_is_known_to_the_payout_and_handed_back(stage: Stage) -> None:
    out_id = stage.sent()
    body = success(out_id) | {"TransactionID": "TKJ0000009"}
    with pytest.raises(Unreadable):
        stage.tell(out_id, body)
    assert {OutgoingFlag.NEEDS_REVIEW} == stage.state(out_id).flags


def test_a_result_of_no_payout_of_ours_is_nobodys(stage: Stage) -> None:
    assert None is stage.tell("out_" + "9" * 32, success("out_" + "9" * 32))


def test_a_message_that_is_not_the_last_word_ends_nothing(stage: Stage) -> None:
    out_id = stage.sent()
    stage.tell(out_id, success(out_id) | {"ResultType": 1})
    assert "accepted" == stage.state(out_id).status


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("succeeded", "Completed"),
        ("failed", "Declined"),
        ("failed", "Cancelled"),
        ("accepted", "Initiated"),
        ("accepted", "Something new"),
    ],
)
def test_what_a_question_finds_decides(stage: Stage, expected: str, told: str) -> None:
    out_id = stage.sent()
    stage.tell_status(out_id, status_of(out_id, told))
    assert expected == stage.state(out_id).status


def test_a_time_out_of_a_question_is_no_answer(stage: Stage) -> None:
    out_id = stage.sent()
    before = stage.record(out_id)
    assert Taken.KNOWN == stage.tell_status(out_id, NOT_KNOWN, timed_out=True)
    assert before == stage.record(out_id)
