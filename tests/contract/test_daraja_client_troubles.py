"""The client against the simulator's weather: what it says about money is what the books say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from daraja.answers import Acknowledged, AlreadyTaken, PullOutcome
from daraja.errors import DarajaError, MaybeSent, NotSent, RefusalCause, Refused, TokenRejected
from daraja.requests.bills import BillCancelRequest
from daraja.requests.business import BusinessPaymentRequest
from daraja.requests.payouts import B2cRequest, PochiRequest
from daraja.requests.pull import PullQueryRequest, PullRegisterRequest
from daraja.requests.qr import QrRequest
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from daraja.requests.reversals import ReversalRequest
from daraja.result_codes import RESULT, Meaning, about_initiator, find
from daraja.results import (
    TransactionState,
    Unreadable,
    UnreadableReason,
    business_payment_of,
    parse_queue_timeout,
    parse_result,
    payout_of,
    reversal_of,
    status_of,
)
from tests.contract.conftest import Simulator
from tests.contract.outside import ORGANISATION, PHONE, SimulatorOutside, of_operator

OUR_ID = "0f1e2d3c4b5a697881"
PAYBILL, TILL, TILL_STORE = "174379", "5000002", "4000001"


@pytest.fixture
def outside(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def a_payout(outside: SimulatorOutside, **changed: object) -> B2cRequest:
    """Ten shillings under our id."""
    fields = {"originator_conversation_id": OUR_ID, "shortcode": ORGANISATION, "phone": PHONE, "amount_kes": 10}
    return B2cRequest.model_validate({**of_operator(outside, "b2c"), **fields, **changed})


def a_reversal(outside: SimulatorOutside, receipt: str) -> ReversalRequest:
    """Of 250 shillings."""
    fields = {"receipt": receipt, "amount_kes": 250, "shortcode": PAYBILL}
    return ReversalRequest.model_validate({**of_operator(outside, "reversal"), **fields})


def a_status(outside: SimulatorOutside) -> TransactionStatusRequest:
    """Of our id."""
    fields = {"party": ORGANISATION, "originator_conversation_id": OUR_ID}
    return TransactionStatusRequest.model_validate({**of_operator(outside, "status"), **fields})


def a_window(simulator: Simulator, **changed: object) -> PullQueryRequest:
    """An hour back and an hour ahead."""
    now = dt.datetime.fromisoformat(simulator.control("GET", "clock")["now"])
    now_ms = int(now.timestamp() * 1_000)
    fields = {"shortcode": PAYBILL, "from_ms": now_ms - 3_600_000, "until_ms": now_ms + 3_600_000}
    return PullQueryRequest.model_validate({**fields, **changed})


def paid_by_hand(simulator: Simulator) -> str:
    """250 shillings to the paybill; gives the receipt."""
    payment = {"shortcode": PAYBILL, "account": "INV1042", "amount": 250}
    return str(simulator.control("POST", f"phones/{PHONE}/pay", payment)["receipt"])


def transfers(simulator: Simulator) -> list[dict[str, Any]]:
    """What left, by the books."""
    return [one for one in simulator.control("GET", "books")["entries"] if one["direction"] == "out"]


def order_fault(simulator: Simulator, call: str, fault: str) -> None:
    """Once."""
    simulator.control("POST", "faults", {"call": call, "fault": fault, "count": 1})


def test_a_pochi_wallet_is_paid(outside: SimulatorOutside) -> None:
    """Told like a payout."""
    fields = {"originator_conversation_id": OUR_ID, "shortcode": ORGANISATION, "phone": PHONE, "amount_kes": 10}
    request = PochiRequest.model_validate({**of_operator(outside, "pochi"), **fields})

    acknowledged = outside.client.pay_out(outside.token(), request)
    (result,) = outside.results("pochi")

    assert isinstance(acknowledged, Acknowledged)
    assert [(10, result.transaction_id)] == [(one["amount"], one["receipt"]) for one in transfers(outside.simulator)]


@pytest.mark.parametrize("identifier_type", ["2", "4"])
def test_a_till_is_paid_by_either_identifier(outside: SimulatorOutside, identifier_type: str) -> None:
    """The portal says 4, others send 2."""
    fields = {
        "command": "BusinessBuyGoods",
        "shortcode": ORGANISATION,
        "receiver": TILL,
        "receiver_identifier_type": identifier_type,
        "amount_kes": 15,
        "account_reference": "ACC-77",
    }
    request = BusinessPaymentRequest.model_validate({**of_operator(outside, "b2b"), **fields})

    outside.client.pay_business(outside.token(), request)
    (result,) = outside.results("b2b")

    told = business_payment_of(result)
    assert (True, 15, TILL, Decimal(19_985)) == (result.is_success, told.amount_kes, told.receiver.number, told.balance)


def test_a_reversal_is_told_and_repeated_it_is_known_as_done(outside: SimulatorOutside) -> None:
    """R000001: the money is back, so nothing more is to be given."""
    receipt, token = paid_by_hand(outside.simulator), outside.token()
    outside.client.reverse(token, a_reversal(outside, receipt))
    (first,) = outside.results("reversal")
    outside.client.reverse(token, a_reversal(outside, receipt))
    _, second = outside.results("reversal", count=2)

    told, again = reversal_of(first), find(RESULT, second.code)
    assert (receipt, 250, PHONE) == (told.original_receipt, told.amount_kes, told.credited.number)
    assert again is not None
    assert (Meaning.ALREADY_REVERSED, 1) == (again.meaning, len(transfers(outside.simulator)))


def test_a_payout_whose_answer_is_lost_is_found_by_its_id(outside: SimulatorOutside) -> None:
    """Perhaps sent; the same id again is taken; Status knows it; the books have it once."""
    order_fault(outside.simulator, "b2c", "answer_lost")
    token = outside.token()
    with pytest.raises(MaybeSent):
        outside.client.pay_out(token, a_payout(outside))
    again = outside.client.pay_out(token, a_payout(outside))
    outside.results("b2c")
    outside.client.ask_status(token, a_status(outside))
    (status,) = outside.results("status")

    assert isinstance(again, AlreadyTaken)
    assert (TransactionState.COMPLETED, OUR_ID) == (
        status_of(status).state,
        status_of(status).originator_conversation_id,
    )
    assert 1 == len(transfers(outside.simulator))


def test_a_payout_that_never_arrived_may_be_sent_under_the_same_id(outside: SimulatorOutside) -> None:
    """For the client both look alike: perhaps sent."""
    order_fault(outside.simulator, "b2c", "connection_cut_before")
    token = outside.token()
    with pytest.raises(MaybeSent):
        outside.client.pay_out(token, a_payout(outside))
    outside.client.ask_status(token, a_status(outside))
    (status,) = outside.results("status")
    again = outside.client.pay_out(token, a_payout(outside))

    assert (False, None) == (status.is_success, status_of(status).state)
    assert isinstance(again, Acknowledged)


def test_wrong_passwords_are_known_as_the_operators_and_lock_it(outside: SimulatorOutside) -> None:
    """2001 until the lock, then 8006."""
    token, wrong = outside.token(), outside.credential("wrong")
    for number in range(6):
        request = a_payout(outside, originator_conversation_id=f"id-{number}", security_credential=wrong)
        outside.client.pay_out(token, request)
    results = outside.results("b2c", count=6)

    meanings = [about_initiator(result.code, result.description) for result in results]
    assert [Meaning.INITIATOR_REJECTED] * 5 + [Meaning.INITIATOR_LOCKED] == meanings


CALLS = ("b2c", "b2b", "reversal", "status", "balance", "qr", "pull")
WEATHER: dict[str, type[DarajaError]] = {
    "refuse_connection": MaybeSent,
    "connection_cut": MaybeSent,
    "answer_lost": MaybeSent,
    "truncated": MaybeSent,
    "malformed": MaybeSent,
    "http_500": MaybeSent,
    "http_503": NotSent,
    "html_403": NotSent,
    "spike_arrest": NotSent,
    "token_revoked": TokenRejected,
}
"""What each fault of the outside is, for money."""


def ask(outside: SimulatorOutside, call: str) -> object:
    """One right request of each kind."""
    client, token = outside.client, outside.token()
    business = {"command": "BusinessPayBill", "receiver": "600000", "amount_kes": 15, "account_reference": "A"}
    asked: dict[str, Callable[[], object]] = {
        "b2c": lambda: client.pay_out(token, a_payout(outside)),
        "b2b": lambda: client.pay_business(
            token,
            BusinessPaymentRequest.model_validate(
                {**of_operator(outside, "b2b"), "shortcode": ORGANISATION, **business}
            ),
        ),
        "reversal": lambda: client.reverse(token, a_reversal(outside, "UKTN0THERE")),
        "status": lambda: client.ask_status(token, a_status(outside)),
        "balance": lambda: client.ask_balance(
            token, AccountBalanceRequest.model_validate({**of_operator(outside, "balance"), "shortcode": ORGANISATION})
        ),
        "qr": lambda: client.make_qr(
            token,
            QrRequest(merchant_name="Shop", reference="INV1", amount_kes=250, kind="PB", credit_party=PAYBILL),
        ),
        "pull": lambda: client.pull(token, a_window(outside.simulator)),
    }
    return asked[call]()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", WEATHER)
def test_what_goes_wrong_with_a_call_is_sorted_by_what_it_means_for_money(
    outside: SimulatorOutside, call: str, fault: str
) -> None:
    """And what the client calls not sent is in nobody's books."""
    order_fault(outside.simulator, call, fault)

    with pytest.raises(DarajaError) as caught:
        ask(outside, call)

    conversations = outside.simulator.control("GET", "conversations")["conversations"]
    assert WEATHER[fault] is type(caught.value)
    assert not isinstance(caught.value, NotSent) or [] == conversations


def test_a_path_that_is_not_served_was_not_taken(outside: SimulatorOutside) -> None:
    """Resource not found, as for a product of Safaricom's that does not exist."""
    request = BillCancelRequest(app_key="AG_1234", external_reference="INV1042")

    with pytest.raises(Refused) as caught:
        outside.client.manage_bills(outside.token(), request, "/mpesa/nowhere")

    assert RefusalCause.NOT_ALLOWED == caught.value.cause


def test_a_queue_time_out_is_read_as_a_notice_and_its_result_follows(outside: SimulatorOutside) -> None:
    """It names the request and says nothing of its end."""
    order_fault(outside.simulator, "result", "queue_timeout_then_result")
    outside.client.pay_out(outside.token(), a_payout(outside))
    outside.simulator.advance(30)
    notice, result = (one.text.encode() for one in outside.simulator.received)

    told = parse_queue_timeout(notice)
    assert ("/timeout/b2c", OUR_ID, None) == (
        outside.simulator.received[0].path,
        told.originator_conversation_id,
        find(RESULT, told.code or ""),
    )
    assert parse_result(result).is_success


def test_a_result_on_no_list_ends_nothing(outside: SimulatorOutside) -> None:
    """Its code has no row."""
    order_fault(outside.simulator, "result", "unknown_code")
    outside.client.pay_out(outside.token(), a_payout(outside))
    (result,) = outside.results("b2c")

    assert (None, None) == (find(RESULT, result.code), payout_of(result).receipt)


def test_a_result_with_two_receipts_has_no_single_meaning(outside: SimulatorOutside) -> None:
    """Kept as it came, and asked about."""
    order_fault(outside.simulator, "result", "other_receipt")
    outside.client.pay_out(outside.token(), a_payout(outside))
    (result,) = outside.results("b2c")

    with pytest.raises(Unreadable) as caught:
        payout_of(result)

    assert UnreadableReason.CONFLICTING_KEYS == caught.value.reason


def test_what_customers_paid_is_pulled_page_by_page(outside: SimulatorOutside) -> None:
    """The next offset is what was told so far."""
    token, simulator = outside.token(), outside.simulator
    request = PullRegisterRequest(
        shortcode=PAYBILL, nominated_number="0722000111", callback_url=f"{outside.inbox_address}/pull"
    )
    registered = [outside.client.register_pull(token, request).was_registered for _ in range(2)]
    receipts = [paid_by_hand(simulator) for _ in range(3)]
    first = outside.client.pull(token, a_window(simulator, offset=1))
    last = outside.client.pull(token, a_window(simulator, offset=1 + first.told))

    assert [False, True] == registered
    assert (PullOutcome.ROWS, receipts[1:]) == (first.outcome, [row.receipt for row in first.rows])
    assert [(250, "INV1042", "708374149")] * 2 == [(row.amount_kes, row.reference, row.phone) for row in first.rows]
    assert (PullOutcome.NOTHING, 0) == (last.outcome, last.told)


def test_a_shortcode_that_is_not_registered_cannot_be_pulled(outside: SimulatorOutside) -> None:
    """The shop's matter."""
    with pytest.raises(Refused) as caught:
        outside.client.pull(outside.token(), a_window(outside.simulator))

    assert RefusalCause.SHOP_SETUP == caught.value.cause
