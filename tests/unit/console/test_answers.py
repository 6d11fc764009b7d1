"""The answer at the counter, for every status and every set of flags that can stand beside it."""

from __future__ import annotations

from itertools import combinations

import pytest

from gateway.domain.money_out.facts import Hold
from gateway.domain.money_out.outgoing import Method, OutgoingFlag, OutgoingStatus
from gateway.domain.payment import PaymentState, Refund
from gateway.domain.proposals import Reason
from gateway.domain.reasons import REASONS
from gateway.domain.staff import Role
from gateway.domain.statuses import FLAG, Flag, PaymentStatus, Weight
from gateway.flows.assign import AssignRefused
from gateway.flows.find import Kind
from gateway.flows.money_out.decide import Objection
from gateway.flows.outgoing_shown import PURPOSES
from gateway.flows.staff import NotChanged
from gateway.web.console.answers import Plate, badge, needs_a_person, verdict
from gateway.web.console.words import TEXTS

FLAGS = [frozenset(chosen) for size in range(3) for chosen in combinations(Flag, size)]


PRICE_KES = 100
RECEIVED_KES = {
    PaymentStatus.PAID: PRICE_KES,
    PaymentStatus.REFUNDED: PRICE_KES,
    PaymentStatus.PARTIALLY_REFUNDED: PRICE_KES,
}
RETURNED_KES = {PaymentStatus.REFUNDED: PRICE_KES, PaymentStatus.PARTIALLY_REFUNDED: 1}


def state(status: PaymentStatus, flags: frozenset[Flag], received_kes: int = 0, held_kes: int = 0) -> PaymentState:
    """A payment that stands so. held_kes: by a refund that waits or is on its way."""
    held = Refund("ref_1", held_kes, {}, "reversal", 0, is_live=True, is_done=False)
    return PaymentState(
        status=status, price_kes=PRICE_KES, flags=flags, attempts=(), credits=(),
        received_kes=received_kes or RECEIVED_KES.get(status, 0), returned_kes=RETURNED_KES.get(status, 0),
        paid_at_ms=None, failure=None, refunds=(held,) * bool(held_kes),
    )  # fmt: skip


@pytest.mark.parametrize("status", PaymentStatus)
def test_green_follows_safe_to_fulfil_and_nothing_else(status: PaymentStatus) -> None:
    """Of the plate, and of the badge in lists."""
    for flags in FLAGS:
        for held_kes in (0, PRICE_KES):
            one = state(status, flags, held_kes=held_kes)
            safe = one.safe_to_fulfil
            assert (safe, safe) == (verdict(one).plate is Plate.PAID, badge(one)[0] == "paid"), (flags, held_kes)


def test_a_refund_that_takes_from_the_price_is_told_as_the_reason() -> None:
    """Without it an accountant would look for what does not fit."""
    assert "tell_goes_back" == verdict(state(PaymentStatus.PAID, frozenset(), held_kes=1)).tell


def test_who_paid_twice_and_got_one_back_has_paid() -> None:
    """The price is still here."""
    one = state(PaymentStatus.PARTIALLY_REFUNDED, frozenset({Flag.DUPLICATE_PAYMENT}), PRICE_KES + 1)
    assert (True, Plate.PAID) == (one.safe_to_fulfil, verdict(one).plate)


@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.UNRESOLVED])
def test_doubt_is_never_green_and_never_red(status: PaymentStatus) -> None:
    assert {Plate.DOUBT} == {verdict(state(status, flags)).plate for flags in FLAGS}


def test_red_is_a_proven_failure_alone() -> None:
    red = {one for one in PaymentStatus for flags in FLAGS if verdict(state(one, flags)).plate is Plate.NO}
    assert {PaymentStatus.FAILED} == red


def test_part_of_the_money_is_neither_paid_nor_failed() -> None:
    plates = {verdict(state(status, frozenset(), 50)).plate for status in (PaymentStatus.OPEN, PaymentStatus.FAILED)}
    assert {Plate.NONE} == plates


@pytest.mark.parametrize("flag", Flag)
def test_a_flag_that_blocks_or_makes_a_task_needs_a_person(flag: Flag) -> None:
    assert (FLAG[flag] is not Weight.TELLS) == needs_a_person(state(PaymentStatus.PAID, frozenset({flag})))


def test_everything_that_can_stand_there_has_its_words() -> None:
    told = [verdict(state(status, flags)) for status in PaymentStatus for flags in FLAGS]
    keys = {one.word for one in told} | {one.tell for one in told} | {f"flag_{flag}" for flag in Flag}
    keys |= {badge(state(status, frozenset()))[1] for status in PaymentStatus}
    assert set() == keys - set(TEXTS["sw"])


def test_every_word_that_a_page_makes_of_a_code_is_there() -> None:
    """Causes, fact kinds, statuses and reasons that have words of their own by their code."""
    keys = {f"cause_{code}" for code in REASONS}
    keys |= {f"out_{status}" for status in OutgoingStatus} | {f"outflag_{flag}" for flag in OutgoingFlag}
    keys |= {f"hold_{hold}" for hold in Hold} | {f"way_{method}" for method in Method}
    keys |= {f"refused_{one}" for one in (*Objection, *AssignRefused)} | {f"role_{role}_may" for role in Role}
    keys |= {f"clue_{kind}" for kind in Kind} | {f"not_changed_{why}" for why in NotChanged}
    keys |= {f"reason_{why.name.lower()}" for why in Reason}
    keys |= {f"purpose_{purpose}" for purpose in PURPOSES} | {f"role_{role}" for role in Role}
    assert {"refused_receipt_may_be_anothers"} == keys - set(TEXTS["en"])
