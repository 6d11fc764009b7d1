"""Tax and an organisation's own float, by the client: against the simulator, and Safaricom's sandbox for tax."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daraja.errors import RefusalCause, Refused
from daraja.requests.business import BusinessPaymentRequest, TaxRequest
from daraja.requests.questions import TransactionStatusRequest
from daraja.results import TransactionState, business_payment_of, status_of
from tests.contract.conftest import Simulator
from tests.contract.outside import ORGANISATION, Outside, SimulatorOutside, daraja_verified, of_operator, outsides

outside = pytest.fixture(outsides, name="outside")
KRA, PRN = "572572", "353353"


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def a_tax(outside: Outside, **changed: object) -> TaxRequest:
    """239 shillings under a PRN."""
    fields = {**of_operator(outside, "tax"), "shortcode": ORGANISATION, "amount_kes": 239, "prn": PRN}
    return TaxRequest.model_validate({**fields, **changed})


def balances(simulator: Simulator, shortcode: str) -> dict[str, int]:
    """By account."""
    found: dict[str, int] = simulator.control("GET", "books")["balances"][shortcode]
    return found


@daraja_verified
def test_tax_is_remitted(outside: Outside) -> None:
    """Acknowledged, then told with a receipt, the authority and the PRN."""
    acknowledged = outside.client.pay_business(outside.token(), a_tax(outside))
    (result,) = outside.results("tax")

    told = business_payment_of(result)
    assert acknowledged.conversation_id == result.conversation_id
    assert (True, 239, KRA, PRN) == (result.is_success, told.amount_kes, told.receiver.number, told.reference)


def test_tax_leaves_the_working_account_and_reaches_the_authority(local: SimulatorOutside) -> None:
    """One receipt in both books, and in the statement."""
    local.client.pay_business(local.token(), a_tax(local))
    (result,) = local.results("tax")
    query = {"shortcode": ORGANISATION, "account": "working"}
    statement = local.simulator.http.get("/control/api/statement", params=query).text

    assert Decimal(19_761) == business_payment_of(result).balance
    accounts = [(ORGANISATION, "working"), (KRA, "utility")]
    assert [19_761, 25_239] == [balances(local.simulator, shortcode)[account] for shortcode, account in accounts]
    assert f"{result.transaction_id}," in statement
    assert "Pay Tax To KRA to 572572" in statement


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"CommandID": "BusinessPayBill"}, "CommandID"),
        ({"PartyB": "600000"}, "PartyB"),
        ({"RecieverIdentifierType": "2"}, "RecieverIdentifierType"),
        ({"SenderIdentifierType": "1"}, "SenderIdentifierType"),
        ({"AccountReference": ""}, "AccountReference"),
        ({"Amount": "2.5"}, "Amount"),
        ({"PartyA": "999999"}, "PartyA"),
    ],
)
def test_a_wrong_field_of_tax_is_named(local: SimulatorOutside, changed: dict[str, str], field: str) -> None:
    """Only one receiver, of one type, and a PRN."""
    body = {**a_tax(local).body(), **changed}

    answer = local.simulator.post("/mpesa/b2b/v1/remittax", body)

    assert (400, f"Bad Request - Invalid {field}") == (answer.status_code, answer.json()["errorMessage"])


def test_an_unknown_payer_of_tax_is_the_shops_matter(local: SimulatorOutside) -> None:
    """Refused at once."""
    with pytest.raises(Refused) as caught:
        local.client.pay_business(local.token(), a_tax(local, shortcode="999999"))

    assert RefusalCause.SHOP_SETUP == caught.value.cause


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"amount_kes": 20_001}, "1"), ({"prn": "0700002006"}, "2006"), ({"initiator": "nobody"}, "2001")],
    ids=["too little in Working", "magic PRN", "unknown operator"],
)
def test_tax_that_m_pesa_refuses_is_told_as_a_result(
    local: SimulatorOutside, changed: dict[str, object], code: str
) -> None:
    """And nothing moves."""
    local.client.pay_business(local.token(), a_tax(local, **changed))
    (result,) = local.results("tax")

    assert (code, 20_000) == (result.code, balances(local.simulator, ORGANISATION)["working"])


def test_an_operator_without_the_role_may_not_remit_tax(local: SimulatorOutside) -> None:
    """Code 21, as for each command."""
    local.simulator.control("POST", "initiators/testapi", {"refused": ["PayTaxToKRA"]})
    local.client.pay_business(local.token(), a_tax(local))
    (result,) = local.results("tax")

    assert "21" == result.code


@pytest.mark.parametrize(
    ("prn", "told"), [("0700020001", 0), ("0700020002", 1), ("0700020003", 2)], ids=["lost", "late", "twice"]
)
def test_magic_prns_are_remitted_once_however_it_is_told(local: SimulatorOutside, prn: str, told: int) -> None:
    """As with payouts."""
    local.client.pay_business(local.token(), a_tax(local, prn=prn))
    local.simulator.advance(30)

    results = [one for one in local.simulator.received if one.path == "/result/tax"]
    assert (told, 19_761) == (len(results), balances(local.simulator, ORGANISATION)["working"])


def test_tax_whose_result_is_lost_is_found_by_status(local: SimulatorOutside) -> None:
    """By the id of the acknowledgement."""
    acknowledged = local.client.pay_business(local.token(), a_tax(local, prn="0700020001"))
    local.simulator.advance(3)
    about = {"party": ORGANISATION, "originator_conversation_id": acknowledged.originator_conversation_id}
    local.client.ask_status(
        local.token(), TransactionStatusRequest.model_validate({**of_operator(local, "status"), **about})
    )
    (status,) = local.results("status")

    assert (TransactionState.COMPLETED, 239) == (status_of(status).state, status_of(status).amount_kes)


def a_transfer(outside: Outside, **changed: object) -> BusinessPaymentRequest:
    """500 shillings from the organisation's Working account to its Utility account."""
    fields = {
        **of_operator(outside, "float"),
        "command": "BusinessTransferFromMMFToUtility",
        "shortcode": ORGANISATION,
        "receiver": ORGANISATION,
        "amount_kes": 500,
        "account_reference": "float",
    }
    return BusinessPaymentRequest.model_validate({**fields, **changed})


def test_own_float_moves_between_the_accounts(local: SimulatorOutside) -> None:
    """Under one receipt; the whole stays what it was."""
    local.client.pay_business(local.token(), a_transfer(local))
    (result,) = local.results("float")

    entries = local.simulator.control("GET", "books")["entries"]
    assert [("working", "out", result.transaction_id), ("utility", "in", result.transaction_id)] == [
        (one["account"], one["direction"], one["receipt"]) for one in entries
    ]
    assert {"utility": 25_500, "working": 19_500, "charges paid": 0} == balances(local.simulator, ORGANISATION)


def test_own_float_is_moved_to_nobody_else(local: SimulatorOutside) -> None:
    """The receiver is not ours."""
    local.client.pay_business(local.token(), a_transfer(local, receiver="600000"))
    (result,) = local.results("float")

    assert ("SFC_IC0003", 20_000) == (result.code, balances(local.simulator, ORGANISATION)["working"])
