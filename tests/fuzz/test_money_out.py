"""Whatever is posted as a result or answered to a payout: no crash, no receipt out of nothing, no doubt called a no."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from daraja.answers import Acknowledged, AlreadyTaken
from daraja.command_answers import judge_command
from daraja.errors import MaybeSent, NotSent, Refused
from daraja.http_answers import HttpAnswer
from daraja.results import (
    Result,
    Unreadable,
    balance_of,
    business_payment_of,
    parse_queue_timeout,
    parse_result,
    payout_of,
    reversal_of,
    status_of,
)
from tests.corpus.reading import HERE, body_of
from tests.fuzz.certain import is_certainly_not_taken
from tests.fuzz.mutators import bodies
from tests.fuzz.profiles import PROFILE

ROWS = yaml.safe_load((HERE / "readings" / "results.yaml").read_text(encoding="utf-8"))
READ_BODIES = st.sampled_from([body_of(row) for row in ROWS])
RESULTS = bodies("results") | READ_BODIES
TYPED: list[Callable[[Result], Any]] = [payout_of, business_payment_of, reversal_of, status_of, balance_of]
STATUSES = st.sampled_from([200, 200, 200, 201, 301, 400, 401, 403, 404, 405, 429, 500, 502, 503, 504])
OF_THE_OPERATOR = r"initiator|operator has no permission|security credential"


def outcome(read: Callable[[bytes], Any], body: bytes) -> Any:
    """What is read; None for what has no single meaning. Any other error is a fault."""
    try:
        return read(body)
    except Unreadable:
        return None


@PROFILE
@given(RESULTS, st.sampled_from(TYPED))
def test_a_receipt_that_is_read_stands_in_the_body_of_a_success(body: bytes, typed: Callable[[Result], Any]) -> None:
    """And nothing else is raised, whatever the bytes."""
    result = outcome(parse_result, body)
    told = outcome(lambda told_body: typed(parse_result(told_body)), body)
    event(f"read: {type(told).__name__}")

    receipt = getattr(told, "receipt", None)
    written = "".join(character for character in body.decode("utf-8", "replace").upper() if character.isprintable())
    assert receipt is None or receipt in written or "\\" in written
    assert receipt is None or typed is status_of or (result is not None and result.code == "0" and result.is_last)


@PROFILE
@given(RESULTS)
def test_a_notice_is_read_or_has_no_meaning(body: bytes) -> None:
    """It never becomes a success that its own body is not."""
    notice = outcome(parse_queue_timeout, body)

    assert notice is None or notice.result is None or notice.result == parse_result(body)


@PROFILE
@given(STATUSES, bodies("push_answers", "results", "token_answers") | READ_BODIES)
def test_a_payout_is_called_not_sent_or_refused_only_where_that_is_certain(status: int, body: bytes) -> None:
    """Everything else may have been taken."""
    judged = judge_command(HttpAnswer(status, {}, body))
    event(f"judged: {type(judged).__name__}")

    said = body.decode("utf-8", "replace").lower()
    certain = is_certainly_not_taken(status, body) or bool(re.search(OF_THE_OPERATOR, said))
    assert isinstance(judged, Acknowledged | AlreadyTaken | MaybeSent) or certain
    assert not isinstance(judged, Acknowledged) or (status == 200 and says_yes(body))
    assert not isinstance(judged, NotSent | Refused) or not says_yes(body)


def says_yes(body: bytes) -> bool:
    """ResponseCode 0, by a parser of its own."""
    try:
        told = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    fields = {name.lower(): value for name, value in told.items()} if isinstance(told, dict) else {}
    code = fields.get("responsecode")
    return isinstance(code, str) and set(code.strip()) == {"0"}
