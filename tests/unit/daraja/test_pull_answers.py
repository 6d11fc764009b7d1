"""Pages of Pull are read in every form that was seen; what cannot be read is counted and spoils no other row."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.answers import PullOutcome, PullPage, PullRegistered, PullRow
from daraja.errors import DarajaError, MaybeSent, RefusalCause, Refused, TokenRejected
from daraja.http_answers import HttpAnswer
from daraja.pull_answers import judge_pull, judge_pull_register
from tests.unit.daraja.calls import INCAPSULA, TOKEN, refusal

ROW = {
    "transactionId": "UCF4AB12CD",
    "trxDate": "2026-03-15T10:15:52Z",
    "msisdn": 722000000,
    "sender": "Amina Otieno",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "INV1042",
    "amount": "250.00",
    "organizationname": "Example Shop",
}
READ = PullRow(
    receipt="UCF4AB12CD",
    amount_kes=250,
    amount_text="250.00",
    completed_at_ms=1_773_558_952_000,
    phone="722000000",
    reference="INV1042",
    transaction_type="c2b-pay-bill-debit",
    sender_name="Amina O.",
    organisation="Example Shop",
)


def told(response: object, code: object = "1000", status: int = 200) -> HttpAnswer:
    body = {
        "ResponseRefID": "26178-42530161-2",
        "ResponseCode": code,
        "ResponseMessage": "Success",
        "Response": response,
    }
    return HttpAnswer(status, {}, json.dumps(body).encode())


def page(response: object, code: object = "1000") -> PullPage:
    found = judge_pull(told(response, code))
    assert isinstance(found, PullPage)
    return found


@pytest.mark.parametrize(
    "response",
    [[[ROW]], [ROW], ROW, [[[ROW]]], [[ROW], []], [{name.upper(): value for name, value in ROW.items()}]],
    ids=["list in a list", "flat list", "one row", "three deep", "an empty list beside", "keys in capitals"],
)
def test_rows_are_read_however_they_are_wrapped(response: object) -> None:
    assert PullPage(PullOutcome.ROWS, (READ,), 1, "Success") == page(response)


@pytest.mark.parametrize("code", ["1000", 1000, "1001"], ids=repr)
def test_rows_count_whatever_the_code_says_of_them(code: object) -> None:
    assert (READ,) == page([[ROW]], code).rows


@pytest.mark.parametrize(
    ("response", "code"),
    [([[]], "1001"), ([], "1001"), (None, "1001"), ("", 1001), ([[]], "1000"), ([{}], "1001")],
    ids=["list in a list", "flat", "null", "text", "under the code for rows", "an empty row"],
)
def test_nothing_is_told_in_many_ways(response: object, code: object) -> None:
    assert (PullOutcome.NOTHING, (), 0) == (
        page(response, code).outcome,
        page(response, code).rows,
        page(response).told,
    )


def test_nothing_may_come_without_its_list() -> None:
    found = judge_pull(HttpAnswer(200, {}, b'{"ResponseCode":"1001","ResponseMessage":"No records"}'))

    assert isinstance(found, PullPage)
    assert PullOutcome.NOTHING == found.outcome


def test_a_failure_to_retrieve_is_no_proof_of_nothing() -> None:
    found = judge_pull(HttpAnswer(500, {}, refusal("500.001.1001", "Failed to retrieve transactions").encode()))

    assert isinstance(found, PullPage)
    assert PullOutcome.NOT_RETRIEVED == found.outcome


@pytest.mark.parametrize(
    "spoilt",
    [{}, {"transactionId": ""}, {"transactionId": "UCF0000000"}, "text", 7, {"transactionId": "x" * 65}],
    ids=["empty object", "no receipt", "filler", "text", "number", "far too long"],
)
def test_a_row_that_cannot_be_read_is_counted_and_spoils_no_other(spoilt: object) -> None:
    """An empty object is no row at all."""
    found = page([[ROW, spoilt, ROW | {"transactionId": "UCF4AB12CE"}]])

    assert ["UCF4AB12CD", "UCF4AB12CE"] == [row.receipt for row in found.rows]
    assert 2 + (spoilt != {}) == found.told


@pytest.mark.parametrize(
    ("changed", "name", "value"),
    [
        ({"amount": 250}, "amount_kes", 250),
        ({"amount": 250.5}, "amount_kes", None),
        ({"msisdn": "2547 ***** 111"}, "phone", "2547 ***** 111"),
        ({"msisdn": None}, "phone", None),
        ({"trxDate": "2026-03-15 10:15:52"}, "completed_at_ms", 1_773_558_952_000),
        ({"trxDate": "2026-03-15T10:15:52.123Z"}, "completed_at_ms", 1_773_558_952_000),
        ({"trxDate": "yesterday"}, "completed_at_ms", None),
        ({"transactionId": " ucf4ab12cd"}, "receipt", "UCF4AB12CD"),
        ({"billreference": None}, "reference", ""),
        ({"billreference": " inv 1042 "}, "reference", " inv 1042 "),
        ({"sender": ""}, "sender_name", None),
        ({"organizationname": None}, "organisation", None),
    ],
    ids=str,
)
def test_a_field_is_read_in_each_of_its_forms(changed: dict[str, object], name: str, value: object) -> None:
    assert value == getattr(page([[ROW | changed]]).rows[0], name)


def test_a_row_shows_no_number_and_no_name_when_it_is_printed() -> None:
    assert [] == [secret for secret in ("722000000", "Amina", "INV1042") if secret in repr(READ)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"ResponseRefID":"1","ResponseStatus":"1000","ShortCode":"600111","ResponseDescription":"Registered"}',
        b'{"ResponseRefID":"1","Response Status":"1000","ShortCode":"600111","Response Description":"Registered"}',
        b'{"ResponseRefID":"1","ResponseStatus":1000,"ResponseDescription":"Registered"}',
    ],
    ids=["as documented", "keys with a blank", "a number"],
)
def test_a_registration_is_read_with_and_without_blanks(body: bytes) -> None:
    assert PullRegistered(was_registered=False, text="Registered") == judge_pull_register(HttpAnswer(200, {}, body))


def test_a_second_registration_is_fine() -> None:
    found = judge_pull_register(HttpAnswer(200, {}, b'{"ResponseStatus":"1001","ResponseDescription":"Already"}'))

    assert PullRegistered(was_registered=True, text="Already") == found


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b'{"ResponseStatus":"4711"}'), (200, b"{}"), (500, b'{"ResponseStatus":"1000"}')],
    ids=["a code on no list", "no code", "not HTTP 200"],
)
def test_what_does_not_say_that_it_is_registered_is_an_error(status: int, body: bytes) -> None:
    assert isinstance(judge_pull_register(HttpAnswer(status, {}, body)), DarajaError)


@pytest.mark.parametrize(
    ("text", "cause"),
    [("Invalid ShortCode", RefusalCause.SHOP_SETUP), ("Invalid StartDate or EndDate", RefusalCause.INVALID_FIELD)],
)
def test_a_refusal_names_whose_matter_it_is(text: str, cause: RefusalCause) -> None:
    found = judge_pull(HttpAnswer(400, {}, refusal("400.001", text).encode()))

    assert isinstance(found, Refused)
    assert cause == found.cause


def test_a_dead_token_is_known_here_too() -> None:
    found = judge_pull(HttpAnswer(401, {}, refusal("401.001", f"Invalid Access Token - {TOKEN}").encode()), (TOKEN,))

    assert isinstance(found, TokenRejected)
    assert TOKEN not in str(found)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"{}"), (200, b"no JSON"), (200, b'{"ResponseCode":"1000"}'), (500, b""), (502, INCAPSULA.encode())],
    ids=["empty object", "no JSON", "rows without rows", "empty 500", "HTML"],
)
def test_what_is_no_page_is_an_error_and_never_nothing(status: int, body: bytes) -> None:
    assert isinstance(judge_pull(HttpAnswer(status, {}, body)), MaybeSent)


@given(st.integers(200, 599), st.binary(max_size=200))
def test_any_answer_is_judged(status: int, body: bytes) -> None:
    told_of = HttpAnswer(status, {}, body)

    assert isinstance(judge_pull(told_of), PullPage | DarajaError)
    assert isinstance(judge_pull_register(told_of), PullRegistered | DarajaError)
