"""Questions to M-PESA: the operator is never worn out, answers are kept as facts, and nothing is told to strangers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused, TokenRejected
from gateway import security
from gateway.domain.balances import Balance
from gateway.domain.circuit import Circuit, Opening
from gateway.domain.facts import MoneyReceived, Source
from gateway.domain.policy import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.domain.shop import ShopSettings, Shortcode
from gateway.domain.transactions import CheckState, Direction, Transaction
from gateway.flows.balance import ask_balance, read_balances, refresh_balance
from gateway.flows.initiator import (
    ASK_BALANCE,
    ASK_STATUS,
    PAY_OUT,
    CircuitOpen,
    InitiatorMissing,
    credential_of,
    heard,
    may_call,
    refused,
)
from gateway.flows.messages import Delivery
from gateway.flows.settings import FlowSettings
from gateway.flows.take_money import receive_money
from gateway.flows.take_result import take_result
from gateway.flows.transaction_status import ask_about_receipt, ask_for_claim, read_transaction
from gateway.ports import run
from gateway.settings import Settings
from tests.gateway_samples import payment_id, record
from tests.memory_initiator import SECRET, MemoryInitiator
from tests.memory_store import KEYS, START_MS, MemoryWorld
from tests.simulation.safaricom import FROM_ELSEWHERE, FROM_SAFARICOM

FLOW = FlowSettings(callback_base_url="https://pay.example")
ENV = Settings({"SOURCE_ADDRESSES": FROM_SAFARICOM})
PAYBILL, PAYOUTS = "174379", "600998"
SHOP = ShopSettings(
    owner="shop",
    name="Corner Shop",
    shortcodes=(Shortcode(number=PAYBILL, kind="paybill", name="CORNER SHOP"),),
    payout_shortcode=PAYOUTS,
    balance_low_kes=500,
)
OTHER = replace(SHOP, owner="other")
RECEIPT = "SGL31QW9XY"
MONEY = "Utility Account|KES|499.99|499.99|0.00|0.00&Working Account|KES|1.00|1.00|0.00|0.00"


@pytest.fixture
def world() -> MemoryWorld:
    """Both shops, and operators of both shortcodes."""
    made = MemoryWorld()
    made.initiator = MemoryInitiator(PAYBILL, PAYOUTS)
    made.store.settings |= {"shop": SHOP, "other": OTHER}
    return made


def ask(world: MemoryWorld, **how: bool) -> Balance:
    return run(ask_balance(SHOP, PAYBILL, FLOW, **how), world)


def about(world: MemoryWorld, shop: ShopSettings = SHOP) -> Transaction:
    return run(ask_about_receipt(shop, RECEIPT, FLOW), world)


def known(world: MemoryWorld, owner: str = "shop") -> Transaction:
    found = run(read_transaction(owner, RECEIPT), world)
    assert found is not None
    return found


def answer(
    world: MemoryWorld,
    parameters: Mapping[str, Any],
    code: str = "0",
    *,
    place: int = -1,
    source: str = FROM_SAFARICOM,
    kind: str = "result",
) -> None:
    """M-PESA's answer to the question at this place, the last one."""
    urls = world.questions.asked[place].urls
    parts = (urls.result if kind == "result" else urls.timeout).split("/in/")[1].split("/")
    items = [{"Key": name, "Value": value} for name, value in parameters.items()]
    body = {"Result": {"ResultType": 0, "ResultCode": code, "ResultParameters": {"ResultParameter": items}}}
    told = Delivery(
        kind=parts[0],
        target="/".join(parts[1:5]),
        number=0,
        tag=parts[5],
        source_address=source,
        body=json.dumps(body).encode(),
        learned_at_ms=world.ambient.at_ms,
    )
    run(take_result(told, ENV, FLOW), world)


def told_of(receipt: str = RECEIPT, **changes: Any) -> dict[str, Any]:
    """What M-PESA says of a customer's payment."""
    usual = {
        "ReceiptNo": receipt,
        "Amount": "70.00",
        "TransactionStatus": "Completed",
        "DebitPartyName": "254712345678 - Amina Otieno",
        "CreditPartyName": f"{PAYBILL} - Corner Shop",
        "ReasonType": "Pay Bill Online",
        "FinalisedTime": "20260302121500",
    }
    return usual | changes


# --- the operator -----------------------------------------------------------------------------------------------------


def test_no_call_is_made_for_a_shortcode_without_an_operator(world: MemoryWorld) -> None:
    world.initiator = MemoryInitiator()

    with pytest.raises(InitiatorMissing):
        ask(world)

    assert [] == world.questions.asked


@pytest.mark.parametrize("code", ["2001", "18", "20", "22", "8006"])
def test_the_first_no_about_the_operator_stops_every_call(code: str, world: MemoryWorld) -> None:
    """Whatever the call: the next one would count towards a lock."""
    run(heard(PAYBILL, ASK_BALANCE, code, "", START_MS), world)

    for command in (ASK_BALANCE, ASK_STATUS, PAY_OUT):
        with pytest.raises(CircuitOpen):
            run(may_call(PAYBILL, command), world)
    assert ["initiator_stopped"] == [name for name, _ in world.ambient.reports]


@pytest.mark.parametrize("code", ["21", "TP40153"])
def test_a_missing_role_stops_only_what_needs_it(code: str, world: MemoryWorld) -> None:
    """It locks nothing, and payouts must not end because nobody may read the balance."""
    run(heard(PAYBILL, ASK_BALANCE, code, "", START_MS), world)

    assert run(may_call(PAYBILL, PAY_OUT), world).name == "testapi"
    with pytest.raises(CircuitOpen):
        run(may_call(PAYBILL, ASK_BALANCE), world)


@pytest.mark.parametrize("code", ["1", "17", "26", "2040", "R000002", "SFC_IC0003", "nonsense"])
def test_a_no_about_something_else_stops_nothing(code: str, world: MemoryWorld) -> None:
    run(heard(PAYBILL, PAY_OUT, code, "", START_MS), world)

    assert {} == world.initiator.circuits


def test_a_refusal_at_the_door_stops_calls_too(world: MemoryWorld) -> None:
    """Safaricom's gateway may know before M-PESA does."""
    world.questions.errors.append(Refused("400.002.02", "Invalid InitiatorName", RefusalCause.INITIATOR))

    with pytest.raises(Refused):
        ask(world)

    with pytest.raises(CircuitOpen):
        run(may_call(PAYBILL, PAY_OUT), world)


@pytest.mark.parametrize(
    "error",
    [
        NotSent(NotSentReason.UNREACHABLE, retryable=True),
        MaybeSent(MaybeSentReason.READ_TIMEOUT),
        Refused("400.002.02", "Invalid PartyA", RefusalCause.SHOP_SETUP),
    ],
)
def test_other_errors_at_the_door_stop_nothing(error: Exception, world: MemoryWorld) -> None:
    run(refused(PAYBILL, ASK_BALANCE, error), world)  # type: ignore[arg-type]  # one of Daraja's

    assert {} == world.initiator.circuits


def test_a_stranger_with_the_right_tag_neither_stops_nor_starts_us(world: MemoryWorld) -> None:
    ask(world)
    answer(world, {}, "2001", source=FROM_ELSEWHERE)
    stopped_by_a_stranger = dict(world.initiator.circuits)
    world.initiator.circuits[PAYBILL] = Circuit(shortcode=PAYBILL, openings={"*": Opening("2001", PAY_OUT, 1)})
    answer(world, {"AccountBalance": MONEY}, source=FROM_ELSEWHERE)

    assert ({}, {"*"}) == (stopped_by_a_stranger, set(world.initiator.circuits[PAYBILL].openings))


def test_only_a_persons_test_calls_while_stopped_and_its_success_lets_all_go(world: MemoryWorld) -> None:
    run(heard(PAYBILL, PAY_OUT, "2001", "", START_MS), world)
    world.ambient.at_ms += 5_000
    ask(world, is_test=True)
    world.ambient.at_ms += 2_000
    answer(world, {"AccountBalance": MONEY})

    assert run(may_call(PAYBILL, PAY_OUT), world).name == "testapi"


def test_the_success_of_an_older_call_does_not_let_calls_go(world: MemoryWorld) -> None:
    """It was made with what M-PESA refuses by now."""
    ask(world)
    world.ambient.at_ms += 5_000
    run(heard(PAYBILL, PAY_OUT, "8006", "", START_MS), world)
    answer(world, {"AccountBalance": MONEY})

    with pytest.raises(CircuitOpen):
        run(may_call(PAYBILL, PAY_OUT), world)


def test_the_first_reason_stays_however_often_it_is_heard(world: MemoryWorld) -> None:
    """It tells since when, and one report is enough."""
    for code in ("2001", "8006", "2001"):
        run(heard(PAYBILL, PAY_OUT, code, "", START_MS), world)
        world.ambient.at_ms += 1_000

    assert Opening("2001", PAY_OUT, START_MS) == world.initiator.circuits[PAYBILL].openings["*"]
    assert ["initiator_stopped"] == [name for name, _ in world.ambient.reports]


def test_the_circuit_of_one_shortcode_is_not_anothers(world: MemoryWorld) -> None:
    run(heard(PAYBILL, PAY_OUT, "2001", "", START_MS), world)

    assert run(credential_of(PAYOUTS), world) == run(may_call(PAYOUTS, PAY_OUT), world)


@pytest.mark.parametrize(
    ("days", "reminder"), [(0, None), (74, None), (75, 75), (84, 75), (85, 85), (88, 85), (89, 89), (400, 89)]
)
def test_a_password_is_reminded_of_before_its_ninety_days_are_over(days: int, reminder: int | None) -> None:
    circuit = Circuit(shortcode=PAYBILL, set_at_ms=START_MS)

    assert reminder == circuit.reminder(START_MS + days * DAY_MS)


# --- balances ---------------------------------------------------------------------------------------------------------


def test_a_question_is_stored_before_it_is_asked(world: MemoryWorld) -> None:
    ask(world)

    calls = [name for name in world.boundaries if name in ("Balances.save_balance", "Questions.ask_balance")]
    assert ["Balances.save_balance", "Questions.ask_balance"] == calls


def test_an_answer_is_kept_to_the_cent_and_says_what_is_low(world: MemoryWorld) -> None:
    """499.99 is less than 500; what Working holds is no float of payouts."""
    ask(world)
    answer(world, {"AccountBalance": MONEY})

    (balance,) = run(read_balances(SHOP), world)
    assert [Decimal("499.99"), Decimal("1.00")] == [account.available for account in balance.accounts]
    assert ["Utility Account"] == [account.name for account in balance.low]


def test_while_a_question_is_on_its_way_no_second_one_is_asked(world: MemoryWorld) -> None:
    for _ in range(20):
        ask(world)

    assert 1 == len(world.questions.asked)


def test_a_question_that_nobody_answers_is_asked_again_after_a_minute(world: MemoryWorld) -> None:
    ask(world)
    world.ambient.at_ms += MINUTE_MS
    ask(world)

    assert 2 == len(world.questions.asked)


def test_a_rejected_token_costs_one_more_question_and_not_two(world: MemoryWorld) -> None:
    world.questions.errors.append(TokenRejected())

    ask(world)

    assert ["balance", "balance"] == [one.command for one in world.questions.asked]


def test_the_hourly_question_is_asked_and_the_next_one_is_due(world: MemoryWorld) -> None:
    balance = ask(world)
    answer(world, {"AccountBalance": MONEY})
    world.ambient.at_ms += HOUR_MS

    run(refresh_balance(balance.id, FLOW), world)

    assert 2 == len(world.questions.asked)
    assert world.ambient.at_ms + HOUR_MS == world.balances.all[balance.id].due_at_ms


def test_without_an_operator_the_hourly_question_waits_an_hour(world: MemoryWorld) -> None:
    balance = ask(world)
    answer(world, {"AccountBalance": MONEY})
    world.initiator = MemoryInitiator()
    world.ambient.at_ms += HOUR_MS

    run(refresh_balance(balance.id, FLOW), world)

    assert 1 == len(world.questions.asked)
    assert world.ambient.at_ms + HOUR_MS == world.balances.all[balance.id].due_at_ms


def test_a_shortcode_that_the_shop_gave_up_is_asked_about_no_more(world: MemoryWorld) -> None:
    balance = ask(world)
    world.store.settings["shop"] = replace(SHOP, shortcodes=(Shortcode(number="111111", kind="paybill", name="NEW"),))
    world.ambient.at_ms += HOUR_MS

    run(refresh_balance(balance.id, FLOW), world)

    assert (1, None) == (len(world.questions.asked), world.balances.all[balance.id].due_at_ms)


def test_a_no_leaves_what_was_known_and_tells_its_code(world: MemoryWorld) -> None:
    ask(world)
    answer(world, {"AccountBalance": MONEY})
    world.ambient.at_ms += HOUR_MS
    ask(world)
    answer(world, {}, "26")

    (balance,) = run(read_balances(SHOP), world)
    assert ("26", 2, START_MS // 1000 * 1000) == (balance.failure, len(balance.accounts), balance.answers_at_ms)


# --- codes ------------------------------------------------------------------------------------------------------------


def test_a_code_is_asked_about_at_each_shortcode_that_has_an_operator(world: MemoryWorld) -> None:
    """M-PESA knows a transaction only where it happened."""
    asked = about(world)

    assert ((PAYBILL, PAYOUTS), [RECEIPT, RECEIPT]) == (
        asked.last.shortcodes,
        [one.about for one in world.questions.asked],
    )


def test_money_that_a_question_brings_to_light_goes_where_all_money_goes(world: MemoryWorld) -> None:
    """To what is unmatched, by the source, with the payer's keyed hash."""
    about(world)
    answer(world, told_of(), place=0)

    money = world.store.receipts[RECEIPT].money
    assert money is not None
    key = security.payer_key(KEYS.phone, "254712345678")
    assert (Source.STATUS, 70, PAYBILL, key) == (money.told_by, money.amount_kes, money.shortcode, money.payer_key)
    assert (CheckState.FOUND, Direction.IN) == (known(world).state(START_MS), known(world).found.direction)  # type: ignore[union-attr]  # found


def test_money_of_a_payment_is_its_evidence_and_credited_once(world: MemoryWorld) -> None:
    """The receipt has its owner already."""
    paid = record(1)
    world.store.payments[paid.id] = paid
    fact = MoneyReceived(
        told_by=Source.C2B, receipt=RECEIPT, amount_kes=70, shortcode=PAYBILL, reference="INV1042",
        completed_at_ms=START_MS, said_at_ms=START_MS, learned_at_ms=START_MS,
    )  # fmt: skip
    run(receive_money(fact, FLOW), world)
    about(world)
    answer(world, told_of(), place=0)

    state = FlowSettings.state(world.store.payments[paid.id])
    assert [(RECEIPT, 70, Source.STATUS)] == [(one.receipt, one.amount_kes, one.source) for one in state.credits]


@pytest.mark.parametrize(
    "changes",
    [
        {"TransactionStatus": "Initiated"},
        {"TransactionStatus": "Declined"},
        {"TransactionStatus": "something new"},
        {"CreditPartyName": "600111 - Another Shop"},
        {"DebitPartyName": f"{PAYBILL} - Corner Shop", "CreditPartyName": "254712345678 - Amina"},
        {"DebitPartyName": f"{PAYOUTS} - Corner Shop"},
        {"Amount": "70.50"},
        {"Amount": "0.00"},
        {"ReceiptNo": "SGL31QW9XZ"},
    ],
    ids=str,
)
def test_no_money_is_made_of_what_is_not_complete_ours_and_whole(changes: dict[str, str], world: MemoryWorld) -> None:
    about(world)
    answer(world, told_of(**changes), place=0)

    assert {} == world.store.receipts


def test_no_money_is_made_of_a_strangers_answer_or_of_a_notice(world: MemoryWorld) -> None:
    about(world)
    answer(world, told_of(), place=0, source=FROM_ELSEWHERE)
    answer(world, told_of(), place=0, kind="timeout")

    assert ({}, {}) == (world.store.receipts, known(world).last.answers)


def test_a_code_is_unknown_only_when_every_shortcode_has_said_so(world: MemoryWorld) -> None:
    about(world)
    answer(world, {}, "R000002", place=0)
    first = known(world).state(START_MS)
    answer(world, {}, "R000002", place=1)

    assert (CheckState.ASKED, CheckState.NOT_FOUND) == (first, known(world).state(START_MS))


def test_silence_is_no_answer(world: MemoryWorld) -> None:
    """And a late answer counts all the same."""
    about(world)
    silent = known(world).state(START_MS + 10 * MINUTE_MS)
    answer(world, told_of(), place=0)

    assert (CheckState.UNANSWERED, CheckState.FOUND) == (silent, known(world).state(START_MS + 10 * MINUTE_MS))


def test_what_was_once_found_stays_known(world: MemoryWorld) -> None:
    about(world)
    answer(world, told_of(), place=0)
    world.ambient.at_ms += MINUTE_MS
    about(world)
    answer(world, {}, "26", place=2)

    assert (CheckState.ASKED, "completed") == (known(world).state(world.ambient.at_ms), known(world).found.status)  # type: ignore[union-attr]  # found


def test_the_same_code_is_asked_about_once_a_minute(world: MemoryWorld) -> None:
    for _ in range(10):
        about(world)
        world.ambient.at_ms += 5_000

    assert 2 == len(world.questions.asked)


def test_another_shops_money_is_as_good_as_unknown(world: MemoryWorld) -> None:
    """Both are paid at one shortcode; what the other one's payment owns is not told, and nothing is written to it."""
    theirs = record(1)
    world.store.payments[theirs.id] = theirs
    fact = MoneyReceived(
        told_by=Source.C2B, receipt=RECEIPT, amount_kes=70, shortcode=PAYBILL, reference="INV1042",
        completed_at_ms=START_MS, said_at_ms=START_MS, learned_at_ms=START_MS,
    )  # fmt: skip
    run(receive_money(fact, FLOW), world)
    before = world.store.payments[theirs.id]
    about(world, OTHER)
    answer(world, told_of(), place=0)
    answer(world, {}, "R000002", place=1)

    assert (CheckState.NOT_FOUND, None) == (known(world, "other").state(START_MS), known(world, "other").found)
    assert before == world.store.payments[payment_id(1)]


def test_who_paid_is_kept_as_a_keyed_hash_and_told_nowhere(world: MemoryWorld) -> None:
    """An answer names the payer and the whole number."""
    about(world)
    answer(world, told_of(TransactionReason="sent by 254712345678 Amina Otieno"), place=0)

    kept = repr((world.transactions.all, world.store.receipts, world.ambient.reports, world.boundaries))
    assert [] == [word for word in ("254712345678", "712345678", "Otieno", SECRET) if word in kept]


def test_a_claimed_code_is_asked_about_three_times_at_most(world: MemoryWorld) -> None:
    """Unknown codes cost anybody's payer a form; they must not cost us more."""
    for _ in range(50):
        run(ask_for_claim("shop", RECEIPT, FLOW), world)
        answer(world, {}, "R000002", place=-2)
        answer(world, {}, "R000002", place=-1)
        world.ambient.at_ms += 5 * MINUTE_MS

    assert 3 == known(world).rounds
    assert 6 == len(world.questions.asked)


def test_a_claim_is_not_held_up_by_an_operator_that_is_missing(world: MemoryWorld) -> None:
    world.initiator = MemoryInitiator()

    run(ask_for_claim("shop", RECEIPT, FLOW), world)

    assert [("claim_not_asked", {"why": "InitiatorMissing"})] == world.ambient.reports
