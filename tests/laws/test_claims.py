"""L7 and L2 where somebody says «I have paid»: a code alone pays nothing, and nobody is paid by another's money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway import security
from gateway.domain.claims import CLAIMS_MAX, ClaimState, claim_shown, waiting_claims
from gateway.domain.facts import ClaimAnswer, ClaimAnswered, Claimed, MoneyReceived, Source
from gateway.domain.guard import Guard
from gateway.domain.payment import PaymentRecord
from gateway.flows.claims import PAYER, ClaimRefused, ClaimTaken, claim
from gateway.flows.drain import drain
from gateway.flows.publish import ReceiptChange, mend_receipt
from gateway.flows.sweep import check_payment
from gateway.flows.take_money import receive_money
from gateway.ports import StoreUnavailable, run
from gateway.security import phone_key
from gateway.settings import Settings
from tests import gateway_samples as sample
from tests.laws.deliveries import (
    AMOUNT_KES,
    OTHER_IDS,
    PHONE,
    R1,
    R2,
    REFERENCE,
    SETTINGS,
    T0_MS,
    accepted,
    begun,
    callback,
    fact_of,
    money,
    payment,
    query,
    shown,
    told,
)
from tests.memory_store import KEYS, MemoryWorld

SHOP = "key_shop"
OTHER_PHONE = "254712345679"
PAID_FROM_PHONE = security.payer_key(KEYS.phone, PHONE)
REFUSED_ATTEMPT = (begun(), told("refused", 2, n=1, cause="shop_setup"))
"""The payer entered PHONE; the prompt never reached it."""


def hand_money(receipt: str = R1, said_s: float = 60, **changes: Any) -> MoneyReceived:
    """Money typed at a till: no reference, from PHONE."""
    names = ("payer_key", "from_safaricom", "told_under")
    more: dict[str, Any] = {"payer_key": PAID_FROM_PHONE} | {one: changes.pop(one) for one in names if one in changes}
    fact = fact_of(money(receipt, said_s, "by hand", **({"reference": ""} | changes)))
    assert isinstance(fact, MoneyReceived)
    return replace(fact, **more)


def stage(*known: dict[str, Any], told_first: MoneyReceived | None = None) -> tuple[MemoryWorld, PaymentRecord]:
    """A payment of 100 with these facts, and unmatched money."""
    world = MemoryWorld()
    record = payment(world.store, *known)
    world.ambient.at_ms = T0_MS + 120_000
    if told_first is not None:
        run(receive_money(told_first, SETTINGS, by_reference=False), world)
    return world, record


def claimed(world: MemoryWorld, record: PaymentRecord, receipt: str = R1, by: str = PAYER) -> ClaimTaken:
    """Somebody claims a code."""
    return run(claim(record.id, receipt, by, SETTINGS), world)


def state_in(world: MemoryWorld, record: PaymentRecord) -> dict[str, Any]:
    """The payment as it stands."""
    return shown(world.store.payments[record.id])


def test_law_7_money_from_a_number_that_the_payer_entered_is_attached_and_paid() -> None:
    """Unmatched, right sum, in time, from the number of the first request: goods may go."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    taken = claimed(world, record)
    state = state_in(world, record)
    assert (ClaimState.ATTACHED, "paid", [(R1, AMOUNT_KES)], True) == (
        taken.told,
        state["status"],
        state["credits"],
        state["safe"],
    )
    assert record.id == world.store.receipts[R1].owner


def test_law_7_a_number_that_was_busy_first_and_then_asked_is_the_payers() -> None:
    """Another attempt of this payment did not get the phone; that says nothing of the one that did."""
    busy_then_asked = (
        begun(), told("not_sent", 2, n=1, cause="phone_busy"),
        begun(2, 10), told("refused", 12, n=2, cause="shop_setup"),
    )  # fmt: skip
    world, record = stage(*busy_then_asked, told_first=hand_money())
    assert ClaimState.ATTACHED is claimed(world, record).told


def test_law_7_a_number_typed_wrongly_in_the_menu_is_healed_by_the_number_that_paid() -> None:
    """The reference is another one, the phone is the payer's: paid, and nobody need look."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money(reference="INV1043"))
    claimed(world, record)
    assert ("paid", ["late_success"], True) == _summary(world, record)


SHARED_BY: dict[str, tuple[dict[str, Any], ...]] = {
    "open": (),
    "failed": REFUSED_ATTEMPT,
    "cancelled": (told("cancelled", 5),),
    "expired": (told("timer", 5, deadline="expiry", n=0),),
}
"""How another payment of this reference and sum may stand that has no money yet."""


@pytest.mark.parametrize("other", SHARED_BY)
def test_law_7_of_two_payments_that_the_money_fits_the_faster_claim_gets_nothing(other: str) -> None:
    """One reference, one sum, and no phone that says whose it is: a code read over a shoulder would pay a stranger."""
    world, record = stage(told_first=hand_money(reference=REFERENCE, payer_key=""))
    second = payment(world.store, *SHARED_BY[other], number=2)
    answers = [claimed(world, one).told for one in (record, second)]
    assert [ClaimState.TO_SHOP, ClaimState.TO_SHOP, None] == [*answers, world.store.receipts[R1].owner]


def test_law_7_of_two_payments_that_the_money_fits_the_prompted_number_says_which() -> None:
    """The one whose payer's number M-PESA names; who is faster does not matter."""
    world, stranger = stage(told_first=hand_money(reference=REFERENCE))
    payer = payment(world.store, *REFUSED_ATTEMPT, number=2)
    answers = [claimed(world, one).told for one in (stranger, payer)]
    assert [ClaimState.TO_SHOP, ClaimState.ATTACHED, payer.id] == [*answers, world.store.receipts[R1].owner]


NO_RIVALS: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "another sum": ((), {"amount_kes": AMOUNT_KES + 50}),
    "paid by its own money": ((begun(), accepted(), callback("0", 12, "paid", receipt=R2)), {}),
    "made after the money": ((), {"created_at_ms": T0_MS + 121_001}),
}


@pytest.mark.parametrize("other", NO_RIVALS)
def test_law_7_a_payment_that_the_money_does_not_fit_is_in_nobodys_way(other: str) -> None:
    """The reference is both's, so the money lay unmatched; only one of them is due just that."""
    facts, changes = NO_RIVALS[other]
    world, record = stage(told_first=hand_money(reference=REFERENCE, payer_key=""))
    payment(world.store, *facts, number=2, **changes)
    assert ClaimState.ATTACHED == claimed(world, record).told
    assert ClaimAnswer.REFERENCE in [getattr(fact, "answer", None) for fact in _facts(world, record)]


def test_law_7_a_reference_that_ten_payments_share_is_nobodys_proof() -> None:
    """A shop's name, say: not all of them are looked through, so a person decides."""
    world, record = stage(told_first=hand_money(reference=REFERENCE, payer_key=""))
    for number in range(2, 11):
        payment(world.store, number=number, amount_kes=AMOUNT_KES + number)
    assert ClaimState.TO_SHOP == claimed(world, record).told


WEAK: dict[str, dict[str, Any]] = {
    "a shilling less": {"amount": AMOUNT_KES - 1},
    "a shilling more": {"amount": AMOUNT_KES + 1},
    "another shortcode": {"shortcode": "600998"},
    "told at the address of another shortcode": {"told_under": "600998"},
    "told from an address on no list": {"from_safaricom": False},
    "nobody knows who paid": {"payer_key": ""},
    "somebody else's phone": {"payer_key": security.payer_key(KEYS.phone, OTHER_PHONE)},
    "another reference and another phone": {"reference": "INV1043", "payer_key": ""},
    "from before the payment": {"done": T0_MS - 61_000},
    "without a time": {"done": None},
}


@pytest.mark.parametrize("weak", WEAK)
def test_law_7_a_code_alone_pays_nothing_and_is_left_to_the_shop(weak: str) -> None:
    """Read over a shoulder, of an older order, from a friend's message: money and claim stay listed."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money(**WEAK[weak]))
    taken = claimed(world, record)
    state = state_in(world, record)
    assert (ClaimState.TO_SHOP, [], ["claim_open"]) == (taken.told, state["credits"], state["flags"])
    assert world.store.receipts[R1].owner is None


def test_law_7_money_of_the_day_before_yesterday_is_for_a_person() -> None:
    """Whom a phone was prompted for then is not known any more."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    world.ambient.at_ms = T0_MS + 60_000 + 86_400_001
    assert (ClaimState.TO_SHOP, None) == (claimed(world, record).told, world.store.receipts[R1].owner)


def test_law_2_a_code_that_is_credited_elsewhere_pays_nothing_and_the_payer_learns_nothing() -> None:
    """A used code reads for the payer like one that is not proven; the shop is told, and nothing is stored then."""
    world, record = stage(*REFUSED_ATTEMPT)
    owner = payment(world.store, number=2, account_reference="OTHER")
    run(receive_money(hand_money(reference="OTHER"), SETTINGS), world)
    by_shop = claimed(world, record, by=SHOP)
    stored = len(_facts(world, record))
    by_payer = claimed(world, record)
    assert (ClaimRefused.RECEIPT_TAKEN, len(REFUSED_ATTEMPT)) == (by_shop.refused, stored)
    assert (ClaimState.TO_SHOP, [], owner.id) == (
        by_payer.told,
        state_in(world, record)["credits"],
        world.store.receipts[R1].owner,
    )


def prompted_for(world: MemoryWorld, number: int, *facts: Any) -> PaymentRecord:
    """Another payment that prompted PHONE half a minute before the money, over the same sum."""
    other = payment(world.store, begun(said_s=30), accepted(31), *facts, number=number, account_reference="OTHER")
    key = phone_key(KEYS.phone, PHONE)
    at_ms = T0_MS + 30_200
    guard = Guard(
        phone_key=key,
        payment_id=other.id,
        number=1,
        sender="s",
        until_ms=at_ms + 200_000,
        prompted_ms={"shop": (at_ms,)},
    )
    assert world.store.save_guard(world.store.read_guard(key), guard)
    return other


def test_law_2_money_that_may_be_another_payments_prompt_is_left_to_the_shop() -> None:
    """Same phone, same sum, no receipt known of that prompt yet: claimed now, it would be credited twice."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    prompted_for(world, 2)
    assert (ClaimState.TO_SHOP, None) == (claimed(world, record).told, world.store.receipts[R1].owner)


def test_law_2_another_payments_prompt_that_has_its_own_receipt_stands_in_nobodys_way() -> None:
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    prompted_for(world, 2, callback("0", 40, "its own", receipt=R2, ids=accepted()["ids"]))
    assert ClaimState.ATTACHED == claimed(world, record).told


def test_law_2_with_one_reference_the_other_payments_prompt_is_looked_for_too() -> None:
    """No phone is known, the reference is both's, and the other one was prompted shortly before."""
    world, record = stage(told_first=hand_money(reference=REFERENCE, payer_key=""))
    payment(world.store, begun(said_s=30), accepted(31, ids=OTHER_IDS), number=2)
    assert ClaimState.TO_SHOP == claimed(world, record).told


def test_law_2_money_that_may_be_the_receipt_of_a_paid_payment_is_not_claimed_by_its_reference() -> None:
    """Queries alone proved the other one's prompt: it is due nothing more, and this may be the money that paid it."""
    world, record = stage(told_first=hand_money(reference=REFERENCE, payer_key=""))
    proven = (query("0", 75, checkout=OTHER_IDS[0]), query("0", 95, checkout=OTHER_IDS[0]))
    payment(world.store, begun(said_s=30), accepted(31, ids=OTHER_IDS), *proven, number=2)
    assert ClaimState.TO_SHOP == claimed(world, record).told


def test_law_7_two_claims_for_one_code_pay_one_payment() -> None:
    """Both payers entered the number; the second is left to the shop."""
    world, first = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    second = payment(world.store, *REFUSED_ATTEMPT, number=2, account_reference="OTHER")
    answers = [claimed(world, record).told for record in (first, second)]
    assert [ClaimState.ATTACHED, ClaimState.TO_SHOP] == answers
    assert [[(R1, AMOUNT_KES)], []] == [state_in(world, record)["credits"] for record in (first, second)]


def by_status(said_s: float = 60, **changes: Any) -> MoneyReceived:
    """What Transaction Status tells of the money: who paid, and not under which reference."""
    return replace(hand_money(said_s=said_s, payer_key=""), told_by=Source.STATUS, **changes)


def test_law_1_a_claim_waits_for_the_reference_that_transaction_status_does_not_tell() -> None:
    """The payer is told that the shop looks; the confirmation comes later, and pays by itself."""
    world, record = stage(told_first=by_status())
    payment(world.store, number=2, amount_kes=AMOUNT_KES + 50)
    told_at_once = claimed(world, record).told
    late = hand_money(said_s=900, done=T0_MS + 60_000, reference=REFERENCE, payer_key="")
    world.ambient.at_ms = late.learned_at_ms
    run(receive_money(late, SETTINGS, by_reference=False), world)
    _sweep_for(world, record, hours=2)
    assert (ClaimState.TO_SHOP, "paid", [(R1, AMOUNT_KES)]) == (
        told_at_once,
        state_in(world, record)["status"],
        state_in(world, record)["credits"],
    )


def test_law_7_a_code_that_transaction_status_knows_is_no_proof() -> None:
    """The answer stands among the facts, beside money under another reference: goods wait for a person."""
    answer = ClaimAnswered(
        receipt=R1, answer=ClaimAnswer.TO_SHOP_FOR_NOW, said_at_ms=T0_MS + 90_000, learned_at_ms=T0_MS + 90_000
    )
    record = sample.record(1, [answer, hand_money(reference="INV1043")])
    assert (["needs_review"], False) == (shown(record)["flags"], shown(record)["safe"])


def test_law_8_where_no_reference_follows_the_claim_is_left_to_the_shop_and_said_once() -> None:
    """Not for ever, and never as a proof."""
    world, record = stage(told_first=by_status())
    claimed(world, record)
    _sweep_for(world, record, hours=5)
    answers = [fact.answer for fact in _facts(world, record) if isinstance(fact, ClaimAnswered)]
    assert [ClaimAnswer.TO_SHOP_FOR_NOW, ClaimAnswer.TO_SHOP] == answers
    assert [] == state_in(world, record)["credits"]


# --- codes that nobody knows ------------------------------------------------------------------------------------


def test_law_7_an_unknown_code_pays_nothing_and_asks_about_the_prompt() -> None:
    """A prompt is on the phone: M-PESA is asked at once, and the payer reads that it is being checked."""
    world, record = stage(begun(), accepted())
    taken = claimed(world, record)
    assert (ClaimState.CHECKING, "pending", []) == (
        taken.told,
        state_in(world, record)["status"],
        state_in(world, record)["credits"],
    )
    assert [record.id] == [payment_id for payment_id, _ in world.queues.checks]


def test_law_7_without_a_prompt_an_unknown_code_is_not_found() -> None:
    world, record = stage()
    assert ClaimState.NOT_FOUND == claimed(world, record).told
    assert ["claim_open"] == state_in(world, record)["flags"]


@pytest.mark.parametrize("minutes", [1, 45, 20 * 60])
def test_law_1_money_that_comes_after_its_claim_is_attached_by_itself(minutes: int) -> None:
    """The sweep looks again, for two days; the same evidence is asked for."""
    world, record = stage(*REFUSED_ATTEMPT)
    claimed(world, record)
    late = hand_money(said_s=120 + minutes * 60)
    world.ambient.at_ms = late.learned_at_ms
    run(receive_money(late, SETTINGS, by_reference=False), world)
    _sweep_for(world, record, hours=26)
    assert ("paid", [(R1, AMOUNT_KES)]) == (
        state_in(world, record)["status"],
        state_in(world, record)["credits"],
    )


def test_law_8_a_claim_that_stays_unknown_is_looked_for_and_then_left_listed() -> None:
    """Fifteen looks in two days, then nothing is due but the payment's own end; the flag stays."""
    world, record = stage()
    claimed(world, record)
    _sweep_for(world, record, hours=72)
    stored = world.store.payments[record.id]
    assert (15, ["claim_open"]) == (stored.asks[0].count, shown(stored)["flags"])


def test_law_13_claiming_a_code_again_is_one_claim() -> None:
    world, record = stage()
    for _ in range(3):
        claimed(world, record)
    assert 1 == sum(isinstance(fact, Claimed) for fact in _facts(world, record))


def test_law_14_a_payment_takes_five_codes_and_no_more() -> None:
    """Guessing ends there; nothing more is read or stored, and a code of before may still be asked about."""
    world, record = stage()
    for number in range(CLAIMS_MAX):
        claimed(world, record, f"SGL000000{number}")
    refused = claimed(world, record, "SGL0000009")
    assert (ClaimRefused.TOO_MANY, CLAIMS_MAX) == (refused.refused, len(_facts(world, record)))
    assert claimed(world, record, "SGL0000000").refused is None


def test_law_7_what_is_paid_takes_no_claim_and_its_own_code_is_confirmed() -> None:
    world, record = stage(begun(), accepted(), callback("0", 12, "paid"))
    assert (ClaimRefused.ALREADY_PAID, ClaimState.ATTACHED) == (
        claimed(world, record, R2).refused,
        claimed(world, record, R1).told,
    )


def test_law_8_once_a_payment_is_paid_nobody_looks_for_its_other_codes() -> None:
    """A code that was claimed for nothing costs no look and no question after that."""
    world, record = stage(told_first=hand_money(reference=REFERENCE))
    claimed(world, record, R2)
    waited = world.store.payments[record.id]
    claimed(world, record, R1)
    paid = world.store.payments[record.id]
    shown_of = [claim_shown(one, SETTINGS.state(one), world.ambient.at_ms) for one in (waited, paid)]
    assert ([R2], "paid", []) == (
        [one.receipt for one in waiting_claims(waited, SETTINGS.state(waited))],
        state_in(world, record)["status"],
        [one.receipt for one in waiting_claims(paid, SETTINGS.state(paid))],
    )
    assert [R2, None] == [one and one[0].receipt for one in shown_of]


def test_law_7_what_went_back_takes_no_claim() -> None:
    """Else money claimed later would be lost between a refund that is done and goods that nobody sends."""
    returned = told("returned", 90, receipt=R1, under="SGM00RETRN", amount=AMOUNT_KES, external=True)
    world, record = stage(money(R1, 60, "typed"), returned, told_first=hand_money(R2))
    assert ClaimRefused.ALREADY_FINAL is claimed(world, record, R2).refused


@pytest.mark.parametrize("by", [SHOP, PAYER])
def test_law_7_nobody_learns_by_a_claim_what_another_shop_was_paid(by: str) -> None:
    """Two shops share the shortcode; the code of the other one's money reads like a code of nobody's."""
    world, record = stage()
    payment(world.store, number=2, account_reference="OTHER", owner="another")
    run(receive_money(hand_money(reference="OTHER"), SETTINGS), world)
    told_of_it, told_of_nothing = claimed(world, record, by=by), claimed(world, record, R2, by)
    assert (None, ClaimState.NOT_FOUND) == (told_of_it.refused, told_of_it.told)
    assert (told_of_nothing.refused, told_of_nothing.told) == (told_of_it.refused, told_of_it.told)


def test_law_7_a_claim_by_hand_beside_a_cancelled_payment_makes_it_paid_and_late() -> None:
    world, record = stage(*REFUSED_ATTEMPT, told("cancelled", 50), told_first=hand_money())
    claimed(world, record)
    assert ("paid", ["late_success"]) == (state_in(world, record)["status"], state_in(world, record)["flags"])


def test_law_2_a_claim_whose_second_write_was_lost_is_mended_by_the_stream() -> None:
    """The receipt has its owner and the proof beside it; the payment gets both."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money(reference="INV1043"))
    before = world.store.receipts[R1]
    world.after["Store.save_receipt"] = lambda: world.fail_next["Store.read_payment"].append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        claimed(world, record)
    run(mend_receipt(ReceiptChange(before, world.store.receipts[R1])), world)
    _drain(world)
    assert ("paid", ["late_success"], True) == _summary(world, record)


def test_law_2_who_loses_the_race_for_a_receipt_is_left_to_the_shop() -> None:
    """Between the look and the claim another payment takes it."""
    world, record = stage(*REFUSED_ATTEMPT, told_first=hand_money())
    rival = payment(world.store, *REFUSED_ATTEMPT, number=2, account_reference="OTHER")
    world.after["Store.read_guard"] = lambda: _take(world, rival)
    assert (ClaimState.TO_SHOP, rival.id) == (claimed(world, record).told, world.store.receipts[R1].owner)


def test_law_6_a_claim_and_its_answer_make_no_money_by_themselves() -> None:
    """The facts alone, without money under the receipt."""
    record = sample.record(
        1,
        [
            Claimed(receipt=R1, actor=PAYER, said_at_ms=T0_MS, learned_at_ms=T0_MS),
            ClaimAnswered(receipt=R1, answer=ClaimAnswer.PHONE, said_at_ms=T0_MS, learned_at_ms=T0_MS),
        ],
    )
    assert ("open", [], False) == tuple(shown(record)[name] for name in ("status", "credits", "safe"))


# --- parts ------------------------------------------------------------------------------------------------------


def _summary(world: MemoryWorld, record: PaymentRecord) -> tuple[Any, ...]:
    return tuple(state_in(world, record)[name] for name in ("status", "flags", "safe"))


def _facts(world: MemoryWorld, record: PaymentRecord) -> list[Any]:
    return list(world.store.payments[record.id].facts.values())


def _sweep_for(world: MemoryWorld, record: PaymentRecord, hours: int) -> None:
    """Each time the payment comes due, up to then."""
    end_ms = world.ambient.at_ms + hours * 3_600_000
    for _ in range(60):
        due_ms = world.store.payments[record.id].due_at_ms
        world.ambient.at_ms = max(world.ambient.at_ms, min(due_ms or end_ms, end_ms))
        run(check_payment(record.id, SETTINGS), world)


def _drain(world: MemoryWorld) -> None:
    for text in world.queues.retries:
        run(drain(text, Settings({}), SETTINGS), world)


def _take(world: MemoryWorld, rival: PaymentRecord) -> None:
    stored = world.store.receipts[R1]
    assert world.store.save_receipt(stored, replace(stored, owner=rival.id))
