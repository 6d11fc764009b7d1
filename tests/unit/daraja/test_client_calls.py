"""Each call of the client on a real socket: where it goes, what it carries, what its answer becomes, and its time."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from daraja import answers
from daraja import direct_answers as direct
from daraja.answers import Acknowledged, AlreadyTaken
from daraja.client import PULL_BYTES_MAX, DarajaClient
from daraja.errors import MaybeSent, MaybeSentReason, NotSent
from daraja.requests.bills import DOUBLED_PREFIX, PREFIX, BillOptInRequest, BillRequest
from daraja.requests.business import BusinessPaymentRequest, TaxRequest, UssdPushRequest
from daraja.requests.c2b import C2bRegisterRequest, C2bRegisterV1Request, C2bSimulateRequest
from daraja.requests.fields import Request
from daraja.requests.look_ups import ImsiRequest, OrganisationRequest, SimSwapRequest
from daraja.requests.payouts import B2cRequest, B2cV1Request, HakikishaRequest, PochiRequest
from daraja.requests.pull import PullQueryRequest, PullRegisterRequest
from daraja.requests.qr import QrRequest
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from daraja.requests.reversals import ReversalRequest
from daraja.requests.standing_orders import StandingOrderRequest
from tests.unit.daraja.calls import TOKEN, client_of, refusal
from tests.unit.daraja.peer import http, peer, silent
from tests.unit.daraja.samples import APP_KEY, sample

ACKNOWLEDGED = {"ConversationID": "AG_1", "OriginatorConversationID": "0f1e", "ResponseCode": "0"}
HEADER = {"ResponseHeader": {"responseRefID": "4dd9", "responseCode": "200", "responseDescription": "Asked"}}

CALLS: list[tuple[str, type[Request], dict[str, Any], object]] = [
    ("pay_out", B2cRequest, ACKNOWLEDGED, Acknowledged),
    ("pay_out", PochiRequest, ACKNOWLEDGED, Acknowledged),
    ("pay_out_v1", B2cV1Request, ACKNOWLEDGED, Acknowledged),
    ("pay_business", BusinessPaymentRequest, ACKNOWLEDGED, Acknowledged),
    ("pay_business", TaxRequest, ACKNOWLEDGED, Acknowledged),
    ("push_ussd", UssdPushRequest, {"code": "0", "status": "Begun"}, direct.UssdPushed),
    ("reverse", ReversalRequest, ACKNOWLEDGED, Acknowledged),
    ("ask_status", TransactionStatusRequest, ACKNOWLEDGED, Acknowledged),
    ("ask_balance", AccountBalanceRequest, ACKNOWLEDGED, Acknowledged),
    ("register_urls", C2bRegisterRequest, {"ResponseCode": "0"}, direct.UrlsRegistered),
    ("register_urls", C2bRegisterV1Request, {"ResponseCode": "0"}, direct.UrlsRegistered),
    ("simulate_payment", C2bSimulateRequest, {"ResponseCode": "0"}, direct.Simulated),
    ("make_qr", QrRequest, {"ResponseCode": "00", "QRCode": "iVBORw0K"}, direct.QrPicture),
    ("register_pull", PullRegisterRequest, {"ResponseStatus": "1000"}, answers.PullRegistered),
    ("pull", PullQueryRequest, {"ResponseCode": "1001", "Response": [[]]}, answers.PullPage),
    ("create_standing_order", StandingOrderRequest, HEADER, direct.StandingOrderAsked),
    ("find_sim_swap", SimSwapRequest, {"responseCode": "200", "lastSwapDate": "01-02-2026"}, direct.SimSwap),
    ("find_sim_swap", ImsiRequest, {"responseCode": "200", "lastSwapDate": "01-02-2026"}, direct.SimSwap),
    (
        "find_organisation",
        OrganisationRequest,
        {"ResponseMessage": "Success", "OrganizationName": "Shop"},
        direct.Organisation,
    ),
    ("find_payee", HakikishaRequest, {"header": {"status": "200"}, "body": {"firstName": "A"}}, direct.PayeeName),
]
each_call = pytest.mark.parametrize(
    ("method", "kind", "answer", "wanted"), CALLS, ids=[f"{one[0]} {one[1].__name__}" for one in CALLS]
)
MOVES_MONEY = ("pay_out", "pay_out_v1", "pay_business", "reverse")


def call(client: DarajaClient, method: str, request: Request, **told: object) -> object:
    """By name."""
    made: Callable[..., object] = getattr(client, method)
    return made(TOKEN, request, **told)


@each_call
def test_a_call_goes_to_its_path_and_its_answer_is_read(
    method: str, kind: type[Request], answer: dict[str, Any], wanted: type
) -> None:
    request = sample(kind)
    with peer(http(200, json.dumps(answer))) as told:
        given = call(client_of(told.base_url), method, request)

    head, _, body = told.requests[0].partition(b"\r\n\r\n")
    assert isinstance(given, wanted)
    assert head.startswith(f"POST {kind.path} HTTP/1.1\r\n".encode())
    assert f"Authorization: Bearer {TOKEN}".encode() in head
    assert request.body() == json.loads(body)


@each_call
def test_a_call_without_an_answer_is_never_taken_for_done(
    method: str, kind: type[Request], answer: dict[str, Any], wanted: type
) -> None:
    with peer(silent) as told, pytest.raises(MaybeSent) as caught:
        call(DarajaClient(told.base_url, read_push_s=0.2, read_query_s=0.2, read_money_s=0.2), method, sample(kind))

    assert MaybeSentReason.READ_TIMEOUT == caught.value.reason


@pytest.mark.parametrize("method", MOVES_MONEY)
def test_what_moves_money_begins_in_time_or_not_at_all(method: str) -> None:
    kind = next(one[1] for one in CALLS if one[0] == method)
    with peer() as told, pytest.raises(NotSent):
        call(client_of(told.base_url), method, sample(kind), begin_within_s=0)

    assert [] == told.requests


def test_a_payout_that_was_taken_before_is_no_error() -> None:
    with peer(http(500, refusal("500.002.1001", "Duplicate OriginatorConversationID."))) as told:
        given = call(client_of(told.base_url), "pay_out", sample(B2cRequest))

    assert isinstance(given, AlreadyTaken)


def test_taken_before_tells_nothing_certain_of_a_call_without_an_id_of_ours() -> None:
    answering = http(500, refusal("500.002.1001", "Duplicate OriginatorConversationID."))
    with peer(answering) as told, pytest.raises(MaybeSent) as caught:
        call(client_of(told.base_url), "reverse", sample(ReversalRequest))

    assert MaybeSentReason.UNKNOWN_ANSWER == caught.value.reason


@pytest.mark.parametrize("prefix", [PREFIX, DOUBLED_PREFIX])
def test_bills_go_under_the_prefix_that_is_given(prefix: str) -> None:
    """Production has been seen with its prefix twice."""
    with peer(http(200, '{"rescode":"200","resmsg":"Success","app_key":"AG_1"}')) as told:
        given = client_of(told.base_url).manage_bills(TOKEN, sample_bill(BillOptInRequest), prefix)

    assert told.requests[0].startswith(f"POST {prefix}/optin HTTP/1.1\r\n".encode())
    assert direct.BillAnswer("Success", "AG_1") == given


def test_an_invoice_carries_the_key_of_the_opt_in_under_both_names() -> None:
    with peer(http(200, '{"rescode":"200","resmsg":"Success"}')) as told:
        client_of(told.base_url).manage_bills(TOKEN, sample_bill(BillRequest), PREFIX)

    head = told.requests[0].partition(b"\r\n\r\n")[0]
    assert [True, True] == [f"\r\n{name}: {APP_KEY}".encode() in head for name in ("appKey", "app_key")]


def sample_bill(kind: type[Any]) -> Any:
    """Of Bill Manager's requests."""
    return sample(kind)


def test_a_page_of_pull_may_be_larger_than_other_answers() -> None:
    """A hundred rows of 700 characters."""
    row = {"transactionId": "UCF4AB12CD", "amount": "250.00", "organizationname": "x" * 600}
    rows = [row | {"transactionId": f"UCF4AB1{number:03}"} for number in range(120)]
    body = json.dumps({"ResponseCode": "1000", "Response": [rows]})
    with peer(http(200, body)) as told:
        given = client_of(told.base_url).pull(TOKEN, sample_pull())

    assert (120, 120) == (given.told, len(given.rows))


def test_a_page_of_pull_beyond_all_reason_is_not_read() -> None:
    with peer(http(200, b"x" * (PULL_BYTES_MAX + 1))) as told, pytest.raises(MaybeSent) as caught:
        client_of(told.base_url).pull(TOKEN, sample_pull())

    assert MaybeSentReason.ANSWER_TOO_LARGE == caught.value.reason


def sample_pull() -> PullQueryRequest:
    """A right one."""
    request = sample(PullQueryRequest)
    assert isinstance(request, PullQueryRequest)
    return request
