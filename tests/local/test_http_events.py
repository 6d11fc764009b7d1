"""API Gateway's payload format 2.0, both ways, and which route takes a request."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from local.aws.http_event import MalformedAnswer, Received, answer_of, event_of
from local.aws.routes import Route, choose


def received(**changed: Any) -> Received:
    usual: dict[str, Any] = {
        "method": "POST",
        "path": "/v1/a%20b",
        "query": "",
        "headers": [("Host", "localhost:7070"), ("Content-Type", "application/json")],
        "body": b"{}",
        "source_ip": "127.0.0.9",
    }
    return Received(**(usual | changed))


def event(**changed: Any) -> dict[str, Any]:
    return event_of(received(**changed), "POST /v1/{x}", {"x": "a b"}, "shopapi", 1_795_600_000.5)


def test_the_path_stays_undecoded_and_its_parameters_are_decoded() -> None:
    told = event()

    assert ("/v1/a%20b", {"x": "a b"}) == (told["rawPath"], told["pathParameters"])


def test_the_source_address_is_the_peers_whatever_a_header_claims() -> None:
    told = event(headers=[("X-Forwarded-For", "196.201.214.200")])

    assert "127.0.0.9" == told["requestContext"]["http"]["sourceIp"]
    assert "196.201.214.200, 127.0.0.9" == told["headers"]["x-forwarded-for"]


def test_headers_are_lower_case_and_joined_and_cookies_stand_apart() -> None:
    told = event(headers=[("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2")])

    assert "1,2" == told["headers"]["x-a"]
    assert "cookie" not in told["headers"]
    assert ["a=1", "b=2"] == told["cookies"]


def test_repeated_query_parameters_are_joined_and_decoded() -> None:
    told = event(query="a=1&a=2&b=%20&c")

    assert {"a": "1,2", "b": " ", "c": ""} == told["queryStringParameters"]
    assert "a=1&a=2&b=%20&c" == told["rawQueryString"]


def test_what_is_absent_in_the_request_is_absent_in_the_event() -> None:
    told = event_of(received(body=b"", headers=[]), "$default", {}, "shopapi", 0)

    assert {"cookies", "queryStringParameters", "pathParameters", "body"}.isdisjoint(told)
    assert told["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json; charset=utf-8", b'{"a":1}', False),
        ("application/problem+json", b"{}", False),
        ("text/plain", "Habari ya asubuhi, é".encode(), False),
        ("application/json", b'{"a":"\xff"}', True),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("application/octet-stream", b"a", True),
    ],
)
def test_bodies_that_are_no_text_come_as_base64(content_type: str, body: bytes, encoded: bool) -> None:
    told = event(headers=[("Content-Type", content_type)], body=body)

    assert encoded is told["isBase64Encoded"]
    decode: dict[bool, Callable[[str], bytes]] = {True: base64.b64decode, False: str.encode}
    assert body == decode[encoded](told["body"])


def test_time_is_the_local_clocks() -> None:
    told = event()["requestContext"]

    assert 1_795_600_000_500 == told["timeEpoch"]
    assert "25/Nov/2026:09:46:40 +0000" == told["time"]


def test_a_full_answer_keeps_status_headers_cookies_and_bytes() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    answer = answer_of(
        {"statusCode": 303, "headers": {"Location": "/x"}, "cookies": ["a=1", "b=2"], "body": body,
         "isBase64Encoded": True}
    )  # fmt: skip

    assert (303, b"\x00\xff") == (answer.status, answer.body)
    assert [("Location", "/x"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")] == answer.headers[:3]


@pytest.mark.parametrize(("value", "body"), [({"a": 1}, b'{"a": 1}'), ("text", b"text"), ([1], b"[1]")])
def test_an_answer_without_status_is_taken_for_json_with_200(value: Any, body: bytes) -> None:
    answer = answer_of(value)

    assert (200, body, [("Content-Type", "application/json")]) == (answer.status, answer.body, answer.headers)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "fine"},
        {"statusCode": 1000},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
)
def test_an_answer_of_a_bad_shape_is_refused(value: Any) -> None:
    with pytest.raises(MalformedAnswer):
        answer_of(value)


ROUTES = sorted(
    (
        Route("GET", "$default", "rest"),
        Route("ANY", "/v1/{any}", "any"),
        Route("GET", "/v1/{proxy+}", "greedy"),
        Route("GET", "/v1/{one}", "one"),
        Route("GET", "/v1/payments", "exact"),
        Route("POST", "/v1/payments", "post"),
    ),
    key=Route.rank,
)


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/v1/payments", "exact"),
        ("POST", "/v1/payments", "post"),
        ("GET", "/v1/other", "one"),
        ("PUT", "/v1/other", "any"),
        ("GET", "/v1/other/deeper", "greedy"),
        ("PUT", "/elsewhere", "rest"),
    ],
)
def test_the_most_exact_route_takes_a_request(method: str, path: str, function: str) -> None:
    chosen = choose(ROUTES, method, path)

    assert chosen is not None
    assert function == chosen[0].function


def test_no_route_takes_what_none_matches() -> None:
    assert choose(ROUTES[:-1], "DELETE", "/v2") is None
