"""What each answer to a payout, reversal or question is taken for. What nobody knows is never taken for a no."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.command_answers import COMMAND_TABLE, ROWS, judge_command
from daraja.errors import (
    DarajaError,
    MaybeSent,
    MaybeSentReason,
    NotSent,
    NotSentReason,
    RefusalCause,
    Refused,
    TokenRejected,
)
from daraja.http_answers import HttpAnswer
from tests.unit.daraja.calls import ENVELOPE, INCAPSULA, PHONE, SPIKE, TOKEN, refusal
from tests.unit.daraja.samples import CREDENTIAL

ACCEPTED = {
    "ConversationID": "AG_20260315_20106e9209f64bebd05b",
    "OriginatorConversationID": "0f1e2d3c4b5a697881",
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
KNOWN_CODES = frozenset[str]().union(*(row.codes for row in COMMAND_TABLE))
DUPLICATE = "Duplicate OriginatorConversationID."


def answer(status: int, body: object, content_type: str = "application/json") -> HttpAnswer:
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpAnswer(status, {"content-type": content_type}, text.encode())


def judged(status: int, body: object, content_type: str = "application/json") -> object:
    return judge_command(answer(status, body, content_type), (TOKEN, CREDENTIAL))


def test_an_acknowledgement_gives_both_ids() -> None:
    wanted = Acknowledged("AG_20260315_20106e9209f64bebd05b", "0f1e2d3c4b5a697881", ACCEPTED["ResponseDescription"])

    assert wanted == judged(200, ACCEPTED)


@pytest.mark.parametrize("code", ["0", 0, "00000000", "00"], ids=repr)
def test_an_acknowledgement_may_write_its_code_in_any_way(code: object) -> None:
    assert isinstance(judged(200, ACCEPTED | {"ResponseCode": code}), Acknowledged)


def test_an_acknowledgement_without_the_id_of_safaricom_is_unknown() -> None:
    """It was probably taken: ask by our id."""
    found = judged(200, {name: value for name, value in ACCEPTED.items() if name != "ConversationID"})

    assert isinstance(found, MaybeSent)
    assert MaybeSentReason.BROKEN_ANSWER == found.reason


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (500, "500.002.1001", DUPLICATE),
        (500, "500.002.1001", "Duplicate OriginatorConversationID"),
        (500, "500.002.1001", "duplicate originator conversation id"),
        (500, "500.003.1001", "Duplicate OriginatorCoversationID."),
        (400, "400.002.02", f"Bad Request - {DUPLICATE}"),
    ],
)
def test_an_id_that_was_seen_was_taken_whatever_the_code(status: int, code: str, text: str) -> None:
    """Never a refusal: the first sending arrived."""
    assert isinstance(judged(status, refusal(code, text)), AlreadyTaken)


def test_duplicate_detected_as_a_response_code_is_taken_too() -> None:
    """15 of the result codes."""
    assert isinstance(judged(200, {"ResponseCode": "15", "ResponseDescription": "Duplicate Detected."}), AlreadyTaken)


def test_a_server_fault_under_the_code_of_duplicates_is_unknown() -> None:
    """One code, two meanings: the text decides."""
    found = judged(500, refusal("500.002.1001", "System internal error."))

    assert isinstance(found, MaybeSent)
    assert MaybeSentReason.SERVER_ERROR == found.reason


@pytest.mark.parametrize(
    ("text", "cause", "field"),
    [
        ("Bad Request - Invalid InitiatorName", RefusalCause.INITIATOR, "InitiatorName"),
        ("Bad Request - Invalid Initiator", RefusalCause.INITIATOR, "Initiator"),
        ("Bad Request - Invalid SecurityCredential", RefusalCause.INITIATOR, "SecurityCredential"),
        ("Bad Request - Invalid PartyB", RefusalCause.RECIPIENT, "PartyB"),
        ("Bad Request - Invalid PartyA", RefusalCause.SHOP_SETUP, "PartyA"),
        ("Bad Request - Invalid ReceiverParty", RefusalCause.SHOP_SETUP, "ReceiverParty"),
        ("Bad Request - Invalid ResultURL", RefusalCause.SHOP_SETUP, "ResultURL"),
        ("Bad Request - Invalid RecieverIdentifierType", RefusalCause.INVALID_FIELD, "RecieverIdentifierType"),
        ("Bad Request - Invalid Amount", RefusalCause.INVALID_FIELD, "Amount"),
        ("Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD, "Remarks"),
    ],
)
def test_a_wrong_field_is_a_no_and_names_whose_matter_it_is(text: str, cause: RefusalCause, field: str) -> None:
    found = judged(400, refusal("400.002.02", text))

    assert isinstance(found, Refused)
    assert (cause, field) == (found.cause, found.field)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2001", "The initiator information is invalid."),
        ("8006", "The security credential is locked."),
        ("21", "Initiator to primary party permission failure."),
        ("9001", "The security credential has expired."),
    ],
)
def test_a_response_code_about_the_operator_is_the_operators_matter(code: str, text: str) -> None:
    """So that the next call is not made: repeating it locks the operator."""
    found = judged(200, {"ResponseCode": code, "ResponseDescription": text})

    assert isinstance(found, Refused)
    assert (code, RefusalCause.INITIATOR) == (found.code, found.cause)


@pytest.mark.parametrize("code", ["17", "100000004", "9001", "E3008", "500.002.1001"])
def test_a_response_code_that_needs_a_second_look_or_is_on_no_list_is_unknown(code: str) -> None:
    """Internal failure says nothing of the money, and a new code says nothing at all."""
    assert isinstance(judged(200, {"ResponseCode": code, "ResponseDescription": "Internal failure"}), MaybeSent)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("1", RefusalCause.NOT_ACCEPTED),
        ("2040", RefusalCause.RECIPIENT),
        ("SFC_IC0003", RefusalCause.RECIPIENT),
        ("2028", RefusalCause.SHOP_SETUP),
        ("R000001", RefusalCause.NOT_ACCEPTED),
    ],
)
def test_a_response_code_that_is_final_is_a_no(code: str, cause: RefusalCause) -> None:
    """With the code in it, from which the gateway's own word follows."""
    found = judged(200, {"ResponseCode": code, "ResponseDescription": "No."})

    assert isinstance(found, Refused)
    assert (code, cause) == (found.code, found.cause)


@pytest.mark.parametrize("status", [201, 202, 400, 500, 503])
def test_a_final_response_code_beside_another_status_than_200_leaves_it_unknown(status: int) -> None:
    """Nobody refuses so; a payout that is paid in another way after it could be paid twice."""
    assert isinstance(judged(status, {"ResponseCode": "1", "ResponseDescription": "Rejected"}), MaybeSent)


@pytest.mark.parametrize("text", ["Unable to lock subscriber, a transaction is in process", "Missing ICCID value"])
def test_what_is_said_of_prompts_proves_nothing_of_a_payout(text: str) -> None:
    assert isinstance(judged(500, refusal("500.001.1001", text)), MaybeSent)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (429, SPIKE, NotSentReason.RATE_LIMITED),
        (500, refusal("500.003.02", "Error Occurred: Spike Arrest Violation"), NotSentReason.RATE_LIMITED),
        (500, refusal("500.002.02", "System is busy. Please try again in few minutes."), NotSentReason.BUSY),
        (500, refusal("500.003.03", "Quota Violation"), NotSentReason.QUOTA_USED_UP),
        (503, refusal("00.002.1001", "Service is currently under maintenance."), NotSentReason.MAINTENANCE),
    ],
)
def test_what_stands_before_m_pesa_was_not_taken(status: int, body: str, reason: NotSentReason) -> None:
    found = judged(status, body)

    assert isinstance(found, NotSent)
    assert (reason, True) == (found.reason, found.retryable)


@pytest.mark.parametrize(
    "code", ["400.003.01", "401.001", "401.002.01", "401.003.01", "404.001.03"], ids=lambda code: code
)
def test_a_dead_token_is_told_under_any_of_its_codes(code: str) -> None:
    """With the token in its text, which is taken out."""
    found = judged(404, refusal(code, f"Invalid Access Token - {TOKEN}"))

    assert isinstance(found, TokenRejected)
    assert TOKEN not in str(found)


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (500, ENVELOPE, "application/json"),
        (502, INCAPSULA, "text/html"),
        (504, "", "text/plain"),
        (200, "{broken", "application/json"),
        (200, "", "application/json"),
        (200, {}, "application/json"),
        (202, ACCEPTED, "application/json"),
        (500, ACCEPTED, "application/json"),
        (500, refusal("500.001.1001", "System error"), "application/json"),
    ],
)
def test_whatever_else_is_said_leaves_it_unknown(status: int, body: object, content_type: str) -> None:
    assert isinstance(judged(status, body, content_type), MaybeSent)


def test_the_firewall_was_not_m_pesa() -> None:
    found = judged(403, INCAPSULA, "text/html")

    assert isinstance(found, NotSent)
    assert NotSentReason.FIREWALL == found.reason


def test_secrets_and_numbers_are_taken_out_of_what_is_kept() -> None:
    found = judged(400, refusal("400.002.02", f"Invalid PartyB {PHONE} {CREDENTIAL} {TOKEN}"))

    assert [] == [secret for secret in (PHONE, CREDENTIAL, TOKEN) if secret in str(found)]


@given(
    st.sampled_from([200, 201, 400, 401, 404, 500, 502, 503]),
    st.from_regex(r"[0-9]{3}\.[0-9]{3}\.[0-9]{1,4}", fullmatch=True).filter(lambda code: code not in KNOWN_CODES),
    st.sampled_from(["", "New", "System error", "Could not process"]),
)
def test_a_code_on_no_list_leaves_a_payout_unknown(status: int, code: str, text: str) -> None:
    assert isinstance(judged(status, {"errorCode": code, "errorMessage": text}), MaybeSent)


@given(st.integers(200, 599), st.binary(max_size=200))
def test_any_answer_is_judged(status: int, body: bytes) -> None:
    found = judge_command(HttpAnswer(status, {}, body))

    assert isinstance(found, Acknowledged | AlreadyTaken | DarajaError)


def test_every_row_has_a_source_and_a_condition() -> None:
    assert [] == [row for row in ROWS if not row.source or not row.text]
