"""The rule behind the table of refusals: what nobody knows is never taken for a no."""

import json

from hypothesis import given
from hypothesis import strategies as st

from daraja.answers import PushAccepted, QueryAnswer, Token
from daraja.errors import DarajaError, MaybeSent, NotSent
from daraja.refusals import TABLE, HttpAnswer, judge_push, judge_query, judge_token

KNOWN_CODES = frozenset[str]().union(*(row.codes for row in TABLE))
STATUSES = st.sampled_from([200, 201, 301, 400, 401, 403, 404, 405, 409, 429, 500, 502, 503, 504])
NEW_CODES = st.from_regex(r"[0-9]{3}\.[0-9]{3}\.[0-9]{1,4}", fullmatch=True).filter(
    lambda code: code not in KNOWN_CODES
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
FIELDS = (
    *("ResponseCode", "CheckoutRequestID", "MerchantRequestID", "ResultCode", "errorCode", "errorMessage"),
    *("requestId", "fault", "Envelope", "access_token", "expires_in"),
)
BODIES = st.dictionaries(
    st.sampled_from(FIELDS),
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["detail", "Body"]), SCALARS),
)


def answer(status: int, body: bytes) -> HttpAnswer:
    return HttpAnswer(status, {"content-type": "application/json"}, body)


@given(STATUSES, st.binary(max_size=200) | BODIES.map(lambda body: json.dumps(body).encode()))
def test_any_answer_is_judged(status: int, body: bytes) -> None:
    told = answer(status, body)

    assert isinstance(judge_push(told), PushAccepted | DarajaError)
    assert isinstance(judge_query(told), QueryAnswer | DarajaError)
    assert isinstance(judge_token(told), Token | NotSent)


@given(STATUSES.filter(lambda status: status != 429), NEW_CODES, st.sampled_from(["", "New", "System error"]))
def test_a_code_on_no_list_leaves_a_push_unknown(status: int, code: str, text: str) -> None:
    body = json.dumps({"errorCode": code, "errorMessage": text}).encode()

    assert isinstance(judge_push(answer(status, body)), MaybeSent)


@given(STATUSES.filter(lambda status: status != 200), st.sampled_from(["0", 0]))
def test_only_http_200_can_accept_a_push(status: int, response_code: object) -> None:
    body = json.dumps({"ResponseCode": response_code, "CheckoutRequestID": "ws_CO_1"}).encode()

    assert isinstance(judge_push(answer(status, body)), DarajaError)
