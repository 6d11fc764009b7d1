"""Balances and M-PESA's codes over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused
from gateway.domain.circuit import Circuit, Opening
from gateway.domain.money_out.outgoing import OutgoingRecord, originator_conversation_id, terms_of
from gateway.flows.accounts_shown import exact
from gateway.flows.money_out.begin import begin_payout
from gateway.flows.money_out.keep import keep_outgoing
from gateway.flows.settings import FlowSettings
from gateway.ports import Indexed, StoreUnavailable, run
from tests import outgoing_samples as told
from tests.memory_initiator import MemoryInitiator
from tests.memory_store import START_MS
from tests.unit.web import questions_sample
from tests.unit.web.questions_sample import FOUND, PAYBILL
from tests.unit.web.shop import OTHER_SECRET, SECRET, Answered, Gateway

CODE = "UC2NEVER00"


@pytest.fixture
def gateway() -> Gateway:
    """With what M-PESA was asked a minute and a half ago."""
    made = Gateway()
    questions_sample.store(made)
    return made


def check(gateway: Gateway, code: str = CODE, **how: Any) -> Answered:
    return gateway.call("POST", f"/v1/transactions/{code}/check", **how)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("25100.5", "25100.50"), ("0", "0.00"), ("-154", "-154.00"), ("0.008", "0.008"), ("1E+3", "1000.00")],
)
def test_an_amount_is_shown_with_its_cents_and_with_all_digits(amount: str, shown: str) -> None:
    assert shown == exact(Decimal(amount))


def test_a_shop_sees_its_own_balances_alone(gateway: Gateway) -> None:
    """Though both are paid at one shortcode."""
    answer = gateway.call("GET", "/v1/balance", secret=OTHER_SECRET)

    assert [(PAYBILL, None, [])] == [(one["shortcode"], one["as_of"], one["accounts"]) for one in answer.json["data"]]


def test_refreshing_asks_about_each_shortcode_that_has_an_operator(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/balance/refresh")

    assert (202, [PAYBILL]) == (answer.status, [one.about for one in gateway.world.questions.asked])


def test_refreshing_twice_asks_once(gateway: Gateway) -> None:
    for _ in range(2):
        gateway.call("POST", "/v1/balance/refresh")

    assert 1 == len(gateway.world.questions.asked)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSent(NotSentReason.UNREACHABLE, retryable=True), "mpesa_unavailable"),
        (MaybeSent(MaybeSentReason.READ_TIMEOUT), "mpesa_unavailable"),
        (Refused("400.002.02", "Invalid PartyA", RefusalCause.SHOP_SETUP), "mpesa_refused"),
    ],
)
def test_why_mpesa_was_not_asked_is_told(error: Exception, code: str, gateway: Gateway) -> None:
    gateway.world.questions.errors.append(error)
    of_balance = gateway.call("POST", "/v1/balance/refresh")
    gateway.world.questions.errors.append(error)

    assert [code, code] == [of_balance.code, check(gateway).code]


def test_a_stopped_operator_is_told_with_its_cause_and_nothing_is_sent(gateway: Gateway) -> None:
    gateway.world.initiator.circuits[PAYBILL] = Circuit(
        shortcode=PAYBILL, openings={"*": Opening("8006", "pay_out", START_MS)}
    )

    answers = [gateway.call("POST", "/v1/balance/refresh"), check(gateway)]

    assert ["initiator_stopped"] * 2 == [answer.code for answer in answers]
    assert all("8006" in answer.json["detail"] for answer in answers)
    assert [] == gateway.world.questions.asked


def test_without_any_operator_it_is_said_how_to_set_one(gateway: Gateway) -> None:
    gateway.world.initiator = MemoryInitiator()

    assert ["initiator_missing"] * 2 == [
        answer.code for answer in (gateway.call("POST", "/v1/balance/refresh"), check(gateway))
    ]


def test_a_code_is_the_same_in_small_letters(gateway: Gateway) -> None:
    found = gateway.call("GET", f"/v1/transactions/{FOUND.lower()}")

    assert (FOUND, "completed", PAYBILL) == (
        found.json["receipt"],
        found.json["check"]["status"],
        found.json["check"]["shortcode"],
    )


@pytest.mark.parametrize("code", ["x", "UC2-NEVER0", "UC2NEVER%2F0", "A" * 21])
def test_what_is_no_code_is_nothing_here(code: str, gateway: Gateway) -> None:
    answers = [gateway.call("GET", f"/v1/transactions/{code}"), check(gateway, code)]

    assert [404, 404] == [answer.status for answer in answers]
    assert [] == gateway.world.questions.asked


def went(gateway: Gateway, **asked: Any) -> None:
    """Money of this shop that M-PESA says went out."""
    begun = told.asked(created_at_ms=told.T0_MS, **asked)
    record = OutgoingRecord(begun, {}, version=1, updated_at_ms=told.T0_MS)
    gateway.world.outgoings.create_outgoing(record, Indexed(due_at_ms=None, summary={"status": "accepted"}))
    terms = terms_of(begun, 1, begun.method)
    own: dict[str, Any] = {"originator_conversation_id": originator_conversation_id(begun.id, 1)}
    facts = (told.approved(terms=terms), told.begun(terms=terms, **own), told.accepted(**own), told.result(**own))
    run(keep_outgoing(begun.id, lambda _: facts, FlowSettings()), gateway.world)


REFUND = {"id": "ref_" + "1" * 32, "kind": "refund", "payment": "pay_" + "2" * 32, "original_receipt": FOUND}


@pytest.mark.parametrize(("kind", "asked"), [("payout", {}), ("refund", REFUND)], ids=["of a payout", "of a refund"])
def test_what_went_out_under_a_code_is_told_to_its_shop_alone(
    kind: str, asked: dict[str, Any], gateway: Gateway
) -> None:
    went(gateway, **asked)
    mine, others = (
        gateway.call("GET", f"/v1/transactions/{told.RECEIPT}", secret=secret) for secret in (SECRET, OTHER_SECRET)
    )
    shown = {key: value for key, value in mine.json.items() if key in ("payout", "refund", "payment", "c2b") and value}

    assert {kind: ("succeeded", 250)} == {key: (value["status"], value["amount"]) for key, value in shown.items()}
    assert (404, True) == (others.status, others.json["can_check"])


def test_what_has_no_receipt_yet_is_under_no_code(gateway: Gateway) -> None:
    begun = told.asked()
    run(begin_payout(begun, FlowSettings()), gateway.world)

    assert 404 == gateway.call("GET", f"/v1/transactions/{told.RECEIPT}").status


def test_a_shop_may_not_wear_mpesa_out(gateway: Gateway) -> None:
    """Sixty codes in ten minutes; looking again at one that is on its way counts nothing."""
    answers = [check(gateway, f"UC2MANY{number:03d}") for number in range(61)]
    again = check(gateway, "UC2MANY000")

    assert [202] * 60 + [429] == [answer.status for answer in answers]
    assert ("too_many_requests", 202) == (answers[-1].code, again.status)


def test_what_is_asked_is_not_told_to_the_other_shop(gateway: Gateway) -> None:
    check(gateway)

    answer = gateway.call("GET", f"/v1/transactions/{CODE}", secret=OTHER_SECRET)

    assert (404, True) == (answer.status, answer.json["can_check"])


PICTURE = {"amount": 250, "account_reference": "INV1042"}


def test_a_picture_is_drawn_for_the_paybill(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/qr", PICTURE)

    assert (200, "iVBORw0KGgo=", PAYBILL) == (answer.status, answer.json["png"], answer.json["shortcode"])
    assert [(250, "INV1042", 300)] == [
        (one.amount_kes, one.reference, one.size) for one in gateway.world.mpesaqr.wanted
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": 0}, "amount_too_small"),
        ({"amount": 2.5}, "amount_invalid"),
        ({"account_reference": "with blanks"}, "reference_invalid"),
        ({"shortcode": "999999"}, "shortcode_unknown"),
        ({"size": 99}, "field_invalid"),
        ({"size": 1001}, "field_invalid"),
        ({"size": True}, "field_invalid"),
        ({"colour": "red"}, "unknown_field"),
    ],
    ids=str,
)
def test_a_picture_that_cannot_be_paid_by_is_not_asked_for(fields: dict[str, Any], code: str, gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/qr", PICTURE | fields)

    assert (code, []) == (answer.code, gateway.world.mpesaqr.wanted)


def test_a_picture_that_safaricom_does_not_draw_is_told_so(gateway: Gateway) -> None:
    gateway.world.mpesaqr.errors.append(MaybeSent(MaybeSentReason.READ_TIMEOUT))

    assert "mpesa_unavailable" == gateway.call("POST", "/v1/qr", PICTURE).code


DAY_MS = 86_400_000
STOPPED = Circuit(shortcode=PAYBILL, set_at_ms=START_MS, openings={"*": Opening("2001", "pay_out", START_MS)})
ROLE = Circuit(shortcode=PAYBILL, set_at_ms=START_MS, openings={"ask_balance": Opening("21", "ask_balance", START_MS)})


@pytest.mark.parametrize(
    ("circuit", "state", "tells"),
    [
        (Circuit(shortcode=PAYBILL, set_at_ms=START_MS), "ok", "works"),
        (Circuit(shortcode=PAYBILL, set_at_ms=START_MS - 74 * DAY_MS), "ok", "works"),
        (Circuit(shortcode=PAYBILL, set_at_ms=START_MS - 75 * DAY_MS), "degraded", "in 15 days"),
        (Circuit(shortcode=PAYBILL, set_at_ms=START_MS - 89 * DAY_MS), "degraded", "in 1 days"),
        (Circuit(shortcode=PAYBILL, set_at_ms=START_MS - 90 * DAY_MS), "down", "ran out"),
        (STOPPED, "down", "stopped for everything: M-PESA said 2001"),
        (ROLE, "down", "stopped for ask_balance: M-PESA said 21"),
    ],
    ids=["new", "of 74 days", "of 75 days", "of 89 days", "of 90 days", "stopped", "without a role"],
)
def test_health_tells_of_an_operator(circuit: Circuit, state: str, tells: str, gateway: Gateway) -> None:
    gateway.world.initiator.circuits[PAYBILL] = circuit

    part = gateway.call("GET", "/v1/health").json["parts"]["initiators"]

    assert state == part["state"]
    assert tells in part["detail"]


def test_health_tells_the_worst_of_several_operators(gateway: Gateway) -> None:
    gateway.world.initiator.circuits |= {PAYBILL: STOPPED, "4000000": Circuit(shortcode="4000000", set_at_ms=START_MS)}

    assert "down" == gateway.call("GET", "/v1/health").json["parts"]["initiators"]["state"]


def test_a_shop_without_operators_is_well(gateway: Gateway) -> None:
    assert "ok" == gateway.call("GET", "/v1/health").json["parts"]["initiators"]["state"]


def test_with_the_table_away_nothing_is_asked(gateway: Gateway) -> None:
    gateway.world.fail_next["Transactions.save_transaction"].append(StoreUnavailable("away"))

    answer = check(gateway)

    assert (503, []) == (answer.status, gateway.world.questions.asked)
