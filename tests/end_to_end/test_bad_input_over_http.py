"""Bad input over real HTTP: each gets its documented error, never a 5xx, and nothing is stored or sent."""

from __future__ import annotations

import gzip
import itertools
import json
from typing import Any

import httpx
import pytest

from tests.end_to_end.local_world import LocalWorld

PHONES = {
    "foreign": "+44 7911 123456",
    "landline": "020 222 2181",
    "short": "0712 345 67",
    "long": "0712 345 6789",
    "letters": "07I2 345 678",
    "unicode digits": "٠٧١٢٣٤٥٦٧٨",
    "empty": "",
    "blank": "   ",
    "sql": "0712345678' OR 1=1",
    "huge": "07" + "1" * 5_000,
}
AMOUNTS: dict[str, Any] = {
    "zero": 0,
    "negative": -1,
    "fraction": 10.5,
    "text": "100",
    "boolean": True,
    "null": None,
    "list": [100],
    "above M-PESA's limit": 250_001,
    "huge": 10**40,
}
BODIES = {
    "not JSON": (b"amount=100&phone=0712345678", 400, "body_not_json"),
    "empty": (b"", 400, "body_not_json"),
    "a list": (b"[]", 400, "body_not_json"),
    "NaN": (b'{"amount": NaN}', 400, "body_not_json"),
    "invalid UTF-8": (b'{"amount": 100, "order": "\xff\xfe"}', 400, "body_not_utf8"),
    "a key twice": (b'{"amount": 100, "amount": 1}', 400, "duplicate_field"),
    "deep nesting": (b'{"amount": 100, "metadata": ' + b'{"a":' * 60 + b"1" + b"}" * 61, 400, "body_too_deep"),
    "an unknown field": (b'{"amount": 100, "amonut": 1}', 422, "unknown_field"),
    "too large": (b'{"amount": 100, "order": "' + b"x" * 70_000 + b'"}', 413, "body_too_large"),
    "compressed": (gzip.compress(b'{"amount": 100}', mtime=0), 400, None),
}
_numbers = itertools.count()


def _refused(world: LocalWorld, status: int, **sent: Any) -> dict[str, Any]:
    """The problem that `POST /v1/payments` answers with."""
    response = world.api("POST", "/v1/payments", key=f"bad-{next(_numbers)}", **sent)
    assert status == response.status_code, response.text
    return dict(response.json())


@pytest.mark.parametrize("phone", PHONES.values(), ids=PHONES)
def test_a_number_that_is_no_kenyan_mobile_is_refused(phone: str, world: LocalWorld) -> None:
    """422 phone_invalid; the sentence names the field and does not repeat the number."""
    problem = _refused(world, 422, body={"amount": 100, "phone": phone})

    assert ("phone_invalid", "phone") == (problem["code"], problem["param"])
    assert not phone.strip() or phone not in problem["detail"]


@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS)
def test_an_amount_that_is_no_whole_number_of_shillings_is_refused(amount: Any, world: LocalWorld) -> None:
    """422, about the field amount."""
    problem = _refused(world, 422, body={"amount": amount})

    assert "amount" == problem["param"]


@pytest.mark.parametrize(("content", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_meant_is_refused(
    content: bytes, status: int, code: str | None, world: LocalWorld
) -> None:
    """The documented code for each way in which a body can be wrong."""
    problem = _refused(world, status, content=content)

    assert code in (None, problem["code"])


@pytest.mark.parametrize("form", ["0712345678", "712345678", "254712345678", "+254 712 345 678", "00254712345678"])
def test_every_common_form_of_a_number_is_the_same_request(form: str, frozen: LocalWorld) -> None:
    """One Idempotency-Key, one body in another spelling: the stored object, not an error."""
    answer = frozen.api("POST", "/v1/payments", {"amount": 100, "phone": form}, key="same-in-all-forms")

    assert answer.status_code in (200, 201)


def test_keys_that_may_not_are_told_so(world: LocalWorld) -> None:
    """Missing, unknown, of the other mode: 401 with the code that says which."""
    body = {"amount": 100}
    answers = [
        world.api("POST", "/v1/payments", body, key="keys", secret=secret)
        for secret in (None, "sk_test_local_" + "x" * 32, "sk_live_" + "x" * 32)
    ]

    assert [401, 401, 401] == [answer.status_code for answer in answers]
    assert ["key_missing", "key_invalid", "key_wrong_mode"] == [answer.json()["code"] for answer in answers]


def test_another_owners_payment_does_not_exist(world: LocalWorld) -> None:
    """404 and not 403: whether it exists is nobody else's business."""
    mine = world.pay("mine-alone")
    other = str(world.run["other_secret_key"])
    answers = [
        world.api("GET", f"/v1/payments/{mine['id']}", secret=other),
        world.api("POST", f"/v1/payments/{mine['id']}/cancel", {}, secret=other),
        world.api("PUT", f"/v1/payments/{mine['id']}/attempts/1", {"phone": "0712345678"}, secret=other),
    ]

    assert [404, 404, 404] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "path",
    [
        "/in/stk/" + "a" * 32 + "/1/" + "0" * 32,
        "/in/stk/..%2f..%2fetc/1/x",
        "/in/stk/" + "a" * 32 + "/999999999999/" + "0" * 32,
        "/in/stk/%00/%F0%9F%92%A9/%ff",
        "/in/c2b/174379/" + "0" * 32 + "/confirmation",
        "/in/nothing",
    ],
)
def test_strangers_at_the_callback_door_learn_nothing(path: str, world: LocalWorld) -> None:
    """404, whatever the path and the body."""
    transport = httpx.HTTPTransport(local_address="127.0.0.9")
    with httpx.Client(transport=transport, base_url=world.callback) as stranger:
        for body in (b"{}", b"\xff", b"[" * 2_000, json.dumps({"Body": 1}).encode()):
            assert 404 == stranger.post(path, content=body).status_code


def test_unknown_paths_and_methods_are_problems_too(world: LocalWorld) -> None:
    """404 and 405 have the form of every other error."""
    odd = world.api("GET", "/v1/nothing%0Aat%C3%28all")
    unknown = world.api("GET", "/v1/nothing")
    wrong = world.api("DELETE", "/v1/payments")

    assert (404, "not_found") == (odd.status_code, odd.json()["code"])
    assert (404, "not_found") == (unknown.status_code, unknown.json()["code"])
    assert (405, "method_not_allowed") == (wrong.status_code, wrong.json()["code"])
