"""The simulator serves every path that the client knows, and each refuses tokens, types and methods as documented."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

import daraja.requests
from daraja.direct_answers import judge_standing_order
from daraja.errors import DarajaError, MaybeSent, NotSent, Refused, TokenRejected
from daraja.http_answers import HttpAnswer, read
from daraja.refusals import error_of
from daraja.requests.bills import PREFIX, BillCancelRequest, BillOptInRequest
from daraja.requests.business import TaxRequest, UssdPushRequest
from daraja.requests.fields import Request
from daraja.requests.look_ups import SimSwapRequest
from daraja.requests.payouts import HakikishaRequest
from daraja.requests.questions import AccountBalanceRequest
from daraja.requests.standing_orders import StandingOrderRequest
from local.daraja_simulator.endpoints import ENDPOINTS, TOKEN_REFUSALS
from tests.contract.conftest import Simulator
from tests.contract.outside import ORGANISATION, PHONE, SimulatorOutside, of_operator

OLD_TOKEN = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v"


@pytest.fixture
def local(simulator: Simulator) -> SimulatorOutside:
    """The simulator, and the client that asks it."""
    return SimulatorOutside(simulator)


def client_paths() -> Iterator[str]:
    """Where the client posts to, whole."""
    for found in pkgutil.iter_modules(daraja.requests.__path__):
        for value in vars(import_module(f"daraja.requests.{found.name}")).values():
            path = getattr(value, "path", None) if isinstance(value, type) and issubclass(value, Request) else None
            if path is not None:
                yield f"{PREFIX}{path}" if value.__module__.endswith(".bills") else path


def test_each_path_of_the_client_is_served() -> None:
    """All of Safaricom's that it knows."""
    assert sorted({*client_paths()} - {endpoint.path for endpoint in ENDPOINTS}) == []


def headers(token: str, kind: str = "application/json") -> dict[str, str]:
    """Of a call."""
    return {"Authorization": f"Bearer {token}", "Content-Type": kind}


def test_paths_take_posts_with_a_token_only(simulator: Simulator) -> None:
    """404.001.04, as the gateway in front says it of all."""
    token = simulator.token()
    got = [simulator.http.get(one.path, headers=headers(token)) for one in ENDPOINTS]
    without = [simulator.http.post(one.path) for one in ENDPOINTS]

    assert {(404, "404.001.04")} == {(one.status_code, one.json()["errorCode"]) for one in [*got, *without]}


def test_an_old_token_is_one_to_the_client_however_a_family_words_it(simulator: Simulator) -> None:
    """So that a fresh one is fetched."""
    answers = {one.path: simulator.http.post(one.path, content="{}", headers=headers(OLD_TOKEN)) for one in ENDPOINTS}
    judged = {path: read_as_error(answer.status_code, answer.content) for path, answer in answers.items()}

    assert [] == [path for path, error in judged.items() if type(error) is not TokenRejected]


def read_as_error(status: int, body: bytes) -> object:
    """What the client makes of a refusal, by its shared table or by the one family that has a form of its own."""
    answer = HttpAnswer(status, {}, body)
    return judge_standing_order(answer) if b"ResponseHeader" in body else error_of(read(answer, ()))


def test_b2c_and_balance_repeat_the_token_and_the_client_does_not(local: SimulatorOutside) -> None:
    """It is taken out of what is kept."""
    answer = local.simulator.http.post("/mpesa/accountbalance/v1/query", content="{}", headers=headers(OLD_TOKEN))
    request = AccountBalanceRequest.model_validate({**of_operator(local, "balance"), "shortcode": ORGANISATION})
    with pytest.raises(TokenRejected) as caught:
        local.client.ask_balance(OLD_TOKEN, request)

    assert OLD_TOKEN in answer.json()["errorMessage"]
    assert OLD_TOKEN not in f"{caught.value} {caught.value.text}"


def test_another_content_type_names_the_first_field(simulator: Simulator) -> None:
    """Which is all that Safaricom says of it."""
    form = headers(simulator.token(), "application/x-www-form-urlencoded")

    said = [simulator.http.post(one.path, content="a=b", headers=form).json()["errorMessage"] for one in ENDPOINTS]

    assert [f"Bad Request - Invalid {one.first_field}" for one in ENDPOINTS] == said


def test_broken_json_is_no_payload(simulator: Simulator) -> None:
    """400.002.05, as is a list where an object belongs."""
    asked = headers(simulator.token())

    answers = [simulator.http.post(one.path, content="{broken", headers=asked) for one in ENDPOINTS]

    assert {(400, "400.002.05")} == {(one.status_code, one.json()["errorCode"]) for one in answers}


def test_an_empty_object_or_list_is_refused_in_the_familys_own_form(simulator: Simulator) -> None:
    """Never a fault of the simulator's, and nothing is taken."""
    token = simulator.token()

    answers = [simulator.post(one.path, [] if one.takes_list else {}, token).json() for one in ENDPOINTS]

    assert {dict} == {type(answer) for answer in answers}
    assert [] == simulator.control("GET", "conversations")["conversations"]


@pytest.mark.parametrize("path", ["/mpesa/none", "/standingorder/v1/none", "/imsi/v9/checkATI", f"{PREFIX}/none"])
def test_a_path_of_nobodys_is_a_resource_that_is_not_found(simulator: Simulator, path: str) -> None:
    """Under the roots that Safaricom has."""
    assert "404.001.01" == simulator.post(path, {}).json()["errorCode"]


def test_each_way_of_refusing_a_token_belongs_to_a_call() -> None:
    """No row is left over."""
    assert set() == set(TOKEN_REFUSALS) - {endpoint.call for endpoint in ENDPOINTS}


WEATHER: dict[str, type[DarajaError]] = {
    "refuse_connection": MaybeSent,
    "answer_lost": MaybeSent,
    "truncated": MaybeSent,
    "malformed": MaybeSent,
    "http_500": MaybeSent,
    "http_503": NotSent,
    "html_403": NotSent,
    "spike_arrest": NotSent,
    "token_revoked": TokenRejected,
}


def ask(local: SimulatorOutside, call: str) -> object:
    """One right request of each kind."""
    client, token, at = local.client, local.token(), local.inbox_address
    till, order = {"payer": "5000002", "receiver": "174379", "amount_kes": 100}, {"amount_kes": 100, "phone": PHONE}
    days = {"start_date": "20990101", "end_date": "20990201", "frequency": "monthly", "shortcode": "174379"}
    words = {"name": "Rent", "account_reference": "A4", "description": "Rent", "callback_url": at}
    opt_in: dict[str, Any] = {"email": "a@b.co.ke", "official_contact": "0722000111", "sends_reminders": False}
    asked: dict[str, Callable[[], object]] = {
        "tax": lambda: client.pay_business(
            token,
            TaxRequest.model_validate(
                {**of_operator(local, "tax"), "shortcode": ORGANISATION, "amount_kes": 1, "prn": "1"}
            ),
        ),
        "ussd_push": lambda: client.push_ussd(
            token,
            UssdPushRequest.model_validate(
                {**till, "reference": "A", "callback_url": at, "partner_name": "B", "request_id": "C"}
            ),
        ),
        "standing_order": lambda: client.create_standing_order(
            token, StandingOrderRequest.model_validate({**order, **days, **words})
        ),
        "bill_manager": lambda: client.manage_bills(
            token, BillOptInRequest.model_validate({**opt_in, "shortcode": "174379", "callback_url": at}), PREFIX
        ),
        "look_up": lambda: client.find_sim_swap(token, SimSwapRequest(phone=PHONE)),
    }
    return asked[call]()


@pytest.mark.parametrize("call", ["tax", "ussd_push", "standing_order", "bill_manager", "look_up"])
@pytest.mark.parametrize("fault", WEATHER)
def test_what_goes_wrong_with_a_call_is_sorted_by_what_it_means(local: SimulatorOutside, call: str, fault: str) -> None:
    """And what the client calls not sent has left nothing behind."""
    local.simulator.control("POST", "faults", {"call": call, "fault": fault, "count": 1})

    with pytest.raises(DarajaError) as caught:
        ask(local, call)

    bills = local.simulator.control("GET", "bills")["members"]
    pushes = local.simulator.control("GET", "ussd-pushes")["ussd_pushes"]
    orders = local.simulator.control("GET", "standing-orders")["standing_orders"]
    conversations = local.simulator.control("GET", "conversations")["conversations"]
    assert WEATHER[fault] is type(caught.value)
    assert not isinstance(caught.value, NotSent) or [] == [*bills, *pushes, *orders, *conversations]


def test_bill_manager_says_401_when_it_does_not_know_the_token(local: SimulatorOutside) -> None:
    """Its own form, as seen in production."""
    request = BillCancelRequest(app_key="AG_1", external_reference="INV1042")

    with pytest.raises(TokenRejected) as caught:
        local.client.manage_bills(OLD_TOKEN, request, PREFIX)

    assert (401, "Unauthorized - Invalid Access Token") == (caught.value.http_status, caught.value.text)


def test_ratiba_says_401_when_it_does_not_know_the_token(local: SimulatorOutside) -> None:
    """In header and body of its own."""
    answer = local.simulator.http.post(StandingOrderRequest.path, content="{}", headers=headers(OLD_TOKEN))

    assert (401, "401") == (answer.status_code, answer.json()["ResponseHeader"]["responseCode"])


def test_hakikisha_refuses_what_is_no_number(local: SimulatorOutside) -> None:
    """In its own form."""
    body = {"header": {"requestID": "r1", "timestamp": "1748933384"}, "body": {"msisdn": "0712", "shortcode": "174379"}}

    answer = local.simulator.post(HakikishaRequest.path, body).json()

    assert ("400", "Bad Request - Invalid phone number") == (answer["header"]["status"], answer["body"]["message"])


def test_a_shortcode_that_does_not_exist_asks_nobody(local: SimulatorOutside) -> None:
    """Certain."""
    fields = {"payer": "999999", "receiver": "174379", "amount_kes": 1, "reference": "A", "partner_name": "B"}
    request = UssdPushRequest.model_validate({**fields, "callback_url": local.inbox_address, "request_id": "C"})

    with pytest.raises(Refused):
        local.client.push_ussd(local.token(), request)
