"""What an approved payout waits for, and what happens when two do something to it at once."""

from __future__ import annotations

import pytest

from daraja.errors import NotSent, NotSentReason, RefusalCause, Refused, TokenRejected
from gateway.domain.money_out.due import held_until_ms
from gateway.domain.money_out.facts import Hold
from gateway.domain.money_out.policy import OutPolicy
from gateway.domain.policy import MINUTE_MS
from gateway.flows.money_out.decide import Approver, DecisionRefused, Objection
from tests.memory_store import START_MS
from tests.unit.money_out.stage import BRENDA, Stage, failure, status_of, success

HOUR = 60


def die() -> None:
    """The process is gone."""
    raise SystemExit


@pytest.fixture
def stage() -> Stage:
    return Stage()


def refusal(stage: Stage, out_id: str, person: Approver = BRENDA, terms: str = "") -> Objection:
    """Why this approval is not taken."""
    with pytest.raises(DecisionRefused) as refused:
        stage.approve(out_id, person, terms)
    return refused.value.why


# --- what it waits for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "times"), [(1, 0), (2, 1), (5, 2), (10, 3), (30, 4), (60, 5), (60, 6), (60, 500)])
def test_what_is_held_is_looked_at_again_after_pauses_that_grow_to_an_hour(minutes: int, times: int) -> None:
    """So that one without a float costs little, and goes within the hour in which there is some."""
    assert START_MS + minutes * MINUTE_MS == held_until_ms(times, START_MS)


def test_a_wrong_password_stops_everything_that_would_be_sent_after_it(stage: Stage) -> None:
    """The first one fails; the second is not even tried, and says what it waits for."""
    first = stage.sent(1)
    stage.tell(first, failure(first, 2001) | {"ResultDesc": "The initiator information is invalid."})
    second = stage.begin(2).record.id
    stage.approve(second)
    waiting = stage.work(second)

    failed = stage.state(first)
    assert ("failed", "initiator_invalid") == (failed.status, failed.failure and failed.failure.code)
    assert ("approved", Hold.CREDENTIAL, 1) == (waiting.status, waiting.waiting_for, len(stage.handed_over))


def test_daraja_refusing_the_operator_stops_everything_too(stage: Stage) -> None:
    stage.world.transfers.answers.append(
        Refused("500.001.1001", "The initiator information is invalid.", RefusalCause.INITIATOR)
    )
    first = stage.sent(1)
    second = stage.begin(2).record.id
    stage.approve(second)
    assert ("failed", Hold.CREDENTIAL) == (stage.state(first).status, stage.work(second).waiting_for)


def test_a_recipient_that_daraja_refuses_at_once_has_no_m_pesa(stage: Stage) -> None:
    refusal = Refused("400.002.02", "Bad Request - Invalid PartyB", RefusalCause.RECIPIENT)
    stage.world.transfers.answers.append(refusal)
    failure = stage.state(stage.sent()).failure
    assert "recipient_not_on_mpesa" == (failure and failure.code)


def test_without_a_credential_it_waits(stage: Stage) -> None:
    out_id = stage.begin(shortcode="600000").record.id
    stage.approve(out_id)
    assert Hold.CREDENTIAL == stage.work(out_id).waiting_for


def test_the_days_limit_holds_what_goes_beyond_it_until_tomorrow() -> None:
    stage = Stage(policy=OutPolicy(day_kes=600, recipient_kes=600))
    ids = [stage.begin(number, phone=f"25472200011{number}").record.id for number in (1, 2, 3)]
    for out_id in ids:
        stage.approve(out_id)
        stage.work(out_id)
    held = stage.state(ids[2])
    stage.later(24 * HOUR)
    sent = stage.work(ids[2])

    assert ("approved", Hold.LIMIT) == (held.status, held.waiting_for)
    assert ("accepted", (0, 500), (0, 250)) == (
        sent.status,
        stage.used_kes(),
        stage.used_kes("shop#2026-03-03"),
    )


def test_the_recipients_limit_holds_too() -> None:
    stage = Stage(policy=OutPolicy(recipient_kes=400))
    stage.sent(1)
    second = stage.begin(2).record.id
    stage.approve(second)
    assert (Hold.LIMIT, (0, 250)) == (stage.work(second).waiting_for, stage.used_kes())


def test_one_that_failed_gives_room_to_another() -> None:
    stage = Stage(policy=OutPolicy(day_kes=400))
    first = stage.sent(1)
    stage.tell(first, failure(first))
    stage.work(first)
    assert "accepted" == stage.state(stage.sent(2)).status


def test_fifty_approved_at_once_stay_within_the_limit() -> None:
    stage = Stage(policy=OutPolicy(day_kes=2_600, recipient_kes=10_000, per_minute=60_000))
    ids = [stage.begin(number).record.id for number in range(1, 51)]
    for out_id in ids:
        stage.approve(out_id)
    for out_id in ids:
        stage.work(out_id)
    assert (10, (0, 2_500)) == (len(stage.handed_over), stage.used_kes())


def test_too_small_a_float_holds_it(stage: Stage) -> None:
    stage.float_holds(249)
    out_id = stage.begin().record.id
    stage.approve(out_id)
    waiting = stage.work(out_id)
    stage.float_holds(250)
    stage.later(2)
    assert (Hold.FLOAT, "accepted") == (waiting.waiting_for, stage.work(out_id).status)


def test_m_pesa_out_of_reach_sends_later_under_the_same_id(stage: Stage) -> None:
    gone = NotSent(NotSentReason.UNREACHABLE, retryable=False)
    stage.world.transfers.answers.append(gone)
    out_id = stage.sent()
    waiting = stage.state(out_id)
    stage.later(5)
    sent = stage.work(out_id)
    assert ("approved", Hold.MPESA, "accepted") == (waiting.status, waiting.waiting_for, sent.status)
    assert 1 == len(set(stage.handed_over))


def test_each_send_has_a_number_of_its_own(stage: Stage) -> None:
    """Whose answers come to its own address: two that did not leave, and the one that went."""
    stage.world.transfers.answers += [NotSent(NotSentReason.UNREACHABLE, retryable=False)] * 2
    out_id = stage.sent()
    for _ in range(2):
        stage.later(10)
        stage.work(out_id)
    assert [(1, "approved"), (2, "approved"), (3, "accepted")] == [
        (one.number, one.status) for one in stage.state(out_id).attempts
    ]


def test_what_waits_too_long_lapses_and_gives_its_place_back(stage: Stage) -> None:
    stage.world.transfers.answers.append(NotSent(NotSentReason.UNREACHABLE, retryable=False))
    out_id = stage.sent()
    stage.later(72 * HOUR)
    for _ in range(3):
        stage.work(out_id)
    assert ("lapsed", (0, 0), 1) == (stage.state(out_id).status, stage.used_kes(), len(stage.handed_over))


def test_sends_keep_their_distance(stage: Stage) -> None:
    """Ten a minute: the second waits six seconds, which is longer than anybody waits here."""
    stage.policy = OutPolicy(per_minute=10)
    stage.sent(1)
    second = stage.begin(2).record.id
    stage.approve(second)
    waiting = stage.work(second)
    stage.later(0.1)
    assert (Hold.PACE, "accepted") == (waiting.waiting_for, stage.work(second).status)


def test_a_turn_that_comes_soon_is_waited_for_and_each_has_its_own(stage: Stage) -> None:
    """Sixty a minute: the second goes a second after the first, the third a second after that."""
    for number in (1, 2, 3):
        stage.sent(number)
    assert [0, 1_000, 2_000] == [one.send_before_ms - START_MS - 8_000 for one in stage.world.transfers.handed_over]


def test_what_is_held_again_and_again_is_looked_at_less_often(stage: Stage) -> None:
    out_id = stage.begin(shortcode="600000").record.id
    stage.approve(out_id)
    pauses = []
    for _ in range(3):
        stage.work(out_id)
        pauses.append(stage.record(out_id).held_until_ms - stage.world.ambient.at_ms)
        stage.later(pauses[-1] / MINUTE_MS)
    assert [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS] == pauses


def test_a_strangers_answer_about_the_operator_stops_nothing(stage: Stage) -> None:
    """Else who got hold of one address could stop every payout."""
    wrong = {"ResultCode": 2001, "ResultDesc": "The initiator information is invalid."}
    first = stage.sent(1)
    stage.tell_status(first, status_of(first) | wrong, listed=False)
    assert "accepted" == stage.state(stage.sent(2)).status


def test_a_token_that_was_killed_is_replaced_and_the_payout_goes(stage: Stage) -> None:
    stage.world.transfers.answers.append(TokenRejected())
    out_id = stage.sent()
    assert ("accepted", 2, 1) == (stage.state(out_id).status, stage.world.daraja.tokens, len(set(stage.handed_over)))


def test_two_killed_tokens_leave_it_unsent(stage: Stage) -> None:
    """Somebody else uses the same consumer key: nothing left, and it says what it waits for."""
    stage.world.transfers.answers += [TokenRejected(), TokenRejected()]
    out_id = stage.sent()
    assert ("approved", Hold.CREDENTIAL) == (stage.state(out_id).status, stage.state(out_id).waiting_for)


def test_a_refusal_that_is_worth_a_second_try_gets_one(stage: Stage) -> None:
    """Spike arrest: within the time that the sender has."""
    stage.world.transfers.answers.append(NotSent(NotSentReason.RATE_LIMITED, retryable=True))
    assert ("accepted", 2) == (stage.state(stage.sent()).status, len(stage.handed_over))
    assert START_MS < stage.world.ambient.at_ms


def test_nobody_sends_after_the_time_that_the_sender_gave_itself(stage: Stage) -> None:
    """The token took too long: the sweep may judge the sender by then, so it sends nothing."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.meanwhile("Secrets.write_token", lambda: stage.later(1))
    assert ("approved", []) == (stage.work(out_id).status, stage.handed_over)


def test_no_question_is_asked_in_the_name_of_a_stopped_operator(stage: Stage) -> None:
    first = stage.sent(1)
    second = stage.sent(2)
    stage.tell(first, failure(first, 2001) | {"ResultDesc": "The initiator information is invalid."})
    stage.later(3)
    stage.work(second)
    assert ([], True) == (stage.questions, "status_not_asked" in [name for name, _ in stage.world.ambient.reports])


# --- two at once ------------------------------------------------------------------------------------------------


def test_two_senders_hand_it_over_once(stage: Stage) -> None:
    """The second one begins while the first is about to write its beginning."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.meanwhile("Store.save_pace", lambda: stage.work(out_id))
    stage.work(out_id)
    assert 1 == len(stage.handed_over)


def held(stage: Stage) -> list[str]:
    """The limits that hold a place."""
    return [name for name, limit in stage.world.outgoings.limits.items() if limit.in_flight]


def test_a_slow_sender_takes_no_place_for_what_went_and_was_counted_meanwhile(stage: Stage) -> None:
    """Nobody would ever end that place, and the day would have less room."""
    out_id = stage.begin().record.id
    stage.approve(out_id)

    def another_sends_it() -> None:
        stage.work(out_id)
        stage.tell(out_id, success(out_id))
        stage.work(out_id)

    stage.meanwhile("Outgoings.read_limit", another_sends_it)
    stage.work(out_id)
    assert ("succeeded", [], (250, 0)) == (stage.state(out_id).status, held(stage), stage.used_kes())


def test_a_slow_sender_takes_no_place_for_what_was_rejected_before_anybody_had_one(stage: Stage) -> None:
    """Its end finds no place to give back, and is written all the same: the sender's write is lost."""
    out_id = stage.begin().record.id
    stage.approve(out_id)

    def a_person_rejects_it() -> None:
        stage.reject(out_id)
        stage.work(out_id)

    stage.meanwhile("Outgoings.read_limit", lambda: stage.meanwhile("Outgoings.read_outgoing", a_person_rejects_it))
    stage.work(out_id)
    assert ("rejected", True, []) == (stage.state(out_id).status, stage.record(out_id).limits_closed, held(stage))


def test_an_approval_and_a_rejection_at_once_are_one_of_the_two(stage: Stage) -> None:
    out_id = stage.begin().record.id
    terms = stage.state(out_id).terms
    stage.meanwhile("Outgoings.read_outgoing", lambda: stage.reject(out_id))
    assert Objection.NOT_WAITING == refusal(stage, out_id, terms=terms)
    assert ("rejected", []) == (stage.work(out_id).status, stage.handed_over)


def test_a_rejection_between_the_senders_two_looks_is_heeded(stage: Stage) -> None:
    """The sender saw an approval that stood; when it begins, it stands no more."""
    out_id = stage.begin().record.id
    stage.approve(out_id)
    stage.meanwhile("Outgoings.read_outgoing", lambda: stage.reject(out_id))
    assert ("rejected", []) == (stage.work(out_id).status, stage.handed_over)


def test_two_approvals_at_once_send_once(stage: Stage) -> None:
    out_id = stage.begin().record.id
    terms = stage.state(out_id).terms
    other = Approver("google|otieno", "Otieno", START_MS)
    stage.meanwhile("Outgoings.read_outgoing", lambda: stage.approve(out_id, other, terms))
    assert Objection.NOT_WAITING == refusal(stage, out_id, terms=terms)
    assert ("accepted", 1) == (stage.work(out_id).status, len(stage.handed_over))
