"""The page of a payment link, through its very handlers: it needs no script, and says what is the matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.ports import StoreUnavailable
from tests.unit.web.shop import HOST, Answered, Context, Gateway, event_of
from tests.unit.web.test_links import PHONES, begin, chosen, make
from tests.unit.web.test_page import FIRST_ANSWER_BYTES_MAX, Outline

FORM = "application/x-www-form-urlencoded"
OUR_ORIGIN = {"origin": f"http://{HOST}"}
MINUTE_MS = 60_000


def path_of(link: Mapping[str, Any]) -> str:
    """The page's address without its host."""
    return "/l/" + str(link["url"]).rpartition("/")[2]


def page(gateway: Gateway, link: Mapping[str, Any], query: str = "", **headers: str) -> Answered:
    """The page as it stands."""
    return gateway.call("GET", path_of(link) + query, secret=None, headers=headers)


def hidden(body: str, name: str) -> str:
    """A hidden field's value."""
    return str(re.findall(rf'name="{name}" value="([^"]+)"', body)[0])


def send(
    gateway: Gateway,
    link: Mapping[str, Any],
    query: str = "",
    *,
    form: str | None = None,
    sent_from: Mapping[str, str] | None = None,
    **fields: str,
) -> Answered:
    """A browser looks at the page (or at `form`, which it has already) and posts its form."""
    body = form or page(gateway, link, query).body
    values = {"token": hidden(body, "token"), "nonce": hidden(body, "nonce"), **fields}
    headers = {"content-type": FORM, **(sent_from or OUR_ORIGIN)}
    return gateway.call("POST", path_of(link) + query, urlencode(values).encode(), secret=None, headers=headers)


def test_a_form_begins_a_payment_and_leads_to_its_page(gateway: Gateway) -> None:
    """303 to /pay/…, whose address holds no number; the prompt is over what was typed."""
    answer = send(gateway, chosen(gateway), amount="KSh 1,250", phone=PHONES[0])
    assert 303 == answer.status
    assert re.fullmatch(r"/pay/[0-9a-f]{32}\.[0-9a-f]{32}", answer.headers["Location"])
    assert [(1250, "254712345600")] == [(one.amount_kes, one.phone) for one in gateway.world.daraja.pushes]


def test_the_chosen_language_goes_with_the_payment(gateway: Gateway) -> None:
    """Also in the messages that come later."""
    answer = send(gateway, make(gateway).json, "?lang=sw", phone=PHONES[0])
    (record,) = gateway.world.store.payments.values()
    assert answer.headers["Location"].endswith("?lang=sw")
    assert "sw" == record.asked.language


def test_a_form_that_is_sent_twice_is_one_payment(gateway: Gateway) -> None:
    """Also with another number in it: the payment's own page takes that. A new look is a new payment."""
    link = make(gateway).json
    form = page(gateway, link).body
    answers = [send(gateway, link, form=form, phone=phone) for phone in (PHONES[0], PHONES[0], PHONES[1])]
    assert 1 == len({answer.headers["Location"] for answer in answers})
    assert 1 == len(gateway.world.daraja.pushes)
    send(gateway, link, phone=PHONES[2])
    assert 2 == len(gateway.world.store.payments)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "Enter the amount that you want to pay"),
        ("ten", "Amount can only have digits, like 500"),
        ("12.50", "Amount can only have digits, like 500"),
        ("49", "Amount must be from KSh\N{NO-BREAK SPACE}50 to KSh\N{NO-BREAK SPACE}5,000"),
        ("5001", "Amount must be from KSh\N{NO-BREAK SPACE}50 to KSh\N{NO-BREAK SPACE}5,000"),
        ("9" * 30, "Amount can only have digits, like 500"),
    ],
)
def test_a_wrong_amount_is_told_at_its_field(gateway: Gateway, amount: str, words: str) -> None:
    """422 with what was typed, beside the field and on top."""
    answer = send(gateway, chosen(gateway), amount=amount, phone=PHONES[0])
    assert (422, 3) == (answer.status, answer.body.count(words))
    assert f'value="{amount}"' in answer.body
    assert {} == gateway.world.store.payments


@pytest.mark.parametrize("typed", ["1250", " 1,250 ", "KES 1250", "1250/=", "1250.00", "ksh 1 250"])
def test_amounts_are_read_as_people_write_them(gateway: Gateway, typed: str) -> None:
    """Whole shillings all of them."""
    send(gateway, chosen(gateway), amount=typed, phone=PHONES[0])
    assert [1250] == [one.amount_kes for one in gateway.world.daraja.pushes]


def test_both_fields_are_told_at_once_and_the_form_stays_the_same_one(gateway: Gateway) -> None:
    """With their links; the nonce stays, so that it is still one payment."""
    link = chosen(gateway)
    form = page(gateway, link).body
    answer = send(gateway, link, form=form, amount="1", phone="0712<345")
    assert ['<a href="#amount">', '<a href="#phone">'] == re.findall(r'<a href="#[a-z]+">', answer.body)
    assert hidden(form, "nonce") == hidden(answer.body, "nonce")
    assert "0712&lt;345" in answer.body


@pytest.mark.parametrize(
    "sent_from",
    [{"origin": "https://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}],
)
def test_a_form_of_another_site_is_refused(gateway: Gateway, sent_from: Mapping[str, str]) -> None:
    """403, and nothing begins; so does one without our token, another link's, or a nonce that is none."""
    link, other = make(gateway).json, make(gateway, title="Other").json
    answers = [
        send(gateway, link, sent_from=sent_from, phone=PHONES[0]),
        send(gateway, link, phone=PHONES[0], token="0" * 32),
        send(gateway, link, phone=PHONES[0], token=hidden(page(gateway, other).body, "token")),
        send(gateway, link, phone=PHONES[0], nonce="x"),
    ]
    assert ([403] * 4, {}) == ([answer.status for answer in answers], gateway.world.store.payments)


@pytest.mark.parametrize(
    ("query", "words"),
    [("", "This payment link is closed"), ("?lang=sw", "Kiungo hiki cha malipo kimefungwa")],
)
def test_a_closed_link_says_so(gateway: Gateway, query: str, words: str) -> None:
    """In the payer's language, with what it was for and whom to ask, and without a form."""
    link = make(gateway).json
    gateway.call("PATCH", f"/v1/payment-links/{link['id']}", {"active": False})
    answer = page(gateway, link, query)
    assert (200, True, True) == (answer.status, words in answer.body, "Church roof" in answer.body)
    assert "<form" not in answer.body


def test_an_ended_link_and_a_used_up_one_say_so(gateway: Gateway) -> None:
    """Also to whom the form was shown before."""
    ending = make(gateway, expires_at="2026-03-02T09:20:04Z").json
    limited = make(gateway, max_payments=1).json
    forms = [page(gateway, link).body for link in (ending, limited)]
    gateway.world.ambient.at_ms += 5 * MINUTE_MS
    begin(gateway, limited)
    words = ("This payment link has ended", "This payment link has been paid as often as it may be")
    shown = [page(gateway, link).body for link in (ending, limited)]
    sent = [
        send(gateway, link, form=form, phone=PHONES[5]) for link, form in zip((ending, limited), forms, strict=True)
    ]
    assert [True, True] == [word in body for word, body in zip(words, shown, strict=True)]
    assert [(409, True), (409, True)] == [
        (answer.status, word in answer.body) for word, answer in zip(words, sent, strict=True)
    ]


def test_a_full_link_whose_place_came_free_takes_payments(gateway: Gateway) -> None:
    """The page looks what became of the places that are held."""
    link = make(gateway, max_payments=1).json
    begun = begin(gateway, link, phone=None).json["payment"]
    full = "<form" in page(gateway, link).body
    gateway.call("POST", f"/v1/payments/{begun}/cancel")
    assert (False, True) == (full, "<form" in page(gateway, link).body)


def test_too_many_from_one_address_are_told_when_to_come_back(gateway: Gateway) -> None:
    """429 with a time."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "1"
    link = make(gateway).json
    send(gateway, link, phone=PHONES[0])
    answer = send(gateway, link, phone=PHONES[1])
    assert (429, "296") == (answer.status, answer.headers["Retry-After"])
    assert "Try again at 12:20:00" in answer.body


def test_a_link_that_is_none_is_a_plain_page(gateway: Gateway) -> None:
    """404, for both methods and whatever the code looks like."""
    codes = ("0" * 32, "x", "%2e%2e")
    answers = [gateway.call(method, f"/l/{code}", secret=None) for code in codes for method in ("GET", "POST")]
    assert {404} == {answer.status for answer in answers}
    assert all("This page does not exist" in answer.body for answer in answers)


def test_while_the_table_is_away_the_page_says_that_nothing_is_known(gateway: Gateway) -> None:
    """503, with this page's own address to try again."""
    link = make(gateway).json
    gateway.world.fail_next["Links.read_link"].append(StoreUnavailable("down"))
    answer = page(gateway, link)
    assert (503, True) == (answer.status, f'href="{path_of(link)}"' in answer.body)


def test_the_page_keeps_the_rules_of_the_payers_page(gateway: Gateway) -> None:
    """Well-formed, one heading, the same policy, within the budget, and no index of it."""
    link = chosen(gateway, title="<b>Roof</b> & more " + "x" * 40)
    answer = send(gateway, link, "?lang=sw", amount="1", phone="1")
    outline = Outline()
    outline.feed(answer.body)
    assert ([], [], 1) == (outline.open, outline.wrong, len(outline.headings))
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert ("noindex", "no-referrer") == (answer.headers["X-Robots-Tag"], answer.headers["Referrer-Policy"])
    assert "<b>Roof" not in answer.body


def test_the_page_fits_into_the_first_answer(gateway: Gateway) -> None:
    """Compressed, as browsers get it."""
    link = chosen(gateway)
    event = event_of("GET", path_of(link), None, {"host": HOST, "accept-encoding": "gzip, br"})
    with gateway.inside("checkout") as app:
        answer = app.handler(event, Context())
    assert "gzip" == answer["headers"]["Content-Encoding"]
    assert len(answer["body"]) * 3 // 4 < FIRST_ANSWER_BYTES_MAX
