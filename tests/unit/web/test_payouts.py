"""Payouts over the API: what a shop may ask for and see, and that no key can decide about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.money_out.fold import outgoing_state
from gateway.flows.money_out.decide import Approver, approve
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from tests.memory_store import START_MS
from tests.unit.web import payout_sample
from tests.unit.web.payout_sample import PAYER_KEY, WAGES
from tests.unit.web.shop import OTHER_SECRET, READER, Answered, Gateway

MONTH_MS = 31 * 24 * 60 * 60 * 1000


@pytest.fixture
def gateway() -> Gateway:
    """A shop that pays out, without a payout."""
    made = Gateway()
    payout_sample.store(made)
    made.world.outgoings.outgoings.clear()
    return made


def ask(gateway: Gateway, key: str = "wages-1", secret: str = PAYER_KEY, **fields: Any) -> Answered:
    """`POST /v1/payouts`."""
    headers = {"idempotency-key": key}
    return gateway.call("POST", "/v1/payouts", {**WAGES, **fields}, secret=secret, headers=headers)


def read(gateway: Gateway, path: str, secret: str = PAYER_KEY) -> Answered:
    """A GET."""
    return gateway.call("GET", path, secret=secret)


def approved(gateway: Gateway, out_id: str) -> None:
    """A person agrees."""
    terms = outgoing_state(gateway.world.outgoings.outgoings[out_id]).terms
    run(approve(out_id, "shop", Approver("g|brenda", "Brenda", START_MS), terms, "", FlowSettings()), gateway.world)


def test_a_payout_is_stored_and_waits_for_a_person(gateway: Gateway) -> None:
    made = ask(gateway)
    assert (201, "awaiting_approval", "salary", "07•••••333", 12000) == (
        made.status,
        made.json["status"],
        made.json["purpose"],
        made.json["phone"],
        made.json["amount"],
    )
    assert [] == gateway.world.transfers.handed_over


def test_the_same_key_and_body_is_the_same_payout(gateway: Gateway) -> None:
    """However the number is written."""
    first, again = ask(gateway), ask(gateway, phone="+254711222333")
    assert (200, first.json["id"], "true") == (again.status, again.json["id"], again.headers["Idempotency-Replayed"])


def test_the_same_key_with_another_body_is_refused(gateway: Gateway) -> None:
    ask(gateway)
    assert (422, "idempotency_key_reused") == ((again := ask(gateway, amount=12001)).status, again.code)


def test_a_key_of_last_month_is_refused(gateway: Gateway) -> None:
    ask(gateway)
    gateway.world.ambient.at_ms += MONTH_MS
    assert (422, "idempotency_key_expired") == ((again := ask(gateway)).status, again.code)


def test_without_a_key_nothing_is_stored(gateway: Gateway) -> None:
    refused = gateway.call("POST", "/v1/payouts", WAGES, secret=PAYER_KEY)
    assert (400, "idempotency_key_missing", {}) == (refused.status, refused.code, gateway.world.outgoings.outgoings)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("amount_invalid", {"amount": "12000"}),
        ("amount_too_small", {"amount": 9}),
        ("amount_too_large", {"amount": 250_001}),
        ("phone_invalid", {"phone": "0711"}),
        ("field_invalid", {"purpose": "fun"}),
        ("field_invalid", {"remarks": "x"}),
        ("field_invalid", {"remarks": "x\ny"}),
        ("unknown_field", {"ammount": 1}),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(gateway: Gateway, code: str, fields: dict[str, Any]) -> None:
    refused = ask(gateway, **fields)
    assert (422, code, {}) == (refused.status, refused.code, gateway.world.outgoings.outgoings)


def test_a_shop_that_pays_nothing_out_says_so(gateway: Gateway) -> None:
    store = gateway.world.store
    store.settings["shop"] = replace(store.settings["shop"], payout_shortcode="")
    assert (422, "shortcode_unknown") == ((refused := ask(gateway)).status, refused.code)


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_no_key_can_decide(gateway: Gateway, decision: str) -> None:
    out_id = ask(gateway).json["id"]
    refused = gateway.call("POST", f"/v1/payouts/{out_id}/{decision}", {}, secret=PAYER_KEY)
    assert (403, "scope_missing", {}) == (
        refused.status,
        refused.code,
        dict(gateway.world.outgoings.outgoings[out_id].facts),
    )


def test_another_shops_payout_is_not_there(gateway: Gateway) -> None:
    out_id = ask(gateway).json["id"]
    foreign = gateway.world.outgoings.outgoings[out_id]
    gateway.world.outgoings.outgoings[out_id] = replace(foreign, asked=replace(foreign.asked, owner="other"))
    assert 404 == read(gateway, f"/v1/payouts/{out_id}").status


@pytest.mark.parametrize("path", ["/v1/payouts/out_1", "/v1/payouts/pay_" + "1" * 32, "/v1/payouts/out_" + "1" * 32])
def test_what_is_not_there_is_404(gateway: Gateway, path: str) -> None:
    assert 404 == read(gateway, path).status


@pytest.mark.parametrize("secret", [READER, OTHER_SECRET])
def test_a_key_without_the_scope_may_nothing(gateway: Gateway, secret: str) -> None:
    answers = [ask(gateway, secret=secret), read(gateway, "/v1/payouts", secret)]
    assert [(403, "scope_missing")] * 2 == [(answer.status, answer.code) for answer in answers]


def test_the_number_is_whole_only_when_asked_for_and_that_is_logged(gateway: Gateway) -> None:
    out_id = ask(gateway).json["id"]
    masked, whole = (read(gateway, f"/v1/payouts/{out_id}{query}") for query in ("", "?include=phone"))
    assert ("07•••••333", "254711222333") == (masked.json["phone"], whole.json["phone"])
    assert ("phone_read", {"out": out_id, "key": "key_wages"}) in gateway.world.ambient.reports


def test_a_payout_unchanged_is_not_sent_again(gateway: Gateway) -> None:
    out_id = ask(gateway).json["id"]
    etag = read(gateway, f"/v1/payouts/{out_id}").headers["ETag"]
    again = gateway.call("GET", f"/v1/payouts/{out_id}", secret=PAYER_KEY, headers={"if-none-match": etag})
    assert 304 == again.status


def test_lists_are_by_day_or_by_status_over_all_days(gateway: Gateway) -> None:
    first = ask(gateway, "wages-1").json["id"]
    gateway.world.ambient.at_ms += 24 * 60 * 60 * 1000
    second = ask(gateway, "wages-2").json["id"]
    queries = ("", "?day=2026-03-02", "?status=awaiting_approval", "?day=2026-03-02&status=failed")
    listed = [[one["id"] for one in read(gateway, f"/v1/payouts{query}").json["data"]] for query in queries]
    assert [[second], [first], [second, first], []] == listed


def test_a_list_goes_on_by_its_cursor_and_by_no_other(gateway: Gateway) -> None:
    for number in range(3):
        ask(gateway, f"wages-{number}")
    page = read(gateway, "/v1/payouts?limit=2").json
    rest = read(gateway, f"/v1/payouts?limit=2&cursor={page['next_cursor']}").json
    forged = read(gateway, f"/v1/payouts?status=failed&cursor={page['next_cursor']}")
    assert (2, 1, False, "cursor_invalid") == (len(page["data"]), len(rest["data"]), rest["has_more"], forged.code)


@pytest.mark.parametrize("query", ["day=2026-02-30", "status=gone", "page=2", "include=history"])
def test_a_bad_query_is_refused(gateway: Gateway, query: str) -> None:
    assert 422 == read(gateway, f"/v1/payouts?{query}").status


def test_an_approval_shows_who_and_when(gateway: Gateway) -> None:
    out_id = ask(gateway).json["id"]
    approved(gateway, out_id)
    shown = read(gateway, f"/v1/payouts/{out_id}").json
    assert ("approved", [("approved", "Brenda")]) == (
        shown["status"],
        [(one["what"], one["by"]) for one in shown["approvals"]],
    )
