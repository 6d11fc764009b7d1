"""What follows from the facts about a payout: one row for each story."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.fact import Fact
from gateway.domain.money_out.due import OutStepKind, next_out_step
from gateway.domain.money_out.facts import Hold, OutDeadline, StatusFound
from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.money_out.outgoing import OutgoingStatus, originator_conversation_id, terms_of
from gateway.domain.money_out.policy import OutPolicy
from gateway.domain.payment import Asks, Failure
from tests import outgoing_samples as told

SENT = (told.approved(), told.begun())
TAKEN = (*SENT, told.accepted())
LOST = (*SENT, told.lost())
GIVEN_UP = told.passed(OutDeadline.ANSWER)

STORIES: dict[str, tuple[str, tuple[Fact, ...]]] = {
    "nobody decided": ("awaiting_approval", ()),
    "approved": ("approved", (told.approved(),)),
    "approved by policy": ("approved", (told.by_policy(),)),
    "rejected": ("rejected", (told.rejected(),)),
    "rejected and approved at once": ("rejected", (told.rejected(), told.approved())),
    "approved with other terms": ("awaiting_approval", (told.approved(terms="0" * 16),)),
    "nobody approved in time": ("lapsed", (told.lapsed(),)),
    "approved, but nothing could be sent in time": ("lapsed", (told.approved(), told.lapsed())),
    "being sent": ("sending", SENT),
    "nothing left": ("approved", (*SENT, told.not_sent())),
    "nothing left, then sent again": ("sending", (*SENT, told.not_sent(), told.begun(2, 90))),
    "nothing left in time": ("lapsed", (*SENT, told.not_sent(), told.lapsed())),
    "said not to have left, but M-Pesa knows it": ("unknown", (*SENT, told.not_sent(), told.timed_out())),
    "queued": ("accepted", TAKEN),
    "answer lost": ("unknown", LOST),
    "seen before": ("unknown", (*SENT, told.taken())),
    "sender silent": ("unknown", (*SENT, told.passed(OutDeadline.SEND_WINDOW))),
    "not taken from the queue in time": ("unknown", (*SENT, told.lost(), told.timed_out())),
    "taken, not taken from the queue in time": ("accepted", (*TAKEN, told.timed_out())),
    "refused by Daraja": ("failed", (*SENT, told.refused())),
    "refused by Daraja after one that was lost": (
        "unknown",
        (*LOST, *told.not_found_for_long(), told.approved(800, round_=2), told.begun(2, 810, 2), told.refused(2, 811)),
    ),
    "nobody told": ("unresolved", (*TAKEN, GIVEN_UP)),
    "time is up, and a lapse is nothing to money that may have gone": ("unresolved", (*LOST, GIVEN_UP, told.lapsed())),
    "done": ("succeeded", (*TAKEN, told.result())),
    "done, result before the answer": ("succeeded", (*SENT, told.result())),
    "done, answer lost": ("succeeded", (*LOST, told.result())),
    "done, though it timed out in the queue": ("succeeded", (*TAKEN, told.timed_out(), told.result(second=95))),
    "done, though nobody told for long": ("succeeded", (*TAKEN, GIVEN_UP, told.result(second=2_000))),
    "done, by status alone": ("succeeded", (*LOST, told.status())),
    "done, by the statement alone": ("succeeded", (*LOST, GIVEN_UP, told.seen())),
    "done, M-Pesa's own id alone": ("succeeded", (*TAKEN, told.result(originator_conversation_id="5118-111210482-1"))),
    "done, and failed": ("succeeded", (*TAKEN, told.result(), told.result("1", 40))),
    "done after it was restored without its beginning": ("succeeded", (told.approved(), told.result())),
    "failed": ("failed", (*TAKEN, told.result("1"))),
    "failed by status": ("failed", (*LOST, told.status(StatusFound.ENDED))),
    "code on no list": ("accepted", (*TAKEN, told.result("4711"))),
    "code that is not final": ("accepted", (*TAKEN, told.result("17"))),
    "duplicate, as a result": ("accepted", (*TAKEN, told.result("15"))),
    "failure from an unlisted address": ("accepted", (*TAKEN, told.result("1", from_safaricom=False))),
    "success from an unlisted address": ("accepted", (*TAKEN, told.result(from_safaricom=False))),
    "success from an unlisted address, and status agrees": (
        "succeeded",
        (*TAKEN, told.result(from_safaricom=False), told.status()),
    ),
    "failure from an unlisted address, and status agrees": (
        "failed",
        (*TAKEN, told.result("1", from_safaricom=False), told.status(StatusFound.ENDED)),
    ),
    "other amount": ("accepted", (*TAKEN, told.result(amount_kes=251))),
    "no amount": ("accepted", (*TAKEN, told.result(amount_kes=None))),
    "no receipt": ("accepted", (*TAKEN, told.result(receipt=None))),
    "other ids": ("accepted", (*TAKEN, told.result(conversation_id="AG_x", originator_conversation_id="y"))),
    "failure of other ids": (
        "accepted",
        (*TAKEN, told.result("1", conversation_id="x", originator_conversation_id="")),
    ),
    "not known to M-Pesa": ("unknown", (*LOST, told.status(StatusFound.NOT_FOUND))),
    "not known to M-Pesa for long": ("unknown", (*LOST, *told.not_found_for_long())),
    "on its way": ("unknown", (*LOST, told.status(StatusFound.PENDING))),
    "done, as a status of another conversation has it": ("unknown", (*LOST, told.status(conversation_id="AG_x"))),
    "done, as a status under another id has it": ("unknown", (*LOST, told.status(originator_conversation_id="y"))),
    "unreadable": ("accepted", (*TAKEN, told.unreadable())),
}


@pytest.mark.parametrize(("expected", "facts"), STORIES.values(), ids=STORIES.keys())
def test_a_payout_stands_as_its_facts_have_it(expected: str, facts: tuple[Fact, ...]) -> None:
    assert expected == told.state(*facts).status


FLAGGED: dict[str, tuple[set[str], tuple[Fact, ...]]] = {
    "all well": (set(), (*TAKEN, told.result())),
    "told twice": (set(), (*TAKEN, told.result(), told.result(second=31), told.status())),
    "success and failure": ({"contradicted"}, (*TAKEN, told.result(), told.result("1", 40))),
    "two receipts": ({"contradicted"}, (*TAKEN, told.result(), told.result(second=40, receipt="SGL31QW9XZ"))),
    "other amount": ({"amount_mismatch", "needs_review"}, (*TAKEN, told.result(amount_kes=251))),
    "other ids": ({"needs_review"}, (*TAKEN, told.result(conversation_id="x", originator_conversation_id="y"))),
    "unreadable": ({"needs_review"}, (*TAKEN, told.unreadable())),
    "unreadable, and then all is known": (set(), (*TAKEN, told.unreadable(), told.result())),
    "of a send that nobody began": (
        {"needs_review"},
        (told.approved(), told.result(originator_conversation_id="x")),
    ),
    "failed, and somebody else says that it went": (
        {"needs_review"},
        (*TAKEN, told.result("1"), told.result(from_safaricom=False)),
    ),
    "went, and somebody else says that it failed": (
        set(),
        (*TAKEN, told.result(), told.result("1", from_safaricom=False)),
    ),
    "may be sent again": ({"may_be_sent_again"}, (*LOST, *told.not_found_for_long())),
    "M-Pesa took it, so it may not": (set(), (*TAKEN, *told.not_found_for_long())),
    "not known for too short a time": (set(), (*LOST, told.status(StatusFound.NOT_FOUND))),
    "known in the end": (set(), (*LOST, *told.not_found_for_long(), told.status(StatusFound.PENDING, 900))),
}


@pytest.mark.parametrize(("expected", "facts"), FLAGGED.values(), ids=FLAGGED.keys())
def test_flags_follow_from_the_facts(expected: set[str], facts: tuple[Fact, ...]) -> None:
    assert expected == {str(flag) for flag in told.state(*facts).flags}


def test_who_asked_cannot_agree_to_it() -> None:
    """Even if such a fact came into the set, nothing follows from it."""
    mine = told.asked(maker="google|brenda")
    assert OutgoingStatus.AWAITING_APPROVAL == told.state(told.approved(terms=told.terms(of=mine)), of=mine).status


@pytest.mark.parametrize(
    "changed", [{"amount_kes": 251}, {"phone": "254722000112"}, {"shortcode": "600000"}, {"id": "out_" + "1" * 32}]
)
def test_terms_are_of_amount_recipient_account_and_id(changed: dict[str, Any]) -> None:
    assert told.terms() != terms_of(told.asked(**changed), 1, "b2c")


def test_another_round_has_other_terms_but_the_same_id_at_m_pesa() -> None:
    """So M-Pesa itself refuses the second one if it took the first after all."""
    known = told.state(*LOST, *told.not_found_for_long())
    again = told.state(*LOST, *told.not_found_for_long(), told.approved(800, round_=2), told.begun(2, 810, 2))

    assert (told.terms(2), "") == (known.terms, known.approved_terms)
    assert {originator_conversation_id(told.OUT_ID, 1)} == {one.originator_conversation_id for one in again.attempts}
    assert OutgoingStatus.SENDING == again.status


def test_an_approval_of_the_first_round_does_not_send_again() -> None:
    assert not told.state(*LOST, *told.not_found_for_long()).may_be_sent


def test_the_id_at_m_pesa_is_short_enough_for_it() -> None:
    assert 19 == len(originator_conversation_id(told.OUT_ID, 1))


def test_what_is_held_says_why_as_long_as_it_may_go() -> None:
    waits = told.record(told.approved(), held=Hold.FLOAT)
    went = told.record(*TAKEN, held=Hold.FLOAT)
    assert (Hold.FLOAT, None) == (outgoing_state(waits).waiting_for, outgoing_state(went).waiting_for)


def test_a_failure_says_why_in_our_words_and_in_theirs() -> None:
    assert Failure("insufficient_balance", "1", told.T0_MS + 30_000) == told.state(*TAKEN, told.result("1")).failure


def test_a_success_has_receipt_name_and_time() -> None:
    done = told.state(*TAKEN, told.result())
    assert (told.RECEIPT, "Amina W. O.", told.T0_MS + 29_000) == (
        done.receipt,
        done.recipient_name,
        done.succeeded_at_ms,
    )


def test_a_statement_outranks_a_result_on_the_receipt() -> None:
    assert "SGL31QW9XZ" == told.state(*TAKEN, told.result(), told.seen(receipt="SGL31QW9XZ")).receipt


# --- refunds: a reversal, and what may follow it ----------------------------------------------------------------

REFUND = told.asked(
    id="ref_" + "7" * 32, kind="refund", method="reversal", fallback="b2c", original_receipt="SGL11AAAAA"
)
OWN_ID = originator_conversation_id(REFUND.id, 1)
REVERSING = (
    told.approved(terms=told.terms(of=REFUND, method="reversal")),
    told.begun(method="reversal", terms=told.terms(of=REFUND, method="reversal"), originator_conversation_id=OWN_ID),
    told.accepted(originator_conversation_id="gateway-made"),
)


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (("awaiting_approval", "b2c", 2), "1"),
        (("failed", "reversal", 1), "R000001"),
        (("accepted", "reversal", 1), "17"),
        (("accepted", "reversal", 1), "4711"),
    ],
)
def test_a_payout_follows_a_reversal_only_where_that_was_refused_for_good(
    expected: tuple[str, str, int], code: str
) -> None:
    """And needs an approval of its own. R000001: the money is back already, so nothing follows."""
    found = told.state(*REVERSING, told.result(code, originator_conversation_id=""), of=REFUND)
    assert expected == (found.status, found.method, found.round)


def test_a_reversal_is_done_only_under_a_receipt() -> None:
    found = told.state(*REVERSING, told.result(originator_conversation_id="", receipt=None), of=REFUND)
    assert "accepted" == found.status


def test_the_approval_of_the_reversal_is_none_of_the_payout() -> None:
    found = told.state(*REVERSING, told.result("1", originator_conversation_id=""), of=REFUND)
    assert (told.terms(2, REFUND), "") == (found.terms, found.approved_terms)


def test_a_reversal_that_nobody_knows_of_is_never_repeated() -> None:
    begun = (*REVERSING[:2], told.lost(), *told.not_found_for_long())
    assert frozenset() == told.state(*begun, of=REFUND).flags


def test_a_refund_whose_reversal_and_whose_payout_went_asks_for_a_person() -> None:
    """The money is out twice, whatever M-Pesa said of the reversal in between."""
    of_payout = terms_of(REFUND, 2, "b2c")
    paid_out: dict[str, Any] = {"originator_conversation_id": originator_conversation_id(REFUND.id, 2)}
    refused = told.result("1", originator_conversation_id="")
    payout = (
        told.approved(70, terms=of_payout),
        told.begun(2, 80, method="b2c", terms=of_payout, **paid_out),
        told.result(second=90, number=2, receipt="SGL31QW9XZ", **paid_out),
    )
    once = told.state(*REVERSING, refused, *payout, of=REFUND)
    twice = told.state(*REVERSING, refused, *payout, told.result(second=99, originator_conversation_id=""), of=REFUND)
    assert (set(), {"contradicted", "needs_review"}) == (set(once.flags), set(twice.flags))


def asked_about_at_s(*facts: Fact, questions: int) -> list[int]:
    """Seconds after the beginning at which M-Pesa is asked, if it never answers."""
    record, policy = told.record(*facts), OutPolicy()
    found: list[int] = []
    for _ in range(questions):
        steps = (next_out_step(record, outgoing_state(record), policy),)
        found += [step.at_ms for step in steps if step is not None and step.kind is OutStepKind.ASK]
        record = replace(record, asks={1: Asks(len(found), found[-1])})
    return [(at_ms - told.T0_MS) // 1_000 for at_ms in found]


def test_what_got_lost_is_asked_about_soon_then_hourly_and_after_a_day_every_six_hours() -> None:
    """A send begun at 20 s may leave until 28 s. Nobody's silence ends it."""
    given_up = (*LOST, GIVEN_UP)
    hours = [1_128 + 3_600 * hour for hour in range(1, 25)]
    assert [58, 148, 428, 1_128, *hours, hours[-1] + 21_600] == asked_about_at_s(*given_up, questions=29)
