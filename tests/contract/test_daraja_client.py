"""The client's calls for money out and everything beside prompts, against the simulator and Safaricom's sandbox."""

from __future__ import annotations

import os
import secrets

import pytest

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.errors import RefusalCause, Refused
from daraja.requests.business import BusinessPaymentRequest
from daraja.requests.c2b import C2bRegisterRequest, C2bRegisterV1Request, C2bSimulateRequest
from daraja.requests.payouts import B2cRequest, B2cV1Request
from daraja.requests.qr import QrRequest
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from daraja.requests.reversals import ReversalRequest
from daraja.result_codes import RESULT, find
from daraja.results import TransactionState, balance_of, business_payment_of, payout_of, status_of
from tests.contract.conftest import Simulator
from tests.contract.outside import (
    ORGANISATION,
    OTHER_PARTY,
    PHONE,
    SANDBOX_NEEDS,
    Outside,
    SimulatorOutside,
    daraja_verified,
    of_operator,
    outsides,
)

outside = pytest.fixture(outsides, name="outside")


def a_payout(outside: Outside, **changed: object) -> B2cRequest:
    """Ten shillings to the test number, under a new id."""
    fields = {
        **of_operator(outside, "b2c"),
        "originator_conversation_id": secrets.token_hex(9),
        "shortcode": ORGANISATION,
        "phone": PHONE,
        "amount_kes": 10,
        "occasion": "INV1042",
        **changed,
    }
    return B2cRequest.model_validate(fields)


def a_status(outside: Outside, **about: str) -> TransactionStatusRequest:
    """What became of a receipt or id of the organisation."""
    return TransactionStatusRequest.model_validate({**of_operator(outside, "status"), "party": ORGANISATION, **about})


@daraja_verified
def test_a_payout_is_acknowledged_and_then_told(outside: Outside) -> None:
    """Our id comes back at once; receipt, amount and recipient with the result."""
    request = a_payout(outside)

    acknowledged = outside.client.pay_out(outside.token(), request)
    (result,) = outside.results("b2c")

    assert isinstance(acknowledged, Acknowledged)
    assert request.originator_conversation_id == acknowledged.originator_conversation_id
    assert acknowledged.conversation_id == result.conversation_id
    told = payout_of(result)
    assert (True, 10, PHONE) == (result.is_success, told.amount_kes, told.recipient.number)
    assert (result.transaction_id, True) == (told.receipt, told.completed_at_ms is not None)


@daraja_verified
def test_an_id_that_was_seen_is_taken_and_not_refused(outside: Outside) -> None:
    """The safety net for a lost answer."""
    request, token = a_payout(outside), outside.token()
    outside.client.pay_out(token, request)

    again = outside.client.pay_out(token, request)

    assert isinstance(again, AlreadyTaken)


@daraja_verified
def test_version_1_of_a_payout_is_acknowledged_under_an_id_of_safaricom(outside: Outside) -> None:
    """It carries none of ours."""
    fields = {"shortcode": ORGANISATION, "phone": PHONE, "amount_kes": 10}
    request = B2cV1Request.model_validate({**of_operator(outside, "b2c"), **fields})

    acknowledged = outside.client.pay_out_v1(outside.token(), request)
    (result,) = outside.results("b2c")

    assert acknowledged.conversation_id == result.conversation_id


@daraja_verified
def test_a_business_is_paid(outside: Outside) -> None:
    """The result names the receiver and what is left."""
    fields = {
        **of_operator(outside, "b2b"),
        "command": "BusinessPayBill",
        "shortcode": ORGANISATION,
        "receiver": OTHER_PARTY,
        "amount_kes": 15,
        "account_reference": "ACC-77",
    }
    request = BusinessPaymentRequest.model_validate(fields)

    acknowledged = outside.client.pay_business(outside.token(), request)
    (result,) = outside.results("b2b")

    told = business_payment_of(result)
    assert acknowledged.conversation_id == result.conversation_id
    assert (15, OTHER_PARTY, True) == (told.amount_kes, told.receiver.number, told.receiver.is_organisation)


@daraja_verified
def test_a_payment_that_never_was_cannot_be_reversed(outside: Outside) -> None:
    """Taken, then refused by its result, with a code that is known."""
    request = ReversalRequest(
        **of_operator(outside, "reversal"), receipt="UKTN0THERE", amount_kes=10, shortcode=ORGANISATION
    )

    outside.client.reverse(outside.token(), request)
    (result,) = outside.results("reversal")

    assert (False, True) == (result.is_success, find(RESULT, result.code) is not None)


@daraja_verified
def test_the_status_of_a_payout_is_told_by_our_id(outside: Outside) -> None:
    """The only way to learn what became of one whose answer was lost."""
    payout, token = a_payout(outside), outside.token()
    outside.client.pay_out(token, payout)
    (paid,) = outside.results("b2c")

    outside.client.ask_status(token, a_status(outside, originator_conversation_id=payout.originator_conversation_id))
    (result,) = outside.results("status")

    told = status_of(result)
    assert (TransactionState.COMPLETED, paid.transaction_id, 10) == (told.state, told.receipt, told.amount_kes)


@daraja_verified
def test_the_status_of_what_never_was_is_no_success(outside: Outside) -> None:
    """Neither completed nor anything else."""
    outside.client.ask_status(outside.token(), a_status(outside, receipt="UKTN0THERE"))
    (result,) = outside.results("status")

    assert (False, None) == (result.is_success, status_of(result).state)


@daraja_verified
def test_the_accounts_are_told_with_their_figures(outside: Outside) -> None:
    """Exact, in shillings."""
    request = AccountBalanceRequest(**of_operator(outside, "balance"), shortcode=ORGANISATION)

    outside.client.ask_balance(outside.token(), request)
    (result,) = outside.results("balance")

    accounts = balance_of(result).accounts
    assert {"Utility Account", "Working Account"} <= {account.name for account in accounts}
    assert {"KES"} == {account.currency for account in accounts}


@daraja_verified
def test_addresses_are_registered_by_both_versions(outside: Outside) -> None:
    """May be repeated in the sandbox."""
    fields = {
        "shortcode": ORGANISATION,
        "confirmation_url": f"{outside.inbox_address}/c2b/confirmation",
        "validation_url": f"{outside.inbox_address}/c2b/validation",
    }
    token = outside.token()

    version_2 = outside.client.register_urls(token, C2bRegisterRequest.model_validate(fields))
    version_1 = outside.client.register_urls(token, C2bRegisterV1Request.model_validate(fields))

    assert ("success", "success") == (version_2.text.lower(), version_1.text.lower())


@daraja_verified
def test_a_payment_by_hand_is_simulated(outside: Outside) -> None:
    """To a paybill, with a reference."""
    request = C2bSimulateRequest(shortcode=ORGANISATION, amount_kes=100, phone=PHONE, reference="INV1042")

    simulated = outside.client.simulate_payment(outside.token(), request)

    assert "accept the service request" in simulated.text.lower()


@daraja_verified
def test_a_picture_to_pay_by_is_a_png(outside: Outside) -> None:
    """In base64."""
    request = QrRequest(
        merchant_name="Shop", reference="INV1042", amount_kes=250, kind="PB", credit_party="174379", size=300
    )

    assert outside.client.make_qr(outside.token(), request).png_base64.startswith("iVBORw0KGgo")


@daraja_verified
def test_a_wrong_shortcode_is_the_shops_matter(outside: Outside) -> None:
    """Refused at once, and certainly not taken."""
    with pytest.raises(Refused) as caught:
        outside.client.pay_out(outside.token(), a_payout(outside, shortcode="9999999"))

    assert RefusalCause.SHOP_SETUP == caught.value.cause


def test_the_sandbox_takes_part_when_its_credentials_are_given() -> None:
    """Otherwise each test above has one case, and none is skipped."""
    given = all(os.environ.get(name) for name in SANDBOX_NEEDS)

    assert ["simulator", "sandbox"][: 1 + given] == list(daraja_verified.mark.args[1])


def test_the_simulator_is_asked_over_http(simulator: Simulator) -> None:
    """By the very client that asks Safaricom."""
    assert SimulatorOutside(simulator).token()
