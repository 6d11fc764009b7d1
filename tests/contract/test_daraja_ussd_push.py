"""B2B Express by the client: a merchant is asked on its phone to pay; the simulator, and the sandbox for the answer."""

from __future__ import annotations

import pytest

from daraja.direct_answers import UssdPushed, UssdPushNotice, parse_ussd_push
from daraja.errors import RefusalCause, Refused
from daraja.requests.business import UssdPushRequest
from tests.contract.conftest import Simulator
from tests.contract.outside import Outside, SimulatorOutside, daraja_verified, outsides

outside = pytest.fixture(outsides, name="outside")
TILL, STORE, PAYBILL = "5000002", "4000001", "174379"
KEEPER = "0722000555"


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def a_push(outside: Outside, **changed: object) -> UssdPushRequest:
    """The till is asked for 100 shillings."""
    fields = {
        "payer": TILL,
        "receiver": PAYBILL,
        "amount_kes": 100,
        "reference": "INV77",
        "callback_url": f"{outside.inbox_address}/ussd",
        "partner_name": "Example Vendor",
        "request_id": "550e8400-e29b-41d4-a716-446655440000",
    }
    return UssdPushRequest.model_validate({**fields, **changed})


def notices(simulator: Simulator) -> list[UssdPushNotice]:
    """What was posted to the callback address, as the client reads it."""
    return [parse_ussd_push(one.text.encode()) for one in simulator.received if one.path == "/ussd"]


def asked(local: SimulatorOutside, **changed: object) -> None:
    """Send a push, and let the prompt appear."""
    local.client.push_ussd(local.token(), a_push(local, **changed))
    local.simulator.advance(1)


def utility(simulator: Simulator) -> int:
    """What the receiver has."""
    return int(simulator.control("GET", "books")["balances"][PAYBILL]["utility"])


@daraja_verified
def test_a_merchant_is_asked(outside: Outside) -> None:
    """The answer says only that."""
    assert UssdPushed("USSD Initiated Successfully") == outside.client.push_ussd(outside.token(), a_push(outside))


def test_the_keepers_phone_shows_who_wants_what(local: SimulatorOutside) -> None:
    """Amount, partner, receiver and reference."""
    asked(local)

    prompt = local.simulator.control("GET", f"phones/{KEEPER}")["prompt"]
    text = "Do you want to pay KSh 100 from till 5000002 to Example Vendor (174379) for INV77?"
    assert (text, "ussd_push") == (prompt["text"], prompt["kind"])


def test_a_merchant_who_allows_it_pays_the_receiver(local: SimulatorOutside) -> None:
    """Out of the till's account and into the receiver's under one receipt, which the callback names."""
    asked(local)
    answer = local.simulator.control("POST", f"phones/{KEEPER}/answer", {"pin": "1234"})
    local.simulator.advance(1)

    (notice,) = notices(local.simulator)
    entries = local.simulator.control("GET", "books")["entries"]
    assert ("0", 100, "550e8400-e29b-41d4-a716-446655440000") == (notice.code, notice.amount_kes, notice.request_id)
    assert [(STORE, "out", "ussd_push", notice.receipt), (PAYBILL, "in", "b2b_received", notice.receipt)] == [
        (one["shortcode"], one["direction"], one["kind"], one["receipt"]) for one in entries
    ]
    assert (notice.receipt, 25_100) == (answer["receipt"], utility(local.simulator))


def test_what_a_merchant_paid_stands_in_the_receivers_statement(local: SimulatorOutside) -> None:
    """And in no list of customers' payments."""
    asked(local)
    receipt = local.simulator.control("POST", f"phones/{KEEPER}/answer", {"pin": "1234"})["receipt"]

    statement = local.simulator.http.get("/control/api/statement", params={"shortcode": PAYBILL}).text
    assert f"{receipt}," in statement
    assert [] == local.simulator.confirmations()


@pytest.mark.parametrize(
    ("answer", "code"),
    [({"cancel": True}, "4001"), ({"pin": "9999"}, "4203")],
    ids=["cancelled", "wrong PIN"],
)
def test_a_merchant_who_says_no_pays_nothing(local: SimulatorOutside, answer: dict[str, object], code: str) -> None:
    """Told with the reference, and without a receipt."""
    asked(local)
    local.simulator.control("POST", f"phones/{KEEPER}/answer", answer)
    local.simulator.advance(1)

    (notice,) = notices(local.simulator)
    assert (code, None, "INV77", 25_000) == (notice.code, notice.receipt, notice.reference, utility(local.simulator))


@pytest.mark.parametrize(
    ("switch", "code"),
    [({}, "4203"), ({"off": True}, "4201"), ({"no_network": True}, "4201"), ({"ussd_session": True}, "4203")],
    ids=["nobody answers", "off", "no network", "another menu is open"],
)
def test_a_merchant_who_is_not_reached_is_told_so(local: SimulatorOutside, switch: dict[str, bool], code: str) -> None:
    """Nothing is paid."""
    local.simulator.control("POST", f"phones/{KEEPER}/switch", switch)
    asked(local)
    local.simulator.advance(70)

    assert [code] == [notice.code for notice in notices(local.simulator)]


def test_an_empty_till_cannot_pay(local: SimulatorOutside) -> None:
    """The PIN was right; the money is not there."""
    asked(local, amount_kes=25_001)
    local.simulator.control("POST", f"phones/{KEEPER}/answer", {"pin": "1234"})
    local.simulator.advance(1)

    assert [("1", 25_000)] == [(notice.code, utility(local.simulator)) for notice in notices(local.simulator)]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"nominated_number": ""}, "4104", "Missing Nominated Number"),
        ({"kyc_passed": False}, "4102", "Merchant KYC Fail"),
    ],
)
def test_what_the_payers_setup_lacks_is_said_at_once(
    local: SimulatorOutside, change: dict[str, object], code: str, text: str
) -> None:
    """No phone is asked."""
    local.simulator.control("POST", f"shortcodes/{STORE}", change)

    with pytest.raises(Refused) as caught:
        asked(local)

    assert (code, text) == (caught.value.code, caught.value.text)
    assert [] == local.simulator.control("GET", "ussd-pushes")["ussd_pushes"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"payer": "999999"}, "primaryShortCode"),
        ({"receiver": "999999"}, "receiverShortCode"),
        ({"receiver": TILL}, "receiverShortCode"),
        ({"amount_kes": 250_001}, "amount"),
    ],
)
def test_a_wrong_field_of_a_push_is_named(local: SimulatorOutside, changed: dict[str, object], field: str) -> None:
    """400.002.02."""
    with pytest.raises(Refused) as caught:
        asked(local, **changed)

    assert (RefusalCause.INVALID_FIELD, field) == (caught.value.cause, caught.value.field)


def test_either_spelling_of_the_requests_id_is_taken(local: SimulatorOutside) -> None:
    """The portal's table has one, its sample the other."""
    body = dict(a_push(local).body())
    body["RequestRefId"] = body.pop("RequestRefID")

    assert "0" == local.simulator.post("/v1/ussdpush/get-msisdn", body).json()["code"]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("0700000000", ["0"]),
        ("0700004104", ["4104"]),
        ("0700030001", []),
        ("0700030002", ["0"]),
        ("0700030003", ["0", "0"]),
    ],
)
def test_magic_references_answer_by_themselves(local: SimulatorOutside, reference: str, told: list[str]) -> None:
    """A code, a lost callback, a late one, two of them."""
    asked(local, reference=reference)
    local.simulator.advance(610)

    assert told == [notice.code for notice in notices(local.simulator)]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("lost", []),
        ("twice", [("0", 100), ("0", 100)]),
        ("wrong_amount", [("0", 101)]),
        ("unknown_code", [("7777", 100)]),
    ],
)
def test_the_callback_suffers_what_is_ordered(local: SimulatorOutside, fault: str, told: list[tuple[str, int]]) -> None:
    """The money has moved whatever is told."""
    local.simulator.control("POST", "faults", {"call": "ussd_callback", "fault": fault, "count": 1})
    asked(local)
    local.simulator.control("POST", f"phones/{KEEPER}/answer", {"pin": "1234"})
    local.simulator.advance(5)

    assert told == [(notice.code, notice.amount_kes) for notice in notices(local.simulator)]
    assert 25_100 == utility(local.simulator)
