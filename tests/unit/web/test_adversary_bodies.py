"""Bodies and parameters made to hurt: each is refused at once, with an error of the documented form."""

from __future__ import annotations

import gzip
import re
import time
import zlib

import pytest

from gateway.web.bodies import BODY_BYTES_MAX, DEPTH_MAX
from gateway.web.errors import FIELDS_TOLD_MAX
from gateway.web.routes import ROUTES
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


GOOD = '{"amount": 100}'


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "The body is empty; send a JSON object"),
        (b" \n", "The body is empty; send a JSON object"),
        (b"amount=100&phone=1", "The body is a form; send a JSON object"),
        (b"[1]", "The body is JSON, but no object; send a JSON object"),
        (b"\xef\xbb\xbf" + GOOD.encode(), "The body begins with a byte order mark; send UTF-8 without one."),
        (gzip.compress(GOOD.encode()), "The body is compressed; send the JSON itself"),
        (zlib.compress(GOOD.encode()), "The body is compressed; send the JSON itself"),
        (GOOD.encode("utf-16"), "The body is UTF-16 or UTF-32; encode it as UTF-8."),
        (GOOD.encode("utf-16-be"), "The body is UTF-16 or UTF-32; encode it as UTF-8."),
        (GOOD.encode("utf-32-le"), "The body is UTF-16 or UTF-32; encode it as UTF-8."),
    ],
    ids=["empty", "blank", "form", "list", "mark", "gzip", "deflate", "utf-16", "utf-16-be", "utf-32"],
)
def test_a_body_that_is_no_json_is_called_by_its_name(body: bytes, told: str, gateway: Gateway) -> None:
    """A line and a column in what is no text at all would help nobody."""
    answer = gateway.call("POST", "/v1/payments", body, headers={"idempotency-key": "named"})

    assert (400, told) == (answer.status, answer.json["detail"][: len(told)])


def test_what_is_no_field_is_told_with_those_that_are(gateway: Gateway) -> None:
    """A slip of the finger is seen at once."""
    answer = _sent(gateway, '{"amount": 100, "phon": "0712345678"}')

    told = "phon is not a field of this request, which takes amount, phone, account_reference, "
    assert (422, told) == (answer.status, answer.json["detail"][: len(told)])


def test_of_endless_bad_fields_the_first_are_told(gateway: Gateway) -> None:
    """An answer stays small, whatever is sent."""
    answer = _sent(gateway, '{"amount": 100, ' + ", ".join(f'"f{number}": 1' for number in range(3_000)) + "}")

    assert (422, FIELDS_TOLD_MAX) == (answer.status, len(answer.json["errors"]))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("status=PAID", "status must be open, pending, unresolved, paid, failed, cancelled, expired, "),
        ("include=phone", "include must be history."),
        ("limit=0", "limit must be a number of 1 to 100."),
        ("day=2026-3-2", "day must be a day like 2026-03-02."),
        ("amount=1e3", "amount must be whole shillings, like 1500."),
        ("phone_last3=12", "phone_last3 must be three digits."),
        ("receipt=..", "receipt must be a code like SGL31QW9XY."),
        ("order=", "order must be a text of 1 to 256 printable characters."),
        ("order=" + "a" * 257, "order must be a text of 1 to 256 printable characters."),
        ("orders=1", "orders is not a parameter of this route, which takes order, account_reference, receipt, day, "),
        ("=1", "A name that is empty is not a parameter of this route, which takes order, "),
    ],
)
def test_a_bad_parameter_is_told_with_what_it_must_be(query: str, told: str, gateway: Gateway) -> None:
    """What it means does not help who wrote it wrongly."""
    answer = gateway.call("GET", f"/v1/payments?{query}")

    assert (422, told) == (answer.status, answer.json["detail"][: len(told)])


def test_each_parameter_can_say_what_it_must_be() -> None:
    """A pattern is for programs: beside each there are words, unless it is a choice of words or a day."""
    wordless = [
        f"{route.key}: {one.name}"
        for route in ROUTES
        for one in route.query
        if one.pattern and not (one.form or one.format or re.fullmatch(r"[a-z0-9_.*|]+", one.pattern))
    ]

    assert [] == wordless
