"""Payment links: what a shop makes, what a payer begins from one, how many may."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.domain.facts import Cancelled
from gateway.domain.links import BEGINS_WITHIN_MS, HELD_PAYMENT_LIVES_MS, UNKNOWN_HOLDS_MS
from gateway.flows.keep import keep
from gateway.flows.settings import FlowSettings
from gateway.ports import StoreUnavailable, run
from gateway.web.link_models import PaymentLink
from gateway.web.link_requests import LinkChange
from gateway.web.links import FIXED
from tests.memory_store import START_MS
from tests.unit.web.shop import (
    ORIGIN,
    OTHER_PUBLISHABLE,
    OTHER_SECRET,
    PUBLISHABLE,
    READER,
    SECRET,
    Answered,
    Gateway,
)

PHONES = [f"07123456{number:02d}" for number in range(40)]
MINUTE_MS = 60_000


def make(gateway: Gateway, **fields: Any) -> Answered:
    """`POST /v1/payment-links`; 500 shillings for a church roof unless said otherwise."""
    return gateway.call("POST", "/v1/payment-links", {"title": "Church roof", "amount": 500} | fields)


def chosen(gateway: Gateway, **fields: Any) -> dict[str, Any]:
    """A link whose payer chooses from 50 to 5,000."""
    body = {"title": "Church roof", "min_amount": 50, "max_amount": 5000, **fields}
    return dict(gateway.call("POST", "/v1/payment-links", body).json)


def begin(
    gateway: Gateway, link: dict[str, Any], number: int = 0, *, secret: str | None = PUBLISHABLE, **fields: Any
) -> Answered:
    """A payer's browser begins payment `number` from a link."""
    code = link["url"].rpartition("/")[2]
    headers = fields.pop("headers", None)
    body = {"nonce": f"nonce-of-payer-{number:04d}", "phone": PHONES[number], **fields}
    return gateway.call("POST", f"/v1/checkout/links/{code}/payments", body, secret=secret, headers=headers)


def read(gateway: Gateway, link: dict[str, Any]) -> dict[str, Any]:
    """The link as it is now."""
    return dict(gateway.call("GET", f"/v1/payment-links/{link['id']}").json)


# --- the shop's side ---------------------------------------------------------------------------------------------


def test_a_link_has_its_address_and_its_code(gateway: Gateway) -> None:
    """The address is the id; the drawing is whole by itself and names no other place."""
    link = make(gateway).json
    assert f"http://localhost:7070/l/{link['id'].removeprefix('plink_')}" == link["url"]
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(link["qr_svg"]).tag
    assert ("open", None, None) == (link["state"], link["payments_paid"], link["payments_held"])


def test_a_key_names_one_link(gateway: Gateway) -> None:
    """200 with the same link; other fields under it are refused. Without a key each call makes one."""
    body, key = {"title": "Roof", "amount": 5}, {"idempotency-key": "link-1"}
    first, again = (gateway.call("POST", "/v1/payment-links", body, headers=key) for _ in range(2))
    other = gateway.call("POST", "/v1/payment-links", {**body, "amount": 6}, headers=key)
    assert (201, 200, first.json["id"]) == (first.status, again.status, again.json["id"])
    assert "idempotency_key_reused" == other.code
    assert make(gateway).json["id"] != make(gateway).json["id"]


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"title": ""}, "title", "field_invalid"),
        ({"title": "x" * 61}, "title", "field_invalid"),
        ({"amount": None}, "amount", "field_missing"),
        ({"min_amount": 5}, "amount", "field_invalid"),
        ({"amount": None, "min_amount": 9, "max_amount": 8}, "min_amount", "field_invalid"),
        ({"amount": 250_001}, "amount", "amount_too_large"),
        ({"account_reference_prefix": "CHURC"}, "account_reference_prefix", "reference_invalid"),
        ({"max_payments": 0}, "max_payments", "field_invalid"),
        ({"expires_at": "2026-03-02T09:15:04Z"}, "expires_at", "field_invalid"),
        ({"expires_at": "2026-02-30T09:15:04Z"}, "expires_at", "field_invalid"),
        ({"expires_at": 5}, "expires_at", "field_invalid"),
        ({"shortcode": "9"}, "shortcode", "shortcode_unknown"),
        ({"metadata": {}}, "metadata", "unknown_field"),
    ],
)
def test_a_link_that_cannot_be_is_told(gateway: Gateway, fields: dict[str, Any], param: str, code: str) -> None:
    """With the field."""
    answer = make(gateway, **fields)
    assert (code, param) == (answer.code, answer.json["param"])


def test_links_are_listed_newest_first_by_pages(gateway: Gateway) -> None:
    """One's own only, and without the drawings."""
    made = []
    for number in range(3):
        gateway.world.ambient.at_ms += 1000
        made.append(make(gateway, title=f"Link {number}").json["id"])
    first = gateway.call("GET", "/v1/payment-links?limit=2").json
    second = gateway.call("GET", f"/v1/payment-links?limit=2&cursor={first['next_cursor']}").json
    assert made[::-1] == [one["id"] for one in first["data"] + second["data"]]
    assert (True, False, False) == (first["has_more"], second["has_more"], "qr_svg" in first["data"][0])
    assert [] == gateway.call("GET", "/v1/payment-links", secret=OTHER_SECRET).json["data"]
    assert "cursor_invalid" == gateway.call("GET", "/v1/payment-links?cursor=x.y").code


def test_another_shops_link_is_nowhere(gateway: Gateway) -> None:
    """Neither read nor changed; a key for reading reads and makes none."""
    link = make(gateway).json
    path = f"/v1/payment-links/{link['id']}"
    answers = [
        gateway.call("GET", path, secret=OTHER_SECRET).code,
        gateway.call("PATCH", path, {"active": False}, secret=OTHER_SECRET).code,
        gateway.call("GET", "/v1/payment-links/plink_x").code,
        gateway.call("POST", "/v1/payment-links", {}, secret=READER).code,
    ]
    assert ["not_found", "not_found", "not_found", "scope_missing"] == answers
    assert 200 == gateway.call("GET", path, secret=READER).status


def test_a_closed_link_takes_nothing_until_it_is_opened_again(gateway: Gateway) -> None:
    """What runs already is not touched."""
    link = make(gateway).json
    path = f"/v1/payment-links/{link['id']}"
    running = begin(gateway, link).json["payment"]
    closed = gateway.call("PATCH", path, {"active": False}).json
    assert ("inactive", "link_closed") == (closed["state"], begin(gateway, link, 1).code)
    assert "pending" == gateway.call("GET", f"/v1/payments/{running}").json["status"]
    gateway.call("PATCH", path, {"active": True, "title": "New roof"})
    assert (201, "New roof") == (begin(gateway, link, 1).status, read(gateway, link)["title"])


def test_what_is_printed_stays(gateway: Gateway) -> None:
    """Amount, limits and reference of a link are fixed; every field is on one side or the other."""
    path = f"/v1/payment-links/{make(gateway).json['id']}"
    answer = gateway.call("PATCH", path, {"amount": 1, "titel": "x"})
    assert [("amount", "field_read_only"), ("titel", "unknown_field")] == [
        (field["param"], field["code"]) for field in answer.json["errors"]
    ]
    assert set(PaymentLink.model_fields) - set(LinkChange.model_fields) == FIXED


# --- the payer's side --------------------------------------------------------------------------------------------


def test_a_payer_begins_a_payment_and_gets_what_the_browser_needs(gateway: Gateway) -> None:
    """The prompt goes out over the link's amount; reference and description are the link's."""
    link = make(gateway, account_reference_prefix="roof").json
    answer = begin(gateway, link)
    begun = answer.json
    payment = gateway.call("GET", f"/v1/payments/{begun['payment']}").json
    assert (201, "check_phone", 500) == (answer.status, begun["view"]["screen"], payment["amount"])
    assert re.fullmatch(r"ROOF[2-9A-HJKMNP-Z]{8}", payment["account_reference"])
    assert ("Church roof", link["id"]) == (payment["description"], payment["payment_link"])
    view = gateway.call("GET", f"/v1/checkout/{begun['payment']}", secret=begun["client_token"])
    assert "check_phone" == view.json["screen"]


def test_the_same_nonce_is_the_same_payment(gateway: Gateway) -> None:
    """One prompt; another wish under it is refused, and another link's nonce is another payment."""
    link, other = make(gateway).json, make(gateway, title="Other").json
    first, again = begin(gateway, link), begin(gateway, link)
    assert (201, 200, first.json["payment"]) == (first.status, again.status, again.json["payment"])
    assert 1 == len(gateway.world.daraja.pushes)
    assert "idempotency_key_reused" == begin(gateway, link, phone=PHONES[9]).code
    assert begin(gateway, other, phone=PHONES[3]).json["payment"] != first.json["payment"]


def test_a_nonce_is_no_order_key_of_the_shop(gateway: Gateway) -> None:
    """What a browser sends cannot stand where the shop's server sends the same text."""
    begun = begin(gateway, make(gateway).json, nonce="order-1042-aaaaaa").json["payment"]
    assert begun != gateway.pay("order-1042-aaaaaa").json["id"]


@pytest.mark.parametrize(
    ("amount", "code"),
    [(49, "amount_too_small"), (5001, "amount_too_large"), (None, "field_missing"), ("50", "amount_invalid")],
)
def test_the_payer_chooses_within_the_links_bounds(gateway: Gateway, amount: Any, code: str) -> None:
    """And nothing is begun otherwise."""
    link = chosen(gateway)
    assert code == begin(gateway, link, amount=amount).code
    assert (0, 201) == (len(gateway.world.store.payments), begin(gateway, link, amount=50).status)


def test_a_fixed_amount_is_not_the_payers_to_choose(gateway: Gateway) -> None:
    """The same amount may be said."""
    link = make(gateway).json
    assert "amount_invalid" == begin(gateway, link, amount=499).code
    assert 201 == begin(gateway, link, amount=500).status


def test_a_link_ends(gateway: Gateway) -> None:
    """409 from the moment on."""
    link = make(gateway, expires_at="2026-03-02T09:16:04Z").json
    before = begin(gateway, link).status
    gateway.world.ambient.at_ms += MINUTE_MS
    assert (201, "link_closed", "expired") == (before, begin(gateway, link, 1).code, read(gateway, link)["state"])


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (OTHER_PUBLISHABLE, "not_found"),
        (SECRET, "key_invalid"),
        ("pk_live_local_corner_shop_0001", "key_wrong_mode"),
        ("pk_test_unknown", "key_invalid"),
        (None, "key_missing"),
    ],
)
def test_only_the_links_own_shop_takes_payments_for_it(gateway: Gateway, secret: str | None, code: str) -> None:
    """By its publishable key."""
    assert code == begin(gateway, make(gateway).json, secret=secret).code


def test_the_form_of_the_links_page_may_begin_too(gateway: Gateway) -> None:
    """By the token in it, which is good for this link alone."""
    link, other = make(gateway).json, make(gateway, title="Other").json
    page = gateway.call("GET", f"/l/{link['id'].removeprefix('plink_')}", secret=None).body
    token = re.findall(r'name="token" value="([0-9a-f]+)"', page)[0]
    answers = [begin(gateway, one, secret=None, headers={"x-form-token": token}) for one in (link, other)]
    assert (201, "key_invalid") == (answers[0].status, answers[1].code)


def test_origins_of_the_shop_may_read_the_answer(gateway: Gateway) -> None:
    """Refusals too; a stranger's page may not, and gets no permission beforehand."""
    link = make(gateway, max_payments=1).json
    answers = [begin(gateway, link, number, headers={"origin": ORIGIN}) for number in range(2)]
    assert [ORIGIN] * 2 == [answer.headers["Access-Control-Allow-Origin"] for answer in answers]
    stranger = {"origin": "https://evil.example"}
    path = f"/v1/checkout/links/{link['id'].removeprefix('plink_')}/payments"
    preflights = [
        gateway.call("OPTIONS", path, secret=None, headers={"origin": one}) for one in (ORIGIN, *stranger.values())
    ]
    assert [True, False] == ["Access-Control-Allow-Origin" in one.headers for one in preflights]
    assert "origin_not_allowed" == begin(gateway, link, 2, headers=stranger).code


def test_unknown_codes_are_nowhere(gateway: Gateway) -> None:
    """Also those that cannot be codes, for which nothing is read."""
    paths = ("0" * 32, "x", "..")
    body = {"nonce": "nonce-of-payer-0001"}
    answers = [
        gateway.call("POST", f"/v1/checkout/links/{path}/payments", body, secret=PUBLISHABLE).code for path in paths
    ]
    assert ["not_found"] * 3 == answers


# --- places ------------------------------------------------------------------------------------------------------


def test_a_link_is_paid_as_often_as_it_may_be(gateway: Gateway) -> None:
    """Two places, two payments, whoever asks third is told; what they began before is still shown to the two."""
    link = make(gateway, max_payments=2).json
    paid = begin(gateway, link).json["payment"]
    gateway.callback(paid)
    begin(gateway, link, 1)
    third = begin(gateway, link, 2)
    assert ("link_used_up", True) == (third.code, third.json["retryable"])
    assert (200, "used_up") == (begin(gateway, link).status, read(gateway, link)["state"])
    assert (1, 1) == (read(gateway, link)["payments_paid"], read(gateway, link)["payments_held"])


def test_a_payment_that_is_never_paid_frees_its_place(gateway: Gateway) -> None:
    """Once it has expired and nobody can pay it by a prompt any more, and not before."""
    link = make(gateway, max_payments=1).json
    begun = begin(gateway, link).json["payment"]
    gateway.callback(begun, code="1032")
    gateway.world.ambient.at_ms += HELD_PAYMENT_LIVES_MS - 1
    early = begin(gateway, link, 1).code
    gateway.world.ambient.at_ms += 1
    assert ("link_used_up", 201) == (early, begin(gateway, link, 1).status)


def test_a_cancelled_payment_frees_its_place_at_once(gateway: Gateway) -> None:
    """The shop says that it is over."""
    link = make(gateway, max_payments=1).json
    begun = begin(gateway, link, phone=None).json["payment"]
    gateway.call("POST", f"/v1/payments/{begun}/cancel")
    assert 201 == begin(gateway, link, 1).status


def test_a_payment_that_may_have_been_paid_keeps_its_place_for_a_day(gateway: Gateway) -> None:
    """Nobody knows, so nobody else pays in its stead; but a link is not blocked for ever."""
    link = make(gateway, max_payments=1).json
    begin(gateway, link)
    gateway.world.ambient.at_ms += HELD_PAYMENT_LIVES_MS + UNKNOWN_HOLDS_MS - 1
    early = begin(gateway, link, 1).code
    gateway.world.ambient.at_ms += 1
    assert ("link_used_up", 201) == (early, begin(gateway, link, 1).status)


def test_money_counts_whatever_the_status_says(gateway: Gateway) -> None:
    """Paid, then closed: the place stays used, counted once however often it is looked at."""
    link = make(gateway, max_payments=2).json
    first = begin(gateway, link).json["payment"]
    gateway.callback(first)
    said = {"said_at_ms": START_MS, "learned_at_ms": START_MS}
    run(keep(first, lambda _: (Cancelled(actor="key_shop", **said),), FlowSettings()), gateway.world)
    answers = [begin(gateway, link, number).status for number in range(1, 5)]
    assert ([201, 409, 409, 409], 1) == (answers, read(gateway, link)["payments_paid"])


def test_a_place_without_a_payment_is_free_again_soon(gateway: Gateway) -> None:
    """The process died between holding the place and writing the payment."""
    link = make(gateway, max_payments=1).json
    gateway.world.fail_next["Store.create_payment"].append(StoreUnavailable("down"))
    failed = begin(gateway, link)
    early = begin(gateway, link, 1).code
    gateway.world.ambient.at_ms += BEGINS_WITHIN_MS
    assert (503, "link_used_up", 201) == (failed.status, early, begin(gateway, link, 1).status)


def test_the_repeat_of_a_failed_start_takes_its_own_place(gateway: Gateway) -> None:
    """The browser sends the same nonce again: the place is held in its name already."""
    link = make(gateway, max_payments=1).json
    gateway.world.fail_next["Store.create_payment"].append(StoreUnavailable("down"))
    answers = [begin(gateway, link).status for _ in range(2)]
    assert ([503, 201], 1) == (answers, len(gateway.world.links.links[link["id"]].held))


def test_two_payers_do_not_get_the_last_place_both(gateway: Gateway) -> None:
    """The second one's write comes between the first one's read and write."""
    link = make(gateway, max_payments=1).json
    gateway.world.after["Links.read_link"] = lambda: begins_between(gateway, link)
    assert "link_used_up" == begin(gateway, link).code
    assert 1 == len(gateway.world.daraja.pushes)


def begins_between(gateway: Gateway, link: dict[str, Any]) -> None:
    """Another payer begins now."""
    begin(gateway, link, 1)


def test_a_link_without_a_limit_is_never_written(gateway: Gateway) -> None:
    """Its payments cost no more than others."""
    link = make(gateway).json
    begin(gateway, link)
    assert 1 == gateway.world.links.links[link["id"]].version


# --- limits ------------------------------------------------------------------------------------------------------


def test_one_address_begins_so_many_and_no_more(gateway: Gateway) -> None:
    """Counted by a keyed hash; the next window counts anew; a repeat is not counted."""
    gateway.environment["PROMPTS_PER_ADDRESS"] = "2"
    link = make(gateway).json
    answers = [begin(gateway, link, number) for number in (0, 1, 1, 2)]
    assert [201, 201, 200, 429] == [answer.status for answer in answers]
    assert ("too_many_requests", "296") == (answers[3].code, answers[3].headers["Retry-After"])
    assert "41.90.12.34" not in repr(gateway.world.counts.times)
    gateway.world.ambient.at_ms += 5 * MINUTE_MS
    assert 201 == begin(gateway, link, 2).status


def test_one_link_begins_so_many_and_no_more(gateway: Gateway) -> None:
    """Another link of the shop is not concerned."""
    gateway.environment["PAYMENTS_PER_LINK"] = "1"
    link, other = make(gateway).json, make(gateway, title="Other").json
    begin(gateway, link)
    assert ("too_many_requests", 201) == (begin(gateway, link, 1).code, begin(gateway, other, 2).status)
