"""Bodies and parameters made to hurt: each is refused at once, with an error of the documented form."""

from __future__ import annotations

import time

import pytest

from gateway.web.bodies import BODY_BYTES_MAX, DEPTH_MAX
from tests.unit.web.shop import Answered, Gateway

LONG = BODY_BYTES_MAX - 100
HOSTILE = {
    "a text that never ends, full of escapes": '{"amount": 100, "order": "' + '\\"' * (LONG // 2),
    "a text that ends in an escape": '{"amount": 100, "order": "' + "x" * LONG + "\\",
    "nothing but quotes": '"' * (LONG - 1),
    "quotes and backslashes in turn": '"\\' * (LONG // 2),
    "a text that never ends before many brackets": '{"order": "' + "[" * LONG,
}
DEEP = {
    "brackets after a text that looks closed": '{"a": "\\\\", "b": ' + "[" * 40 + "]" * 40 + "}",
    "brackets after a text with escaped quotes": '{"a": "\\"", "b": ' + "[" * 40 + "]" * 40 + "}",
    "brackets on two lines": '{"a": "x\\ny", "b": ' + "[\n" * 40 + "]" * 40 + "}",
}
SECONDS_MAX = 1.0
"""A hundred times what it takes; a search that goes back over the body needs many."""


def _sent(gateway: Gateway, body: str) -> Answered:
    return gateway.call("POST", "/v1/payments", body.encode(), headers={"idempotency-key": "hostile"})


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_takes_longer_than_its_length_explains(body: str, gateway: Gateway) -> None:
    """400, and the processor's time stays small."""
    before = time.process_time()

    answer = _sent(gateway, body)

    assert (400, "body_not_json") == (answer.status, answer.code)
    assert SECONDS_MAX > time.process_time() - before


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_no_text_hides_how_deep_a_body_is(body: str, gateway: Gateway) -> None:
    """Brackets outside of texts count, whatever stands in the texts."""
    answer = _sent(gateway, body)

    assert (400, "body_too_deep") == (answer.status, answer.code)


def test_brackets_within_a_text_are_no_depth(gateway: Gateway) -> None:
    """Also behind an escaped quote."""
    answer = _sent(gateway, '{"amount": 100, "order": "\\"' + "[" * (DEPTH_MAX + 5) + '"}')

    assert (201, '"' + "[" * (DEPTH_MAX + 5)) == (answer.status, answer.json["order"])


@pytest.mark.parametrize("name", ["order", "account_reference", "cursor"])
def test_a_parameter_too_long_for_an_index_is_bad_input_and_no_fault_of_the_table(name: str, gateway: Gateway) -> None:
    """DynamoDB takes keys of at most 2,048 bytes; four for each character."""
    answer = gateway.call("GET", f"/v1/payments?{name}=" + "%F0%9F%98%80" * 500)

    assert (422, "field_invalid", name) == (answer.status, answer.code, answer.json["param"])


@pytest.mark.parametrize("others", [1, 99, 100, 500])
def test_filters_are_not_lost_among_many_parameters(others: int, gateway: Gateway) -> None:
    """Whoever asks for paid payments must not be shown all of them, whatever else stands in the query."""
    answer = gateway.call("GET", "/v1/payments?status=paid" + "&x=1" * others)

    assert (422, "unknown_field", "x") == (answer.status, answer.code, answer.json["param"])
