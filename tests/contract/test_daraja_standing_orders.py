"""M-Pesa Ratiba by the client: a customer allows it on the phone, and each due day brings a payment."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from daraja.callbacks import parse_c2b
from daraja.direct_answers import StandingOrderNotice, parse_standing_order
from daraja.errors import Refused
from daraja.requests.standing_orders import StandingOrderRequest
from local.daraja_simulator.ratiba_days import due_days
from tests.contract.conftest import Simulator
from tests.contract.outside import Outside, SimulatorOutside, daraja_verified, outsides

outside = pytest.fixture(outsides, name="outside")
AMINA, PAYBILL, TILL = "254712345678", "174379", "5000002"
NAIROBI = dt.timezone(dt.timedelta(hours=3))
DAY_S = 86_400
RIGHT_PIN: dict[str, object] = {"pin": "1234"}
CANCEL: dict[str, object] = {"cancel": True}


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def an_order(outside: Outside, first: dt.date, **changed: object) -> StandingOrderRequest:
    """450 shillings each month from the first day on."""
    fields = {
        "name": "Rent A4",
        "start_date": f"{first:%Y%m%d}",
        "end_date": f"{first + dt.timedelta(days=90):%Y%m%d}",
        "shortcode": PAYBILL,
        "amount_kes": 450,
        "phone": AMINA,
        "callback_url": f"{outside.inbox_address}/ratiba",
        "account_reference": "A4",
        "description": "Rent",
        "frequency": "monthly",
    }
    return StandingOrderRequest.model_validate({**fields, **changed})


def tomorrow(local: SimulatorOutside) -> dt.date:
    """The day after today by the simulator's clock in Nairobi."""
    now = dt.datetime.fromisoformat(local.simulator.control("GET", "clock")["now"])
    return now.astimezone(NAIROBI).date() + dt.timedelta(days=1)


def asked(local: SimulatorOutside, **changed: object) -> None:
    """Ask the customer, and let the prompt appear."""
    local.client.create_standing_order(local.token(), an_order(local, tomorrow(local), **changed))
    local.simulator.advance(1)


def answered(local: SimulatorOutside, answer: dict[str, object], phone: str = AMINA) -> None:
    """By a person."""
    local.simulator.control("POST", f"phones/{phone}/answer", answer)
    local.simulator.advance(1)


def notices(simulator: Simulator) -> list[StandingOrderNotice]:
    """What was posted to the callback address, as the client reads it."""
    return [parse_standing_order(one.text.encode()) for one in simulator.received if one.path == "/ratiba"]


def order(simulator: Simulator, place: int = -1) -> dict[str, Any]:
    """The newest order, as the control API shows it."""
    found: dict[str, Any] = simulator.control("GET", "standing-orders")["standing_orders"][place]
    return found


@daraja_verified
def test_a_customer_is_asked(outside: Outside) -> None:
    """The answer has Safaricom's reference, and says nothing of the customer's."""
    first = dt.datetime.now(NAIROBI).date() + dt.timedelta(days=1)

    taken = outside.client.create_standing_order(outside.token(), an_order(outside, first, phone="254708374149"))

    assert (True, "Request accepted for processing") == (bool(taken.reference), taken.text)


def test_the_phone_shows_what_is_asked_for(local: SimulatorOutside) -> None:
    """Name, amount, receiver, account, how often and how long."""
    asked(local)

    first = tomorrow(local)
    last = first + dt.timedelta(days=90)
    prompt = local.simulator.control("GET", f"phones/{AMINA}")["prompt"]
    text = (
        "Do you want the standing order Rent A4: pay KSh 450 to INKLESS IS MORE account A4 each month "
        f"from {first.day}/{first.month}/{first:%y} to {last.day}/{last.month}/{last:%y}?"
    )
    assert (text, "standing_order") == (prompt["text"], prompt["kind"])


def test_an_order_that_was_allowed_is_told(local: SimulatorOutside) -> None:
    """With the reference of the answer, a receipt of its own, and a masked number. No money moves yet."""
    taken = local.client.create_standing_order(local.token(), an_order(local, tomorrow(local)))
    local.simulator.advance(1)
    answered(local, RIGHT_PIN)

    (notice,) = notices(local.simulator)
    assert ("0", "OKAY", "254******678") == (notice.code, notice.status, notice.phone_hint)
    assert (taken.reference, order(local.simulator)["receipt"]) == (notice.reference, notice.receipt)
    assert [] == local.simulator.control("GET", "books")["entries"]


def test_each_due_day_brings_a_payment_like_one_by_hand(local: SimulatorOutside) -> None:
    """At nine in Nairobi: books, C2B confirmation with the account, Pull's kind of money, the payer's SMS."""
    local.simulator.register()
    asked(local)
    answered(local, RIGHT_PIN)
    local.simulator.advance(100 * DAY_S)

    told = [parse_c2b(one.text.encode()) for one in local.simulator.received if one.path == "/c2b/confirmation"]
    entries = local.simulator.control("GET", "books")["entries"]
    wallet = local.simulator.control("GET", f"phones/{AMINA}")["balance"]
    days = [*due_days(tomorrow(local) - dt.timedelta(days=100), tomorrow(local) - dt.timedelta(days=10), "4")]
    assert [(450, "A4", PAYBILL)] * len(days) == [(one.amount_kes, one.reference, one.shortcode) for one in told]
    assert [one.receipt for one in told] == [one["receipt"] for one in entries]
    assert [f"{day}T06:00:00.000Z" for day in days] == [one["at"] for one in entries]
    assert ({"standing_order"}, 50_000 - 450 * len(days)) == ({one["kind"] for one in entries}, wallet)
    assert "ended" == order(local.simulator)["state"]


@pytest.mark.parametrize(
    ("frequency", "days"),
    [
        ("1", ["2027-01-31"]),
        ("2", ["2027-01-31", "2027-02-01", "2027-02-02"]),
        ("3", ["2027-01-31", "2027-02-07", "2027-02-14"]),
        ("4", ["2027-01-31", "2027-02-28", "2027-03-31"]),
        ("5", ["2027-01-31", "2027-03-31", "2027-05-31"]),
        ("6", ["2027-01-31", "2027-04-30", "2027-07-31"]),
        ("7", ["2027-01-31", "2027-07-31", "2028-01-31"]),
        ("8", ["2027-01-31", "2028-01-31", "2029-01-31"]),
    ],
)
def test_days_follow_from_the_frequency(frequency: str, days: list[str]) -> None:
    """The 31st of a short month is its last day; the end day is included."""
    last = dt.date.fromisoformat(days[-1])

    assert days == [day.isoformat() for day in due_days(dt.date(2027, 1, 31), last, frequency)]


def test_a_till_is_paid_by_a_standing_order_too(local: SimulatorOutside) -> None:
    """Under the portal's own spelling; without an account."""
    asked(local, shortcode=TILL, kind="till")
    answered(local, RIGHT_PIN)
    local.simulator.advance(DAY_S)

    entries = local.simulator.control("GET", "books")["entries"]
    assert [("4000001", "merchant", "")] == [(one["shortcode"], one["account"], one["reference"]) for one in entries]


@pytest.mark.parametrize(
    ("answer", "code"), [(CANCEL, "1032"), ({"pin": "9999"}, "2001")], ids=["cancelled", "wrong PIN"]
)
def test_an_order_that_was_refused_never_pays(local: SimulatorOutside, answer: dict[str, object], code: str) -> None:
    """Told with the code, in capitals, without a receipt."""
    asked(local)
    answered(local, answer)
    local.simulator.advance(40 * DAY_S)

    assert [(code, "ERROR", None)] == [(one.code, one.status, one.receipt) for one in notices(local.simulator)]
    assert [] == local.simulator.control("GET", "books")["entries"]


@pytest.mark.parametrize(
    ("switch", "code"),
    [({}, "1037"), ({"off": True}, "1037"), ({"ussd_session": True}, "1001")],
    ids=["nobody answers", "off", "another menu is open"],
)
def test_a_customer_who_is_not_reached_is_told_so(local: SimulatorOutside, switch: dict[str, bool], code: str) -> None:
    """As with prompts."""
    local.simulator.control("POST", f"phones/{AMINA}/switch", switch)
    asked(local)
    local.simulator.advance(70)

    assert [code] == [notice.code for notice in notices(local.simulator)]


def test_a_name_is_used_once_for_each_customer(local: SimulatorOutside) -> None:
    """The second is told 1050; another customer may have the same name, and a stopped order frees it."""
    asked(local)
    answered(local, RIGHT_PIN)
    asked(local)
    local.simulator.advance(5)
    asked(local, phone="254722000111")
    local.simulator.control("POST", f"standing-orders/{order(local.simulator, 0)['id']}/stop")
    asked(local)
    answered(local, RIGHT_PIN)

    assert ["0", "1050", "0"] == [notice.code for notice in notices(local.simulator)]


def test_a_stopped_order_pays_no_more(local: SimulatorOutside) -> None:
    """The organisation hears nothing of it."""
    asked(local, frequency="daily")
    answered(local, RIGHT_PIN)
    local.simulator.advance(2 * DAY_S)
    local.simulator.control("POST", f"standing-orders/{order(local.simulator)['id']}/stop")
    local.simulator.advance(5 * DAY_S)

    assert (2, "stopped") == (len(order(local.simulator)["collections"]), order(local.simulator)["state"])
    assert 1 == len(notices(local.simulator))


def test_a_day_without_money_is_missed_and_the_next_one_pays(local: SimulatorOutside) -> None:
    """It is not tried again; the payer gets an SMS."""
    asked(local, frequency="daily", end_date=f"{tomorrow(local) + dt.timedelta(days=1):%Y%m%d}")
    answered(local, RIGHT_PIN)
    local.simulator.control("POST", "phones", {"number": AMINA, "balance": 100})
    local.simulator.advance(DAY_S)
    local.simulator.control("POST", "phones", {"number": AMINA, "balance": 1_000})
    local.simulator.advance(DAY_S)

    reasons = [one["reason"] for one in order(local.simulator)["collections"]]
    assert ["the balance is too low", "paid"] == reasons


def test_validation_decides_about_a_standing_order_too(local: SimulatorOutside) -> None:
    """Where it is on."""
    local.simulator.register()
    local.simulator.control("POST", f"shortcodes/{PAYBILL}", {"external_validation": True})
    local.simulator.replies["/c2b/validation"] = {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
    asked(local)
    answered(local, RIGHT_PIN)
    local.simulator.advance(DAY_S)

    assert ["Invalid Account Number"] == [one["reason"] for one in order(local.simulator)["collections"]]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"StartDate": "20260230"}, "StartDate"),
        ({"StartDate": "20200101"}, "StartDate"),
        ({"EndDate": "20200101"}, "EndDate"),
        ({"BusinessShortCode": "999999"}, "BusinessShortCode"),
        ({"TransactionType": "Standing Order"}, "TransactionType"),
        ({"TransactionType": "Standing Order Customer Pay Marchant"}, "TransactionType"),
        ({"ReceiverPartyIdentifierType": "2"}, "ReceiverPartyIdentifierType"),
        ({"Amount": "4.50"}, "Amount"),
        ({"PartyA": "0712345678"}, "PartyA"),
        ({"AccountReference": "ACCOUNT-00042"}, "AccountReference"),
        ({"Frequency": "9"}, "Frequency"),
        ({"CallBackURL": "nowhere"}, "CallBackURL"),
    ],
)
def test_a_wrong_field_of_an_order_is_named(local: SimulatorOutside, changed: dict[str, str], field: str) -> None:
    """1051, in the form of the answer."""
    body = {**an_order(local, tomorrow(local)).body(), **changed}

    header = local.simulator.post("/standingorder/v1/createStandingOrderExternal", body).json()["ResponseHeader"]

    assert ("1051", f"Bad Request - Invalid {field}") == (header["responseCode"], header["responseDescription"])


def test_a_refused_order_is_a_refusal_to_the_client(local: SimulatorOutside) -> None:
    """Certain: nobody was asked."""
    with pytest.raises(Refused) as caught:
        asked(local, shortcode="999999")

    assert "1051" == caught.value.code


@pytest.mark.parametrize(
    ("phone", "codes", "paid"),
    [
        ("254700000000", ["0"], True),
        ("254700001050", ["1050"], False),
        ("254700001025", ["1025"], False),
        ("254700030001", [], True),
        ("254700030002", ["0"], True),
        ("254700030003", ["0", "0"], True),
        ("254700030004", ["0"], False),
    ],
)
def test_magic_phones_answer_by_themselves(
    local: SimulatorOutside,
    phone: str,
    codes: list[str],
    paid: bool,
) -> None:
    """A code; a callback lost, late, twice; a wallet that is always empty on the day."""
    asked(local, phone=phone)
    local.simulator.advance(DAY_S + 610)

    assert codes == [notice.code for notice in notices(local.simulator)]
    assert paid == bool(local.simulator.control("GET", "books")["entries"])


@pytest.mark.parametrize(
    ("fault", "told"), [("lost", []), ("twice", ["0", "0"]), ("unknown_code", ["7777"]), ("late", [])]
)
def test_the_callback_suffers_what_is_ordered(local: SimulatorOutside, fault: str, told: list[str]) -> None:
    """The order is active whatever is told."""
    local.simulator.control("POST", "faults", {"call": "standing_order_callback", "fault": fault, "count": 1})
    asked(local)
    answered(local, RIGHT_PIN)
    local.simulator.advance(5)

    assert (told, "active") == ([one.code for one in notices(local.simulator)], order(local.simulator)["state"])


def test_a_prompt_does_not_come_up_beside_what_is_asked(local: SimulatorOutside) -> None:
    """One menu at a time: the prompt ends with 1001."""
    asked(local)
    local.simulator.push(AMINA)
    local.simulator.advance(5)

    assert [1001] == [callback["ResultCode"] for callback in local.simulator.callbacks()]
