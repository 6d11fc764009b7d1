"""The page's form: one request per attempt, only from our own page, and a number that cannot be prompted is told."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from gateway import security
from gateway.domain.facts import Deadline, TimerPassed
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.ports import StoreUnavailable, run
from tests.memory_store import KEYS
from tests.unit.web.shop import HOST, OTHER_SECRET, Answered, Gateway

FORM = "application/x-www-form-urlencoded"
OUR_ORIGIN = f"http://{HOST}"


def new_payment(gateway: Gateway) -> str:
    """An open payment of 1,500 shillings."""
    return str(gateway.pay("order-1").json["id"])


def send(
    gateway: Gateway,
    payment: str,
    number: int = 1,
    *,
    query: str = "",
    sent_from: Mapping[str, str] | None = None,
    **fields: str,
) -> Answered:
    """The browser posts the form. sent_from: what it says of where; our own page when nothing is given."""
    token = security.form_token(KEYS.client_token, payment, number)
    body = urlencode({"number": number, "token": token, **fields}).encode()
    headers = {"content-type": FORM, **(sent_from or {"origin": OUR_ORIGIN})}
    code = security.page_code(KEYS.client_token, payment)
    return gateway.call("POST", f"/pay/{code}/prompt{query}", body, secret=None, headers=headers)


def page(gateway: Gateway, payment: str, query: str = "") -> str:
    """The page as it stands."""
    code = security.page_code(KEYS.client_token, payment)
    return gateway.call("GET", f"/pay/{code}{query}", secret=None).body


def test_a_valid_number_is_prompted_and_leads_back_to_the_page(gateway: Gateway) -> None:
    """303 to the page's own address, which holds no number."""
    payment = new_payment(gateway)
    answer = send(gateway, payment, phone="0712 345 678")
    assert (303, f"/pay/{security.page_code(KEYS.client_token, payment)}") == (
        answer.status,
        answer.headers["Location"],
    )
    assert ["254712345678"] == [prompt.phone for prompt in gateway.world.daraja.pushes]
    assert "Check your phone" in page(gateway, payment)


def test_the_form_sent_twice_prompts_once(gateway: Gateway) -> None:
    payment = new_payment(gateway)
    answers = [send(gateway, payment, phone="0712345678").status for _ in range(2)]
    assert ([303, 303], 1) == (answers, len(gateway.world.daraja.pushes))


def test_one_address_has_so_many_requests_sent_and_no_more(gateway: Gateway) -> None:
    """429 with the time, at the field; a repeat counts once, and nothing is stored or sent for what is too much."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    first, second = new_payment(gateway), str(gateway.pay("order-2").json["id"])
    answers = [send(gateway, payment, phone="0712345678") for payment in (first, first)]
    refused = send(gateway, second, phone="0722345678", query="?lang=sw")
    assert [303, 303, 429] == [answer.status for answer in (*answers, refused)]
    assert ("296", 1, 0) == (
        refused.headers["Retry-After"],
        len(gateway.world.daraja.pushes),
        len(gateway.call("GET", f"/v1/payments/{second}").json["attempts"]),
    )
    assert "mtandao huu" in refused.body
    assert "12:20:00" in refused.body
    assert 'value="0722345678"' in refused.body
    assert "41.90.12.34" not in repr(gateway.world.counts.times)


def test_another_shops_payers_are_not_counted_together(gateway: Gateway) -> None:
    """The hash of the address is each shop's own."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    send(gateway, new_payment(gateway), phone="0712345678")
    keyed = {"idempotency-key": "order-1"}
    elsewhere = gateway.call("POST", "/v1/payments", {"amount": 20}, secret=OTHER_SECRET, headers=keyed).json["id"]
    assert 303 == send(gateway, elsewhere, phone="0722345678").status


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter your"),
        ("0712 345 67", "You entered 9."),
        ("07123456789", "You entered 11."),
        ("020 222 2222", "starts with 07 or 01"),
        ("+1 202 555 0100", "starts with 07 or 01"),
        ("call me", "can only have digits"),
    ],
)
def test_a_number_that_cannot_be_is_told_beside_the_field(gateway: Gateway, typed: str, told: str) -> None:
    """422 with the words on top and at the field; what was typed stays; nothing is sent and nothing stored."""
    payment = new_payment(gateway)
    answer = send(gateway, payment, phone=typed)
    assert (422, 2) == (answer.status, answer.body.partition("<main")[2].count(told))
    assert f'value="{typed}"' in answer.body
    assert "<title>Problem: " in answer.body
    assert ([], {}) == (gateway.world.daraja.pushes, dict(gateway.world.store.payments[payment].facts))


def test_what_is_typed_cannot_become_markup(gateway: Gateway) -> None:
    answer = send(gateway, new_payment(gateway), phone='"><script>pay()</script>')
    assert "<script>pay" not in answer.body
    assert "&quot;&gt;&lt;script&gt;" in answer.body


def test_errors_are_told_in_the_chosen_language(gateway: Gateway) -> None:
    answer = send(gateway, new_payment(gateway), query="?lang=sw", phone="071")
    assert "Umeweka 3." in answer.body
    assert "?lang=sw" in answer.body


def test_the_chosen_language_goes_on(gateway: Gateway) -> None:
    assert (
        send(gateway, new_payment(gateway), query="?lang=sw", phone="0712345678")
        .headers["Location"]
        .endswith("?lang=sw")
    )


@pytest.mark.parametrize(
    ("sent_from", "status"),
    [
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),
        ({"origin": "null"}, 303),
    ],
)
def test_only_a_form_of_ours_is_taken(gateway: Gateway, sent_from: dict[str, str], status: int) -> None:
    """Our pages send no referrer, so browsers write null as their origin; the token decides, Sec-Fetch-Site helps."""
    answer = send(gateway, new_payment(gateway), sent_from=sent_from, phone="0712345678")
    assert (status, status == 303) == (answer.status, bool(gateway.world.daraja.pushes))


def test_a_page_behind_a_distribution_is_ours_too(gateway: Gateway) -> None:
    """Its public host stands in the settings; the host that the API sees is another one."""
    gateway.environment["SHOP_BASE_URL"] = "https://pay.example"
    sent_from = {"origin": "https://pay.example"}
    assert send(gateway, new_payment(gateway), sent_from=sent_from, phone="0712345678").status == 303


def test_a_form_of_another_payment_is_not_taken(gateway: Gateway) -> None:
    other = str(gateway.pay("order-2").json["id"])
    token = security.form_token(KEYS.client_token, other, 1)
    assert send(gateway, new_payment(gateway), token=token, phone="0712345678").status == 403


@pytest.mark.parametrize(
    "body", [b"", b"number=1", b"number=one&token=x", b"a" * 5000, b"&".join([b"a=1"] * 20), b"\xff"]
)
def test_what_is_no_form_of_ours_is_refused(gateway: Gateway, body: bytes) -> None:
    code = security.page_code(KEYS.client_token, new_payment(gateway))
    headers = {"content-type": FORM, "origin": OUR_ORIGIN}
    assert gateway.call("POST", f"/pay/{code}/prompt", body, secret=None, headers=headers).status == 403


def test_a_second_number_while_a_request_lives_is_told(gateway: Gateway) -> None:
    """Nothing is sent; the page says on which phone the request is."""
    payment = new_payment(gateway)
    send(gateway, payment, phone="0712345678")
    answer = send(gateway, payment, 2, phone="0722000111")
    assert (303, 1) == (answer.status, len(gateway.world.daraja.pushes))
    assert answer.headers["Location"].endswith("?asked=twice")
    assert "A request is already on" in page(gateway, payment, "?asked=twice")


def test_again_prompts_the_last_number(gateway: Gateway) -> None:
    """The page does not know the number; the server does."""
    payment = new_payment(gateway)
    send(gateway, payment, phone="0712345678")
    gateway.callback(payment, code="1")
    assert send(gateway, payment, 2, again="yes").status == 303
    assert ["254712345678"] * 2 == [prompt.phone for prompt in gateway.world.daraja.pushes]


def test_a_phone_with_too_many_requests_is_told_when(gateway: Gateway) -> None:
    """The fourth within ten minutes: 422 with a time, and nothing is stored for it."""
    payment = new_payment(gateway)
    for number in (1, 2, 3):
        send(gateway, payment, number, phone="0712345678")
        gateway.callback(payment, number, code="1")
    answer = send(gateway, payment, 4, phone="0712345678")
    assert (422, 3) == (answer.status, len(gateway.world.daraja.pushes))
    assert "Too many requests to this phone. Try again at 12:25:04" in answer.body


def test_a_phone_that_is_asked_for_another_payment_is_told_when_it_is_free(gateway: Gateway) -> None:
    """M-PESA did not say that a message is open: an earlier request of ours may be, and its end is known."""
    gateway.pay("order-2", phone="0712345678")
    answer = send(gateway, new_payment(gateway), phone="0712345678")
    assert (422, 1) == (answer.status, len(gateway.world.daraja.pushes))
    assert "An earlier request may still be open on this phone. Close it and try again at 12:18:27" in answer.body


def test_not_charged_frees_the_way_and_only_where_it_is_said(gateway: Gateway) -> None:
    """An unresolved request holds the next one back until the payer says that it took nothing."""
    payment = new_payment(gateway)
    send(gateway, payment, phone="0712345678")
    gateway.world.ambient.at_ms += 16 * 60_000
    now_ms = gateway.world.ambient.at_ms
    passed = TimerPassed(said_at_ms=now_ms, learned_at_ms=now_ms, deadline=Deadline.ANSWER, number=1)
    run(keep(payment, lambda _: (passed,), FlowSettings()), gateway.world)
    assert "I was not charged" in page(gateway, payment)
    send(gateway, payment, 2, again="yes")
    assert len(gateway.world.daraja.pushes) == 1
    send(gateway, payment, 2, again="yes", not_charged="yes")
    assert len(gateway.world.daraja.pushes) == 2


def test_a_paid_payment_is_not_prompted_again(gateway: Gateway) -> None:
    payment = new_payment(gateway)
    send(gateway, payment, phone="0712345678")
    gateway.callback(payment)
    assert send(gateway, payment, 2, phone="0722000111").status == 303
    assert len(gateway.world.daraja.pushes) == 1


def test_a_table_that_does_not_answer_is_told_as_a_page(gateway: Gateway) -> None:
    payment = new_payment(gateway)
    gateway.world.fail_next["Store.read_payment"].append(StoreUnavailable("throttled"))
    answer = send(gateway, payment, phone="0712345678")
    assert (503, []) == (answer.status, gateway.world.daraja.pushes)


def test_a_form_that_is_not_ours_reads_no_payment(gateway: Gateway) -> None:
    payment = new_payment(gateway)
    gateway.world.boundaries.clear()
    send(gateway, payment, token="0" * 32, phone="0712345678")
    assert {"Secrets.read_keys"} == set(gateway.world.boundaries)
