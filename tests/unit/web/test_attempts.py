"""`PUT …/attempts/{number}`, by the shop's server and by the payer's browser."""

from __future__ import annotations

import pytest

from gateway import security
from gateway.domain.facts import Deadline, TimerPassed
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from tests.memory_store import KEYS, START_MS
from tests.unit.web.shop import ORIGIN, Gateway

PHONE = {"phone": "0712345678"}
OTHER_PHONE = {"phone": "0722000111"}


def test_the_first_attempt_of_an_open_payment_is_sent(gateway: Gateway) -> None:
    """201 and one prompt."""
    payment = gateway.pay().json["id"]
    answer = gateway.call("PUT", f"/v1/payments/{payment}/attempts/1", PHONE)
    assert (201, "pending") == (answer.status, answer.json["status"])
    assert 1 == len(gateway.world.daraja.pushes)


def test_a_double_tap_sends_one_prompt(gateway: Gateway) -> None:
    """The same number and phone again: 200, the same attempt."""
    payment = gateway.pay().json["id"]
    path = f"/v1/payments/{payment}/attempts/1"
    statuses = [gateway.call("PUT", path, PHONE).status for _ in range(2)]
    assert [201, 200] == statuses
    assert 1 == len(gateway.world.daraja.pushes)


@pytest.mark.parametrize(("number", "body"), [(1, OTHER_PHONE), (3, PHONE)])
def test_a_number_that_is_not_the_next_one_is_refused(gateway: Gateway, number: int, body: dict[str, str]) -> None:
    """Attempt 1 has another phone; 3 is not after 1."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment, code="1032")
    gateway.world.ambient.at_ms += 300_000
    answer = gateway.call("PUT", f"/v1/payments/{payment}/attempts/{number}", body)
    assert (409, "attempt_out_of_order") == (answer.status, answer.code)


def test_while_a_prompt_lives_no_other_is_sent(gateway: Gateway) -> None:
    """409 with the seconds to wait."""
    payment = gateway.pay(**PHONE).json["id"]
    answer = gateway.call("PUT", f"/v1/payments/{payment}/attempts/2", PHONE)
    assert (409, "prompt_live") == (answer.status, answer.code)
    assert str(answer.json["retry_after"]) == answer.headers["Retry-After"]


def test_one_address_has_so_many_prompts_sent_and_no_more(gateway: Gateway) -> None:
    """By payers' browsers, of all payments together; a repeat is not counted, and the shop's server never."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    first, second = gateway.pay("first").json["id"], gateway.pay("second").json["id"]
    paths = [f"/v1/checkout/{payment}/attempts/1" for payment in (first, first, second)]
    phones = [PHONE, PHONE, OTHER_PHONE]
    headers = [{"authorization": f"Bearer {gateway.token(one)}"} for one in (first, first, second)]
    answers = [
        gateway.call("PUT", path, phone, secret=None, headers=sent)
        for path, phone, sent in zip(paths, phones, headers, strict=True)
    ]
    by_shop = gateway.call("PUT", f"/v1/payments/{second}/attempts/1", OTHER_PHONE)
    assert [201, 200, 429, 201] == [answer.status for answer in (*answers, by_shop)]
    assert ("too_many_requests", "296", 296) == (
        answers[2].code,
        answers[2].headers["Retry-After"],
        answers[2].json["retry_after"],
    )


def test_a_phone_that_another_payment_prompts_is_busy(gateway: Gateway) -> None:
    """The guard's refusal answers 409 and stores nothing."""
    gateway.pay("first", **PHONE)
    second = gateway.pay("second").json["id"]
    answer = gateway.call("PUT", f"/v1/payments/{second}/attempts/1", PHONE)
    assert (409, "prompt_live", True) == (answer.status, answer.code, answer.json["retry_after"] > 0)
    assert [] == gateway.call("GET", f"/v1/payments/{second}").json["attempts"]


def test_a_phone_with_too_many_prompts_is_told_when_to_come_again(gateway: Gateway) -> None:
    """429 with retry_after; nothing is stored."""
    gateway.environment["PROMPTS_PER_10_MINUTES"] = "1"
    first = gateway.pay("first", **PHONE).json["id"]
    gateway.callback(first, code="1")
    second = gateway.pay("second").json["id"]
    answer = gateway.call("PUT", f"/v1/payments/{second}/attempts/1", PHONE)
    assert (429, "too_many_prompts", "600") == (answer.status, answer.code, answer.headers["Retry-After"])


def test_used_up_attempts_are_told_without_a_time(gateway: Gateway) -> None:
    """The fourth phone of one payment: waiting helps nobody."""
    payment = gateway.pay().json["id"]
    for number, phone in enumerate(("0712345678", "0722000111", "0733000222"), 1):
        gateway.call("PUT", f"/v1/payments/{payment}/attempts/{number}", {"phone": phone})
        gateway.callback(payment, number, code="1")
    answer = gateway.call("PUT", f"/v1/payments/{payment}/attempts/4", {"phone": "0744000333"})
    assert (429, "too_many_prompts", False) == (answer.status, answer.code, answer.json["retryable"])
    assert "Retry-After" not in answer.headers


def test_a_paid_payment_takes_no_attempt(gateway: Gateway) -> None:
    """409."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.callback(payment)
    assert "already_paid" == gateway.call("PUT", f"/v1/payments/{payment}/attempts/2", PHONE).code


def test_cancelled_and_expired_payments_take_no_attempt(gateway: Gateway) -> None:
    """409, each by its own code."""
    cancelled = gateway.pay("one").json["id"]
    gateway.call("POST", f"/v1/payments/{cancelled}/cancel")
    old = gateway.pay("two", expires_in=300).json["id"]
    gateway.world.ambient.at_ms += 300_000
    codes = [gateway.call("PUT", f"/v1/payments/{one}/attempts/1", PHONE).code for one in (cancelled, old)]
    assert ["payment_cancelled", "payment_expired"] == codes


def test_an_unresolved_attempt_needs_the_payers_word(gateway: Gateway) -> None:
    """Only with `not_charged: true` may another prompt go out; the word is kept in the history."""
    payment = gateway.pay(**PHONE).json["id"]
    gateway.world.ambient.at_ms += 1_000_000
    now_ms = gateway.world.ambient.at_ms
    silent = TimerPassed(deadline=Deadline.ANSWER, number=1, said_at_ms=now_ms, learned_at_ms=now_ms)
    run(keep(payment, lambda _: (silent,), FlowSettings()), gateway.world)
    path = f"/v1/payments/{payment}/attempts/2"
    assert "attempt_unresolved" == gateway.call("PUT", path, PHONE).code
    assert 201 == gateway.call("PUT", path, {**PHONE, "not_charged": True}).status
    history = gateway.call("GET", f"/v1/payments/{payment}?include=history").json["history"]
    assert "not_charged" in [entry["what"] for entry in history]


@pytest.mark.parametrize("number", ["0", "x", "100", "-1", "1.0"])
def test_a_number_that_is_none_is_not_found(gateway: Gateway, number: str) -> None:
    """404, before anything is read."""
    payment = gateway.pay().json["id"]
    assert 404 == gateway.call("PUT", f"/v1/payments/{payment}/attempts/{number}", PHONE).status


def test_the_payer_prompts_with_the_client_token(gateway: Gateway) -> None:
    """201 with the payer's view and the headers that let the shop's page read it."""
    payment = gateway.pay().json["id"]
    answer = gateway.call(
        "PUT",
        f"/v1/checkout/{payment}/attempts/1",
        PHONE,
        secret=gateway.token(payment),
        headers={"origin": ORIGIN},
    )
    assert (201, "check_phone", ORIGIN) == (
        answer.status,
        answer.json["screen"],
        answer.headers["Access-Control-Allow-Origin"],
    )


def test_a_form_token_is_good_for_its_own_attempt_alone(gateway: Gateway) -> None:
    """The hosted page's form reaches the API by `X-Form-Token`."""
    payment = gateway.pay().json["id"]
    headers = {"x-form-token": security.form_token(KEYS.client_token, payment, 1)}
    second = gateway.call("PUT", f"/v1/checkout/{payment}/attempts/2", PHONE, secret=None, headers=headers)
    first = gateway.call("PUT", f"/v1/checkout/{payment}/attempts/1", PHONE, secret=None, headers=headers)
    assert ("key_invalid", 201) == (second.code, first.status)


def test_an_error_to_a_browser_of_the_shop_can_be_read_there(gateway: Gateway) -> None:
    """A problem carries the CORS headers too."""
    payment = gateway.pay().json["id"]
    answer = gateway.call(
        "PUT",
        f"/v1/checkout/{payment}/attempts/1",
        {"phone": "12"},
        secret=gateway.token(payment),
        headers={"origin": ORIGIN},
    )
    assert (422, ORIGIN) == (answer.status, answer.headers["Access-Control-Allow-Origin"])


def test_a_foreign_page_cannot_prompt_even_with_a_token(gateway: Gateway) -> None:
    """403, and nothing is sent."""
    payment = gateway.pay().json["id"]
    answer = gateway.call(
        "PUT",
        f"/v1/checkout/{payment}/attempts/1",
        PHONE,
        secret=gateway.token(payment),
        headers={"origin": "https://evil.example"},
    )
    assert (403, "origin_not_allowed") == (answer.status, answer.code)
    assert "https://evil.example is not one of the shop's `origins`" in answer.json["detail"]
    assert [] == gateway.world.daraja.pushes
    assert gateway.world.ambient.at_ms == START_MS
