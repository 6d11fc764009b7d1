"""Money without its code beside money without its payment: given where only one can be, held where in doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway import security
from gateway.domain.facts import Fact, MoneyReceived, QueryAnswered, Source
from gateway.domain.fold import state_of
from gateway.domain.policy import DAY_MS, MINUTE_MS
from gateway.domain.reconciliation.pairing import Candidate, Pair, doubles, pairs
from gateway.domain.shop import Shortcode
from gateway.domain.statuses import Flag
from gateway.flows.reconciliation.run import reconcile_day, run_due
from gateway.ports import run
from tests import gateway_samples as sample
from tests.memory_store import KEYS, MemoryWorld
from tests.unit.reconciliation.pull_world import AT_MS, SETTINGS, SHOP, payment, pull, pulled_world, row, stored

TILL = Shortcode(number="174379", kind="till", name="TILL", store_number="174378", pull=True)
R1, R2 = "SGL31QW9XY", "SGL77AA2BB"
PHONE, OTHER_PHONE = "254712345678", "254712345679"
DAY = "2026-03-02"


def paid_without_code(at_ms: int = AT_MS, phone: str = PHONE, amount_kes: int = 100) -> list[Fact]:
    """A prompt of which two queries said that it was paid, and nobody its code."""
    zeros = [
        QueryAnswered(
            number=1, result_code="0", checkout_request_id=sample.accepted().checkout_request_id,
            said_at_ms=at_ms + after_ms, learned_at_ms=at_ms + after_ms,
        )
        for after_ms in (30_000, 60_000)
    ]  # fmt: skip
    begun = sample.begun(said_at_ms=at_ms, learned_at_ms=at_ms, phone=phone, amount_kes=amount_kes)
    return [begun, sample.accepted(), *zeros]


def candidate(number: int = 1, *facts: Fact, **asked: Any) -> Candidate:
    """A payment with these facts; without any, one that was paid without its code."""
    record = sample.record(number, facts or paid_without_code(), **asked)
    state = state_of(record.asked, record.facts)
    keys = {one.phone: security.payer_key(KEYS.phone, one.phone) for one in state.attempts}
    return Candidate(record, state, keys)


def money(receipt: str = R1, after_s: int = 20, **changes: Any) -> MoneyReceived:
    """100 shillings at the till, without a label."""
    usual: dict[str, Any] = {"reference": "", "completed_at_ms": AT_MS + after_s * 1_000, "payer_key": ""}
    return replace(sample.money(receipt), **(usual | {"told_by": Source.PULL} | changes))


def test_one_code_and_one_payment_without_it_are_one() -> None:
    assert [Pair(sample.payment_id(1), R1)] == pairs([candidate()], [money()])


@pytest.mark.parametrize(
    "other",
    [
        {"amount_kes": 101},
        {"shortcode": "600998"},
        {"reference": "SOMEBODYELSE"},
        {"completed_at_ms": AT_MS - 2 * MINUTE_MS},
        {"completed_at_ms": AT_MS + 11 * MINUTE_MS},
        {"payer_key": security.payer_key(KEYS.phone, OTHER_PHONE)},
        {"phone_ending": "999"},
    ],
    ids=["amount", "shortcode", "label", "before", "after", "phone", "ending"],
)
def test_money_that_does_not_fit_is_nobodys(other: dict[str, Any]) -> None:
    """Other amount, shortcode, label, time or phone."""
    assert [] == pairs([candidate()], [money(**other)])


def test_two_codes_for_one_payment_are_left_to_a_person() -> None:
    assert [] == pairs([candidate()], [money(), money(R2, 40)])


def test_two_payments_for_one_code_are_left_to_a_person() -> None:
    assert [] == pairs([candidate(1), candidate(2)], [money()])


def test_a_prompt_whose_outcome_nobody_knows_is_somebody_else_for_it() -> None:
    """It may have been paid by this very money, and nothing says that it was not."""
    silent = candidate(2, sample.begun(), sample.accepted())
    assert [] == pairs([candidate(1), silent], [money()])


def test_the_phone_that_paid_tells_two_payments_apart() -> None:
    """M-Pesa's list names it."""
    keyed = money(payer_key=security.payer_key(KEYS.phone, OTHER_PHONE))
    other = candidate(2, *paid_without_code(phone=OTHER_PHONE))
    assert [Pair(sample.payment_id(2), R1)] == pairs([candidate(1), other], [keyed])


def test_money_that_another_payment_got_by_its_label_may_be_the_same() -> None:
    """Same amount, same minutes: one of them may be counted twice."""
    assert [Pair(sample.payment_id(1), R1)] == doubles([candidate()], [(sample.payment_id(2), money())])


@pytest.mark.parametrize(
    "given",
    [
        (sample.payment_id(1), money()),
        (sample.payment_id(2), money(amount_kes=101)),
        (sample.payment_id(2), money(after_s=3_000)),
        (sample.payment_id(2), money(payer_key=security.payer_key(KEYS.phone, OTHER_PHONE))),
    ],
)
def test_its_own_money_and_what_does_not_fit_hold_nobody_up(given: tuple[str, MoneyReceived]) -> None:
    assert [] == doubles([candidate()], [given])


# --- in the table -------------------------------------------------------------------------------------------------


def till_world() -> MemoryWorld:
    """A till: its list carries no labels."""
    return pulled_world(TILL)


def test_a_payment_of_a_till_gets_its_code_when_the_day_is_compared() -> None:
    """The query said paid, the list shows one code without a label: receipt and payment find each other."""
    world = till_world()
    made = payment(world, *paid_without_code(), shortcode_kind="till", store_number="174378")
    world.books.marks["174378"] = world.books.marks["174379"]
    world.pull.listed = [row(reference="", word="c2b-buy-goods-debit", after_s=20)]
    pull(world)

    record, lines = run(reconcile_day("shop", TILL, DAY, SETTINGS), world)

    credits = SETTINGS.state(stored(world, made)).credits
    assert [(R1, 1)] == [(credit.receipt, credit.attempt) for credit in credits]
    assert ((), made, 1) == (lines, world.store.receipts[R1].owner, record.both.count)


def test_a_shortcode_of_two_shops_pairs_nothing() -> None:
    """The other one's prompts are not looked at."""
    world = till_world()
    world.store.settings["other"] = replace(SHOP, owner="other", shortcodes=(TILL,))
    payment(world, *paid_without_code(), shortcode_kind="till", store_number="174378")
    world.store.create_receipt(sample.owned(R1, None, facts={"m": money()}))

    run(reconcile_day("shop", TILL, DAY, SETTINGS), world)

    assert world.store.receipts[R1].owner is None


def test_a_payment_whose_money_may_be_anothers_is_held_once() -> None:
    """Two orders share a label: one got the money by it, the other one was said to be paid."""
    world = pulled_world()
    held = payment(world, *paid_without_code())
    other = payment(world, money(reference="INV1042"), number=2)
    world.store.create_receipt(sample.owned(R1, 2, facts={"m": money(reference="INV1042")}))
    for _ in range(2):
        run(reconcile_day("shop", SHOP.shortcodes[0], DAY, SETTINGS), world)

    states = [SETTINGS.state(stored(world, one)) for one in (held, other)]
    assert [(True, False), (False, True)] == [
        (Flag.NEEDS_REVIEW in state.flags, state.safe_to_fulfil) for state in states
    ]
    assert 1 == [name for name, _ in world.ambient.reports].count("money_may_be_anothers")


def test_a_shortcode_without_a_list_of_mpesas_has_its_money_paired_at_night_all_the_same() -> None:
    """A confirmation without a label, and a payment without its code; no day is compared."""
    world = pulled_world(replace(TILL, pull=False))
    made = payment(world, *paid_without_code(), shortcode_kind="till", store_number="174378")
    world.store.create_receipt(sample.owned(R1, None, facts={"m": money(told_by=Source.C2B)}))
    run(run_due(SETTINGS), world)
    world.ambient.at_ms = AT_MS + DAY_MS

    run(run_due(SETTINGS), world)

    assert made == world.store.receipts[R1].owner
    assert {} == world.reconciliations.days
