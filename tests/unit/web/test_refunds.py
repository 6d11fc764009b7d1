"""A refund as the shop's server sees it: what it says of the payment, and what is wrong with a wish."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.money_out.fold import outgoing_state
from gateway.domain.policy import Policy
from gateway.flows.money_out.decide import Approver, reject
from gateway.flows.settings import FlowSettings
from gateway.ports import run
from gateway.web.views import event_view
from tests.memory_store import START_MS
from tests.unit.web import refund_sample
from tests.unit.web.shop import Answered, Gateway

PHONE = "0712345678"


@pytest.fixture
def gateway() -> Gateway:
    """A shop whose key may ask for refunds; another payment of it has one already."""
    made = Gateway()
    other = made.pay("other", phone="0712345679").json["id"]
    made.callback(other, receipt="SGL31QW9XA")
    refund_sample.store(made, other)
    return made


def paid(gateway: Gateway) -> str:
    """A payment of 1,500 shillings."""
    payment = str(gateway.pay(phone=PHONE).json["id"])
    gateway.callback(payment)
    return payment


def ask(gateway: Gateway, payment: str, **fields: Any) -> Answered:
    """`POST /v1/payments/{payment}/refunds`."""
    headers = {"idempotency-key": "refund-1"}
    path = f"/v1/payments/{payment}/refunds"
    return gateway.call("POST", path, fields, secret=refund_sample.REFUND_KEY, headers=headers)


def safety(shown: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether goods may go out, and what stands against it."""
    return shown["safe_to_fulfil"], shown["not_safe_because"]


def read(gateway: Gateway, payment: str) -> dict[str, Any]:
    """The payment."""
    return dict(gateway.call("GET", f"/v1/payments/{payment}").json)


@pytest.mark.parametrize("wish", [{}, {"amount": 1_500}])
def test_goods_are_held_from_the_wish_for_a_refund_on(gateway: Gateway, wish: dict[str, Any]) -> None:
    """Of all of it. Who ships meanwhile gives them away."""
    payment = paid(gateway)
    before = safety(read(gateway, payment))
    ask(gateway, payment, **wish)
    assert ((True, []), (False, ["refund_live"])) == (before, safety(read(gateway, payment)))


def test_events_and_every_answer_about_the_payment_say_the_same(gateway: Gateway) -> None:
    payment = paid(gateway)
    ask(gateway, payment)
    record = gateway.world.store.payments[payment]
    state = FlowSettings.state(record)
    listed = gateway.call("GET", "/v1/payments?receipt=SGL31QW9XY").json["data"][0]
    found = gateway.call("GET", "/v1/transactions/SGL31QW9XY", secret=refund_sample.REFUND_KEY)
    told = event_view(record, state, Policy())
    summary = FlowSettings().indexed(record, state).summary
    assert [(False, ["refund_live"])] * 2 == [safety(listed), safety(told)]
    assert (False, False) == (found.json["payment"]["safe_to_fulfil"], summary["safe_to_fulfil"])


def test_a_no_to_the_refund_lets_the_goods_go(gateway: Gateway) -> None:
    payment = paid(gateway)
    refund = ask(gateway, payment).json["id"]
    terms = outgoing_state(gateway.world.outgoings.outgoings[refund]).terms
    run(reject(refund, "shop", Approver("g|brenda", "Brenda", START_MS), terms, "", FlowSettings()), gateway.world)
    assert (True, []) == safety(read(gateway, payment))


def test_an_unpaid_payment_has_nothing_to_give_back_and_says_what_to_do(gateway: Gateway) -> None:
    """Not how much is left: nothing came."""
    payment = gateway.pay().json["id"]
    answer = ask(gateway, payment)
    assert (422, "refund_too_large") == (answer.status, answer.json["code"])
    assert "Nothing was received for this payment" in answer.json["detail"]
    assert "POST /v1/payments/{payment}/cancel" in answer.json["detail"]


@pytest.mark.parametrize("reason", ["", "x", "a" * 101, "two\nlines", 5])
def test_what_is_wrong_with_the_reason_is_told_of_the_reason(gateway: Gateway, reason: Any) -> None:
    """Under the name that the shop sent, and no other."""
    error = ask(gateway, paid(gateway), reason=reason).json
    assert ("field_invalid", "reason", True) == (error["code"], error["param"], error["detail"].startswith("reason "))
