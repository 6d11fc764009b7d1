"""Which screen follows from a payment and the clock, and what the payer may be told with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.attempts import Hindrance
from gateway.domain.facts import Deadline
from gateway.domain.statuses import AttemptStatus, PaymentStatus
from gateway.web.payer_view import Screen, etag_of, payer_view, with_payment
from tests import gateway_samples as samples
from tests.unit.web.stages import (
    AT_MS,
    SHOP,
    STAGES,
    UNANSWERED,
    begun,
    ended,
    given_back,
    paid,
    prompted,
    sent_by_hand,
    stage,
    timer,
)

SCREENS = {
    "enter_phone": Screen.ENTER_PHONE,
    "sending": Screen.SENDING,
    "check_phone": Screen.CHECK_PHONE,
    "waiting": Screen.WAITING,
    "unsure": Screen.UNSURE,
    "silent_sender": Screen.UNSURE,
    "unresolved": Screen.UNRESOLVED,
    "unresolved_freed": Screen.UNRESOLVED,
    "paid": Screen.PAID,
    "paid_without_code": Screen.PAID,
    "paid_for_review": Screen.PAID,
    "paid_and_to_go_back": Screen.PAID,
    "paid_twice": Screen.PAID,
    "paid_too_much": Screen.PAID,
    "part_paid": Screen.PART_PAID,
    "part_paid_then_failed": Screen.PART_PAID,
    "failed": Screen.FAILED,
    "failed_wait": Screen.FAILED,
    "failed_other_number": Screen.FAILED,
    "failed_shop": Screen.FAILED,
    "failed_setup": Screen.FAILED,
    "failed_phone_busy": Screen.FAILED,
    "failed_too_many": Screen.FAILED,
    "failed_five_times": Screen.FAILED,
    "mpesa_down": Screen.MPESA_DOWN,
    "cancelled": Screen.CLOSED,
    "expired": Screen.CLOSED,
    "refunded": Screen.CLOSED,
    "partially_refunded": Screen.CLOSED,
    "claim_checking": Screen.UNRESOLVED,
    "claim_not_found": Screen.ENTER_PHONE,
    "claim_to_shop": Screen.ENTER_PHONE,
    "till": Screen.ENTER_PHONE,
}
each_stage = pytest.mark.parametrize("name", sorted(STAGES))


@each_stage
def test_each_stage_has_its_screen(name: str) -> None:
    assert SCREENS[name] == STAGES[name].view.screen


def test_every_screen_is_reached() -> None:
    assert set(Screen) == set(SCREENS.values())


@each_stage
def test_a_failure_is_told_only_where_it_is_proven(name: str) -> None:
    """Whoever reads the failure reads it of an attempt that ended by proof."""
    view = STAGES[name].view
    proven = view.attempt is not None and view.attempt.status in (AttemptStatus.FAILED, AttemptStatus.REFUSED)
    told = payer_view(view, "en")["failure"] is not None
    assert told <= proven
    assert told <= (view.state.status in (PaymentStatus.FAILED, PaymentStatus.OPEN))


@pytest.mark.parametrize(("second", "screen"), [(60, Screen.CHECK_PHONE), (61, Screen.WAITING)])
def test_the_count_down_turns_into_waiting_and_never_into_a_failure(second: int, screen: Screen) -> None:
    """The prompt was taken 0.9 s after the request; sixty seconds later the page waits."""
    assert screen == stage(second, *prompted()).view.screen


def test_a_request_without_an_answer_frees_the_payer_when_it_is_given_up() -> None:
    """Without an id nobody can be asked, so `next_attempt_at` is when the prompt can no longer live: 8 + 15 + 180 s."""
    assert AT_MS + 203_000 == STAGES["unsure"].view.next_attempt_at_ms


def test_an_unresolved_payment_goes_on_only_by_the_payers_word() -> None:
    assert Hindrance.NOT_KNOWN == STAGES["unresolved"].view.again.hindrance
    assert STAGES["unresolved_freed"].view.again.hindrance is None


@pytest.mark.parametrize("name", ["unresolved", "paid", "cancelled", "refunded"])
def test_nobody_is_told_how_to_pay_by_hand_what_may_be_paid(name: str) -> None:
    assert payer_view(STAGES[name].view, "en")["manual"] is None


def test_by_hand_only_the_rest_is_asked_for() -> None:
    manual = {"kind": "paybill", "number": "174379", "account": "INV1042", "amount": 500}
    assert manual == payer_view(STAGES["part_paid"].view, "en")["manual"]


def test_a_till_takes_no_account() -> None:
    manual = {"kind": "till", "number": "4000001", "account": None, "amount": 1500}
    assert manual == payer_view(STAGES["till"].view, "en")["manual"]


@pytest.mark.parametrize(
    ("second", "every_ms"),
    [(1, 3000), (4, 2000), (29, 2000), (30, 3000), (75, 5000), (180, 15_000), (899, 15_000), (900, None)],
)
def test_polls_grow_rarer_and_stop(second: int, every_ms: int | None) -> None:
    """First at 4 s, then every 2 s to 30 s, 3 s to 75 s, 5 s to 3 min, 15 s to 15 min."""
    assert every_ms == stage(second, *prompted()).view.next_poll_ms


def test_the_object_of_a_prompt_on_the_phone() -> None:
    """As the API promises it: the number masked, times in UTC."""
    assert {
        "id": "pay_00000001" + "0" * 24,
        "object": "checkout",
        "status": "pending",
        "amount": 1500,
        "currency": "KES",
        "amount_received": 0,
        "shop": {"name": "Inkless Is More", "support_phone": "0700 000 000", "support_url": None},
        "screen": "check_phone",
        "under_review": False,
        "attempt": {
            "number": 1,
            "status": "prompted",
            "phone": "07•••••678",
            "prompt_ends_at": "2026-03-02T09:16:04Z",
            "next_attempt_at": "2026-03-02T09:30:04Z",
        },
        "receipt": None,
        "failure": None,
        "manual": {"kind": "paybill", "number": "174379", "account": "INV1042", "amount": 1500},
        "claim": None,
        "next_poll_ms": 2000,
        "last_asked_at": None,
        "next_check_at": "2026-03-02T09:15:29Z",
        "return_url": "https://shop.example/done?order=1042&payment=pay_00000001" + "0" * 24,
        "version": 1,
    } == payer_view(STAGES["check_phone"].view, "en")


@pytest.mark.parametrize("name", ["paid_for_review", "paid_and_to_go_back"])
def test_paid_with_a_doubt_is_said_and_held(name: str) -> None:
    """The payer has paid and is told so; `under_review` keeps every green plate away."""
    view = payer_view(STAGES[name].view, "en")
    assert ("paid", "paid", True) == (view["status"], view["screen"], view["under_review"])


def test_a_payment_beside_a_live_prompt_is_paid() -> None:
    """Money typed by hand decides, although the prompt is still on the phone."""
    view = STAGES["paid_too_much"].view
    assert (Screen.PAID, None) == (view.screen, view.next_poll_ms)


def test_the_oldest_unanswered_request_is_not_forgotten_by_a_failed_one() -> None:
    """After an unresolved request a later failure proves nothing about the first: the screen stays in doubt."""
    shown = stage(1500, *UNANSWERED, begun(2, 1000), samples.accepted(2), ended("1032", 2, 1020)).view
    assert (Screen.UNRESOLVED, None) == (shown.screen, shown.failure_text("en"))


def test_a_timer_is_no_failure() -> None:
    shown = stage(40, begun(), timer(Deadline.SEND_WINDOW)).view
    assert Screen.UNSURE == shown.screen


def test_the_etag_changes_with_the_clock() -> None:
    assert ("1.check_phone", "1.waiting") == (
        etag_of(stage(20, *prompted()).view),
        etag_of(stage(80, *prompted()).view),
    )


def test_a_shop_without_settings_is_named_by_the_payment() -> None:
    view = replace(STAGES["check_phone"].view, shop_name="Corner Shop", support_phone="")
    assert {"name": "Corner Shop", "support_phone": None, "support_url": None} == payer_view(view, "en")["shop"]
    assert SHOP.name != "Corner Shop"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://s.example", "https://s.example?payment=pay_1"),
        ("https://s.example/a?b=1#c", "https://s.example/a?b=1&payment=pay_1#c"),
        ("https://s.example/?payment=pay_0", "https://s.example/?payment=pay_1"),
    ],
)
def test_a_return_address_names_the_payment_and_never_a_status(url: str, told: str) -> None:
    assert told == with_payment(url, "pay_1")


def test_of_a_payment_that_was_paid_twice_one_goes_back_and_it_stays_paid() -> None:
    at = stage(60, *prompted(), paid(), sent_by_hand(1500), given_back(1500))
    assert (True, Screen.PAID) == (at.state.safe_to_fulfil, at.view.screen)
    assert "SGK77PQ1AB" == at.view.receipt


def test_what_was_given_back_of_the_price_closes_the_payment() -> None:
    at = stage(60, *prompted(), paid(), given_back(500))
    assert (False, Screen.CLOSED) == (at.state.safe_to_fulfil, at.view.screen)
