"""L10, L11, L14: money that goes out, against two workers of one payout, a talkative stranger and a late success."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from daraja.errors import DarajaError, MaybeSent, MaybeSentReason
from daraja.results import Unreadable
from gateway.domain.money_out.evidence import SENT_AGAIN_WITHIN_MS
from gateway.domain.money_out.facts import StatusFound
from gateway.domain.money_out.limits import day_limit_name, recipient_limit_name
from gateway.domain.money_out.policy import OutPolicy
from gateway.domain.policy import DAY_MS, HOUR_MS
from gateway.flows.money_out.decide import DecisionRefused, approve, reject
from gateway.flows.money_out.work import work_on_outgoing
from gateway.flows.outgoing_shown import MESSAGES, outgoing_shown
from gateway.flows.strangers import Taken
from gateway.ports import Call, PortError, StoreUnavailable, run
from gateway.security import phone_key
from tests import outgoing_samples as told
from tests.memory_store import KEYS, MemoryWorld
from tests.unit.money_out.stage import BRENDA, DAY, NOT_KNOWN, Stage, failure, status_of, success

OTHER_PHONE = "254733000222"
TO_MIDNIGHT_MINUTES = 13 * 60


class Worker:
    """A process that can be stopped between two calls."""

    def __init__(self, flow: Generator[Call, Any, Any], world: MemoryWorld) -> None:
        self._flow, self._world = flow, world
        self._next: Call | None = next(flow)

    def goes_on_until(self, boundary: str, times: int = 1) -> None:
        """Up to directly after so many of these calls."""
        while times:
            times -= self._step() == boundary

    def goes_on_by(self, steps: int) -> None:
        """So many calls further, or to the end."""
        while steps and self._next is not None:
            self._step()
            steps -= 1

    def goes_on_to_the_end(self) -> None:
        """Whatever is left; what it raises is raised here."""
        while self._next is not None:
            self._step()

    def _step(self) -> str:
        assert self._next is not None
        call = self._next
        try:
            self._next = self._told(call)
        except StopIteration:
            self._next = None
        return call.boundary

    def _told(self, call: Call) -> Call:
        """The flow's next call, after it heard what came of this one."""
        try:
            answer = self._world.perform(call)
        except (PortError, DarajaError) as error:
            return self._flow.throw(error)
        return self._flow.send(answer)


def worker(stage: Stage, out_id: str) -> Worker:
    """Somebody who does what is due of this payout."""
    return Worker(work_on_outgoing(out_id, stage.settings), stage.world)


def approved(stage: Stage, number: int = 1, **changed: Any) -> str:
    """A payout that may go."""
    out_id = stage.begin(number, **changed).record.id
    stage.approve(out_id)
    return out_id


def recipients_limit(phone: str, day: str = DAY) -> str:
    """The name of this recipient's limit."""
    return recipient_limit_name("shop", day, phone_key(KEYS.phone, phone))


# --- caps -------------------------------------------------------------------------------------------------------


def test_law_10_a_worker_that_finds_the_day_used_up_takes_no_place_from_one_that_sends() -> None:
    """Room comes back between the two, so the second one sends; the recipient's limit counts it all the same."""
    stage = Stage(policy=OutPolicy(day_kes=1_000, recipient_kes=800))
    big = stage.sent(9, amount_kes=800, phone=OTHER_PHONE)
    out_id = approved(stage)
    slow = worker(stage, out_id)
    slow.goes_on_until("Outgoings.read_limit", times=2)
    stage.tell(big, failure(big))
    stage.work(big)
    stage.work(out_id)
    slow.goes_on_to_the_end()

    assert ("accepted", (0, 250)) == (
        stage.state(out_id).status,
        stage.used_kes(recipients_limit(told.PHONE)),
    )


def test_law_10_a_policy_that_lets_more_go_than_a_recipient_may_get_stays_within_that() -> None:
    """Two settings that contradict each other: the lower one holds."""
    stage = Stage(policy=OutPolicy(approve_above_kes=1_000, recipient_kes=300))
    first, second = (stage.begin(number).record.id for number in (1, 2))
    for out_id in (first, second):
        stage.work(out_id)
    assert ("accepted", "awaiting_approval") == (stage.state(first).status, stage.state(second).status)
    stage.approve(second)
    assert ("limit", 1) == (stage.work(second).waiting_for, len(stage.handed_over))


def over_midnight(steps: int) -> tuple[int, int, int]:
    """One waits for its turn over midnight; the other gets so far in moving it to the new day before the first goes on.

    How often it was handed over, and what its day's and its recipient's limit count as on the way.
    """
    stage = Stage()
    out_id = approved(stage)
    sender = worker(stage, out_id)
    sender.goes_on_until("Store.save_pace")
    stage.later(TO_MIDNIGHT_MINUTES)
    mover = worker(stage, out_id)
    mover.goes_on_by(steps)
    sender.goes_on_to_the_end()
    with suppress(StoreUnavailable):
        mover.goes_on_to_the_end()
    day = stage.record(out_id).limit_day
    (_, of_day), (_, of_recipient) = (
        stage.used_kes(name) for name in (day_limit_name("shop", day), recipients_limit(told.PHONE, day))
    )
    return len(stage.handed_over), of_day, of_recipient


def test_law_10_whoever_sends_over_midnight_counts_in_the_limits_of_its_day() -> None:
    """Wherever the other worker stands when the first one goes on."""
    assert {(1, 250, 250)} == {over_midnight(steps) for steps in range(30)}


def it_goes_and_is_told(stage: Stage, out_id: str) -> None:
    stage.work(out_id)
    stage.tell(out_id, success(out_id))
    stage.work(out_id)


def a_person_rejects_it(stage: Stage, out_id: str) -> None:
    with suppress(DecisionRefused):
        stage.reject(out_id)
    stage.work(out_id)


def overtaken(steps: int, end: Callable[[Stage, str], None]) -> tuple[int, str, int]:
    """A worker stands still after so many steps while others bring the payout to its end; then it goes on.

    How often it was handed over, how it stands, and how many places limits hold for it.
    """
    stage = Stage()
    out_id = approved(stage)
    slow = worker(stage, out_id)
    slow.goes_on_by(steps)
    end(stage, out_id)
    with suppress(StoreUnavailable):
        slow.goes_on_to_the_end()
    stage.work(out_id, times=4)
    places = sum(len(limit.in_flight) for limit in stage.world.outgoings.limits.values())
    return len(stage.handed_over), stage.state(out_id).status, places


def test_law_10_a_worker_whom_the_end_overtakes_leaves_no_place_behind() -> None:
    """Wherever it stands, and whether another has sent the payout or a person rejected it."""
    assert {(1, "succeeded", 0)} == {overtaken(steps, it_goes_and_is_told) for steps in range(40)}
    assert {(0, "rejected", 0), (1, "accepted", 2)} == {overtaken(steps, a_person_rejects_it) for steps in range(40)}


def test_law_10_a_success_after_a_failure_counts_on_its_day() -> None:
    """M-Pesa said no, the place was given back, and then its own books show the money: it went."""
    stage = Stage()
    out_id = stage.sent()
    stage.tell(out_id, failure(out_id))
    stage.work(out_id)
    given_back = stage.used_kes()
    stage.tell_status(out_id, status_of(out_id))
    stage.work(out_id, times=4)

    assert ((0, 0), "succeeded") == (given_back, stage.state(out_id).status)
    assert ((250, 0), (250, 0)) == (stage.used_kes(), stage.used_kes(recipients_limit(told.PHONE)))
    assert None is stage.record(out_id).due_at_ms


# --- sent again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", [StatusFound.UNCLEAR, StatusFound.PENDING])
def test_law_10_one_no_and_an_answer_that_says_nothing_are_not_ten_minutes_of_noes(between: StatusFound) -> None:
    """Only M-Pesa's own "there is no such transfer", twice and more than ten minutes apart, lets it be sent again."""
    facts = (told.approved(), told.begun(), told.lost(), told.status(StatusFound.NOT_FOUND, 60))
    state = told.state(*facts, told.status(between, 900))
    assert ("", frozenset()) == (state.terms, state.flags)


def test_law_10_an_unclear_answer_between_two_noes_breaks_their_row() -> None:
    facts = (told.approved(), told.begun(), told.lost(), told.status(StatusFound.NOT_FOUND, 60))
    later = (told.status(StatusFound.UNCLEAR, 400), told.status(StatusFound.NOT_FOUND, 900))
    broken = told.state(*facts, *later)
    whole = told.state(*facts, *later, told.status(StatusFound.NOT_FOUND, 1_600))
    assert ("", told.terms(2)) == (broken.terms, whole.terms)


def test_law_10_the_last_hand_over_ends_well_within_the_day() -> None:
    """M-Pesa knows a repetition for a day: the longest send, and clocks that differ, must fit into the rest."""
    policy = OutPolicy()
    longest_ms = policy.send_window_ms + policy.answer_ms_max
    assert SENT_AGAIN_WITHIN_MS + longest_ms <= DAY_MS - HOUR_MS // 2


def test_law_10_three_workers_at_once_hand_over_once() -> None:
    """The sweep's, the queue's, and the queue's again; the answer of the first one is lost."""
    stage = Stage()
    stage.world.transfers.answers.append(MaybeSent(MaybeSentReason.READ_TIMEOUT))
    out_id = approved(stage)
    workers = [worker(stage, out_id) for _ in range(3)]
    for one in workers:
        one.goes_on_until("Store.save_pace")
    for one in workers:
        one.goes_on_to_the_end()
    assert ("unknown", 1) == (stage.state(out_id).status, len(stage.handed_over))


# --- strangers --------------------------------------------------------------------------------------------------


def test_law_14_who_got_hold_of_an_address_fills_no_payouts_item() -> None:
    """However much is delivered there, a few doubts are kept, and M-Pesa's own word still gets in."""
    stage = Stage()
    out_id = stage.sent()
    for number in range(40):
        stage.tell(out_id, success(out_id, TransactionReceipt=f"SGX{number:07d}"), listed=False)
        stage.tell_status(out_id, NOT_KNOWN | {"ResultDesc": "x", "ResultCode": 5_000 + number}, listed=False)
    kept = len(stage.record(out_id).facts)
    assert Taken.KEPT == stage.tell(out_id, success(out_id))
    assert ("succeeded", True) == (stage.state(out_id).status, kept < 20)


def test_law_14_unreadable_bytes_fill_no_payouts_item() -> None:
    stage = Stage()
    out_id = stage.sent()
    for number in range(40):
        with pytest.raises(Unreadable):
            stage.tell(out_id, success(out_id) | {"ResultCode": None, "ResultDesc": str(number)})
    assert len(stage.record(out_id).facts) < 20


# --- what goes out to others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("decides", [approve, reject])
def test_law_15_a_number_in_a_note_is_masked_before_it_is_kept(decides: Any) -> None:
    """Events and webhooks carry the note."""
    stage = Stage()
    out_id = stage.begin().record.id
    terms = stage.state(out_id).terms
    run(decides(out_id, "shop", BRENDA, terms, "he called from 0712 345 678", stage.settings), stage.world)
    note = outgoing_shown(stage.record(out_id), stage.state(out_id))["approvals"][0]["note"]
    assert ("he called from", False) == (note[:14], "345" in note)


def test_a_failure_that_only_a_newer_release_knows_is_told_all_the_same() -> None:
    """Else one such payout would hold up the stream of all."""
    facts = (told.approved(), told.begun(), replace(told.refused(), cause="moon_in_the_way"))
    shown = outgoing_shown(told.record(*facts), told.state(*facts))
    assert ("moon_in_the_way", MESSAGES["mpesa_declined"]) == (shown["failure"]["code"], shown["failure"]["message"])
