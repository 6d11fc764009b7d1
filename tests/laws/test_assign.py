"""L1, L2 and L7 where a person says whose money it is: once, to one payment, not past a prompt that may have got it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.claims import PROMPT_BEFORE_MS
from gateway.domain.decisions import MoneyAssigned, MoneyGivenElsewhere
from gateway.domain.facts import MoneyReceived
from gateway.domain.payment import PaymentRecord
from gateway.domain.policy import DAY_MS
from gateway.domain.receipts import Standing
from gateway.domain.statuses import Flag
from gateway.domain.telling import LOOK_AFTER_MS
from gateway.flows import assign as flow
from gateway.flows.assign import Assigned, AssignRefused, Person, assign, assign_to_new, set_aside
from gateway.flows.claims import PAYER, claim
from gateway.flows.drain import drain
from gateway.flows.publish import PaymentChange, ReceiptChange, mend_receipt, publish_payment
from gateway.flows.sweep import sweep
from gateway.flows.take_money import match_again, receive_money
from gateway.ports import StoreUnavailable, run
from gateway.settings import Settings
from tests import gateway_samples as sample
from tests.laws.deliveries import (
    AMOUNT_KES,
    OTHER_IDS,
    R1,
    R2,
    REFERENCE,
    SETTINGS,
    T0_MS,
    accepted,
    begun,
    bring,
    callback,
    fact_of,
    money,
    payment,
    query,
    shown,
    told,
)
from tests.memory_store import MemoryWorld

AMINA = Person("key_shop", "request-1")
MISTYPED = "NO SUCH ORDER"
PAID_AT_S = 700
PROMPTED_S = {"just before": 690, "ten minutes before": 100}
"""When another payment's prompt went out, where the money came at PAID_AT_S."""


def typed(receipt: str = R1, said_s: float = PAID_AT_S, **changes: Any) -> MoneyReceived:
    """Money under a reference that nobody has."""
    fact = fact_of(money(receipt, said_s, "by hand", **({"reference": MISTYPED} | changes)))
    assert isinstance(fact, MoneyReceived)
    return fact


def stage(*known: dict[str, Any], told_first: MoneyReceived | None = None) -> tuple[MemoryWorld, PaymentRecord]:
    """A payment of 100 with these facts, and money that nobody can place."""
    world = MemoryWorld()
    record = payment(world.store, *known)
    world.ambient.at_ms = T0_MS + 800_000
    run(receive_money(told_first or typed(), SETTINGS), world)
    return world, record


def given(world: MemoryWorld, record: PaymentRecord, person: Person = AMINA, **more: Any) -> Assigned:
    """Somebody gives R1 to this payment."""
    return run(assign(R1, record.id, person, SETTINGS, **more), world)


def overtakes(rival: MemoryWorld, record: PaymentRecord) -> None:
    """Somebody else is faster."""
    given(rival, record, Person("key_shop", "request-2"))


def ignored(world: MemoryWorld) -> None:
    """Somebody sets R1 aside."""
    run(set_aside(R1, "not ours", AMINA, aside=True), world)


def test_law_7_money_that_a_person_gives_pays_whatever_was_typed() -> None:
    """The receipt's owner is the payment, the goods may go, and the history says who gave it."""
    world, record = stage()
    done = given(world, record)
    state = shown(world.store.payments[record.id])
    assert (None, "paid", [(R1, AMOUNT_KES)], True) == (done.refused, state["status"], state["credits"], state["safe"])
    assert record.id == world.store.receipts[R1].owner
    assert ["key_shop"] == [
        one.actor for one in world.store.payments[record.id].facts.values() if isinstance(one, MoneyAssigned)
    ]


@pytest.mark.parametrize(("amount", "status", "flags"), [(60, "open", ["partially_paid"]), (150, "paid", ["overpaid"])])
def test_law_7_a_part_and_too_much_are_told(amount: int, status: str, flags: list[str]) -> None:
    world, record = stage(told_first=typed(amount=amount))
    given(world, record)
    state = shown(world.store.payments[record.id])
    assert (status, flags) == (state["status"], state["flags"])


def test_law_7_money_at_another_shortcode_of_the_shop_can_be_given() -> None:
    """A person knows that the customer typed the other Paybill of this shop."""
    world, record = stage(told_first=typed(shortcode="600998"))
    given(world, record)
    assert "paid" == shown(world.store.payments[record.id])["status"]


def test_law_2_giving_it_again_is_no_second_time() -> None:
    world, record = stage()
    first, second = given(world, record), given(world, record, Person("key_shop", "request-2"))
    assert (None, None, False) == (first.refused, second.refused, second.kept and second.kept.changed)
    assert [(R1, AMOUNT_KES)] == shown(world.store.payments[record.id])["credits"]


def test_law_2_who_is_late_writes_nothing() -> None:
    """The receipt is another payment's: refused, and neither item changed."""
    world, record = stage()
    other = payment(world.store, number=2, account_reference="INV2000")
    given(world, other)
    before = (world.store.receipts[R1], world.store.payments[record.id])
    done = given(world, record, Person("key_shop", "request-2"))
    assert AssignRefused.TAKEN == done.refused
    assert before == (world.store.receipts[R1], world.store.payments[record.id])


def test_law_2_who_is_overtaken_between_look_and_write_writes_nothing() -> None:
    """The other one's assign lands after this one has judged."""
    world, record = stage()
    other = payment(world.store, number=2, account_reference="INV2000")
    rival = MemoryWorld(world.store, world.ambient)
    world.after["Received.payments_before"] = lambda: overtakes(rival, other)
    done = given(world, record)
    assert (AssignRefused.TAKEN, other.id) == (done.refused, world.store.receipts[R1].owner)
    assert [] == shown(world.store.payments[record.id])["credits"]


def test_law_13_one_request_names_one_payment() -> None:
    """The same Idempotency-Key with another payment is refused, as elsewhere."""
    world, record = stage()
    other = payment(world.store, number=2, account_reference="INV2000")
    given(world, record)
    assert AssignRefused.KEY_REUSED == given(world, other).refused


def test_law_7_nothing_is_given_that_nobody_told_of() -> None:
    world, record = stage()
    assert AssignRefused.UNKNOWN == run(assign(R2, record.id, AMINA, SETTINGS), world).refused
    assert AssignRefused.UNKNOWN == run(assign(R1, sample.payment_id(9), AMINA, SETTINGS), world).refused
    assert R2 not in world.store.receipts


def test_law_7_a_payment_whose_money_went_back_takes_none() -> None:
    back = told("returned", 500, receipt=R2, under="SGM0000001", amount=100, external=False)
    world, record = stage(begun(), accepted(), callback("0", 12, "paid", receipt=R2), back)
    assert AssignRefused.ALREADY_FINAL == given(world, record).refused


# --- whose it may be -------------------------------------------------------------------------------------------


def beside(world: MemoryWorld, *known: dict[str, Any], number: int = 2, **asked: Any) -> PaymentRecord:
    """Another payment of the shop."""
    return payment(world.store, *known, number=number, account_reference=f"INV{number}000", **asked)


def prompted(said_s: float, *more: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """A prompt over 100 that went out then."""
    return (begun(said_s=said_s), accepted(said_s + 1), *more)


OPEN_PROMPTS: dict[str, tuple[dict[str, Any], ...]] = {
    "lives": prompted(690),
    "ten minutes before": prompted(101),
    "failed": prompted(600, told("callback", 640, "no", n=1, code="1032", ids=("ws_CO_1_712345678", "29115-1-1"),
                                 amount=None, receipt=None, listed=True, confirm=False, done=None)),
    "answer lost": (begun(said_s=650), told("lost", 651, n=1)),
    "paid by queries alone": prompted(600, query("0", 640), query("0", 660)),
    "cancelled since": prompted(600, told("cancelled", 700)),
}  # fmt: skip
"""Prompts of another payment that may have brought the money, whatever became of it."""

NO_MATTER: dict[str, tuple[dict[str, Any], ...]] = {
    "never sent": (begun(said_s=690), told("refused", 691, n=1, cause="shop_setup")),
    "longer ago": prompted(PAID_AT_S - PROMPT_BEFORE_MS / 1000 - 2),
    "after the money": prompted(PAID_AT_S + 62),
    "paid by another receipt": prompted(600, callback("0", 620, "paid", receipt=R2)),
    "over another amount": (begun(said_s=690, amount=90), accepted(691)),
}


@pytest.mark.parametrize("how", OPEN_PROMPTS)
def test_law_2_money_that_may_be_another_payments_is_not_given(how: str) -> None:
    """A prompt over this sum went out shortly before and has no receipt of its own: nothing is written."""
    world, record = stage()
    other = beside(world, *OPEN_PROMPTS[how])
    done = given(world, record)
    assert (AssignRefused.MAY_BE_ANOTHERS, (other.id,)) == (done.refused, done.others)
    assert None is world.store.receipts[R1].owner


@pytest.mark.parametrize("how", NO_MATTER)
def test_law_7_a_prompt_that_cannot_have_brought_it_hinders_nobody(how: str) -> None:
    world, record = stage()
    beside(world, *NO_MATTER[how])
    assert None is given(world, record).refused


def test_law_7_prompts_of_another_shop_hinder_nobody() -> None:
    world, record = stage()
    beside(world, *prompted(690), owner="other")
    assert None is given(world, record).refused


def test_law_2_an_old_payment_with_the_typed_reference_is_looked_at_too() -> None:
    """It was made days ago, and its new prompt may have brought the money."""
    world, record = stage(told_first=typed(reference="INV2000"))
    world.store.receipts[R1] = replace(world.store.receipts[R1], owner=None)
    old = T0_MS - 3 * DAY_MS
    other = beside(world, *prompted(690), created_at_ms=old)
    assert (other.id,) == given(world, record).others


def test_law_2_a_busy_shop_is_looked_through_to_ten_minutes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many payments were made since: the one that counts is behind all of them."""
    monkeypatch.setattr(flow, "PAGE", 3)
    world, record = stage()
    other = beside(world, *prompted(690), created_at_ms=T0_MS + 150_000)
    for number in range(10, 40):
        beside(world, number=number, created_at_ms=T0_MS + 400_000 + number)
    assert (other.id,) == given(world, record).others


def test_law_2_a_person_may_know_better_and_both_payments_say_so() -> None:
    """What was named is let pass; the other payment learns of it, and is held if it turns out paid without a code."""
    world, record = stage()
    other = beside(world, *prompted(690))
    done = given(world, record, not_of=(other.id,))
    run(publish_payment(PaymentChange(record, world.store.payments[record.id]), lambda *_: {}), world)
    for text in world.queues.retries:
        run(drain(text, Settings({}), SETTINGS), world)
    told_of_it = [
        fact for fact in world.store.payments[other.id].facts.values() if isinstance(fact, MoneyGivenElsewhere)
    ]
    assert (None, [(R1, record.id, AMOUNT_KES)]) == (
        done.refused, [(fact.receipt, fact.payment, fact.amount_kes) for fact in told_of_it]
    )  # fmt: skip
    for at in (740, 760):
        run(bring(other.id, query("0", at)), world)
    assert {Flag.NEEDS_REVIEW, Flag.RECEIPT_PENDING} == SETTINGS.state(world.store.payments[other.id]).flags


def test_law_14_whoever_names_another_shops_payment_writes_nothing_into_it() -> None:
    """`not_of` takes any id: only payments of the shop whose it might be are in the decision, and learn of it."""
    world, record = stage()
    foreign = beside(world, *prompted(690), query("0", 700), owner="other")
    given(world, record, not_of=(foreign.id, "pay_" + "9" * 32, "PAY#x"))
    run(publish_payment(PaymentChange(record, world.store.payments[record.id]), lambda *_: {}), world)
    decided = [one for one in world.store.payments[record.id].facts.values() if isinstance(one, MoneyAssigned)]
    assert ([()], []) == ([one.not_of for one in decided], list(world.queues.retries))


def test_law_2_who_names_one_other_payment_is_told_of_the_next() -> None:
    world, record = stage()
    first, second = beside(world, *prompted(690)), beside(world, *prompted(680), number=3)
    done = given(world, record, not_of=(first.id,))
    assert (AssignRefused.MAY_BE_ANOTHERS, (second.id,)) == (done.refused, done.others)


# --- set aside -------------------------------------------------------------------------------------------------


def test_law_1_money_set_aside_stays_on_record_and_leaves_the_list() -> None:
    world, _ = stage()
    ignored(world)
    record = world.store.receipts[R1]
    assert (Standing.IGNORED, None, None) == (record.standing, record.owner, record.due_at_ms)


def test_law_7_money_set_aside_is_matched_by_nothing_less_than_a_callback() -> None:
    """Neither its reference told again, nor the sweep, nor a claim, nor a person who does not take it back first."""
    world, record = stage(told_first=typed())
    ignored(world)
    run(receive_money(typed(reference=REFERENCE, by="pull"), SETTINGS), world)
    run(match_again(world.store.receipts[R1], SETTINGS), world)
    run(claim(record.id, R1, PAYER, SETTINGS), world)
    done = given(world, record)
    assert (AssignRefused.IGNORED, Standing.IGNORED) == (done.refused, world.store.receipts[R1].standing)
    assert [] == shown(world.store.payments[record.id])["credits"]


def test_law_1_what_is_told_of_money_set_aside_is_kept() -> None:
    world, _ = stage()
    ignored(world)
    run(receive_money(typed(by="pull"), SETTINGS), world)
    told_by = {fact.told_by for fact in world.store.receipts[R1].facts.values() if isinstance(fact, MoneyReceived)}
    assert {"c2b", "pull"} == told_by


def test_law_2_a_callback_proves_more_than_a_person_said_and_the_payment_is_held() -> None:
    """Who set it aside may have sent it back: nothing goes out before a person looks."""
    world, record = stage(begun(), accepted(), told_first=typed(reference=""))
    ignored(world)
    run(bring(record.id, callback("0", 12, "paid")), world)
    state = shown(world.store.payments[record.id])
    assert ("paid", ["needs_review"], False) == (state["status"], state["flags"], state["safe"])


def test_law_1_money_taken_back_is_matched_again() -> None:
    """Its reference has a payment by now."""
    world, _ = stage()
    ignored(world)
    run(set_aside(R1, "", AMINA, aside=False), world)
    later = beside(world)
    world.store.payments[later.id] = replace(later, asked=replace(later.asked, account_reference="NOSUCHORDER"))
    assert world.store.receipts[R1].due_at_ms is not None
    run(match_again(world.store.receipts[R1], SETTINGS), world)
    assert [(R1, AMOUNT_KES)] == shown(world.store.payments[later.id])["credits"]


def test_law_1_setting_aside_and_taking_back_may_be_repeated() -> None:
    """The last word holds, however often each was said."""
    world, _ = stage()
    words = (True, True, False, False, True, False)
    found = [run(set_aside(R1, "again", AMINA, aside=aside), world).receipt for aside in words]
    standing = [one.standing for one in found if one is not None]
    assert [Standing.IGNORED if aside else Standing.UNMATCHED for aside in words] == standing


def test_law_1_money_that_has_a_payment_is_not_set_aside() -> None:
    world, record = stage()
    given(world, record)
    assert AssignRefused.TAKEN == run(set_aside(R1, "no", AMINA, aside=True), world).refused
    assert AssignRefused.UNKNOWN == run(set_aside(R2, "no", AMINA, aside=True), world).refused


# --- crashes ---------------------------------------------------------------------------------------------------


def test_law_1_a_crash_between_the_two_writes_is_mended_by_the_stream() -> None:
    """The receipt says whose it is and who said so; the payment gets both."""
    world, record = stage()
    world.fail_next["Store.save_payment"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        given(world, record)
    run(mend_receipt(ReceiptChange(None, world.store.receipts[R1])), world)
    run(drain(world.queues.retries[-1], Settings({}), SETTINGS), world)
    state = shown(world.store.payments[record.id])
    assert ("paid", [], True) == (state["status"], state["flags"], state["safe"])


def test_law_1_a_crash_between_the_two_writes_is_mended_by_the_sweep_though_no_stream_tells_of_it() -> None:
    """The till's number stands in no shop's settings, so that no night goes through its receipts either."""
    world, record = stage(told_first=typed(shortcode="600998"))
    world.fail_next["Store.save_payment"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        given(world, record)
    world.ambient.at_ms += LOOK_AFTER_MS
    run(sweep(SETTINGS), world)
    run(drain(world.queues.retries[-1], Settings({}), SETTINGS), world)
    assert "paid" == shown(world.store.payments[record.id])["status"]
    assert world.store.receipts[R1].due_at_ms is None


def test_law_8_money_that_was_given_is_looked_at_once() -> None:
    """The sweep finds that the payment has it all, sends nothing and takes the receipt out of the index."""
    world, record = stage()
    given(world, record)
    world.ambient.at_ms += LOOK_AFTER_MS
    run(sweep(SETTINGS), world)
    assert ([], None) == (world.queues.retries, world.store.receipts[R1].due_at_ms)


# --- a payment made for it -------------------------------------------------------------------------------------

MADE = sample.asked(7, account_reference="INV7000", order="W-1")


def test_law_2_a_payment_is_made_for_the_money_once() -> None:
    world, _ = stage()
    first = run(assign_to_new(R1, MADE, AMINA, SETTINGS), world)
    again = run(assign_to_new(R1, MADE, Person("key_shop", "request-2"), SETTINGS), world)
    assert (None, None) == (first.refused, again.refused)
    assert ("paid", [(R1, AMOUNT_KES)]) == (
        shown(world.store.payments[MADE.id])["status"],
        shown(world.store.payments[MADE.id])["credits"],
    )


def test_law_13_the_money_names_one_new_payment() -> None:
    """Asked for with other fields it is refused, and nothing is written."""
    world, _ = stage()
    run(assign_to_new(R1, MADE, AMINA, SETTINGS), world)
    other = replace(MADE, fingerprint="1:other")
    assert AssignRefused.KEY_REUSED == run(assign_to_new(R1, other, Person("k", "r2"), SETTINGS), world).refused
    assert MADE.fingerprint == world.store.payments[MADE.id].asked.fingerprint


@pytest.mark.parametrize("how", ["taken", "ignored", "may be another's"])
def test_law_1_no_payment_is_made_where_the_money_cannot_be_given(how: str) -> None:
    world, record = stage()
    hinder: dict[str, Callable[[], object]] = {
        "taken": lambda: given(world, record),
        "ignored": lambda: ignored(world),
        "may be another's": lambda: beside(world, *prompted(690)),
    }
    hinder[how]()
    done = run(assign_to_new(R1, MADE, Person("key_shop", "request-2"), SETTINGS), world)
    assert (True, False) == (done.refused is not None, MADE.id in world.store.payments)


def test_law_2_who_is_overtaken_cancels_the_payment_that_was_made_for_it() -> None:
    world, record = stage()
    rival = MemoryWorld(world.store, world.ambient)
    world.after["Store.create_payment"] = lambda: overtakes(rival, record)
    done = run(assign_to_new(R1, MADE, AMINA, SETTINGS), world)
    assert (AssignRefused.TAKEN, "cancelled") == (done.refused, shown(world.store.payments[MADE.id])["status"])


def test_law_2_the_second_of_two_prompts_of_one_payment_is_its_own() -> None:
    """A payment's own prompts do not keep it from money that a person gives it."""
    world, record = stage(*prompted(690), begun(2, 695), accepted(696, 2, OTHER_IDS))
    assert None is given(world, record).refused
