"""What each answer of Safaricom is taken for: accepted, refused, not sent, or nobody knows."""

import base64
import gzip
from collections.abc import Callable

import pytest

from daraja.answers import QueryAnswer, QueryState, Token
from daraja.errors import MaybeSent, MaybeSentReason, NotSent, NotSentReason, RefusalCause, Refused, TokenRejected
from tests.unit.daraja.calls import (
    ACCEPTED,
    CHECKOUT_ID,
    ENVELOPE,
    INCAPSULA,
    PHONE,
    SPIKE,
    TOKEN,
    asked,
    client_of,
    pushed,
    refusal,
)
from tests.unit.daraja.peer import Answering, http, peer, raw


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        pytest.param(raw(b""), MaybeSentReason.CONNECTION_CUT, id="cut before the answer"),
        pytest.param(raw(b"HTTP/1.1 20"), MaybeSentReason.CONNECTION_CUT, id="cut inside the head"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
            MaybeSentReason.CONNECTION_CUT,
            id="cut inside the body",
        ),
        pytest.param(raw(b"\x00\x01\x02 nonsense\r\n\r\n"), MaybeSentReason.CONNECTION_CUT, id="no HTTP"),
        pytest.param(http(200, "{broken"), MaybeSentReason.BROKEN_ANSWER, id="broken JSON"),
        pytest.param(http(200, b"\xff\xfe\xfd"), MaybeSentReason.BROKEN_ANSWER, id="bytes that are no text"),
        pytest.param(http(200, "[" * 30_000), MaybeSentReason.BROKEN_ANSWER, id="endless nesting"),
        pytest.param(http(200, "{}"), MaybeSentReason.BROKEN_ANSWER, id="empty object"),
        pytest.param(http(200, '"0"'), MaybeSentReason.BROKEN_ANSWER, id="no object"),
        pytest.param(http(200, '{"ResponseCode":"0"}'), MaybeSentReason.BROKEN_ANSWER, id="accepted without id"),
        pytest.param(http(200, b"x" * 70_000), MaybeSentReason.ANSWER_TOO_LARGE, id="too large"),
        pytest.param(
            http(200, gzip.compress(b"0" * 10_000_000), "Content-Encoding: gzip"),
            MaybeSentReason.ANSWER_TOO_LARGE,
            id="compressed giant",
        ),
        pytest.param(http(200, ACCEPTED, "Content-Encoding: gzip"), MaybeSentReason.BROKEN_ANSWER, id="no gzip inside"),
        pytest.param(http(302, "", "Location: http://127.0.0.1:9/"), MaybeSentReason.BROKEN_ANSWER, id="redirect"),
        pytest.param(http(400), MaybeSentReason.BROKEN_ANSWER, id="empty 400"),
        pytest.param(http(502, INCAPSULA, content_type="text/html"), MaybeSentReason.SERVER_ERROR, id="502 HTML"),
        pytest.param(http(504), MaybeSentReason.SERVER_ERROR, id="empty 504"),
        pytest.param(http(500, ENVELOPE), MaybeSentReason.SERVER_ERROR, id="envelope"),
        pytest.param(
            http(500, refusal("500.001.1001", "System error")), MaybeSentReason.SERVER_ERROR, id="500, new text"
        ),
        pytest.param(
            http(500, refusal("500.003.02", "Something new")), MaybeSentReason.SERVER_ERROR, id="busy code, new text"
        ),
        pytest.param(
            http(400, refusal("400.999.99", "Something new")), MaybeSentReason.UNKNOWN_ANSWER, id="400, new code"
        ),
        pytest.param(
            http(500, refusal("500.001.1001", "The transaction is being processed")),
            MaybeSentReason.UNKNOWN_ANSWER,
            id="a query's answer to a push",
        ),
        pytest.param(
            http(200, f" \n\ufeff{ACCEPTED}".encode()),
            MaybeSentReason.BROKEN_ANSWER,
            id="a mark after blanks, accepted",
        ),
        pytest.param(
            http(500, f" \ufeff{refusal('500.003.02', 'Spike Arrest')}".encode()),
            MaybeSentReason.SERVER_ERROR,
            id="a mark after blanks, turned away",
        ),
    ],
)
def test_a_push_without_a_known_answer_may_have_been_sent(answering: Answering, reason: MaybeSentReason) -> None:
    with pytest.raises(MaybeSent) as caught:
        pushed(answering)

    assert reason is caught.value.reason


@pytest.mark.parametrize(
    ("answering", "reason"),
    [
        pytest.param(http(429, SPIKE), NotSentReason.RATE_LIMITED, id="spike arrest"),
        pytest.param(http(429), NotSentReason.RATE_LIMITED, id="429 without a body"),
        pytest.param(
            http(
                429,
                '{"fault":{"faultstring":"Rate limit quota violation","detail":{"errorcode":'
                '"policies.ratelimit.QuotaViolation"}}}',
            ),
            NotSentReason.QUOTA_USED_UP,
            id="quota fault",
        ),
        pytest.param(
            http(500, refusal("500.003.02", "Error Occurred: Spike Arrest Violation")),
            NotSentReason.RATE_LIMITED,
            id="spike arrest as 500",
        ),
        pytest.param(
            http(500, refusal("500.003.02", "System is busy. Please try again in few minutes.")),
            NotSentReason.BUSY,
            id="busy",
        ),
        pytest.param(http(500, refusal("500.003.03", "Quota Violation")), NotSentReason.QUOTA_USED_UP, id="quota"),
        pytest.param(
            http(500, refusal("00.002.1001", "Service is currently under maintenance")),
            NotSentReason.MAINTENANCE,
            id="maintenance",
        ),
        pytest.param(http(403, INCAPSULA, content_type="text/html"), NotSentReason.FIREWALL, id="firewall 403"),
        pytest.param(http(503, INCAPSULA, content_type="text/html"), NotSentReason.FIREWALL, id="firewall 503"),
    ],
)
def test_what_was_stopped_in_front_of_mpesa_was_not_sent(answering: Answering, reason: NotSentReason) -> None:
    with pytest.raises(NotSent) as caught:
        pushed(answering)

    assert (caught.value.reason, caught.value.retryable) == (reason, True)


@pytest.mark.parametrize(
    ("code", "status"),
    [("400.003.01", 400), ("401.001", 401), ("401.002.01", 401), ("401.003.01", 401), ("404.001.03", 404)],
)
def test_each_code_for_a_dead_token_is_told_apart_and_hides_the_token(code: str, status: int) -> None:
    with pytest.raises(TokenRejected) as caught:
        pushed(http(status, refusal(code, f"Error Occurred - Invalid Access Token - {TOKEN}")))

    assert caught.value.request_id == "4f1c-4a7d"
    assert TOKEN not in f"{caught.value} {caught.value.text}"


@pytest.mark.parametrize(
    ("status", "code", "text", "cause"),
    [
        (500, "500.001.1001", "Merchant does not exist", RefusalCause.SHOP_SETUP),
        (500, "500.001.1001", "[MerchantValidate] - Wrong credentials", RefusalCause.SHOP_SETUP),
        (
            500,
            "500.001.1001",
            "Unable to lock subscriber, a transaction is already in process for the current subscriber",
            RefusalCause.PHONE_BUSY,
        ),
        (400, "400.002.02", "Bad Request - Invalid PhoneNumber", RefusalCause.PHONE_NOT_ON_MPESA),
        (400, "400.002.02", "Bad Request - Invalid CallBackURL", RefusalCause.SHOP_SETUP),
        (400, "400.002.02", "Bad Request - Invalid BusinessShortCode", RefusalCause.SHOP_SETUP),
        (400, "400.002.02", "Bad Request - Invalid Amount", RefusalCause.INVALID_FIELD),
        (400, "400.002.02", "Bad Request - Invalid Remarks", RefusalCause.INVALID_FIELD),
        (400, "400.002.05", "Invalid Request Payload", RefusalCause.INVALID_FIELD),
        (401, "401.001", "Invalid API call as no apiproduct match found", RefusalCause.SHOP_SETUP),
        (404, "404.001.01", "Resource not found", RefusalCause.NOT_ALLOWED),
        (404, "404.001.04", "Invalid Authentication Header", RefusalCause.NOT_ALLOWED),
        (405, "405.001", "Method Not Allowed", RefusalCause.NOT_ALLOWED),
    ],
)
def test_a_no_of_safaricom_is_sorted_by_code_and_text(status: int, code: str, text: str, cause: RefusalCause) -> None:
    with pytest.raises(Refused) as caught:
        pushed(http(status, refusal(code, text)))

    assert (caught.value.code, caught.value.text, caught.value.cause) == (code, text, cause)


def test_a_refused_field_is_named() -> None:
    with pytest.raises(Refused) as caught:
        pushed(http(400, refusal("400.002.02", "Bad Request - Invalid Amount")))

    assert caught.value.field == "Amount"


def test_200_with_another_response_code_is_a_refusal() -> None:
    with pytest.raises(Refused) as caught:
        pushed(http(200, '{"ResponseCode":"1","ResponseDescription":"Rejected for 0711000111"}'))

    assert (caught.value.code, caught.value.text) == ("1", "Rejected for 07•••••111")
    assert caught.value.cause is RefusalCause.NOT_ACCEPTED


@pytest.mark.parametrize(
    "body",
    [ACCEPTED.replace('"0"', "0"), ACCEPTED.lower(), "\ufeff" + ACCEPTED, f"\r\n {ACCEPTED}\n\n"],
    ids=["number", "lower case", "byte order mark", "blanks"],
)
def test_an_acceptance_is_read_in_any_dress(body: str) -> None:
    assert pushed(http(200, body.encode())).checkout_request_id.lower() == CHECKOUT_ID.lower()


def test_an_answer_that_was_compressed_unasked_is_read() -> None:
    accepted = pushed(http(200, gzip.compress(ACCEPTED.encode()), "Content-Encoding: gzip"))

    assert accepted.checkout_request_id == CHECKOUT_ID


@pytest.mark.parametrize("code", ['"1032"', "1032", '"0"', '"SFC_IC0003"', '"E3008"'])
def test_a_query_with_a_result_code_is_answered(code: str) -> None:
    answer = asked(
        http(200, f'{{"ResponseCode":"0","ResultCode":{code},"ResultDesc":"As told","CheckoutRequestID":"c"}}')
    )

    assert answer == QueryAnswer(QueryState.ANSWERED, code.strip('"'), "As told", "c", None)


@pytest.mark.parametrize(
    ("answering", "state", "code"),
    [
        (
            http(
                200, '{"ResponseCode":"0","ResultCode":"4999","ResultDesc":"The transaction is still under processing"}'
            ),
            QueryState.PROCESSING,
            "4999",
        ),
        (http(500, refusal("500.001.1001", "The transaction is being processed")), QueryState.PROCESSING, None),
        (http(500, refusal("500.001.1001", "The transaction does not Exist")), QueryState.UNKNOWN_ID, None),
        (http(400, refusal("400.002.02", "Bad Request - Invalid CheckoutRequestID")), QueryState.UNKNOWN_ID, None),
    ],
    ids=["4999", "being processed", "does not exist", "too early"],
)
def test_a_query_without_an_outcome_is_an_answer(answering: Answering, state: QueryState, code: str | None) -> None:
    answer = asked(answering)

    assert (answer.state, answer.code) == (state, code)


@pytest.mark.parametrize(
    ("answering", "wait_s"),
    [(http(429, SPIKE), 12.0), (http(429, SPIKE, "Retry-After: 30"), 30.0), (http(429), None)],
    ids=["rate in the text", "header", "neither"],
)
def test_a_rate_limited_query_says_how_long_to_wait(answering: Answering, wait_s: float | None) -> None:
    with pytest.raises(NotSent) as caught:
        asked(answering)

    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize(
    "body",
    ["{}", '{"ResponseCode":"0"}', '{"ResponseCode":"0","ResultCode":null}', '{"ResponseCode":"0","ResultCode":true}'],
)
def test_a_query_without_a_result_code_tells_nothing(body: str) -> None:
    with pytest.raises(MaybeSent):
        asked(http(200, body))


@pytest.mark.parametrize("seconds", ['"3599"', "3599"])
def test_a_token_is_read_with_its_life_as_text_or_number(seconds: str) -> None:
    with peer(http(200, f'{{"access_token":"{TOKEN}","expires_in":{seconds}}}')) as told:
        token = client_of(told.base_url).fetch_token("key", "secret")

    assert token == Token(TOKEN, 3599)
    assert told.requests[0].startswith(b"GET /oauth/v1/generate?grant_type=client_credentials HTTP/1.1\r\n")
    assert b"Authorization: Basic " + base64.b64encode(b"key:secret") in told.requests[0]


@pytest.mark.parametrize(
    ("answering", "reason", "retryable"),
    [
        pytest.param(http(400), NotSentReason.CREDENTIALS_REJECTED, False, id="empty 400"),
        pytest.param(
            http(400, refusal("400.008.01", "Invalid authentication type passed")),
            NotSentReason.CREDENTIALS_REJECTED,
            False,
            id="wrong authentication",
        ),
        pytest.param(http(403, INCAPSULA, content_type="text/html"), NotSentReason.FIREWALL, True, id="firewall"),
        pytest.param(http(429, SPIKE), NotSentReason.RATE_LIMITED, True, id="spike arrest"),
        pytest.param(http(500), NotSentReason.TOKEN_NOT_OBTAINED, True, id="500"),
        pytest.param(raw(b""), NotSentReason.TOKEN_NOT_OBTAINED, True, id="cut"),
        pytest.param(
            http(200, '{"access_token":"","expires_in":"3599"}'), NotSentReason.TOKEN_NOT_OBTAINED, True, id="no token"
        ),
        pytest.param(
            http(200, '{"access_token":"x","expires_in":"soon"}'), NotSentReason.TOKEN_NOT_OBTAINED, True, id="no life"
        ),
    ],
)
def test_without_a_token_nothing_was_sent(answering: Answering, reason: NotSentReason, retryable: bool) -> None:
    with peer(answering) as told, pytest.raises(NotSent) as caught:
        client_of(told.base_url).fetch_token("key", "secret")

    assert (caught.value.reason, caught.value.retryable) == (reason, retryable)


@pytest.mark.parametrize("call", [pushed, asked])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500, 503])
def test_no_error_repeats_a_number_or_a_token(call: Callable[[Answering], object], status: int) -> None:
    said = refusal("400.123.45", f"No {TOKEN} for {PHONE} or 0711 000 111 of {CHECKOUT_ID}")

    with pytest.raises((NotSent, MaybeSent, Refused)) as caught:
        call(http(status, said))

    told = f"{caught.value} {caught.value.text} {caught.value!r} {caught.value.__cause__}"
    assert [hidden for hidden in (TOKEN, "711000111", "711 000 111") if hidden in told] == []
