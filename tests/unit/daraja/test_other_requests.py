"""What goes over the wire for everything but prompts: Safaricom's spelling, its limits, and no secret in print."""

from typing import Any

import pytest
from pydantic import ValidationError

from daraja.requests import fields
from daraja.requests.business import BusinessPaymentRequest, TaxRequest
from daraja.requests.c2b import C2bRegisterRequest, C2bSimulateRequest, public_url_problem
from daraja.requests.fields import Request
from daraja.requests.payouts import B2cRequest, HakikishaRequest, PochiRequest
from daraja.requests.pull import PullQueryRequest, PullRegisterRequest
from daraja.requests.qr import QrRequest
from daraja.requests.questions import AccountBalanceRequest, TransactionStatusRequest
from daraja.requests.reversals import ReversalRequest
from daraja.requests.standing_orders import StandingOrderRequest
from tests.unit.daraja.samples import APP_KEY, CREDENTIAL, PHONE, SAMPLES

Kind = type[Request]
KINDS = {kind: told for kind, told, _, _ in reversed(SAMPLES)}
each_sample = pytest.mark.parametrize(
    ("kind", "told", "path", "wire"),
    SAMPLES,
    ids=[f"{kind.__name__} {number}" for number, (kind, *_) in enumerate(SAMPLES)],
)


@each_sample
def test_a_request_is_spelt_as_safaricom_spells_it(kind: Kind, told: dict[str, Any], path: str, wire: object) -> None:
    assert (path, wire) == (kind.path, kind.model_validate(told).body())


@each_sample
def test_what_is_printed_of_a_request_shows_no_secret(
    kind: Kind, told: dict[str, Any], path: str, wire: object
) -> None:
    """Credential, number, name, tag, key."""
    printed = f"{kind.model_validate(told)!r}"

    hidden = (CREDENTIAL, PHONE[3:], "tagtag", APP_KEY, "Otieno", "shop@")
    assert [] == [secret for secret in hidden if secret in printed]


@each_sample
def test_what_safaricom_repeats_of_a_request_can_be_taken_out(
    kind: Kind, told: dict[str, Any], path: str, wire: object
) -> None:
    """Every secret that goes out is on the list of what must not come back."""
    request = kind.model_validate(told)
    on_wire = f"{request.body()}{request.headers()}"

    for secret in (CREDENTIAL, PHONE, "/r/tagtag", APP_KEY, "0711000111"):
        assert (secret in on_wire) <= any(secret in hidden for hidden in request.hidden())


WRONG: list[tuple[Kind, str, object]] = [
    (B2cRequest, "amount_kes", 9),
    (B2cRequest, "amount_kes", 250_001),
    (B2cRequest, "amount_kes", 10.5),
    (B2cRequest, "amount_kes", True),
    (B2cRequest, "phone", "0711000111"),
    (B2cRequest, "phone", "255711000111"),
    (B2cRequest, "shortcode", "6002"),
    (B2cRequest, "command", "BusinessPayBill"),
    (B2cRequest, "remarks", "x"),
    (B2cRequest, "remarks", "  "),
    (B2cRequest, "remarks", "x" * 101),
    (B2cRequest, "occasion", ""),
    (B2cRequest, "occasion", "x" * 101),
    (B2cRequest, "originator_conversation_id", ""),
    (B2cRequest, "originator_conversation_id", "x" * 20),
    (B2cRequest, "originator_conversation_id", "with blank"),
    (B2cRequest, "security_credential", f"{CREDENTIAL}\n"),
    (B2cRequest, "security_credential", f" {CREDENTIAL}"),
    (B2cRequest, "security_credential", "plain password!"),
    (B2cRequest, "initiator", ""),
    (B2cRequest, "initiator", "api operator"),
    (B2cRequest, "result_url", "nowhere"),
    (B2cRequest, "queue_timeout_url", "https://with blank"),
    (PochiRequest, "amount_kes", 0),
    (HakikishaRequest, "timestamp", "now"),
    (BusinessPaymentRequest, "command", "BusinessPayment"),
    (BusinessPaymentRequest, "receiver_identifier_type", "11"),
    (BusinessPaymentRequest, "account_reference", "x" * 14),
    (BusinessPaymentRequest, "amount_kes", 0),
    (BusinessPaymentRequest, "requester", "0711000111"),
    (TaxRequest, "prn", ""),
    (ReversalRequest, "receipt", "ucf4ab12cd"),
    (ReversalRequest, "amount_kes", 0),
    (TransactionStatusRequest, "receipt", None),
    (TransactionStatusRequest, "originator_conversation_id", "also"),
    (TransactionStatusRequest, "identifier_type", "11"),
    (AccountBalanceRequest, "shortcode", PHONE),
    (C2bRegisterRequest, "response_type", "completed"),
    (C2bSimulateRequest, "reference", None),
    (C2bSimulateRequest, "reference", "x" * 21),
    (C2bSimulateRequest, "command", "CustomerBuyGoodsOnline"),
    (PullRegisterRequest, "nominated_number", "600111"),
    (PullQueryRequest, "until_ms", 0),
    (PullQueryRequest, "until_ms", 1_773_550_800_000 + 48 * 3_600_000 + 1),
    (PullQueryRequest, "offset", -1),
    (QrRequest, "kind", "XX"),
    (QrRequest, "size", 1_001),
    (StandingOrderRequest, "end_date", "20260331"),
    (StandingOrderRequest, "frequency", "hourly"),
]


@pytest.mark.parametrize(
    ("kind", "name", "value"), WRONG, ids=lambda value: getattr(value, "__name__", repr(value)[:24])
)
def test_what_safaricom_would_refuse_is_not_made(kind: Kind, name: str, value: object) -> None:
    """The error hides what was given."""
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(KINDS[kind] | {name: value})

    assert [] == [secret for secret in (CREDENTIAL, "711000111", "plain password") if secret in str(caught.value)]


@pytest.mark.parametrize("word", ["mpesa", "m-pesa", "M-PESA", "Safaricom", "exe", "exec", "cmd", "sql", "query"])
@pytest.mark.parametrize("name", ["confirmation_url", "validation_url"])
def test_an_address_with_a_forbidden_word_is_refused_before_safaricom_does(name: str, word: str) -> None:
    """Anywhere in it; the error names field and word."""
    url = f"https://pay.example.co.ke/{word}/in"

    with pytest.raises(ValueError, match=rf"(?s){name}.*word \"{word[:3].lower()}"):
        C2bRegisterRequest.model_validate(KINDS[C2bRegisterRequest] | {name: url})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://pay.example.co.ke/in", "HTTPS"),
        ("https://localhost:7072/in", "not public"),
        ("https://127.0.0.1/in", "not public"),
        ("https://192.168.1.7/in", "not public"),
        ("https://[::1]/in", "not public"),
        ("https://shop/in", "not public"),
        ("https://shop.local/in", "not public"),
        ("https://abc.ngrok.io/in", "tunnels"),
    ],
)
def test_production_takes_public_https_addresses_only(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s)confirmation_url: .*{why}"):
        C2bRegisterRequest.model_validate(KINDS[C2bRegisterRequest] | {"confirmation_url": url, "production": True})


def test_elsewhere_this_machine_may_be_registered() -> None:
    """The simulator, and Safaricom's sandbox, take plain addresses."""
    told = KINDS[C2bRegisterRequest] | {"confirmation_url": "http://127.0.0.1:7072/in"}

    assert "http://127.0.0.1:7072/in" == C2bRegisterRequest.model_validate(told).confirmation_url


@pytest.mark.parametrize("url", ["https://pay.example.co.ke/in", "https://41.90.1.2/in"])
def test_a_public_address_has_no_problem(url: str) -> None:
    assert public_url_problem(url) is None


def test_a_status_is_asked_for_by_one_of_two() -> None:
    with pytest.raises(ValueError, match="exactly one of the two"):
        TransactionStatusRequest.model_validate(KINDS[TransactionStatusRequest] | {"receipt": None})


def test_a_till_takes_no_reference() -> None:
    with pytest.raises(ValueError, match="a till takes none"):
        C2bSimulateRequest.model_validate(KINDS[C2bSimulateRequest] | {"command": "CustomerBuyGoodsOnline"})


def test_every_request_says_what_it_is() -> None:
    """The base says nothing by itself."""
    with pytest.raises(NotImplementedError):
        fields.Request().body()
